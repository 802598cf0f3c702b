"""Zero against small: whether what is not told is nobody or a few people.

What is withheld is guessed from all that is published: totals of all coarser tables, what is left in them once the
printed parts are taken away, which rows are listed, and how often a withheld row of the table is nobody. Guessing from
the published totals alone is what anybody can do, and tells of groups. They leave so much unknown, in bits; how much of
that everything together tells is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import (
    cells,
    coarser_keys,
    decoded,
    differing,
    is_coarser,
    last_printed,
    rows_at,
    said_at,
)
from dataport.attackers.downloaded import Downloaded, Flags, Floats, Longs, Table
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured

_MOST_CELLS = 20_000
_SWEEPS = 3
# Rows are told apart by tenths of their table, as they are guessed, and tables by tenths of their rows that are small.
_PARTS = 10


@dataclass(frozen=True, slots=True)
class _Above:
    """A coarser table: in which of its rows each row lies (-1: in none), and what is left there for those withheld.

    Attributes:
        spread: how far off that may be by the noise of the total and of the parts that were taken from it.
    """

    row: Longs
    rest: Floats
    spread: Floats
    people: float
    is_next: bool


def zeros(register: Register) -> Measured:
    """How much of what totals leave unknown of zeros and small numbers is told by everything: none is 0, all is 1."""
    seen = register.seen
    # anybody has the files of the months before, and guesses from the totals there too
    tables = last_printed(seen, len(seen.months) - 1)
    everything: list[list[Floats]] = []
    totals: list[list[Floats]] = []
    small: list[Flags] = []
    for table in tables:
        if not table.levels or cells(table.levels) > _MOST_CELLS:
            continue
        universe = np.arange(cells(table.levels), dtype=np.int64)
        truth = register.persons_at(table.levels, universe)
        if (hidden := truth < seen.fewest_persons).any():
            by_all, by_totals = _guesses(seen, table, tables, universe, said_at(table, universe))
            everything.append([one[hidden] for one in by_all])
            totals.append([one[hidden] for one in by_totals])
            small.append(truth[hidden] > 0)
    if not small:
        return Measured(0.0, None, 0, "nothing is withheld")
    is_small = np.concatenate(small)
    whole = float(_bits(np.array([is_small.mean()]))[0])
    left, told = (min(unknown(way, small) for way in zip(*ways, strict=True)) for ways in (totals, everything))
    guessed, named = (
        max(area(np.concatenate(way), is_small) for way in zip(*ways, strict=True)) for ways in (totals, everything)
    )
    says = (
        f"share that is told of what totals leave unknown of zeros and small numbers ({left:.3f} of {whole:.3f} "
        f"bits); chance to name the small one of a zero and a small number, {named:.3f}, from totals {guessed:.3f}"
    )
    value = max(0.0, 1 - told / left) if left else 0.0
    return Measured(value, None, len(is_small), says, share_of=int(is_small.sum()))


def unknown(scores: Sequence[Floats], is_small: Sequence[Flags]) -> float:
    """Bits that are left, for each row, to whoever knows how often rows guessed like it are small.

    Args:
        scores: of each table the guesses, by which its rows are put in order; what is certain is infinite.
        is_small: what is so.
    """
    kinds = []
    for one, truth in zip(scores, is_small, strict=True):
        _, place, times = np.unique(one, return_inverse=True, return_counts=True)
        rank = ((np.cumsum(times) - times / 2) / len(one))[place]
        part = np.minimum((rank * _PARTS).astype(np.int64), _PARTS - 1)
        often = min(int(truth.mean() * _PARTS), _PARTS - 1)
        certain = np.where(np.isinf(one), np.where(one > 0, 1, 2), 0)
        kinds.append((often * _PARTS + part) * 3 + certain)
    kind, truth = np.concatenate(kinds), np.concatenate(is_small)
    rows = np.bincount(kind)
    few = np.bincount(kind, weights=truth)[rows > 0]
    rows = rows[rows > 0]
    return float((rows * _bits(few / rows)).sum() / len(truth))


def _bits(share: Floats) -> Floats:
    """What is unknown of something that is so with this chance."""
    sure = np.clip(share, 1e-12, 1 - 1e-12)
    return np.where((share > 0) & (share < 1), -(sure * np.log2(sure) + (1 - sure) * np.log2(1 - sure)), 0.0)


def area(scores: Floats, is_small: Flags) -> float:
    """The chance that one of these has a greater score than one of the others, equal scores counting half."""
    distinct, place, times = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[place]
    few, others = int(is_small.sum()), int((~is_small).sum())
    if not few or not others or not len(distinct):
        return 0.5
    return float((ranks[is_small].sum() - few * (few + 1) / 2) / (few * others))


def _guesses(
    seen: Downloaded, table: Table, tables: Sequence[Table], universe: Longs, printed: Floats
) -> tuple[list[Floats], list[Floats]]:
    """Scores of each row, the greater the surer somebody is in it: by everything, and by totals alone, in two ways."""
    everybody = max((float(one.persons[0]) for one in tables if not one.levels and len(one.keys)), default=0.0)
    shares = _by_traits(table, tables, universe, everybody)
    parents = [
        (parent, rows_at(parent, coarser_keys(universe, table.levels, parent.levels)))
        for parent in sorted(tables, key=lambda one: cells(one.levels))
        if parent.levels and len(parent.keys) and is_coarser(parent, table)
    ]

    def scored(said: Floats, is_open: Flags, fewest: int = 0) -> list[Floats]:
        above = [_above(seen, table, parent, row, said, is_open, fewest) for parent, row in parents]
        return [_fitted(shares * everybody, above, is_open), _weighed(shares, above, is_open)]

    # a zero that a coarser table prints tells of rows, and is no total of a group
    totals = scored(np.zeros(len(universe)), np.ones(len(universe), dtype=np.bool_), fewest=1)
    is_hidden = np.isnan(printed)
    habit = _listing(table, universe, rows_at(table, universe), is_hidden)
    guesses = scored(printed, is_hidden)
    everything = [np.where(printed == 0, -np.inf, np.where(is_hidden, one + habit, np.inf)) for one in guesses]
    return everything, totals


def _by_traits(table: Table, tables: Sequence[Table], universe: Longs, everybody: float) -> Floats:
    """What share of everybody would be in each row if its traits had nothing to do with each other."""
    guess = np.ones(len(universe))
    for level, codes in zip(table.levels, decoded(universe, table.levels), strict=True):
        total = next((one for one in tables if one.levels == (level,)), None)
        if total is None:
            continue
        rows = np.flatnonzero(total.is_published)
        left = max(0.0, everybody - float(total.persons[rows].sum()))
        share = np.full(level.size, max(0.5, left / max(1, level.size - len(rows))))
        share[total.keys[rows]] = total.persons[rows]
        guess *= (share / max(1.0, share.sum()))[codes]
    return guess


def _above(
    seen: Downloaded, table: Table, parent: Table, row: Longs, printed: Floats, is_open: Flags, fewest: int
) -> _Above:
    """A coarser table, with what is left in it for the open rows; of its rows those that say so many or more."""
    known, size = row >= 0, len(parent.keys)
    told = np.bincount(row[known], weights=np.where(is_open, 0, printed)[known], minlength=size)
    number = np.bincount(row[known], weights=~is_open[known], minlength=size)
    spread = np.sqrt(max(seen.noise_of(table).variance, 0.01) * (number + 1))
    is_total = parent.is_published & (parent.persons >= fewest)
    rest = np.where(is_total, np.maximum(parent.persons - told, 0), np.nan)
    people = float(parent.persons[parent.is_published].max(initial=1.0))
    return _Above(row, rest, spread, people, len(differing(parent, table)) == 1)


def _fitted(persons: Floats, above: Sequence[_Above], is_open: Flags) -> Floats:
    """Persons of each row, fitted to what is left for them in one coarser table after the other, some times over."""
    for _ in range(_SWEEPS):
        for one in above:
            ratio = (one.rest + one.spread) / (_expected(persons, one, is_open) + one.spread)
            persons = persons * np.where(one.row >= 0, np.where(np.isnan(ratio), 1.0, ratio)[one.row], 1.0)
    return np.log(np.maximum(persons, 1e-12))


def _weighed(shares: Floats, above: Sequence[_Above], is_open: Flags) -> Floats:
    """How much more is left in each total of one trait less than would be guessed, all of them added up."""
    scores: Floats = np.log(np.maximum(shares, 1e-12))
    for one in above:
        if one.is_next:
            expected = _expected(shares, one, is_open) * one.people
            gain = np.log((one.rest + one.spread) / (expected + one.spread))
            scores = scores + np.where(one.row >= 0, np.where(np.isnan(gain), 0.0, gain)[one.row], 0.0)
    return scores


def _expected(guess: Floats, one: _Above, is_open: Flags) -> Floats:
    """What is guessed of all open rows of each row of a coarser table."""
    known = one.row >= 0
    weights = np.where(is_open, guess, 0.0)[known]
    found: Floats = np.bincount(one.row[known], weights=weights, minlength=len(one.rest)).astype(np.float64)
    return found


def _listing(table: Table, universe: Longs, places: Longs, is_hidden: Flags) -> Floats:
    """Rows that are not listed, where others that are withheld are: a list made by looking at the data tells zeros."""
    listed = places >= 0
    if not (is_hidden & listed).any() or listed.all():
        return np.zeros(len(universe))
    return np.where(listed, 0.0, -1e6)
