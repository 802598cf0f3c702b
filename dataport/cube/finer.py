"""finer: a table with every coarser one, as lines over months need them: which cells make up which, and what is told.

A pair of tables is a look of a millisecond, whatever there is in it, and there are some ten thousand pairs. So a table
stands beside all coarser ones at once: their cells, one table after the other, are its *lines*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataport.cube.counting import Cells, Counts, coarser_codes
from dataport.cube.population import Codings, Flags, Integers
from dataport.cube.standing import Moves, Past


@dataclass(frozen=True, slots=True)
class Printed:
    """Cells, once it is said which are published.

    Attributes:
        shown: what is printed now; `kept` is of an earlier month, and `fresh` is of today.
        told: with what was printed before; `gone` is that alone.
    """

    shown: Flags
    kept: Flags
    fresh: Flags
    told: Flags
    gone: Flags


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells: their classes, which any month printed, and of which what is printed now is of an earlier month."""

    classes: Integers
    known: Flags
    kept: Flags

    @classmethod
    def of(cls, classes: Integers, past: Past, sides: int = 1) -> Shown:
        return cls(*(np.tile(one, sides) for one in (classes, past.known, past.kept)))

    @classmethod
    def joined(cls, several: list[Shown]) -> Shown:
        """Cells of several tables as those of one."""
        columns = ("classes", "known", "kept")
        return cls(*(np.concatenate([getattr(one, name) for one in several]) for name in columns))

    def some(self, places: Integers) -> Shown:
        return Shown(self.classes[places], self.known[places], self.kept[places])

    def at(self, published: Flags) -> Printed:
        """These cells, where those classes are published."""
        shown = published[self.classes]
        return Printed(shown, shown & self.kept, shown & ~self.kept, shown | self.known, ~shown & self.known)


@dataclass(frozen=True, slots=True)
class Whole:
    """A coarser table beside a finer one.

    Attributes:
        number: of this pair among all of them: of lines of which the same is missed the first one goes first.
        above: for each cell of the finer one, the place of that of this one.
        moves: who changed since the numbers printed last.
    """

    number: int
    cells: Cells
    above: NDArray[np.int32]
    shown: Shown
    moves: Moves


@dataclass(frozen=True, slots=True)
class FinerTable:
    """A table, one or both sides of its attribute, with coarser ones, and what was printed of them.

    Attributes:
        cells: those of the table; its *parts* are the cells of each side, both sides one after the other.
        attribute, has: whom the table counts; both sides where `has` is not said of an attribute.
        parts, lines: whether they are published; their classes may be those of `with_decided`.
        persons, cases, times: of each part, how many there are, and how many moved of it.
        line_times, all_times: of each line, how many moved of it; and of it, its parts and its lost parts together.
        moves: side by side, who changed since the numbers printed last.
        wholes: the coarser tables, of which all cells are lines, one table after the other.
        starts: the first line of each of these, and the end of the last.
        above: for each of these, the line of each part.
        lost_lines: for each of these, the line of each lost part of one side; -1 where there is nobody in it either.
        lost_times: of each lost part, how many moved of it, on all sides together.
        has_old: of which lines, or of a part of which, any month printed something.
    """

    cells: Cells
    attribute: str
    has: bool | None
    parts: Shown
    lines: Shown
    persons: Integers
    cases: Integers
    times: Integers
    line_times: Integers
    all_times: Integers
    moves: tuple[Moves, ...]
    wholes: tuple[Whole, ...]
    starts: Integers
    above: NDArray[np.int32]
    lost_lines: Integers
    lost_times: Integers
    has_old: Flags

    @classmethod
    def of(
        cls,
        cells: Cells,
        counts: tuple[Counts, ...],
        parts: Shown,
        moves: tuple[Moves, ...],
        lost: Cells | None,
        wholes: tuple[Whole, ...],
        codings: Codings,
        attribute: str = "",
        has: bool | None = None,
    ) -> FinerTable:
        starts = np.cumsum([0, *(len(one.cells) for one in wholes)])
        above = np.stack([np.tile(one.above, len(counts)) for one in wholes])
        above += starts[:-1, np.newaxis].astype(np.int32)
        lost_lines = np.stack([_lost_lines(lost, one.cells, codings) for one in wholes])
        lost_lines = np.where(lost_lines >= 0, lost_lines + starts[:-1, np.newaxis], -1)
        lines = Shown.joined([one.shown for one in wholes])
        has_old = lines.known.copy()
        has_old[above[:, parts.known]] = True
        has_old[lost_lines[lost_lines >= 0]] = True
        persons, cases = (np.concatenate([getattr(one, name) for one in counts]) for name in ("persons", "cases"))
        size, of_sides = len(cells), [one.times() for one in moves]
        times = np.concatenate([one[:size] for one in of_sides])
        lost_times = np.sum([one[size : size + lost_lines.shape[1]] for one in of_sides], axis=0, dtype=np.int64)
        line_times = np.concatenate([one.moves.times()[: len(one.cells)] for one in wholes])
        all_times = line_times + _added(above, times, len(line_times)) + _added(lost_lines, lost_times, len(line_times))
        return cls(
            cells, attribute, has, parts, lines, persons, cases, times, line_times, all_times, moves, wholes, starts,
            above, lost_lines, lost_times, has_old,
        )  # fmt: skip

    def of_lines(self, lines: Integers) -> Integers:
        """Of which of the coarser tables each of some lines is."""
        return np.searchsorted(self.starts, lines, side="right") - 1


def _lost_lines(lost: Cells | None, coarse: Cells, codings: Codings) -> Integers:
    if lost is None or not len(lost):
        return np.zeros(0, dtype=np.int64)
    codes = coarser_codes(lost, coarse.table, codings)
    found = np.minimum(np.searchsorted(coarse.codes, codes), len(coarse) - 1)
    return np.where(coarse.codes[found] == codes, found, -1)


def _added(lines: NDArray[np.signedinteger[Any]], times: Integers, size: int) -> Integers:
    """What is in some parts of each line together, for each of the coarser tables the line of each; -1 for none."""
    found = np.zeros(size + 1, dtype=np.int64)
    for one in lines if len(times) else ():
        found += np.bincount(one[times > 0] + 1, weights=times[times > 0], minlength=size + 1).astype(np.int64)
    return found[1:]
