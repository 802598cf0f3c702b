"""dataport change."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from dataport.ask import change as change_door
from dataport.ask import open_house
from dataport.cli.options import asker_of, change_options, settings_of
from dataport.cli.outputs import output_of, output_options, write_answer
from dataport.cli.render import Look
from dataport.cli.render_change import print_change
from dataport.cli.texts import Screen
from dataport.jobs.freshen import freshen_grants
from dataport.semantic import Request


@click.command()
@change_options
@output_options
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
    **words: Any,
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
    wanted = output_of(settings, **words)
    freshen_grants(settings)
    first, last = between
    request = Request(
        (indicator,), by, where, as_of=last, compare=first, geography=geography, totals=totals, subtotals=subtotals
    )
    table = change_door(request, asker_of(settings, login, as_class), open_house(settings))
    if wanted.form == "table" and wanted.file is None and wanted.look == Look():
        print_change(table, Screen())
    else:
        write_answer(table, wanted)
