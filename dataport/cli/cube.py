"""dataport cube: the protected statistics of each month."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from dataport.ask import open_house
from dataport.cli.cube_audit import audit
from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.progress import progress
from dataport.cli.report import say, say_json
from dataport.cube.build import build_due, build_month, require_ready
from dataport.cube.days import month_of
from dataport.cube.status import give_up, status_of


@click.group()
def cube() -> None:
    """The protected statistics: numbers for everybody in the organisation that cannot be turned back into people.

    \b
    Example:
      dataport cube status
    """


@cube.command()
@click.option("--month", metavar="YYYY-MM", help="This month only (default: all that are due, in order).")
@home_option
@format_option("table", "json")
def build(month: str | None, home: Path | None, form: str) -> None:
    """Build and serve the months that are due. What is served is never built again.

    \b
    Examples:
      dataport cube build
      dataport cube build --month 2021-12
    """
    house = open_house(settings_of(home))
    built = (build_month(house, month_of(month), progress),) if month else build_due(house, progress)
    if not built:
        require_ready(house)
    if form == "json":
        return say_json({"built": [asdict(one) for one in built]}, default=str)
    for one in built:
        say(
            f"{one.day:%Y-%m}: {one.published:,} published cells in {one.tables:,} tables, of {one.persons:,} persons; "
            f"{one.recoded:.1%} of values put together as other; {one.seconds:g} s"
        )
    if not built:
        say("Nothing is due: the newest month that every source has reached is served.")


@cube.command()
@home_option
@format_option("table", "json")
def status(home: Path | None, form: str) -> None:
    """Which months are served, made by which rules and key, and what is due.

    \b
    Example:
      dataport cube status --format json
    """
    found = status_of(open_house(settings_of(home)))
    if form == "json":
        return say_json(asdict(found), default=str)
    say(f"Series {found.series}, key version {found.key_version}, rules {found.policy_version}" if found.series else
        "No protected statistics have been built here yet.")  # fmt: skip
    for one in found.snapshots:
        say(f"  {one.day}: {one.tables:,} tables, {one.cells:,} published cells, of data version {one.data_version}")
    say(f"Due: {', '.join(str(one) for one in found.due) or 'nothing'}")
    for problem in found.problems:
        say(f"Problem: {problem}")
    if found.problems:
        raise SystemExit(1)


@cube.command()
@click.option("--yes", is_flag=True, help="Do it: nothing brings them back.")
@home_option
def withdraw(yes: bool, home: Path | None) -> None:
    """Give up every served snapshot, after the key that made them was lost. The next build begins a new series.

    \b
    Example:
      dataport cube withdraw --yes
    """
    given_up = give_up(settings_of(home), really=yes)
    say(f"Withdrawn: {given_up} snapshots. The next build begins a new series.")


cube.add_command(audit)
