"""picture: which chart fits an answer, and what is drawn in it: the same on the terminal, in a workbook, in a notebook.

A trend is lines, ages by sex are a pyramid, everything else is bars. Totals are never drawn. What has no number keeps
its place with the reason, and what is left out of a picture is said beside it. Names are written out as elsewhere, and
differ: a chart adds up what is called alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, TypeAlias

from dataport.disclosure import SafeColumn, SafeTable, heading, label_text
from dataport.errors import WrongRequest
from dataport.render.pivot import Cell, Line, Pivot, pivoted
from dataport.semantic.timeline import PERIOD
from dataport.texts import on_one_line

Kind: TypeAlias = Literal["bars", "lines", "pyramid"]
# More than these cannot be told apart, or do not fit.
MOST_SERIES, MOST_CATEGORIES = 10, 60


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one colour of bars: its name, and a cell for each category; None where the answer has no row."""

    name: str
    column: SafeColumn
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn.

    Attributes:
        title: what the numbers are.
        axis: what the categories are of.
        notes: what of the answer is not in it.
    """

    kind: Kind
    title: str
    axis: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()


def picture_of(table: SafeTable) -> Picture:
    """The chart that fits an answer.

    Raises:
        WrongRequest: there is nothing to draw along.
    """
    levels = [one for one in table.columns if one.role == "level"]
    if not levels or not table.data.num_rows:
        raise WrongRequest("A chart needs rows and a breakdown or a period to draw along. Add --by or --grain.")
    number = next(one for one in table.columns if one.role != "level")
    if PERIOD in [one.name for one in levels]:
        return _lines(table, levels, number)
    ages, sexes = _pyramid_levels(table, levels)
    if ages and sexes:
        return _pyramid(table, ages, sexes, number)
    return _bars(table, levels, number)


def _pyramid_levels(table: SafeTable, levels: list[SafeColumn]) -> tuple[SafeColumn | None, SafeColumn | None]:
    """The level of ages and that of the two sexes, where these are the two that an answer has."""
    if len(levels) != 2:
        return None, None
    sexes = [one for one in levels if {"F", "M"} == set(table.data.column(one.name).to_pylist()) - {None}]
    ages = [one for one in levels if one.name == "age" or one.name.startswith("age_")]
    return (ages[0], sexes[0]) if sexes and ages and ages[0] is not sexes[0] else (None, None)


def _lines(table: SafeTable, levels: list[SafeColumn], number: SafeColumn) -> Picture:
    """Periods along, a line for each row of the other levels; without any, for each indicator of the same unit."""
    across = pivoted(table, PERIOD)
    period = next(one for one in levels if one.name == PERIOD)
    members = list(dict.fromkeys(one.member for one in across.heads if not one.member[0]))
    categories = tuple(label_text(value, period, table) for _, value in members)
    numbers = [one for one in table.columns if one.role != "level"]
    is_alone = len(levels) == 1
    drawn = [one for one in numbers if is_alone and (one.unit, one.scale) == (number.unit, number.scale)] or [number]
    lines = [line for line in across.lines if not line.is_total]
    if is_alone:
        names = _told_apart([one.label for one in drawn], [[one.name] for one in drawn])
    else:
        names = _named(lines, across)
    series = []
    for name, (line, column) in zip(names, product(lines, drawn), strict=True):
        places = [place for place, head in enumerate(across.heads) if head.column is column and not head.member[0]]
        series.append(Series(name, column, tuple(line.cells[place] for place in places)))
    title = ", ".join(map(heading, drawn))
    return _fitted(Picture("lines", title, period.label, categories, tuple(series)), table, drawn)


def _pyramid(table: SafeTable, ages: SafeColumn, sexes: SafeColumn, number: SafeColumn) -> Picture:
    across = pivoted(table, sexes.name)
    lines = [line for line in across.lines if not line.is_total]
    categories = _named(lines, across)
    series = []
    for code in ("M", "F"):
        place = [(head.member, head.column) for head in across.heads].index(((False, code), number))
        cells = tuple(line.cells[place] for line in lines)
        series.append(Series(label_text(code, sexes, table), number, cells))
    is_left_out = None in table.data.column(sexes.name).to_pylist()
    notes = (f"not drawn: {sexes.label.lower()} unknown",) if is_left_out else ()
    return _fitted(Picture("pyramid", heading(number), ages.label, categories, tuple(series), notes), table, [number])


def _bars(table: SafeTable, levels: list[SafeColumn], number: SafeColumn) -> Picture:
    """Members along; with a second level of few members, a colour for each of these."""
    if len(levels) == 2 and len(set(table.data.column(levels[1].name).to_pylist())) <= MOST_SERIES:
        across = pivoted(table, levels[1].name)
        lines = [line for line in across.lines if not line.is_total]
        places = [p for p, head in enumerate(across.heads) if head.column is number and not head.member[0]]
        heads = [across.heads[place] for place in places]
        names = _told_apart([across.head_text(head, "label") for head in heads], [[head.member[1]] for head in heads])
        series = tuple(
            Series(name, number, tuple(line.cells[place] for line in lines))
            for name, place in zip(names, places, strict=True)
        )
        categories = _named(lines, across)
        return _fitted(Picture("bars", heading(number), levels[0].label, categories, series), table, [number])
    codes = {one.row: one.code for one in table.status if one.column == number.name}
    rows = table.data.to_pylist()
    members = [[row[one.name] for one in levels] for row in rows]
    categories = _told_apart([_joined(one, levels, table) for one in members], members)
    cells = tuple(Cell(row[number.name], codes.get(place)) for place, row in enumerate(rows))
    axis = " · ".join(one.label for one in levels)
    series = (Series(heading(number), number, cells),)
    return _fitted(Picture("bars", heading(number), axis, categories, series), table, [number])


def _named(lines: Sequence[Line], pivot: Pivot) -> tuple[str, ...]:
    """What lines of a pivot are called, each another name."""
    members = [[value for _, value in line.members] for line in lines]
    return _told_apart([_joined(one, pivot.down, pivot.table) for one in members], members)


def _joined(member: Sequence[Any], levels: Sequence[SafeColumn], table: SafeTable) -> str:
    return " · ".join(label_text(value, one, table) for value, one in zip(member, levels, strict=True))


def _told_apart(names: Sequence[str], members: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """Names as they may be shown. Two members that are called alike are told apart by their codes.

    >>> _told_apart(["Bidi", "Kule", "Bidi"], [["U1"], ["E1"], ["U2"]])
    ('Bidi (U1)', 'Kule', 'Bidi (U2)')
    """
    shown = [on_one_line(one) for one in names]
    times = Counter(shown)
    codes = [on_one_line(" · ".join(map(str, one))) for one in members]
    told = [f"{one} ({code})" if times[one] > 1 else one for one, code in zip(shown, codes, strict=True)]
    times = Counter(told)
    return tuple(f"{one} {place}" if times[one] > 1 else one for place, one in enumerate(told, 1))


def _fitted(whole: Picture, table: SafeTable, drawn: list[SafeColumn]) -> Picture:
    """A picture with as much as can be read, and what was left out of it in words."""
    notes = list(whole.notes)
    others = [one.label for one in table.columns if one.role != "level" and one not in drawn]
    if others:
        notes.append(f"not drawn: {', '.join(others)}")
    series, categories = whole.series, whole.categories
    if len(series) > MOST_SERIES:
        notes.append(f"drawn: the first {MOST_SERIES} of {len(series)} lines")
        series = series[:MOST_SERIES]
    if len(categories) > MOST_CATEGORIES and whole.kind != "lines":
        notes.append(f"drawn: the first {MOST_CATEGORIES} of {len(categories)} members")
        categories = categories[:MOST_CATEGORIES]
        series = tuple(Series(one.name, one.column, one.cells[:MOST_CATEGORIES]) for one in series)
    if table.totals:
        notes.append("not drawn: totals")
    return Picture(whole.kind, whole.title, whole.axis, categories, series, tuple(notes))
