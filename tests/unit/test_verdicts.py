"""The records behind a number, and for how long they have failed: a few hand-made stretches, by key and in scope."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from figures import KENYA, WIDE, Desk, world

from dataport.access import Viewer
from dataport.engine import explain, lower, seal
from dataport.engine.units import UNIT, units
from dataport.engine.verdicts import SINCE, UNTIL, verdicts
from dataport.errors import DataportError, WrongRequest
from dataport.semantic import Request

T1, T2 = datetime(2022, 1, 10), datetime(2022, 2, 1)
OPEN = datetime(9999, 12, 31)
SETS = ("issue_count",)
# Two persons of Kenya, the first with two stretches; one who does not fail, and one of Uganda.
STRETCHES = [
    {"individual_key": 3, "k09": True, "issue_count": 1, "valid_to": T1},
    {"individual_key": 3, "k09": True, "issue_count": 3, "valid_from": T1},
    {"individual_key": 1, "k09": True, "issue_count": 1},
    {"individual_key": 2, "k09": False, "issue_count": 0},
    {"individual_key": 4, "k09": True, "issue_count": 1, "business_unit_id": "UGA-CO", "valid_from": T2},
]


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(world(quality=STRETCHES))


def told(desk: Desk, keys: tuple[int, ...], who: Viewer = WIDE) -> list[tuple[object, ...]]:
    scoped = desk.scoped(Request(("kpi_k09_failing",)), who)
    rows = desk.figures.run(seal(lower(verdicts(scoped, "k09", SETS, keys)), scoped)).rows.data.to_pylist()
    return [(row[UNIT], row[SINCE], row[UNTIL], row["issue_count"]) for row in rows]


def test_the_stretches_of_some_are_told_by_key_and_time(desk: Desk) -> None:
    (always,) = {since for _, since, until, _ in told(desk, (1,)) if until == OPEN}
    assert told(desk, (3, 2, 1)) == [(1, always, OPEN, 1), (3, always, T1, 1), (3, T1, OPEN, 3)]
    assert told(desk, ()) == told(desk, (2, 99)) == []


def test_what_is_outside_the_scope_has_no_stretch(desk: Desk) -> None:
    assert told(desk, (4,)) == [(4, T2, OPEN, 1)]
    assert told(desk, (4,), KENYA) == []


def test_however_many_keys_there_are_the_statement_is_one(desk: Desk) -> None:
    """A key each would be held against every row of the fact."""
    scoped = desk.scoped(Request(("kpi_k09_failing",)))
    texts = {
        desk.figures.engine.render(query.tree)
        for keys in ((1,), tuple(range(50)), tuple(range(500)))
        for query in seal(lower(verdicts(scoped, "k09", SETS, keys)), scoped).queries
    }
    assert len(texts) == 1
    assert "individual_key is one of 50" in " ".join(explain(verdicts(scoped, "k09", SETS, tuple(range(50)))))


@pytest.mark.parametrize("who, expected", [(WIDE, [1, 3, 4]), (KENYA, [1, 3])])
def test_the_units_of_a_count_are_the_same_in_order_and_without(desk: Desk, who: Viewer, expected: list[int]) -> None:
    scoped = desk.scoped(Request(("kpi_k09_failing",)), who)
    found = [
        desk.figures.run(seal(lower(units(scoped, SETS, in_order=in_order)), scoped)).rows.data.column(UNIT).to_pylist()
        for in_order in (True, False)
    ]
    assert found[0] == expected and sorted(found[1]) == expected


def test_as_many_units_are_listed_as_are_counted() -> None:
    """By every indicator that counts units of one date or period, with whatever it selects by itself."""
    people = [
        {"sex_code": sex, "process_status_code": status} for sex in ("F", "M", None) for status in ("A", "C", "I")
    ]
    desk, listed = Desk(world(people, [{}, {}], [{}], [{}, {"need_category_code": "SC"}], [{}])), {}
    for name in desk.catalog.public_indicators():
        try:
            scoped = desk.scoped(Request((name,)))
            rows = desk.figures.run(seal(lower(units(scoped)), scoped)).rows.data
        except DataportError:
            continue
        listed[name] = rows.num_rows
        assert [(rows.num_rows,)] == desk.rows(name), name
    assert len({listed["active_individuals"], listed["active_women_and_girls"], listed["registered_individuals"]}) == 3


@pytest.mark.parametrize("words", [{"by": ("sex",)}, {"grain": "month"}, {"compare": date(2022, 1, 31)}])
def test_what_is_no_one_count_is_not_listed(desk: Desk, words: dict[str, Any]) -> None:
    with pytest.raises(WrongRequest, match=r": ask for one, without breakdowns, trend and comparison\.$"):
        units(desk.scoped(Request(("kpi_k09_failing",), **words)))
