"""An empty answer says why it is empty, and tells nothing of rows that its viewer may not see."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from figures import KENYA, NOBODY, WIDE, Desk, world

from dataport.access import Viewer
from dataport.semantic import DateRange
from dataport.semantic.formula import Change

JANUARY = DateRange(date(2022, 1, 1), date(2022, 1, 31))
DESK = Desk(
    world(
        [
            {"sex_code": "F", "age_group_code": "0-4"},
            {"sex_code": "M", "process_status_code": "I", "country_of_origin_code": "SSD"},
            # on 28 February she is gone
            {"sex_code": None, "country_of_origin_code": "GFR", "valid_to": datetime(2022, 1, 20)},
            {"business_unit_id": "UGA-CO", "country_of_asylum_code": "UGA", "country_of_origin_code": "ARE"},
        ],
        groups=[],
        events=[{"event_type_code": "birth", "recorded_at": datetime(2022, 2, 3)}],
    )
)


def why(*indicators: str, who: Viewer = WIDE, **words: Any) -> list[str]:
    told: list[str] = DESK.ask(*indicators, who=who, **words).meta["limits"]
    return told


def test_an_answer_that_holds_something_says_nothing() -> None:
    assert why("active_individuals") == why("active_individuals", by=("sex",), where=("sex = 'F'",)) == []
    # the one of two
    assert why("births", "deaths") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"where": ("country_of_origin = 'YEM'",)},
         "nothing in scope meets country_of_origin = 'YEM' on 2022-02-28, nor on any other day"),
        ({"where": ("country_of_origin = 'DEU'", "sex = 'F'")},
         "nothing in scope meets country_of_origin = 'GFR' on 2022-02-28; on other days there is"),
        ({"where": ("sex = 'F' and country_of_origin = 'unhcr:AUS'",)},
         "nothing in scope meets country_of_origin = 'unhcr:AUS' on 2022-02-28, nor on any other day"),
        ({"where": ("sex = 'F'", "country_of_origin = 'SSD'")},
         "each filter finds something on 2022-02-28, and nothing in scope passes all of them"),
        ({"where": ("sex = 'M'",)},
         "active individuals: of what passes the filters, nothing meets process_status = 'A' on 2022-02-28"),
        ({"where": ("active_individuals > 5",), "by": ("sex",)},
         "nothing is shown: no row meets active_individuals > 5"),
        ({"where": ("sex = 'M'",), "grain": "month", "period": JANUARY},
         "active individuals: of what passes the filters, nothing meets process_status = 'A' "
         "in the months asked about"),
        ({"where": ("age > 200",)}, "nothing in scope meets age > 200 on 2022-02-28"),
        ({"where": ("need_category = 'DS'",)}, "nothing in scope meets need_category = 'DS' on 2022-02-28"),
        ({"where": ("country_of_origin = 'YEM'",), "by": ("sex",), "totals": True, "compare": date(2022, 1, 31)},
         "nothing in scope meets country_of_origin = 'YEM' on 2022-02-28, nor on any other day"),
    ],
)  # fmt: skip
def test_the_part_that_leaves_nothing_is_named(words: dict[str, Any], said: str) -> None:
    assert why("active_individuals", **words) == [said]


def test_every_indicator_of_every_kind_says_why() -> None:
    for name in DESK.catalog.public_indicators():
        if not isinstance(DESK.catalog.indicators[name].formula, Change):
            assert why(name, where=("country_of_origin = 'YEM'",)), name


def test_of_flows_too() -> None:
    assert why("births", period=JANUARY) == [
        "nothing is in scope from 2022-01-01 to 2022-01-31: "
        "what happened to individuals, each with the state they were in just after"
    ]
    assert why("deaths") == [
        "deaths: nothing in scope meets event_type = 'death' from 2022-01-01 to 2022-02-28",
    ]
    assert why("births", as_of=date(2021, 12, 31)) == ["births registered: no day asked about is known in full"]


def test_every_kind_of_thing_that_was_counted_is_spoken_of() -> None:
    said = why("average_group_size", "births", where=("country_of_origin = 'YEM'",))
    assert said == [
        "nothing is in scope on 2022-02-28: registration groups, by stretch of time in which neither they nor their "
        "composition change",
        "nothing in scope meets country_of_origin = 'YEM' from 2022-01-01 to 2022-02-28, nor on any other day",
    ]


@pytest.mark.parametrize("indicator", ["average_age", "median_age", "average_active_individuals", "average_group_size"])
def test_an_average_of_nothing_says_why_too(indicator: str) -> None:
    assert why(indicator, who=NOBODY)


def test_scope_is_the_viewers_own() -> None:
    # there is one in Uganda, of which Kenya's viewer is told what they would be told if there were none
    ask = {"where": ("country_of_origin = 'unhcr:ARE'",)}
    assert why("active_individuals", **ask) == []
    assert why("active_individuals", who=KENYA, **ask) == [
        "nothing in scope meets country_of_origin = 'unhcr:ARE' on 2022-02-28, nor on any other day"
    ]
    assert why("active_individuals", who=NOBODY) == [
        "nothing is in scope on 2022-02-28: registered individuals, by stretch of time in which nothing reported about "
        "them changes"
    ]
