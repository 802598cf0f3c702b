"""lookup: what one served snapshot tells of a question, read from its published cells table by table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import CanonicalTable, lattice
from dataport.disclosure.protected.made import Number, days_of
from dataport.disclosure.protected.mapping import Mapped, NotProtected, Selected
from dataport.disclosure.protected.members import Member, Row, cannot_be, is_in_zeros
from dataport.disclosure.protected.served import AS_OF, HAS, PERSONS, YEARS, YEARS_AS_OF, ServedCube


@dataclass(frozen=True, slots=True)
class Sure:
    """Which rows are nobody's by the definitions alone.

    Attributes:
        same: where a row stands beside a member that is selected: its place in the row, and that member.
        traits: the places in a row, with their names, that the list of structural zeros speaks of.
        fixed: what is selected beside the row.
    """

    same: tuple[tuple[int, Member], ...]
    traits: tuple[tuple[int, str], ...]
    fixed: Mapping[str, Member]

    @classmethod
    def of(cls, asked: Mapped, leaf: str, kept: tuple[str, ...]) -> Sure:
        selected = asked.leaves[leaf]
        told: dict[str, Member] = {**selected.members, **selected.has}
        same = tuple((place, told[name]) for place, name in enumerate(kept) if name in told)
        traits = tuple((place, name) for place, name in enumerate(kept) if is_in_zeros(name))
        return cls(same, traits, {**asked.where.members, **selected.members, **asked.where.has, **selected.has})

    def nobody_in(self, rows: Sequence[Row]) -> list[bool]:
        """For each of some rows, whether nobody can be in it."""
        columns = [[row[place] for row in rows] for place, _ in self.traits]
        described: list[Row] = list(zip(*columns, strict=True)) if columns else [()] * len(rows)
        known = {members: self._cannot_be(members) for members in set(described)}
        found = [known[members] for members in described]
        for place, member in self.same:  # nobody is at once of two members of one level
            found = [is_nobody or row[place] != member for row, is_nobody in zip(rows, found, strict=True)]
        return found

    def _cannot_be(self, members: Row) -> bool:
        told = {name: member for (_, name), member in zip(self.traits, members, strict=True)}
        return cannot_be({**told, **self.fixed})


@dataclass(slots=True)
class OpenSnapshot:
    """One snapshot while it is read: each table that is needed, once."""

    cube: ServedCube
    _found: dict[tuple[str, tuple[str, ...]], dict[Row, Number]] = field(default_factory=dict)

    def values(self, asked: Mapped, leaf: str, kept: tuple[str, ...]) -> dict[Row, Number]:
        """What is published of one simple indicator, by row of a breakdown."""
        if (leaf, kept) not in self._found:
            self._found[leaf, kept] = self._read(asked, asked.leaves[leaf], leaf, kept)
        return self._found[leaf, kept]

    def _read(self, asked: Mapped, selected: Selected, leaf: str, kept: tuple[str, ...]) -> dict[Row, Number]:
        table = asked.table(leaf, kept)
        members, has = _all(asked.where, selected)
        rows = _matching(self._cells(table, with_years=selected.is_mean), members, has)
        rows = _placed(rows, table, {*kept, *members})
        sensitive = table.sensitive.name if table.sensitive else None
        columns = [rows.column(HAS if name == sensitive else name).to_pylist() for name in kept]
        numbers = self._numbers(rows, PERSONS, AS_OF)
        keys: list[Row] = list(zip(*columns, strict=True)) if columns else [()] * len(numbers)
        if selected.is_mean:
            assert selected.parts
            years = self._numbers(rows, YEARS, YEARS_AS_OF)
            told = rows.column(selected.parts[0]).to_pylist()
            sums, counts = (_added(keys, told, one, selected.parts[1]) for one in (years, numbers))
            return _means(sums, counts)
        if selected.parts:
            return _added(keys, rows.column(selected.parts[0]).to_pylist(), numbers, selected.parts[1])
        return _only_once(keys, numbers)

    def _numbers(self, rows: pa.Table, column: str, since: str) -> list[Number]:
        own = frozenset((self.cube.day,))
        earlier = rows.column(since)
        if earlier.null_count == len(earlier):
            return [(value, own) for value in rows.column(column).to_pylist()]
        days = {one: frozenset((one,)) for one in pc.unique(earlier).to_pylist()} | {None: own}
        both = zip(rows.column(column).to_pylist(), earlier.to_pylist(), strict=True)
        return [(value, days[one]) for value, one in both]

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


def _matching(rows: pa.Table, members: Mapping[str, str | None], has: Mapping[str, bool]) -> pa.Table:
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


def _only_once(keys: list[Row], numbers: list[Number]) -> dict[Row, Number]:
    """By row; where several cells read alike (an unknown place of two countries), none of them is told."""
    found: dict[Row, Number] = {}
    twice = set()
    for key, number in zip(keys, numbers, strict=True):
        if key in found:
            twice.add(key)
        found[key] = number
    return {key: number for key, number in found.items() if key not in twice}


def _added(
    keys: list[Row], parts: list[str | None], numbers: list[Number], needed: tuple[str, ...]
) -> dict[Row, Number]:
    """The numbers of some members added up, where each of them is published."""
    by_row: dict[Row, dict[str, Number]] = {}
    for key, part, number in zip(keys, parts, numbers, strict=True):
        if part in needed:
            by_row.setdefault(key, {})[str(part)] = number
    whole = {key: found for key, found in by_row.items() if len(found) == len(needed)}
    return {key: (sum(value for value, _ in found.values()), days_of(*found.values())) for key, found in whole.items()}


def _means(sums: dict[Row, Number], counts: dict[Row, Number]) -> dict[Row, Number]:
    """Perturbed sums over perturbed counts, where there are enough."""
    least = disclosure_limit("cube_rate_denominator")
    return {
        key: (sums[key][0] / count, days_of(sums[key], (count, days)))
        for key, (count, days) in counts.items()
        if count >= least
    }
