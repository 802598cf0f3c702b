"""Beside: the published rows of one table within those of every coarser one, and who is between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import coarser_keys, rows_at
from dataport.attackers.downloaded import Codes, Flags, Longs, Table
from dataport.attackers.folk import Folk
from dataport.attackers.parts import Listed, Parts
from dataport.attackers.register import Register, groups_by
from dataport.attackers.universe import MANY


@dataclass(frozen=True, slots=True)
class Beside:
    """One table beside some coarser ones, as each was printed in one month.

    The rows of the coarser tables, its *wholes*, are numbered one table after the other.

    Attributes:
        starts: the first whole of each table.
        over: table by table, for each cell of the finer one the whole above it; -1 where that is not listed.
        whole, row: of each published row within a published whole.
        whole_since, whole_persons: the month of each whole's number, and how many persons it was of.
        since, persons: the same of each row.
    """

    child: Table
    parents: tuple[Table, ...]
    parts: Parts
    starts: Longs
    over: Codes
    whole: Longs
    row: Longs
    whole_since: Codes
    whole_persons: Longs
    since: Codes
    persons: Longs

    @classmethod
    def of(cls, register: Register, parts: Parts, child: Table, parents: Sequence[Table]) -> Beside:
        starts = np.cumsum([0, *(len(one.keys) for one in parents)])
        over = np.full((len(parents), len(parts.keys)), -1, dtype=np.int32)
        for nth, parent in enumerate(parents):
            above = rows_at(parent, coarser_keys(parts.keys, child.levels, parent.levels))
            over[nth] = np.where(above >= 0, starts[nth] + above, -1)
        rows = np.flatnonzero(child.is_published)
        whole = over[:, parts.places(child.keys[rows])].astype(np.int64)
        is_published = np.concatenate([*(one.is_published for one in parents), [False]])
        both = is_published[whole]
        return cls(
            child, tuple(parents), parts, starts, over, whole[both], np.broadcast_to(rows, whole.shape)[both],
            np.concatenate([one.since for one in parents]),
            np.concatenate([register.persons(one) for one in parents]),
            child.since, register.persons(child),
        )  # fmt: skip

    def table(self, whole: Longs) -> Longs:
        """Which of the coarser tables each whole is of."""
        return np.searchsorted(self.starts, whole, side="right") - 1

    def by_table(self, whole: Longs) -> list[int]:
        """How many of some wholes are of each table."""
        times: list[int] = np.bincount(self.table(whole), minlength=len(self.parents)).tolist()
        return times

    def within(self, wholes: Longs) -> Listed:
        """The cells of the finer table within each of some wholes."""
        number = np.full(int(self.starts[-1]) + 1, -1, dtype=np.int64)
        number[wholes] = np.arange(len(wholes))
        tables = np.unique(self.table(wholes))
        nth = number[self.over[tables]]
        at, cell = np.nonzero(nth >= 0)
        return Listed.of(nth[at, cell], cell, len(wholes))

    def newcomers(self, whole: Longs, row: Longs, old: int, new: int) -> Longs:
        """Of who is in a row in the later month, how many were not in the whole in the earlier one."""
        cell = self.parts.places(self.child.keys[row])
        movers, nth = self.parts.movers[new].of_cells(cell)
        return np.bincount(nth[self._is_outside(movers, whole[nth], old)], minlength=len(row))

    def _is_outside(self, movers: Longs, whole: Longs, month: int) -> Flags:
        cell = self.parts.cell[month][movers]
        found: Flags = (cell < 0) | (self.over[self.table(whole), cell] != whole)
        return found

    def groups_apart(self, folk: Folk, whole: Longs, row: Longs, old: int, new: int) -> Longs:
        """Of how many groups they are who are in a whole in one month, or in its part in another, and not in both.

        The two are so near that where anybody stays in another part of the whole, few do.
        """
        parts = self.parts
        own = parts.places(self.child.keys[row])
        wholes, number = np.unique(whole, return_inverse=True)
        cells, pair = self.within(wholes).of_cells(number)
        is_own = cells == own[pair]
        stayers, nth = parts.stayers.of_cells(cells[~is_own])
        movers, moved = parts.movers[old].of_cells(cells)
        pair_of = pair[moved]
        left = parts.cell[new][movers] != own[pair_of]
        came, nth_came = parts.movers[new].of_cells(own)
        fresh = self._is_outside(came, whole[nth_came], old)
        pairs = np.concatenate([pair[~is_own][nth], pair_of[left], nth_came[fresh]])
        families = [stayers, folk.movers[old].families[movers[left]], folk.movers[new].families[came[fresh]]]
        return groups_by(pairs, np.concatenate(families), len(row))

    def told_of(self, folk: Folk, wholes: Longs) -> tuple[Longs, Longs]:
        """How many persons, of how many groups, a whole less its parts tells of, each as it was when it was printed.

        Who is counted in one of them and not in the others, or oftener than once; groups are `MANY` where there are
        too many in one cell to be gone through.
        """
        parts, people = self.parts, len(folk.families)
        printed = np.full(len(parts.keys), -1, dtype=np.int64)
        rows = np.flatnonzero(self.child.is_published)
        printed[parts.places(self.child.keys[rows])] = self.since[rows]
        within = self.within(wholes)
        cells, line = within.of_cells(np.arange(len(wholes)))
        hidden = np.flatnonzero(printed[cells] < 0)
        persons = np.bincount(line[hidden], weights=parts.stay[cells[hidden]], minlength=len(wholes)).astype(np.int64)
        stayers, nth = parts.stayers.of_cells(cells[hidden])
        is_many = np.zeros(len(wholes), dtype=np.bool_)
        is_many[line[hidden][parts.stay[cells[hidden]] > parts.few]] = True
        counted, sign = [], []
        for times, months in ((1, self.whole_since[wholes][line]), (-1, printed[cells])):
            for month in np.unique(months[months >= 0]).tolist():
                here = np.flatnonzero(months == month)
                movers, at = parts.movers[month].of_cells(cells[here])
                counted.append(line[here][at] * max(1, people) + movers)
                sign.append(np.full(len(movers), times))
        each, place = np.unique(np.concatenate(counted), return_inverse=True)
        # who was in two parts by turns is taken off twice
        told = each[np.bincount(place, weights=np.concatenate(sign), minlength=len(each)) != 0]
        by_line, mover = told // max(1, people), told % max(1, people)
        lines = np.concatenate([line[hidden][nth], by_line])
        groups = groups_by(lines, np.concatenate([stayers, folk.families[mover]]), len(wholes))
        return persons + np.bincount(by_line, minlength=len(wholes)), np.where(is_many, MANY, groups)
