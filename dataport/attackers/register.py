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
    counted,
    distinct_pairs,
    groups_in,
    keys_of,
    member_codes,
    rows_at,
    shape_of,
)
from dataport.attackers.downloaded import Codes, Downloaded, Flags, Known, Level, Longs, People, Table

# Up to so many possible rows of a table, the row of a person is looked up rather than searched for.
_LOOKED_UP = 5_000_000
# So many rows of persons are remembered; beyond, they are worked out again.
_REMEMBERED = 150_000_000
# Groups are counted up to so many times as many as may be told.
CLEARLY = 3
# Stands for a number of groups that is large enough for every rule, and was not counted.
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two months beside each other.

    Attributes:
        then, now: for each person of the later month their place in the earlier one, and the other way round; -1: none.
        came, went: the places of those who are in one of them alone, or who are described otherwise in each.
    """

    then: Longs
    now: Longs
    came: Longs
    went: Longs


@dataclass(slots=True)
class Register:
    """The people of each month, and what is published of them.

    Attributes:
        everybody: how many there are in all months together; each has a number of their own.
        families: the group of everybody, by that number, as it was last.
    """

    seen: Downloaded
    known: Known
    everybody: int = field(init=False)
    families: Longs = field(init=False)
    _rows: dict[tuple[int, int], Longs] = field(default_factory=dict, init=False)
    _persons: dict[int, Longs] = field(default_factory=dict, init=False)
    _groups: dict[int, Longs] = field(default_factory=dict, init=False)
    _universes: dict[int, dict[Shape, Universe]] = field(default_factory=dict, init=False)
    _moving: dict[tuple[int, int, str, int], Longs] = field(default_factory=dict, init=False)
    _aligned: dict[tuple[int, int], Alignment] = field(default_factory=dict, init=False)
    _largest: dict[int, int] = field(default_factory=dict, init=False)
    _numbers: dict[int, Longs] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        everybody = distinct(np.concatenate([one.persons for one in self.known.months]))
        self.everybody = len(everybody)
        self._numbers = {month: np.searchsorted(everybody, one.persons) for month, one in enumerate(self.known.months)}
        self.families = np.zeros(self.everybody, dtype=np.int64)
        for month, people in enumerate(self.known.months):
            self.families[self._numbers[month]] = people.families

    def rows(self, month: int, table: Table) -> Longs:
        """The listed row of a table in which each person of a month is; -1 where there is none."""
        key = (month, id(table))
        if key not in self._rows:
            people = self.known.months[month]
            if (len(self._rows) + 1) * len(people) > _REMEMBERED:
                self._rows.clear()
            keys, size = keys_of(people, self.seen.finest, table.levels), cells(table.levels)
            if size <= _LOOKED_UP:
                places = np.full(size, -1, dtype=np.int64)
                places[table.keys] = np.arange(len(table.keys))
                self._rows[key] = places[keys]
            else:
                self._rows[key] = rows_at(table, keys)
        return self._rows[key]

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

    def universe(self, month: int, table: Table) -> Universe:
        """Everybody in the rows of one table, whether anything is published of them or not."""
        if month not in self._universes:
            tables = {one.name: one for each in self.seen.months for one in each}
            self._universes[month] = universes(
                self.known.months[month],
                self.seen.finest,
                [one.levels for one in tables.values()],
                self.enough(month, month),
                self.seen.fewest_groups,
            )
        return self._universes[month][shape_of(table.levels)]

    def enough(self, *months: int) -> int:
        """Up to how many persons can be of too few groups."""
        for month in months:
            if month not in self._largest:
                sizes = np.unique(self.known.months[month].families, return_counts=True)[1]
                self._largest[month] = int(sizes.max(initial=1))
        # a group may be described by those who came and by those who went
        return (self.seen.fewest_groups - 1) * sum(self._largest[month] for month in set(months))

    def members(self, month: int, table: Table, numbers: Longs) -> Longs:
        """Everybody who is in a numbered row, as number times `everybody` and the person's own number."""
        own = self.rows(month, table)
        number = np.where(own >= 0, numbers[own], -1) if len(numbers) else np.full(len(own), -1)
        inside = np.flatnonzero(number >= 0)
        return number[inside] * self.everybody + self._numbers[month][inside]

    def aligned(self, old: int, new: int) -> Alignment:
        if (old, new) not in self._aligned:
            before, after = self.known.months[old], self.known.months[new]
            then, now = np.full(len(after), -1, dtype=np.int64), np.full(len(before), -1, dtype=np.int64)
            _, at_old, at_new = np.intersect1d(before.persons, after.persons, assume_unique=True, return_indices=True)
            then[at_new], now[at_old] = at_old, at_new
            same = np.ones(len(at_old), dtype=np.bool_)
            for hierarchy, codes in before.finest.items():
                same &= codes[at_old] == after.finest[hierarchy][at_new]
            stays_old, stays_new = np.zeros(len(before), dtype=np.bool_), np.zeros(len(after), dtype=np.bool_)
            stays_old[at_old[same]], stays_new[at_new[same]] = True, True
            self._aligned[old, new] = Alignment(then, now, np.flatnonzero(~stays_new), np.flatnonzero(~stays_old))
        return self._aligned[old, new]

    def outside(
        self, parent: Table, child: Table, above: Longs, rows: Longs, old: int, new: int
    ) -> tuple[Longs, Longs]:
        """Of who is in a finer row later: how many were not in the whole then, and how many came from within it.

        Only who is described otherwise in the two months, or is in one of them alone, has to be looked at.
        """
        aligned = self.aligned(old, new)
        then = aligned.then[aligned.came]
        parts = self._rows_of(new, child, aligned.came, (old, new, "came"))
        wholes = np.where(then >= 0, self._rows_of(old, parent, np.maximum(then, 0), (old, new, "then")), -1)
        over = np.full(len(child.keys) + 1, -1, dtype=np.int64)
        over[rows] = above
        inside = over[parts] >= 0
        parts, stays = parts[inside], wholes[inside] == over[parts[inside]]
        size = len(child.keys)
        return (np.bincount(parts[~stays], minlength=size)[rows], np.bincount(parts[stays], minlength=size)[rows])

    def _rows_of(self, month: int, table: Table, places: Longs, who: tuple[int, int, str]) -> Longs:
        """The listed rows of those who moved between two months, in one of them; remembered while there is room."""
        key = (*who, id(table))
        if key not in self._moving:
            if sum(map(len, self._moving.values())) + len(places) > _REMEMBERED:
                self._moving.clear()
            keys = keys_of(_some(self.known.months[month], places), self.seen.finest, table.levels)
            self._moving[key] = rows_at(table, keys).astype(np.int32)
        return self._moving[key]

    def groups_apart(self, parent: Table, child: Table, above: Longs, rows: Longs, old: int, new: int) -> Longs:
        """Of how many groups they are who are in a row of one month or in a finer one of the other, and not in both.

        A group of the whole is not among them where all of it that is in the whole is in the part too.
        """
        wholes, parts = self.rows(old, parent), self.rows(new, child)
        over = np.full(len(child.keys) + 1, -1, dtype=np.int64)
        over[rows] = above
        # of a whole beside one part alone, who is in both need not be looked at
        alone = np.full(len(parent.keys) + 1, -2, dtype=np.int64)
        times = np.bincount(above, minlength=len(parent.keys) + 1)
        alone[above] = np.where(times[above] == 1, rows, -1)
        then = parts if old == new else self._at_other(parts, self.aligned(old, new).now)
        inside = np.flatnonzero(alone[wholes] != -2)
        whole, part = wholes[inside], then[inside]
        part = np.where((part >= 0) & (over[part] == whole), part, -1)
        open_ = (part < 0) | (alone[whole] != part)
        inside, whole, part = inside[open_], whole[open_], part[open_]
        families = self.known.months[old].families[inside]
        if old == new:
            joined = fresh = np.zeros(0, dtype=np.int64)
        else:
            before = self._at_other(wholes, self.aligned(old, new).then)
            came = np.flatnonzero((over[parts] >= 0) & (over[parts] != before))
            joined, fresh = parts[came], self.known.months[new].families[came]
        return _touched(whole, part, families, joined, fresh, over)[rows] + _counted_groups(whole, families, above)

    def went_to(self, table: Table, old: int, new: int) -> tuple[Longs, Longs, Longs]:
        """From which rows of one month people went to which others until another one, and how many of each."""
        one, other, aligned = self.known.months[old], self.known.months[new], self.aligned(old, new)
        following = aligned.now[aligned.went]
        stays = following >= 0
        was = keys_of(_some(one, aligned.went[stays]), self.seen.finest, table.levels)
        now = keys_of(_some(other, following[stays]), self.seen.finest, table.levels)
        pairs, times = np.unique(np.stack([was, now])[:, was != now], axis=1, return_counts=True)
        return pairs[0], pairs[1], times

    def moved(self, table: Table, keys: Longs, old: int, new: int) -> tuple[Longs, Longs]:
        """How many persons, of how many groups, are in a row in one of two months and not in the other."""
        one, other, aligned = self.known.months[old], self.known.months[new], self.aligned(old, new)
        was = keys_of(_some(one, aligned.went), self.seen.finest, table.levels)
        now = keys_of(_some(other, aligned.came), self.seen.finest, table.levels)
        # who is described otherwise, and is in the same row in both months, did not move
        places = np.full(len(other), -1, dtype=np.int64)
        places[aligned.came] = np.arange(len(aligned.came))
        following = aligned.now[aligned.went]
        at_new = np.where(following >= 0, places[following], -1)
        stays = (at_new >= 0) & (was == now[at_new]) if len(now) else np.zeros(len(was), dtype=np.bool_)
        left = np.ones(len(now), dtype=np.bool_)
        left[at_new[stays]] = False
        moving = np.concatenate([was[~stays], now[left]])
        families = np.concatenate([one.families[aligned.went][~stays], other.families[aligned.came][left]])
        return counted(moving, keys, cells(table.levels)), groups_in(moving, families, keys)

    def _at_other(self, rows: Longs, places: Longs) -> Longs:
        """The rows of persons by their places in another month; -1 for who is not there."""
        return np.where(places >= 0, rows[places], -1)


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
    people: People, finest: Mapping[str, Level], shapes: Sequence[tuple[Level, ...]], enough: int, fewest: int
) -> dict[Shape, Universe]:
    """The universe of each table: persons are gone through for those that no finer table is there for."""
    found: dict[Shape, tuple[tuple[Level, ...], Universe]] = {}
    largest = enough // max(1, fewest - 1)
    everyone = _Everyone(people, finest)
    for levels in sorted(shapes, key=lambda one: -sum(level.depth for level in one)):
        own, wanted = dict(shape_of(levels)), fewest * CLEARLY
        finer = [one for shape, one in found.items() if _is_within(own, dict(shape))]
        many = (wanted - 1) * largest
        if finer:
            source_levels, source = min(finer, key=lambda one: len(one[1].keys))
            made = _added_up(everyone, levels, coarser_keys(source.keys, source_levels, levels), source, wanted)
        else:
            keys, persons = _occurring(everyone.rows(levels), cells(levels))
            groups = np.where(persons > many, MANY, 0)
            made = _with_groups(everyone, levels, Universe(keys, persons, groups), persons <= many, wanted)
        found[shape_of(levels)] = (levels, made)
    return {shape: one for shape, (_, one) in found.items()}


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


def _is_within(coarse: Mapping[str, int], fine: Mapping[str, int]) -> bool:
    return all(fine.get(name, 0) >= depth for name, depth in coarse.items())


def _occurring(own: Longs, size: int) -> tuple[Longs, Longs]:
    if size <= _LOOKED_UP:
        times = np.bincount(own, minlength=size)
        keys = np.flatnonzero(times)
        return keys, times[keys]
    keys, times = np.unique(own, return_counts=True)
    return keys, times.astype(np.int64)


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
    if size <= _LOOKED_UP:
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


def _counted_groups(whole: Longs, families: Longs, above: Longs) -> Longs:
    return groups_by(whole, families, int(above.max(initial=-1)) + 1)[above]


def _touched(whole: Longs, part: Longs, families: Longs, joined: Longs, fresh: Longs, over: Longs) -> Longs:
    """For each part, the groups of those who joined that have nobody in the whole, less those wholly in the part.

    Args:
        whole, part, families: of each who was in a whole: it, the part they are in too (-1: none), and their group.
        joined, fresh: of each who is in a part and was not in its whole: the part, and their group.
    """
    known = distinct(np.concatenate([families, fresh]))
    size, parts = max(1, len(known)), len(over) - 1
    pairs = whole * size + np.searchsorted(known, families)
    order = np.lexsort((part, pairs))
    pairs, part = pairs[order], part[order]
    first = np.flatnonzero(np.r_[True, pairs[1:] != pairs[:-1]]) if len(pairs) else np.zeros(0, dtype=np.int64)
    last = np.r_[first[1:], len(pairs)] - 1 if len(pairs) else first
    of_whole = pairs[first]
    within = (part[first] == part[last]) & (part[first] >= 0)
    inside, group = part[first][within], of_whole[within] % size
    came = distinct(joined * size + np.searchsorted(known, fresh))
    inside = inside[~np.isin(inside * size + group, came)]
    new = came[~np.isin(over[came // size] * size + came % size, of_whole)] // size
    return np.bincount(new, minlength=parts) - np.bincount(inside, minlength=parts)


def _months(table: Table) -> list[int]:
    """The months that its published numbers are of."""
    return [int(one) for one in np.unique(table.since[table.is_published])]


def _at(flags: Flags, rows: Longs) -> Flags:
    return np.append(flags, False)[rows]


def _some(people: People, places: Longs) -> People:
    finest = {hierarchy: codes[places] for hierarchy, codes in people.finest.items()}
    return People(people.persons[places], people.families[places], finest, people.units[places])
