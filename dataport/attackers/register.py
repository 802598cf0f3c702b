"""The people of each month as the exact rules count them: in which row of a table each one is, and with which group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataport.attackers.counting import (
    Shape,
    cells,
    coarser_keys,
    distinct_pairs,
    groups_in,
    keys_of,
    member_codes,
    occurring,
    rows_at,
    shape_of,
)
from dataport.attackers.downloaded import Codes, Downloaded, Flags, Known, Level, Longs, People, Table
from dataport.attackers.folk import Folk
from dataport.attackers.parts import LOOKED_UP, Cellwise, Parts
from dataport.copies import shared

# Groups are counted up to so many times as many as may be told.
CLEARLY = 3
# Stands for a number of groups that is large enough for every rule, and was not counted.
MANY = 1_000_000


@dataclass(slots=True)
class Register:
    """The people of each month, and what is published of them."""

    seen: Downloaded
    known: Known
    _folk: Folk | None = field(default=None, init=False)
    _persons: dict[int, Longs] = field(default_factory=dict, init=False)
    _groups: dict[int, Longs] = field(default_factory=dict, init=False)
    _universes: dict[int, dict[Shape, Universe]] = field(default_factory=dict, init=False)
    _rare: dict[Shape, Codes] = field(default_factory=dict, init=False)
    _largest: dict[int, int] = field(default_factory=dict, init=False)

    @property
    def folk(self) -> Folk:
        """Who is described alike in all of the months, and who moved."""
        if self._folk is None:
            self._folk = Folk.of(self.known)
        return self._folk

    def rows(self, month: int, table: Table) -> Longs:
        """The listed row of a table in which each person of a month is; -1 where there is none."""
        keys, size = keys_of(self.known.months[month], self.seen.finest, table.levels), cells(table.levels)
        if size > LOOKED_UP:
            return rows_at(table, keys)
        places = np.full(size, -1, dtype=np.int64)
        places[table.keys] = np.arange(len(table.keys))
        return places[keys]

    def persons(self, table: Table) -> Longs:
        """How many persons there were in each published row in the month that its number is of."""
        if id(table) not in self._persons:
            self._persons[id(table)] = self._at_months(table, lambda one: one.persons)
        return self._persons[id(table)]

    def groups(self, table: Table) -> Longs:
        """Of how many groups they were; `MANY` where there are enough for every rule."""
        if id(table) not in self._groups:
            self._groups[id(table)] = self._at_months(table, lambda one: one.groups)
        return self._groups[id(table)]

    def _at_months(self, table: Table, part: Callable[[Universe], Longs]) -> Longs:
        found = np.zeros(len(table.keys), dtype=np.int64)
        for since in _months(table):
            universe = self.universe(since, table)
            here = np.flatnonzero(table.since == since)
            place = np.minimum(np.searchsorted(universe.keys, table.keys[here]), max(0, len(universe.keys) - 1))
            if len(universe.keys):
                found[here] = np.where(universe.keys[place] == table.keys[here], part(universe)[place], 0)
        return found

    def count(self, processes: int) -> None:
        """Count beforehand, among several processes, what all of them will ask for: each month that a number is of."""
        tables = [one for each in self.seen.months for one in each]
        months = sorted({month for one in tables for month in _months(one)} | {len(self.seen.months) - 1})
        # of one month the tables are shared, of several the months
        each = processes if len(months) == 1 else 1
        counted_ = shared(lambda month: self._counted(month, each), months, processes)
        for month, (found, largest) in zip(months, counted_, strict=True):
            self._universes[month], self._largest[month] = found, largest
        # who moved is asked for by all of them
        _ = self.folk

    def _counted(self, month: int, processes: int = 1) -> tuple[dict[Shape, Universe], int]:
        """The rows of every table in a month, and how many persons its largest group has."""
        people = self.known.months[month]
        largest = _largest_group(people)
        shapes = {shape_of(one.levels): one.levels for each in self.seen.months for one in each}
        finest, fewest = self.seen.finest, self.seen.fewest_groups
        return universes(people, finest, list(shapes.values()), largest, fewest, processes), largest

    def universe(self, month: int, table: Table) -> Universe:
        """Everybody in the rows of one table, whether anything is published of them or not."""
        if month not in self._universes:
            self._universes[month], self._largest[month] = self._counted(month)
        return self._universes[month][shape_of(table.levels)]

    def enough(self, *months: int) -> int:
        """Up to how many persons can be of too few groups."""
        for month in months:
            if month not in self._largest:
                self._largest[month] = _largest_group(self.known.months[month])
        # a group may be described by those who came and by those who went
        return (self.seen.fewest_groups - 1) * sum(self._largest[month] for month in set(months))

    def parts(self, tables: Sequence[Table]) -> Parts:
        """Everybody by the cells of a table, of which these are what the months print; the finest first is faster."""
        months = range(len(self.known.months))
        levels, shape = tables[0].levels, shape_of(tables[0].levels)
        own = dict(shape)
        finer = [who for other, who in self._rare.items() if _is_within(own, dict(other))]
        last = self.universe(months[-1], tables[0])
        found = Parts.of(
            self.folk,
            self.seen.finest,
            levels,
            Cellwise(
                last.keys,
                last.persons,
                tuple(one.keys for one in tables),
                2 * max(self.enough(month) for month in months),
                min(finer, key=len, default=None),
            ),
        )
        self._rare[shape] = found.who
        return found

    def moved(self, parts: Parts, keys: Longs, old: int, new: int) -> tuple[Longs, Longs]:
        """How many persons, of how many groups, are in a row in one of two months and not in the other."""
        was, now, wanted = parts.cell[old], parts.cell[new], parts.places(keys)
        went, came = (np.flatnonzero((was != now) & (each >= 0)) for each in (was, now))
        moving = np.concatenate([was[went], now[came]])
        families = np.concatenate([self.folk.movers[old].families[went], self.folk.movers[new].families[came]])
        return np.bincount(moving, minlength=len(parts.keys))[wanted], groups_in(moving, families, wanted)


@dataclass(frozen=True, slots=True)
class Universe:
    """Every row of a table in which there is anybody, published or not.

    Attributes:
        keys: ascending.
        groups: of how many groups its persons are; `MANY` from `CLEARLY` times as many on as may be told.
    """

    keys: Longs
    persons: Longs
    groups: Longs


def universes(
    people: People,
    finest: Mapping[str, Level],
    shapes: Sequence[tuple[Level, ...]],
    largest: int,
    fewest: int,
    processes: int = 1,
) -> dict[Shape, Universe]:
    """The universe of each table: persons are gone through for those that no finer table is there for.

    Args:
        largest: how many persons the largest group has.
    """
    everyone, wanted = _Everyone(people, finest), fewest * CLEARLY
    many = (wanted - 1) * largest
    ordered = sorted(shapes, key=lambda one: (-sum(level.depth for level in one), sorted(shape_of(one))))
    depths = [dict(shape_of(one)) for one in ordered]
    finer = [[one for one in range(nth) if _is_within(own, depths[one])] for nth, own in enumerate(depths)]
    finest_of_all = [one for one, below in zip(ordered, finer, strict=True) if not below]

    def gone_through(levels: tuple[Level, ...]) -> Universe:
        keys, persons = occurring(everyone.rows(levels), cells(levels))
        groups = np.where(persons > many, MANY, 0)
        return _with_groups(everyone, levels, Universe(keys, persons, groups), persons <= many, wanted)

    counted_ = dict(zip(finest_of_all, shared(gone_through, finest_of_all, processes), strict=True))
    found: list[Universe] = []
    for levels, below in zip(ordered, finer, strict=True):
        if below:
            nearest = min(below, key=lambda one: len(found[one].keys))
            above = coarser_keys(found[nearest].keys, ordered[nearest], levels)
            found.append(_added_up(everyone, levels, above, found[nearest], wanted))
        else:
            found.append(counted_[levels])
    return {shape_of(levels): one for levels, one in zip(ordered, found, strict=True)}


@dataclass(slots=True)
class _Everyone:
    """People while they are gone through table by table; the members of each level are looked up once."""

    people: People
    finest: Mapping[str, Level]
    _members: dict[str, Codes] = field(default_factory=dict)

    def rows(self, levels: tuple[Level, ...]) -> Longs:
        """The row of each, in half the memory where the table's rows are few enough for it."""
        found: NDArray[Any] = np.zeros(len(self.people), dtype=np.int32 if cells(levels) < 2**31 else np.int64)
        for level in levels:
            if level.name not in self._members:
                self._members[level.name] = member_codes(self.people, self.finest, level).astype(np.int32)
            found *= level.size
            found += self._members[level.name]
        return found


def _largest_group(people: People) -> int:
    return int(np.unique(people.families, return_counts=True)[1].max(initial=1))


def _is_within(coarse: Mapping[str, int], fine: Mapping[str, int]) -> bool:
    return all(fine.get(name, 0) >= depth for name, depth in coarse.items())


def _added_up(everyone: _Everyone, levels: tuple[Level, ...], above: Longs, source: Universe, wanted: int) -> Universe:
    keys, place = np.unique(above, return_inverse=True)
    persons, groups = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    np.add.at(persons, place, source.persons)
    np.maximum.at(groups, place, source.groups)  # at least so many: groups are in several rows
    return _with_groups(everyone, levels, Universe(keys, persons, groups), groups < wanted, wanted)


def _with_groups(everyone: _Everyone, levels: tuple[Level, ...], one: Universe, open_: Flags, wanted: int) -> Universe:
    """The same with the groups of open rows counted."""
    if not open_.any():
        return one
    own, size = everyone.rows(levels), cells(levels)
    if size <= LOOKED_UP:
        is_open = np.zeros(size, dtype=np.bool_)
        is_open[one.keys[open_]] = True
        rows = np.flatnonzero(is_open[own])
    else:
        rows = np.flatnonzero(np.isin(own, one.keys[open_]))
    pairs = distinct_pairs(own[rows], everyone.people.families[rows])
    counted_ = np.searchsorted(pairs, one.keys, side="right") - np.searchsorted(pairs, one.keys, side="left")
    groups = np.where(open_, counted_, one.groups)
    return Universe(one.keys, one.persons, np.where(groups >= wanted, MANY, groups))


def distinct(values: Longs) -> Longs:
    """Each value once, ascending."""
    ordered = np.sort(values)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def groups_by(rows: Longs, families: Longs, size: int) -> Longs:
    """Of how many families the persons in each row are."""
    known, numbers = np.unique(families, return_inverse=True)
    pairs = distinct(rows * max(1, len(known)) + numbers)
    return np.bincount(pairs // max(1, len(known)), minlength=size).astype(np.int64)


def _months(table: Table) -> list[int]:
    """The months that its published numbers are of."""
    return [int(one) for one in np.unique(table.since[table.is_published])]
