"""A line of which some numbers are of an earlier month hides its few persons no better."""

from __future__ import annotations

import numpy as np

from dataport.disclosure.protected.rules import Conflicts, Lines, Thresholds, settle


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


def test_a_part_that_breaks_other_lines_is_not_the_one_to_go() -> None:
    """Two parts of one line: the smaller is the only part of two further lines that still have everything."""
    none = np.zeros(0, dtype=np.int64)
    lines = Lines(
        whole=np.array([0, 1, 2]),
        hidden=np.array([20, 0, 0]),
        parts=np.array([1, 0, 0]),
        has_cases=np.array([True, True, True]),
        line=np.array([0, 0, 1, 1, 2, 2]),
        part=np.array([3, 4, 3, 5, 3, 6]),
        persons=np.array([20, 30, 20, 50, 20, 50]),
    )
    everything, rank, cost = np.ones(7, dtype=np.bool_), np.arange(7), np.array([1, 1, 1, 2, 2, 2, 2])
    found = settle(everything, rank, cost, Conflicts(none, none), lines, Thresholds(10, 5))
    assert [bool(one) for one in found.published] == [True, True, True, True, False, True, True]


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
