"""dataport status, repair: how a home is, and what mends it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from dataport.cli.grids import print_grid
from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.progress import progress
from dataport.cli.render_metrics import metrics
from dataport.cli.report import say, say_json
from dataport.cli.texts import Screen
from dataport.jobs.repair import repair as repair_home
from dataport.jobs.runs import Run
from dataport.jobs.sizes import Size
from dataport.jobs.sizes import sizes as sizes_of
from dataport.jobs.status import Status
from dataport.jobs.status import status as status_of


@click.command()
@home_option
@click.option("--deep", is_flag=True, help="Read every file through and compare its checksum.")
@click.option("--sizes", is_flag=True, help="What the bytes are for: by place and table, with json by column too.")
@format_option("table", "json", "prometheus")
def status(home: Path | None, deep: bool, sizes: bool, form: str) -> None:
    """How fresh the published figures are, which dates they can answer, and how the last runs went.

    Exit code 1 if something is wrong: a file of the home is gone or damaged, nothing published, not everything that has
    landed published, no good refresh for `stale_after_hours`, permissions of a store too old, the last run failed, the
    protected statistics cannot be read or continued, or the audit log takes no look. A monitor may read `problems`.
    While a job is at work, what it is at is no problem.
    With --format prometheus it is text for a collector of metrics, with exit code 0: `dataport_problems` says how many.

    \b
    Examples:
      dataport status --format json
      dataport status --format prometheus
      dataport status --deep
      dataport status --sizes
    """
    if sizes:
        return _show_sizes(list(sizes_of(settings_of(home, whole=True))), form)
    found = status_of(settings_of(home, whole=True), deep=deep)
    if form == "prometheus":
        return say(metrics(found).rstrip("\n"), longest=10_000_000)
    if form == "json":
        say_json({**asdict(found), "is_current": found.is_current}, default=_moment)
    else:
        _show_status(found)
    if not found.is_current:
        raise SystemExit(1)


@click.command()
@home_option
@format_option("table", "json")
def repair(home: Path | None, form: str) -> None:
    """Look at every file of a home, mend what is gone, cut or changed, and say what cannot be mended.

    The ledger from its copies, the pointer and the published files from manifests, working copies and older versions,
    what has landed and is not published yet from its store, everything else from the landing. Nothing is thrown away
    before what takes its place has been found. Exit code 1 if something cannot be mended here.

    \b
    Example:
      dataport repair
    """
    with progress("repair") as tell:
        done = repair_home(settings_of(home, whole=True), tell)
    if form == "json":
        found = [{"what": one.what, "is_mended": one.is_mended} for one in done.found]
        say_json({"found": found, "is_whole": done.is_whole})
    else:
        for one in done.found:
            say(one.what)
        if not done.found:
            say("Every file is as it was written: there is nothing to mend.")
    if not done.is_whole:
        raise SystemExit(1)


def _show_status(found: Status) -> None:
    grid = Table(show_header=False, box=None)
    grid.add_row("answers", f"{_day(found.history_start)} to {_day(found.watermark)}")
    grid.add_row("data version", str(found.data_version or "none yet: run `dataport refresh`"))
    grid.add_row("published", _minute(found.last_refresh))
    for name, run in (("last run", found.last_run), ("last good run", found.last_good_run)):
        if run:
            grid.add_row(name, _ran(run))
    grid.add_row("permissions read", _minute(found.grants_read_at))
    grid.add_row("figures, records", f"{_megabytes(found.figures_bytes)}, {_megabytes(found.records_bytes)}")
    grid.add_row("landing, warehouse", f"{_megabytes(found.landing_bytes)}, {_megabytes(found.warehouse_bytes)}")
    kept = ", ".join(f"{version.data_version} ({_megabytes(version.size_bytes)})" for version in found.versions)
    grid.add_row("versions kept", kept or "none")
    if found.protected:
        served = ", ".join(f"{day:%Y-%m}" for day in found.protected.served[-3:])
        earlier = len(found.protected.served) - 3
        grid.add_row("protected months", (served or "none yet") + (f" and {earlier} before" if earlier > 0 else ""))
    for source in found.sources:
        behind = "" if source.landed_watermark == source.published_watermark else ", not all of it published"
        kept = "" if source.every_version else "; history depends on how often it is read"
        grid.add_row(
            f"source {source.source_id}",
            f"{source.batches} batches, to {_minute(source.landed_watermark)}{behind}{kept}; permissions read "
            f"{_minute(source.grants_read_at)}",
        )
        if source.held_by:
            until = f"an alarm from {_minute(source.held_alarm_from)} on"
            grid.add_row("  held back", f"since {_minute(source.held_since)} by {source.held_by}; {until}")
    if not any(one.part == "state" for one in found.broken):
        made = "nothing yet" if found.state_version is None else f"state/ can be read, version {found.state_version}"
        grid.add_row("what people made", made)
    for one in found.damaged:
        said = f"{one.records:,} records whose {one.column} cannot be read: it is unknown"
        grid.add_row(f"damaged in {one.source_id}", f"{one.table}: {said}")
    if found.under_way:
        grid.add_row("at work", _ran(found.under_way))
    print_grid(grid, Screen())
    for said in (*found.problems, *found.notes):
        say(said)


# Smaller tables would fill a screen of zeros.
_TOLD_BYTES = 50_000


def _show_sizes(found: list[Size], form: str) -> None:
    """Places with what they are for, and their tables; columns only for programs, which find them in the JSON."""
    if form != "table":
        return say_json({"sizes": [asdict(one) for one in found]})
    grid = Table(box=None)
    grid.add_column("of")
    grid.add_column("MB", justify="right")
    grid.add_column("what for")
    for one in found:
        if not one.column and (not one.table or one.size_bytes >= _TOLD_BYTES):
            name = f"  {one.table}" if one.table else one.place
            grid.add_row(name, f"{one.size_bytes / 1e6:,.1f}", one.why)
    print_grid(grid, Screen())


def _ran(run: Run) -> str:
    took = f" in {(run.ended_at - run.started_at).total_seconds():,.0f} s" if run.ended_at else ""
    found = ", ".join(f"{test}: {rows:,} rows" for test, rows in run.failed)
    return f"{run.kind} {run.outcome}, {_minute(run.started_at)}{took}{f' ({found})' if found else ''}"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "nothing"


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
