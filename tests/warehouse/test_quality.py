"""What checks say of every record of the small world, at random moments, is what a slow reading of what landed says."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from oracle.quality import Store, judge_groups, judge_persons

from dataport.checks import load_checks
from dataport.checks.sql import judgements
from tests.warehouse.conftest import Figures
from tests.warehouse.reckoning import Batches, state
from tests.warehouse.stories import CLOCKS, FIRST, FOURTH, SECOND, T0, THIRD, US, crowd

TABLES = ("individual", "registration_group", "membership", "address", "document", "specific_need")
CHECKED = judgements(load_checks())


def _moments(count: int = 30, seed: int = 21) -> list[datetime]:
    """Moments anywhere in recorded time, midnights among them, when the calendar alone changes what is said."""
    rng, span = random.Random(seed), int((CLOCKS[-1] - T0).total_seconds())
    found = [T0 + timedelta(seconds=rng.randrange(span)) for _ in range(count)]
    midnights = [datetime(2022, 1, rng.randint(2, 31)) for _ in range(count // 3)]
    return sorted([*found, *midnights, *(one - US for one in midnights)])


@pytest.mark.parametrize("nth", range(3))
def test_every_verdict_is_that_of_the_slow_reading(figures: Figures, nth: int) -> None:
    told = [*map(list, (FIRST, SECOND, THIRD, FOURTH, []))]
    batches: Batches = [stories + more for stories, more in zip(told, crowd(), strict=True)]
    for moment in _moments()[nth::3]:
        store = _store(batches, moment, figures.keys)
        for table, key, judge in (
            ("fct_quality", "individual_key", judge_persons),
            ("fct_group_quality", "group_key", judge_groups),
        ):
            said = {figures.keys[one]: verdicts for one, verdicts in judge(store).items()}
            assert _published(figures, table, key, moment) == said, (table, moment)


def _store(batches: Batches, moment: datetime, keys: dict[str, int]) -> Store:
    tables = {name: state(batches, name, moment) for name in TABLES}
    # all places of the world are listed from the beginning, and none lies so deep that a gap above it counts
    places = {code: (row["level"], False) for code, row in state(batches, "location", moment).items()}
    return Store(tables, moment, places, {"BU-1": "KEN"}, keys)


def _published(figures: Figures, table: str, key: str, moment: datetime) -> dict[int, dict[str, bool]]:
    rows = figures.rows(
        f"select {key}, failed_1, failed_2, known_1, known_2 from {table} where valid_from <= $1 and $1 < valid_to",
        moment,
    )
    return {
        one: {
            which.check.name: bool(sets[which.word - 1] & which.mask)
            for which in CHECKED
            if sets[which.word + 1] & which.mask
        }
        for one, *sets in rows
    }
