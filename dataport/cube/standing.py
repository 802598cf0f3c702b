"""standing: how the cells of a table stand to what was printed of them before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataport.cube.counting import Cells
from dataport.cube.population import Codings, Flags, Integers, Population
from dataport.disclosure.protected.lattice import Lattice
from dataport.disclosure.protected.lines import Thresholds


@dataclass(frozen=True, slots=True)
class Moved:
    """How many joined and left one side of each cell since its printed value was made, and of how many cases they are.

    Attributes:
        is_few: where that is so few that the printed value is kept, or is not known.
    """

    joined: Integers
    left: Integers
    cases_joined: Integers
    cases_left: Integers
    is_few: Flags

    @classmethod
    def nobody(cls, size: int) -> Moved:
        joined, left, cases_joined, cases_left = np.zeros((4, size), dtype=np.int64)
        return cls(joined, left, cases_joined, cases_left, np.zeros(size, dtype=np.bool_))

    def is_any(self) -> Flags:
        found: Flags = self.joined + self.left > 0
        return found

    def at(self, places: NDArray[np.signedinteger[Any]]) -> Moved:
        cases = self.cases_joined[places], self.cases_left[places]
        return Moved(self.joined[places], self.left[places], *cases, self.is_few[places])

    def turned(self) -> Moved:
        """The same, who joined and who left in each other's place."""
        return Moved(self.left, self.joined, self.cases_left, self.cases_joined, self.is_few)


@dataclass(frozen=True, slots=True)
class Moving:
    """Everybody who is not recorded as on one of the earlier days; by their number here.

    Attributes:
        families: whom they belong to now, or did when they were here last.
        places: where they are in today's population; -1 for who is not there any more.
    """

    families: Integers
    places: Integers


@dataclass(frozen=True, slots=True)
class Today:
    """Whom the cells are of now, and who moved since the earlier days."""

    population: Population
    codings: Codings
    lattice: Lattice
    limits: Thresholds
    moving: Moving


@dataclass(frozen=True, slots=True)
class Moves:
    """Who is not in a cell as in the number of it that was printed last.

    Attributes:
        starts: for each cell, and each lost one after them, the first of its rows; and the end of the last.
        who: row by row the number of a person in `Moving`.
        joined: whether they are in the cell now and were not; otherwise they were and are not.
    """

    starts: Integers
    who: NDArray[np.int32]
    joined: Flags

    @classmethod
    def of(cls, cell: Integers, who: Integers, joined: Flags, size: int) -> Moves:
        """Rows by their cells, of so many with the lost ones."""
        order = np.argsort(cell, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=size))])
        return cls(starts, who[order].astype(np.int32), joined[order])

    def times(self) -> Integers:
        """How many rows each cell has."""
        found: Integers = self.starts[1:] - self.starts[:-1]
        return found

    def rows_of(self, cells: Integers) -> tuple[Integers, Integers]:
        """All rows of some cells, and for each the place of its cell among these."""
        first = self.starts[cells]
        times = self.starts[cells + 1] - first
        nth = np.repeat(np.arange(len(cells)), times)
        return np.arange(len(nth)) + np.repeat(first - (np.cumsum(times) - times), times), nth


@dataclass(frozen=True, slots=True)
class Older:
    """What was printed of one table in a month before the last, and never again as it was.

    Attributes:
        day: of that month.
        place: for each cell of today, which of the printed ones it is; -1 where none is.
        moved: of those, who joined and left since, for each of the counts that must pass.
        gone: likewise, those in which there is nobody any more.
    """

    day: date
    place: NDArray[np.int32]
    moved: tuple[Moved, ...]
    gone: tuple[Cells | None, ...]

    def is_printed(self) -> Flags:
        found: Flags = self.place >= 0
        return found


@dataclass(frozen=True, slots=True)
class Past:
    """How the cells of one table stand to what was printed of them before; made by `cube/months.py`.

    Attributes:
        barred: cells whose new value would stand a few persons from one that was printed.
        kept: cells that keep the value printed last.
        persons, cases: by how much a kept cell differs from what it was when its value was made.
        printed: cells of which last month printed something.
        moved: who joined and left since, for each of the counts that must pass: both sides of an attribute.
        gone: likewise, what last month printed of cells in which there is nobody any more.
        older: what the months before that printed.
        known: cells of which any of these months printed something.
        lost: printed cells in which there is nobody any more, of any of these months.
        moves: for each of the counts that must pass, who changed since the number printed last.
    """

    barred: Flags
    kept: Flags
    persons: Integers
    cases: Integers
    printed: Flags
    moved: tuple[Moved, ...]
    gone: tuple[Cells | None, ...] = ()
    older: tuple[Older, ...] = ()
    known: Flags = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    lost: Cells | None = None
    moves: tuple[Moves, ...] = ()
