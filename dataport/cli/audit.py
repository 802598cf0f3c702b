"""dataport audit: the log of looks."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from dataport.audit import Verdict, open_log
from dataport.cli.options import format_option, home_option, settings_of

CANNOT = (
    "Not detectable: a rewrite by somebody who holds the key and the head kept outside home, and reading the files of "
    "home without the doors."
)


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


def _tell(verdict: Verdict, form: str) -> None:
    if form == "json":
        told = {"intact": verdict.intact, "looks": verdict.looks, "problem": verdict.problem, "not_detectable": CANNOT}
        click.echo(json.dumps(told))
    elif verdict.intact:
        click.echo(f"{verdict.looks:,} looks, all in order. {CANNOT}")
    else:
        click.echo(f"NOT in order after {verdict.looks:,} looks: {verdict.problem}.")
    if not verdict.intact:
        raise SystemExit(1)


@audit.command()
@home_option
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many of the newest.")
@format_option("table", "json")
def show(home: Path | None, last: int, form: str) -> None:
    """The newest looks.

    \b
    Example:
      dataport audit show --last 5
    """
    entries = list(open_log(settings_of(home)).entries())[-last:]
    if form == "json":
        click.echo(json.dumps({"looks": entries}, ensure_ascii=False))
        return
    grid = Table("At", "Viewer", "As", "Asked", "Outcome", "Rows", header_style="bold")
    for one in entries:
        asked = one["question"] or f"unresolved ({one['digest'][:10]}…)"
        grid.add_row(one["at"][:19], one["viewer"], one["os_user"], asked, one["outcome"], f"{one['rows']:,}")
    Console(highlight=False).print(grid)
