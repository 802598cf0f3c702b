"""insiders: who counts some offices exactly knows of a sensitive cell what lies in them; the rest must be enough too.

Every scope of a registration viewer is, for cells with a sensitive attribute, one more part of the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataport.cube.counting import Cells, Counter, distinct
from dataport.cube.population import Flags, Integers
from dataport.cube.reading import Read
from dataport.disclosure.protected.lines import Thresholds


@dataclass(frozen=True, slots=True)
class Insiders:
    """The scopes by the offices that they hold.

    Attributes:
        inside: scope by scope, which offices are in it.
        scope, unit: pair by pair, a scope and an office of it, in the order of offices.
    """

    counter: Counter
    inside: Flags
    scope: Integers
    unit: Integers

    @classmethod
    def of(cls, counter: Counter, read: Read) -> Insiders:
        numbers = {unit: number for number, unit in enumerate(read.units)}
        inside = np.zeros((len(read.scopes), len(read.units) + 1), dtype=np.bool_)
        for nth, one in enumerate(read.scopes):
            inside[nth, [numbers[unit] for unit in one if unit in numbers]] = True
        unit, scope = np.nonzero(inside.T)
        return cls(counter, inside, scope, unit)

    def leave_enough(self, cells: Cells, attributes: list[str], least: Thresholds) -> dict[str, Flags]:
        """By attribute, which cells leave nobody, or enough, outside each scope that holds some of them: both parts."""
        found = {name: np.ones(len(cells), dtype=np.bool_) for name in attributes}
        if not len(self.scope) or not attributes:
            return found
        parts = _Parts.of(self, cells)
        for name in attributes:
            has = self.counter.population.sensitive[name]
            for who, counts in ((has, cells.having[name]), (~has, cells.lacking[name])):
                found[name] &= parts.leave_enough(who, counts.persons, least)
        return found


@dataclass(frozen=True, slots=True)
class _Parts:
    """The cells of one table by the offices that their people belong to.

    Attributes:
        of_person: the part of each person.
        cell, unit: of each part, in the order of cells.
        repeated: each part once for every scope that holds its office; `pairs` are the cells with those scopes, and
            `place` the pair of each repetition.
    """

    insiders: Insiders
    of_person: Integers
    cell: Integers
    unit: Integers
    repeated: Integers
    pairs: Integers
    place: Integers

    @classmethod
    def of(cls, insiders: Insiders, cells: Cells) -> _Parts:
        counter, offices = insiders.counter, insiders.inside.shape[1]
        codes = counter.codes(cells.table)
        place = np.zeros(counter.size(cells.table), dtype=np.int64)
        place[cells.codes] = np.arange(len(cells)) * offices
        every = place[codes] + counter.population.units
        parts = np.flatnonzero(np.bincount(every, minlength=len(cells) * offices))
        numbers = np.zeros(len(cells) * offices, dtype=np.int32)
        numbers[parts] = np.arange(len(parts))
        cell, unit = parts // offices, parts % offices
        first = np.searchsorted(insiders.unit, unit, side="left")
        count = np.searchsorted(insiders.unit, unit, side="right") - first
        repeated = np.repeat(np.arange(len(parts)), count)
        scopes = insiders.scope[_ranges(first, count)]
        pairs, pair = np.unique(cell[repeated] * len(insiders.inside) + scopes, return_inverse=True)
        return cls(insiders, numbers[every], cell, unit, repeated, pairs, pair)

    def leave_enough(self, who: Flags, persons: Integers, least: Thresholds) -> Flags:
        """Which cells leave nobody or enough, of some persons, outside each scope."""
        held = np.bincount(self.of_person[who], minlength=len(self.cell))
        inside = np.bincount(self.place, weights=held[self.repeated], minlength=len(self.pairs)).astype(np.int64)
        cells = self.pairs // len(self.insiders.inside)
        rest = persons[cells] - inside
        concerned = (inside > 0) & (rest > 0)
        # what is left is of so many cases at least as fit into it
        few_cases = (least.cases - 1) * self.insiders.counter.largest_case
        few = concerned & (rest < least.persons)
        unsure = np.flatnonzero(concerned & ~few & (rest <= few_cases))
        few[unsure] = self._cases_outside(unsure, who, held, few_cases) < least.cases
        found = np.ones(len(persons), dtype=np.bool_)
        found[cells[few]] = False
        return found

    def _cases_outside(self, unsure: Integers, who: Flags, held: Integers, most: int) -> Integers:
        """For some cells and scopes that leave a middling rest, of how many cases that is."""
        if not len(unsure):
            return np.zeros(0, dtype=np.int64)
        counter, scopes = self.insiders.counter, len(self.insiders.inside)
        cell, scope = self.pairs[unsure] // scopes, self.pairs[unsure] % scopes
        first = np.searchsorted(self.cell, cell, side="left")
        count = np.searchsorted(self.cell, cell, side="right") - first
        pair, part = np.repeat(np.arange(len(unsure)), count), _ranges(first, count)
        outside = ~self.insiders.inside[scope[pair], self.unit[part]] & (held[part] > 0)
        pair, part = pair[outside], part[outside]
        # nothing that is left is larger than the rest
        rows = np.flatnonzero(((held > 0) & (held <= most))[self.of_person] & who)
        families = distinct(self.of_person[rows] * np.int64(counter.family_count) + counter.families[rows])
        starts = np.searchsorted(families, np.arange(len(self.cell) + 1) * np.int64(counter.family_count))
        number = starts[part + 1] - starts[part]
        found = families[_ranges(starts[part], number)] % counter.family_count
        every = distinct(np.repeat(pair, number) * np.int64(counter.family_count) + found)
        return np.bincount(every // counter.family_count, minlength=len(unsure))


def _ranges(first: Integers, count: Integers) -> Integers:
    """For each first number, so many numbers from it on."""
    ends = np.cumsum(count)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - count, count) + np.repeat(first, count)
