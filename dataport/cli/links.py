"""dataport links: which records of several stores are one person's, as somebody confirmed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from dataport.cli.options import DAY, format_option, home_option, settings_of
from dataport.cli.report import say, say_json
from dataport.errors import WrongRequest
from dataport.jobs.links import KINDS, Link, add_confirmed_link, link_state


@click.group()
def links() -> None:
    """Confirmed links: two records of different stores that are one person's, who then counts once.

    They are lines of links.csv in the home. Only they join records: equal names or numbers never do.

    \b
    Example:
      dataport links check
    """


@links.command()
@home_option
@format_option("table", "json")
def check(home: Path | None, form: str) -> None:
    """How many links there are, and which lines join nobody, and why. Exits with 1 if there are any of those.

    \b
    Example:
      dataport links check --format json
    """
    state = link_state(settings_of(home))
    if form == "json":
        say_json(asdict(state))
    else:
        say(f"{state.links} links can be used.")
        if state.registrations is not None:
            now = "" if state.is_published else ", made before the file was last changed: run `dataport refresh`"
            say(f"The published version counts {state.registrations} persons with two records once{now}.")
        for problem in state.problems:
            say(problem)
    if state.problems:
        raise SystemExit(1)


@links.command()
@click.argument("first", metavar="SOURCE:ID")
@click.argument("second", metavar="SOURCE:ID")
@click.option("--kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="moved: from the first.")
@click.option("--reason", required=True, help="How it is known.")
@click.option("--confirmed-by", required=True, help="Who made sure.")
@click.option("--confirmed-on", type=DAY, default=None, help="When; today unless given.")
@home_option
def add(
    first: str, second: str, kind: str, reason: str, confirmed_by: str, confirmed_on: date | None, home: Path | None
) -> None:
    """Join two records; the next refresh counts them as one person. A link is taken back with its line in links.csv.

    \b
    Example:
      dataport links add registration:A7Q site:K3M --reason "Same fingerprints" --confirmed-by "M. Otieno"
    """
    settings = settings_of(home)
    (source_a, id_a), (source_b, id_b) = _record(first), _record(second)
    is_moved = kind == "moved"
    link = Link(
        source_a, id_a, source_b, id_b, "moved" if is_moved else "same_person", reason, confirmed_by,
        confirmed_on or date.today(),
    )  # fmt: skip
    add_confirmed_link(settings, link)
    say("The link is written. Run `dataport refresh` to count by it.")


def _record(words: str) -> tuple[str, str]:
    source, colon, record = words.partition(":")
    if not colon or not source or not record:
        raise WrongRequest("A record is named by its store and its id there, as in registration:A7Q.")
    return source, record
