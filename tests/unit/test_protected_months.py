"""A value that was printed last month stands beside the new ones, on each side of an attribute by itself."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np

from dataport.cube import months, statuses
from dataport.cube.counting import Counts
from dataport.cube.earlier import Printed
from dataport.cube.largest import Largest, Ordered
from dataport.cube.months import Change
from dataport.cube.standing import Moved, Past
from dataport.disclosure.protected.lines import Thresholds

LEAST = Thresholds(10, 5)
DAY = date(2021, 1, 31)


def _one(number: int) -> Any:
    return np.array([number], dtype=np.int64)


def _change(joined: int, left: int) -> Change:
    return Change(_one(joined), _one(left), _one(9), _one(joined), _one(left), _one(50), _one(7).astype(np.uint64))


def test_that_one_side_changed_moves_nobody_of_the_other() -> None:
    standing = months._Standing.of(1)
    there = np.array([True])
    last = Printed(there, _one(DAY.toordinal()), _one(50), _one(50), _one(7).astype(np.uint64))
    for change in (_change(0, 0), _change(12, 30)):
        standing.moved.append(Moved.nobody(1))
        months._held_against(standing, change, DAY, DAY, {DAY: last}, LEAST)
    having, lacking = standing.moved
    assert (having.joined[0], having.left[0]) == (0, 0)
    assert (lacking.joined[0], lacking.left[0], lacking.cases_left[0]) == (12, 30, 30)
    assert not (having.is_few[0] or lacking.is_few[0])


def _moved(*numbers: int) -> Moved:
    return Moved(*(_one(number) for number in numbers), np.array([False]))


def _between(rest: int, rest_cases: int, past: dict[str, Past] | None = None) -> Any:
    """A part of a whole beside one other part of it."""
    parts = Counts(np.array([100, rest]), np.zeros(2, np.uint64), np.array([40, rest_cases]))
    counts = {"whole": Counts(_one(100 + rest), np.zeros(1, np.uint64), _one(50)), "part": parts}
    ruled = SimpleNamespace(
        today=SimpleNamespace(limits=LEAST),
        largest_case=80,
        cells={"whole": range(1)},
        above=lambda *_: np.zeros(2, dtype=np.int64),
    )
    return SimpleNamespace(
        ruled=ruled, measured=[counts], past=lambda name: (past or {}).get(name), by_cases={}, largest={}
    )


def _is_near(rest: int, rest_cases: int, moved: Moved) -> bool:
    """Whether a new part stands near a whole that was printed last month."""
    found = statuses._near(_between(rest, rest_cases), 0, "part", "whole", _one(0), moved, np.array([False]))
    return bool(found[0])


def _is_few_beside_kept(rest: int, change: int) -> bool:
    """Whether few are between a part that keeps its value, by so many persons another one today, and a new whole."""
    size, kept = 2, np.array([change > 0, False])
    none, never = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    changed = np.array([change, 0])
    moved = Moved(changed, none, changed, none, kept)
    part = Past(never, kept, changed, changed, kept, (moved,))
    whole = Past(never[:1], never[:1], none[:1], none[:1], never[:1], (Moved.nobody(1),))
    one = _between(rest, rest, {"part": part, "whole": whole})
    return bool(statuses._few_between(one, 0, "part", "whole", _one(0))[0])


def test_who_changed_a_kept_part_is_between_it_and_a_whole_that_has_nobody_else() -> None:
    assert _is_few_beside_kept(0, 1)
    assert not _is_few_beside_kept(0, 0)
    assert _is_few_beside_kept(10, 1)
    assert not _is_few_beside_kept(30, 1)


def test_a_few_cases_between_last_month_and_this_one_are_too_few() -> None:
    # one family of thirty is in the whole as it was printed and not in the part; two more persons came since
    few = _moved(0, 2, 0, 1)
    assert _is_near(30, 1, few)
    assert not _is_near(30, 12, few)
    # of those who left, six families by themselves are between the two
    assert not _is_near(30, 1, _moved(14, 0, 6, 0))
    assert _is_near(4, 12, _moved(0, 1, 0, 1))


def test_the_cases_beside_a_part_are_those_of_the_largest_other_one() -> None:
    # of the first whole two parts have most, of the second there is one part, and nobody is in one of the third's
    persons, cases = np.array([9, 20, 8, 30, 0, 4]), np.array([7, 7, 3, 12, 50, 2])
    parts = Ordered.of(Counts(persons, np.zeros(6, np.uint64), cases))
    parents = np.array([0, 0, 0, 1, 2, 2], dtype=np.int32)
    everything = np.arange(6)
    assert Largest.of(parts, parents, 3).beside(everything, parents).tolist() == [7, 7, 7, 0, 2, 0]
