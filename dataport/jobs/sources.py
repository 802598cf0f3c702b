"""Sources, each by itself: what stops one of them does not keep the others from being read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

from dataport.errors import (
    ContractBroken,
    Damaged,
    DataportError,
    ForeignStore,
    NoHome,
    RemovalHeld,
    SourceUnavailable,
    UnknownName,
)
from dataport.extract import Source
from dataport.settings import Settings
from dataport.store.url import parse_url

T = TypeVar("T")

# What is wrong with a source alone. Anything else (a lock, the disk) is wrong with this home.
_OF_A_SOURCE = (SourceUnavailable, RemovalHeld, ContractBroken, ForeignStore)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A source that was not read, and why."""

    source_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What came of reading every source.

    Attributes:
        done: what each source gave that was read.
        stopped: the others.
        problem: what stopped the first of them.
    """

    done: tuple[T, ...]
    stopped: tuple[Stopped, ...]
    problem: DataportError | None

    def raise_if_none(self) -> None:
        """Stop where no source at all could be read."""
        if self.problem and not self.done:
            raise self.problem


def both(first: tuple[Stopped, ...], second: tuple[Stopped, ...]) -> tuple[Stopped, ...]:
    """The sources that stopped in either of two readings, each once: what stopped it first is what is said of it."""
    named = {one.source_id for one in first}
    return (*first, *(one for one in second if one.source_id not in named))


def read_each(settings: Settings, work: Callable[[Source], T], only: Callable[[str], bool] = lambda _: True) -> Read[T]:
    """Do the work with each source in turn; one that stops does so alone.

    Args:
        only: which sources it is done with, by their id.

    Raises:
        NoHome: there is no source.
    """
    done: list[T] = []
    stopped: list[Stopped] = []
    first: DataportError | None = None
    for source in sources_of(settings):
        if not only(source.source_id):
            continue
        try:
            done.append(work(source))
        except Damaged:
            raise
        except _OF_A_SOURCE as problem:
            stopped.append(Stopped(source.source_id, str(problem)))
            first = first or problem
    return Read(tuple(done), tuple(stopped), first)


def misplaced(settings: Settings) -> Iterator[str]:
    """Stores that a home which was copied or moved still looks for where it was, while its own lies beside it."""
    for source in settings.sources:
        path = parse_url(source.url.reveal()).path if source.kind == "sqlite" else settings.home
        own = settings.home / path.name
        if path == settings.home or not own.is_file() or (path.exists() and path.samefile(own)):
            continue
        address = f'`url = "sqlite://{quote(str(own))}"` in dataport.toml'
        if path.exists():
            yield (
                f"The source {source.source_id} is read from {path}, although {own.name} lies in this home too: this "
                f"home is a copy. Let it read its own, by {address}, or remove {own.name} from it."
            )
        else:
            yield (
                f"The source {source.source_id} is looked for at {path}, where nothing is: this home was moved. Say "
                f"where its store is now, by {address}."
            )


def the_one(settings: Settings, source_id: str | None) -> Callable[[str], bool]:
    """Which sources are meant: all, or the one that is named.

    Raises:
        UnknownName: there is no such source.
    """
    meant = {source.source_id for source in chosen(settings, source_id)}
    return meant.__contains__


def chosen(settings: Settings, source_id: str | None) -> tuple[Source, ...]:
    """All sources of a home, or the one that is named.

    Raises:
        UnknownName: there is no such source.
    """
    sources = sources_of(settings)
    found = tuple(source for source in sources if source_id in (None, source.source_id))
    if not found:
        raise UnknownName("source", str(source_id), [source.source_id for source in sources])
    return found


def sources_of(settings: Settings) -> tuple[Source, ...]:
    """The registration stores of a home.

    Raises:
        NoHome: it has none.
    """
    if not settings.sources:
        raise NoHome(
            "This home has no registration store to read. Run `dataport register create`, or name one under "
            "[[sources]] in dataport.toml."
        )
    return tuple(Source(one.source_id, one.kind, one.url.reveal(), one.options) for one in settings.sources)
