"""rules: which rows are published, decided over the whole lattice at once. Here are sets and numbers; no names.

A *class* is a set of persons, whichever rows of whichever tables show it: rows of equal sets share their fate. Two
classes are in conflict if one lies in the other and what is left between them is few; a *line* is a class with the
classes that it falls into. Whatever is published is in no conflict, and what of a line is not published is nobody, or
enough and of at least two. Of two that are in conflict, the less important one is withheld.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dataport.errors import BuildFailed

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
class Conflicts:
    """Pairs of classes that may not both be published."""

    one: Integers
    other: Integers


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


@dataclass(frozen=True, slots=True)
class Settled:
    """Which classes are published, and how many rounds it took until nothing changed."""

    published: Flags
    rounds: int


def settle(
    candidates: Flags,
    importance: Integers,
    cost: Integers,
    conflicts: Conflicts,
    lines: Lines,
    limits: Thresholds,
    kept: Flags | None = None,
    known: Flags | None = None,
    beside: Callable[[Flags], Integers] | None = None,
) -> Settled:
    """The classes that are published.

    Args:
        candidates: those that may be told by themselves.
        importance: 0 is the most important; each class has its own.
        cost: what the cheapest table that shows a class costs.
        kept: those that keep the value of an earlier month.
        known: those of which an earlier month printed a value.
        beside: of what is published, what may not be for what was printed before.
    """
    published = _without_conflicts(candidates, importance, conflicts)
    none = np.zeros(len(candidates), dtype=np.bool_)
    kept, known = none if kept is None else kept, none if known is None else known
    rounds = 1
    while True:
        withheld = _withheld_of_broken(published, cost, lines, limits, kept, known)
        if not len(withheld) and beside:
            withheld = beside(published)
        if not len(withheld):
            _require_kept(published, candidates, conflicts)
            return Settled(published, rounds)
        published = published.copy()
        published[withheld] = False
        rounds += 1


def _require_kept(published: Flags, candidates: Flags, conflicts: Conflicts) -> None:
    """The rules over what came out, whichever way it came out: no line is broken any more, which ended the rounds.

    Raises:
        BuildFailed: something is published that may not be; nothing is served then.
    """
    both = published[conflicts.one] & published[conflicts.other]
    if both.any() or (published & ~candidates).any():
        raise BuildFailed(
            f"{int(both.sum()):,} pairs of the protected statistics break the rules, so they are not served, and those "
            "before stay. This is a defect of Dataport: tell whoever maintains it. Nobody was shown anything."
        )


def _without_conflicts(candidates: Flags, importance: Integers, conflicts: Conflicts) -> Flags:
    """Candidates by importance, each unless it is in conflict with one that was taken before."""
    published = np.zeros(len(candidates), dtype=np.bool_)
    open_ = candidates.copy()
    swap = importance[conflicts.one] > importance[conflicts.other]
    first = np.where(swap, conflicts.other, conflicts.one)
    second = np.where(swap, conflicts.one, conflicts.other)
    while True:
        live = open_[first] & open_[second]
        first, second = first[live], second[live]
        waits = np.zeros(len(candidates), dtype=np.bool_)
        waits[second] = True
        taken = open_ & ~waits
        published |= taken
        open_ &= waits
        if not len(first):
            return published
        open_[second[taken[first]]] = False


def _withheld_of_broken(
    published: Flags, cost: Integers, lines: Lines, limits: Thresholds, kept: Flags, known: Flags
) -> Integers:
    """Of each line that tells too much, the part that is least missed; the whole, where that costs more than the part.

    A country of one origin is the same set as its people of that origin. It is not withheld for the sake of the line of
    that origin over all countries: that whole is.
    """
    shown = published[lines.part]
    size = len(lines.whole)
    # who changed a number that is kept hides nobody: of a few who are withheld it can be told where the others are
    hidden = lines.hidden + np.bincount(lines.line, weights=np.where(shown, 0, lines.persons), minlength=size)
    parts = lines.parts + np.bincount(lines.line, weights=~shown, minlength=size)
    # a line of which everything kept its value is that of last month, and passed then
    news = np.bincount(lines.line, weights=shown & ~kept[lines.part], minlength=size) > 0
    news |= ~kept[lines.whole]
    told = np.bincount(lines.line, weights=shown, minlength=size)
    # a part that could be published by itself has enough cases
    has_cases = lines.has_cases | (np.bincount(lines.line, weights=~shown, minlength=size) > 0)
    few = (hidden > 0) & ((hidden < limits.persons) | (parts < 2) | ~has_cases)
    broken = published[lines.whole] & (told > 0) & few & news
    chosen = _least_missed(lines, shown, broken, published[lines.whole] & (parts == 0), known)
    part, whole = lines.part[chosen], lines.whole[lines.line[chosen]]
    return np.unique(np.where(cost[whole] > cost[part], whole, part))


def _least_missed(lines: Lines, shown: Flags, broken: Flags, whole_yet: Flags, known: Flags) -> Integers:
    """Of lines that are broken, the entry of the part to be withheld; of parts alike the smallest.

    Withheld by itself, a part breaks every line of its own of which nothing else is withheld, and another part goes
    there too: so a part is worth the more, the more such lines it is in, and the less, the more broken ones it mends.
    Of many lines only those go first of which least is missed: what goes there may mend others.
    """
    size = int(lines.part.max(initial=-1)) + 1
    breaks = np.bincount(lines.part[shown & whole_yet[lines.line]], minlength=size)
    mends = np.bincount(lines.part[shown & broken[lines.line]], minlength=size)
    entries = np.flatnonzero(shown & broken[lines.line])
    part = lines.part[entries]
    # the root, because a large part is missed by its persons and a small one as a number like any other
    missed = np.sqrt(lines.persons[entries]) * (1 + breaks[part]) / mends[part] * np.where(known[part], TOLD_BEFORE, 1)
    order = np.lexsort((missed, lines.line[entries]))
    _, first = np.unique(lines.line[entries][order], return_index=True)
    chosen = order[first]
    return entries[chosen[least_first(missed[chosen])]]


def least_first(missed: NDArray[Any]) -> Integers:
    """Of lines that tell too much, those of which the least is missed: so many as are mended in one round."""
    return np.argsort(missed, kind="stable")[: max(_AT_ONCE, len(missed) // _SHARE_AT_ONCE)]


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
