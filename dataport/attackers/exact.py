"""The exact rules over all that is published, counted anew from the people: what breaks one may not be published.

Nothing here is shared with what builds the cube: a mistake there is not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from dataport.attackers.counting import coarser_among, coarser_keys, rows_at, shape_of
from dataport.attackers.downloaded import Downloaded, Flags, Known, Longs, Table
from dataport.attackers.register import CLEARLY, MANY, Register, groups_by

Rule: TypeAlias = Literal["row", "sliver", "line", "line over months", "split", "change", "insider"]


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken: where and how often, without saying by whom.

    Attributes:
        tables: the table, or the parent and the child, that together tell too much.
    """

    rule: Rule
    month: int
    tables: tuple[str, ...]
    times: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """Published rows of a table within published rows of a coarser one: row by row, the one above it."""

    parent: Table
    child: Table
    above: Longs
    rows: Longs


def violations(seen: Downloaded, known: Known, *, newest_alone: bool = False) -> tuple[Violation, ...]:
    """Every rule that what is published breaks; empty where it may be published.

    What was printed before was held against the rules when it was new: who has been erased since is no longer counted
    in it. So of two numbers that tell too much, one is of the month itself.

    Args:
        newest_alone: only what the last month breaks, by itself and beside all that were before it.
    """
    found: list[Violation] = []
    register = Register(seen, known)
    first = len(seen.months) - 1 if newest_alone else 0
    # what was printed once is in somebody's hands, whatever is printed now
    before = [_first_printed(seen, month) for month in range(len(seen.months) - 1)]
    latest = [_last_printed(seen, month) for month in range(first, len(seen.months))]
    for month, tables in enumerate(seen.months[first:], start=first):
        found += _rows(register, month, tables)
        found += _between(register, month, tables, tables)
        for earlier in before[:month]:
            found += _between(register, month, tables, earlier)
            found += _between(register, month, earlier, tables)
        if month:
            found += _over_months(register, month, latest[month - first])
        found += _changes(register, month, before[:month])
    return tuple(one for one in found if one.times)


def _first_printed(seen: Downloaded, month: int) -> list[Table]:
    """The tables of a month with the numbers that no month before it had printed: those of its own day.

    Kept numbers are with the month of their day, unless that one is not among those that are held against others.
    """
    is_here = np.array([bool(tables) for tables in seen.months])
    found = []
    for table in seen.months[month]:
        is_first = (table.since == month) | ~is_here[table.since]
        found.append(replace(table, persons=np.where(is_first, table.persons, np.nan)))
    return found


def _last_printed(seen: Downloaded, month: int) -> list[Table]:
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


def _over_months(register: Register, month: int, latest: Sequence[Table]) -> Iterator[Violation]:
    """A number less all those of its parts, each as it was printed last: what is withheld now was told then."""
    by_shape = {shape_of(one.levels): one for one in latest}
    for child in latest:
        for parent in coarser_among(child, by_shape):
            times = _lines(register, month, _published(parent, child))
            yield Violation("line over months", month, (parent.name, child.name), times)


def _rows(register: Register, month: int, tables: Sequence[Table]) -> Iterator[Violation]:
    for table in tables:
        persons, groups = register.persons(table), register.groups(table)
        is_new = table.is_published & (table.since == month)
        few = (persons < register.seen.fewest_persons) | (groups < register.seen.fewest_groups)
        rule: Rule = "split" if table.is_sensitive else "row"
        yield Violation(rule, month, (table.name,), int((few & is_new).sum()))


def _between(
    register: Register, month: int, parents: Sequence[Table], children: Sequence[Table]
) -> Iterator[Violation]:
    """Published parents less published children, over any number of steps; and less all published children at once."""
    seen = register.seen
    by_shape = {shape_of(one.levels): one for one in parents}
    for child in children:
        for parent in coarser_among(child, by_shape):
            pair = _published(parent, child)
            is_new = np.flatnonzero((parent.since[pair.above] == month) | (child.since[pair.rows] == month))
            if not len(is_new):
                continue
            few = np.zeros(len(pair.rows), dtype=np.bool_)
            together = parent.since[pair.above] * len(seen.months) + child.since[pair.rows]
            for both in np.unique(together[is_new]).tolist():
                old, new = divmod(both, len(seen.months))
                these = is_new[together[is_new] == both]
                few[these] = _few_apart(register, pair, these, old, new)
            yield Violation("sliver", month, (parent.name, child.name), int(few.sum()))
            if parents is children:
                yield Violation("line", month, (parent.name, child.name), _lines(register, month, pair))


def _published(parent: Table, child: Table) -> _Pair:
    rows = np.flatnonzero(child.is_published)
    above = rows_at(parent, coarser_keys(child.keys[rows], child.levels, parent.levels))
    both = above >= 0
    both[both] = parent.is_published[above[both]]
    return _Pair(parent, child, above[both], rows[both])


def _few_apart(register: Register, pair: _Pair, these: Longs, old: int, new: int) -> np.ndarray:
    """Which of some pairs leave a few persons, or too few groups, between the row of one month and that of another."""
    seen = register.seen
    above, rows = pair.above[these], pair.rows[these]
    persons, within = register.persons(pair.parent)[above], register.persons(pair.child)[rows]
    apart: Longs = np.abs(persons - within)
    came = np.zeros(len(these), dtype=np.int64)
    if old != new:
        near = np.flatnonzero(apart <= register.enough(old, new))
        if len(near):
            new_ones, came[near] = register.outside(pair.parent, pair.child, above[near], rows[near], old, new)
            apart[near] = persons[near] - within[near] + 2 * new_ones
    few: Flags = (apart > 0) & (apart < seen.fewest_persons)
    unsure = np.flatnonzero((apart >= seen.fewest_persons) & (apart <= register.enough(old, new)))
    unsure = unsure[~_is_another_enough(register, pair, above[unsure], rows[unsure], came[unsure], old)]
    if len(unsure):
        groups = register.groups_apart(pair.parent, pair.child, above[unsure], rows[unsure], old, new)
        few[unsure] = groups < seen.fewest_groups
    return few


def _is_another_enough(register: Register, pair: _Pair, above: Longs, rows: Longs, came: Longs, month: int) -> Flags:
    """Where a row has another part, published or not, of enough groups by itself: these are in what is left.

    Args:
        came: how many of the part were elsewhere in the row in that month: so many groups of the other may be gone.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    universe = register.universe(month, pair.child)
    wholes = rows_at(pair.parent, coarser_keys(universe.keys, pair.child.levels, pair.parent.levels))
    size, own = len(pair.parent.keys), np.searchsorted(universe.keys, pair.child.keys[rows])
    own = np.minimum(own, len(universe.keys) - 1)
    is_there = universe.keys[own] == pair.child.keys[rows]
    found = np.zeros(len(rows), dtype=np.bool_)
    fewest = register.seen.fewest_groups
    for least, most_gone in ((fewest, 0), (MANY, (CLEARLY - 1) * fewest)):
        is_enough = (universe.groups >= least) & (wholes >= 0)
        others = np.bincount(wholes[is_enough], minlength=size)[above] - (is_enough[own] & is_there)
        found |= (others > 0) & (came <= most_gone)
    return found


def _lines(register: Register, month: int, pair: _Pair) -> int:
    """Lines with a new number, of which the published parts leave a few persons of the whole, or too few groups.

    Where the numbers are of several months, it is who is counted in one and not in the others, or oftener than once.
    """
    fewest = register.seen.fewest_persons
    parents, place = np.unique(pair.above, return_inverse=True)
    whole, part = register.persons(pair.parent)[parents], register.persons(pair.child)[pair.rows]
    left = whole - np.bincount(place, weights=part, minlength=len(parents)).astype(np.int64)
    since = pair.child.since[pair.rows]
    is_mixed = np.bincount(place, weights=pair.parent.since[pair.above] != since, minlength=len(parents)) > 0
    is_new = (pair.parent.since[parents] == month) | (
        np.bincount(place, weights=since == month, minlength=len(parents)) > 0
    )
    few = (left > 0) & (left < fewest) & ~is_mixed & is_new
    unsure = np.flatnonzero(is_mixed & is_new & (np.abs(left) < fewest))
    if len(unsure):
        persons, groups = _told_of(register, pair, parents[unsure])
        few[unsure] = (persons > 0) & ((persons < fewest) | (groups < register.seen.fewest_groups))
    return int(few.sum())


def _told_of(register: Register, pair: _Pair, parents: Longs) -> tuple[Longs, Longs]:
    """How many persons, of how many groups, a row less its parts tells of: each number of the people of its month."""
    numbers = np.full(len(pair.parent.keys), -1, dtype=np.int64)
    numbers[parents] = np.arange(len(parents))
    wholes, parts = [], []
    for since in np.unique(pair.parent.since[parents]).tolist():
        own = np.where(pair.parent.since == since, numbers, -1)
        wholes.append(register.members(since, pair.parent, own))
    for since in np.unique(pair.child.since[pair.rows]).tolist():
        own = np.full(len(pair.child.keys), -1, dtype=np.int64)
        now = pair.child.since[pair.rows] == since
        own[pair.rows[now]] = numbers[pair.above[now]]
        parts.append(register.members(since, pair.child, own))
    one, other = (np.concatenate(each) for each in (wholes, parts))
    # who was in two parts by turns is taken off twice
    each, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    times = np.bincount(place, weights=np.where(np.arange(len(place)) < len(one), 1, -1), minlength=len(each))
    told = each[times != 0]
    line, person = told // register.everybody, told % register.everybody
    groups = groups_by(line, register.families[person], len(parents))
    return np.bincount(line, minlength=len(parents)), groups


def _changes(register: Register, month: int, earlier: Sequence[Sequence[Table]]) -> Iterator[Violation]:
    """Rows printed of two months, whichever, between which a few persons came or went."""
    seen = register.seen
    before: dict[str, list[Table]] = {}
    for table in (table for each in earlier for table in each):
        before.setdefault(table.name, []).append(table)
    for table in seen.months[month]:
        told = [_pairs_of_months(table, one, month, len(seen.months)) for one in before.get(table.name, ())]
        if not told:
            continue
        pairs, keys = np.unique(np.concatenate(told, axis=1), axis=1)
        times = 0
        for both in np.unique(pairs).tolist():
            old, new = divmod(both, len(seen.months))
            persons, groups = register.moved(table, keys[pairs == both], old, new)
            few = (persons < seen.fewest_persons) | (groups < seen.fewest_groups)
            times += int(np.count_nonzero((persons > 0) & few))
        times += sum(_renamed(register, month, table, one) for one in before[table.name])
        yield Violation("change", month, (table.name,), times)


def _renamed(register: Register, month: int, table: Table, before: Table) -> int:
    """New rows that are of nearly the same people as another row was printed of: a rare category is put with others."""
    found = 0
    for old in np.unique(before.since[before.is_published]).tolist():
        was, now, both = register.went_to(table, old, month)
        then, rows = rows_at(before, was), rows_at(table, now)
        told = np.flatnonzero((then >= 0) & (rows >= 0))
        then, rows, both = then[told], rows[told], both[told]
        new = before.is_published[then] & (before.since[then] == old) & (table.since[rows] == month)
        new &= table.is_published[rows]
        apart = register.persons(before)[then] + register.persons(table)[rows] - 2 * both
        found += int(np.count_nonzero(new & (apart > 0) & (apart < register.seen.fewest_persons)))
    return found


def _pairs_of_months(table: Table, before: Table, month: int, months: int) -> Longs:
    """Two months as one number, and a key, where a number of the one and a number of the other are printed."""
    rows = np.flatnonzero(table.is_published & (table.since == month))
    places = rows_at(before, table.keys[rows])
    rows, places = rows[places >= 0], places[places >= 0]
    both = before.is_published[places] & (before.since[places] != table.since[rows])
    rows, places = rows[both], places[both]
    return np.stack([before.since[places].astype(np.int64) * months + table.since[rows], table.keys[rows]])


__all__ = ["Violation", "violations"]
