"""workbook: an answer as an Excel file: a named table, the chart that fits it, and a sheet that says what it is.

Every text is written as a text, so that nothing in a cell can be run. A number that is not shown has its mark in its
place, and a number that Excel would round is written out in full: neither becomes another number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import xlsxwriter

from dataport.dictionary import SYSTEMS
from dataport.disclosure import (
    MARKS,
    NOTHING,
    NOTHING_MEANS,
    STAR,
    Facet,
    Labels,
    SafeColumn,
    SafeTable,
    facets,
    flat,
    marks_in,
    member_cell,
)
from dataport.errors import WrongRequest
from dataport.render.picture import Picture, picture_of
from dataport.render.pivot import NO_ROW, Cell, as_table, pivoted

# What Excel holds: rows of a sheet, characters of a cell, digits of a number, the first day that it reckons with.
MOST_ROWS, MOST_CHARACTERS, FIRST_DAY = 1_048_575, 32_767, date(1900, 3, 1)
ANSWER, CHART, ABOUT = "Answer", "Chart", "About"
_WIDEST = 40
# Excel shows a hundredth as 1 only with its sign for percent: it is called what it is.
_POINTS = ";".join(f'{sign}0.00%"-points"' for sign in ("+", "-", ""))
_NUMBERS = {"percent": "0.0%", "points": _POINTS, "integer": "#,##0", "number": "#,##0.00"}


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the sheet; `of` is none for what is said of the others."""

    name: str
    of: SafeColumn | None
    cells: tuple[Cell | None, ...]


def write_workbook(table: SafeTable, out: BinaryIO, *, labels: Labels | None = None, across: str | None = None) -> None:
    """Write an answer as a workbook.

    Args:
        labels: as everywhere; codes and labels both unless it is said.
        across: the level whose members go across.

    Raises:
        WrongRequest: it holds more than a sheet of Excel can.
    """
    columns = _across(table, labels or "both", across) if across else _columns(table, labels or "both")
    rows = len(columns[0].cells)
    if rows > MOST_ROWS:
        raise WrongRequest(
            f"The answer has {rows:,} rows, and a sheet of Excel {MOST_ROWS:,}. Ask for less, or for csv or parquet."
        )
    # no text becomes a formula, a link or a number
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        # not the moment at which it is written: the same answer is the same file, of which parts can be asked for
        book.set_properties({"created": datetime.fromisoformat(table.meta["as_of"])})
        _write_answer(book, columns)
        try:
            picture = picture_of(table)
        except WrongRequest:
            picture = None  # there is nothing to draw along
        if picture:
            _write_chart(book, picture)
        _write_about(book, table, picture)


def _columns(table: SafeTable, labels: Labels) -> list[_Column]:
    """The rows of the answer, then its totals, as in every other form."""
    shown = facets(table, labels)
    cells: list[list[Cell]] = [[] for _ in shown]
    for part in table.parts():
        for row, codes in part.rows():
            for facet, column in zip(shown, cells, strict=True):
                value = row[facet.of]
                if facet.column.role == "level":
                    column.append(Cell(_member(facet, value, table, part.adds_up(facet.of)), None))
                else:
                    column.append(Cell(value, codes.get(facet.of)))
    found = [_Column(one.column.name, one.column, tuple(column)) for one, column in zip(shown, cells, strict=True)]
    return found + _said(flat(table, labels=labels))


def _across(table: SafeTable, labels: Labels, level: str) -> list[_Column]:
    pivot = pivoted(table, level)
    whole = as_table(pivot, labels)
    places = {one.name: place for place, one in enumerate(pivot.down)}
    shown = [one for one in facets(table, labels) if one.of in places]
    found = []
    for facet in shown:
        members = [line.members[places[facet.of]] for line in pivot.lines]
        cells = tuple(Cell(_member(facet, value, table, is_all), None) for is_all, value in members)
        found.append(_Column(facet.column.name, facet.column, cells))
    for at, head in enumerate(pivot.heads):
        name = whole.column_names[len(shown) + at]
        found.append(_Column(name, head.column, tuple(line.cells[at] for line in pivot.lines)))
    return found + _said(whole)


def _member(facet: Facet, value: Any, table: SafeTable, is_all: bool) -> Any:
    """A member in a cell: days and numbers as such, everything else in words, and nothing blank."""
    if not is_all and value is not None and facet.column.type in ("date", "integer", "number"):
        return value
    return member_cell(facet, value, table, is_all)


def _said(whole: pa.Table) -> list[_Column]:
    """The two last columns of every form: what a total adds up, and the codes of cells."""
    columns = zip(whole.column_names[-2:], whole.columns[-2:], strict=True)
    return [_Column(name, None, tuple(Cell(one, None) for one in told.to_pylist())) for name, told in columns]


def _write_answer(book: Any, columns: list[_Column]) -> None:
    """The table `Answer`."""
    sheet = book.add_worksheet(ANSWER)
    heads = _unique([one.name for one in columns])
    for place, (column, head) in enumerate(zip(columns, heads, strict=True)):
        plain, small = _formats(book, column.of)
        width = len(head) + 4
        for row, cell in enumerate(column.cells, start=1):
            is_small = cell is not None and cell.code == "not_for_release"
            width = max(width, _write(sheet, row, place, _told(cell, column.of), small if is_small else plain) + 2)
        sheet.set_column(place, place, min(width, _WIDEST))
    # a table of Excel has one row at least
    last = max(len(columns[0].cells), 1)
    sheet.add_table(0, 0, last, len(columns) - 1, {
        "name": "Answer", "style": "Table Style Light 1", "columns": [{"header": one} for one in heads],
    })  # fmt: skip
    sheet.freeze_panes(1, 0)


def _told(cell: Cell | None, of: SafeColumn | None) -> Any:
    """What stands in a cell: a number that is not shown has its mark there, and nothing else is blank or 0 for it."""
    if cell is None:
        return NOTHING
    if cell.value is not None or of is None or of.role == "level":
        return cell.value
    return MARKS.get(cell.code, "n/a") if cell.code else "n/a"


def _formats(book: Any, of: SafeColumn | None) -> tuple[Any, Any]:
    """How numbers of a column read, and how those read that are not for onward release: with a star."""
    if of is None or of.role == "level":
        is_day = of is not None and of.type == "date"
        return book.add_format({"num_format": "yyyy-mm-dd" if is_day else "General"}), None
    shape = _NUMBERS[of.scale] if of.scale != "plain" else _NUMBERS.get(of.type, "#,##0.00")
    marks = {"align": "right"}
    return book.add_format({"num_format": shape, **marks}), book.add_format({"num_format": _starred(shape), **marks})


def _starred(shape: str) -> str:
    """A number format with the mark of what is not for onward release."""
    return ";".join(f'{one}"{STAR}"' for one in shape.split(";"))


def _write(sheet: Any, row: int, place: int, value: Any, shape: Any) -> int:
    """One cell; how many characters wide it is, about."""
    if value is None:
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
        return 5
    if isinstance(value, date):
        if value >= FIRST_DAY:
            sheet.write_datetime(row, place, value, shape)
            return 10
        value = value.isoformat()
    if isinstance(value, int | float | Decimal) and _is_exact(value):
        sheet.write_number(row, place, float(value), shape)
        return len(f"{value:,.0f}") + 3
    text = _clean(f"{value:f}" if isinstance(value, Decimal) else str(value))
    sheet.write_string(row, place, text, shape if isinstance(value, int | float | Decimal) else None)
    return len(text)


def _is_exact(value: float | Decimal) -> bool:
    """Whether Excel, which keeps fifteen digits, has the same number. What is no fraction of two is as near as any."""
    if isinstance(value, float):
        return abs(value) < float("inf")
    digits = len(value.as_tuple().digits) if isinstance(value, Decimal) else len(str(abs(value)))
    return digits <= 15


def _clean(text: str) -> str:
    """A text as a file of Excel can hold it, whole.

    Raises:
        WrongRequest: it is longer than a cell.
    """
    if len(text) > MOST_CHARACTERS:
        raise WrongRequest(f"A text of this answer is longer than a cell of Excel ({MOST_CHARACTERS:,}). Ask for csv.")
    return text.encode("utf-8", "backslashreplace").decode()


def _unique(names: list[str]) -> list[str]:
    """Headings of a table of Excel, which differ in more than case."""
    taken: set[str] = set()
    found = []
    for name in map(_clean, names):
        while name.casefold() in taken or not name:
            name += "_"
        taken.add(name.casefold())
        found.append(name)
    return found


def _write_chart(book: Any, picture: Picture) -> None:
    """A sheet with the chart, and beside it what it draws: Excel draws cells."""
    sheet = book.add_worksheet(CHART)
    heads = [picture.axis, *(one.name for one in picture.series)]
    for place, head in enumerate(heads):
        sheet.write_string(0, place, _clean(head))
    for row, name in enumerate(picture.categories, start=1):
        sheet.write_string(row, 0, _clean(name))
    for place, series in enumerate(picture.series, start=1):
        side = -1.0 if picture.kind == "pyramid" and place == 1 else 1.0
        shape, starred = (book.add_format({"num_format": one}) for one in (_sided(picture), _starred(_sided(picture))))
        for row, cell in enumerate(series.cells, start=1):
            if cell is None or cell.value is None:
                # drawn as nothing rather than as zero
                sheet.write_formula(row, place, "=NA()", None, "#N/A")
            else:
                is_small = cell.code == "not_for_release"
                sheet.write_number(row, place, side * float(cell.value), starred if is_small else shape)
    sheet.insert_chart(0, len(heads) + 1, _chart(book, picture))
    for row, note in enumerate(picture.notes, start=len(picture.categories) + 2):
        sheet.write_string(row, 0, _clean(note))


_CHARTS = {"pyramid": {"type": "bar", "subtype": "stacked"}, "lines": {"type": "line"}, "bars": {"type": "bar"}}


def _chart(book: Any, picture: Picture) -> Any:
    chart = book.add_chart(_CHARTS[picture.kind])
    last = len(picture.categories)
    for place in range(1, len(picture.series) + 1):
        drawn = {"name": [CHART, 0, place], "categories": [CHART, 1, 0, last, 0]}
        gap = {"gap": 15} if picture.kind == "pyramid" else {}
        chart.add_series({**drawn, "values": [CHART, 1, place, last, place], **gap})
    chart.set_title({"name": _clean(picture.title)})
    numbers = {"num_format": _sided(picture)}
    if picture.kind == "lines":
        chart.set_x_axis({"name": _clean(picture.axis)})
        chart.set_y_axis(numbers)
        chart.show_na_as_empty_cell()
    else:
        # bars grow from below: the first member is to stand on top, and the youngest at the bottom
        chart.set_x_axis({"name": _clean(picture.axis), "reverse": picture.kind == "bars", "label_position": "low"})
        chart.set_y_axis(numbers)
    legend: dict[str, Any] = {"none": True} if len(picture.series) == 1 else {"position": "bottom"}
    chart.set_legend(legend)
    chart.set_size({"width": 760, "height": 420 if picture.kind == "lines" else max(420, 20 * last)})
    return chart


def _sided(picture: Picture) -> str:
    """How the numbers of a chart read; on both sides of a pyramid without a sign."""
    column = picture.series[0].column
    shape = _NUMBERS[column.scale] if column.scale != "plain" else _NUMBERS.get(column.type, "#,##0.00")
    return f"{shape};{shape}" if picture.kind == "pyramid" and ";" not in shape else shape


def _write_about(book: Any, table: SafeTable, picture: Picture | None) -> None:
    """What was asked of what, and what the words and marks mean."""
    sheet = book.add_worksheet(ABOUT)
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    for row, (name, text) in enumerate(_about(table, picture)):
        sheet.write_string(row, 0, _clean(name), bold)
        sheet.write_string(row, 1, _clean(text), wrapped)


def _about(table: SafeTable, picture: Picture | None) -> Iterator[tuple[str, str]]:
    meta = table.meta
    before = meta.get("compared_with") or {}
    yield "Question", meta["question"]
    yield "Scope", meta["scope"]
    yield "Date", f"{meta['as_of']} (end of day, UTC)"
    if meta.get("flows"):
        yield "Flows", meta["flows"]
    for name in ("as_of", "flows"):
        if before.get(name):
            yield f"Compared with, {name.replace('_', ' ')}", before[name]
    yield "Data version", str(meta["data_version"])
    yield "Viewer", f"{meta['viewer']} ({meta['viewer_class']})"
    yield "Geography", meta["geography"]
    for one in table.columns:
        unit = f", in {one.unit}" if one.unit else ""
        yield "Definition", f"{one.name}: {one.label}{unit}. {one.description}".strip()
        if one.system:
            yield "Codes", f"{one.name}: {SYSTEMS[one.system]} codes; other systems stand in columns of their own"
    for note in (*meta["limits"], *(picture.notes if picture else ())):
        yield "Note", note
    for code, mark, means in marks_in(table):
        yield "Mark", f"{mark}  {code}: {means}"
    yield "Mark", f"{NOTHING}  {NO_ROW}: {NOTHING_MEANS}"
    yield "Mark", "n/a  there is no number, as where nothing can be divided by"
