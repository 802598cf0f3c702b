"""dataport access: why a viewer sees what they see, and which grants do nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Column, Table

from dataport.ask import open_house
from dataport.cli.grids import print_grid
from dataport.cli.options import asker_of, format_option, home_option, question_options, request_of, settings_of
from dataport.cli.report import say, say_json
from dataport.cli.texts import Screen, shown
from dataport.errors import WrongRequest
from dataport.jobs.freshen import freshen_grants
from dataport.why import Why
from dataport.why import check as check_grants
from dataport.why import why as explain_decision


@click.group()
def access() -> None:
    """Who may see what, and why.

    \b
    Example:
      dataport access why officer-ken@example.org active_individuals --by sex
    """


@access.command()
@click.argument("viewer")
@question_options
@format_option("table", "json")
def why(viewer: str, home: Path | None, login: str | None, as_class: str | None, form: str, **words: Any) -> None:
    """What each policy says of VIEWER and a question. No row is read; the look is written down.

    \b
    Examples:
      dataport access why officer-ken@example.org active_individuals --by sex
      dataport access why officer-ken@example.org median_age --where "ethnicity = 'X'" --format json
    """
    if login is not None:
        raise WrongRequest("The viewer is named first: dataport access why VIEWER INDICATOR…; leave --as out.")
    settings = settings_of(home)
    freshen_grants(settings)
    told = explain_decision(request_of(**words), asker_of(settings, viewer, as_class), open_house(settings))
    if form == "json":
        say_json(asdict(told))
        return
    _print(told)


def _print(told: Why) -> None:
    console = Screen(soft_wrap=True)
    console.print(shown("\n".join((told.question, *told.readings)), style="bold"))
    console.print(shown(f"{told.viewer}, class {told.viewer_class}: {told.scope or 'refused'}"))
    if told.refusal:
        console.print(shown(told.refusal, style="red"))
    grid = Table("Fact", "Entity", Column("Policy", no_wrap=True), "Role", "Holds", "Says", header_style="bold")
    for one in told.reasons:
        holds = one.effect if one.holds else "no"
        grid.add_row(one.fact, one.entity, one.policy, one.role or "–", holds, shown(one.says))
    print_grid(grid, console, stacks=True)


@access.command()
@home_option
@format_option("table", "json")
def check(home: Path | None, form: str) -> None:
    """Grants that match nothing, accounts without scope, members that nobody may see. Exits with 1 if there are any.

    \b
    Example:
      dataport access check --format json
    """
    settings = settings_of(home)
    freshen_grants(settings)
    found = check_grants(open_house(settings))
    if form == "json":
        say_json({"findings": [asdict(one) for one in found]})
    elif found:
        grid = Table("Finding", "What", "Accounts", header_style="bold")
        for one in found:
            grid.add_row(one.kind, shown(one.what), str(one.accounts) if one.accounts else "–")
        print_grid(grid, Screen(), stacks=True)
    else:
        say("Every grant matches rows, every account has a scope, and every member is somebody's to see.")
    if found:
        raise SystemExit(1)
