"""standing: how the cells of a table stand to what was printed of them before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataport.cube.counting import Cells
from dataport.cube.population import Flags, Integers


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
class Moves:
    """Who is not in a cell as in the number of it that was printed last: row by row a cell and a person.

    Attributes:
        cell: the place of the cell; beyond the cells of today, that of one in which there is nobody any more.
        person, family: whom it is about.
        joined: whether they are in the cell now and were not; otherwise they were and are not.
    """

    cell: Integers
    person: Integers
    family: Integers
    joined: Flags

    def numbered(self, cells: int, lost: int, side: int, sides: int) -> Moves:
        """The same, where the cells of several sides stand one after the other, and the lost ones after all of them."""
        cell = np.where(self.cell < cells, self.cell + side * cells, self.cell + (sides - 1) * cells + side * lost)
        return replace(self, cell=cell)

    @classmethod
    def of(cls, several: list[Moves]) -> Moves:
        none = np.zeros(0, dtype=np.int64)
        if not several:
            return cls(none, none, none, none.astype(np.bool_))
        columns = ([getattr(one, name) for one in several] for name in cls.__slots__)
        return cls(*(np.concatenate(column) for column in columns))


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
