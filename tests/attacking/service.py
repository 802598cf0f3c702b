"""Services that publish tables of people, each protected by the rules that it is given: the weak twins of the cube."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from attacking.invented import (
    AGE,
    BROAD,
    COUNTRY,
    DISABILITY,
    FINEST,
    ORIGIN,
    PROVINCE,
    RARE,
    SCHOOL,
    SEX,
    SITE,
    SITES,
)
from dataport.attackers.counting import cells, groups_in, keys_of, member_codes
from dataport.attackers.downloaded import Codes, Downloaded, Floats, Known, Level, Longs, Noise, People, Table

PLAIN, SENSITIVE = Noise(5, 3, 2), Noise(10, 10, 4)
_COST = {"location_level_1": 1, "location": 2, "disability": 2, "rare": 2}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a service does to what it publishes; by default it is as weak as can be.

    Attributes:
        plain, sensitive: the noise of its tables; none where it tells exact numbers.
        is_keyed: equal sets of people get equal noise, in every table and month; otherwise each number has its own.
        fewest: cells of fewer persons are withheld.
        budget: what the levels of a table may cost.
    """

    plain: Noise | None = None
    sensitive: Noise | None = None
    is_keyed: bool = True
    fewest: int = 0
    tells_zero: bool = False
    budget: int = 3


NO_NOISE = Noise(0, 0, 0)


def levels_of_tables(budget: int) -> list[tuple[Level, ...]]:
    """Every set of levels within the budget, one of each hierarchy at most and one sensitive attribute at most."""
    places, ages = (None, COUNTRY, PROVINCE, SITE), (None, BROAD, AGE)
    traits = [(None, one) for one in (SEX, ORIGIN, SCHOOL)]
    found = []
    for chosen in product(places, ages, *traits, (None, DISABILITY, RARE)):
        levels = tuple(one for one in chosen if one is not None)
        if sum(_COST.get(one.name, one is not COUNTRY) for one in levels) <= budget:
            found.append(levels)
    return found


def published(months: Sequence[People], rules: Rules, seed: int = 7) -> tuple[Downloaded, Known]:
    """Everything that a service with these rules publishes of these months."""
    draw = np.random.default_rng(seed)
    keys = np.random.default_rng(seed + 1).integers(0, 2**64, size=10_000_000, dtype=np.uint64, endpoint=False)
    tables = [
        tuple(_table(people, nth, levels, rules, draw, keys) for levels in levels_of_tables(rules.budget))
        for nth, people in enumerate(months)
    ]
    fewest = max(rules.fewest, 10), 5
    seen = Downloaded(FINEST, tuple(tables), rules.plain or NO_NOISE, rules.sensitive or NO_NOISE, *fewest)
    return seen, Known(tuple(months), tuple(frozenset({site}) for site in range(SITES)))


def _table(
    people: People, month: int, levels: tuple[Level, ...], rules: Rules, draw: np.random.Generator, keys: Longs
) -> Table:
    size = cells(levels)
    own = keys_of(people, FINEST, levels)
    persons = np.bincount(own, minlength=size)
    groups = groups_in(own, people.families, np.arange(size))
    noise = rules.sensitive if any(one.is_sensitive for one in levels) else rules.plain
    sums = np.zeros(size, dtype=np.uint64)
    np.add.at(sums, own, keys[people.persons])
    told = _noisy(persons, sums, noise, rules.is_keyed, draw)
    told[persons < rules.fewest] = np.nan
    if rules.tells_zero:
        told[persons == 0] = 0
    told_groups = np.where(np.isnan(told), np.nan, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(groups > 0, persons / groups, np.nan)
    since = np.full(size, month, dtype=np.int32)
    return Table(levels, np.arange(size, dtype=np.int64), told, since, told_groups, means)


def _noisy(persons: Longs, sums: Codes, noise: Noise | None, is_keyed: bool, draw: np.random.Generator) -> Floats:
    """Counts with a symmetric noise that is never more than it may be; keyed by the set of people, or fresh."""
    if noise is None:
        return persons.astype(np.float64)
    values = np.arange(-int(noise.most), int(noise.most) + 1)
    chances = np.exp(-(values**2) / (2 * noise.variance))
    edges = np.cumsum(chances / chances.sum())
    uniform = sums.astype(np.float64) / 2**64 if is_keyed else draw.random(len(persons))
    moved = persons + values[np.minimum(np.searchsorted(edges, uniform), len(values) - 1)]
    moved = np.where(moved <= noise.blocked, 0, moved)
    return np.where(persons == 0, 0, moved).astype(np.float64)


@dataclass(frozen=True, slots=True)
class FreeFilters:
    """A service that answers any filter with the noise of the set that it selects, as table builders do."""

    people: People
    noise: Noise
    keys: Longs

    def count(self, wanted: Mapping[str, frozenset[int]], sensitive: str) -> float | None:
        who = self.people.finest[sensitive] == 1
        for name, members in wanted.items():
            level = next(one for one in (*FINEST.values(), COUNTRY, PROVINCE, BROAD) if one.name == name)
            who = who & np.isin(member_codes(self.people, FINEST, level), list(members))
        sums = self.keys[self.people.persons[who]].sum(dtype=np.uint64)
        return float(_noisy(np.array([who.sum()]), np.array([sums]), self.noise, True, np.random.default_rng(0))[0])


def free_filters(people: People, noise: Noise) -> FreeFilters:
    keys = np.random.default_rng(8).integers(0, 2**64, size=int(people.persons.max()) + 1, dtype=np.uint64)
    return FreeFilters(people, noise, keys)
