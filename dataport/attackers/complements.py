"""Complements and trackers: what is withheld, had from what is published around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dataport.attackers.counting import (
    coarser_keys,
    differing,
    is_coarser,
    left_over,
    pairs_of_tables,
    rows_at,
)
from dataport.attackers.downloaded import Downloaded, Flags, Floats, Longs, Table
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured


def complements(register: Register) -> Measured:
    """How many totals less all their published parts leave a few persons who are withheld, and are thus told of.

    Where the numbers are of one month. Those of several leave who is withheld, and who came and went besides: whom they
    tell of is held by the exact rules; here it is told how often whoever takes what is left for the withheld is right.
    """
    seen = register.seen
    found = tried = near = claimed = right = 0
    for parent, child, above in pairs_of_tables(seen.months[-1]):
        shown = child.is_published & (above >= 0)
        size = len(parent.keys)

        # a number of an earlier month is of the people of that month
        behind = left_over(register.persons(parent), register.persons(child), shown, above)
        told = np.rint(left_over(parent.persons, child.persons, shown, above))
        is_line = parent.is_published & (np.bincount(above[shown], minlength=size) > 0)
        other = parent.since[above[shown]] != child.since[shown]
        is_mixed = np.bincount(above[shown], weights=other, minlength=size) > 0
        few = np.flatnonzero(is_line & ~is_mixed & _is_few(behind, seen))
        tried += int(is_line.sum())
        found += len(few)
        near += int(np.count_nonzero(told[few] == behind[few]))
        claims = np.flatnonzero(is_line & is_mixed & _is_few(told, seen))
        if len(claims):
            withheld = left_over(register.there(parent), register.there(child), shown, above)
            claimed += len(claims)
            right += int(np.count_nonzero(withheld[claims] == told[claims]))
    says = f"totals less their published parts that leave a few persons, {near} exactly"
    if claimed:
        says += f"; of {claimed:,} that seem to, where numbers are of several months, {right:,} are as they seem"
    return Measured(found, None, tried, says)


def _is_few(counts: Floats, seen: Downloaded) -> Flags:
    return (counts > 0) & (counts < seen.fewest_persons)


def trackers(register: Register) -> Measured:
    """How often those who are in neither of two published parts are told exactly, where they are few.

    Of a row, one part by one trait, another by a second, and both together: the row less the two parts, and both again.
    """
    right = tried = looked_at = 0
    for told, truth in _quadrants(register):
        few = (truth > 0) & (truth < register.seen.fewest_persons)
        looked_at += len(truth)
        tried += int(few.sum())
        right += int(np.count_nonzero(np.rint(told[few]) == truth[few]))
    says = f"share that is told exactly of the {tried:,} sets of a few persons in neither of two parts"
    return Measured(right / max(1, tried), None, looked_at, says, share_of=tried)


def _quadrants(register: Register) -> Iterator[tuple[Floats, Longs]]:
    tables = register.seen.months[-1]
    counts = {table.name: register.there(table) for table in tables}
    for both in tables:
        coarser = [one for one in tables if is_coarser(one, both)]
        for first, second, whole in _squares(both, coarser):
            places = [rows_at(one, coarser_keys(both.keys, both.levels, one.levels)) for one in (first, second, whole)]
            rows = np.flatnonzero(both.is_published & np.all([place >= 0 for place in places], axis=0))
            at = [place[rows] for place in places]
            shown = np.all(
                [one.is_published[place] for one, place in zip((first, second, whole), at, strict=True)], axis=0
            )
            rows, at = rows[shown], [place[shown] for place in at]
            one, two, all_ = at
            told = whole.persons[all_] - first.persons[one] - second.persons[two] + both.persons[rows]
            truth = (
                counts[whole.name][all_] - counts[first.name][one] - counts[second.name][two] + counts[both.name][rows]
            )
            yield told, truth


def _squares(both: Table, coarser: Sequence[Table]) -> Iterator[tuple[Table, Table, Table]]:
    """Two coarser tables that are coarser in one hierarchy each, and the one that is coarser in both."""
    single = [one for one in coarser if len(differing(one, both)) == 1]
    for number, first in enumerate(single):
        for second in single[:number]:
            ways = differing(first, both) + differing(second, both)
            if len(set(ways)) == 2:
                depths = {level.hierarchy: level.depth for level in both.levels}
                for one in (first, second):
                    own = {level.hierarchy: level.depth for level in one.levels}
                    depths = {name: min(depth, own.get(name, 0)) for name, depth in depths.items()}
                wanted = {name: depth for name, depth in depths.items() if depth}
                for whole in coarser:
                    if {level.hierarchy: level.depth for level in whole.levels} == wanted:
                        yield first, second, whole
