"""dataport quality report, kept: what a unit's meeting has before it, and the scorecards that were handed out."""

from __future__ import annotations

from pathlib import Path

import click

from dataport.ask import open_house
from dataport.cli.options import asker_of, format_option, home_option, settings_of
from dataport.cli.render_quality import print_kept
from dataport.cli.report import say, say_json
from dataport.cli.texts import Screen
from dataport.errors import WrongRequest
from dataport.jobs.freshen import freshen_grants
from dataport.jobs.quality_reports import written
from dataport.named_file import check_place
from dataport.quality import handed_out, handed_out_as
from dataport.quality.report import DOOR
from dataport.visit import accounted

_AS = click.option("--as", "login", metavar="VIEWER", help="Who asks: a login (default: the `viewer` setting).")
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--unit", required=True, metavar="UNIT", help="Of this business unit and all below it.")
@click.option("--month", required=True, metavar="MONTH", help="As of the end of this month, as 2022-02.")
@click.option("--folder", type=_FOLDER, default=Path(), help="Where the two files are written (default: here).")
@click.option("--overwrite", is_flag=True, help="Replace them if they are there already.")
@click.option("--purpose", metavar="TEXT", help="For who may open records: the sizes of the working list, too.")
@_AS
@home_option
@format_option("table", "json")
def report(
    unit: str,
    month: str,
    folder: Path,
    overwrite: bool,
    purpose: str | None,
    login: str | None,
    home: Path | None,
    form: str,
) -> None:
    """A page and a workbook for a unit's meeting: scorecard, worst five, improved most, sizes of the working list.

    The page is one file that loads nothing from anywhere, and prints well. Both are private; what is in them is kept as
    it was told (`dataport quality kept`).

    \b
    Example:
      dataport quality report --unit CO-KEN --month 2022-02 --as registrar.ken@example.org --purpose "March meeting"
    """
    settings = settings_of(home)
    if not folder.is_dir():
        raise WrongRequest(f"There is no folder {folder}. Make it first, or name another place.")
    freshen_grants(settings)
    house = open_house(settings)
    asker = asker_of(settings, login, purpose=purpose)
    with accounted(DOOR, f"{DOOR} {unit} {month}", asker, house):
        office = house.offices().named(unit)
    for ending in ("html", "xlsx"):
        check_place(folder / f"quality-{office.unit}-{month}.{ending}", replace=overwrite, home=settings.home)
    page, workbook = written(office.unit, month, asker, house, folder, replace=overwrite)
    if form == "json":
        say_json({"page": str(page), "workbook": str(workbook)})
    else:
        say(f"Written to {page} and {workbook}.")


@click.command()
@click.argument("number", type=int, required=False)
@_AS
@home_option
@format_option("table", "json")
def kept(number: int | None, login: str | None, home: Path | None, form: str) -> None:
    """The scorecards that were handed out to the viewer, as they were told then; with NUMBER, one of them.

    A definition that changes later does not change them. One that tells more than the viewer may be told today is not
    shown.

    \b
    Examples:
      dataport quality kept --as registrar.ken@example.org
      dataport quality kept 3 --format json
    """
    settings = settings_of(home)
    freshen_grants(settings)
    house, asker = open_house(settings), asker_of(settings, login)
    if number is not None:
        one = handed_out_as(number, asker, house)
        say_json(dict(one.told), indent=None if form == "json" else 1)
        return
    found = handed_out(asker, house)
    if form == "json":
        told = [{"number": one.number, "kept_at": f"{one.kept_at.isoformat()}Z", "as_of": one.as_of, "scope": one.scope,
                 "data_version": one.data_version, "is_of_today": one.is_of_today, "score": one.told["score"]}
                for one in found]  # fmt: skip
        say_json({"kept": told})
    else:
        print_kept(found, Screen())
