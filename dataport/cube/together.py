"""together: a number less all numbers of its parts, of whichever months they are, tells of nobody or of enough.

A part that is withheld now and was printed before is told as it was, to whoever kept the files. So a line is looked at
twice: with what is printed today, and with the number of each cell that was printed last. It is of those who are in the
whole, as its number is, and not in one part, as the numbers of these are, or the other way round. Today's sets say that
of nearly everybody; who moved since is gone through, for the numbers of earlier months alone.

Nothing of this is held for all lines at once: there are some ten thousand pairs of tables, and at full size hundreds of
thousands who moved. A pair is gone through when it is asked for, and again where what is published of it has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from dataport.copies import shared
from dataport.cube.counting import Cells, Counts, cases_in, coarser_codes, codes_of
from dataport.cube.population import Codings, Flags, Integers, Population
from dataport.cube.standing import Moves, Moving, Past
from dataport.disclosure.protected.lattice import Lattice
from dataport.disclosure.protected.lines import TOLD_BEFORE, Thresholds, least_first


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells: their classes, which any month printed, and of which what is printed now is of an earlier month."""

    classes: Integers
    known: Flags
    kept: Flags

    @classmethod
    def of(cls, classes: Integers, past: Past, sides: int = 1) -> Shown:
        return cls(*(np.tile(one, sides) for one in (classes, past.known, past.kept)))

    def at(self, published: Flags) -> Printed:
        """These cells, where those classes are published."""
        shown = published[self.classes]
        return Printed(shown, shown & self.kept, shown & ~self.kept, shown | self.known, ~shown & self.known)


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

    def numbers(self, *, is_all: bool) -> tuple[Flags, Flags]:
        """Of which cells there is a number, and of which it is one of an earlier month.

        Args:
            is_all: with the numbers printed last of what is withheld now.
        """
        return (self.told, self.kept | self.gone) if is_all else (self.shown, self.kept)


@dataclass(frozen=True, slots=True)
class Pair:
    """A table and a coarser one, one or both sides of the finer one's attribute, and what was printed of them.

    Attributes:
        above: for each cell of the finer one, the place of that of the coarser; both sides one after the other.
        counts: of the finer one, side by side.
        part, whole: whether the cells are published; their classes may be those of `with_decided`.
        moves, whole_moves: who changed since the numbers printed last; of the finer one side by side.
        attribute, has: whom the finer one counts; both sides where `has` is not said of an attribute.
    """

    fine: Cells
    coarse: Cells
    above: Integers
    counts: tuple[Counts, ...]
    part: Shown
    whole: Shown
    moves: tuple[Moves, ...]
    whole_moves: Moves
    lost: Cells | None
    attribute: str = ""
    has: bool | None = None

    def of_both(self, name: str) -> Integers:
        """One of the counts, both sides one after the other."""
        return np.concatenate([getattr(one, name) for one in self.counts])

    def lines_with(self, parts: Flags) -> Flags:
        """The cells of the coarser table that have such a part."""
        found = np.zeros(len(self.coarse), dtype=np.bool_)
        found[self.above[parts]] = True
        return found

    def times(self) -> Integers:
        """How many moved of each part."""
        return np.concatenate([one.times()[: len(self.fine)] for one in self.moves])

    def lost_lines(self, codings: Codings) -> Integers:
        """The line of each lost part of one side; -1 where there is nobody in the whole either."""
        if self.lost is None or not len(self.lost):
            return np.zeros(0, dtype=np.int64)
        codes = coarser_codes(self.lost, self.coarse.table, codings)
        found = np.minimum(np.searchsorted(self.coarse.codes, codes), len(self.coarse) - 1)
        return np.where(self.coarse.codes[found] == codes, found, -1)


@dataclass(frozen=True, slots=True)
class Today:
    """Whom the cells are of now, and who moved since the earlier days."""

    population: Population
    codings: Codings
    lattice: Lattice
    limits: Thresholds
    moving: Moving


# What goes, how many persons it is, and which wholes go without a part.
Chosen: TypeAlias = tuple[Integers, Integers, Integers]
# With fewer cells than this, to go through them is sooner done than shared.
_WORTH_SHARING = 1_000_000


@dataclass(slots=True)
class Together:
    """Every line of which something was printed before; of each pair of tables, those that tell of a few so far.

    Args:
        processes: how many share in it.
    """

    pairs: Sequence[Pair]
    today: Today
    processes: int = 1
    _few: list[Integers] = field(default_factory=list, init=False)
    _before: Flags | None = field(default=None, init=False)

    def withheld(self, published: Flags, cost: Integers) -> Integers:
        """Of each line that tells of a few, the new number that is least missed: of a part, or of the whole.

        What is published becomes less from one call to the next.
        """
        now = with_decided(published)
        changed = None if self._before is None else self._before & ~now
        self._before = now
        none = np.zeros(0, dtype=np.int64)
        if changed is None:
            self._few = [none] * len(self.pairs)
        cost = np.append(cost, [-1, -1])

        def gone_through(nth: int) -> tuple[Integers, Chosen] | None:
            pair = self.pairs[nth]
            lines = _concerned(pair, self._few[nth], changed)
            if lines is None:
                return None
            few = lines_of_few(pair, lines, now, self.today)
            return few, _least_missed(pair, few, now, cost) if len(few) else (none, none, none)

        goes, persons, alone = [none], [none], [none]
        for nth, found in enumerate(shared(gone_through, range(len(self.pairs)), self._processes())):
            if found:
                self._few[nth], chosen = found
                for every, one in zip((goes, persons, alone), chosen, strict=True):
                    every.append(one)
        return np.unique(np.concatenate([np.concatenate(goes)[least_first(np.concatenate(persons))], *alone]))

    def _processes(self) -> int:
        cells = sum(len(pair.above) for pair in self.pairs)
        return self.processes if cells >= _WORTH_SHARING else 1


def with_decided(flags: Flags) -> Flags:
    """Flags of classes, with two more: of what is published whatever comes of the others, and of what is not."""
    return np.append(flags, [True, False])


def _concerned(pair: Pair, few: Integers, changed: Flags | None) -> Flags | None:
    """The lines that are to be looked at: all at first, then those that told of a few or of which something changed."""
    if changed is None:
        return np.ones(len(pair.coarse), dtype=np.bool_)
    parts, lines = changed[pair.part.classes], changed[pair.whole.classes]
    if not len(few) and not parts.any() and not lines.any():
        return None
    lines = lines | pair.lines_with(parts)
    lines[few] = True
    return lines


def lines_of_few(pair: Pair, lines: Flags, published: Flags, today: Today) -> Integers:
    """Those of some lines that have a new number, and an earlier one, and tell of a few."""
    part, whole = pair.part.at(published), pair.whole.at(published)
    lost = pair.lost_lines(today.codings)
    has_old = pair.whole.known | pair.lines_with(pair.part.known)
    has_old[lost[lost >= 0]] = True
    # what is told of today alone or of a month before alone was held against the rules by itself
    lines = lines & has_old & (whole.fresh | pair.lines_with(part.fresh))
    found = np.zeros(len(lines), dtype=np.bool_)
    # by what is told today, by what last month printed and is printed again, and by what was printed and is no more
    ways = [(lost[:0], False), (lost[:0], True), *([(lost, True)] if len(lost) else [])]
    for gone, is_all in ways:
        if lines.any():
            found |= _tell_of_few(pair, lines, part, whole, gone, today, is_all=is_all)
    return np.flatnonzero(found)


def _tell_of_few(
    pair: Pair, lines: Flags, part: Printed, whole: Printed, lost: Integers, today: Today, *, is_all: bool
) -> Flags:
    told, old = part.numbers(is_all=is_all)
    whole_told, whole_old = whole.numbers(is_all=is_all)
    lines = lines & whole_told & pair.lines_with(told)
    size, limits = len(lines), today.limits
    kept_out = np.flatnonzero(~told & lines[pair.above])
    above = pair.above[kept_out]
    hidden = np.bincount(above, weights=pair.of_both("persons")[kept_out], minlength=size).astype(np.int64)
    most = np.zeros(size, dtype=np.int64)
    np.maximum.at(most, above, pair.of_both("cases")[kept_out])
    moving = _how_many_moved(pair, old, whole_old, lost)
    # whoever moved, nobody or enough are told of
    is_safe = ((hidden == 0) & (moving == 0)) | ((hidden - moving >= limits.persons) & (most - moving >= limits.cases))
    lines = lines & ~is_safe
    if not lines.any():
        return lines
    moved = _moved(pair, lines, old, whole_old, lost, today)
    is_hidden = (moved.part >= 0) & ~told[np.maximum(moved.part, 0)]
    is_told = is_hidden + moved.differs != 0
    fewer = np.bincount(moved.line[~is_told & is_hidden], minlength=size)
    tells = hidden + np.bincount(moved.line[is_told & ~is_hidden], minlength=size) - fewer
    few = lines & (tells > 0) & (tells < limits.persons)
    unsure = lines & (tells >= limits.persons) & (most - fewer < limits.cases)
    if not unsure.any():
        return few
    rows = np.flatnonzero(is_told & unsure[moved.line])
    # who is told of whatever the earlier numbers are is gone through for these lines alone
    every = _moved(pair, unsure, np.ones_like(old), np.ones_like(whole_old), pair.lost_lines(today.codings), today)
    also = (every.part >= 0) & ~told[np.maximum(every.part, 0)] & ~np.isin(every.key(today), moved.key(today))
    line = np.concatenate([moved.line[rows], every.line[also]])
    who = np.concatenate([moved.who[rows], every.who[also]])
    return few | (unsure & (cases_in(line, today.moving.families[who], size) < limits.cases))


def _how_many_moved(pair: Pair, old: Flags, whole_old: Flags, lost: Integers) -> Integers:
    """Line by line, how many moves the numbers of earlier months do not know of: at most so many persons."""
    size = len(pair.coarse)
    found = np.where(whole_old, pair.whole_moves.times()[:size], 0)
    parts = np.flatnonzero(old)
    found = found + np.bincount(pair.above[parts], weights=pair.times()[parts], minlength=size).astype(np.int64)
    inside = np.flatnonzero(lost >= 0)
    for moves in pair.moves if len(inside) else ():
        times = moves.times()[len(pair.fine) :][inside]
        found = found + np.bincount(lost[inside], weights=times, minlength=size).astype(np.int64)
    return found


@dataclass(frozen=True, slots=True)
class _Moved:
    """Who moved, once for each line.

    Attributes:
        part: the part of the line that they are in now; -1 where they are in none.
        differs: by how much that changes how often the line counts them.
    """

    line: Integers
    who: Integers
    part: Integers
    differs: Integers

    def key(self, today: Today) -> Integers:
        """The line and the person as one number."""
        return self.line * max(1, len(today.moving.places)) + self.who


def _moved(pair: Pair, lines: Flags, old: Flags, whole_old: Flags, lost: Integers, today: Today) -> _Moved:
    """Those of whom numbers of earlier months do not know in some lines."""
    cells = len(pair.fine)
    line, who, sign = [], [], []
    wholes = np.flatnonzero(whole_old & lines)
    rows, nth = pair.whole_moves.rows_of(wholes)
    line.append(wholes[nth])
    who.append(pair.whole_moves.who[rows])
    sign.append(np.where(pair.whole_moves.joined[rows], -1, 1))
    goes = np.flatnonzero((lost >= 0) & lines[lost]) if len(lost) else lost
    wanted = old & lines[pair.above]
    for side, moves in enumerate(pair.moves):
        parts = np.flatnonzero(wanted[side * cells : (side + 1) * cells])
        rows, nth = moves.rows_of(np.concatenate([parts, cells + goes]))
        line.append(np.concatenate([pair.above[parts], lost[goes]])[nth])
        who.append(moves.who[rows])
        sign.append(np.where(moves.joined[rows], 1, -1))
    people = max(1, len(today.moving.places))
    pairs, group = np.unique(np.concatenate(line) * people + np.concatenate(who), return_inverse=True)
    differs = np.bincount(group, weights=np.concatenate(sign), minlength=len(pairs)).astype(np.int64)
    of_line, person = pairs // people, pairs % people
    return _Moved(of_line, person, _parts_now(pair, of_line, person, today), differs)


def _parts_now(pair: Pair, line: Integers, who: Integers, today: Today) -> Integers:
    """The part of a line in which each person is now; -1 where it is none."""
    people, places = today.population, today.moving.places[who]
    is_there = places >= 0
    if pair.attribute and pair.has is not None:
        is_there &= people.sensitive[pair.attribute][places] == pair.has
    there = np.flatnonzero(is_there)
    codes = codes_of(people, pair.fine.table, today.codings, today.lattice, places[there])
    cell = np.searchsorted(pair.fine.codes, codes)
    if len(pair.counts) > 1:
        cell = cell + np.where(people.sensitive[pair.attribute][places[there]], 0, len(pair.fine))
    inside = pair.above[cell] == line[there]
    found = np.full(len(line), -1, dtype=np.int64)
    found[there[inside]] = cell[inside]
    return found


def _least_missed(pair: Pair, few: Integers, published: Flags, cost: Integers) -> Chosen:
    """For lines that tell of a few, what is to be withheld with the persons of the part, and wholes without a part."""
    part, whole = pair.part.at(published), pair.whole.at(published)
    # what is decided is not withheld here
    fresh_whole = whole.fresh & (pair.whole.classes < len(published) - 2)
    is_few = np.zeros(len(pair.coarse), dtype=np.bool_)
    is_few[few] = True
    # a part that is as it was printed is told whether it is printed again or not
    tells_more = ~pair.part.known | (pair.times() > 0)
    entries = np.flatnonzero(part.fresh & tells_more & is_few[pair.above])
    persons, lines = pair.of_both("persons")[entries], pair.above[entries]
    missed = np.sqrt(persons) * np.where(pair.part.known[entries], TOLD_BEFORE, 1)
    order = np.lexsort((missed, lines))
    with_part, first = np.unique(lines[order], return_index=True)
    chosen = order[first]
    parts, wholes = pair.part.classes[entries[chosen]], pair.whole.classes[with_part]
    goes = np.where((cost[wholes] > cost[parts]) & fresh_whole[with_part], wholes, parts)
    is_few[with_part] = False
    return goes, persons[chosen], pair.whole.classes[np.flatnonzero(is_few & fresh_whole)]
