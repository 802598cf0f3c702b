"""The exact rules over all that is published, counted anew from the people: what breaks one may not be published.

Nothing here is shared with what builds the cube: a mistake there is not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from dataport.attackers.beside import Beside
from dataport.attackers.counting import Shape, coarser_among, last_printed, rows_at, shape_of
from dataport.attackers.downloaded import Downloaded, Flags, Longs, Table
from dataport.attackers.parts import Parts
from dataport.attackers.register import Register
from dataport.copies import shared

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
class _Month:
    """The tables of a month by their shapes: as they are, and with the number that each cell printed last."""

    number: int
    own: dict[Shape, Table]
    latest: dict[Shape, Table]


def violations(register: Register, *, newest_alone: bool = False, processes: int = 1) -> tuple[Violation, ...]:
    """Every rule that what is published breaks; empty where it may be published.

    What was printed before was held against the rules when it was new: who has been erased since is no longer counted
    in it. So of two numbers that tell too much, one is of the month itself.

    Args:
        newest_alone: only what the last month breaks, by itself and beside all that were before it.
        processes: how many share the tables.
    """
    seen = register.seen
    first = len(seen.months) - 1 if newest_alone else 0
    # what was printed once is in somebody's hands, whatever is printed now
    printed = [_by_shape(_first_printed(seen, month)) for month in range(len(seen.months))]
    months = [
        _Month(month, _by_shape(seen.months[month]), _by_shape(last_printed(seen, month)))
        for month in range(first, len(seen.months))
    ]
    register.count(processes)

    def broken(shape: Shape) -> list[Violation]:
        of_shape = [one for month in (*printed, *(one.own for one in months)) if (one := month.get(shape))]
        parts = register.parts(of_shape)
        told = (_of_table(register, parts, shape, month, printed[: month.number]) for month in months)
        return [one for of_month in told for one in of_month if one.times]

    # table by table, so that everybody is put into the cells of each once; the finest first
    shapes = dict.fromkeys(shape for month in months for shape in month.latest)
    found = shared(broken, sorted(shapes, key=_by_depth), processes)
    return tuple(one for of_shape in found for one in of_shape)


def _by_depth(shape: Shape) -> tuple[int, list[tuple[str, int]]]:
    return -sum(depth for _, depth in shape), sorted(shape)


def _by_shape(tables: Sequence[Table]) -> dict[Shape, Table]:
    return {shape_of(one.levels): one for one in tables}


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


def _of_table(
    register: Register, parts: Parts, shape: Shape, month: _Month, earlier: Sequence[dict[Shape, Table]]
) -> Iterator[Violation]:
    """What one table of a month breaks: by itself, beside every coarser one, and beside what was printed before."""
    own = month.own.get(shape)
    if own:
        yield _row(register, month.number, own)
    for beside in _besides(register, parts, own, month.own):
        yield from _slivers(register, month.number, beside)
        yield from _told(month.number, "line", beside, _lines(register, month.number, beside))
    for before in earlier:
        for beside in _besides(register, parts, own, before):
            yield from _slivers(register, month.number, beside)
        for beside in _besides(register, parts, before.get(shape), month.own):
            yield from _slivers(register, month.number, beside)
    for beside in _besides(register, parts, month.latest[shape], month.latest) if month.number else ():
        yield from _told(month.number, "line over months", beside, _lines(register, month.number, beside))
    if own:
        yield _change(register, parts, month.number, own, [one[shape] for one in earlier if shape in one])


def _besides(register: Register, parts: Parts, child: Table | None, parents: dict[Shape, Table]) -> Iterator[Beside]:
    """A table beside all coarser ones, if there is such a table and any of them."""
    if child and (coarser := tuple(coarser_among(child, parents))):
        yield Beside.of(register, parts, child, coarser)


def _told(month: int, rule: Rule, beside: Beside, wholes: Longs) -> Iterator[Violation]:
    """How often a rule is broken with each coarser table."""
    for parent, times in zip(beside.parents, beside.by_table(wholes), strict=True):
        yield Violation(rule, month, (parent.name, beside.child.name), times)


def _row(register: Register, month: int, table: Table) -> Violation:
    persons, groups = register.persons(table), register.groups(table)
    is_new = table.is_published & (table.since == month)
    few = (persons < register.seen.fewest_persons) | (groups < register.seen.fewest_groups)
    rule: Rule = "split" if table.is_sensitive else "row"
    return Violation(rule, month, (table.name,), int((few & is_new).sum()))


def _slivers(register: Register, month: int, beside: Beside) -> Iterator[Violation]:
    """Published parents less published children, over any number of steps, of which one is new."""
    old, new = beside.whole_since[beside.whole], beside.since[beside.row]
    is_new = np.flatnonzero((old == month) | (new == month))
    few = np.zeros(len(is_new), dtype=np.bool_)
    months = len(register.seen.months)
    together = (old.astype(np.int64) * months + new)[is_new]
    for both in np.unique(together).tolist():
        these = np.flatnonzero(together == both)
        few[these] = _few_apart(register, beside, is_new[these], *divmod(both, months))
    yield from _told(month, "sliver", beside, beside.whole[is_new[few]])


def _few_apart(register: Register, beside: Beside, these: Longs, old: int, new: int) -> Flags:
    """Which of some pairs leave a few persons, or too few groups, between the row of one month and that of another."""
    seen = register.seen
    whole, row = beside.whole[these], beside.row[these]
    persons, within = beside.whole_persons[whole], beside.persons[row]
    apart: Longs = np.abs(persons - within)
    if old != new:
        near = np.flatnonzero(apart <= register.enough(old, new))
        newcomers = beside.newcomers(whole[near], row[near], old, new)
        apart[near] = persons[near] - within[near] + 2 * newcomers
    few: Flags = (apart > 0) & (apart < seen.fewest_persons)
    unsure = np.flatnonzero((apart >= seen.fewest_persons) & (apart <= register.enough(old, new)))
    if len(unsure):
        groups = beside.groups_apart(register.folk, whole[unsure], row[unsure], old, new)
        few[unsure] = groups < seen.fewest_groups
    return few


def _lines(register: Register, month: int, beside: Beside) -> Longs:
    """Wholes with a new number in the line, of which the published parts leave a few persons, or too few groups.

    Where the numbers are of several months, it is who is counted in one and not in the others, or oftener than once.
    """
    fewest = register.seen.fewest_persons
    wholes, place = np.unique(beside.whole, return_inverse=True)
    part, since, own = beside.persons[beside.row], beside.since[beside.row], beside.whole_since[wholes]
    left = beside.whole_persons[wholes] - np.bincount(place, weights=part, minlength=len(wholes)).astype(np.int64)
    is_mixed = np.bincount(place, weights=own[place] != since, minlength=len(wholes)) > 0
    is_new = (own == month) | (np.bincount(place, weights=since == month, minlength=len(wholes)) > 0)
    few = (left > 0) & (left < fewest) & ~is_mixed & is_new
    unsure = np.flatnonzero(is_mixed & is_new & (np.abs(left) < fewest))
    if len(unsure):
        persons, groups = beside.told_of(register.folk, wholes[unsure])
        few[unsure] = (persons > 0) & ((persons < fewest) | (groups < register.seen.fewest_groups))
    found: Longs = wholes[few]
    return found


def _change(register: Register, parts: Parts, month: int, table: Table, earlier: Sequence[Table]) -> Violation:
    """Rows printed of two months, whichever, between which a few persons came or went."""
    seen, times = register.seen, 0
    told = [_pairs_of_months(table, one, month, len(seen.months)) for one in earlier]
    pairs, keys = np.unique(np.concatenate(told, axis=1), axis=1) if told else np.zeros((2, 0), dtype=np.int64)
    for both in np.unique(pairs).tolist():
        old, new = divmod(both, len(seen.months))
        persons, groups = register.moved(parts, keys[pairs == both], old, new)
        few = (persons < seen.fewest_persons) | (groups < seen.fewest_groups)
        times += int(np.count_nonzero((persons > 0) & few))
    times += sum(_renamed(register, parts, month, table, one) for one in earlier)
    return Violation("change", month, (table.name,), times)


def _renamed(register: Register, parts: Parts, month: int, table: Table, before: Table) -> int:
    """New rows that are of nearly the same people as another row was printed of: a rare category is put with others."""
    found = 0
    for old in np.unique(before.since[before.is_published]).tolist():
        was, now, both = _went(parts, old, month)
        then, rows = rows_at(before, was), rows_at(table, now)
        told = np.flatnonzero((then >= 0) & (rows >= 0))
        then, rows, both = then[told], rows[told], both[told]
        new = before.is_published[then] & (before.since[then] == old) & (table.since[rows] == month)
        new &= table.is_published[rows]
        apart = register.persons(before)[then] + register.persons(table)[rows] - 2 * both
        found += int(np.count_nonzero(new & (apart > 0) & (apart < register.seen.fewest_persons)))
    return found


def _went(parts: Parts, old: int, new: int) -> tuple[Longs, Longs, Longs]:
    """From which cells of one month people went to which others until another one, and how many of each."""
    was, now = parts.cell[old], parts.cell[new]
    went = (was >= 0) & (now >= 0) & (was != now)
    pairs, times = np.unique(was[went] * len(parts.keys) + now[went], return_counts=True)
    return parts.keys[pairs // len(parts.keys)], parts.keys[pairs % len(parts.keys)], times


def _pairs_of_months(table: Table, before: Table, month: int, months: int) -> Longs:
    """Two months as one number, and a key, where a number of the one and a number of the other are printed."""
    rows = np.flatnonzero(table.is_published & (table.since == month))
    places = rows_at(before, table.keys[rows])
    rows, places = rows[places >= 0], places[places >= 0]
    both = before.is_published[places] & (before.since[places] != table.since[rows])
    rows, places = rows[both], places[both]
    return np.stack([before.since[places].astype(np.int64) * months + table.since[rows], table.keys[rows]])


__all__ = ["Violation", "violations"]
