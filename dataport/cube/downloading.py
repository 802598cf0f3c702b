"""downloading: what a cube serves, as an attacker holds it, and the people it is about, as the strongest knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataport.attackers.downloaded import Codes, Downloaded, Floats, Known, Level, Longs, Noise, People, Table
from dataport.cube.before import Before
from dataport.cube.perturbing import parameters_of
from dataport.cube.population import OTHER_CODE, Codings, Population
from dataport.cube.ruling import limits
from dataport.cube.writing import told_member
from dataport.disclosure.protected.lattice import CanonicalTable, Lattice, LatticeLevel, Sensitive
from dataport.disclosure.protected.served import AS_OF, HAS, PERSONS, YEARS


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a lattice as attackers have them."""

    codings: Codings
    shape: Lattice

    def of(self, level: LatticeLevel) -> Level:
        coding = self.codings[level.name]
        others = coding.members.index((OTHER_CODE,)) if level.is_recoded else None
        return Level(level.name, level.hierarchy, level.depth, coding.size, coding.coarser, others=others)

    def of_sensitive(self, attribute: Sensitive) -> Level:
        is_secret = attribute.is_secret
        return Level(attribute.name, attribute.name, 1, 2, {}, is_sensitive=is_secret, is_of_groups=not is_secret)

    def of_table(self, table: CanonicalTable) -> tuple[Level, ...]:
        own = tuple(self.of(level) for level in table.levels)
        return (*own, self.of_sensitive(table.sensitive)) if table.sensitive else own

    def finest(self) -> dict[str, Level]:
        found = {levels[0].hierarchy: self.of(levels[-1]) for levels in self.shape.hierarchies}
        return found | {one.name: self.of_sensitive(one) for one in self.shape.sensitive}


def downloaded(months: Sequence[tuple[date, Mapping[str, pa.Table]]], codings: Codings, shape: Lattice) -> Downloaded:
    """Everything that is served of some months, the oldest first.

    Args:
        months: the day of each, and its tables by name.
    """
    levels = Levels(codings, shape)
    days = [day for day, _ in months]
    tables = [
        tuple(_table(served[table.name], table, levels, nth, days) for table in shape.tables() if table.name in served)
        for nth, (_, served) in enumerate(months)
    ]
    plain, sensitive = (_noise(kind) for kind in ("plain", "sensitive"))
    least = limits()
    return Downloaded(levels.finest(), tuple(tables), plain, sensitive, least.persons, least.cases)


def people_of(population: Population) -> People:
    """The people of one day, with their secrets."""
    secrets = {name: has.astype(np.int32) for name, has in population.sensitive.items()}
    return People(population.persons, population.families, {**population.finest, **secrets}, population.units)


class Months(Sequence[People]):
    """The people of each day, the oldest first: those of earlier days are put together when they are asked for."""

    def __init__(self, today: Population, before: Sequence[Before]) -> None:
        self._today, self._before, self._last = today, before, people_of(today)

    def __len__(self) -> int:
        return len(self._before) + 1

    @overload
    def __getitem__(self, nth: int) -> People: ...
    @overload
    def __getitem__(self, nth: slice) -> Sequence[People]: ...
    def __getitem__(self, nth: int | slice) -> People | Sequence[People]:
        if isinstance(nth, slice):
            return [self[one] for one in range(*nth.indices(len(self)))]
        place = range(len(self))[nth]
        return self._last if place == len(self._before) else people_of(self._before[place].whole(self._today))


def known_of(months: Sequence[People], scopes: Sequence[frozenset[str]], units: Sequence[str]) -> Known:
    """The people of each day, and the offices that somebody counts exactly."""
    numbers = {unit: number for number, unit in enumerate(units)}
    inside = tuple(frozenset(numbers[unit] for unit in one if unit in numbers) for one in scopes)
    return Known(months, inside)


def _noise(kind: str) -> Noise:
    parameters = parameters_of(kind)
    return Noise(parameters.most, parameters.variance, parameters.blocked)


def _table(served: pa.Table, table: CanonicalTable, levels: Levels, month: int, days: list[date]) -> Table:
    keys = np.zeros(served.num_rows, dtype=np.int64)
    for level in table.levels:
        keys = keys * levels.codings[level.name].size + _numbers(served, level, levels)
    if table.sensitive:
        keys = keys * 2 + served.column(HAS).to_numpy(zero_copy_only=False).astype(np.int64)
    order = np.argsort(keys, kind="stable")
    persons: Floats = served.column(PERSONS).to_numpy().astype(np.float64)
    since = _since(served.column(AS_OF), month, days)
    sums = served.column(YEARS).to_numpy().astype(np.float64)[order] if YEARS in served.column_names else None
    return Table(levels.of_table(table), keys[order], persons[order], since[order], sums=sums)


def _since(column: pa.ChunkedArray, month: int, days: list[date]) -> Codes:
    places = pc.fill_null(pc.index_in(column, value_set=pa.array(days, pa.date32())), -1).to_numpy()
    known = pc.is_null(column).to_numpy(zero_copy_only=False)
    return np.where(known, month, places).astype(np.int32)


def _numbers(served: pa.Table, level: LatticeLevel, levels: Levels) -> Longs:
    """The number of each row's member, by the names of everything that it lies in."""
    hierarchy = next(one for one in levels.shape.hierarchies if one[0].hierarchy == level.hierarchy)
    above: LatticeLevel | None = None
    found = np.zeros(served.num_rows, dtype=np.int64)
    for one in hierarchy[: level.depth]:
        coding = levels.codings[one.name]
        names = [told_member(members[-1]) for members in coding.members]
        distinct = list(dict.fromkeys(names))
        places = {name: nth for nth, name in enumerate(distinct)}
        parents = coding.coarser[above.name] if above else np.zeros(coding.size, dtype=np.int32)
        known = parents.astype(np.int64) * len(distinct) + np.array([places[name] for name in names])
        own = pc.index_in(served.column(one.name), value_set=pa.array(distinct, pa.string())).to_numpy()
        order = np.argsort(known)
        found = order[np.searchsorted(known[order], found * len(distinct) + own)]
        above = one
    return found
