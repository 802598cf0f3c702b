"""earlier: what was printed in the months before, cell by cell, from the served files and the build's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataport.cube.counting import MANY, Cells, Counts, decoded
from dataport.cube.population import OTHER_CODE, Codings, Flags, Integers, Keys
from dataport.cube.writing import read_private
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import GEOGRAPHY, CanonicalTable, lattice
from dataport.disclosure.protected.served import AS_OF, HAS, PERSONS, YEARS, YEARS_AS_OF, Series, ServedCube
from dataport.semantic.model import OTHER


@dataclass(frozen=True, slots=True)
class Printed:
    """What one month printed, for the cells of today.

    Attributes:
        base: the day that each value is of, as a number.
        value: what was printed; `persons` and `keys` are what it was made from.
    """

    is_printed: Flags
    base: Integers
    value: Integers
    persons: Integers
    keys: Keys


@dataclass(frozen=True, slots=True)
class Sums:
    """For the cells of today, the sums printed last of the same people, and last month; a base of 0 is none."""

    same: Integers
    same_base: Integers
    last: Integers
    last_base: Integers

    @classmethod
    def none(cls, size: int) -> Sums:
        return cls(*(np.zeros(size, dtype=np.int64) for _ in range(4)))


@dataclass(frozen=True, slots=True)
class Noted:
    """What is remembered of tables once they were held against what was printed of them, side by side.

    Attributes:
        kept: which rows keep the number printed last month.
        printed: what was printed last month.
        sums: the sums that were printed.
        gone: by month, what it printed of cells in which there is nobody any more, and the day of each number.
    """

    kept: dict[tuple[str, bool | None], Flags] = field(default_factory=dict)
    printed: dict[tuple[str, bool | None], Printed] = field(default_factory=dict)
    sums: dict[str, Sums] = field(default_factory=dict)
    gone: dict[tuple[str, bool | None, date], tuple[Cells, Integers]] = field(default_factory=dict)

    def add(self, other: Noted) -> None:
        """Remember what was noted of other tables."""
        self.kept.update(other.kept)
        self.printed.update(other.printed)
        self.sums.update(other.sums)
        self.gone.update(other.gone)


@dataclass
class Earlier:
    """The snapshots that a new month is held against, the oldest first."""

    snapshots: Mapping[date, tuple[ServedCube, Mapping[str, pa.Table]]] = field(default_factory=dict)
    noted: Noted = field(default_factory=Noted)

    @property
    def last(self) -> date:
        return max(self.snapshots)

    @cached_property
    def bases(self) -> tuple[date, ...]:
        """Every day that a printed value is of."""
        found = set(self.snapshots)
        for cube, _ in self.snapshots.values():
            for name in cube.names():
                kept = pc.drop_null(pc.unique(cube.table(name).column(AS_OF)))
                found |= set(kept.to_pylist())
        return tuple(sorted(found))

    def tables(self, day: date) -> dict[str, pa.Table]:
        """Everything that a month printed; nothing of a day before those that are held against a new month."""
        if day not in self.snapshots:
            return {}
        cube, _ = self.snapshots[day]
        return {name: cube.table(name) for name in cube.names()}

    def printed(self, name: str, has: bool | None, day: date, cells: Cells, codings: Codings) -> Printed:
        """What a month printed of one table (of one side of it)."""
        cube, private = self.snapshots[day]
        size = len(cells)
        found = Printed(
            np.zeros(size, dtype=np.bool_), *(np.zeros(size, dtype=np.int64) for _ in range(3)),
            np.zeros(size, dtype=np.uint64),
        )  # fmt: skip
        if name in cube.names():
            table, true = cube.table(name), private[name]
            side = pc.equal(table.column(HAS), has) if has is not None else None
            rows, truth = (one.filter(side) if side is not None else one for one in (table, true))
            codes = _codes(rows, cells, codings)
            place = np.minimum(np.searchsorted(cells.codes, codes), max(len(cells) - 1, 0))
            known = cells.codes[place] == codes
            where = place[known]
            found.is_printed[where] = True
            found.base[where] = _ordinals(rows.column(AS_OF), day)[known]
            found.value[where] = rows.column(PERSONS).to_numpy()[known]
            found.persons[where] = truth.column("true").to_numpy()[known]
            found.keys[where] = truth.column("key").to_numpy()[known]
            if YEARS in rows.column_names:
                self._note_sums(name, rows.filter(pa.array(known)), day, where, found, cells)
            bases = _ordinals(rows.column(AS_OF), day)[~known]
            self.noted.gone[name, has, day] = _gone(
                cells, codes[~known], bases, truth.filter(pa.array(~known)), codings
            )
        if day == self.last:
            self.noted.printed[name, has] = found
        return found

    def gone(self, name: str, has: bool | None, day: date) -> Cells | None:
        """What a month printed of cells in which there is nobody any more."""
        return self.noted.gone[name, has, day][0] if (name, has, day) in self.noted.gone else None

    def lost(self, name: str, has: bool | None, cells: Cells, codings: Codings) -> tuple[Cells, Integers]:
        """Everything that any of the months printed of such cells, and the day of the number printed last."""
        last: dict[int, int] = {}
        for day in sorted(self.snapshots):
            if (name, has, day) in self.noted.gone:
                gone, bases = self.noted.gone[name, has, day]
                last |= dict(zip(gone.codes.tolist(), bases.tolist(), strict=True))
        codes = np.array(sorted(last), dtype=np.int64)
        none = Counts(*(np.zeros(len(codes), dtype=kind) for kind in (np.int64, np.uint64, np.int64)))
        found = Cells(cells.table, codes, decoded(codes, cells.table, codings), none)
        return found, np.array([last[code] for code in codes.tolist()], dtype=np.int64)

    def _note_sums(self, name: str, rows: pa.Table, day: date, where: Integers, found: Printed, cells: Cells) -> None:
        """Note the sums that a month printed; months come the oldest first."""
        sums = self.noted.sums.setdefault(name, Sums.none(len(cells)))
        bases = np.zeros(len(cells), dtype=np.int64)
        values = np.zeros(len(cells), dtype=np.int64)
        bases[where] = _ordinals(rows.column(YEARS_AS_OF), day)
        values[where] = rows.column(YEARS).to_numpy()
        same = (bases > 0) & (found.persons == cells.counts.persons) & (found.keys == cells.counts.keys)
        sums.same[same], sums.same_base[same] = values[same], bases[same]
        if day == self.last:
            sums.last[:], sums.last_base[:] = values, bases

    def sums(self, name: str, chosen: Integers) -> dict[int, tuple[int, date]]:
        """By place among the chosen cells, the sum that stays: where the number is kept, or the people are the same."""
        if name not in self.noted.sums:
            return {}
        sums, kept = self.noted.sums[name], self.noted.kept.get((name, None))
        is_kept = kept[chosen] if kept is not None else np.zeros(len(chosen), dtype=np.bool_)
        base = np.where(is_kept, sums.last_base[chosen], sums.same_base[chosen])
        value = np.where(is_kept, sums.last[chosen], sums.same[chosen])
        return {
            place: (int(value[place]), date.fromordinal(int(base[place]))) for place in np.flatnonzero(base).tolist()
        }

    def keep(self, table: CanonicalTable, attribute: str, kept: Flags) -> None:
        """Note which rows of a table, or of what an attribute splits it into, keep the number printed last month."""
        for has in (True, False) if attribute else (None,):
            self.noted.kept[split_name(table, attribute), has] = kept

    def kept_values(self, name: str, has: bool | None, chosen: Integers) -> dict[int, tuple[int, int, int, date]]:
        """By place among the chosen cells, what keeps its value: number, persons and keys behind it, and its day."""
        if (name, has) not in self.noted.kept:
            return {}
        one, kept = self.noted.printed[name, has], self.noted.kept[name, has]
        return {
            place: (
                int(one.value[cell]),
                int(one.persons[cell]),
                int(one.keys[cell]),
                date.fromordinal(int(one.base[cell])),
            )
            for place, cell in enumerate(chosen.tolist())
            if kept[cell]
        }  # fmt: skip


def split_name(table: CanonicalTable, attribute: str) -> str:
    """What the table is called that an attribute splits another one into; without one it is that table."""
    return f"{table.name}+{attribute}" if attribute and table.levels else attribute or table.name


def _ordinals(column: pa.ChunkedArray, day: date) -> Integers:
    """The day of each value as a number; null stands for the snapshot's own."""
    days: Integers = pc.fill_null(column, pa.scalar(day, pa.date32())).cast(pa.int32()).to_numpy().astype(np.int64)
    return days + date(1970, 1, 1).toordinal()


def earlier_of(root: Path, series: Series, signing: bytes) -> Earlier:
    """The last months of a series.

    Raises:
        Damaged: one of them is not as it was served.
    """
    recent = series.snapshots[-disclosure_limit("cube_months_compared") :]
    return Earlier({one.day: (ServedCube(root, one, signing), read_private(root, one.day)[0]) for one in recent})


def _codes(rows: pa.Table, cells: Cells, codings: Codings) -> Integers:
    """The code of each printed row, as those of today's cells are made; -1 where a member is not known any more."""
    code = np.zeros(rows.num_rows, dtype=np.int64)
    known = np.ones(rows.num_rows, dtype=np.bool_)
    for level in cells.table.levels:
        coding = codings[level.name]
        levels = next(one for one in lattice().hierarchies if one[0].hierarchy == level.hierarchy)
        names = [one.name for one in levels[: level.depth]] if level.hierarchy == GEOGRAPHY else [level.name]
        numbers = {members: number for number, members in enumerate(coding.members)}
        columns = [[OTHER_CODE if one == OTHER else one for one in rows.column(name).to_pylist()] for name in names]
        found = np.array([numbers.get(path, -1) for path in zip(*columns, strict=True)], dtype=np.int64)
        known &= found >= 0
        code = code * coding.size + np.maximum(found, 0)
    return np.where(known, code, -1)


def _gone(cells: Cells, codes: Integers, bases: Integers, truth: pa.Table, codings: Codings) -> tuple[Cells, Integers]:
    """Printed cells that are none of today's; of what no code is known any more, nothing can be told."""
    here = np.flatnonzero(codes >= 0)
    persons = truth.column("true").to_numpy()[here].astype(np.int64)
    counts = Counts(persons, truth.column("key").to_numpy()[here], np.full(len(here), MANY))
    return Cells(cells.table, codes[here], decoded(codes[here], cells.table, codings), counts), bases[here]
