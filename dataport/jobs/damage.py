"""damage: which files of a home are gone, cut or changed, and which command mends each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataport.errors import Busy, Damaged, NoHome
from dataport.jobs.runs import unreadable_runs
from dataport.landing import Batch, LandedTable, Landing
from dataport.settings import Settings
from dataport.state import State
from dataport.warehouse.grants import published_grants
from dataport.warehouse.mending import broken_versions, broken_working_files
from dataport.warehouse.versions import Published, newest

_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class Broken:
    """A file of the home that is not as it was written.

    Attributes:
        part: ``ledger``, ``landing``, ``published``, ``working``, ``grants``, ``runs`` or ``state``.
        what: which file, what is wrong with it, and which command mends it, in words.
    """

    part: str
    what: str


def find_damage(settings: Settings, *, deep: bool = False, is_idle: bool = True) -> tuple[Broken, ...]:
    """What of a home is damaged.

    Args:
        deep: read every file through and compare checksums, instead of looking whether it is there and whole.
        is_idle: whether no job is at work; what one is writing is not looked at.
    """
    return (
        *_in_landing(settings, deep),
        *_in_published(settings, deep),
        *(_in_working(settings, deep) if is_idle else ()),
        *_in_grants(settings),
        *_in_runs(settings),
        *_in_state(settings, deep),
    )


def ledger_of(settings: Settings) -> tuple[Batch, ...]:
    """Every landed batch.

    Raises:
        Damaged: an entry cannot be read, or one that the published version rests on is gone.
    """
    batches = Landing(settings.landing).batches() if settings.landing.is_dir() else ()
    try:
        build = newest(settings.published)
    except Damaged:
        return batches  # which is said of the version itself
    if build and (gone := build.batches - {batch.number for batch in batches}):
        raise Damaged(
            f"The ledger has no entry {min(gone):06d}, on which the published version rests. Nothing was read from any "
            "source, for its changes would land twice. Run `dataport repair`, which puts a copy back."
        )
    return batches


def is_whole(table: LandedTable, deep: bool) -> bool:
    """Whether a landed file is there and ends as it should, or, if asked for, is byte by byte the same."""
    if deep:
        try:
            table.verify()
        except Damaged:
            return False
        return True
    try:
        with table.path.open("rb") as file:
            starts = file.read(4) == _PARQUET
            file.seek(-4, 2)
            return starts and file.read(4) == _PARQUET
    except OSError:
        return False


def _in_landing(settings: Settings, deep: bool) -> Iterator[Broken]:
    try:
        batches = ledger_of(settings)
    except Damaged as problem:
        yield Broken("ledger", str(problem))
        return
    seen: dict[Path, bool] = {}
    published = published_batches(settings)
    for batch in batches:
        for table in batch.tables:
            if table.path not in seen:
                seen[table.path] = is_whole(table, deep)
                if not seen[table.path]:
                    yield Broken("landing", _said_of(batch, table, batch.number in published))


def _said_of(batch: Batch, table: LandedTable, is_published: bool) -> str:
    if table.rows and is_published:
        return lost_for_good(table)
    return f"{_named(table)} is gone or damaged. Run `dataport repair`, which gets it again."


def lost_for_good(table: LandedTable) -> str:
    """What is said of a landed file that no store would land again."""
    return (
        f"{_named(table)} is gone or damaged. What is published holds its rows, so questions are answered and "
        "refreshes go on; but nothing can be made again from the landing until it is restored from a backup."
    )


def _named(table: LandedTable) -> str:
    return f"The landed file {table.path.parent.name}/{table.path.name}"


def published_batches(settings: Settings) -> frozenset[int]:
    """The batches that the published version was made from; none where there is none, or it cannot be read."""
    try:
        build: Published | None = newest(settings.published)
    except Damaged:
        build = None
    return build.batches if build else frozenset()


def _in_published(settings: Settings, deep: bool) -> Iterator[Broken]:
    try:
        newest(settings.published)
    except Damaged as problem:
        yield Broken("published", str(problem))
        return
    for file in broken_versions(settings.published) if deep else ():
        yield Broken(
            "published", f"The published file {file} is not as it was published. Run `dataport repair`, which mends it."
        )


def _in_working(settings: Settings, deep: bool) -> Iterator[Broken]:
    try:
        for problem in broken_working_files(settings.warehouse, deep):
            yield Broken("working", problem)
    except Busy:
        return  # somebody has it open, so it can be read


def _in_grants(settings: Settings) -> Iterator[Broken]:
    try:
        published_grants(settings.grants)
    except NoHome:
        return
    except Damaged as problem:
        yield Broken("grants", str(problem))


def _in_runs(settings: Settings) -> Iterator[Broken]:
    for path in unreadable_runs(settings.runs):
        yield Broken("runs", f"The record runs/{path.name} cannot be read. Run `dataport repair`, which removes it.")


def _in_state(settings: Settings, deep: bool) -> Iterator[Broken]:
    if problem := State(settings.state).trouble(deep=deep):
        yield Broken("state", problem)
