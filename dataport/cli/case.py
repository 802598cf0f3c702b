"""dataport case: what a case was on a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dataport.ask import open_house
from dataport.cli.options import DAY, asker_of, format_option, home_option, settings_of
from dataport.history import Section, Shown, label_of, meaning_of, show_case
from dataport.jobs import freshen_grants

F = TypeVar("F", bound=Callable[..., Any])
_SIDE_BY_SIDE = 14


def opening_options(command: F) -> F:
    """Who opens a case, and what for."""
    options = (
        click.argument("case_id", metavar="ID"),
        click.option("--as", "login", metavar="VIEWER", help="Who opens it: a login (default: the `viewer` setting)."),
        click.option("--purpose", metavar="TEXT", help="What for; it is written down with the look."),
        home_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def case() -> None:
    """Open a case, for those who may and say what for.

    \b
    Example:
      dataport case show KEN-00001234 --as registrar.ken@example.org --purpose "Appointment of 3 March"
    """


@case.command()
@opening_options
@click.option("--as-of", type=DAY, help="As it was at the end of this day (default: the newest).")
@format_option("table", "json")
def show(
    case_id: str, login: str | None, purpose: str | None, home: Path | None, as_of: date | None, form: str
) -> None:
    """A person or a group as it was on a day: members, addresses, documents, needs, assistance, events.

    ID is an id or a number of the person or the group, or a former number. A case that does not exist and one that the
    viewer may not see are not told apart.

    \b
    Examples:
      dataport case show KEN-00001234 --as registrar.ken@example.org --purpose "Appointment of 3 March"
      dataport case show KEN-00001234 --as-of 2020-12-31 --purpose "Complaint 17" --format json
    """
    settings = settings_of(home)
    freshen_grants(settings)
    told = show_case(case_id, as_of, asker_of(settings, login, purpose=purpose), open_house(settings))
    if form == "json":
        click.echo(json.dumps(_as_json(told), ensure_ascii=False, default=str))
        return
    _print(told)


def _as_json(told: Shown) -> dict[str, Any]:
    return {
        "as_of": told.as_of.isoformat(),
        "main": {"name": told.main.name, "record": dict(told.main.records[0])},
        "sections": [{"name": one.name, "records": [dict(record) for record in one.records]} for one in told.sections],
        "meta": dict(told.meta),
    }


def _print(told: Shown) -> None:
    console = Console(highlight=False)
    console.print(Text(f"{told.main.name}, as of {told.as_of}", style="bold"))
    console.print(_upright(told.main.records[0]))
    for section in told.sections:
        console.print()
        if not section.records:
            console.print(Text(f"{section.name}: none", style="dim"))
            continue
        console.print(Text(f"{section.name} ({len(section.records)})", style="bold"))
        for one in _tables(section):
            console.print(one)
    if "limited_to" in told.meta:
        console.print(Text(f"Only {told.meta['limited_to']} persons are opened at a time by this viewer's role."))


def _upright(record: Any) -> Table:
    """One record, a line for each field that says something."""
    grid = Table.grid(padding=(0, 2))
    for name, value in record.items():
        if value is not None:
            grid.add_row(Text(label_of(name), style="dim"), Text(meaning_of(name, value)))
    return grid


def _tables(section: Section) -> list[Table]:
    """Short records one under the other in one table; long ones each by itself."""
    names = [name for name in section.records[0] if any(one.get(name) is not None for one in section.records)]
    if len(names) > _SIDE_BY_SIDE:
        return [_upright(one) for one in section.records]
    grid = Table(*map(label_of, names), header_style="dim", box=None, pad_edge=False)
    for one in section.records:
        grid.add_row(*(Text("" if one.get(name) is None else meaning_of(name, one[name])) for name in names))
    return [grid]
