"""repair: what of a home is gone, cut or changed is mended from what is whole, or said to be beyond mending.

From the ledger upwards, for each part rests on those before it: ledger, landing, published versions, working files,
permissions, records of runs. Nothing is thrown away before what takes its place has been found.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from dataport.durable import held
from dataport.errors import DataportError
from dataport.extract import remake_empty
from dataport.jobs.damage import is_whole, lost_for_good, published_batches
from dataport.jobs.grants import publish_landed_grants
from dataport.jobs.refresh import build_all
from dataport.jobs.runs import unreadable_runs
from dataport.landing import (
    Landing,
    broken_entries,
    broken_grants,
    copy_entries,
    mend_packs,
    put_back,
    set_aside,
    withdraw,
)
from dataport.settings import Settings
from dataport.state import State
from dataport.warehouse.grants import grants_are_whole
from dataport.warehouse.mending import Mended, mend_versions, mend_working
from dataport.warehouse.versions import newest

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair found and did, in order; nothing where all was whole."""

    found: tuple[Mended, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is broken any more."""
        return all(one.is_mended for one in self.found)


def repair(settings: Settings, progress: Progress) -> Repaired:
    """Look at everything, byte by byte, and mend what can be mended.

    Raises:
        Busy: a job is at work.
    """
    landing = Landing(settings.landing)
    found: list[Mended] = []
    with ExitStack() as locks:
        locks.enter_context(held(settings.runs / ".lock", "A refresh"))
        if settings.landing.is_dir():
            locks.enter_context(landing.locked())
        if settings.warehouse.is_dir():
            locks.enter_context(held(settings.warehouse / ".lock", "A build"))
        for step in _steps(settings, landing):
            progress(step.what)
            found.append(step)
    if any(one.needs_build for one in found):
        found.append(_built(settings, progress))
    return Repaired(tuple(found))


def _steps(settings: Settings, landing: Landing) -> Iterator[Mended]:
    yield from _ledger(landing, published_batches(settings))
    try:
        batches = landing.batches() if settings.landing.is_dir() else ()
    except DataportError:
        return  # said by the step before: nothing can be told of what rests on it
    yield from mend_versions(settings.published, settings.warehouse, batches)
    build = newest(settings.published)
    lost = yield from _landing(landing, build.batches if build else frozenset())
    yield from mend_working(settings.published, settings.warehouse, is_landing_whole=not lost)
    yield from _grants(settings, landing)
    for path in unreadable_runs(settings.runs):
        path.unlink()
        yield Mended(f"The record runs/{path.name} could not be read and was removed.")
    if problem := State(settings.state).trouble(deep=True):
        yield Mended(problem, is_mended=False)


def _ledger(landing: Landing, published: frozenset[int]) -> Iterator[Mended]:
    """Entries that are gone or damaged are put back from their copies, and copies from their entries."""
    for number in broken_entries(landing, published):
        if put_back(landing, number):
            yield Mended(f"Entry {number:06d} of the ledger was put back from its copy.")
        else:
            yield Mended(
                f"Entry {number:06d} of the ledger is gone or damaged, and there is no copy of it: restore the landing "
                "from a backup. Until then the published version answers, and nothing new is built.",
                is_mended=False,
            )
    for number in mend_packs(landing.root):
        yield Mended(f"The entry of pack {number:06d} was put back from its copy.")
    if copy_entries(landing):
        yield Mended("The copies of the ledger's entries were written again.")


def _landing(landing: Landing, published: frozenset[int]) -> Generator[Mended, None, bool]:
    """Damaged files of batches that are not published are landed again; returns whether others are lost."""
    is_lost, first = False, 0
    for batch in landing.batches():
        broken = [table for table in batch.tables if not is_whole(table, deep=True)]
        for table in broken:
            if not table.rows and remake_empty(landing, table):
                yield Mended(f"The file {table.path.name}, which tables without a row share, was made again.")
            elif batch.number in published:
                is_lost = True
                yield Mended(lost_for_good(table), is_mended=False)
            else:
                first = first or batch.number
    if first:
        last = withdraw(landing, first)
        which = f"Batch {first} was" if first == last else f"Batches {first} to {last} were"
        yield Mended(
            f"{which} damaged and not published yet: withdrawn, and kept aside in landing/withdrawn. The next extract "
            "lands the changes again. Where one of them was the repair of a comparison, run "
            "`dataport extract --reconcile` again."
        )
    return is_lost


def _grants(settings: Settings, landing: Landing) -> Iterator[Mended]:
    """What was read last is published again; but nothing older than what was published: it may be withdrawn since."""
    broken = broken_grants(landing)
    for path in broken:
        set_aside(path)
        yield Mended(
            f"The reading of permissions grants/{path.name} could not be read and was set aside. Run "
            "`dataport refresh`, which reads them anew.",
            is_mended=grants_are_whole(settings.grants),
        )
    if broken or grants_are_whole(settings.grants):
        return
    try:
        publish_landed_grants(settings)
    except DataportError as problem:
        yield Mended(
            f"The permissions could not be published again: {problem} Run `dataport refresh`, which reads them anew.",
            is_mended=False,
        )
        return
    yield Mended("The permissions that were read last are published again.")


def _built(settings: Settings, progress: Progress) -> Mended:
    try:
        done = build_all(settings, progress)
    except DataportError as problem:
        return Mended(f"The build that was needed then stopped: {problem}", is_mended=False)
    return Mended(f"Version {done.published.build_number} is published, to {done.published.watermark:%Y-%m-%d}.")
