"""dataport change."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from dataport.ask import change as change_door
from dataport.ask import open_house
from dataport.cli.options import DAY, FORMATS, SUBTOTAL, asker_of, format_option, home_option, settings_of
from dataport.cli.render import write_table
from dataport.cli.render_change import print_change
from dataport.jobs import freshen_grants
from dataport.semantic import Request


@click.command()
@click.argument("indicator")
@click.option(
    "--between", type=(DAY, DAY), required=True, metavar="DATE DATE", help="The earlier day, and the later one."
)
@click.option("--by", multiple=True, metavar="LEVEL", help="Break down by this; repeat for more.")
@click.option("--where", multiple=True, metavar="EXPR", help="Only these, such as \"sex = 'F'\"; repeat for more.")
@click.option(
    "--geography",
    type=click.Choice(("today", "as-was")),
    default="today",
    show_default=True,
    help="Count places as they are today, or as they were on each of the days.",
)
@click.option("--totals", is_flag=True, help="Totals and subtotals, each with the movements at its own grain.")
@click.option(
    "--subtotal",
    "subtotals",
    type=SUBTOTAL,
    multiple=True,
    metavar="LEVEL[,LEVEL]|none",
    help="A total that keeps these breakdowns and adds up the others; repeat for more.",
)
@click.option("--as", "login", metavar="VIEWER", help="Who asks: a login (default: the `viewer` setting).")
@click.option("--class", "as_class", type=click.Choice(["statistics"]), help="Ask as a lesser class.")
@home_option
@format_option(*FORMATS)
def change(
    indicator: str,
    between: tuple[date, date],
    by: tuple[str, ...],
    where: tuple[str, ...],
    geography: Any,
    totals: bool,
    subtotals: tuple[tuple[str, ...], ...],
    login: str | None,
    as_class: str | None,
    home: Path | None,
    form: str,
) -> None:
    """Why a number moved between two days: what came to each cell, and what left it, so that both numbers meet.

    A count of who is there on a day is taken apart into registrations, births, moves, departures and so on. A quotient
    is taken apart into its numerator, its denominator and, in a total, the mix of its cells.

    \b
    Examples:
      dataport change active_individuals --between 2021-12-31 2022-02-28
      dataport change active_individuals --between 2021-12-31 2022-02-28 --by country_of_asylum --totals
      dataport change share_of_children --between 2021-12-31 2022-02-28 --by unhcr_bureau --format json
    """
    settings = settings_of(home)
    freshen_grants(settings)
    first, last = between
    request = Request(
        (indicator,), by, where, as_of=last, compare=first, geography=geography, totals=totals, subtotals=subtotals
    )
    table = change_door(request, asker_of(settings, login, as_class), open_house(settings))
    if form == "table":
        print_change(table, Console())
    else:
        write_table(table, form)
