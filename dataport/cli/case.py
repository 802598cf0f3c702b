"""dataport case: what a case was on a day, what happened to it, how two days differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from dataport.ask import open_house
from dataport.cli.options import DAY, asker_of, format_option, home_option, settings_of
from dataport.cli.render_case import print_case, print_comparison, print_history
from dataport.cli.report import say_json
from dataport.history import Entry, Shown, case_comparison, case_history, show_case
from dataport.jobs import freshen_grants

F = TypeVar("F", bound=Callable[..., Any])


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
        say_json(_as_json(told))
        return
    print_case(told)


@case.command()
@opening_options
@format_option("table", "json")
def history(case_id: str, login: str | None, purpose: str | None, home: Path | None, form: str) -> None:
    """What happened to a case, oldest first, one entry for one act.

    Each entry has two times: when the store came to know of it, and its own date where it says one.

    \b
    Example:
      dataport case history KEN-00001234 --as registrar.ken@example.org --purpose "Complaint 17"
    """
    settings = settings_of(home)
    freshen_grants(settings)
    told = case_history(case_id, asker_of(settings, login, purpose=purpose), open_house(settings))
    if form == "json":
        entries = [_entry_as_json(one) for one in told.entries]
        say_json({"entity": told.entity, "entries": entries, "meta": dict(told.meta)})
        return
    print_history(told)


@case.command()
@opening_options
@click.option("--between", type=DAY, nargs=2, required=True, metavar="D1 D2", help="The two days.")
@click.option("--all", "everything", is_flag=True, help="What is the same on both days, too.")
@format_option("table", "json")
def compare(
    case_id: str,
    login: str | None,
    purpose: str | None,
    home: Path | None,
    between: tuple[date, date],
    everything: bool,
    form: str,
) -> None:
    """A case on two days, side by side; what differs is marked.

    \b
    Example:
      dataport case compare KEN-00001234 --between 2020-12-31 2021-12-31 --purpose "Complaint 17"
    """
    settings = settings_of(home)
    freshen_grants(settings)
    told = case_comparison(case_id, *between, asker_of(settings, login, purpose=purpose), open_house(settings))
    if form == "json":
        lines = [asdict(one) for one in told.lines]
        days = {"first": told.first, "second": told.second}
        members = {"came": told.came, "went": told.went}
        say_json({**days, "lines": lines, **members, "meta": dict(told.meta)})
        return
    print_comparison(told, everything)


def _as_json(told: Shown) -> dict[str, Any]:
    return {
        "as_of": told.as_of.isoformat(),
        "main": {"name": told.main.name, "record": dict(told.main.records[0])},
        "sections": [{"name": one.name, "records": [dict(record) for record in one.records]} for one in told.sections],
        "meta": dict(told.meta),
    }


def _entry_as_json(one: Entry) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("recorded_at", "happened_on", "kind", "subject", "words", "details")}
    told |= {"by": one.by, "channel": one.channel, "late_days": one.late_days}
    return {**told, "changes": [asdict(change) for change in one.changes]}
