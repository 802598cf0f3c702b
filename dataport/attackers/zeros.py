"""Zero against small: whether what is not told is nobody or a few people.

Three ways are tried at once: what is printed, which rows are listed, and what is left in a total for the rows that are
withheld once the others are taken from it. Guessing from the published totals themselves, of all coarser tables, is
what anybody can do, and tells of groups; the gain over it is measured.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def zeros(register: Register) -> Measured:
    """By how much better zeros are told from small numbers than from the totals of coarser tables alone.

    The measure is the chance that of a zero and a small one the small one is named: one half by tossing a coin.
    """
    seen = register.seen
    # anybody has the files of the months before, and guesses from the totals there too
    tables = last_printed(seen, len(seen.months) - 1)
    scores, guesses, plain, small = [], [], [], []
    for table in tables:
        if not table.levels or cells(table.levels) > _MOST_CELLS:
            continue
        universe = np.arange(cells(table.levels), dtype=np.int64)
        truth = register.persons_at(table.levels, universe)
        hidden = truth < seen.fewest_persons
        guess = _by_traits(table, tables, universe)
        scores.append(_by_everything(seen, table, tables, universe, guess)[hidden])
        guesses.append(_by_totals(seen, table, tables, universe, guess)[hidden])
        plain.append(guess[hidden])
        small.append(truth[hidden] > 0)
    if not small:
        return Measured(0.0, None, 0, "nothing is withheld")
    is_small = np.concatenate(small)
    told, base, by_traits = (area(np.concatenate(one), is_small) for one in (scores, guesses, plain))
    says = (
        f"chance to name the small one of a zero and a small number, {told:.3f}, beyond that by totals, {base:.3f} "
        f"(by those of single traits, {by_traits:.3f})"
    )
    return Measured(max(0.0, told - base), base, len(is_small), says)


def area(scores: Floats, is_small: Flags) -> float:
    """The chance that one of these has a greater score than one of the others, equal scores counting half."""
    distinct, place, times = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[place]
    few, others = int(is_small.sum()), int((~is_small).sum())
    if not few or not others or not len(distinct):
        return 0.5
    return float((ranks[is_small].sum() - few * (few + 1) / 2) / (few * others))


def _by_traits(table: Table, tables: Sequence[Table], universe: Longs) -> Floats:
    """What would be in each row if its traits had nothing to do with each other."""
    guess = np.ones(len(universe))
    everybody = max((float(one.persons[0]) for one in tables if not one.levels and len(one.keys)), default=0.0)
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


def _by_totals(seen: Downloaded, table: Table, tables: Sequence[Table], universe: Longs, guess: Floats) -> Floats:
    """The same, held against what is published of every coarser table: of each, a group that is large enough."""
    nothing, everywhere = np.zeros(len(universe)), np.ones(len(universe), dtype=np.bool_)
    scores: Floats = np.log(np.maximum(guess, 1e-12))
    for parent in tables:
        if is_coarser(parent, table) and len(differing(parent, table)) == 1:
            scores += _left_over(seen, parent, table, universe, nothing, everywhere, guess)
    return scores


def _by_everything(seen: Downloaded, table: Table, tables: Sequence[Table], universe: Longs, guess: Floats) -> Floats:
    places = rows_at(table, universe)
    printed = said_at(table, universe)
    is_hidden = np.isnan(printed)
    scores = np.log(np.maximum(guess, 1e-12))
    for parent in tables:
        if is_coarser(parent, table) and len(differing(parent, table)) == 1:
            scores += _left_over(seen, parent, table, universe, printed, is_hidden, guess)
    habit = _listing(table, universe, places, is_hidden)
    return np.where(printed == 0, -np.inf, np.where(is_hidden, scores + habit, np.inf))


def _left_over(
    seen: Downloaded, parent: Table, table: Table, universe: Longs, printed: Floats, is_hidden: Flags, guess: Floats
) -> Floats:
    """How much more, or less, is left in a total for the withheld rows than would be guessed; in steps of the noise."""
    above = rows_at(parent, coarser_keys(universe, table.levels, parent.levels))
    known = above >= 0
    if not known.any():
        return np.zeros(len(universe))
    size = len(parent.keys)
    told = np.bincount(above[known], weights=np.where(is_hidden, 0, printed)[known], minlength=size)
    number = np.bincount(above[known], weights=~is_hidden[known], minlength=size)
    expected = np.bincount(above[known], weights=np.where(is_hidden, guess, 0)[known], minlength=size)
    rest = parent.persons - told
    spread = np.sqrt(max(seen.noise_of(table).variance, 0.01) * (number + 1))
    told_rows = parent.persons[parent.is_published]
    people = float(told_rows.max(initial=1.0))
    with np.errstate(invalid="ignore"):
        gain = np.log((np.maximum(rest, 0) + spread) / (expected * people + spread))
    return np.where(known & ~np.isnan(gain[above]), gain[above], 0.0)


def _listing(table: Table, universe: Longs, places: Longs, is_hidden: Flags) -> Floats:
    """Rows that are not listed, where others that are withheld are: a list made by looking at the data tells zeros."""
    listed = places >= 0
    if not (is_hidden & listed).any() or listed.all():
        return np.zeros(len(universe))
    return np.where(listed, 0.0, -1e6)
