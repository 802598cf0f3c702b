"""The people of each month as the exact rules count them: in which row of a table each one is, and with which group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dataport.attackers.counting import Shape, base_levels, cells, coarser_keys, groups_in, keys_of, rows_at, shape_of
from dataport.attackers.downloaded import Codes, Downloaded, Known, Level, Longs, People, Table
from dataport.attackers.folk import Folk
from dataport.attackers.parts import LOOKED_UP, Cellwise, Parts
from dataport.attackers.universe import Universe, is_within, universes
from dataport.copies import shared


@dataclass(slots=True)
class Register:
    """The people of each month, and what is published of them: what an attacker holds, counted once for all of them."""

    seen: Downloaded
    known: Known
    _folk: Folk | None = field(default=None, init=False)
    # by tables, which are held so that their identities stay their own
    _persons: dict[int, tuple[Table, Longs]] = field(default_factory=dict, init=False)
    _groups: dict[int, tuple[Table, Longs]] = field(default_factory=dict, init=False)
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
            self._persons[id(table)] = table, self._at_months(table, lambda one: one.persons)
        return self._persons[id(table)][1]

    def groups(self, table: Table) -> Longs:
        """Of how many groups they were; `MANY` where there are enough for every rule."""
        if id(table) not in self._groups:
            self._groups[id(table)] = table, self._at_months(table, lambda one: one.groups)
        return self._groups[id(table)][1]

    def there(self, table: Table, month: int = -1) -> Longs:
        """How many persons there are in each listed row in one month, whatever month its number is of."""
        return self.persons_at(table.levels, table.keys, month)

    def on_roster(self, table: Table) -> Longs:
        """How many persons there are in each listed row in the last month, whatever their secret is."""
        base = base_levels(table)
        return self.persons_at(base, coarser_keys(table.keys, table.levels, base))

    def persons_at(self, levels: Sequence[Level], keys: Longs, month: int = -1) -> Longs:
        """How many persons there are in some rows, listed or not, in one month."""
        universe = self.universe(range(len(self.known.months))[month], levels)
        return universe.at(keys, universe.persons)

    def _at_months(self, table: Table, part: Callable[[Universe], Longs]) -> Longs:
        found = np.zeros(len(table.keys), dtype=np.int64)
        for since in _months(table):
            universe = self.universe(since, table.levels)
            here = np.flatnonzero(table.since == since)
            found[here] = universe.at(table.keys[here], part(universe))
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
        tables = [one for each in self.seen.months for one in each]
        # with the rows of a secret, everybody of whom it could be said
        shapes = {shape_of(one): one for table in tables for one in (table.levels, base_levels(table))}
        finest, fewest = self.seen.finest, self.seen.fewest_groups
        return universes(people, finest, list(shapes.values()), largest, fewest, processes), largest

    def universe(self, month: int, levels: Sequence[Level]) -> Universe:
        """Everybody in the rows of one table, whether anything is published of them or not."""
        if month not in self._universes:
            self._universes[month], self._largest[month] = self._counted(month)
        return self._universes[month][shape_of(levels)]

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
        finer = [who for other, who in self._rare.items() if is_within(own, dict(other))]
        last = self.universe(months[-1], levels)
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


def _largest_group(people: People) -> int:
    return int(np.unique(people.families, return_counts=True)[1].max(initial=1))


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
