"""The universe of a table: every row in which there is anybody, with how many persons and of how many groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataport.attackers.counting import (
    Shape,
    cells,
    coarser_keys,
    distinct_pairs,
    member_codes,
    occurring,
    shape_of,
)
from dataport.attackers.downloaded import Codes, Flags, Level, Longs, People
from dataport.attackers.parts import LOOKED_UP
from dataport.copies import shared

# Groups are counted up to so many times as many as may be told.
CLEARLY = 3
# Stands for a number of groups that is large enough for every rule, and was not counted.
MANY = 1_000_000


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

    def at(self, keys: Longs, values: Longs) -> Longs:
        """What `persons` or `groups` is for each of some keys; 0 where there is nobody."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, values[place], 0)


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
    finer = [[one for one in range(nth) if is_within(own, depths[one])] for nth, own in enumerate(depths)]
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


def is_within(coarse: Mapping[str, int], fine: Mapping[str, int]) -> bool:
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
