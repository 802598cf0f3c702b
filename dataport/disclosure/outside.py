"""outside: a cell that is outside history has no number, and its status says so.

A store that begins after a date, or was last read before it, has no rows of that date: they are missing, and not 0. So
what was counted is too small, by an amount that nobody knows. Which cells these are is worked out in `semantic.basis`;
here it is applied to the rows of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataport.semantic.basis import Basis, basis_of, basis_of_change
from dataport.semantic.formula import Share
from dataport.semantic.horizons import Horizons, Sources
from dataport.semantic.model import Indicator
from dataport.semantic.movement import END, START
from dataport.semantic.question import Question
from dataport.semantic.timeline import PERIOD
from dataport.tables import RawTable

Masks = Mapping[str, list[bool]]


def outside_history(raw: RawTable, kept: tuple[str, ...], question: Question) -> Masks:
    """By column, the rows whose numbers are not known; a column of which all are known is not here.

    Args:
        kept: the breakdowns of these rows: those of the answer, or of one of its totals.
    """
    periods = raw.data.column(PERIOD).to_pylist() if PERIOD in raw.data.column_names else [None] * raw.data.num_rows
    asked, found = set(periods), {}
    for name, basis, levels in _columns(question, kept, raw):
        unknown = asked.difference(basis.known(question))
        mask = [period in unknown for period in periods]
        missing = {one: basis.unreached(question, one) for one in asked}
        if question.horizons and any(missing.values()):
            cells = _sources(raw, levels, question, question.horizons)
            short = [bool(sources & missing[period]) for sources, period in zip(cells, periods, strict=True)]
            mask = [one or other for one, other in zip(mask, short, strict=True)]
        if any(mask):
            found[name] = mask
    return found


def without(raw: RawTable, masks: Masks) -> RawTable:
    """The same rows without a number in those cells."""
    data = raw.data
    for name, mask in masks.items():
        if name in data.column_names:
            column = data.column(name)
            empty = pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)
            data = data.set_column(data.column_names.index(name), data.schema.field(name), empty)
    return RawTable(data)


def notes_of(question: Question) -> Iterator[str]:
    """Notes on stores whose history does not reach the dates of a question, for viewers who may see their rows."""
    horizons = question.horizons
    if horizons is None:
        return
    periods: list[date | None] = [one.first for one in question.timeline.periods] or [None]
    bases = [basis for _, basis, _ in _columns(question, (), None)]
    missing = Sources().union(*(basis.unreached(question, period) for basis in bases for period in periods))
    for name in sorted(missing & horizons.fixed_by(question.where)):
        known = horizons.of.get(name)
        if known is None:
            yield f"nothing of {name} has been published yet: what can hold its rows is outside history"
            continue
        yield (
            f"{name} is known from {known.first_day} to {known.last_day}: what can hold its rows is outside history on "
            "other dates"
        )


def _columns(
    question: Question, kept: tuple[str, ...], raw: RawTable | None
) -> Iterator[tuple[str, Basis, tuple[str, ...]]]:
    """The columns of numbers; for each, what it is counted from, and the breakdowns that fix the rows it depends on."""
    if question.decomposed:
        names = raw.data.column_names if raw else [START, END]
        for name in names[names.index(START) :]:
            yield name, basis_of_change(name, question), kept
        return
    for one in question.indicators:
        for suffix in question.suffixes:
            yield one.name + suffix, basis_of(one, suffix, question), _whole_of(one, kept)


def _whole_of(one: Indicator, kept: tuple[str, ...]) -> tuple[str, ...]:
    """The breakdowns that fix the rows on which a number depends: for a share, those of its whole.

    What is missing in any part of the whole is missing in the share too.
    """
    if not isinstance(one.formula, Share):
        return kept
    return kept[:-1] if one.formula.within == "parent" else ()


def _sources(raw: RawTable, levels: tuple[str, ...], question: Question, horizons: Horizons) -> list[Sources]:
    """The stores that each row can hold."""
    fixing, fixed = horizons.fixing(levels), horizons.fixed_by(question.where)
    members: list[list[Any]] = [raw.data.column(name).to_pylist() for name in fixing]
    cells = []
    for row in range(raw.data.num_rows):
        found = fixed
        for name, column in zip(fixing, members, strict=True):
            found &= horizons.of_member(name, column[row])
        cells.append(found)
    return cells
