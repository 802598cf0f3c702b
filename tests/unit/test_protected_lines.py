"""A line of which some numbers are of an earlier month hides its few persons no better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dataport.disclosure.protected.lines import TOLD_BEFORE, Lines, Telling, Thresholds
from dataport.disclosure.protected.rules import Conflicts, settle


def _settled(hidden: int) -> list[bool]:
    """A whole of an earlier month with one part of that month and one of today; the others are withheld."""
    none = np.zeros(0, dtype=np.int64)
    lines = Lines(
        whole=np.array([0]),
        hidden=np.array([hidden]),
        parts=np.array([2]),
        has_cases=np.array([True]),
        line=np.array([0, 0]),
        part=np.array([1, 2]),
        persons=np.array([20, 30]),
    )
    kept = np.array([True, True, False])
    everything = np.ones(3, dtype=np.bool_)
    rank, cost = np.arange(3), np.array([1, 2, 2])
    found = settle(everything, rank, cost, Conflicts(none, none), lines, Thresholds(10, 5), kept)
    return [bool(one) for one in found.published]


def test_who_moved_does_not_hide_the_few_who_are_withheld() -> None:
    # whoever left the whole left one of its printed parts too: the five are what is left
    assert _settled(hidden=5) != [True, True, True]


def test_enough_who_are_withheld_hide_each_other() -> None:
    assert _settled(hidden=12) == [True, True, True]


def _told(lines: Lines, cost: list[int]) -> list[bool]:
    """Which classes are told where each may be by itself."""
    none, everything = np.zeros(0, dtype=np.int64), np.ones(len(cost), dtype=np.bool_)
    rank = np.arange(len(cost))
    found = settle(everything, rank, np.array(cost), Conflicts(none, none), lines, Thresholds(10, 5))
    return [bool(one) for one in found.published]


def test_a_part_that_breaks_other_lines_is_not_the_one_to_go() -> None:
    """Two parts of one line: the smaller is the only part of two further lines that still have everything."""
    lines = Lines(
        whole=np.array([0, 1, 2]),
        hidden=np.array([20, 0, 0]),
        parts=np.array([1, 0, 0]),
        has_cases=np.array([True, True, True]),
        line=np.array([0, 0, 1, 1, 2, 2]),
        part=np.array([3, 4, 3, 5, 3, 6]),
        persons=np.array([20, 30, 20, 50, 20, 50]),
    )
    assert _told(lines, [1, 1, 1, 2, 2, 2, 2]) == [True, True, True, True, False, True, True]


def test_a_part_that_was_printed_before_is_not_the_one_to_go() -> None:
    """To withhold it hides it from nobody who kept the file: the larger one goes, which nobody has seen."""
    none = np.zeros(0, dtype=np.int64)
    lines = Lines(
        whole=np.array([0]),
        hidden=np.array([5]),
        parts=np.array([1]),
        has_cases=np.array([False]),
        line=np.array([0, 0]),
        part=np.array([1, 2]),
        persons=np.array([20, 30]),
    )
    everything, rank, cost = np.ones(3, dtype=np.bool_), np.arange(3), np.array([1, 2, 2])
    for known, is_told in ((False, [True, False, True]), (True, [True, True, False])):
        found = settle(
            everything,
            rank,
            cost,
            Conflicts(none, none),
            lines,
            Thresholds(10, 5),
            known=np.array([True, known, False]),
        )
        assert [bool(one) for one in found.published] == is_told


def test_a_line_that_is_not_whole_any_more_is_not_broken_once_more() -> None:
    """One part goes; both its other lines need a second one, and the one they share mends them together."""
    lines = Lines(
        whole=np.array([0, 1, 2]),
        hidden=np.array([5, 0, 0]),
        parts=np.array([1, 0, 0]),
        has_cases=np.array([False, False, False]),
        line=np.array([0, 1, 1, 1, 2, 2, 2]),
        part=np.array([3, 5, 3, 4, 3, 4, 6]),
        persons=np.array([25, 20, 25, 40, 25, 40, 50]),
    )
    assert _told(lines, [1, 1, 1, 2, 2, 2, 2]) == [True, True, True, False, False, True, True]


@dataclass(frozen=True)
class Some:
    """Lines with few enough classes that all of it can be counted by hand."""

    lines: Lines
    published: tuple[bool, ...]
    kept: tuple[bool, ...]
    known: tuple[bool, ...]
    cost: tuple[int, ...]


@st.composite
def some_lines(draw: st.DrawFn) -> Some:
    classes = draw(st.integers(2, 9))
    one_class = st.integers(0, classes - 1)
    entries = []
    for line in range(draw(st.integers(1, 6))):
        for part in draw(st.lists(one_class, min_size=1, max_size=6, unique=True)):
            entries.append((line, part, draw(st.integers(1, 12))))
    size = max((line for line, *_ in entries), default=-1) + 1

    def of_each(count: int, what: st.SearchStrategy[int]) -> list[int]:
        return draw(st.lists(what, min_size=count, max_size=count))

    def flags() -> tuple[bool, ...]:
        return tuple(draw(st.lists(st.booleans(), min_size=classes, max_size=classes)))

    # what is withheld anyhow is so many persons of so many parts, or nobody
    gone = [(persons, 1 + persons % 2 if persons else 0) for persons in of_each(size, st.integers(0, 12))]
    whole, has_cases = of_each(size, one_class), of_each(size, st.integers(0, 1))
    columns = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    lines = Lines(
        np.array(whole, dtype=np.int64),
        np.array([persons for persons, _ in gone], dtype=np.int64),
        np.array([parts for _, parts in gone], dtype=np.int64),
        np.array(has_cases, dtype=np.bool_),
        *columns,
    )
    return Some(lines, flags(), flags(), flags(), tuple(of_each(classes, st.integers(1, 3))))


def _counted_by_hand(some: Some, published: list[bool], limits: Thresholds) -> set[int]:
    """Of each line that tells too much what goes, line by line; so few lines are mended all at once."""
    lines, parts_of = some.lines, {}
    for line, part, persons in zip(lines.line.tolist(), lines.part.tolist(), lines.persons.tolist(), strict=True):
        parts_of.setdefault(line, []).append((part, persons))
    broken, untouched = [], []
    for line, whole in enumerate(lines.whole.tolist()):
        withheld = [persons for part, persons in parts_of[line] if not published[part]] if line in parts_of else []
        told = [part for part, _ in parts_of.get(line, []) if published[part]]
        persons, parts = int(lines.hidden[line]) + sum(withheld), int(lines.parts[line]) + len(withheld)
        has_cases = bool(lines.has_cases[line]) or bool(withheld)
        if published[whole] and not parts:
            untouched.append(line)
        is_news = not some.kept[whole] or any(not some.kept[part] for part in told)
        tells = persons and (persons < limits.persons or parts < 2 or not has_cases)
        if published[whole] and told and tells and is_news:
            broken.append(line)
    goes = set()
    for line in broken:
        ranked = []
        for part, persons in parts_of[line]:
            if published[part]:
                breaks = sum(part in [one for one, _ in parts_of[other]] for other in untouched if other in parts_of)
                mends = sum(part in [one for one, _ in parts_of[other]] for other in broken)
                missed = persons**0.5 * (1 + breaks) / mends * (TOLD_BEFORE if some.known[part] else 1)
                ranked.append((missed, part))
        # of those alike the first
        part, whole = min(ranked, key=lambda one: one[0])[1], int(lines.whole[line])
        goes.add(whole if some.cost[whole] > some.cost[part] else part)
    return goes


@settings(max_examples=1000, deadline=None)
@given(some_lines())
def test_what_is_kept_from_round_to_round_is_what_is_counted_by_hand(some: Some) -> None:
    limits, published = Thresholds(10, 5), list(some.published)
    flags = (np.array(one, dtype=np.bool_) for one in (some.published, some.kept, some.known))
    telling = Telling(some.lines, limits, *flags)
    while True:
        goes = telling.least_missed(np.array(some.cost))
        assert set(goes.tolist()) == _counted_by_hand(some, published, limits)
        if not len(goes):
            # whatever else is withheld then: it goes on from there
            goes = np.flatnonzero(telling.published)[:1]
            if not len(goes):
                return
        telling.withhold(goes)
        for one in goes.tolist():
            published[one] = False
        assert telling.published.tolist() == published
