"""largest: of each cell of a coarser table, the part of it that has the most cases, and how many the next one has.

Cases straddle cells, so that numbers of cases cannot be subtracted: in a cell less one of its parts there are at least
as many as in the largest of the others, and whatever cannot be shown to be enough is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataport.cube.counting import Counts
from dataport.cube.population import Integers


@dataclass(frozen=True, slots=True)
class Ordered:
    """The cells of one table from the fewest cases to the most.

    Attributes:
        cases: of each cell; of who is in none of them there are none.
    """

    order: Integers
    cases: Integers

    @classmethod
    def of(cls, counts: Counts) -> Ordered:
        cases = np.where(counts.persons > 0, counts.cases, 0)
        return cls(np.argsort(cases, kind="stable"), cases)


@dataclass(frozen=True, slots=True)
class Largest:
    """For each cell of a coarser table, its largest part, the cases of that, and those of the next one."""

    part: NDArray[np.int32]
    cases: NDArray[np.int32]
    next_cases: NDArray[np.int32]

    @classmethod
    def of(cls, parts: Ordered, parents: NDArray[np.signedinteger[Any]], size: int) -> Largest:
        """
        Args:
            parents: of each part, the cell of the coarser table, of which there are so many.
        """
        part, cases, next_cases = (np.zeros(size, dtype=np.int32) for _ in range(3))
        above = parents[parts.order]
        # of what is said of one cell again and again the last stands, and the largest comes last
        part[above] = parts.order
        is_other = part[above] != parts.order
        cases[above] = parts.cases[parts.order]
        next_cases[above[is_other]] = parts.cases[parts.order[is_other]]
        return cls(part, cases, next_cases)

    def beside(self, parts: Integers, above: NDArray[np.signedinteger[Any]]) -> Integers:
        """For some parts, each in such a cell above, the cases of the largest other part of that."""
        found = np.where(self.part[above] == parts, self.next_cases[above], self.cases[above])
        return found.astype(np.int64)
