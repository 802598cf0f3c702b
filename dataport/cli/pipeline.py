"""dataport extract, build, refresh, status: the road in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from signal import SIGINT, SIGTERM, signal
from threading import Event
from typing import Any

import click

from dataport.audit import look_trouble
from dataport.cli.options import DURATION, format_option, home_option, settings_of
from dataport.cli.progress import progress
from dataport.cli.report import say, say_json, show_error, show_note
from dataport.errors import DataportError, WrongRequest
from dataport.jobs.alerts import alerting
from dataport.jobs.docs import write_docs
from dataport.jobs.every import refresh_every
from dataport.jobs.grants import refresh_grants
from dataport.jobs.protect import UNPROTECTED
from dataport.jobs.refresh import Build, Past, Reconciliation, build_all, extract_all, reconcile_all
from dataport.jobs.refresh import refresh as refresh_job
from dataport.jobs.sources import Stopped, both, misplaced
from dataport.landing import Batch
from dataport.settings import Settings

accept_removal_option = click.option(
    "--accept-removal", is_flag=True, help="Land it even where a source has lost much of a table."
)


@click.command()
@home_option
@click.option("--reconcile", is_flag=True, help="Then compare everything with the store, and repair what differs.")
@click.option("--after-restore", is_flag=True, help="A store was restored: compare everything, and go on from it.")
@accept_removal_option
@click.option("--source", "source_id", help="Read this source alone.")
@click.option("--past", help="Go on without this process or prepared transaction, which is held open and abandoned.")
@click.option("--reason", help="Why it is gone on without; kept in the ledger.")
@format_option("table", "json")
def extract(
    home: Path | None,
    reconcile: bool,
    after_restore: bool,
    accept_removal: bool,
    source_id: str | None,
    past: str | None,
    reason: str | None,
    form: str,
) -> None:
    """Land what changed in the registration stores since the last extract, and their permissions.

    With --reconcile all that has landed is compared with the stores, by ranges of keys; what differs (changed past the
    store's own triggers, or restored by hand) is landed as a batch of its own.

    A store that was restored from a backup is refused until --after-restore compares everything with it.

    A source that lost much of a table, at once or bit by bit, waits, alone, until --accept-removal says it is meant.

    A transaction held open holds back later changes; `dataport status` names it. --past goes on without it.

    \b
    Examples:
      dataport extract
      dataport extract --source registration --past 4711 --reason "left open by a crashed program"
      dataport extract --reconcile
      dataport extract --accept-removal
    """
    settings = settings_of(home, whole=True)
    beyond = _past(settings, source_id, past, reason, compares=reconcile or after_restore)
    kind = "reconcile" if reconcile or after_restore else "extract"
    with alerting(settings, kind, show_note), progress("extract") as tell:
        granted = refresh_grants(settings, tell)
        if reconcile or after_restore:
            all_of_it = reconcile_all(
                settings, tell, accept_removal=accept_removal, after_restore=after_restore, source_id=source_id
            )
            compared, stopped = all_of_it.found, both(granted.stopped, all_of_it.stopped)
            batches = tuple(one.increment for one in compared if one.increment)
        else:
            landed = extract_all(
                settings,
                tell,
                accept_removal=accept_removal,
                ungranted=granted.stopped,
                source_id=source_id,
                past=beyond,
            )
            compared, batches, stopped = (), landed.batches, landed.stopped
    _note_trouble(settings)
    if form == "json":
        say_json({"batches": [_batch(batch) for batch in batches], **_told(compared), **_not_read(stopped)})
    else:
        for batch in batches:
            _show_batch(batch)
        if not batches:
            say("Nothing has changed since the last extract.")
        for one in compared:
            _show_compared(one)
    _fail_for(stopped)


@click.command()
@home_option
@click.option("--full", is_flag=True, help="Make everything again from the landing.")
@format_option("table", "json")
def build(home: Path | None, full: bool, form: str) -> None:
    """Apply what has landed, test it, and publish it. The published version changes only when all of it is good.

    \b
    Example:
      dataport build --full
    """
    settings = settings_of(home, whole=True)
    with alerting(settings, "build", show_note), progress("build") as tell:
        done = build_all(settings, tell, full=full)
    _show_build(done, form, {})


@click.command()
@home_option
@click.option("--full", is_flag=True, help="Make everything again from the landing.")
@accept_removal_option
@click.option("--every", type=DURATION, help="Again and again, so often (30s, 5min, 1h), until it is told to end.")
@format_option("table", "json")
def refresh(home: Path | None, full: bool, accept_removal: bool, every: float | None, form: str) -> None:
    """The scheduled job: permissions, extract, build, tests, publication.

    A source that cannot be read, or that has lost much of a table, stops alone: the others are published, and the exit
    code is 1.

    With --every it goes on until SIGTERM or Ctrl-C, and finishes what it has begun. A run that fails is told, and the
    next one is tried when it is due.

    \b
    Examples:
      dataport refresh
      dataport refresh --accept-removal
      dataport refresh --every 30s
    """
    settings = settings_of(home, whole=True)
    if every is not None:
        if full or accept_removal:
            raise WrongRequest("--full and --accept-removal are a word for one run. Give them without --every.")
        return _again_and_again(settings, every, form)
    with alerting(settings, "refresh", show_note), progress("refresh") as tell:
        done = refresh_job(settings, tell, full=full, accept_removal=accept_removal)
    _note_trouble(settings)
    batches = {"batches": [_batch(batch) for batch in done.batches], "grants": done.grants.version}
    _show_build(done.build, form, batches | _not_read(done.stopped))
    if done.unprotected:
        show_error(f"{UNPROTECTED} {done.unprotected}")
    _fail_for(done.stopped)


def _again_and_again(settings: Settings, seconds: float, form: str) -> None:
    stop = Event()
    for number in (SIGTERM, SIGINT):
        signal(number, lambda *_: stop.set())
    with progress("refresh") as tell:
        for done in refresh_every(settings, seconds, tell, show_note, stop):
            if isinstance(done, DataportError):
                show_error(str(done))
                continue
            if done.build.is_new or form == "json":
                batches = {"batches": [_batch(batch) for batch in done.batches], "grants": done.grants.version}
                _show_build(done.build, form, batches | _not_read(done.stopped))
            for one in done.stopped:
                show_error(f"The source {one.source_id} was not read. {one.reason}")


@click.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("dataport-docs.html"),
    show_default=True,
    help="The page to write.",
)
def docs(out: Path) -> None:
    """Write one page about every table of the warehouse: its columns, its tests, its lineage back to the landing.

    The page holds no data. It needs no home and no network.

    \b
    Example:
      dataport docs --out warehouse.html
    """
    write_docs(out)
    say(f"{out} is written.")


def _past(
    settings: Settings, source_id: str | None, past: str | None, reason: str | None, compares: bool
) -> Past | None:
    """What is gone on without: with a reason, and of one source."""
    if past is None and reason is None:
        return None
    if not past or not reason or len(reason.strip()) < 3:
        raise WrongRequest("Give both --past and --reason: what is gone on without, and why. The ledger keeps both.")
    if compares:
        raise WrongRequest("Go on without it first (--past), then compare everything (--reconcile).")
    if source_id is None and len(settings.sources) > 1:
        raise WrongRequest(
            f"Say of which source, with --source: {', '.join(one.source_id for one in settings.sources)}."
        )
    return Past(past, reason.strip())


def _note_trouble(settings: Settings) -> None:
    """What a job does not need to be in order, but the next question does."""
    for one in (look_trouble(settings), *misplaced(settings)):
        if one:
            show_note(one)


def _not_read(stopped: Sequence[Stopped]) -> dict[str, Any]:
    """The sources that stopped, for programs; nothing where there was none."""
    return {"stopped": [asdict(one) for one in stopped]} if stopped else {}


def _fail_for(stopped: Sequence[Stopped]) -> None:
    """Say which sources were not read, and end with an exit code that says so too."""
    for one in stopped:
        show_error(f"The source {one.source_id} was not read. {one.reason}")
    if stopped:
        raise SystemExit(1)


def _told(compared: Sequence[Reconciliation]) -> dict[str, Any]:
    """What a comparison found, for programs; nothing where there was none."""
    if not compared:
        return {}
    differences = sum(one.differences for one in compared)
    tables = [asdict(table) | {"source_id": one.source_id} for one in compared for table in one.tables]
    repairs = [_batch(one.repair) for one in compared if one.repair]
    left_out = [
        {"source_id": one.source_id, "table": table, "records": records}
        for one in compared
        for table, records in one.left_out
    ]
    found = {"differences": differences, "repaired": differences, "tables": tables, "repairs": repairs}
    changes_only = [{"source_id": one.source_id, "table": table} for one in compared for table in one.changes_only]
    return found | {"left_out": left_out, "changes_only": changes_only}


def _show_batch(batch: Batch) -> None:
    rows = sum(table.rows for table in batch.tables)
    say(f"Batch {batch.number} of {batch.source_id}: {rows:,} rows, to {batch.window.high_clock:%Y-%m-%d %H:%M}")
    for note in batch.notes:
        say(f"  {note}")


def _show_compared(one: Reconciliation) -> None:
    left_out = sum(records for _, records in one.left_out)
    if not one.differences:
        is_all = not left_out and not one.changes_only
        what = "All that has landed" if is_all else "What was compared"
        say(f"{what} of {one.source_id} is as the store has it.")
    if left_out:
        words = ", ".join(f"{records:,} of {table}" for table, records in one.left_out)
        say(f"{left_out:,} records were not compared ({words}): changes of them are held back, and will land.")
    if one.changes_only:
        say(
            f"Only what changed was exported of {', '.join(one.changes_only)}; no other row of theirs was compared: "
            "have them exported whole once."
        )
    if not one.differences:
        return
    say(f"{one.differences:,} rows of {one.source_id} were not as the store has them:")
    for table in one.tables:
        say(f"  {table.table}: {table.changed:,} changed or missing, {table.surplus:,} no longer there")
    say(f"They were repaired by batch {one.repair.number}. `dataport build` applies it.")


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "number": batch.number,
        "source_id": batch.source_id,
        "rows": {table.name: table.rows for table in batch.tables if table.rows},
        "watermark": batch.window.high_clock.isoformat(),
        "notes": list(batch.notes),
        "damaged": [asdict(one) for one in batch.damaged],
    }


def _show_build(done: Build, form: str, also: dict[str, Any]) -> None:
    version = done.published
    if form == "json":
        told = {
            "data_version": version.build_number,
            "is_new": done.is_new,
            "applied": list(done.applied),
            "history_start": version.history_start.isoformat(),
            "watermark": version.watermark.isoformat(),
            "tests_passed": done.passed,
            "warnings": [asdict(finding) for finding in done.warnings],
            "seconds": {part: round(seconds, 2) for part, seconds in done.seconds.items()},
            "elapsed": round(done.elapsed_seconds, 2),
        }
        say_json(told | also)
        return
    if not done.is_new:
        say(f"Nothing new: version {version.build_number} is published, to {version.watermark:%Y-%m-%d}.")
        return
    say(
        f"Version {version.build_number} is published: {version.history_start:%Y-%m-%d} to "
        f"{version.watermark:%Y-%m-%d}, {len(done.applied)} batch(es) applied in {done.elapsed_seconds:.0f} s."
    )
    for finding in done.warnings:
        say(f"  in the source: {finding.test}: {finding.rows:,} rows")
