"""start + entries - exits + moves in - moves out = end, in every cell, between any two moments, by any breakdown.

Reckoned in plain Python over the stretches as published, for people to whom anything happens in any order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.conftest import Figures
from tests.warehouse.stories import CLOCKS, OPEN, T0

LEVELS = (
    "process_status_code", "place_id", "group_key", "has_specific_need", "has_valid_document", "has_recent_contact",
    "age_group_code", "legal_status_code", "sex_code", "is_focal_point",
)  # fmt: skip
ENTRIES = {"onboarded", "registered", "born", "restored"}
EXITS = {"deleted"}

Stretch = dict[str, Any]
MOMENTS = st.datetimes(T0 - timedelta(hours=1), CLOCKS[-1]).map(lambda moment: moment.replace(microsecond=0))


@dataclass(frozen=True)
class Boundary:
    """A moment in one person's history with what was before and after; nothing on a side where there was no record."""

    moment: datetime
    cause: str
    before: Stretch | None
    after: Stretch | None


@pytest.fixture(scope="module")
def stretches(figures: Figures) -> list[Stretch]:
    names = ("individual_key", "valid_from", "valid_to", "start_cause_code", "end_cause_code", *LEVELS)
    rows = figures.rows(f"select {', '.join(names)} from fct_population order by individual_key, valid_from")
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def boundaries(stretches: list[Stretch]) -> list[Boundary]:
    of_person: dict[int, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        of_person[stretch["individual_key"]].append(stretch)
    found = []
    for history in of_person.values():
        ends = {stretch["valid_to"]: stretch for stretch in history if stretch["valid_to"] != OPEN}
        starts = {stretch["valid_from"]: stretch for stretch in history}
        for moment in {*ends, *starts}:
            before, after = ends.get(moment), starts.get(moment)
            causes = {before["end_cause_code"]} if before else set()
            causes |= {after["start_cause_code"]} if after else set()
            [cause] = causes
            found.append(Boundary(moment, cause, before, after))
    return found


def stock(stretches: list[Stretch], moment: datetime, by: tuple[str, ...]) -> Counter[tuple[Any, ...]]:
    return Counter(
        tuple(one[level] for level in by) for one in stretches if one["valid_from"] <= moment < one["valid_to"]
    )


@settings(max_examples=200, deadline=None)
@given(MOMENTS, MOMENTS, st.sets(st.sampled_from(LEVELS), max_size=4))
def test_movements_explain_every_difference(
    stretches: list[Stretch], boundaries: list[Boundary], one: datetime, other: datetime, levels: set[str]
) -> None:
    start, end, by = min(one, other), max(one, other), tuple(sorted(levels))
    reckoned = stock(stretches, start, by)
    for boundary in boundaries:
        if start < boundary.moment <= end:
            for side, sign in ((boundary.before, -1), (boundary.after, 1)):
                if side:
                    reckoned[tuple(side[level] for level in by)] += sign
    assert +reckoned == stock(stretches, end, by)
    assert not -reckoned


def test_the_cause_says_whether_somebody_came_went_or_changed(boundaries: list[Boundary]) -> None:
    assert len(boundaries) > 400
    for boundary in boundaries:
        if boundary.before is None:
            assert boundary.cause in ENTRIES, boundary
        elif boundary.after is None:
            assert boundary.cause in EXITS, boundary
        else:
            assert boundary.cause not in EXITS | {"onboarded", "restored"}, boundary
            assert any(boundary.before[level] != boundary.after[level] for level in LEVELS) or boundary.cause in (
                "corrected", "updated", "verified", "moved",
            ), boundary  # fmt: skip


def test_every_event_that_made_a_boundary_is_told_once(figures: Figures, boundaries: list[Boundary]) -> None:
    by_place = {}
    for boundary in boundaries:
        side = boundary.before or boundary.after
        assert side is not None
        by_place[side["individual_key"], boundary.moment] = boundary.cause
    rows = figures.rows("select event_key, individual_key, boundary_at from fct_registration_event")
    assert len(rows) == len({event for event, _, _ in rows})
    for _, individual, moment in rows:
        assert moment is None or (individual, moment) in by_place
