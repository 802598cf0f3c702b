"""statuses: the rules over the whole lattice, from the counted cells to what is published of each table.

Here tables become classes, conflicts and lines (`disclosure/protected/rules.py`): every ancestor of every cell is
looked at, whichever steps lead to it, and every finer table whose cells are parts of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from dataport.copies import shared
from dataport.cube.counting import Cells, Counts, coarser_codes
from dataport.cube.largest import Largest, Ordered
from dataport.cube.pairs import printed_pairs
from dataport.cube.population import Flags, Integers
from dataport.cube.ruled import Ruled
from dataport.cube.standing import Moved, Past
from dataport.cube.together import Together
from dataport.disclosure.protected.lines import Lines, joined_lines
from dataport.disclosure.protected.rules import Conflicts, settle

# With fewer cells beside each other than this, to go through them is sooner done than shared.
_WORTH_SHARING = 1_000_000


@dataclass(frozen=True, slots=True)
class Statuses:
    """What is published, by the name of the table without its sensitive attribute.

    Attributes:
        rows: of each table, which of its cells.
        splits: for each sensitive attribute and table, which cells are split by it.
        rounds: how many rounds the longest of the fixed points took.
    """

    rows: Mapping[str, Flags]
    splits: Mapping[str, Mapping[str, Flags]]
    rounds: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The lattice with one kind of count of each cell: of everybody, of who has an attribute, or of who has it not."""

    counts: Mapping[str, Counts]
    candidates: Mapping[str, Flags]


def rule(ruled: Ruled, splittable: Mapping[str, Mapping[str, Flags]]) -> Statuses:
    """What is published: rows first, then each sensitive attribute among the rows that are.

    Args:
        splittable: for each sensitive attribute and table, the cells that its other rules (split, density, insiders)
            let be split.
    """
    limits = ruled.today.limits
    counts = {name: one.counts for name, one in ruled.cells.items()}
    able = {
        name: (one.persons >= limits.persons) & (one.cases >= limits.cases) & ~_barred(ruled, "", name)
        for name, one in counts.items()
    }
    rows, rounds = _settled(ruled, "", able, [counts])
    splits: dict[str, dict[str, Flags]] = {}
    for attribute, tables in splittable.items():
        able = {name: flags & rows[name] & ~_barred(ruled, attribute, name) for name, flags in tables.items()}
        both = [
            {name: ruled.cells[name].having[attribute] for name in tables},
            {name: ruled.cells[name].lacking[attribute] for name in tables},
        ]
        splits[attribute], more = _settled(ruled, attribute, able, both, rows)
        rounds = max(rounds, more)
    return Statuses(rows, splits, rounds)


def _barred(ruled: Ruled, attribute: str, name: str) -> Flags:
    past = ruled.past.get((attribute, name))
    return past.barred if past else np.zeros(len(ruled.cells[name]), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Round:
    """One fixed point: some tables, the counts of each that must all pass, and what may be published of them."""

    ruled: Ruled
    attribute: str
    able: Mapping[str, Flags]
    measured: list[Mapping[str, Counts]]
    candidates: Flags
    kept: Flags
    known: Flags
    by_cases: dict[tuple[int, str], Ordered] = field(default_factory=dict)
    largest: dict[tuple[int, str, str], Largest] = field(default_factory=dict)

    def past(self, name: str) -> Past | None:
        return self.ruled.past.get((self.attribute, name))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every table with every coarser one."""
        for name in self.able:
            for coarse in self.ruled.coarser(name, self.able):
                yield name, coarse


def _settled(
    ruled: Ruled,
    attribute: str,
    able: Mapping[str, Flags],
    measured: list[Mapping[str, Counts]],
    rows: Mapping[str, Flags] | None = None,
) -> tuple[dict[str, Flags], int]:
    """The fixed point over some tables, for counts that must all pass."""
    one = _round(ruled, attribute, able, measured)
    if any(one.past(name) for name in able):
        _bar_beside_printed(one)
    conflicts, lines = _between(one)
    over_months = _over_months(ruled, attribute, able, rows) if ruled.past else None
    settled = settle(
        one.candidates, ruled.importance, ruled.cost, conflicts, lines, ruled.today.limits, one.kept, one.known,
        (lambda published: over_months.withheld(published, ruled.cost)) if over_months else None,
    )  # fmt: skip
    return {name: settled.published[ruled.classes[name]] for name in able}, settled.rounds


def _over_months(ruled: Ruled, attribute: str, able: Mapping[str, Flags], rows: Mapping[str, Flags] | None) -> Together:
    return Together(tuple(printed_pairs(ruled, attribute, able, rows)), ruled.today, ruled.processes)


def _round(ruled: Ruled, attribute: str, able: Mapping[str, Flags], measured: list[Mapping[str, Counts]]) -> _Round:
    """What may be published by itself; a class is told of all of its rows or of none, of one day or of none."""
    size = len(ruled.importance)
    candidates, kept, fresh, known = (np.zeros(size, dtype=np.bool_) for _ in range(4))
    found = _Round(ruled, attribute, able, measured, candidates, kept, known)
    for name, flags in able.items():
        candidates[ruled.classes[name][flags]] = True
        if past := found.past(name):
            kept[ruled.classes[name][past.kept]] = True
            fresh[ruled.classes[name][~past.kept]] = True
            known[ruled.classes[name][past.known]] = True
    for name, flags in able.items():
        candidates[ruled.classes[name][~flags]] = False
    candidates &= ~(kept & fresh)
    return found


def _between(one: _Round) -> tuple[Conflicts, Lines]:
    """The conflicts and lines of what may be published."""
    ruled = one.ruled
    first: list[Integers] = []
    second: list[Integers] = []
    lines: list[Lines] = []
    smallest_first: dict[tuple[int, str], Integers] = {}
    for name, coarse in one.pairs():
        parents = ruled.above(name, coarse)
        both = np.flatnonzero(one.candidates[ruled.classes[name]] & one.candidates[ruled.classes[coarse]][parents])
        for nth, counts in enumerate(one.measured):
            bad = both[_few_between(one, nth, name, coarse, both)]
            first.append(ruled.classes[coarse][parents[bad]])
            second.append(ruled.classes[name][bad])
            if (nth, name) not in smallest_first:
                smallest_first[nth, name] = np.lexsort((ruled.classes[name], counts[name].persons))
            lines.append(_lines(one, nth, name, coarse, smallest_first[nth, name]))
    empty = np.zeros(0, dtype=np.int64)
    return _apart(np.concatenate([empty, *first]), np.concatenate([empty, *second])), _all(lines)


def _bar_beside_printed(one: _Round) -> None:
    """Bar what would stand a few persons from a cell above or below it that was printed last month.

    Whatever becomes of that cell now, its value is in somebody's hands. What bars a class is asked of each pair of
    tables by itself, so that they may be shared.
    """

    def barred(pair: tuple[str, str]) -> Integers:
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *_barred_beside(one, *pair)]))

    pairs = tuple(one.pairs())
    # what a copy keeps for later is lost with it: here it is found for all
    cells = sum(len(one.ruled.above(*pair)) for pair in pairs)
    for classes in shared(barred, pairs, one.ruled.processes if cells >= _WORTH_SHARING else 1):
        one.candidates[classes] = False


def _barred_beside(one: _Round, name: str, coarse: str) -> Iterator[Integers]:
    """The classes that are barred in one of two tables for what was printed in the other."""
    ruled = one.ruled
    fine, whole, parents = one.past(name), one.past(coarse), ruled.above(name, coarse)
    if fine is None or whole is None:
        return
    fine_class, whole_class = ruled.classes[name], ruled.classes[coarse]
    for nth in range(len(one.measured)):
        # a new value below a printed one
        below = np.flatnonzero(one.candidates[fine_class] & whole.printed[parents] & ~fine.kept)
        moved = whole.moved[nth].at(parents[below]).turned()
        yield fine_class[below[_near(one, nth, name, coarse, below, moved, whole.kept[parents[below]])]]
        # a new value above a printed one
        printed = np.flatnonzero(fine.printed & one.candidates[whole_class][parents])
        printed = printed[~whole.kept[parents[printed]]]
        bad = _near(one, nth, name, coarse, printed, fine.moved[nth].at(printed), fine.kept[printed])
        yield whole_class[parents[printed[bad]]]
        is_same = whole.printed & ~whole.moved[nth].is_any()
        yield whole_class[_beside_gone(one, nth, fine.gone, coarse, is_same)]
        yield from _barred_beside_older(one, nth, name, coarse)


def _barred_beside_older(one: _Round, nth: int, name: str, coarse: str) -> Iterator[Integers]:
    """The same for what was printed in the months before that and is not printed any more as it was."""
    ruled, parents = one.ruled, one.ruled.above(name, coarse)
    fine, whole = one.past(name), one.past(coarse)
    if fine is None or whole is None:
        return
    fine_class, whole_class = ruled.classes[name], ruled.classes[coarse]
    for older in whole.older:
        below = np.flatnonzero(one.candidates[fine_class] & older.is_printed()[parents] & ~fine.kept)
        moved = older.moved[nth].at(older.place[parents[below]]).turned()
        yield fine_class[below[_near(one, nth, name, coarse, below, moved, np.zeros(len(below), dtype=np.bool_))]]
    for older in fine.older:
        above = np.flatnonzero(older.is_printed() & one.candidates[whole_class][parents])
        above = above[~whole.kept[parents[above]]]
        moved = older.moved[nth].at(older.place[above])
        bad = _near(one, nth, name, coarse, above, moved, np.zeros(len(above), dtype=np.bool_))
        yield whole_class[parents[above[bad]]]
        is_same = np.zeros(len(ruled.cells[coarse]), dtype=np.bool_)
        for then in (each for each in whole.older if each.day == older.day):
            is_same[then.is_printed()] = ~then.moved[nth].is_any()[then.place[then.is_printed()]]
        yield whole_class[_beside_gone(one, nth, older.gone, coarse, is_same)]


def _beside_gone(one: _Round, nth: int, sides: tuple[Cells | None, ...], coarse: str, is_same: Flags) -> Integers:
    """New values above a printed cell in which there is nobody any more: all of it may have moved within them.

    Args:
        sides: such cells, for each of the counts that must pass.
        is_same: cells above that were printed beside them, of whom they are now: these passed then.
    """
    ruled, gone, whole = one.ruled, sides[nth] if sides else None, one.past(coarse)
    if gone is None or whole is None or not len(gone):
        return np.zeros(0, dtype=np.int64)
    cells = ruled.cells[coarse]
    codes = coarser_codes(gone, cells.table, ruled.today.codings)
    parents = np.minimum(np.searchsorted(cells.codes, codes), len(cells) - 1)
    apart = np.abs(one.measured[nth][coarse].persons[parents] - gone.counts.persons)
    # two populations, so that a case may have been the largest in each
    few = (apart < ruled.today.limits.persons) | (apart <= 2 * (ruled.today.limits.cases - 1) * ruled.largest_case)
    return parents[few & ~whole.kept[parents] & ~is_same[parents] & (cells.codes[parents] == codes)]


def _near(
    one: _Round,
    nth: int,
    name: str,
    coarse: str,
    cells: Integers,
    moved: Moved,
    is_kept: Flags,
) -> Flags:
    """Whether few persons or cases are between a cell and one above it, of which the one is as it was printed last.

    Args:
        moved: those who changed what was printed: as joined those who are between the two whatever the others do.
        is_kept: where the printed value is printed again.
    """
    limits, ruled, counts = one.ruled.today.limits, one.ruled, one.measured[nth]
    few = _few_between(one, nth, name, coarse, cells)
    rest = counts[coarse].persons[ruled.above(name, coarse)[cells]] - counts[name].persons[cells]
    apart = moved.joined + np.abs(rest - moved.left)
    # two populations, so that a case may have been the largest in each
    unsure = np.flatnonzero((apart >= limits.persons) & (apart <= 2 * (limits.cases - 1) * ruled.largest_case))
    cases = np.full(len(cells), limits.cases)
    if len(unsure):
        beside = _most_cases_beside(one, nth, name, coarse, cells[unsure])
        cases[unsure] = np.maximum(moved.cases_joined[unsure], beside - moved.cases_left[unsure])
    # where the printed cell has another value now, what was printed is a set of last month's
    is_new = (moved.joined + moved.left > 0) & ~is_kept
    return np.where(is_new, (apart < limits.persons) | (cases < limits.cases), few)


def _apart(one: Integers, other: Integers) -> Conflicts:
    is_other = one != other
    return Conflicts(one[is_other], other[is_other])


def _all(lines: list[Lines]) -> Lines:
    none = np.zeros(0, dtype=np.int64)
    return joined_lines(lines) if lines else Lines(none, none, none, none.astype(np.bool_), none, none, none)


def _few_between(one: _Round, nth: int, name: str, coarse: str, cells: Integers) -> Flags:
    """Of some cells, which leave a few persons, or too few cases, of the cell above them.

    Args:
        nth: which of the counts that must all pass.
    """
    ruled, counts = one.ruled, one.measured[nth]
    parents = ruled.above(name, coarse)[cells]
    rest = counts[coarse].persons[parents] - counts[name].persons[cells]
    persons = np.full(len(cells), ruled.today.limits.persons)
    cases = np.full(len(cells), ruled.today.limits.cases)
    skip, few_since = np.zeros(len(cells), dtype=np.bool_), np.zeros(len(cells), dtype=np.bool_)
    fine, whole = one.past(name), one.past(coarse)
    if fine and whole:
        # what was printed together passed then; else what changed since may hide what is between
        skip = fine.kept[cells] & whole.kept[parents]
        persons += fine.persons[cells] + whole.persons[parents]
        cases += fine.cases[cells] + whole.cases[parents]
        few_since = fine.moved[nth].is_few[cells] | whole.moved[nth].is_few[parents]
    # nobody is between them today: whoever changed one of them since it was printed is all that is
    bad = np.where(rest > 0, rest < persons, few_since)
    unsure = np.flatnonzero((rest >= persons) & (rest <= (cases - 1) * ruled.largest_case))
    if len(unsure):
        most = _most_cases_beside(one, nth, name, coarse, cells[unsure])
        bad[unsure] = most < cases[unsure]
    return bad & ~skip


def _most_cases_beside(one: _Round, nth: int, name: str, coarse: str, cells: Integers) -> Integers:
    """For some cells, the cases of the largest other part of the cell above: there are at least so many in the rest."""
    parents = one.ruled.above(name, coarse)
    if (nth, name, coarse) not in one.largest:
        if (nth, name) not in one.by_cases:
            one.by_cases[nth, name] = Ordered.of(one.measured[nth][name])
        parts = one.by_cases[nth, name]
        one.largest[nth, name, coarse] = Largest.of(parts, parents, len(one.ruled.cells[coarse]))
    return one.largest[nth, name, coarse].beside(cells, parents[cells])


def _lines(one: _Round, nth: int, name: str, coarse: str, smallest_first: Integers) -> Lines:
    """The cells of a coarser table with their parts in a finer one; lines that nothing can be told of are left out."""
    ruled, candidates, own = one.ruled, one.candidates, one.measured[nth][name]
    parents, whole, part = ruled.above(name, coarse), ruled.classes[coarse], ruled.classes[name]
    may = candidates[part] & (own.persons > 0)
    is_told = np.zeros(len(whole), dtype=np.bool_)
    is_told[parents[may]] = True
    is_told &= candidates[whole]
    numbers = np.cumsum(is_told) - 1
    concerned = is_told[parents]
    fixed, open_ = np.flatnonzero(concerned & ~may), smallest_first[(concerned & may)[smallest_first]]
    size = int(is_told.sum())
    line = numbers[parents[fixed]]
    enough = own.cases[fixed] >= ruled.today.limits.cases
    # numbers of sixteen bits are sorted several times as fast, and few tables have more cells
    kind = np.uint16 if len(whole) <= np.iinfo(np.uint16).max else np.int32
    order = open_[np.argsort(parents[open_].astype(kind), kind="stable")]
    return Lines(
        whole[is_told],
        np.bincount(line, weights=own.persons[fixed], minlength=size).astype(np.int64),
        np.bincount(line, weights=own.persons[fixed] > 0, minlength=size).astype(np.int64),
        np.bincount(line, weights=enough & (own.persons[fixed] > 0), minlength=size) > 0,
        numbers[parents[order]],
        part[order],
        own.persons[order],
    )
