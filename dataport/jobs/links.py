"""links: what the file of confirmed links says, what of it joins nobody, and one more line of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dataport.durable import held
from dataport.landing import Landing
from dataport.settings import Settings
from dataport.warehouse.links import KINDS, Link, Links, add_link, read_links
from dataport.warehouse.versions import newest

__all__ = ["KINDS", "Link", "LinkState", "add_confirmed_link", "confirmed_links", "link_state"]


@dataclass(frozen=True, slots=True)
class LinkState:
    """What confirmed links do.

    Attributes:
        links: how many lines can be used.
        problems: the lines that cannot, or that name a record which no store has: each joins nobody, and is said.
        registrations: how many registrations of two records the published build knows; None where none is published.
        is_published: whether the published build was made with the file as it is now.
    """

    links: int
    problems: tuple[str, ...]
    registrations: int | None
    is_published: bool


def confirmed_links(settings: Settings, progress: Callable[[str], None] = lambda _: None) -> Links:
    """The links that a build joins records by. Lines that cannot be used are said, and counted."""
    found = read_links(settings.links, known_sources(settings))
    if found.problems:
        progress(
            f"confirmed links: {len(found.by_line)} used, {len(found.problems)} left out: `dataport links check` "
            "says why"
        )
    return found


def add_confirmed_link(settings: Settings, link: Link) -> None:
    """Write one more link; the next refresh joins its records."""
    with held(settings.runs / ".links-lock", "A change of the links", wait=10.0):
        add_link(settings.links, link, known_sources(settings))


def link_state(settings: Settings) -> LinkState:
    """What the file says, and what the published build made of it."""
    found, build = read_links(settings.links, known_sources(settings)), newest(settings.published)
    is_published = build is not None and build.links.digest == found.digest
    nobody = build.links.to_nobody if build and is_published else ()
    problems = [(one.line, str(one)) for one in found.problems]
    problems += [
        (line, f"line {line}: it names a record that its store has not (or not yet) given.") for line in nobody
    ]
    return LinkState(
        len(found.by_line) - len(nobody),
        tuple(text for _, text in sorted(problems)),
        build.links.registrations if build else None,
        is_published,
    )


def known_sources(settings: Settings) -> frozenset[str]:
    """The stores that there are: those of the settings, and those of which something has landed."""
    landed = Landing(settings.landing).batches() if settings.landing.is_dir() else ()
    return frozenset((*(one.source_id for one in settings.sources), *(batch.source_id for batch in landed)))
