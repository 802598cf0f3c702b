"""Intervals: between which numbers a withheld one must lie, given all that is published around it.

A linear programme over the rows of one table within one place: every published number, of this table and of all coarser
ones, holds the sum of its rows to within the noise. The least and the greatest that a withheld row can be follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dataport.attackers.counting import (
    cells,
    coarser_keys,
    decoded,
    is_coarser,
    rows_at,
    said_at,
)
from dataport.attackers.downloaded import Downloaded, Floats, Longs, Table
from dataport.attackers.programmes import Programme, bounds
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured

# A programme has so many rows at most: a table or place with more is left to those with fewer.
_MOST_ROWS, _MOST_CELLS = 1_500, 200_000
_MOST_WANTED = 3


@dataclass(frozen=True, slots=True)
class _Target:
    """Rows of one table that are solved together, whether they are listed or not, and the withheld ones looked at."""

    table: Table
    keys: Longs
    said: Floats
    wanted: Longs


def intervals(register: Register, targets: int = 60, seed: int = 5) -> Measured:
    """Of how many withheld rows it is certain that there is somebody, and few; or of which secret a few persons are."""
    seen = register.seen
    few = tried = 0
    widths: list[float] = []
    for target in _targets(seen, targets, seed):
        programme = _programme(register, target)
        truth = register.persons_at(target.table.levels, target.keys)
        places = target.wanted.tolist()
        # numbers of several months need not fit together: then nothing follows from them
        for place, (least, greatest) in zip(places, bounds(programme, places), strict=False):
            tried += 1
            widths.append(greatest - least)
            if target.table.is_sensitive:
                few += greatest - least < 0.5 and programme.most[place] > 0.5 and truth[place] > 0
            else:
                few += least > 0.5 and greatest < seen.fewest_persons - 0.5
    middle = f"; half of all intervals are {np.median(widths):.0f} wide or more" if widths else ""
    return Measured(few, None, tried, "withheld numbers that must be few, or of few people are certain" + middle)


def _targets(seen: Downloaded, most: int, seed: int) -> Iterator[_Target]:
    """Withheld rows, drawn from every table that has some, with the rows of the same place."""
    draw = np.random.default_rng(seed)
    tables = [table for table in seen.months[-1] if table.levels and cells(table.levels) <= _MOST_CELLS]
    for number in draw.permutation(len(tables)).tolist()[:most]:
        table = tables[number]
        universe = np.arange(cells(table.levels), dtype=np.int64)
        said = said_at(table, universe)
        withheld = np.flatnonzero(np.isnan(said))
        if not len(withheld):
            continue
        keys = _beside(table, universe, int(draw.choice(withheld)))
        wanted = np.flatnonzero(np.isnan(said[keys]))
        if len(keys) <= _MOST_ROWS:
            yield _Target(table, keys, said[keys], draw.permutation(wanted)[:_MOST_WANTED])


def _beside(table: Table, universe: Longs, chosen: int) -> Longs:
    """The rows within one place in which this one lies: the largest that is not too large."""
    places = {level.hierarchy: nth for nth, level in enumerate(table.levels)}
    rows = universe
    if "geography" in places:
        level = table.levels[places["geography"]]
        codes = decoded(universe, table.levels)[places["geography"]]
        for above in sorted(level.above.values(), key=lambda one: int(one.max(initial=0))):
            if len(rows) > _MOST_ROWS:
                rows = np.flatnonzero(above[codes] == above[codes[chosen]])
    return rows


def _programme(register: Register, target: _Target) -> Programme:
    """Every published number about these rows, each within its noise; how many there can be at most is the roster's."""
    seen, table, keys = register.seen, target.table, target.keys
    least, most = np.zeros(len(keys)), np.full(len(keys), np.inf)
    if table.is_sensitive:
        most = register.on_roster(replace(table, keys=keys)).astype(np.float64)
    shown = np.flatnonzero(~np.isnan(target.said))
    noise = _slack(seen, table)[rows_at(table, keys[shown])]
    least[shown] = np.maximum(target.said[shown] - noise, seen.fewest_persons)
    most[shown] = np.minimum(most[shown], target.said[shown] + noise)
    sums: list[tuple[Longs, float, float]] = []
    for parent in seen.months[-1]:
        if is_coarser(parent, table):
            sums += _sums(seen, parent, target)
    return Programme(least, np.maximum(least, most), tuple(sums))


def _slack(seen: Downloaded, table: Table) -> Floats:
    """By how much each number may be off: its noise, and where it is of an earlier month as many as came or went."""
    is_old = table.since != len(seen.months) - 1
    return seen.noise_of(table).most + np.where(is_old, seen.fewest_persons - 1.0, 0.0)


def _sums(seen: Downloaded, parent: Table, target: _Target) -> Iterator[tuple[Longs, float, float]]:
    """The published rows of a coarser table that lie wholly in these rows: what adds up to each, least and greatest."""
    table = target.table
    universe = coarser_keys(np.arange(cells(table.levels), dtype=np.int64), table.levels, parent.levels)
    above = rows_at(parent, universe)
    size = len(parent.keys)
    everywhere = np.bincount(above[above >= 0], minlength=size)
    own = above[target.keys]
    inside = np.bincount(own[own >= 0], minlength=size)
    slack = _slack(seen, parent)
    for row in np.flatnonzero((inside > 0) & (inside == everywhere) & parent.is_published).tolist():
        said = float(parent.persons[row])
        yield np.flatnonzero(own == row), max(said - slack[row], seen.fewest_persons), said + slack[row]
