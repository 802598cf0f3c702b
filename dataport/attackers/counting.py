"""Counting: rows of a table as numbers, how many there truly are in each, and which row lies within which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dataport.attackers.downloaded import Codes, Downloaded, Flags, Floats, Level, Longs, People, Table

# The hierarchies of a table with their depths.
Shape: TypeAlias = frozenset[tuple[str, int]]

# Up to so many cells a table is counted in place; beyond, what occurs is sorted.
_MOST_IN_PLACE = 20_000_000


def member_codes(people: People, finest: Mapping[str, Level], level: Level, who: Codes | None = None) -> Codes:
    """The member of a level that each person has, or each of some of them."""
    codes = people.finest[level.hierarchy]
    codes = codes if who is None else codes[who]
    bottom = finest[level.hierarchy]
    return codes if bottom.name == level.name else bottom.above[level.name][codes]


def keys_of(people: People, finest: Mapping[str, Level], levels: Sequence[Level], who: Codes | None = None) -> Longs:
    """The row of a table in which each person is, or each of some of them."""
    keys = np.zeros(len(people) if who is None else len(who), dtype=np.int64)
    for level in levels:
        keys *= level.size
        keys += member_codes(people, finest, level, who)
    return keys


def cells(levels: Sequence[Level]) -> int:
    """How many rows a table has, whether anybody is in them or not."""
    size = 1
    for level in levels:
        size *= level.size
    return size


def decoded(keys: Longs, levels: Sequence[Level]) -> list[Codes]:
    """The members that make up each key, level by level."""
    found: list[Codes] = []
    rest = keys
    for level in reversed(levels):
        rest, members = np.divmod(rest, level.size)
        found.append(members.astype(np.int32))
    return found[::-1]


def coarser_keys(keys: Longs, levels: Sequence[Level], coarser: Sequence[Level]) -> Longs:
    """The row of a coarser table in which each row of a finer one lies."""
    members = {level.hierarchy: (level, one) for level, one in zip(levels, decoded(keys, levels), strict=True)}
    found = np.zeros(len(keys), dtype=np.int64)
    for level in coarser:
        own, codes = members[level.hierarchy]
        found *= level.size
        found += codes if own.name == level.name else own.above[level.name][codes]
    return found


def rows_at(table: Table, keys: Longs) -> Longs:
    """The place of each key among a table's listed rows; -1 where it is not listed."""
    if not len(table.keys):
        return np.full(len(keys), -1, dtype=np.int64)
    places = np.minimum(np.searchsorted(table.keys, keys), len(table.keys) - 1)
    return np.where(table.keys[places] == keys, places, -1)


def said_at(table: Table, keys: Longs) -> Floats:
    """What is printed for each key; not a number where nothing is."""
    places = rows_at(table, keys)
    found = np.full(len(keys), np.nan)
    found[places >= 0] = table.persons[places[places >= 0]]
    return found


def counted(own: Longs, wanted: Longs, size: int) -> Longs:
    """How often each wanted key occurs among these."""
    if size <= _MOST_IN_PLACE:
        return np.bincount(own, minlength=size)[wanted]
    distinct, times = np.unique(own, return_counts=True)
    places = np.minimum(np.searchsorted(distinct, wanted), max(0, len(distinct) - 1))
    return np.where(distinct[places] == wanted, times[places], 0) if len(distinct) else np.zeros(len(wanted), np.int64)


def left_over(whole: NDArray[Any], part: NDArray[Any], shown: Flags, above: Longs) -> Floats:
    """What is left of each row once the numbers of its parts that are shown are taken from it."""
    left: Floats = whole - np.bincount(above[shown], weights=part[shown], minlength=len(whole))
    return left


def occurring(own: Longs, size: int) -> tuple[Longs, Longs]:
    """The keys that occur, ascending, and how often each does; keys are below a size."""
    if size <= _MOST_IN_PLACE:
        times = np.bincount(own, minlength=size)
        keys = np.flatnonzero(times)
        return keys, times[keys]
    keys, times = np.unique(own, return_counts=True)
    return keys, times.astype(np.int64)


def true_groups(people: People, finest: Mapping[str, Level], table: Table) -> Longs:
    """How many registration groups have a member in each listed row."""
    return groups_in(keys_of(people, finest, table.levels), people.families, table.keys)


def groups_in(own: Longs, families: Longs, wanted: Longs) -> Longs:
    """Of how many families the persons with each wanted key are."""
    distinct = distinct_pairs(own, families)
    places = np.searchsorted(distinct, wanted, side="left")
    return np.searchsorted(distinct, wanted, side="right") - places


def distinct_pairs(own: Longs, families: Longs) -> Longs:
    """The keys of all distinct pairs of key and family, ascending: each key as often as it has families."""
    order = np.lexsort((families, own))
    keys, owners = own[order], families[order]
    is_first = np.ones(len(keys), dtype=bool)
    is_first[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    return keys[is_first]


def base_levels(table: Table) -> tuple[Level, ...]:
    """The levels of a table but for its sensitive attribute."""
    return tuple(level for level in table.levels if not level.is_sensitive)


def is_coarser(table: Table, finer: Table) -> bool:
    """Whether each row of the finer table lies within one row of this other one."""
    own = {level.hierarchy: level for level in finer.levels}
    return table.levels != finer.levels and all(
        level.hierarchy in own and level.depth <= own[level.hierarchy].depth for level in table.levels
    )


def coarser_among(finer: Table, tables: Mapping[Shape, Table]) -> Iterator[Table]:
    """Every coarser table among some, by their shapes: not every table is held against every other."""
    own = {level.hierarchy: level.depth for level in finer.levels}
    for depths in product(*(range(depth + 1) for depth in own.values())):
        shape = frozenset((name, depth) for name, depth in zip(own, depths, strict=True) if depth)
        if depths != tuple(own.values()) and (found := tables.get(shape)):
            yield found


def shape_of(levels: Sequence[Level]) -> Shape:
    return frozenset((level.hierarchy, level.depth) for level in levels)


def pairs_of_tables(
    tables: Sequence[Table], finer_ones: Sequence[Table] | None = None
) -> Iterator[tuple[Table, Table, Longs]]:
    """Every table with every finer one, and the parent's row for each row of the finer one (-1: not listed)."""
    by_shape = {shape_of(one.levels): one for one in tables}
    for finer in tables if finer_ones is None else finer_ones:
        for parent in coarser_among(finer, by_shape):
            yield parent, finer, rows_at(parent, coarser_keys(finer.keys, finer.levels, parent.levels))


def differing(parent: Table, finer: Table) -> tuple[str, ...]:
    """The hierarchies in which the finer of two tables is finer."""
    above = {level.hierarchy: level.depth for level in parent.levels}
    return tuple(level.hierarchy for level in finer.levels if above.get(level.hierarchy) != level.depth)


def last_printed(seen: Downloaded, month: int) -> list[Table]:
    """The tables of a month with every number that it or one before it printed last, as who kept the files has them."""
    found: dict[str, Table] = {}
    for tables in seen.months[: month + 1]:
        for table in tables:
            rows = table.is_published
            now = replace(table, keys=table.keys[rows], persons=table.persons[rows], since=table.since[rows])
            if before := found.get(table.name):
                stays = ~np.isin(before.keys, now.keys)
                keys = np.concatenate([before.keys[stays], now.keys])
                order = np.argsort(keys)
                persons = np.concatenate([before.persons[stays], now.persons])[order]
                since = np.concatenate([before.since[stays], now.since])[order]
                now = replace(now, keys=keys[order], persons=persons, since=since)
            found[table.name] = replace(now, groups=None, means=None, sums=None)
    return list(found.values())
