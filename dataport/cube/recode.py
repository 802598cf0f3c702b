"""recode: rare categories of a country are put together as other, so that they make no neighbour withheld.

What was put together in a month stays so in the months that follow, or a number would move because of who is counted
in it, and not because anybody came or went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from dataport.cube.population import (
    Codes,
    Codings,
    Flags,
    Integers,
    Member,
    Population,
    at_level,
    finest_of,
)
from dataport.disclosure.protected.lattice import GEOGRAPHY, Lattice

# By the coding of such levels: unknown, other, and then the members of the list.
_OTHER = 1
# A category that was put together is told by itself again from so many times what is rare.
_GROWN = 10

# By hierarchy, the categories that are counted among the others of a country: the country, and the category.
Together: TypeAlias = Mapping[str, frozenset[tuple[Member, Member]]]


def put_together(
    population: Population, codings: Codings, lattice: Lattice, below: int, before: Together | None = None
) -> Together:
    """Which categories of which countries are put together.

    Where the others of a country are still fewer than is rare, its next smallest category is put with them: nobody's
    value is changed into another one that is told by itself.

    Args:
        below: a category of fewer persons is rare.
        before: what was put together in the month before. It stays, but for what has grown to many; what has become
            rare joins it where that makes enough. Nothing that was told by itself is taken in to make it so.
    """
    countries, names = _countries(population, codings, lattice)
    found = {}
    for hierarchy, level in finest_of(lattice).items():
        if level.is_recoded:
            members = [path[-1] for path in codings[level.name].members]
            counts = _by_country(population.finest[hierarchy], countries, len(members), len(names))
            kept = before.get(hierarchy, frozenset()) if before is not None else None
            # of what nobody is of any more, it is remembered
            together = {pair for pair in kept or () if pair[0] not in names or pair[1] not in members}
            for country in dict.fromkeys(names):
                # a country can stand in two bureaux
                row = counts[[one == country for one in names]].sum(axis=0)
                own = None if kept is None else np.array([(country, one) in kept for one in members])
                put = _rarest(row, below) if own is None else _still(row, below, own)
                together |= {(country, members[code]) for code in np.flatnonzero(put).tolist()}
            found[hierarchy] = frozenset(together)
    return found


def recoded(population: Population, codings: Codings, lattice: Lattice, together: Together) -> Population:
    """The same persons, those of a category that is put together among the others of their country."""
    countries, names = _countries(population, codings, lattice)
    finest = dict(population.finest)
    for hierarchy, level in finest_of(lattice).items():
        if pairs := together.get(hierarchy):
            members = [path[-1] for path in codings[level.name].members]
            target = np.tile(np.arange(len(members), dtype=np.int32), (len(names), 1))
            for nth, country in enumerate(names):
                target[nth, [(country, one) in pairs for one in members]] = _OTHER
            finest[hierarchy] = target[countries, finest[hierarchy]]
    return replace(population, finest=finest)


def share_recoded(before: Population, after: Population) -> float:
    """Which share of the values was changed."""
    pairs = [(before.finest[name], after.finest[name]) for name in before.finest if name != GEOGRAPHY]
    changed = sum(int(np.count_nonzero(one != other)) for one, other in pairs)
    return changed / max(1, sum(len(one) for one, _ in pairs))


def _countries(population: Population, codings: Codings, lattice: Lattice) -> tuple[Codes, list[Member]]:
    """The country of each person, and the countries by their number."""
    country = next(level for level in lattice.places if level.name == "country_of_asylum")
    names = [path[-1] for path in codings[country.name].members]
    return at_level(codings, lattice.places[-1], country, population.finest[GEOGRAPHY]), names


def _by_country(codes: Codes, countries: Codes, size: int, number: int) -> Integers:
    counts = np.bincount(countries.astype(np.int64) * size + codes, minlength=number * size)
    return counts.reshape(number, size)


def _rarest(row: Integers, below: int) -> Flags:
    """Of one country, which categories are put together where none were before."""
    put = np.zeros(len(row), dtype=np.bool_)
    together = 0
    # the smallest first, and then by its number, so that the choice is the same each time
    for code in sorted(np.flatnonzero(row).tolist(), key=lambda one: (row[one], one)):
        if row[code] >= below and not 0 < together < below:
            break
        together += int(row[code])
        put[code] = True
    return put


def _still(row: Integers, below: int, kept: Flags) -> Flags:
    """Of one country, which categories are put together after these were."""
    put = kept & (row < _GROWN * below)
    if 0 < row[put].sum() < below:  # those that have grown would leave a few behind
        put = kept.copy()
    rare = (row > 0) & (row < below) & ~put
    return put | rare if row[put | rare].sum() >= below else put
