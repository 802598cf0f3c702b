"""few: which lines over months tell of a few, whole or part by part, whoever is told of and whoever is not.

What is known of all lines (how many are hidden in each, how many moved) says of nearly all of them that they are safe.
Who moved is gone through for the others, person by person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dataport.cube.counting import cases_in, codes_of
from dataport.cube.finer import FinerTable, Printed
from dataport.cube.population import Flags, Integers
from dataport.cube.standing import Today

# Of so many persons at most those who moved are gone through at once: at full size each is of hundreds of lines.
_ROWS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """Some lines of a table, with their parts and nobody else's.

    Attributes:
        lines: their numbers.
        line, part: entry by entry, the place of a line among these, and one of its parts.
        lost_line, lost: likewise, and one of its lost parts.
    """

    lines: Integers
    line: Integers
    part: Integers
    lost_line: Integers
    lost: Integers

    @classmethod
    def of(cls, finer: FinerTable, lines: Flags) -> Look:
        numbers = np.flatnonzero(lines)
        tables = np.flatnonzero(np.diff(np.searchsorted(numbers, finer.starts)))
        places = np.cumsum(lines) - 1
        above = finer.above[tables].ravel()
        entries = np.flatnonzero(lines[above])
        lost_lines = finer.lost_lines.ravel()
        lost = np.flatnonzero((lost_lines >= 0) & lines[lost_lines]) if len(lost_lines) else lost_lines
        parts, losts = finer.above.shape[1], finer.lost_lines.shape[1]
        return cls(
            numbers, places[above[entries]], entries % max(1, parts), places[lost_lines[lost]], lost % max(1, losts)
        )

    def at(self, places: Integers) -> Look:
        """Some of these lines, in their order."""
        if len(places) == len(self.lines):
            return self
        numbers = np.full(len(self.lines), -1)
        numbers[places] = np.arange(len(places))
        line, lost_line = numbers[self.line], numbers[self.lost_line]
        entries, lost = np.flatnonzero(line >= 0), np.flatnonzero(lost_line >= 0)
        return Look(self.lines[places], line[entries], self.part[entries], lost_line[lost], self.lost[lost])

    def having(self, parts: Flags) -> Flags:
        """Which of these lines have such a part."""
        found = np.zeros(len(self.lines), dtype=np.bool_)
        found[self.line[parts[self.part]]] = True
        return found

    def sums(self, amounts: Integers, entries: Flags | Integers) -> Integers:
        """What is in some parts of each line together."""
        weights = amounts[self.part[entries]]
        return np.bincount(self.line[entries], weights=weights, minlength=len(self.lines)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of which parts, and of which of some lines, there is a number, and of which it is one of an earlier month.

    Attributes:
        with_lost: with the numbers of lost parts.
    """

    told: Flags
    old: Flags
    whole_told: Flags
    whole_old: Flags
    with_lost: bool = False

    def of(self, lines: Integers) -> Numbers:
        """Those of some of the lines alone."""
        return replace(self, whole_told=self.whole_told[lines], whole_old=self.whole_old[lines])


def lines_of_few(finer: FinerTable, lines: Flags, published: Flags, today: Today) -> Integers:
    """Those of some lines that have a new number, and an earlier one, and tell of a few."""
    look, part = Look.of(finer, lines & finer.has_old), finer.parts.at(published)
    # what is told of today alone or of a month before alone was held against the rules by itself
    look = look.at(np.flatnonzero(finer.lines.some(look.lines).at(published).fresh | look.having(part.fresh)))
    found = np.zeros(len(look.lines), dtype=np.bool_)
    whole = finer.lines.some(look.lines).at(published)
    for among, numbers in _ways(look, part, whole):
        among = np.flatnonzero(among & ~found & numbers.whole_told & look.having(numbers.told))
        if len(among):
            found[among] = _tell_of_few(finer, look.at(among), numbers.of(among), today)
    return look.lines[found]


def _ways(look: Look, part: Printed, whole: Printed) -> Iterator[tuple[Flags, Numbers]]:
    """What is told today; that with what was printed before and is no more; and with what nobody is in any more.

    Each with the lines of which it tells other than the one before.
    """
    yield np.ones(len(look.lines), dtype=np.bool_), Numbers(part.shown, part.kept, whole.shown, whole.kept)
    told = part.told, part.kept | part.gone, whole.told, whole.kept | whole.gone
    yield whole.gone | look.having(part.gone), Numbers(*told)
    has_lost = np.zeros(len(look.lines), dtype=np.bool_)
    has_lost[look.lost_line] = True
    yield has_lost, Numbers(*told, with_lost=True)


def _tell_of_few(finer: FinerTable, look: Look, numbers: Numbers, today: Today) -> Flags:
    size, limits = len(look.lines), today.limits
    kept_out = np.flatnonzero(~numbers.told[look.part])
    hidden = look.sums(finer.persons, kept_out)
    moving = _how_many_moved(finer, look, numbers)
    # whoever moved, nobody or enough are told of
    is_safe = (hidden == 0) & (moving == 0)
    line = look.line[kept_out]
    is_enough = finer.cases[look.part[kept_out]] - moving[line] >= limits.cases
    has_enough = np.zeros(size, dtype=np.bool_)
    has_enough[line[is_enough]] = True
    is_safe |= (hidden - moving >= limits.persons) & has_enough
    unsafe = np.flatnonzero(~is_safe)
    found = np.zeros(size, dtype=np.bool_)
    if len(unsafe):
        # of lines with somebody hidden it may be asked who moved of any of their numbers
        rows = np.where(hidden > 0, finer.all_times[look.lines], moving)[unsafe]
        for lines in _shares(unsafe, rows):
            found[lines] = _are_few(finer, look.at(lines), numbers.of(lines), hidden[lines], today)
    return found


def _how_many_moved(finer: FinerTable, look: Look, numbers: Numbers) -> Integers:
    """Line by line, how many moves the numbers of earlier months do not know of: at most so many persons."""
    found = np.where(numbers.whole_old, finer.line_times[look.lines], 0)
    found = found + look.sums(finer.times, np.flatnonzero((numbers.old & (finer.times > 0))[look.part]))
    if numbers.with_lost and len(look.lost):
        times = finer.lost_times[look.lost]
        found = found + np.bincount(look.lost_line, weights=times, minlength=len(found)).astype(np.int64)
    return found


def _shares(lines: Integers, rows: Integers) -> Iterator[Integers]:
    """Lines in turn, so many at a time that there are not too many rows of them."""
    share = (np.cumsum(rows) - rows) // _ROWS_AT_ONCE
    return iter(np.split(lines, np.flatnonzero(share[1:] != share[:-1]) + 1))


def _are_few(finer: FinerTable, look: Look, numbers: Numbers, hidden: Integers, today: Today) -> Flags:
    """Whether lines tell of a few, once those who moved are gone through."""
    size, limits, every = len(look.lines), today.limits, np.ones(len(look.lines), dtype=np.bool_)
    moved = _moved(finer, look, every, numbers, today)
    is_hidden = _are_hidden(finer, look, moved.line, moved.who, numbers.told, hidden, today)
    is_told = is_hidden + moved.differs != 0
    fewer = np.bincount(moved.line[~is_told & is_hidden], minlength=size)
    tells = hidden + np.bincount(moved.line[is_told & ~is_hidden], minlength=size) - fewer
    few = (tells > 0) & (tells < limits.persons)
    unsure = (tells >= limits.persons) & (_most_cases(finer, look, numbers) - fewer < limits.cases)
    if unsure.any():
        rows = np.flatnonzero(is_told & unsure[moved.line])
        line, who = moved.line[rows], moved.who[rows]
        # who is told of whatever the earlier numbers are is gone through for these lines alone
        parts = np.ones(len(numbers.told), dtype=np.bool_)
        earlier = Numbers(parts, parts, every, every, with_lost=True)
        also = _moved(finer, look, unsure & (hidden > 0), earlier, today).without(moved)
        here = _are_hidden(finer, look, also.line, also.who, numbers.told, hidden, today)
        line, who = np.concatenate([line, also.line[here]]), np.concatenate([who, also.who[here]])
        few |= unsure & (cases_in(line, today.moving.families[who], size) < limits.cases)
    return few


def _most_cases(finer: FinerTable, look: Look, numbers: Numbers) -> Integers:
    """Of each line, the cases of the largest part of which there is no number."""
    found = np.zeros(len(look.lines), dtype=np.int64)
    kept_out = np.flatnonzero(~numbers.told[look.part])
    np.maximum.at(found, look.line[kept_out], finer.cases[look.part[kept_out]])
    return found


@dataclass(frozen=True, slots=True)
class _Moved:
    """Who moved, once for each line.

    Attributes:
        key: the line and the person as one number, ascending.
        differs: by how much that changes how often the line counts them.
    """

    key: Integers
    line: Integers
    who: Integers
    differs: Integers

    def without(self, others: _Moved) -> _Moved:
        place = np.minimum(np.searchsorted(others.key, self.key), max(0, len(others.key) - 1))
        rest = np.flatnonzero(others.key[place] != self.key) if len(others.key) else slice(None)
        return _Moved(self.key[rest], self.line[rest], self.who[rest], self.differs[rest])


def _moved(finer: FinerTable, look: Look, among: Flags, numbers: Numbers, today: Today) -> _Moved:
    """Those of whom numbers of earlier months do not know in some lines."""
    people = max(1, len(today.moving.places))
    # line, person and sign as one number: to sort it is several times as fast as to sort places by it
    rows = np.concatenate(
        [
            (line * people + who) * 2 + is_more
            for line, who, is_more in (
                *_of_wholes(finer, look, among, numbers),
                *_of_parts(finer, look, among, numbers),
            )
        ]
    )
    rows.sort()
    keys = rows >> 1
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else keys
    differs = np.add.reduceat((rows & 1) * 2 - 1, first) if len(keys) else keys
    line, who = np.divmod(keys[first], people)
    return _Moved(keys[first], line, who, differs)


def _of_wholes(
    finer: FinerTable, look: Look, among: Flags, numbers: Numbers
) -> Iterator[tuple[Integers, Integers, Flags]]:
    """Line, person, and whether the line tells of them once more, of who moved of the lines themselves."""
    lines = np.flatnonzero(numbers.whole_old & among)
    tables = finer.of_lines(look.lines[lines])
    for table in np.unique(tables).tolist():
        here, moves = lines[tables == table], finer.wholes[table].moves
        rows, nth = moves.rows_of(look.lines[here] - finer.starts[table])
        yield here[nth], moves.who[rows], ~moves.joined[rows]


def _of_parts(
    finer: FinerTable, look: Look, among: Flags, numbers: Numbers
) -> Iterator[tuple[Integers, Integers, Flags]]:
    """Likewise of who moved of their parts."""
    cells = len(finer.cells)
    entries = np.flatnonzero(numbers.old[look.part] & among[look.line])
    line, part = look.line[entries], look.part[entries]
    lost = np.flatnonzero(among[look.lost_line]) if numbers.with_lost else np.zeros(0, dtype=np.int64)
    for side, moves in enumerate(finer.moves):
        here = part // max(1, cells) == side
        rows, nth = moves.rows_of(np.concatenate([part[here] - side * cells, cells + look.lost[lost]]))
        yield np.concatenate([line[here], look.lost_line[lost]])[nth], moves.who[rows], moves.joined[rows]


def _are_hidden(
    finer: FinerTable, look: Look, line: Integers, who: Integers, told: Flags, hidden: Integers, today: Today
) -> Flags:
    """Whether each person is now in a part of the line of which no number is told."""
    people, places = today.population, today.moving.places[who]
    is_there = (hidden[line] > 0) & (places >= 0)
    if finer.attribute and finer.has is not None:
        is_there &= people.sensitive[finer.attribute][places] == finer.has
    there = np.flatnonzero(is_there)
    codes = codes_of(people, finer.cells.table, today.codings, today.lattice, places[there])
    part = np.searchsorted(finer.cells.codes, codes)
    if len(finer.moves) > 1:
        part = part + np.where(people.sensitive[finer.attribute][places[there]], 0, len(finer.cells))
    lines = look.lines[line[there]]
    inside = finer.above[finer.of_lines(lines), part] == lines
    found = np.zeros(len(line), dtype=np.bool_)
    found[there[inside]] = ~told[part[inside]]
    return found
