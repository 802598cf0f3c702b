"""together: a number less all numbers of its parts, of whichever months they are, tells of nobody or of enough.

A part that is withheld now and was printed before is told as it was, to whoever kept the files. So a line is looked at
twice: with what is printed today, and with the number of each cell that was printed last. It is of those who are in the
whole, as its number is, and not in one part, as the numbers of these are, or the other way round. Today's sets say that
of nearly everybody; who moved since is gone through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dataport.cube.counting import Cells, Counts, cases_in, coarser_codes, codes_of
from dataport.cube.population import Codings, Flags, Integers, Population
from dataport.cube.standing import Moves, Past
from dataport.disclosure.protected.lattice import Lattice
from dataport.disclosure.protected.rules import TOLD_BEFORE, Thresholds

# In one round so many of the lines that tell too much are mended, or one in so many where that is more.
_AT_ONCE, _SHARE_AT_ONCE = 500, 3
# Stands for the whole of a line among its parts, and for a part in which there is nobody any more.
_WHOLE, _LOST = -1, -2


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells: their classes, which any month printed, and of which what is printed now is of an earlier month."""

    classes: Integers
    known: Flags
    kept: Flags

    @classmethod
    def of(cls, classes: Integers, past: Past, sides: int = 1) -> Shown:
        return cls(*(np.tile(one, sides) for one in (classes, past.known, past.kept)))

    def at(self, places: Integers) -> Shown:
        return Shown(self.classes[places], self.known[places], self.kept[places])


@dataclass(frozen=True, slots=True)
class Together:
    """Lines of which something was printed before.

    Attributes:
        whole: line by line.
        line, part, persons, cases: part by part, whichever may be published.
        group_line, group_part, group_family: each person who moved in a line: the line, and the part they are in now
            (-1: not in the whole).
        group, moved, sign: who moved, as a number of that person; in which part's number (or the whole's, or a lost
            part's); and by how much that changes how often the line counts them.
    """

    whole: Shown
    line: Integers
    part: Shown
    persons: Integers
    cases: Integers
    group_line: Integers
    group_part: Integers
    group_family: Integers
    group: Integers
    moved: Integers
    sign: Integers
    limits: Thresholds

    def withheld(self, published: Flags, cost: Integers) -> Integers:
        """Of each line that tells of a few, the new number that is least missed: of a part, or of the whole."""
        classes = len(published)
        published = with_decided(published)
        fresh = published[self.part.classes] & ~self.part.kept
        fresh_whole = published[self.whole.classes] & ~self.whole.kept
        broken = np.zeros(len(self.whole.classes), dtype=np.bool_)
        for is_all in (False, True):
            broken |= self._is_few(published, is_all)
        broken &= fresh_whole | (np.bincount(self.line[fresh], minlength=len(broken)) > 0)
        # what is decided is not withheld here
        fresh_whole &= self.whole.classes < classes
        cost = np.append(cost, [-1, -1])
        # a part that is as it was printed is told whether it is printed again or not
        tells_more = ~self.part.known | (np.bincount(self.moved[self.moved >= 0], minlength=len(fresh)) > 0)
        entries = np.flatnonzero(fresh & tells_more & broken[self.line])
        missed = np.sqrt(self.persons[entries]) * np.where(self.part.known[entries], TOLD_BEFORE, 1)
        order = np.lexsort((missed, self.line[entries]))
        with_part, first = np.unique(self.line[entries][order], return_index=True)
        chosen = entries[order[first]]
        part, whole = self.part.classes[chosen], self.whole.classes[with_part]
        goes = np.where((cost[whole] > cost[part]) & fresh_whole[with_part], whole, part)
        several = max(_AT_ONCE, len(goes) // _SHARE_AT_ONCE)
        goes = goes[np.argsort(self.persons[chosen], kind="stable")[:several]]
        alone = np.setdiff1d(np.flatnonzero(broken & fresh_whole), with_part)
        return np.unique(np.concatenate([goes, self.whole.classes[alone]]))

    def _is_few(self, published: Flags, is_all: bool) -> Flags:
        """Which lines tell of some, and of few.

        Args:
            is_all: with the numbers printed last of what is withheld now.
        """
        size = len(self.whole.classes)
        shown, whole_shown = published[self.part.classes], published[self.whole.classes]
        told = shown | self.part.known if is_all else shown
        old = told & (self.part.kept | ~shown)
        whole_told = whole_shown | self.whole.known if is_all else whole_shown
        whole_old = whole_told & (self.whole.kept | ~whole_shown)
        is_line = whole_told & (np.bincount(self.line[told], minlength=size) > 0)
        # once for each move: whether the number that it is about is one of an earlier month
        at = np.maximum(self.moved, 0)
        counts = np.where(self.moved == _LOST, is_all, old[at] if len(old) else False)
        counts = np.where(self.moved == _WHOLE, whole_old[self.group_line[self.group]], counts)
        differs = np.bincount(self.group, weights=self.sign * counts, minlength=len(self.group_line)).astype(np.int64)
        today = (self.group_part >= 0) & ~told[np.maximum(self.group_part, 0)] if len(told) else self.group_part < -1
        is_told = today + differs != 0
        hidden = np.bincount(self.line, weights=np.where(told, 0, self.persons), minlength=size).astype(np.int64)
        more = np.bincount(self.group_line[is_told & ~today], minlength=size)
        fewer = np.bincount(self.group_line[~is_told & today], minlength=size)
        tells = hidden + more - fewer
        few = is_line & (tells > 0) & (tells < self.limits.persons)
        unsure = is_line & (tells >= self.limits.persons)
        most = np.zeros(size, dtype=np.int64)
        np.maximum.at(most, self.line[~told], self.cases[~told])
        unsure &= most - fewer < self.limits.cases
        rows = np.flatnonzero(is_told & unsure[self.group_line])
        families = cases_in(self.group_line[rows], self.group_family[rows], size)
        return few | (unsure & (families < self.limits.cases))


def with_decided(flags: Flags) -> Flags:
    """Flags of classes, with two more: of what is published whatever comes of the others, and of what is not."""
    return np.append(flags, [True, False])


@dataclass(frozen=True, slots=True)
class Pair:
    """A table and a coarser one, one or both sides of the finer one's attribute, and what was printed of them.

    Attributes:
        above: for each cell of the finer one, the place of that of the coarser; both sides one after the other.
        counts: of the finer one, side by side.
        part, whole: whether the cells are published; their classes may be those of `with_decided`.
        moves, whole_moves: who changed since the numbers printed last.
        attribute, has: whom the finer one counts; both sides where `has` is not said of an attribute.
    """

    fine: Cells
    coarse: Cells
    above: Integers
    counts: tuple[Counts, ...]
    part: Shown
    whole: Shown
    moves: Moves
    whole_moves: Moves
    lost: Cells | None
    attribute: str = ""
    has: bool | None = None

    @property
    def sides(self) -> int:
        return len(self.counts)


@dataclass(frozen=True, slots=True)
class Today:
    """Whom the cells are of now."""

    population: Population
    codings: Codings
    lattice: Lattice
    limits: Thresholds


def together(pairs: Iterable[Pair], candidates: Flags, today: Today) -> Together | None:
    """The lines of many pairs of tables; those that cannot tell of a few, whatever is withheld, are left out."""
    candidates = with_decided(candidates)
    parts = [one for pair in pairs if (one := _lines(pair, candidates, today))]
    return _joined(parts, today.limits) if parts else None


def _lines(pair: Pair, candidates: Flags, today: Today) -> Together | None:
    part, whole, size = pair.part, pair.whole, len(pair.coarse)
    persons, most = (np.concatenate([getattr(one, name) for one in pair.counts]) for name in ("persons", "cases"))
    may, may_whole = candidates[part.classes], candidates[whole.classes]
    told = may | part.known
    lost_line = _line_of_lost(pair, today)
    is_told = (may_whole | whole.known) & (np.bincount(pair.above[told], minlength=size) > 0)
    is_told |= (may_whole | whole.known) & (np.bincount(lost_line[lost_line >= 0], minlength=size) > 0)
    new = may_whole | (np.bincount(pair.above[may], minlength=size) > 0)
    old = whole.known | (np.bincount(pair.above[part.known], minlength=size) > 0)
    old[lost_line[lost_line >= 0]] = True
    moves_line, moved, sign, row = _moves(pair, lost_line)
    hidden = np.bincount(pair.above, weights=np.where(told, 0, persons), minlength=size)
    cases = np.zeros(size, dtype=np.int64)
    np.maximum.at(cases, pair.above[~told], most[~told])
    moving = np.bincount(moves_line, minlength=size)
    is_safe = (hidden - moving >= today.limits.persons) & (cases - moving >= today.limits.cases)
    # what is told of nothing, of today alone or of a month before alone was held against the rules by itself
    lines = np.flatnonzero(is_told & new & old & ~is_safe)
    if not len(lines):
        return None
    number = np.full(size, -1, dtype=np.int64)
    number[lines] = np.arange(len(lines))
    entries = np.flatnonzero(number[pair.above] >= 0)
    place = np.full(len(pair.above), -1, dtype=np.int64)
    place[entries] = np.arange(len(entries))
    concerned = np.flatnonzero(number[moves_line] >= 0)
    groups, group = _groups(pair, number[moves_line[concerned]], row[concerned], place, lines, today)
    moved = moved[concerned]
    return Together(
        whole.at(lines),
        number[pair.above[entries]],
        part.at(entries),
        persons[entries],
        most[entries],
        *groups,
        group,
        np.where(moved >= 0, place[np.maximum(moved, 0)], moved),
        sign[concerned],
        today.limits,
    )


def _line_of_lost(pair: Pair, today: Today) -> Integers:
    """The line of each lost part; -1 where there is nobody in the whole either."""
    lost = pair.lost
    if lost is None or not len(lost):
        return np.zeros(0, dtype=np.int64)
    codes = coarser_codes(lost, pair.coarse.table, today.codings)
    found = np.minimum(np.searchsorted(pair.coarse.codes, codes), len(pair.coarse) - 1)
    return np.tile(np.where(pair.coarse.codes[found] == codes, found, -1), pair.sides)


def _moves(pair: Pair, lost_line: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Of each move: the line, the part whose number it is about, the sign, and its row among those of both tables."""
    fine, whole = pair.moves, pair.whole_moves
    line_of = np.concatenate([pair.above.astype(np.int64), lost_line])
    line = line_of[fine.cell]
    part = np.where(fine.cell < len(pair.above), fine.cell, _LOST)
    of_whole = np.flatnonzero(whole.cell < len(pair.coarse))
    lines = np.concatenate([line, whole.cell[of_whole]])
    moved = np.concatenate([part, np.full(len(of_whole), _WHOLE)])
    sign = np.concatenate([np.where(fine.joined, 1, -1), np.where(whole.joined[of_whole], -1, 1)])
    row = np.concatenate([np.arange(len(line)), len(line) + of_whole])
    here = lines >= 0
    return lines[here], moved[here], sign[here], row[here]


def _groups(
    pair: Pair, line: Integers, row: Integers, place: Integers, lines: Integers, today: Today
) -> tuple[tuple[Integers, Integers, Integers], Integers]:
    """Who moved, once for each line: the line, the part they are in now and their family; and which each move is of."""
    person, family = (
        np.concatenate([getattr(pair.moves, name), getattr(pair.whole_moves, name)])[row]
        for name in ("person", "family")
    )
    known, numbers = np.unique(person, return_inverse=True)
    size = max(1, len(known))
    each, first, group = np.unique(line * size + numbers, return_index=True, return_inverse=True)
    line, family, person = each // size, family[first], person[first]
    people = today.population
    now = np.minimum(np.searchsorted(people.persons, person), len(people) - 1)
    is_there = people.persons[now] == person
    if pair.attribute and pair.has is not None:
        is_there &= people.sensitive[pair.attribute][now] == pair.has
    there = np.flatnonzero(is_there)
    codes = codes_of(people, pair.fine.table, today.codings, today.lattice, now[there])
    cell = np.searchsorted(pair.fine.codes, codes)
    if pair.sides > 1:
        cell = cell + np.where(people.sensitive[pair.attribute][now[there]], 0, len(pair.fine))
    part = np.full(len(line), -1, dtype=np.int64)
    inside = pair.above[cell] == lines[line[there]]
    part[there[inside]] = place[cell[inside]]
    return (line, part, family), group


def _joined(several: list[Together], limits: Thresholds) -> Together:
    lines, parts, groups = (
        np.cumsum([0, *(len(one) for one in each)])[:-1]
        for each in (
            [one.whole.classes for one in several],
            [one.persons for one in several],
            [one.group_line for one in several],
        )
    )

    def added(name: str, offsets: Integers) -> Integers:
        columns = [getattr(one, name) for one in several]
        moved = [np.where(column >= 0, column + by, column) for column, by in zip(columns, offsets, strict=True)]
        return np.concatenate(moved)

    def shown(name: str) -> Shown:
        each = [getattr(one, name) for one in several]
        return Shown(*(np.concatenate([getattr(one, field) for one in each]) for field in Shown.__slots__))

    def plain(name: str) -> Integers:
        return np.concatenate([getattr(one, name) for one in several])

    return Together(
        shown("whole"), added("line", lines), shown("part"), plain("persons"), plain("cases"),
        added("group_line", lines), added("group_part", parts), plain("group_family"), added("group", groups),
        added("moved", parts), plain("sign"), limits,
    )  # fmt: skip
