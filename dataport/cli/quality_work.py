"""dataport quality assign, excuse, note, work: the working list, for whoever may open the records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from dataport.ask import open_house
from dataport.cli.options import DAY, asker_of, format_option, home_option, raw_option, settings_of
from dataport.cli.quality_output import file_options, wish_of, write_json, write_table
from dataport.cli.render_quality import more_work, print_work
from dataport.cli.report import say, say_json, show_note
from dataport.cli.words import Word
from dataport.errors import WrongRequest
from dataport.house import House
from dataport.jobs.freshen import freshen_grants
from dataport.quality import Done, work_table
from dataport.quality import assign as assign_records
from dataport.quality import excuse as excuse_records
from dataport.quality import note as note_records
from dataport.quality import work as work_of
from dataport.visit import Asker

F = TypeVar("F", bound=Callable[..., Any])


def _about(command: F) -> F:
    """Which records, by which KPI, who does it, and what for."""
    for option in (
        format_option("table", "json"),
        home_option,
        click.option("--purpose", metavar="TEXT", help="What for; it is written down with the look."),
        click.option("--as", "login", metavar="VIEWER", help="Who does it: a login (default: the `viewer` setting)."),
        click.argument("ids", nargs=-1, metavar="ID…"),
        click.argument("kpi", type=Word("kpi"), metavar="KPI"),
    ):
        command = option(command)
    return command


@click.command()
@_about
@click.option("--to", "assignee", metavar="LOGIN", help="The account that is to see to them.")
@click.option("--take-back", is_flag=True, help="Nobody sees to them any more.")
def assign(
    kpi: str,
    ids: tuple[str, ...],
    assignee: str | None,
    take_back: bool,
    login: str | None,
    purpose: str | None,
    home: Path | None,
    form: str,
) -> None:
    """Give records to an account to see to, or take them back. Whoever had them has them no more.

    \b
    Example:
      dataport quality assign K05 KEN-00001234 KEN-00001235 --to clerk.ken@example.org --purpose "Photo day of March"
    """
    if (assignee is None) != take_back:
        raise WrongRequest("Say to whom (--to LOGIN), or that they are taken back (--take-back).")
    house, asker = _opened(home, login, purpose)
    done = assign_records(ids, kpi, assignee, asker, house)
    _say(done, "taken back" if take_back else f"assigned to {assignee}", form)


@click.command()
@_about
@click.option("--reason", metavar="TEXT", help="Why they may stay as they are.")
@click.option("--until", type=DAY, help="The last day on which it holds.")
@click.option("--withdraw", is_flag=True, help="They are excused no more.")
def excuse(
    kpi: str,
    ids: tuple[str, ...],
    reason: str | None,
    until: date | None,
    withdraw: bool,
    login: str | None,
    purpose: str | None,
    home: Path | None,
    form: str,
) -> None:
    """Excuse records until a day: they are shown apart. No number changes, and no day that has passed does.

    \b
    Examples:
      dataport quality excuse K05 KEN-00001234 --reason "No camera in Liboi" --until 2030-06-30 --purpose "Photo day"
      dataport quality excuse K05 KEN-00001234 --withdraw --purpose "Photo day"
    """
    if withdraw == (reason is not None or until is not None):
        raise WrongRequest("Give a reason and a day (--reason TEXT --until DAY), or --withdraw.")
    house, asker = _opened(home, login, purpose)
    done = excuse_records(ids, kpi, reason, until, asker, house)
    _say(done, "excused no more" if withdraw else f"excused until {until}", form)


@click.command()
@_about
@click.option("--text", "said", metavar="TEXT", required=True, help="What is to be noted.")
def note(
    kpi: str,
    ids: tuple[str, ...],
    said: str,
    login: str | None,
    purpose: str | None,
    home: Path | None,
    form: str,
) -> None:
    """Note something of records, for whoever may open them.

    \b
    Example:
      dataport quality note K18 KEN-00001234 --text "Asked the family on 3 March" --purpose "Correcting dates"
    """
    house, asker = _opened(home, login, purpose)
    _say(note_records(ids, kpi, said, asker, house), "noted", form)


@click.command()
@click.option("--mine", is_flag=True, help="Only records that are assigned to the viewer.")
@click.option("--kpi", type=Word("kpi"), metavar="KPI", help="Only of this KPI.")
@click.option("--purpose", metavar="TEXT", help="What for; it is written down with the look.")
@click.option("--as", "login", metavar="VIEWER", help="Who asks: a login (default: the `viewer` setting).")
@home_option
@file_options
@raw_option
@format_option("table", "csv", "xlsx", "json")
def work(mine: bool, kpi: str | None, purpose: str | None, login: str | None, home: Path | None, **words: Any) -> None:
    """The working list: who sees to what, what is excused, what was noted. Of records that the viewer may open.

    \b
    Example:
      dataport quality work --mine --as clerk.ken@example.org --purpose "Photo day of March"
    """
    wish = wish_of(settings_of(home), **words)
    house, asker = _opened(home, login, purpose)
    found = work_of(asker, house, mine=mine, kpi=kpi)
    if wish.form == "table":
        print_work(found, wish)
    elif wish.form == "json":
        write_json(work_table(found).as_dict(), wish)
    else:
        write_table("Work", work_table(found), wish)
        if said := more_work(found):
            show_note(said)


def _opened(home: Path | None, login: str | None, purpose: str | None) -> tuple[House, Asker]:
    settings = settings_of(home)
    freshen_grants(settings)
    return open_house(settings), asker_of(settings, login, purpose=purpose)


def _say(done: Done, what: str, form: str) -> None:
    if form == "json":
        say_json({"kpi": done.kpi.name, "records": done.records})
    else:
        records = "1 record is" if done.records == 1 else f"{done.records:,} records are"
        say(f"{done.kpi.name} {done.kpi.label}: {records} {what}.")
