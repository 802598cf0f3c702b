"""workbook: tables of this room as an Excel file, in which nothing can be run and no number is rounded.

It is imported when one is wanted: whoever reads a scorecard on the terminal does not wait for the library.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Any, BinaryIO

import xlsxwriter

from dataport.errors import WrongRequest
from dataport.quality.report import Report
from dataport.quality.tables import Cell, Column, Table
from dataport.texts import SPREADSHEET, on_one_line

MOST_ROWS = 1_048_575
_WIDEST, _LINE = 60, 15
# Texts stand a little apart from the numbers on their left.
_BESIDE: dict[str, Any] = {"align": "left", "indent": 1}
_FORMATS = {"share": "0.0%", "integer": "#,##0", "number": "#,##0.##", "date": "yyyy-mm-dd"}


def write_report(told: Report, out: BinaryIO) -> None:
    """The report of a unit as a workbook."""
    write_workbook(told.tables, (("Report", told.title), *told.about), out)


def write_workbook(sheets: Iterable[tuple[str, Table]], about: Iterable[tuple[str, str]], out: BinaryIO) -> None:
    """Write tables as the sheets of a workbook, and a last sheet that says what they are.

    Raises:
        WrongRequest: one holds more than a sheet of Excel can.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        for name, table in sheets:
            if len(table.rows) > MOST_ROWS:
                raise WrongRequest(f"There are {len(table.rows):,} rows, and a sheet of Excel has {MOST_ROWS:,}.")
            _write(book, book.add_worksheet(name), table)
        last, bold = book.add_worksheet("About"), book.add_format({"bold": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        _print_on_paper(last)
        last.set_column(0, 0, 24)
        last.set_column(1, 1, _WIDEST)
        for row, (what, said) in enumerate(about):
            last.write_string(row, 0, _text(what), bold)
            last.write_string(row, 1, _text(said), wrapped)
            last.set_row(row, _lines(said, _WIDEST) * _LINE)


def _print_on_paper(sheet: Any) -> None:
    """On A4, across, as wide as a page: whoever prints it has its columns beside each other."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _write(book: Any, sheet: Any, table: Table) -> None:
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    _print_on_paper(sheet)
    if not table.rows and table.otherwise:
        sheet.write_string(1, 0, _text(table.otherwise))
    lines = [1] * len(table.rows)
    for place, column in enumerate(table.columns):
        shown = _format(column)
        side: dict[str, Any] = {"align": "right"} if shown else _BESIDE
        head = book.add_format({"bold": True, "bottom": 1, **side})
        sheet.write_string(0, place, column.label, head)
        form: dict[str, Any] = {"num_format": shown} if shown else {"text_wrap": True, **_BESIDE}
        how = book.add_format({"valign": "top", **form})
        cells = [row[place] for row in table.rows]
        longest = max((len(_shown(cell, column)) for cell in cells), default=0)
        width = min(max(len(column.label) + 2, longest) + 2, _WIDEST)
        sheet.set_column(place, place, width)
        for row, cell in enumerate(cells):
            _write_cell(sheet, row + 1, place, cell, how)
            lines[row] = max(lines[row], _lines(cell, width))
    for row, high in enumerate(lines, start=1):
        if high > 1:
            sheet.set_row(row, high * _LINE)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _shown(cell: Cell, column: Column) -> str:
    """About as a cell is shown."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case date():
            return f"{cell:%Y-%m-%d}"
        case int() | float():
            return f"{cell:.1%}" if column.scale == "share" else f"{cell:,.2f}" if cell % 1 else f"{cell:,.0f}"
    return _text(str(cell))


def _lines(cell: Cell, width: int) -> int:
    """On how many lines a cell is shown; a program that opens it does not reckon that by itself."""
    return max(1, math.ceil(len(_text(cell)) / (width - 1))) if isinstance(cell, str) else 1


def _write_cell(sheet: Any, row: int, place: int, cell: Cell, how: Any) -> None:
    match cell:
        case None:
            sheet.write_blank(row, place, None, how)
        case bool():
            sheet.write_string(row, place, "yes" if cell else "no", how)
        case date():
            sheet.write_datetime(row, place, cell, how)
        case int() | float():
            sheet.write_number(row, place, cell, how)
        case str():
            sheet.write_string(row, place, _text(cell), how)


def _format(column: Column) -> str | None:
    return _FORMATS.get(column.scale if column.scale == "share" else column.type)


def _text(text: str) -> str:
    """A text on one line: what turns or hides what follows is written out."""
    return on_one_line(text, longest=SPREADSHEET)
