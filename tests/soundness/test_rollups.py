"""Several rollups: which one answers, and how one that answers could be wrong."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from figures import KENYA, Desk, tuples, world

from dataport.engine import Figures, plan
from dataport.engine.algebra import Plan
from dataport.engine.scan import Scan
from dataport.engine.tree import nodes_of
from dataport.semantic import Request
from dataport.semantic.period import DateRange

MONTHS = {"period": DateRange(date(2021, 12, 1), date(2022, 2, 9)), "grain": "month"}
PERSONS = (
    {"legal_status_code": "REF", "place_id": "KEN-1"},
    {"legal_status_code": "ASY", "relationship_code": "SPO", "has_valid_document": False},
    {"settlement_code": "U", "valid_to": datetime(2022, 1, 20)},
    {"settlement_code": None, "valid_from": datetime(2022, 1, 5), "has_specific_need": True},
    {"business_unit_id": "UGA-CO", "country_of_asylum_code": "UGA"},
)
JUDGED = (
    {"k05": True, "filled": 3, "asked": 7, "issue_count": 2},
    {"k05": False, "k07": True, "issue_count": 1},
    {"k05": None, "valid_from": datetime(2022, 1, 5)},
    {"k05": True, "k07": True, "is_complete": False, "valid_to": datetime(2022, 1, 20)},
    {"k05": True, "business_unit_id": "UGA-CO", "country_of_asylum_code": "UGA"},
)
DESK = Desk(world(PERSONS, quality=JUDGED, group_quality=[{"k24": True}, {"k24": False}, {"k24": None}]))


def read(planned: Plan) -> set[str]:
    """The rollups that a plan reads."""
    return {one.rollup.name for one in nodes_of(planned) if isinstance(one, Scan) and one.rollup}


@pytest.mark.parametrize(
    ("indicators", "words", "rollup"),
    [
        ("active_individuals", {"by": ("country_of_origin", "sex")}, "population_steps"),
        ("active_individuals", {"by": ("legal_status", "settlement")}, "population_place_steps"),
        ("active_individuals", {"by": ("location",), "where": ("accommodation is unknown",)}, "population_place_steps"),
        ("active_individuals", {"by": ("location",), "geography": "as-was"}, "population_place_steps"),
        ("share_with_valid_document", {"by": ("sex",)}, "population_state_steps"),
        ("share_updated_within_a_year", {"where": ("population_type = 'REF'",)}, "population_state_steps"),
        ("active_individuals", {"where": ("has_valid_document = true",)}, "population_state_steps"),
        ("individuals_with_specific_needs", {"where": ("has_specific_need is not unknown",)}, ""),
        ("active_individuals", {"by": ("has_valid_document",)}, ""),
        ("kpi_k05", {"by": ("country_of_asylum",)}, "quality_steps"),
        ("kpi_k05 kpi_k07 kpi_k01 judged_records", {"by": ("business_unit",)}, "quality_steps"),
        ("judged_records", {"where": ("k05 = true",)}, "quality_steps"),
        ("kpi_k05_failing", {"where": ("k05 is not unknown", "process_status = 'A'")}, ""),
        ("open_issues complete_records completeness_global", {"by": ("operation",)}, "quality_steps"),
        ("kpi_k24", {}, "group_quality_steps"),
        # two flags of one row, what is counted apart as a breakdown, and a sum of some rows: the fact alone tells
        ("kpi_k05", {"where": ("k07 = true",)}, ""),
        ("judged_records", {"by": ("k05",)}, ""),
        ("judged_records", {"where": ("k05 = false",)}, ""),
        ("open_issues", {"where": ("k05 = true",)}, ""),
        ("kpi_k05", {"by": ("sex",)}, ""),
    ],
)
def test_the_rollup_that_has_all_of_it_says_what_the_fact_says(
    indicators: str, words: dict[str, Any], rollup: str
) -> None:
    for time in ({}, {"as_of": date(2022, 1, 4)}, MONTHS):
        for who in ({}, {"who": KENYA}):
            request = Request(tuple(indicators.split()), totals=True, **words, **time)
            assert read(Plan(plan(DESK.scoped(request, *who.values())).rows, ())) == {rollup} - {""}
            told = [DESK.request(request, **who, rollups=rollups) for rollups in (True, False)]
            assert tuples(told[0].data) == tuples(told[1].data)
            assert [tuples(one.data) for one in told[0].totals] == [tuples(one.data) for one in told[1].totals]


def test_the_smallest_that_a_version_has_is_read_and_an_older_version_is_read_as_it_was_built() -> None:
    request = Request(("active_individuals",), ("sex",))
    sizes = {"population_steps": 90, "population_state_steps": 50}
    catalog = DESK.catalog
    rows = {table: sizes[name] for name in sizes for table in catalog.rollups[name].tables} | {"fct_population": 999}
    assert list(_held(rows).rollups) == ["population_state_steps", "population_steps"]
    assert read(plan(Desk(world(PERSONS), _held(rows)).scoped(request))) == {"population_state_steps"}
    del rows["rollup_population_state_months"]
    assert list(_held(rows).rollups) == ["population_steps"], "one of its two tables is not there"
    assert _held({"fct_population": 999}).rollups == {}
    assert _held({}) is catalog, "nobody wrote down which tables there are"


def _held(rows: dict[str, int]) -> Any:
    figures = Figures(DESK.figures.engine, 1, DESK.figures.horizon, rows=rows)
    assert figures.held(DESK.catalog) is figures.held(DESK.catalog)
    return figures.held(DESK.catalog)
