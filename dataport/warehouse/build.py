"""One build: which batches are new, dbt over the working copies, and then the published files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from dataport.durable import held, make_private
from dataport.errors import ContractBroken, DiskFull, ForeignStore, NoHome, is_full
from dataport.landing import Batch, Landing, ledger_digest
from dataport.warehouse.dbt import Finding, Limits, Outcome, run_dbt
from dataport.warehouse.links import NO_LINKS, Links
from dataport.warehouse.project import history_names, project_digest, project_folder
from dataport.warehouse.publish import bases, publish
from dataport.warehouse.room import make_room
from dataport.warehouse.selection import News, models_to_make
from dataport.warehouse.versions import Published, newest, next_number, prune
from dataport.warehouse.working import PUBLISHED_FILES, Core, RunPlan, Working, watermarks

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
    keep_for: timedelta = timedelta(),
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
        keep_for: how long each stays at least.
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
        root, kept = published_root or warehouse_root.parent / "published", (keep, keep_for)
        return _build(warehouse_root, landing_root, root, full, limits or Limits(), kept, links, progress)
    except (OSError, duckdb.Error) as problem:
        if is_full(problem):
            raise DiskFull from None
        raise


def _build(
    warehouse_root: Path,
    landing_root: Path,
    root: Path,
    full: bool,
    limits: Limits,
    kept: tuple[int, timedelta],
    links: Links,
    progress: Progress,
) -> Build:
    started = time.monotonic()
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
        same = current if current and current.project_digest == digest else None
        plan = replace(_planned(working, batches, same, full, root, digest), links=links, is_asked_full=full)
        with _timed(seconds := {}, "check"):
            _verify(plan, progress)
        make_room(plan, working, root)
        progress(f"Build {plan.build_number}: applying {len(plan.pending)} batches{' (full)' if plan.is_full else ''}")
        is_settled = current is not None and working.is_settled(current.build_number)
        working.hand_over(plan)
        models = _models(plan, current, warehouse_root, is_settled)
        log, shared = f"build-{plan.build_number:06d}.log", _shared(limits, plan)
        ran = run_dbt(project_folder(), warehouse_root, log, shared, models, full=plan.is_full)
        warnings = _warnings(ran, current if models else None)
        seconds |= {"models": ran.models_seconds, "tests": ran.tests_seconds, "dbt": ran.dbt_seconds}
        with _timed(seconds, "publish"):
            known = bases(root)
            working.seal(plan, history_names(project_folder()), known, limits)
            new = publish(working, root, batches, digest, links, known, warnings)
            prune(root, *kept)
        progress(f"Build {new.build_number} is published")
    applied = tuple(sorted(numbers - (current.batches if current else frozenset())))
    return Build(new, True, applied, plan.is_full, ran.passed, warnings, seconds, time.monotonic() - started)


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
    working: Working, batches: tuple[Batch, ...], current: Published | None, full: bool, root: Path, digest: str
) -> RunPlan:
    """Bring the working copies to a state to go on from, and say what is left to do.

    Facts go on from the published version. Where there is none of this project, they are made as a whole; but of a run
    that was stopped while it did so, each history that it had finished stays, and goes on from its last batch.

    Args:
        current: the published build, if it was made by the same project.
        root: where versions are published: numbers go on from the last one there, whatever made it.
        digest: of the project.
    """
    numbers = frozenset(batch.number for batch in batches)
    core = None if full else working.core(history_names(project_folder()))
    has_facts = bool(core and current and _holds(core, current, numbers, digest))
    if core is None or not (has_facts or core.can_go_on(batches, digest)):
        working.discard("core")
    if not has_facts:
        working.discard(*PUBLISHED_FILES)
    done = _recovered(working, current) if has_facts else frozenset()
    return RunPlan(
        build_number=next_number(root),
        built_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        batches=batches,
        # the last batch at least: staging needs a file to read, and nothing is applied twice
        pending=(numbers - done) or frozenset({batches[-1].number}),
        is_full=not done,
        done=done,
        project_digest=digest,
    )


def _models(plan: RunPlan, current: Published | None, warehouse_root: Path, is_settled: bool) -> tuple[str, ...]:
    """The models that a refresh has to make: those that something new reaches. None: all of them.

    Args:
        is_settled: whether the working files are as the published version left them.
    """
    new = [batch for batch in plan.batches if batch.number not in plan.done]
    before = {one.source_id: one.watermark for one in current.sources} if current else {}
    if plan.is_full or not is_settled or current is None or any(batch.source_id not in before for batch in new):
        return ()
    after = watermarks(plan.batches)
    news = News(
        tables=frozenset(table.name for batch in new for table in batch.tables if table.rows),
        has_new_day=any(_passes_midnight(mark, after[source]) for source, mark in before.items() if source in after),
        has_new_links=plan.links.digest != current.links.digest,
    )
    return models_to_make(warehouse_root / "target" / "manifest.json", news)


def _shared(limits: Limits, plan: RunPlan) -> Limits:
    """Two models or tests at once in a run of little: while the engine works on one, dbt prepares the other.

    Not where much is made, as two of the widest models do not go into memory beside each other; and no more than two,
    as dbt itself works on one at a time.
    """
    return replace(limits, at_once=min(limits.threads, 2)) if plan.is_little else limits


def _passes_midnight(before: datetime, after: datetime) -> bool:
    """Whether a midnight lies at the first of two watermarks or after it, and before the second: what begins at a
    watermark was not known by then."""
    moment = timedelta(microseconds=1)
    return (after - moment).date() > (before - moment).date()


def _warnings(ran: Outcome, before: Published | None) -> tuple[Finding, ...]:
    """What was found in the source: now, and before by the tests of what is as it was."""
    kept = [Finding(*one) for one in before.warnings if one[0] not in ran.tested] if before else []
    return tuple(sorted({*ran.warnings, *kept}, key=lambda one: one.test))


def _holds(core: Core, current: Published, numbers: frozenset[int], digest: str) -> bool:
    """Whether every history holds what the published version was made from, and nothing that never landed."""
    return current.batches <= core.complete and core.begun <= numbers and core.project_digest in (None, digest)


def _recovered(working: Working, current: Published | None) -> frozenset[int]:
    """The batches that figures and records both hold; copies that disagree are taken from the published build again."""
    held_now = {working.applied(name) for name in PUBLISHED_FILES}
    if current and held_now != {current.batches}:
        for name in PUBLISHED_FILES:
            working.replace(name, getattr(current, name), current.checksums.get(name), current.logs.get(name))
        return current.batches
    return current.batches if current else frozenset()


def _verify(plan: RunPlan, progress: Progress) -> None:
    """Read every landed file that will be used, one of several batches once, and compare its checksum."""
    verified = set()
    for batch in plan.batches:
        if batch.number in plan.pending:
            progress(f"Checking batch {batch.number} ({batch.rows} rows)")
            for table in batch.tables:
                if (which := (table.path, table.packed_sha256 or table.sha256)) not in verified:
                    table.verify()
                    verified.add(which)
