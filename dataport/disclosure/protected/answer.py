"""answer: the numbers of a mapped question, looked up in served snapshots. The figures are never opened for it.

Every number is one published cell, or is made of published cells: a share of its two parts, a difference of two days.
A part that is not published makes what is made of it not published either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import CanonicalTable, lattice
from dataport.disclosure.protected.mapping import Mapped, NotProtected, Selected
from dataport.disclosure.protected.members import Member, cannot_be, is_in_zeros, rows_of
from dataport.disclosure.protected.served import AS_OF, HAS, PERSONS, YEARS, YEARS_AS_OF, ServedCube
from dataport.semantic.arithmetic import Arithmetic, Constant, Minus, Of, Over, Plus, Times
from dataport.semantic.formula import Share
from dataport.semantic.question import BEFORE, CHANGE
from dataport.semantic.timeline import PERIOD, Timeline

# A published number and the day of its value, where that is before the snapshot's.
Number = tuple[float, date | None]


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
            return None if asked.leaves[leaf].is_mean else (0, None)  # nobody has no age
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
            numbers = list(zip(rows.column(PERSONS).to_pylist(), rows.column(AS_OF).to_pylist(), strict=True))
            keys = list(zip(*columns, strict=True)) if columns else [()] * len(numbers)
            if asked.leaves[leaf].is_mean:
                assert parts
                years = list(zip(rows.column(YEARS).to_pylist(), rows.column(YEARS_AS_OF).to_pylist(), strict=True))
                told = rows.column(parts[0]).to_pylist()
                sums, counts = (_added(keys, told, one, parts[1]) for one in (years, numbers))
                self.found[leaf, kept] = _means(sums, counts)
            elif parts:
                self.found[leaf, kept] = _added(keys, rows.column(parts[0]).to_pylist(), numbers, parts[1])
            else:
                self.found[leaf, kept] = _only_once(keys, numbers)
        return self.found[leaf, kept]

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
    return {
        key: (
            sum(value for value, _ in found.values()),
            min((since for _, since in found.values() if since), default=None),
        )
        for key, found in whole.items()
    }


def _means(
    sums: dict[tuple[Member, ...], Number], counts: dict[tuple[Member, ...], Number]
) -> dict[tuple[Member, ...], Number]:
    """Perturbed sums over perturbed counts, where there are enough."""
    least = disclosure_limit("cube_rate_denominator")
    return {
        key: (sums[key][0] / count, _oldest(sums[key], (count, since)))
        for key, (count, since) in counts.items()
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
    # with filters on several members each is a row, also in a total that adds the level up: which is no cell of ours
    added_up = any(name not in kept for name in asked.only)
    found = ProtectedRows(kept, [], [], [])
    for row in listed:
        for period, day in days:
            cells: dict[str, Cell] = {}
            for name in asked.formulas:
                now = _cell(asked, name, kept, row, None if added_up else at(day), day)
                cells |= {name: now} | _compared(asked, name, kept, row, now, at, added_up)
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
    added_up: bool,
) -> dict[str, Cell]:
    other = asked.question.compared
    if other is None:
        return {}
    then = _cell(asked, name, kept, row, None if added_up else at(other.as_of), other.as_of)
    is_both = now.value is not None and then.value is not None
    between = now.value - then.value if is_both else None  # type: ignore[operator]
    return {name + BEFORE: then, name + CHANGE: Cell(between, None, now.is_known and then.is_known)}


def _cell(
    asked: Mapped, name: str, kept: tuple[str, ...], row: tuple[Member, ...], snapshot: _Snapshot | None, day: date
) -> Cell:
    if snapshot is None:
        is_added_up = any(level not in kept for level in asked.only)
        return Cell(None, None, is_added_up)
    formula = asked.formulas[name]
    if isinstance(formula, Share):
        above = () if formula.within == "total" else kept[:-1]
        part = snapshot.number(asked, formula.of, kept, row)
        is_whole_kept = not (set(kept) - set(above)) & set(asked.only)
        whole = snapshot.number(asked, formula.of, above, row[: len(above)]) if is_whole_kept else None
        return Cell(_quotient(part, whole), _oldest(part, whole))
    days: list[date] = []
    value = _value(formula, lambda leaf: snapshot.number(asked, leaf, kept, row), days)
    is_whole = asked.question.catalog.indicators[name].type == "integer"
    return Cell(int(value) if is_whole and value is not None else value, min(days, default=None))


def _quotient(part: Number | None, whole: Number | None) -> float | None:
    """A share of its two parts, where both and what is left are enough for one."""
    if part is None or whole is None or whole[0] < disclosure_limit("cube_rate_denominator"):
        return None
    rest = whole[0] - part[0]
    return part[0] / whole[0] if rest == 0 or rest >= disclosure_limit("onward_release_minimum") else None


def _oldest(*numbers: Number | None) -> date | None:
    return min((one[1] for one in numbers if one and one[1]), default=None)


def _value(arithmetic: Arithmetic, number: Callable[[str], Number | None], days: list[date]) -> float | None:
    """Arithmetic of published numbers; None where one that it needs is not published."""
    match arithmetic:
        case Of(name):
            found = number(name)
            if found and found[1]:
                days.append(found[1])
            return None if found is None else found[0]
        case Constant(value):
            return float(value) if isinstance(value, Decimal) else value
        case Over(Of(part), Of(whole)):
            both = number(part), number(whole)
            days += [one[1] for one in both if one and one[1]]
            return _quotient(*both) if both[0] and both[1] and both[0][0] <= both[1][0] else _ratio(*both)
        case Plus() | Minus() | Times() | Over():
            left, right = _value(arithmetic.left, number, days), _value(arithmetic.right, number, days)
            if left is None or right is None:
                return None
            match arithmetic:
                case Plus():
                    return left + right
                case Minus():
                    return left - right
                case Times():
                    return left * right
            return left / right if right >= disclosure_limit("cube_rate_denominator") else None
    return None


def _ratio(part: Number | None, whole: Number | None) -> float | None:
    """A quotient of which neither lies in the other."""
    if part is None or whole is None or whole[0] < disclosure_limit("cube_rate_denominator"):
        return None
    return part[0] / whole[0]


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
