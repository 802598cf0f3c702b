"""dataport audit case, subject, usage: who looked at a case, what is held of a person, who looks more than usual."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click
from rich.table import Table

from dataport.ask import open_house
from dataport.audit import Choice, open_log, usage
from dataport.cli.grids import print_grid
from dataport.cli.options import DAY, asker_of, format_option, home_option, settings_of
from dataport.cli.report import say, say_json
from dataport.cli.texts import Screen, shown
from dataport.dictionary import look_limit
from dataport.jobs.freshen import freshen_grants
from dataport.named_file import check_place, named_file
from dataport.quality import held_of
from dataport.records import looks_at
from dataport.render.cases import held_as_json, moment_or_text
from dataport.texts import inert_json

_KINDS = ("looks", "cases", "refused")


@click.command("case")
@click.argument("case_id", metavar="ID")
@click.option("--as", "login", metavar="VIEWER", help="Who asks: a login (default: the `viewer` setting).")
@click.option("--purpose", metavar="TEXT", help="What for; it is written down with the look.")
@home_option
@format_option("table", "json")
def case_(case_id: str, login: str | None, purpose: str | None, home: Path | None, form: str) -> None:
    """Who looked at a case, when, through which door and what for: for an answer to the person whom it is about.

    The log knows cases by pseudonyms alone, so it takes somebody who may open the case, and is a look at it itself.

    \b
    Example:
      dataport audit case KEN-00001234 --as registrar.ken@example.org --purpose "Request of the person, 3 March"
    """
    settings = settings_of(home)
    freshen_grants(settings)
    found = looks_at(case_id, asker_of(settings, login, purpose=purpose), open_house(settings))
    if form == "json":
        say_json({"looks": [asdict(one) for one in found]})
        return
    grid = Table("At (UTC)", "Viewer", "Door", "Purpose", "Outcome", header_style="bold")
    for one in found:
        grid.add_row(*map(shown, (one.at[:19], one.viewer, one.door, one.purpose or "", one.outcome)))
    print_grid(grid, Screen(), stacks=True)


@click.command("subject")
@click.argument("case_id", metavar="ID")
@click.option("--as", "login", metavar="VIEWER", help="Who asks: a login (default: the `viewer` setting).")
@click.option("--purpose", metavar="TEXT", help="What for; it is written down with the look.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.json",
    help="A new, private file; standard output otherwise.",
)
@home_option
def subject_(case_id: str, login: str | None, purpose: str | None, output: Path | None, home: Path | None) -> None:
    """All that is held of one person, as a document of JSON: for an answer to that person.

    Every version of the record and of what belongs to it, what was made of it here, and who looked at it; nothing of
    anybody else. It takes somebody who may open the case, holds what that account may read, and is a look itself.

    \b
    Example:
      dataport audit subject KEN-00001234 --as registrar.ken@example.org --purpose "Request of 3 March" --output p.json
    """
    settings = settings_of(home)
    if output:
        check_place(output, replace=False, home=settings.home)
    freshen_grants(settings)
    told = held_as_json(held_of(case_id, asker_of(settings, login, purpose=purpose), open_house(settings)))
    if output is None:
        say_json(told, default=moment_or_text)
        return
    said = inert_json(json.dumps(told, ensure_ascii=False, indent=2, default=moment_or_text))
    with named_file(output, replace=False) as file:
        file.write(said.encode() + b"\n")
    counts = f"{len(told['records']):,} records and {len(told['looks']):,} looks"
    say(f"{counts} are in {output}. Delete it when it was given.")


@click.command("usage")
@home_option
@click.option("--since", type=DAY, metavar="DATE", help="Only looks on this day (UTC) or later.")
@click.option("--alarms", is_flag=True, help="Only days on which somebody looked more than is usual.")
@format_option("table", "json")
def usage_(home: Path | None, since: date | None, alarms: bool, form: str) -> None:
    """Looks, cases that were opened, and refusals, by account and day; what is more than usual is said.

    What is usual stands in the seed `look_limit`, with its reasons. Exit code 1 where there is an alarm.

    \b
    Examples:
      dataport audit usage --since 2022-03-01
      dataport audit usage --alarms --format json
    """
    wanted = Choice(since=since)
    limits = {name: look_limit(f"{name}_a_day") for name in _KINDS}
    days = usage(filter(wanted.takes, open_log(settings_of(home)).entries()), limits)
    told = [one for one in days if one.alarms or not alarms]
    if form == "json":
        say_json({"days": [asdict(one) for one in told], "limits": limits})
    else:
        grid = Table("Day", "Viewer", "Looks", "Cases", "Refused", "More than usual", header_style="bold")
        for one in told:
            counts = (f"{number:,}" for number in (one.looks, one.cases, one.refused))
            grid.add_row(*map(shown, (one.day, one.viewer, *counts, "; ".join(one.alarms))))
        print_grid(grid, Screen(), stacks=True)
        if not told:
            say("Nothing.")
    if any(one.alarms for one in days):
        raise SystemExit(1)
