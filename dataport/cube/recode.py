"""recode: rare categories of a country are put together as other, so that they make no neighbour withheld."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dataport.cube.population import Codes, Codings, Population, at_level, finest_of
from dataport.disclosure.protected.lattice import GEOGRAPHY, Lattice

# By the coding of such levels: unknown, other, and then the members of the list.
_OTHER = 1


def recoded(population: Population, codings: Codings, lattice: Lattice, below: int) -> Population:
    """The same persons, each rare category of a country among its others.

    Where the others of a country are still fewer than that, its next smallest category is put with them: nobody's
    value is changed into another one that is told by itself.
    """
    countries = _countries(population, codings, lattice)
    finest = dict(population.finest)
    for hierarchy, level in finest_of(lattice).items():
        if level.is_recoded:
            finest[hierarchy] = _one(finest[hierarchy], countries, codings[level.name].size, below)
    return replace(population, finest=finest)


def share_recoded(before: Population, after: Population) -> float:
    """Which share of the values was changed."""
    pairs = [(before.finest[name], after.finest[name]) for name in before.finest if name != GEOGRAPHY]
    changed = sum(int(np.count_nonzero(one != other)) for one, other in pairs)
    return changed / max(1, sum(len(one) for one, _ in pairs))


def _countries(population: Population, codings: Codings, lattice: Lattice) -> Codes:
    country = next(level for level in lattice.places if level.name == "country_of_asylum")
    return at_level(codings, lattice.places[-1], country, population.finest[GEOGRAPHY])


def _one(codes: Codes, countries: Codes, size: int, below: int) -> Codes:
    counts = np.bincount(
        countries.astype(np.int64) * size + codes, minlength=(int(countries.max(initial=0)) + 1) * size
    )
    by_country = counts.reshape(-1, size)
    target = np.tile(np.arange(size, dtype=np.int32), (len(by_country), 1))
    for country, row in enumerate(by_country):
        together = 0
        # the smallest first, and then by its number, so that the choice is the same each time
        for code in sorted(np.flatnonzero(row).tolist(), key=lambda one: (row[one], one)):
            if row[code] >= below and not 0 < together < below:
                break
            together += int(row[code])
            target[country, code] = _OTHER
        if together == row.sum():  # nobody is left to tell apart
            target[country] = np.where(row > 0, _OTHER, target[country])
    return target[countries, codes]
