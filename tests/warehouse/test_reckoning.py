"""The published figures against a slow reckoning from the landed rows, at many moments."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.warehouse import stories
from tests.warehouse.conftest import Figures
from tests.warehouse.reckoning import population, state

TOLD = (stories.FIRST, stories.SECOND, stories.THIRD, stories.FOURTH, [])
BATCHES = [told + more for told, more in zip(TOLD, stories.crowd(), strict=True)]
MOMENTS = [stories.T0, *(stories.CLOCKS[0] + timedelta(hours=17 * n) for n in range(60))]
MOMENTS = [moment for moment in MOMENTS if moment < stories.CLOCKS[-1]] + [datetime(2022, 3, 1, 23, 59)]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_the_population_at_a_moment(figures: Figures, moment: datetime) -> None:
    names = {key: group for group, key in figures.keys.items() if group.startswith("g")}
    counted: Counter[tuple[Any, ...]] = Counter()
    for status, place, group, needy, age, papered, recent in figures.rows(
        "select process_status_code, place_id, group_key, has_specific_need, age_group_code, has_valid_document, "
        "has_recent_contact from fct_population where valid_from <= ? and ? < valid_to",
        moment,
        moment,
    ):
        counted[status, place, names.get(group), needy, age, papered, recent] += 1
    assert counted == population(BATCHES, moment)


@pytest.mark.parametrize("moment", MOMENTS[::3], ids=str)
def test_the_groups_at_a_moment(figures: Figures, moment: datetime) -> None:
    active: Counter[Any] = Counter()
    for (status, _, group, *_), count in population(BATCHES, moment).items():
        active[group] += count if status == "A" else 0
    expected = {figures.keys[group]: active[group] for group in state(BATCHES, "registration_group", moment)}
    found = figures.rows(
        "select group_key, active_member_count from fct_group where valid_from <= ? and ? < valid_to", moment, moment
    )
    assert dict(found) == expected
    assert len(found) == len(expected)
