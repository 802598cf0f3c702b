"""Rare categories of a country are put together as other, and stay so: a number moves by who comes and goes alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest
from attacking.cube import CODINGS, LATTICE

from dataport.cube.population import Population
from dataport.cube.recode import Together, put_together, recoded

ORIGIN = "country_of_origin"
ORIGINS = [path[-1] for path in CODINGS[ORIGIN].members]
A, B, C, D = ORIGINS[2:6]
COUNTRY = CODINGS["location"].members[0][1]
BELOW = 20


def people(counts: Mapping[str | None, int]) -> Population:
    """So many people of each origin, all at one place."""
    origins = np.repeat([ORIGINS.index(one) for one in counts], list(counts.values())).astype(np.int32)
    size = len(origins)
    none = np.zeros(size, dtype=np.int32)
    finest = {levels[0].hierarchy: none for levels in LATTICE.hierarchies} | {ORIGIN: origins}
    persons = np.arange(size, dtype=np.int64)
    return Population(date(2022, 1, 31), persons, persons, np.zeros(0, dtype=np.uint64), finest, {}, none)


def others(counts: Mapping[str | None, int], before: set[str | None] | None = None) -> set[str | None]:
    """Which origins are put together, after a month in which these were."""
    kept: Together | None = None if before is None else {ORIGIN: frozenset((COUNTRY, one) for one in before)}
    found = put_together(people(counts), CODINGS, LATTICE, BELOW, kept)[ORIGIN]
    assert {country for country, _ in found} <= {COUNTRY}
    return {origin for _, origin in found}


def test_the_rare_are_put_together_with_the_next_smallest_where_they_are_too_few() -> None:
    assert others({A: 1_000, B: 12, C: 9}) == {B, C}
    assert others({A: 1_000, B: 300, C: 1}) == {B, C}
    assert others({A: 1_000, B: 300}) == set()
    assert others({A: 1_000, None: 3, B: 19}) == {None, B}


def test_what_was_put_together_stays_so() -> None:
    assert others({A: 1_000, B: 25, C: 21}, {B, C}) == {B, C}, "it is rare no more, and was counted in Other last month"
    assert others({A: 1_000, B: 300}, {C}) == {C}, "nobody is of it this month"


def test_a_number_that_was_told_does_not_vanish_for_a_few_who_arrive() -> None:
    """A thousand asylum-seekers were told by themselves; six of another kind would have taken them into Other."""
    assert others({A: 5_000, B: 1_067, C: 6}, set()) == set()
    assert others({A: 5_000, B: 1_067, C: 6, D: 15}, set()) == {C, D}, "enough by themselves"
    assert others({A: 5_000, B: 1_067, C: 6, D: 30}, {D}) == {C, D}, "there are others already"


@pytest.mark.parametrize(("size", "is_told"), [(199, False), (200, True)])
def test_what_has_grown_to_many_is_told_by_itself_again(size: int, is_told: bool) -> None:
    assert others({A: 1_000, B: size, C: 40}, {B, C}) == ({C} if is_told else {B, C})


def test_who_is_left_behind_by_what_has_grown_keeps_it() -> None:
    assert others({A: 1_000, B: 500, C: 3}, {B, C}) == {B, C}
    assert others({A: 1_000, B: 500}, {B}) == set()


def test_persons_of_what_is_put_together_are_others_of_that_country_alone() -> None:
    both = people({A: 3, B: 2})
    elsewhere = CODINGS["location"].size - 1
    both.finest["geography"][[2, 4]] = elsewhere
    found = recoded(both, CODINGS, LATTICE, {ORIGIN: frozenset({(COUNTRY, A), ("nowhere", B)})})
    assert [ORIGINS[code] for code in found.finest[ORIGIN]] == [ORIGINS[1], ORIGINS[1], A, B, B]
