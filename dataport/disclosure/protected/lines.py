"""lines: a number with the numbers of its parts, and which of them tell too much of whom is withheld. No names.

A *line* is a class (a set of persons) with the classes that it falls into in a finer table. What of a line is not
published is nobody, or enough and of at least two parts. There are millions of lines, and in one round of the fixed
point few of them change: `Telling` holds what is told of each, and goes through what changed alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# In one round so many of the lines that tell too much are mended, or one in so many where that is more: with more
# rounds less is withheld, and they take longer.
_AT_ONCE, _SHARE_AT_ONCE = 500, 3
# What was printed before is missed so many times as much: to withhold it hides it from nobody who kept the file.
TOLD_BEFORE = 4

Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From how many persons and cases on something may be told."""

    persons: int
    cases: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines: a class, and the classes of a finer table that it falls into.

    Attributes:
        whole: for each line, the class that is divided.
        hidden: persons of its parts that are withheld whatever comes of the others.
        parts: how many such parts there are.
        has_cases: whether one of those parts has enough cases.
        line, part, persons: entry by entry, a line and one of its parts that may yet be published, with its persons;
            in the order of lines, and the smallest part first.
    """

    whole: Integers
    hidden: Integers
    parts: Integers
    has_cases: Flags
    line: Integers
    part: Integers
    persons: Integers


def joined_lines(several: list[Lines]) -> Lines:
    """Lines of several tables as one."""
    offsets = np.cumsum([0, *(len(one.whole) for one in several)])
    line = [one.line + offset for one, offset in zip(several, offsets[:-1], strict=True)]
    return Lines(
        np.concatenate([one.whole for one in several]),
        np.concatenate([one.hidden for one in several]),
        np.concatenate([one.parts for one in several]),
        np.concatenate([one.has_cases for one in several]),
        np.concatenate(line),
        np.concatenate([one.part for one in several]),
        np.concatenate([one.persons for one in several]),
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each of some numbers stands in a column."""

    order: Integers
    starts: Integers

    @classmethod
    def of(cls, column: Integers, size: int) -> _Places:
        counts = np.bincount(column, minlength=size)
        return cls(np.argsort(column, kind="stable"), np.concatenate([[0], np.cumsum(counts)]))

    def at(self, numbers: Integers) -> Integers:
        """All places of some numbers, those of one after those of the other."""
        starts, counts = self.starts[numbers], self.starts[numbers + 1] - self.starts[numbers]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        found: Integers = self.order[np.repeat(starts, counts) + within]
        return found


@dataclass(slots=True)
class Telling:
    """What is told of each line while less and less is published.

    Args:
        published: the classes that are, at first.
        kept: those that keep the value of an earlier month.
        known: those of which an earlier month printed a value.
    """

    lines: Lines
    limits: Thresholds
    published: Flags
    kept: Flags
    known: Flags
    # entries by part and by line, lines by whole
    _of_part: _Places = field(init=False)
    _of_line: _Places = field(init=False)
    _of_whole: _Places = field(init=False)
    # by line: what is withheld, how many parts, and how many are told, of them anew
    _hidden: Integers = field(init=False)
    _parts: Integers = field(init=False)
    _told: Integers = field(init=False)
    _fresh: Integers = field(init=False)
    _broken: Flags = field(init=False)
    # lines that are told whole, and of each part in how many of them it is
    _is_whole: Flags = field(init=False)
    _wholes: Integers = field(init=False)

    def __post_init__(self) -> None:
        lines, size, classes = self.lines, len(self.lines.whole), len(self.published)
        self._of_part, self._of_whole = _Places.of(lines.part, classes), _Places.of(lines.whole, classes)
        self._of_line = _Places.of(lines.line, size)
        shown = self.published[lines.part]
        gone, told = lines.line[~shown], lines.line[shown]
        self._hidden = lines.hidden + np.bincount(gone, lines.persons[~shown], size).astype(np.int64)
        self._parts = lines.parts + np.bincount(gone, minlength=size)
        self._told = np.bincount(told, minlength=size)
        self._fresh = np.bincount(lines.line[shown & ~self.kept[lines.part]], minlength=size)
        self._broken = self._are_broken(np.arange(size))
        self._is_whole = self.published[lines.whole] & (self._parts == 0)
        self._wholes = np.bincount(lines.part[self._is_whole[lines.line]], minlength=classes)

    def withhold(self, classes: Integers) -> None:
        """Some classes are not published any more."""
        lines = self.lines
        classes = classes[self.published[classes]]
        self.published = self.published.copy()
        self.published[classes] = False
        entries = self._of_part.at(classes)
        line = lines.line[entries]
        np.add.at(self._hidden, line, lines.persons[entries])
        np.add.at(self._parts, line, 1)
        np.subtract.at(self._told, line, 1)
        np.subtract.at(self._fresh, line, (~self.kept[lines.part[entries]]).astype(np.int64))
        changed = np.unique(np.concatenate([line, self._of_whole.at(classes)]))
        self._broken[changed] = self._are_broken(changed)
        no_more = changed[self._is_whole[changed]]
        self._is_whole[no_more] = False
        np.subtract.at(self._wholes, lines.part[self._of_line.at(no_more)], 1)

    def _are_broken(self, line: Integers) -> Flags:
        """Which of some lines tell too much: a part or more of them is told, and a few are withheld."""
        lines, limits = self.lines, self.limits
        hidden, parts = self._hidden[line], self._parts[line]
        # a part that could be published by itself has enough cases
        has_cases = lines.has_cases[line] | (parts > lines.parts[line])
        # who changed a number that is kept hides nobody: of a few who are withheld it can be told where the others are
        few = (hidden > 0) & ((hidden < limits.persons) | (parts < 2) | ~has_cases)
        # a line of which everything kept its value is that of last month, and passed then
        whole = lines.whole[line]
        has_news = (self._fresh[line] > 0) | ~self.kept[whole]
        broken: Flags = self.published[whole] & (self._told[line] > 0) & few & has_news
        return broken

    def least_missed(self, cost: Integers) -> Integers:
        """Of each line that tells too much, the part least missed; the whole, where that costs more than the part.

        A country of one origin is the same set as its people of that origin. It is not withheld for the sake of the
        line of that origin over all countries: that whole is.

        Args:
            cost: what the cheapest table that shows a class costs.
        """
        chosen = self._parts_to_withhold()
        part, whole = self.lines.part[chosen], self.lines.whole[self.lines.line[chosen]]
        return np.unique(np.where(cost[whole] > cost[part], whole, part))

    def _parts_to_withhold(self) -> Integers:
        """Of lines that are broken, the entry of the part to be withheld; of parts alike the smallest.

        Withheld by itself, a part breaks every line of its own of which nothing else is withheld, and another part goes
        there too: so a part is worth the more, the more such lines it is in, and the less, the more broken ones it
        mends. Of many lines only those go first of which least is missed: what goes there may mend others.
        """
        lines = self.lines
        entries = self._of_line.at(np.flatnonzero(self._broken))
        entries = entries[self.published[lines.part[entries]]]
        part = lines.part[entries]
        mends = np.bincount(part, minlength=1)
        breaks, dear = self._wholes[part], np.where(self.known[part], TOLD_BEFORE, 1)
        # the root, because a large part is missed by its persons and a small one as a number like any other
        missed = np.sqrt(lines.persons[entries]) * (1 + breaks) / mends[part] * dear
        order = np.lexsort((missed, lines.line[entries]))
        _, first = np.unique(lines.line[entries][order], return_index=True)
        chosen = order[first]
        return entries[chosen[least_first(missed[chosen])]]


def least_first(missed: NDArray[Any]) -> Integers:
    """Of lines that tell too much, those of which the least is missed: so many as are mended in one round."""
    return np.argsort(missed, kind="stable")[: max(_AT_ONCE, len(missed) // _SHARE_AT_ONCE)]
