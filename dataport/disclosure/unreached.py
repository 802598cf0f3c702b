"""unreached: cells that can hold rows of a store which does not reach their dates. They are nothing, and said to be so.

What was counted there is smaller than what there was, by an amount that nobody knows: of a store that begins later, or
was last read earlier, the rows of those dates are missing and not 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataport.semantic.formula import Change, Share, Simple
from dataport.semantic.horizons import Horizons, Sources
from dataport.semantic.model import Indicator
from dataport.semantic.movement import END, START
from dataport.semantic.question import BEFORE, CHANGE, EARLIER, Question, Side, suffix_of
from dataport.semantic.timeline import PERIOD
from dataport.tables import RawTable

Masks = Mapping[str, list[bool]]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the answer: the dates it is counted on, the leaves behind it, and the breakdowns of its whole."""

    name: str
    sides: tuple[Side, ...]
    leaves: tuple[Indicator, ...]
    levels: tuple[str, ...]


def unreached(raw: RawTable, kept: tuple[str, ...], question: Question) -> Masks:
    """By column, the rows whose numbers are not known; a column of which all are known is not here.

    Args:
        kept: the breakdowns of these rows: those of the answer, or of one of its totals.
    """
    reach = question.horizons
    if reach is None:
        return {}
    fixed = reach.fixed_by(question.where)
    periods = raw.data.column(PERIOD).to_pylist() if PERIOD in raw.data.column_names else [None] * raw.data.num_rows
    found = {}
    for column in _columns(question, kept, raw):
        cells = _sources(raw, reach.fixing(column.levels), fixed, reach)
        missing = {one: _missing(column, one, question, reach) for one in set(periods)}
        mask = [bool(sources & missing[period]) for sources, period in zip(cells, periods, strict=True)]
        if any(mask):
            found[column.name] = mask
    return found


def without(raw: RawTable, masks: Masks) -> RawTable:
    """The same rows with nothing in those cells."""
    data = raw.data
    for name, mask in masks.items():
        if name in data.column_names:
            column = data.column(name)
            empty = pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)
            data = data.set_column(data.column_names.index(name), data.schema.field(name), empty)
    return RawTable(data)


def notes_of(question: Question) -> Iterator[str]:
    """Which stores do not reach the dates of a question, and what they reach, for whoever may see their rows."""
    reach = question.horizons
    if reach is None:
        return
    fixed = reach.fixed_by(question.where)
    missing: set[str] = set()
    periods: list[date | None] = [one.first for one in question.timeline.periods] or [None]
    for column in _columns(question, (), None):
        for period in periods:
            missing |= _missing(column, period, question, reach)
    for name in sorted(missing & fixed):
        known = reach.of.get(name)
        if known is None:
            yield f"nothing of {name} has been published yet: what can hold its rows is outside history"
            continue
        yield (
            f"{name} is known from {known.first_day} to {known.last_day}: what can hold its rows is outside history on "
            "other dates"
        )


def _columns(question: Question, kept: tuple[str, ...], raw: RawTable | None) -> Iterator[_Column]:
    sides = {side.suffix: side for side in question.sides}
    if question.decomposed:
        names = raw.data.column_names if raw else [START, END]
        both = (sides[EARLIER], sides[""])
        for name in names[names.index(START) :]:
            of = {START: both[:1], END: both[1:]}.get(name, both)
            yield _Column(name, of, question.leaves, kept)
        return
    for one in question.indicators:
        leaves = tuple(question.catalog.leaves(one))
        levels = kept
        if isinstance(one.formula, Share):
            levels = kept[:-1] if one.formula.within == "parent" else ()
        for suffix in question.suffixes:
            behind = tuple(sides[name] for name in sides_behind(one, suffix))
            yield _Column(one.name + suffix, behind, leaves, levels)


def sides_behind(indicator: Indicator, suffix: str) -> tuple[str, ...]:
    """The dates, by the suffix of their measures, that a column is computed from."""
    if isinstance(indicator.formula, Change):
        return "", suffix_of(indicator.formula.since)
    return {"": ("",), BEFORE: (EARLIER,), CHANGE: ("", EARLIER)}[suffix]


def _sources(raw: RawTable, fixing: tuple[str, ...], fixed: Sources, reach: Horizons) -> list[Sources]:
    """The stores that each row can hold."""
    members: list[list[Any]] = [raw.data.column(name).to_pylist() for name in fixing]
    cells = []
    for row in range(raw.data.num_rows):
        found = fixed
        for name, column in zip(fixing, members, strict=True):
            found &= reach.of_member(name, column[row])
        cells.append(found)
    return cells


def _missing(column: _Column, period: date | None, question: Question, reach: Horizons) -> Sources:
    """The stores that do not reach what a column is counted on, in one period or without any."""
    found: Sources = frozenset()
    for side in column.sides:
        for leaf in column.leaves:
            assert isinstance(leaf.formula, Simple)
            line = question.line_of(leaf.formula, side.line)
            pairs = zip(line.periods, question.timeline.periods, strict=True)
            own = next((mine for mine, asked in pairs if asked.first == period), None)
            found |= reach.unreached(line, own, leaf.formula)
    return found
