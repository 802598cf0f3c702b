"""Reconstruction: whoever knows the roster solves what is published for who has the secret.

For each person a number between 0 and 1 is sought so that all published numbers of those with the secret come out;
those with the greatest are guessed to have it. What is guessed as well from how frequent it is by each single trait is
no secret of anybody, but a fact about groups: only what goes beyond that is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import keys_of, rows_at
from dataport.attackers.downloaded import Downloaded, Flags, Floats, Level, Longs, People, Table
from dataport.attackers.equality import HAS
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured

_ROUNDS = 150
# Facts about so many places are no secrets: there are fewer countries than that.
_MOST_PLACES = 300


@dataclass(frozen=True, slots=True)
class Equation:
    """One table's numbers of those with the secret: the row of each person (-1: none is told), and the numbers."""

    rows: Longs
    told: Floats
    weight: float


@dataclass(frozen=True, slots=True)
class Guessed:
    """How often those who are guessed first have the secret, and by single traits alone; chance is anybody's."""

    right: float
    by_traits: float
    chance: float
    equations: int


def reconstruction(register: Register) -> Measured:
    """The sensitive attribute that is told worst: by how much its guesses are better than by single traits."""
    seen, known = register.seen, register.known
    attributes = [level for level in seen.finest.values() if level.is_sensitive]
    found = [reconstructed(seen, known.months[-1], attribute) for attribute in attributes]
    told = [one for one in found if one.equations]
    if not told:
        return Measured(0.0, None, 0, "no number with a sensitive attribute is published")
    worst = max(told, key=lambda one: one.right - one.by_traits)
    says = (
        f"precision beyond that by single traits: {worst.right:.2f} against {worst.by_traits:.2f} "
        f"(chance {worst.chance:.2f}, {worst.equations} published numbers)"
    )
    return Measured(worst.right - worst.by_traits, worst.chance, len(known.months[-1]), says)


def reconstructed(seen: Downloaded, people: People, attribute: Level, sure: Flags | None = None) -> Guessed:
    """The guesses about one attribute.

    Args:
        sure: of whom the attacker knows it already; the others are guessed and judged.
    """
    equations = equations_of(seen, people, attribute)
    has = people.finest[attribute.hierarchy] == HAS
    fixed = np.zeros(len(people), dtype=np.bool_) if sure is None else sure
    scores = solved(equations, has, fixed)
    judged = np.flatnonzero(~fixed)
    draw = np.random.default_rng(3)
    order = np.lexsort((draw.random(len(judged)), -scores[judged]))
    first = judged[order[: int(has[judged].sum())]]
    numbers = sum(len(one.told) for one in equations)
    if not len(first) or not numbers:
        return Guessed(float(has.mean()), float(has.mean()), float(has.mean()), numbers)
    return Guessed(
        float(has[first].mean()), _honest(seen, people, has, judged, len(first)), float(has[judged].mean()), numbers
    )


def _honest(seen: Downloaded, people: People, has: Flags, judged: Longs, number: int) -> float:
    """The same guesses by somebody who knows only how frequent it is by each single trait, and by country or so."""
    odds = np.zeros(len(people))
    for hierarchy, level in seen.finest.items():
        if level.is_sensitive:
            continue
        codes, size = people.finest[hierarchy], level.size
        if hierarchy == "geography":
            coarse = [one for one in level.above.values() if int(one.max(initial=0)) < _MOST_PLACES]
            above = max(coarse, key=lambda one: int(one.max(initial=0)), default=np.arange(size, dtype=np.int32))
            size, codes = int(above.max(initial=0)) + 1, above[codes]
        with_it = np.bincount(codes, weights=has, minlength=size) + has.mean()
        odds += np.log(with_it / (np.bincount(codes, minlength=size) + 1))[codes]
    draw = np.random.default_rng(4)
    order = np.lexsort((draw.random(len(judged)), -odds[judged]))
    return float(has[judged[order[:number]]].mean())


def equations_of(seen: Downloaded, people: People, attribute: Level) -> list[Equation]:
    """Every published number of those with the attribute, and of those without it: the rest of a row has it."""
    found = []
    for table in seen.months[-1]:
        if attribute not in table.levels:
            continue
        others = [level for level in table.levels if level != attribute]
        own = keys_of(people, seen.finest, others)
        for member in (HAS, 1 - HAS):
            part = _part(table, attribute, member)
            if not part.is_published.any():
                continue
            rows = rows_at(part, own)
            rows[rows >= 0] = np.where(part.is_published[rows[rows >= 0]], rows[rows >= 0], -1)
            told = np.where(part.is_published, part.persons, 0.0)
            if member != HAS:
                told = np.bincount(rows[rows >= 0], minlength=len(told)) - told
            found.append(Equation(rows, told, 1 / max(seen.noise_of(table).variance, 0.1)))
    return found


def _part(table: Table, attribute: Level, member: int) -> Table:
    """The rows of one member of an attribute, as a table without it."""
    place = table.levels.index(attribute)
    stride = 1
    for level in table.levels[place + 1 :]:
        stride *= level.size
    rows = np.flatnonzero((table.keys // stride) % attribute.size == member)
    keys = (table.keys[rows] // (stride * attribute.size)) * stride + table.keys[rows] % stride
    levels = tuple(level for level in table.levels if level != attribute)
    order = np.argsort(keys)
    return Table(levels, keys[order], table.persons[rows][order], table.since[rows][order])


def solved(equations: Sequence[Equation], has: Flags, fixed: Flags) -> Floats:
    """Numbers between 0 and 1 whose sums come out, by accelerated projected gradients."""
    start = np.where(fixed, has.astype(np.float64), has[~fixed].mean() if (~fixed).any() else 0.0)
    if not equations:
        return start
    shown = [np.flatnonzero(one.rows >= 0) for one in equations]
    # a step that is short enough for the largest row of every table, and no longer
    sizes = [np.bincount(one.rows[rows], minlength=len(one.told)) for one, rows in zip(equations, shown, strict=True)]
    step = 1 / sum(one.weight for one in equations)
    scores, ahead, momentum = start.copy(), start.copy(), 1.0
    for _ in range(_ROUNDS):
        gradient = np.zeros(len(has))
        for one, rows, size in zip(equations, shown, sizes, strict=True):
            own = one.rows[rows]
            rest = np.bincount(own, weights=ahead[rows], minlength=len(one.told)) - one.told
            # divided by the size of the row, which is what makes rows of all sizes go equally fast
            gradient[rows] += one.weight * (rest / np.maximum(1, size))[own]
        following = np.clip(ahead - step * gradient, 0, 1)
        following[fixed] = start[fixed]
        later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + (momentum - 1) / later * (following - scores)
        scores, momentum = following, later
    return scores
