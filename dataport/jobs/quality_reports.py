"""quality_reports: reports on the quality of records, as private files; monthly by the job, where that is set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

from dataport.ask import open_house
from dataport.durable import make_private
from dataport.errors import DataportError
from dataport.house import House
from dataport.named_file import named_file
from dataport.quality import end_of_month, keep
from dataport.quality.page import page_of
from dataport.quality.report import DOOR, report
from dataport.settings import QualityReportSettings, Settings
from dataport.visit import Asker, accounted, machine_account

Progress = Callable[[str], None]


def written(
    unit: str, month: str, asker: Asker, house: House, folder: Path, *, replace: bool = False
) -> tuple[Path, Path]:
    """Make the report of a unit and write its page and its workbook; its scorecard is kept as it was told.

    Raises:
        DataportError: as `report`; or a file cannot be written. Then neither is there that was not.
    """
    told = report(unit, month, asker, house)
    page, workbook = (folder / f"quality-{unit}-{month}.{ending}" for ending in ("html", "xlsx"))
    with named_file(page, replace=replace) as first, named_file(workbook, replace=replace) as second:
        first.write(page_of(told).encode())
        import_module("dataport.quality.workbook").write_report(told, second)
        keep(told.card, house)  # where it cannot be kept, nothing was handed out
    return page, workbook


def monthly_reports(settings: Settings, progress: Progress) -> tuple[str, ...]:
    """Make the reports on the last month that is over, where the settings name any and they are not there yet.

    Returns:
        What went wrong, in words; a report that fails keeps neither the others nor the job from their work.
    """
    wanted = settings.quality_report
    if wanted is None:
        return ()
    house = open_house(settings)
    try:
        return tuple(_failed(wanted, settings, house, progress))
    finally:
        house.close()


def _failed(wanted: QualityReportSettings, settings: Settings, house: House, progress: Progress) -> Iterator[str]:
    asker = Asker(wanted.account, machine_account(), purpose=wanted.purpose)
    folder = settings.reports
    try:
        make_private(folder)
    except OSError as problem:
        yield f"No report on the quality of records was made: {folder} cannot be made ({type(problem).__name__})."
        return
    horizon = house.figures().horizon
    month = _last_month(horizon.last_day)
    if not horizon.holds(end_of_month(month)):
        return  # history begins in the month that is not over yet
    for unit in wanted.units:
        try:
            with accounted(DOOR, f"{DOOR} {unit} {month}", asker, house):
                code = house.offices().named(unit).unit
            if (folder / f"quality-{code}-{month}.html").exists():
                continue
            written(code, month, asker, house, folder, replace=True)
            progress(f"report on the quality of records: {code} {month}")
        except DataportError as problem:
            yield f"The report on the quality of records of {unit} for {month} was not made: {problem}"


def _last_month(day: date) -> str:
    """The last month that is over at the end of a day."""
    over = day + timedelta(days=1)
    return f"{over.replace(day=1) - timedelta(days=1):%Y-%m}"
