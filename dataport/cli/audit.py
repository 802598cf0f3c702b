"""dataport audit: the log of looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from dataport.audit import NOT_DETECTABLE, Choice, Loss, Removed, Verdict, begin_log, open_log
from dataport.cli.audit_export import BY_NAME, EXPORTS, write_looks
from dataport.cli.audit_misuse import case_, subject_, usage_
from dataport.cli.grids import print_grid
from dataport.cli.options import DAY, format_option, home_option, raw_option, require_csv, settings_of
from dataport.cli.report import say, say_json, show_note
from dataport.cli.texts import Screen, shown
from dataport.named_file import check_place, form_of
from dataport.visit import machine_account


@click.group()
def audit() -> None:
    """Who asked what, as it was written down before each answer.

    \b
    Example:
      dataport audit verify
    """


@audit.command()
@home_option
@format_option("table", "json")
def verify(home: Path | None, form: str) -> None:
    """Check that no look was changed, inserted, removed or cut off.

    \b
    Example:
      dataport audit verify --format json
    """
    _tell(open_log(settings_of(home)).verify(), form)


@audit.command()
@home_option
@format_option("table", "json")
def adopt(home: Path | None, form: str) -> None:
    """Go on with the log of a home that was moved or restored to this place.

    \b
    Example:
      dataport audit adopt --home /srv/dataport
    """
    _tell(open_log(settings_of(home)).adopt(), form)


@audit.command()
@home_option
@click.option("--reason", required=True, metavar="TEXT", help="Why the former log is lost; written down for ever.")
@format_option("table", "json")
def begin(home: Path | None, reason: str, form: str) -> None:
    """Begin a new log where the former one is lost, and write that down as its first line.

    Only where the log is gone, or is not in order and there is no copy of it. The first line states how many looks are
    lost, the head they ended at, who began anew and why. The numbers go on. What is left of a log that is not in order
    is kept beside it, under another name.

    \b
    Example:
      dataport audit begin --reason "The home was removed and made again after a disk failed"
    """
    _tell(begin_log(open_log(settings_of(home)), machine_account(), reason), form)


def _tell(verdict: Verdict, form: str) -> None:
    if form == "json":
        say_json(asdict(verdict) | {"not_detectable": NOT_DETECTABLE})
    else:
        if verdict.intact:
            say(f"{verdict.looks:,} looks, all in order. Not detectable: {NOT_DETECTABLE}")
        else:
            say(f"NOT in order after {verdict.looks:,} looks: {verdict.problem}. {verdict.advice}")
        if verdict.lost:
            say(_lost(verdict.lost))
        if verdict.removed:
            say(_removed(verdict.removed))
    if not verdict.intact:
        raise SystemExit(1)


def _removed(removed: Removed) -> str:
    taken = f"taken from {removed.since[:10]} to {removed.until[:10]}"
    return f"Looks {removed.first:,} to {removed.last:,}, {taken}, were removed when they were old enough"


def _lost(loss: Loss) -> str:
    said = f"as {loss.os_user} wrote down on {loss.at[:10]}: {loss.reason}"
    return f"{loss.looks:,} looks from before this log are lost, {said}"


@audit.command()
@home_option
@click.option(
    "--last", type=click.IntRange(1, 1_000_000_000), default=20, show_default=True, help="How many of the newest."
)
@click.option("--viewer", metavar="LOGIN", help="Only looks of this viewer.")
@click.option("--outcome", metavar="CODE", help="Only looks with this outcome, such as answered or refused.")
@click.option("--since", type=DAY, metavar="DATE", help="Only looks on this day (UTC) or later.")
@format_option("table", "json")
def show(home: Path | None, last: int, viewer: str | None, outcome: str | None, since: date | None, form: str) -> None:
    """The newest looks.

    \b
    Examples:
      dataport audit show --last 5
      dataport audit show --viewer analyst.ken@example.org --outcome refused --since 2022-03-01
    """
    wanted = Choice(viewer, outcome, since)
    entries = deque(filter(wanted.takes, open_log(settings_of(home)).entries()), maxlen=last)
    if form == "json":
        say_json({"looks": list(entries)})
        return
    grid = Table("At", "Door", "Viewer", "As", "Asked", "Purpose", "Outcome", "Rows", header_style="bold")
    for one in entries:
        told = [one.get(name) for name in ("at", "door", "viewer", "os_user", "purpose", "outcome", "rows")]
        at, door, login, os_user, purpose, result, rows = ("" if value is None else str(value) for value in told)
        result += f": {why}" if (why := one.get("reason")) else ""
        grid.add_row(*map(shown, (at[:19], door, login, os_user, _asked(one), purpose, result, rows)))
    print_grid(grid, Screen(), stacks=True)


def _asked(entry: Mapping[str, Any]) -> str:
    if isinstance(former := entry.get("former"), dict):
        return f"{former.get('number')} looks from before are lost"
    if isinstance(removed := entry.get("removed"), dict):
        return f"looks {removed.get('first')} to {removed.get('last')} were removed when they were old"
    return entry.get("question") or f"unresolved ({str(entry.get('digest'))[:10]}…)"


@audit.command()
@home_option
@click.option("--since", type=DAY, metavar="DATE", help="Looks on this day (UTC) or later.")
@click.option("--until", type=DAY, metavar="DATE", help="Looks on this day (UTC) or earlier.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A new, private file, in the format of its name; standard output otherwise.",
)
@click.option("--overwrite", is_flag=True, help="Put it in the place of a file that is there already.")
@click.option("--unverified", is_flag=True, help="Export what can be read of a log that is not in order.")
@raw_option
@click.option(
    "--format",
    "form",
    type=click.Choice(EXPORTS),
    help="How the looks are written.  [default: jsonl, or what the file of --output is called]",
)
def export(
    home: Path | None,
    since: date | None,
    until: date | None,
    output: Path | None,
    overwrite: bool,
    unverified: bool,
    raw: bool,
    form: str | None,
) -> None:
    """The looks for another system to keep, with the number and the seal (mac) of each.

    A log that is not in order is not exported, unless --unverified says that it may be. jsonl holds each entry exactly
    as it was sealed; in csv, which is for spreadsheets, a text that would be a formula there begins with an apostrophe;
    --raw leaves it as it is.

    \b
    Examples:
      dataport audit export --since 2022-03-01 --until 2022-03-31 --output looks-2022-03.jsonl
      dataport audit export --output looks.parquet
    """
    settings = settings_of(home)
    chosen = form_of(output, form, BY_NAME, "jsonl") or "jsonl"
    require_csv(raw, chosen)
    if output:
        check_place(output, replace=overwrite, home=settings.home)
    log = open_log(settings)
    wanted = Choice(since=since, until=until)
    looks = filter(wanted.takes, log.export(verified=not unverified))
    count = write_looks(looks, chosen, output, overwrite=overwrite, raw=raw)
    if unverified and not (verdict := log.verify()).intact:
        problem = f"NOT in order after {verdict.looks:,} looks: {verdict.problem}"
        show_note(f"This log is {problem}. What can be read of it was exported all the same.")
    if output:
        say(f"{count:,} looks are in {output}.")


for _one in (case_, subject_, usage_):
    audit.add_command(_one)
