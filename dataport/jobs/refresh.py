"""refresh: the scheduled job. Permissions first, then what changed, then a build that replaces the published one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from dataport.durable import held
from dataport.errors import DataportError
from dataport.extract import Past, Reconciliation, extract_each, reconcile
from dataport.jobs.damage import ledger_of
from dataport.jobs.forget import forget_gone
from dataport.jobs.grants import refresh_grants
from dataport.jobs.links import confirmed_links
from dataport.jobs.protect import UNPROTECTED, protect
from dataport.jobs.retention import retention_trouble
from dataport.jobs.runs import Notes, recorded
from dataport.jobs.sources import Stopped, both, read_each, the_one
from dataport.landing import Batch, Landing
from dataport.settings import Settings, mark_home
from dataport.warehouse.build import Build, build
from dataport.warehouse.dbt import Limits
from dataport.warehouse.grants import GrantsVersion

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Refresh:
    """What one refresh did: the batches landed (none where nothing changed), the grants, and the build.

    Attributes:
        stopped: sources that were not read; the others are published without what is new in them.
        unprotected: why protected statistics that are due were not built; None where nothing was in the way.
    """

    batches: tuple[Batch, ...]
    grants: GrantsVersion
    build: Build
    stopped: tuple[Stopped, ...] = ()
    unprotected: str | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """What one extract did: the batches landed, and the sources that were not read."""

    batches: tuple[Batch, ...]
    stopped: tuple[Stopped, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one comparison did: what it found in each source, and the sources that were not compared."""

    found: tuple[Reconciliation, ...]
    stopped: tuple[Stopped, ...] = ()


def refresh(
    settings: Settings,
    progress: Progress,
    *,
    full: bool = False,
    accept_removal: bool = False,
    keep_for: timedelta = timedelta(),
) -> Refresh:
    """Bring everything up to date: grants, landing, warehouse, publication. What it did is written down.

    Permissions are published before anything else, so that one withdrawn in the store is gone here even if the rest of
    the job fails. A source that stops does so alone.

    Args:
        keep_for: how long a version stays at least, however many there are.

    Raises:
        Busy: another refresh (or an extract or a build) is under way.
    """
    with held(settings.runs / ".lock", "A refresh"), recorded(settings.runs, "refresh") as notes:
        granted = refresh_grants(settings, progress)
        landed = _extract(settings, progress, notes, accept_removal, granted.stopped)
        done = _build(settings, progress, full, notes, keep_for)
        protected = protect(settings, progress)
        unmade = (f"{UNPROTECTED} {protected.problem}",) if protected.problem else ()
        old = retention_trouble(settings, progress)
        notes.unreported((*unmade, *_monthly_reports(settings, progress), *old))
        return Refresh(landed.batches, granted.version, done, landed.stopped, protected.problem)


def extract_all(
    settings: Settings,
    progress: Progress,
    *,
    accept_removal: bool = False,
    ungranted: tuple[Stopped, ...] = (),
    source_id: str | None = None,
    past: Past | None = None,
) -> Extracted:
    """Land what changed in every source; an unchanged source adds no batch.

    Args:
        ungranted: sources whose permissions could not be read before.
        source_id: read this source alone.
        past: a transaction that is held open there, and that somebody goes on without.
    """
    with recorded(settings.runs, "extract") as notes:
        return _extract(settings, progress, notes, accept_removal, ungranted, source_id, past)


def reconcile_all(
    settings: Settings,
    progress: Progress,
    *,
    accept_removal: bool = False,
    after_restore: bool = False,
    source_id: str | None = None,
) -> Reconciled:
    """Land what changed in every source, compare all of its rows with what has landed, and repair what differs.

    Args:
        after_restore: the stores were restored from a backup: see `extract.reconcile`.
    """
    mark_home(settings.home)
    started, landing = time.monotonic(), Landing(settings.landing)
    with recorded(settings.runs, "reconcile") as notes:
        ledger_of(settings)
        read = read_each(
            settings,
            lambda source: reconcile(
                source, landing, progress, accept_removal=accept_removal, after_restore=after_restore
            ),
            the_one(settings, source_id),
        )
        batches = [batch for one in read.done for batch in (one.increment, one.repair) if batch]
        notes.landed(tuple(batches), time.monotonic() - started)
        notes.stopped(read.stopped)
        read.raise_if_none()
    return Reconciled(read.done, read.stopped)


def _monthly_reports(settings: Settings, progress: Progress) -> tuple[str, ...]:
    """What went wrong with the reports of the month. Few homes have any: their room is imported where one does."""
    if settings.quality_report is None:
        return ()
    problems: tuple[str, ...] = import_module("dataport.jobs.quality_reports").monthly_reports(settings, progress)
    return problems


def build_all(settings: Settings, progress: Progress, *, full: bool = False) -> Build:
    """Apply what has landed, test it and publish it."""
    with recorded(settings.runs, "build") as notes:
        return _build(settings, progress, full, notes)


def _extract(
    settings: Settings,
    progress: Progress,
    notes: Notes,
    accept_removal: bool,
    ungranted: tuple[Stopped, ...] = (),
    source_id: str | None = None,
    past: Past | None = None,
) -> Extracted:
    mark_home(settings.home)
    ledger_of(settings)
    started, landing = time.monotonic(), Landing(settings.landing)
    read = read_each(
        settings,
        lambda source: extract_each(source, landing, progress, accept_removal=accept_removal, past=past),
        the_one(settings, source_id),
    )
    batches = tuple(batch for one in read.done for batch in one)
    stopped = both(ungranted, read.stopped)
    notes.landed(batches, time.monotonic() - started)
    notes.stopped(stopped)
    read.raise_if_none()
    return Extracted(batches, stopped)


def _build(
    settings: Settings, progress: Progress, full: bool, notes: Notes, keep_for: timedelta = timedelta()
) -> Build:
    mark_home(settings.home)
    done = build(
        settings.warehouse,
        settings.landing,
        published_root=settings.published,
        full=full,
        limits=Limits(threads=settings.threads, memory=settings.memory_limit),
        keep=settings.keep_versions,
        keep_for=keep_for,
        links=confirmed_links(settings, progress),
        progress=progress,
    )
    notes.built(done)
    if done.is_new:
        _compact(settings, done.published.batches)
        # a state that cannot be read is told of by `status`, and keeps nobody from publishing
        with suppress(DataportError):
            forget_gone(settings)
    return done


def _compact(settings: Settings, published: frozenset[int]) -> None:
    """Put small batches that are published together. It can wait: what is damaged, busy or full is said elsewhere."""
    landing = Landing(settings.landing)
    with suppress(DataportError, OSError), landing.locked():
        landing.compact(published)
