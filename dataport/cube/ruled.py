"""ruled: the lattice while it is ruled: its counted cells, which of them are the same people, and what matters more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from dataport.cube.counting import Cells, above, is_coarser
from dataport.cube.population import Integers
from dataport.cube.standing import Past, Today
from dataport.disclosure.protected.lattice import CanonicalTable

# Of tables that cost the same, the one whose place stands first here is the more important: countries are what
# statistics are told of.
_PLACES = ("country_of_asylum", None, "unhcr_bureau", "location_level_1", "location")


@dataclass(slots=True)
class Ruled:
    """The lattice while it is ruled: cells by table, and the class of each cell; and how many processes share in it."""

    cells: Mapping[str, Cells]
    today: Today
    largest_case: int
    past: Mapping[tuple[str, str], Past] = field(default_factory=dict)
    processes: int = 1
    classes: dict[str, Integers] = field(default_factory=dict, init=False)
    importance: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64), init=False)
    cost: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64), init=False)
    _above: dict[tuple[str, str], Integers] = field(default_factory=dict, init=False)
    _coarser: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        names = list(self.cells)
        mixed = [
            one.counts.keys ^ (one.counts.persons.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
            for one in self.cells.values()
        ]
        _, numbers = np.unique(np.concatenate(mixed), return_inverse=True)
        starts = np.cumsum([0, *(len(one) for one in mixed)])
        for nth, name in enumerate(names):
            self.classes[name] = numbers[starts[nth] : starts[nth + 1]]
        self.importance = self._importance(int(numbers.max(initial=-1)) + 1)

    def _importance(self, size: int) -> Integers:
        """A rank for each class: that of the most important row that shows it; of equal ones the larger is first."""
        best = np.full(size, 10_000, dtype=np.int64)
        persons = np.zeros(size, dtype=np.int64)
        for name, one in self.cells.items():
            np.minimum.at(best, self.classes[name], _rank(one.table))
            persons[self.classes[name]] = one.counts.persons
        self.cost = best // len(_PLACES)
        order = np.lexsort((np.arange(size), -persons, best))
        rank = np.empty(size, dtype=np.int64)
        rank[order] = np.arange(size)
        return rank

    def above(self, finer: str, coarser: str) -> Integers:
        """For each cell of a table, the place of the cell of a coarser one above it."""
        pair = (finer, coarser)
        if pair not in self._above:
            self._above[pair] = above(self.cells[finer], self.cells[coarser], self.today.codings).astype(np.int32)
        return self._above[pair]

    def coarser(self, name: str, among: Mapping[str, object]) -> Iterator[str]:
        """Every table that is coarser in one hierarchy or several."""
        if name not in self._coarser:
            table = self.cells[name].table
            self._coarser[name] = tuple(other for other, one in self.cells.items() if is_coarser(one.table, table))
        return (other for other in self._coarser[name] if other in among)


def _rank(table: CanonicalTable) -> int:
    return table.cost * len(_PLACES) + _PLACES.index(table.place.name if table.place else None)
