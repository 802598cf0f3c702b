"""Reconstruction: whoever knows the roster solves what is published for who has the secret.

For each person a number between 0 and 1 is sought so that all published numbers of those with the secret come out;
those with the greatest are guessed to have it. What is guessed as well from how frequent it is by each single trait is
no secret of anybody, but a fact about groups: only what goes beyond that is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dataport.attackers.counting import keys_of, rows_at
from dataport.attackers.downloaded import Codes, Downloaded, Flags, Floats, Level, Longs, People, Table
from dataport.attackers.equality import HAS
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured

_ROUNDS = 150
# Facts about so many places are no secrets: there are fewer countries than that.
_MOST_PLACES = 300


@dataclass(frozen=True, slots=True)
class Numbers:
    """One table's published numbers of those with the secret.

    Attributes:
        table: its rows, without the attribute.
        told: how many have the secret, as told or as what is left of everybody in the row.
        sizes: how many persons there are in each row.
    """

    table: Table
    told: Floats
    sizes: Longs
    weight: float


@dataclass(frozen=True, slots=True)
class Kinds:
    """Those who are guessed, by which numbers they are in: who is in the same ones is guessed alike.

    Attributes:
        who: their places among all people.
        kind: of each of them.
        times: how many are of each kind.
        rows: table by table, the row of each kind, counted from 1; 0 where nothing is told of it.
    """

    who: Longs
    kind: Longs
    times: Longs
    rows: tuple[Codes, ...]


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
    found = [reconstructed(register, attribute) for attribute in attributes]
    told = [one for one in found if one.equations]
    if not told:
        return Measured(0.0, None, 0, "no number with a sensitive attribute is published")
    worst = max(told, key=lambda one: one.right - one.by_traits)
    says = (
        f"precision beyond that by single traits: {worst.right:.2f} against {worst.by_traits:.2f} "
        f"(chance {worst.chance:.2f}, {worst.equations} published numbers)"
    )
    return Measured(worst.right - worst.by_traits, worst.chance, len(known.months[-1]), says)


def reconstructed(register: Register, attribute: Level, sure: Flags | None = None) -> Guessed:
    """The guesses about one attribute.

    Args:
        sure: of whom the attacker knows it already; the others are guessed and judged.
    """
    people = register.known.months[-1]
    has = people.finest[attribute.hierarchy] == HAS
    fixed = np.zeros(len(people), dtype=np.bool_) if sure is None else sure
    kinds, numbers = to_solve(register, numbers_of(register, attribute), has, fixed)
    judged = kinds.who
    scores = solved(kinds, numbers, float(has[judged].mean()) if len(judged) else 0.0)[kinds.kind]
    draw = np.random.default_rng(3)
    order = np.lexsort((draw.random(len(judged)), -scores))
    first = judged[order[: int(has[judged].sum())]]
    count = sum(len(one.told) for one in numbers)
    if not len(first) or not count:
        return Guessed(float(has.mean()), float(has.mean()), float(has.mean()), count)
    by_traits = _honest(register.seen, people, has, judged, len(first))
    return Guessed(float(has[first].mean()), by_traits, float(has[judged].mean()), count)


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


def numbers_of(register: Register, attribute: Level) -> list[Numbers]:
    """Every published number of those with the attribute, and of those without it: the rest of a row has it."""
    found = []
    for table in register.seen.months[-1]:
        if attribute not in table.levels:
            continue
        weight = 1 / max(register.seen.noise_of(table).variance, 0.1)
        for member in (HAS, 1 - HAS):
            part = _part(table, attribute, member)
            if not len(part.keys):
                continue
            sizes = register.there(part)
            told = part.persons if member == HAS else sizes - part.persons
            found.append(Numbers(part, told, sizes, weight))
    return found


def _part(table: Table, attribute: Level, member: int) -> Table:
    """The published rows of one member of an attribute, as a table without it."""
    place = table.levels.index(attribute)
    stride = 1
    for level in table.levels[place + 1 :]:
        stride *= level.size
    rows = np.flatnonzero(((table.keys // stride) % attribute.size == member) & table.is_published)
    keys = (table.keys[rows] // (stride * attribute.size)) * stride + table.keys[rows] % stride
    levels = tuple(level for level in table.levels if level != attribute)
    order = np.argsort(keys)
    return Table(levels, keys[order], table.persons[rows][order], table.since[rows][order])


def to_solve(register: Register, numbers: Sequence[Numbers], has: Flags, fixed: Flags) -> tuple[Kinds, list[Numbers]]:
    """Whom the numbers are solved for, and the numbers less those of whom it is known."""
    last, who = len(register.known.months) - 1, np.flatnonzero(~fixed)
    # of whoever is in the same numbers the sums of products are equal, and of others they differ as good as surely
    factors = np.random.default_rng(5).integers(2**63, size=len(numbers), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    mixed = np.zeros(len(who), dtype=np.uint64)
    rest = []
    for one, factor in zip(numbers, factors, strict=True):
        rows = register.rows(last, one.table)
        known = rows[fixed & has & (rows >= 0)]
        rest.append(replace(one, told=one.told - np.bincount(known, minlength=len(one.told))))
        mixed += (rows[who] + 1).astype(np.uint64) * factor
    _, first, kind, times = np.unique(mixed, return_index=True, return_inverse=True, return_counts=True)
    finest, some = register.seen.finest, who[first].astype(np.int32)
    rows_of = tuple(
        (rows_at(one.table, keys_of(register.known.months[-1], finest, one.table.levels, some)) + 1).astype(np.int32)
        for one in numbers
    )
    return Kinds(who, kind, times, rows_of), rest


def solved(kinds: Kinds, numbers: Sequence[Numbers], start: float) -> Floats:
    """For each kind a number between 0 and 1 so that the sums come out, by accelerated projected gradients."""
    scores = np.full(len(kinds.times), start)
    if not numbers:
        return scores
    # a step that is short enough for the largest row of every table, and no longer
    step = 1 / sum(one.weight for one in numbers)
    ahead, momentum = scores.copy(), 1.0
    for _ in range(_ROUNDS):
        gradient = np.zeros(len(scores))
        counted = ahead * kinds.times
        for one, rows in zip(numbers, kinds.rows, strict=True):
            rest = np.bincount(rows, weights=counted, minlength=len(one.told) + 1)
            # divided by the size of the row, which is what makes rows of all sizes go equally fast
            rest[1:] = one.weight * (rest[1:] - one.told) / np.maximum(1, one.sizes)
            rest[0] = 0
            gradient += rest[rows]
        following = np.clip(ahead - step * gradient, 0, 1)
        later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + (momentum - 1) / later * (following - scores)
        scores, momentum = following, later
    return scores
