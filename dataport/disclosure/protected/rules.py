"""rules: which rows are published, decided over the whole lattice at once. Here are sets and numbers; no names.

A *class* is a set of persons, whichever rows of whichever tables show it: rows of equal sets share their fate. Two
classes are in conflict if one lies in the other and what is left between them is few; a *line* is a class with the
classes that it falls into. Whatever is published is in no conflict, and what of a line is not published is nobody, or
enough and of at least two. Of two that are in conflict, the less important one is withheld.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dataport.disclosure.protected.lines import Flags, Integers, Lines, Telling, Thresholds
from dataport.errors import BuildFailed


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Pairs of classes that may not both be published."""

    one: Integers
    other: Integers


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
    telling, rounds = Telling(lines, limits, published, kept, known), 1
    while True:
        withheld = telling.least_missed(cost)
        if not len(withheld) and beside:
            withheld = beside(telling.published)
        if not len(withheld):
            _require_kept(telling.published, candidates, conflicts)
            return Settled(telling.published, rounds)
        telling.withhold(withheld)
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
