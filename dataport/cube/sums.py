"""sums: the ages of a cell added up, perturbed, and steady in time. A mean is made of such a sum and a count alone.

An exact mean beside a perturbed count leaves few counts that it can be the mean of. So ages are cut at the oldest
hundredth of their band, added up, and moved by steps in proportion to the largest contribution that there can be, with
keys of their own (Giessing and Tent 2019).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from dataport.cube.counting import Cells, codes_of
from dataport.cube.earlier import Earlier
from dataport.cube.perturbing import Noise
from dataport.cube.population import Codings, Integers, Keys, Population, at_level, finest_of
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import YEARS_BY, CanonicalTable, Lattice

# The curve's exponent, and from which share of contributions on one is large.
_EXPONENT, _LARGE_FROM = 2, 75
# What is told of the steps is told in so many years.
_ROUNDED = 5
# The mixing of splitmix64: the noise of a sum says nothing of the noise of the count of the same set.
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Ages:
    """The ages of a population, cut at the oldest of their band, and the step of the noise in each band.

    Attributes:
        years: of each person; 0 where unknown.
    """

    population: Population
    codings: Codings
    shape: Lattice
    years: Integers
    steps: np.ndarray

    @classmethod
    def of(cls, population: Population, codings: Codings, shape: Lattice) -> Ages | None:
        """None where no ages are known, or the lattice has no bands of them."""
        band = shape.level(YEARS_BY)
        if band is None or population.ages is None:
            return None
        bands = at_level(codings, finest_of(shape)[band.hierarchy], band, population.finest[band.hierarchy])
        years = population.ages.astype(np.int64)
        known = years >= 0
        steps, top = np.zeros(codings[YEARS_BY].size), disclosure_limit("cube_sum_top")
        large = float(np.percentile(years[known], _LARGE_FROM)) if known.any() else 0.0
        for number in np.unique(bands[known]).tolist():
            here = known & (bands == number)
            most = int(np.percentile(years[here], top, method="lower"))
            years[here] = np.minimum(years[here], most)
            steps[number] = step(most, large)
        years[~known] = 0
        return cls(population, codings, shape, years, steps)

    def printed(
        self, table: CanonicalTable, cells: Cells, chosen: Integers, noise: Noise, earlier: Earlier, day: date
    ) -> tuple[Integers, tuple[date, ...]]:
        """The sums of some cells as they are published, each with the day that it is of.

        Birthdays change a sum though nobody came or went: where the set is that of an earlier month, so is its sum.
        """
        codes = codes_of(self.population, table, self.codings, self.shape)
        place = np.searchsorted(cells.codes, codes)
        sums = np.bincount(place, weights=self.years, minlength=len(cells)).astype(np.int64)[chosen]
        names = [level.name for level in table.levels]
        steps = self.steps[cells.members[names.index(YEARS_BY)][chosen]]
        keys = mixed(cells.counts.keys[chosen])
        large = np.full(len(chosen), len(noise.rows), dtype=np.int64)
        moved = np.rint(steps * (noise.published(large, keys) - large)).astype(np.int64)
        found, days = np.maximum(sums + moved, 0), [day] * len(chosen)
        for nth, (value, of) in earlier.sums(table.name, chosen).items():
            found[nth], days[nth] = value, of
        return found, tuple(days)


def step(largest: float, large_from: float) -> float:
    """By how much a sum is moved for one step of its noise, from its largest contribution: the flex function."""
    small, large = (disclosure_limit(f"cube_sum_{name}") / 100 for name in ("small", "large"))
    if largest < large_from or large_from <= 0:
        return small * largest
    above = (small * largest - large * large_from) / (large * large_from)
    return largest * large * (1 + above * (2 * large_from / (large_from + largest)) ** _EXPONENT)


def mixed(keys: Keys) -> Keys:
    """Keys of their own for sums, as even as those that they are made from."""
    one = keys + _MIX[0]
    one = (one ^ (one >> np.uint64(30))) * _MIX[1]
    one = (one ^ (one >> np.uint64(27))) * _MIX[2]
    return one ^ (one >> np.uint64(31))


def noise_versions(versions: Mapping[str, str], ages: Ages | None) -> dict[str, str]:
    """What the manifest says of the noise, with the largest step of sums, rounded up: the steps are made from ages."""
    if ages is None:
        return dict(versions)
    most = _ROUNDED * math.ceil(float(ages.steps.max()) / _ROUNDED)
    return {**versions, "sum": f"{versions['sum']} times up to {most} years"}
