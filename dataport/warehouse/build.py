"""One build: which batches are new, dbt over the working copies, and then the published files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dataport.durable import held, make_private
from dataport.errors import ContractBroken, DiskFull, ForeignStore, NoHome, is_full
from dataport.landing import Batch, Landing, ledger_digest
from dataport.warehouse.dbt import Finding, Limits, run_dbt
from dataport.warehouse.links import NO_LINKS, Links
from dataport.warehouse.project import project_digest, project_folder
from dataport.warehouse.publish import Published, newest, publish
from dataport.warehouse.room import make_room
from dataport.warehouse.working import PUBLISHED_FILES, RunPlan, Working

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Build:
    """What a build did.

    Attributes:
        published: the published build afterwards.
        is_new: False when there was nothing to apply and nothing was done.
        applied: numbers of the batches that are new in it.
        is_full: whether everything was made again from the landing.
        passed: data tests that found nothing.
        warnings: data tests that found dirt in the source, with the number of rows.
        seconds: wall time of its parts: check (of the landed files), models, tests, dbt (itself), publish.
        elapsed_seconds: wall time of all of it.
    """

    published: Published
    is_new: bool
    applied: tuple[int, ...]
    is_full: bool
    passed: int
    warnings: tuple[Finding, ...]
    seconds: dict[str, float]
    elapsed_seconds: float


def build(
    warehouse_root: Path,
    landing_root: Path,
    *,
    published_root: Path | None = None,
    full: bool = False,
    limits: Limits | None = None,
    keep: int = 3,
    links: Links = NO_LINKS,
    progress: Progress = lambda _: None,
) -> Build:
    """Apply what has landed since the last published build, test it, and publish.

    A build that fails or is killed leaves the published version as it was; the next one goes on from there.

    Args:
        warehouse_root: the job's own folder (working copies, dbt's files, logs).
        landing_root: the landing.
        published_root: where versions are published; ``published`` beside the warehouse unless given.
        full: replay every batch from the landing (the maps of keys stay).
        limits: threads and memory for dbt.
        keep: how many published builds to keep.
        links: records of several stores that are one person's.
        progress: is told, in words, what happens.

    Raises:
        Busy: another build is under way.
        NoHome: nothing has landed.
        ContractBroken: a landed file is not the one that was landed, or a batch is missing.
        ForeignStore: the landing is not the one that the published version was made from.
        DiskFull: there is no room.
        BuildFailed: a model or one of our own invariants failed.
    """
    try:
        return _build(warehouse_root, landing_root, published_root, full, limits or Limits(), keep, links, progress)
    except (OSError, duckdb.Error) as problem:
        if is_full(problem):
            raise DiskFull from None
        raise


def _build(
    warehouse_root: Path,
    landing_root: Path,
    published_root: Path | None,
    full: bool,
    limits: Limits,
    keep: int,
    links: Links,
    progress: Progress,
) -> Build:
    started = time.monotonic()
    root = published_root or warehouse_root.parent / "published"
    make_private(warehouse_root)
    with held(warehouse_root / ".lock", "A build"):
        batches, digest = _ledger(landing_root), project_digest(project_folder())
        current = newest(root)
        numbers = frozenset(batch.number for batch in batches)
        _refuse_foreign(batches, current)
        known = current and (current.batches, current.project_digest, current.links.digest)
        if current and not full and known == (numbers, digest, links.digest):
            return Build(current, False, (), False, 0, (), {}, time.monotonic() - started)
        working = Working(warehouse_root / "work")
        plan = _planned(working, batches, current if current and current.project_digest == digest else None, full, root)
        plan = replace(plan, links=links)
        with _timed(seconds := {}, "check"):
            _verify(plan, progress)
        make_room(plan, working, root)
        progress(f"Build {plan.build_number}: applying {len(plan.pending)} batches{' (full)' if plan.is_full else ''}")
        working.hand_over(plan)
        ran = run_dbt(project_folder(), warehouse_root, f"build-{plan.build_number:06d}.log", limits)
        seconds |= {"models": ran.models_seconds, "tests": ran.tests_seconds, "dbt": ran.dbt_seconds}
        with _timed(seconds, "publish"):
            working.seal(plan)
            new = publish(working, root, batches, digest, links, keep)
        progress(f"Build {new.build_number} is published")
    applied = tuple(sorted(numbers - (current.batches if current else frozenset())))
    return Build(new, True, applied, plan.is_full, ran.passed, ran.warnings, seconds, time.monotonic() - started)


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[part] = time.monotonic() - started


def _refuse_foreign(batches: tuple[Batch, ...], current: Published | None) -> None:
    """The published version rests on batches that must still be there, and be the same."""
    if current is None:
        return
    rested = tuple(batch for batch in batches if batch.number in current.batches)
    if missing := current.batches - {batch.number for batch in rested}:
        raise ContractBroken(
            f"The published version holds batch {min(missing)}, which the ledger does not have. The published version "
            "stays as it was. Restore the landing from a backup."
        )
    if current.ledger_digest and current.ledger_digest != ledger_digest(rested):
        raise ForeignStore(
            "This landing is not the one that the published version was made from: its batches have the same numbers "
            "and other contents. Nothing was built. Restore the landing that belongs to this home, or start another "
            "home for this one."
        )


def _ledger(landing_root: Path) -> tuple[Batch, ...]:
    batches = Landing(landing_root).batches()
    if not batches:
        raise NoHome("Nothing has landed yet, so there is nothing to build. Run `dataport extract` first.")
    return batches


def _planned(
    working: Working, batches: tuple[Batch, ...], current: Published | None, full: bool, root: Path
) -> RunPlan:
    """Bring the working copies to a state to go on from, and say what is left to do.

    Args:
        current: the published build, if it was made by the same project.
        root: where versions are published: numbers go on from the last one there, whatever made it.
    """
    numbers = frozenset(batch.number for batch in batches)
    core = working.applied("core")
    if full or current is None or core is None or not current.batches <= core <= numbers:
        working.discard("core", *PUBLISHED_FILES)
        core = frozenset()
    done = _recovered(working, current) if core else frozenset()
    last = newest(root)
    return RunPlan(
        build_number=last.build_number + 1 if last else 1,
        built_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        batches=batches,
        # the last batch at least: staging needs a file to read, and nothing is applied twice
        pending=(numbers - done) or frozenset({batches[-1].number}),
        is_full=not done,
        done=done,
    )


def _recovered(working: Working, current: Published | None) -> frozenset[int]:
    """The batches that figures and records both hold; copies that disagree are taken from the published build again."""
    held_now = {working.applied(name) for name in PUBLISHED_FILES}
    if current and held_now != {current.batches}:
        for name in PUBLISHED_FILES:
            working.replace(name, getattr(current, name))
        return current.batches
    return current.batches if current else frozenset()


def _verify(plan: RunPlan, progress: Progress) -> None:
    """Read every landed file that will be used and compare its checksum."""
    for batch in plan.batches:
        if batch.number in plan.pending:
            progress(f"Checking batch {batch.number} ({batch.rows} rows)")
            for table in batch.tables:
                table.verify()
