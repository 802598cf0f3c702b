"""answer: the numbers of a mapped question, looked up in served snapshots. The figures are never opened for it.

Every number is one published cell, or is made of published cells: a share of its two parts, a difference of two days.
A part that is not published makes what is made of it not published either. What is made of several is of one day: where
some were printed again as they were, it is told as of the oldest day, if all were told then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import repeat
from typing import Any

from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lookup import OpenSnapshot, Sure
from dataport.disclosure.protected.made import EVERY_DAY, Number, days_of, quotient, value_of
from dataport.disclosure.protected.mapping import Mapped
from dataport.disclosure.protected.members import Member, Row, rows_of
from dataport.disclosure.protected.served import ServedCube
from dataport.semantic.arithmetic import Arithmetic, Of, names_of
from dataport.semantic.formula import Share
from dataport.semantic.names import BEFORE, CHANGE
from dataport.semantic.timeline import PERIOD, Timeline

# The snapshot of a day; None where there is none.
At = Callable[[date], OpenSnapshot | None]
# A number that is made of others, and the days of all that it is made of.
Made = tuple[float | None, frozenset[date]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of an answer, or why there is none.

    Attributes:
        since: the day that the value is of, where it was kept from an earlier month.
        is_known: whether there is a snapshot of its day.
    """

    value: int | float | None
    since: date | None = None
    is_known: bool = True


_WITHHELD, _OUTSIDE = Cell(None), Cell(None, None, is_known=False)


@dataclass(frozen=True, slots=True)
class ProtectedRows:
    """The rows of an answer, or of one of its totals: members of the levels kept, the period, and numbers by column.

    Attributes:
        cells: of each column, one for each row.
    """

    kept: tuple[str, ...]
    members: list[Row]
    periods: list[date | None]
    cells: dict[str, list[Cell]]

    def at(self, places: Sequence[int]) -> ProtectedRows:
        """The rows that stand in some places, in that order."""
        return ProtectedRows(
            self.kept,
            [self.members[place] for place in places],
            [self.periods[place] for place in places],
            {name: [column[place] for place in places] for name, column in self.cells.items()},
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of one breakdown, for which numbers are made column by column.

    Attributes:
        kept: the levels of the breakdown.
        rows: the members of each row, in those levels.
    """

    asked: Mapped
    kept: tuple[str, ...]
    rows: Sequence[Row]
    at: At
    _nobody: dict[str, list[bool]] = field(default_factory=dict, init=False)
    _made: dict[tuple[str, date], list[Made]] = field(default_factory=dict, init=False)

    def cells(self, name: str, day: date) -> list[Cell]:
        """The cells of one indicator on a day."""
        # with filters on several members each is a row, also in a total that adds the level up: no cell of ours
        if any(level not in self.kept for level in self.asked.only):
            return [_WITHHELD] * len(self.rows)
        made = self._made_on(name, day)
        if made is None:
            return [_OUTSIDE] * len(self.rows)
        is_whole = self.asked.question.catalog.indicators[name].type == "integer"
        found, known, today = [], dict[Made, Cell](), frozenset((day,))
        for place, one in enumerate(made):
            if len(one[1]) > 1:
                older = self._made_on(name, min(one[1]))
                one = older[place] if older else (None, EVERY_DAY)
            cell = known.get(one)  # most rows are told one of a few things: nobody, or nothing
            if cell is None:
                cell = known[one] = _cell(*one, today, is_whole=is_whole)
            found.append(cell)
        return found

    def compared(self, name: str, now: list[Cell]) -> dict[str, list[Cell]]:
        """The cells of what an indicator is compared with, and of the difference."""
        other = self.asked.question.compared
        if other is None:
            return {}
        then = self.cells(name, other.as_of)
        return {name + BEFORE: then, name + CHANGE: list(map(_change, now, then))}

    def _made_on(self, name: str, day: date) -> list[Made] | None:
        """What the snapshot of a day tells of an indicator, row by row; None where there is no snapshot of it."""
        if (name, day) not in self._made:
            snapshot = self.at(day)
            if snapshot is None:
                return None
            self._made[name, day] = self._told(name, snapshot)
        return self._made[name, day]

    def _told(self, name: str, snapshot: OpenSnapshot) -> list[Made]:
        match self.asked.formulas[name]:
            case Share(of, within):
                above = () if within == "total" else self.kept[:-1]
                parts = self.numbers(of, snapshot)
                wholes: list[Number | None] = [None] * len(parts)
                if not (set(self.kept) - set(above)) & set(self.asked.only):
                    coarse = Listed(self.asked, above, [row[: len(above)] for row in self.rows], self.at)
                    wholes = coarse.numbers(of, snapshot)
                both = zip(parts, wholes, strict=True)
                return [(quotient(part, whole), days_of(part, whole)) for part, whole in both]
            case Of(leaf):
                return [one or (None, EVERY_DAY) for one in self.numbers(leaf, snapshot)]
            case formula:
                names = tuple(dict.fromkeys(names_of(formula)))
                columns = [self.numbers(name, snapshot) for name in names]
                several = zip(*columns, strict=True) if columns else repeat((), len(self.rows))
                return [(_value(formula, names, numbers), days_of(*numbers)) for numbers in several]

    def numbers(self, leaf: str, snapshot: OpenSnapshot) -> list[Number | None]:
        """What is published of one simple indicator, row by row; None where nothing is."""
        nobody: Number | None = None if self.asked.leaves[leaf].is_mean else (0, EVERY_DAY)  # nobody has no age
        if leaf not in self._nobody:
            self._nobody[leaf] = Sure.of(self.asked, leaf, self.kept).nobody_in(self.rows)
        if all(self._nobody[leaf]):
            return [nobody] * len(self.rows)
        told = snapshot.values(self.asked, leaf, self.kept)
        both = zip(self.rows, self._nobody[leaf], strict=True)
        return [nobody if is_nobody else told.get(row) for row, is_nobody in both]


def _cell(value: float | None, days: frozenset[date], today: frozenset[date], *, is_whole: bool) -> Cell:
    if value is None or len(days) > 1:
        return _WITHHELD
    return Cell(int(value) if is_whole else value, None if days <= today else next(iter(days)))


def _value(formula: Arithmetic, names: tuple[str, ...], numbers: tuple[Number | None, ...]) -> float | None:
    """Arithmetic of published numbers by their names; None where one of them is not published."""
    if None in numbers:
        return None
    known: dict[str, Number] = dict(zip(names, numbers, strict=True))  # type: ignore[arg-type]
    return value_of(formula, known.__getitem__)


def _change(now: Cell, then: Cell) -> Cell:
    # the difference of numbers of other days would be told as if it were that of these
    is_both = now.value is not None and then.value is not None and not now.since and not then.since
    between = now.value - then.value if is_both else None  # type: ignore[operator]
    return Cell(between, None, now.is_known and then.is_known)


def answer(asked: Mapped, cube: Callable[[date], ServedCube | None]) -> list[ProtectedRows]:
    """The rows of a question and then those of its totals, the coarsest first.

    Args:
        cube: the snapshot of a day; None where there is none.
    """
    question = asked.question
    snapshots: dict[date, OpenSnapshot | None] = {}

    def at(day: date) -> OpenSnapshot | None:
        if day not in snapshots:
            found = cube(day)
            snapshots[day] = OpenSnapshot(found) if found else None
        return snapshots[day]

    names = tuple(asked.by)
    whole = _in_order(_rows(asked, names, at), asked)
    totals = [_rows(asked, tuple(name for name in names if name in kept), at) for kept in question.subtotals]
    return [whole, *totals]


def _rows(asked: Mapped, kept: tuple[str, ...], at: At) -> ProtectedRows:
    narrowed: dict[str, tuple[Member, ...]] = {name: tuple(asked.only[name]) for name in kept if name in asked.only}
    rows = rows_of(kept, narrowed, disclosure_limit("cube_listed_rows"), asked.where.members)
    days = list(_days(asked.question.timeline))
    if rows is None:
        rows = _published(asked, kept, narrowed, [at(day) for _, day in days])
    listed = Listed(asked, kept, rows, at)
    by_period = [_columns(listed, day) for _, day in days]
    return ProtectedRows(
        kept,
        [row for row in rows for _ in days],
        [period for _ in rows for period, _ in days],
        {
            name: [cell for row in zip(*(columns[name] for columns in by_period), strict=True) for cell in row]
            for name in by_period[0]
        },
    )


def _columns(listed: Listed, day: date) -> dict[str, list[Cell]]:
    """The cells of all columns on a day."""
    columns: dict[str, list[Cell]] = {}
    for name in listed.asked.formulas:
        now = listed.cells(name, day)
        columns |= {name: now} | listed.compared(name, now)
    return columns


def _published(
    asked: Mapped, kept: tuple[str, ...], only: Mapping[str, tuple[Member, ...]], snapshots: list[OpenSnapshot | None]
) -> list[Row]:
    """The rows of which something is published, where a table has too many to list them all."""
    found: dict[Row, None] = {}
    for snapshot in snapshots:
        for leaf in asked.leaves if snapshot else ():
            assert snapshot
            found |= dict.fromkeys(snapshot.values(asked, leaf, kept))
    rows = [
        row for row in found if all(told in only[name] for name, told in zip(kept, row, strict=True) if name in only)
    ]
    return sorted(rows, key=lambda row: [(one is None, str(one)) for one in row])


def _days(line: Timeline) -> Iterator[tuple[date | None, date]]:
    """The day of each row: of a trend the last of each period."""
    if not line.grain:
        yield None, line.as_of
    for period in line.periods:
        yield period.first, period.last if period.closes_at else period.first - timedelta(days=1)


def _in_order(rows: ProtectedRows, asked: Mapped) -> ProtectedRows:
    """In the order asked for; without one by members, and of a top the largest first. What is not shown is last."""
    question = asked.question
    terms = [(one.name, one.descending) for one in question.order]
    if question.top is not None and not terms:
        terms = [(question.indicators[0].name, True)]
    places = list(range(len(rows.members)))
    for name, descending in reversed(terms):
        keys = _keys(rows, name)
        places.sort(key=keys.__getitem__, reverse=descending)
        if name in rows.cells:
            column = rows.cells[name]
            places.sort(key=lambda place, column=column: column[place].value is None)  # type: ignore[misc]
    return rows.at(places[: question.top]) if terms else rows


def _keys(rows: ProtectedRows, name: str) -> Sequence[Any]:
    """What the rows are put in order by."""
    if name in rows.cells:
        return [0 if cell.value is None else cell.value for cell in rows.cells[name]]
    if name == PERIOD:
        return [period or date.min for period in rows.periods]
    level = rows.kept.index(name)
    return [str(row[level] or "") for row in rows.members]
