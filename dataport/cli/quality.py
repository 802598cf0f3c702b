"""dataport quality: where records are poor, and which of them are to be corrected."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from dataport.ask import open_house
from dataport.cli.options import COMPARISON, DAY, asker_of, format_option, home_option, raw_option, settings_of
from dataport.cli.quality_output import Wish, file_options, wish_of, write_json, write_table
from dataport.cli.quality_report import kept, report
from dataport.cli.quality_work import assign, excuse, note, work
from dataport.cli.render_quality import left_out, print_card, print_measure, print_records
from dataport.cli.report import show_note
from dataport.cli.words import Word
from dataport.jobs.freshen import freshen_grants
from dataport.quality import Selected, Wanted, keep, measure, records, scorecard, with_excused
from dataport.quality.tables import card_table, records_table


@click.group()
def quality() -> None:
    """Where records are poor, and which of them are to be corrected.

    \b
    Examples:
      dataport quality scorecard --unit CO-KEN --as registrar.ken@example.org
      dataport quality records K05 --unit CO-KEN --purpose "Correcting records of Kenya"
    """


KPI = click.argument("kpi", type=Word("kpi"), metavar="KPI")
UNIT = click.option("--unit", metavar="UNIT", help="Of this business unit and all below it, by its code or name.")
AS = click.option("--as", "login", metavar="VIEWER", help="Who asks: a login (default: the `viewer` setting).")


@quality.command("scorecard")
@UNIT
@click.option("--as-of", type=DAY, help="At the end of this day (default: the newest).")
@click.option("--compare", type=COMPARISON, metavar="year-ago|DATE", help="Held against a year before, or another day.")
@click.option("--purpose", metavar="TEXT", help="For who may open records: how many of them are excused, too.")
@click.option("--keep", "is_kept", is_flag=True, help="Keep it as it is told, as one that was handed out.")
@AS
@home_option
@file_options
@raw_option
@format_option("table", "csv", "xlsx", "json")
def scorecard_(
    unit: str | None,
    as_of: date | None,
    compare: Any,
    purpose: str | None,
    is_kept: bool,
    login: str | None,
    home: Path | None,
    **words: Any,
) -> None:
    """All KPIs on a day: how many records fail, of how many, the share, its target, its trend.

    The place among its siblings is told where all records of all of them are the viewer's to count. Targets and weights
    are stand-ins. A KPI that speaks of a field which the viewer's role may not know has no number.

    \b
    Examples:
      dataport quality scorecard --unit CO-KEN --as registrar.ken@example.org
      dataport quality scorecard --unit CO-KEN --compare year-ago --output kenya.xlsx
      dataport quality scorecard --as-of 2021-12-31 --format json
    """
    settings = settings_of(home)
    wish = wish_of(settings, **words)
    freshen_grants(settings)
    house = open_house(settings)
    asker = asker_of(settings, login, purpose=purpose)
    card = scorecard(Wanted(unit, as_of, compare), asker, house)
    if purpose is not None:
        card = with_excused(card, as_of, asker, house)
    if is_kept:
        keep(card, house)
    if wish.form == "table":
        print_card(card, wish)
    elif wish.form == "json":
        write_json(card.as_dict(), wish)
    else:
        write_table("Scorecard", card_table(card), wish)


@quality.command()
@KPI
@home_option
@format_option("table", "json")
def show(kpi: str, home: Path | None, form: str) -> None:
    """What a KPI says: its checks with examples, the fields they speak of, their thresholds and versions.

    \b
    Example:
      dataport quality show K05
    """
    print_measure(measure(open_house(settings_of(home, must_exist=False)).catalog, kpi), form)


@quality.command("records")
@KPI
@UNIT
@click.option(
    "--where",
    multiple=True,
    type=Word("filter"),
    metavar="EXPR",
    help="Only these, such as \"sex = 'F'\"; repeat for more.",
)
@click.option("--as-of", type=DAY, help="As they stood at the end of this day (default: the newest).")
@click.option(
    "--limit", "most", type=click.IntRange(min=1), help="So many at most (default: as many as the role opens)."
)
@click.option("--purpose", metavar="TEXT", help="What for; it is written down with the look.")
@AS
@home_option
@file_options
@raw_option
@format_option("table", "csv", "xlsx", "json")
def records_(
    kpi: str,
    unit: str | None,
    where: tuple[str, ...],
    as_of: date | None,
    most: int | None,
    purpose: str | None,
    login: str | None,
    home: Path | None,
    **words: Any,
) -> None:
    """The records that fail a KPI, the worst and easiest first: what is wrong, since when, who recorded it, and where.

    Of those that the viewer may open; as many as the role opens at a time, and how many more there are. What is excused
    stands apart, at the end.

    \b
    Examples:
      dataport quality records K05 --unit CO-KEN --purpose "Correcting records of Kenya"
      dataport quality records K18 --where "sex = 'F'" --limit 20 --purpose "Visit of March" --output list.xlsx
    """
    settings = settings_of(home)
    wish: Wish = wish_of(settings, **words)
    freshen_grants(settings)
    chosen = Selected(kpi, where, unit, as_of, most)
    found = records(chosen, asker_of(settings, login, purpose=purpose), open_house(settings))
    if wish.form == "table":
        print_records(found, wish)
    elif wish.form == "json":
        write_json(records_table(found).as_dict(), wish)
    else:
        write_table("Records", records_table(found), wish)
        for said in left_out(found):
            show_note(said)


for one in (assign, excuse, note, work, report, kept):
    quality.add_command(one)
