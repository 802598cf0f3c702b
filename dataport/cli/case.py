"""dataport case: what a case was on a day, what happened to it, how two days differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from dataport.ask import open_house
from dataport.cli.options import DAY, asker_of, format_option, home_option, settings_of
from dataport.cli.render_case import print_case, print_comparison
from dataport.cli.render_history import print_changes, print_family, print_history
from dataport.cli.render_people import print_people
from dataport.cli.report import say_json
from dataport.history import (
    MY_LAST_LOOK,
    Part,
    Wanted,
    case_changes,
    case_comparison,
    case_family,
    case_history,
    find_people,
    show_case,
)
from dataport.jobs.freshen import freshen_grants
from dataport.render.cases import (
    case_as_json,
    changes_as_json,
    comparison_as_json,
    family_as_json,
    history_as_json,
    moment_or_text,
    people_as_json,
)

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
        _say(case_as_json(told))
        return
    print_case(told)


@case.command()
@opening_options
@click.option("--between", type=DAY, nargs=2, metavar="D1 D2", help="Recorded on these days or between them (UTC).")
@click.option("--member", metavar="NO", help="Of the one member with this number.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="event, change, correction, entered-scope or left-scope; or of a kind of record, such as document.",
)
@format_option("table", "json")
def history(
    case_id: str,
    login: str | None,
    purpose: str | None,
    home: Path | None,
    between: tuple[date, date] | None,
    member: str | None,
    kinds: tuple[str, ...],
    form: str,
) -> None:
    """What happened to a case, day by day, oldest first.

    Each entry has two times: when the store came to know of it (UTC), by which it is put in order, and its own date
    where it says another one. What happened alike to several members on a day is told once.

    \b
    Examples:
      dataport case history KEN-00001234 --as registrar.ken@example.org --purpose "Complaint 17"
      dataport case history KEN-00001234 --between 2021-01-01 2021-12-31 --kind document --purpose "Complaint 17"
    """
    settings = settings_of(home)
    freshen_grants(settings)
    part = Part(between or None, member, kinds)
    told = case_history(case_id, asker_of(settings, login, purpose=purpose), open_house(settings), part)
    if form == "json":
        _say(history_as_json(told))
        return
    print_history(told)


class _Since(click.ParamType):
    """A day, or the viewer's own last look."""

    name = "since"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == MY_LAST_LOOK else DAY.convert(value, param, ctx)


@case.command()
@opening_options
@click.option(
    "--since",
    type=_Since(),
    required=True,
    metavar="DAY|my-last-look",
    help="From the beginning of this day (UTC) on; or since your last look at the whole of this case.",
)
@click.option("--member", metavar="NO", help="Of the one member with this number.")
@format_option("table", "json")
def changes(
    case_id: str,
    login: str | None,
    purpose: str | None,
    home: Path | None,
    since: Any,
    member: str | None,
    form: str,
) -> None:
    """What is different in a case since a day or your last look, and who changed it; by member, newest first.

    Both ends are compared, so that what was changed and changed back is told once, as undone.

    \b
    Examples:
      dataport case changes KEN-00001234 --since my-last-look --purpose "Appointment of 3 March"
      dataport case changes KEN-00001234 --since 2022-01-10 --member KEN-00001235 --purpose "Appointment of 3 March"
    """
    settings = settings_of(home)
    freshen_grants(settings)
    told = case_changes(case_id, since, asker_of(settings, login, purpose=purpose), open_house(settings), member)
    if form == "json":
        _say(changes_as_json(told))
        return
    print_changes(told)


@case.command()
@opening_options
@format_option("table", "json")
def family(case_id: str, login: str | None, purpose: str | None, home: Path | None, form: str) -> None:
    """Who belongs to a case: how they are related, who joined and who left, and when.

    \b
    Example:
      dataport case family KEN-00001234 --as registrar.ken@example.org --purpose "Appointment of 3 March"
    """
    settings = settings_of(home)
    freshen_grants(settings)
    told = case_family(case_id, asker_of(settings, login, purpose=purpose), open_house(settings))
    if form == "json":
        _say(family_as_json(told))
        return
    print_family(told)


@case.command()
@click.option("--number", metavar="NO", help="Their number, a former one, or an id.")
@click.option("--name", metavar="NAME", help="Whole words of their name, in any script and order.")
@click.option("--birth-year", type=int, metavar="YEAR", help="The year in which they were born.")
@click.option("--as", "login", metavar="VIEWER", help="Who looks: a login (default: the `viewer` setting).")
@click.option("--purpose", metavar="TEXT", help="What for, without the name; it is written down with the look.")
@home_option
@format_option("table", "json")
def find(
    number: str | None,
    name: str | None,
    birth_year: int | None,
    login: str | None,
    purpose: str | None,
    home: Path | None,
    form: str,
) -> None:
    """Find people by number, name or year of birth, among those whom the viewer may see, by fields that they read.

    The log keeps a keyed digest of what was typed. A role looks for people so many times a day and is told of so many
    at once, as the policies say (`finds`).

    \b
    Examples:
      dataport case find --name "Amina Otieno" --as registrar.ken@example.org --purpose "Lost card"
      dataport case find --name Амина --birth-year 1984 --purpose "Complaint 17" --format json
    """
    settings = settings_of(home)
    freshen_grants(settings)
    wanted = Wanted(number, name, birth_year)
    told = find_people(wanted, asker_of(settings, login, purpose=purpose), open_house(settings))
    if form == "json":
        _say(people_as_json(told))
        return
    print_people(told)


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
        _say(comparison_as_json(told))
        return
    print_comparison(told, everything)


def _say(value: dict[str, Any]) -> None:
    """One object; a time says its zone."""
    say_json(value, default=moment_or_text)
