"""answer: the numbers of a mapped question, looked up in served snapshots. The figures are never opened for it.

Every number is one published cell, or is made of published cells: a share of its two parts, a difference of two days.
A part that is not published makes what is made of it not published either. What is made of several is of one day: where
some were printed again as they were, it is told as of the oldest day, if all were told then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import CanonicalTable, lattice
from dataport.disclosure.protected.made import EVERY_DAY, Number, days_of, quotient, value_of
from dataport.disclosure.protected.mapping import Mapped, NotProtected, Selected
from dataport.disclosure.protected.members import Member, cannot_be, is_in_zeros, rows_of
from dataport.disclosure.protected.served import AS_OF, HAS, PERSONS, YEARS, YEARS_AS_OF, ServedCube
from dataport.semantic.formula import Share
from dataport.semantic.question import BEFORE, CHANGE
from dataport.semantic.timeline import PERIOD, Timeline


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


@dataclass(frozen=True, slots=True)
class ProtectedRows:
    """The rows of an answer, or of one of its totals: members of the levels kept, the period, and numbers by column."""

    kept: tuple[str, ...]
    members: list[tuple[Member, ...]]
    periods: list[date | None]
    cells: list[dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class _Sure:
    """Which rows are nobody's by the definitions alone.

    Attributes:
        same: where a row stands beside a member that is selected: its place in the row, and that member.
        traits: the places in a row, with their names, that the list of structural zeros speaks of.
        fixed: what is selected beside the row.
        known: by those traits, whether nobody can be in the row.
    """

    same: tuple[tuple[int, Member], ...]
    traits: tuple[tuple[int, str], ...]
    fixed: Mapping[str, Member]
    known: dict[tuple[Member, ...], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Mapped, leaf: str, kept: tuple[str, ...]) -> _Sure:
        selected = asked.leaves[leaf]
        told: dict[str, Member] = {**selected.members, **selected.has}
        same = tuple((place, told[name]) for place, name in enumerate(kept) if name in told)
        traits = tuple((place, name) for place, name in enumerate(kept) if is_in_zeros(name))
        return cls(same, traits, {**asked.where.members, **selected.members, **asked.where.has, **selected.has})

    def is_nobody(self, row: tuple[Member, ...]) -> bool:
        if any(row[place] != member for place, member in self.same):
            return True  # nobody is at once of two members of one level
        members = tuple(row[place] for place, _ in self.traits)
        if members not in self.known:
            told = {name: member for (_, name), member in zip(self.traits, members, strict=True)}
            self.known[members] = cannot_be({**told, **self.fixed})
        return self.known[members]


@dataclass(slots=True)
class _Snapshot:
    """One snapshot while it is read: each table that is needed, once."""

    cube: ServedCube
    found: dict[Any, dict[tuple[Member, ...], Number]] = field(default_factory=dict)
    sure: dict[tuple[str, tuple[str, ...]], _Sure] = field(default_factory=dict)

    def number(self, asked: Mapped, leaf: str, kept: tuple[str, ...], row: tuple[Member, ...]) -> Number | None:
        """What is published of one simple indicator in one row; None where it is not."""
        if (leaf, kept) not in self.sure:
            self.sure[leaf, kept] = _Sure.of(asked, leaf, kept)
        if self.sure[leaf, kept].is_nobody(row):
            return None if asked.leaves[leaf].is_mean else (0, EVERY_DAY)  # nobody has no age
        return self._values(asked, leaf, kept).get(row)

    def _values(self, asked: Mapped, leaf: str, kept: tuple[str, ...]) -> dict[tuple[Member, ...], Number]:
        if (leaf, kept) not in self.found:
            table = asked.table(leaf, kept)
            selected = _all(asked.where, asked.leaves[leaf])
            cells = self._cells(table, with_years=asked.leaves[leaf].is_mean)
            rows = _placed(_matching(cells, selected), table, {*kept, *selected[0]})
            sensitive = table.sensitive.name if table.sensitive else None
            columns = [rows.column(HAS if name == sensitive else name).to_pylist() for name in kept]
            parts = asked.leaves[leaf].parts
            numbers = self._numbers(rows, PERSONS, AS_OF)
            keys = list(zip(*columns, strict=True)) if columns else [()] * len(numbers)
            if asked.leaves[leaf].is_mean:
                assert parts
                years = self._numbers(rows, YEARS, YEARS_AS_OF)
                told = rows.column(parts[0]).to_pylist()
                sums, counts = (_added(keys, told, one, parts[1]) for one in (years, numbers))
                self.found[leaf, kept] = _means(sums, counts)
            elif parts:
                self.found[leaf, kept] = _added(keys, rows.column(parts[0]).to_pylist(), numbers, parts[1])
            else:
                self.found[leaf, kept] = _only_once(keys, numbers)
        return self.found[leaf, kept]

    def _numbers(self, rows: pa.Table, column: str, since: str) -> list[Number]:
        days = [frozenset((one or self.cube.day,)) for one in rows.column(since).to_pylist()]
        return list(zip(rows.column(column).to_pylist(), days, strict=True))

    def _cells(self, table: CanonicalTable, *, with_years: bool) -> pa.Table:
        """What was published of a table.

        Raises:
            NotProtected: nothing was: the snapshot was made by earlier rules, or no ages were known.
        """
        if table.name not in self.cube.names():
            raise NotProtected()
        cells = self.cube.table(table.name)
        if with_years and YEARS not in cells.column_names:
            raise NotProtected()
        return cells


def _all(where: Selected, leaf: Selected) -> tuple[dict[str, str | None], dict[str, bool]]:
    return {**where.members, **leaf.members}, {**where.has, **leaf.has}


def _matching(rows: pa.Table, selected: tuple[dict[str, str | None], dict[str, bool]]) -> pa.Table:
    members, has = selected
    for name, member in members.items():
        column = rows.column(name)
        rows = rows.filter(pc.is_null(column) if member is None else pc.equal(column, member))
    for wanted in has.values():
        rows = rows.filter(pc.equal(rows.column(HAS), wanted))
    return rows


def _placed(rows: pa.Table, table: CanonicalTable, named: set[str]) -> pa.Table:
    """Without unknown places of which it is not said in what they lie: each is of one country or province alone.

    The unknown place of the one country that is published would be told as if it were that of all.
    """
    # a country tells its bureau
    above = lattice().places[1 : table.place.depth - 1] if table.place else ()
    if table.place is None or named >= {level.name for level in above}:
        return rows
    return rows.filter(pc.is_valid(rows.column(table.place.name)))


def _only_once(keys: list[tuple[Member, ...]], numbers: list[Number]) -> dict[tuple[Member, ...], Number]:
    """By row; where several cells read alike (an unknown place of two countries), none of them is told."""
    found: dict[tuple[Member, ...], Number] = {}
    twice = set()
    for key, number in zip(keys, numbers, strict=True):
        if key in found:
            twice.add(key)
        found[key] = number
    return {key: number for key, number in found.items() if key not in twice}


def _added(
    keys: list[tuple[Member, ...]], parts: list[str | None], numbers: list[Number], needed: tuple[str, ...]
) -> dict[tuple[Member, ...], Number]:
    """The numbers of some members added up, where each of them is published."""
    by_row: dict[tuple[Member, ...], dict[str, Number]] = {}
    for key, part, number in zip(keys, parts, numbers, strict=True):
        if part in needed:
            by_row.setdefault(key, {})[str(part)] = number
    whole = {key: found for key, found in by_row.items() if len(found) == len(needed)}
    return {key: (sum(value for value, _ in found.values()), days_of(*found.values())) for key, found in whole.items()}


def _means(
    sums: dict[tuple[Member, ...], Number], counts: dict[tuple[Member, ...], Number]
) -> dict[tuple[Member, ...], Number]:
    """Perturbed sums over perturbed counts, where there are enough."""
    least = disclosure_limit("cube_rate_denominator")
    return {
        key: (sums[key][0] / count, days_of(sums[key], (count, days)))
        for key, (count, days) in counts.items()
        if count >= least
    }


def answer(asked: Mapped, cube: Callable[[date], ServedCube | None]) -> list[ProtectedRows]:
    """The rows of a question and then those of its totals, the coarsest first.

    Args:
        cube: the snapshot of a day; None where there is none.
    """
    question = asked.question
    snapshots: dict[date, _Snapshot | None] = {}

    def at(day: date) -> _Snapshot | None:
        if day not in snapshots:
            found = cube(day)
            snapshots[day] = _Snapshot(found) if found else None
        return snapshots[day]

    names = tuple(asked.by)
    whole = _rows(asked, names, at)
    _put_in_order(whole, asked)
    totals = [_rows(asked, tuple(name for name in names if name in kept), at) for kept in question.subtotals]
    if question.top is not None:
        whole = ProtectedRows(
            whole.kept, whole.members[: question.top], whole.periods[: question.top], whole.cells[: question.top]
        )
    return [whole, *totals]


def _rows(asked: Mapped, kept: tuple[str, ...], at: Callable[[date], _Snapshot | None]) -> ProtectedRows:
    question = asked.question
    narrowed: dict[str, tuple[Member, ...]] = {name: tuple(asked.only[name]) for name in kept if name in asked.only}
    listed = rows_of(kept, narrowed, disclosure_limit("cube_listed_rows"))
    days = list(_days(question.timeline))
    if listed is None:
        listed = _published(asked, kept, narrowed, [at(day) for _, day in days])
    found = ProtectedRows(kept, [], [], [])
    for row in listed:
        for period, day in days:
            cells: dict[str, Cell] = {}
            for name in asked.formulas:
                now = _cell(asked, name, kept, row, at, day)
                cells |= {name: now} | _compared(asked, name, kept, row, now, at)
            found.members.append(row)
            found.periods.append(period)
            found.cells.append(cells)
    return found


def _published(
    asked: Mapped, kept: tuple[str, ...], only: Mapping[str, tuple[Member, ...]], snapshots: list[_Snapshot | None]
) -> list[tuple[Member, ...]]:
    """The rows of which something is published, where a table has too many to list them all."""
    found: dict[tuple[Member, ...], None] = {}
    for snapshot in snapshots:
        for leaf in asked.leaves if snapshot else ():
            assert snapshot
            found |= dict.fromkeys(snapshot._values(asked, leaf, kept))
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


def _compared(
    asked: Mapped,
    name: str,
    kept: tuple[str, ...],
    row: tuple[Member, ...],
    now: Cell,
    at: Callable[[date], _Snapshot | None],
) -> dict[str, Cell]:
    other = asked.question.compared
    if other is None:
        return {}
    then = _cell(asked, name, kept, row, at, other.as_of)
    # the difference of numbers of other days would be told as if it were that of these
    is_both = now.value is not None and then.value is not None and not now.since and not then.since
    between = now.value - then.value if is_both else None  # type: ignore[operator]
    return {name + BEFORE: then, name + CHANGE: Cell(between, None, now.is_known and then.is_known)}


def _cell(
    asked: Mapped,
    name: str,
    kept: tuple[str, ...],
    row: tuple[Member, ...],
    at: Callable[[date], _Snapshot | None],
    day: date,
) -> Cell:
    # with filters on several members each is a row, also in a total that adds the level up: which is no cell of ours
    if any(level not in kept for level in asked.only):
        return Cell(None)
    snapshot = at(day)
    if snapshot is None:
        return Cell(None, None, is_known=False)
    value, days = _made(asked, name, kept, row, snapshot)
    if len(days) > 1:
        older = at(min(days))
        value, days = _made(asked, name, kept, row, older) if older else (None, days)
    is_whole = asked.question.catalog.indicators[name].type == "integer"
    value = None if len(days) > 1 or value is None else int(value) if is_whole else value
    return Cell(value, next(iter(days - {day}), None) if value is not None else None)


def _made(
    asked: Mapped, name: str, kept: tuple[str, ...], row: tuple[Member, ...], snapshot: _Snapshot
) -> tuple[float | None, frozenset[date]]:
    """What one snapshot tells of an indicator in one row, and the days of all that it is made of."""
    formula = asked.formulas[name]
    if isinstance(formula, Share):
        above = () if formula.within == "total" else kept[:-1]
        part = snapshot.number(asked, formula.of, kept, row)
        is_whole_kept = not (set(kept) - set(above)) & set(asked.only)
        whole = snapshot.number(asked, formula.of, above, row[: len(above)]) if is_whole_kept else None
        return quotient(part, whole), days_of(part, whole)
    used: list[Number] = []
    return value_of(formula, lambda leaf: snapshot.number(asked, leaf, kept, row), used), days_of(*used)


def _put_in_order(rows: ProtectedRows, asked: Mapped) -> None:
    """In the order asked for; without one by members, and of a top the largest first. What is not shown is last."""
    question = asked.question
    terms = [(one.name, one.descending) for one in question.order]
    if question.top is not None and not terms:
        terms = [(question.indicators[0].name, True)]
    places = list(range(len(rows.members)))
    for name, descending in reversed(terms):
        places.sort(key=lambda place: _key(rows, place, name), reverse=descending)
        if name in (*(one for cells in rows.cells[:1] for one in cells),):
            places.sort(key=lambda place: rows.cells[place][name].value is None)
    rows.members[:] = [rows.members[place] for place in places]
    rows.periods[:] = [rows.periods[place] for place in places]
    rows.cells[:] = [rows.cells[place] for place in places]


def _key(rows: ProtectedRows, place: int, name: str) -> Any:
    if name in rows.cells[place]:
        value = rows.cells[place][name].value
        return 0 if value is None else value
    if name == PERIOD:
        return rows.periods[place] or date.min
    return str(rows.members[place][rows.kept.index(name)] or "")
