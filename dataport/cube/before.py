"""before: the people of an earlier day, kept as what of them is not as it is today.

A new month is held against each month of a year. Twelve million people thirteen times over do not fit; those who are
not recorded as they were are a few of a hundred each month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from dataport.cube.counting import largest_case
from dataport.cube.population import Integers, Population


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier day, as it differs from today.

    Attributes:
        earlier: whoever was there and is not recorded as then, or is not there any more; as they were.
        now, then: the places of everybody who differs in today's population and in `earlier`; -1 where they are in one
            of them alone.
        largest_case: how many active members the largest case had.
    """

    earlier: Population
    now: Integers
    then: Integers
    largest_case: int

    @property
    def day(self) -> date:
        return self.earlier.day

    @classmethod
    def of(cls, today: Population, earlier: Population) -> Before:
        """What of a population is not as today's, of which nothing need be kept then."""
        _, now, then = np.intersect1d(today.persons, earlier.persons, assume_unique=True, return_indices=True)
        differs = (today.families[now] != earlier.families[then]) | (today.units[now] != earlier.units[then])
        for name, codes in today.finest.items():
            differs |= codes[now] != earlier.finest[name][then]
        for name, flags in today.sensitive.items():
            differs |= flags[now] != earlier.sensitive[name][then]
        came, went = _others(now, len(today)), _others(then, len(earlier))
        places = np.concatenate([then[differs], went])
        order = np.argsort(places)
        of_earlier = np.empty(len(places), dtype=np.int64)
        of_earlier[order] = np.arange(len(places))
        return cls(
            earlier.some(places[order]),
            np.concatenate([now[differs], np.full(len(went), -1), came]),
            np.concatenate([of_earlier, np.full(len(came), -1)]),
            largest_case(earlier),
        )

    def whole(self, today: Population) -> Population:
        """Everybody of that day; their ages then are not known."""
        stays = np.ones(len(today), dtype=np.bool_)
        stays[self.now[self.now >= 0]] = False
        both = today.some(np.flatnonzero(stays)).with_others(self.earlier)
        return replace(both, day=self.day).some(np.argsort(both.persons, kind="stable"))


def _others(places: Integers, size: int) -> Integers:
    is_other = np.ones(size, dtype=np.bool_)
    is_other[places] = False
    return np.flatnonzero(is_other)
