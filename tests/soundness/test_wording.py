"""Words that ask for something else than they say: codes of two lists, suggestions with less, a 0 that says no why."""

from __future__ import annotations

import pytest
from figures import KENYA, WIDE, Desk, world

from dataport.access import guard
from dataport.engine import plan
from dataport.errors import DataportError, WrongRequest
from dataport.semantic import Request, nearest, resolve

ORIGINS = ("AUS", "AUS", "AUL", "ARE", "ARE", "ARE", "UAE", "MOR", "GFR")
DESK = Desk(world([{"country_of_origin_code": code} for code in ORIGINS]))
COUNT = "active_individuals"


@pytest.mark.parametrize("operator", ["=", "!=", "in", "not in"])
@pytest.mark.parametrize("code", ["AUS", "MAR", "ARE"])
def test_a_code_of_two_countries_counts_neither(code: str, operator: str) -> None:
    value = f"('KEN', '{code}')" if "in" in operator else f"'{code}'"
    for level in ("country_of_origin", "country_of_asylum", "country_of_birth"):
        with pytest.raises(WrongRequest, match=f"'unhcr:{code}' .*'iso3:{code}'"):
            DESK.ask(COUNT, where=(f"{level} {operator} {value}",))


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("unhcr:AUS", 2),
        ("iso3:AUS", 1),
        ("unhcr:ARE", 3),
        ("iso3:ARE", 1),
        ("iso3:MAR", 1),
        ("unhcr:MAR", 0),
        ("DEU", 1),
    ],
)
def test_each_reading_counts_its_own_people(value: str, count: int) -> None:
    assert DESK.rows(COUNT, where=(f"country_of_origin = '{value}'",)) == [(count,)]
    assert DESK.rows(COUNT, where=(f"country_of_origin not in ('{value}')",)) == [(len(ORIGINS) - count,)]


@pytest.mark.parametrize(
    "bad", ["need_status = 'A'", "sex = 5", "sex = F", "colour = 'red'", "country_of_origin = 'AUS'"]
)
def test_a_suggestion_never_asks_a_wider_question(bad: str) -> None:
    request = Request((COUNT,), ("country_of_origin", "need_status"), ("process_status = 'A'", bad))

    def planned(other: Request) -> object:
        return plan(guard(resolve(other, DESK.catalog, DESK.figures.horizon), WIDE))

    with pytest.raises(DataportError):
        planned(request)
    assert nearest(request, DESK.catalog, DESK.figures.horizon, planned) is None


def test_a_zero_says_why_and_tells_of_nobody_else() -> None:
    asked = {"where": ("country_of_origin = 'SSD'",)}
    alone = DESK.ask(COUNT, who=KENYA, **asked)
    beside = Desk(world([{"country_of_origin_code": code} for code in ORIGINS] + [
        {"country_of_origin_code": "SSD", "business_unit_id": "UGA-CO"}
    ])).ask(COUNT, who=KENYA, **asked)  # fmt: skip
    assert alone.meta["limits"] and alone.meta == beside.meta
