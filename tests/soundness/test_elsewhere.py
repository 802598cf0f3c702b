"""What other semantic layers are known to get wrong, each named after what it did. The numbers here must be right."""

from __future__ import annotations

import itertools
from datetime import date, datetime

import pytest
from figures import COUNTRIES, OPEN_END, Desk, catalog_with, tuples, world
from generative.strategies import extended_catalog
from golden.cases import CASES
from sqlglot import exp, parse_one

from dataport.engine import lower, plan
from dataport.errors import BadDefinition, WrongRequest
from dataport.semantic import DateRange, Request

FEBRUARY = DateRange(date(2022, 2, 1), date(2022, 2, 28))


def _kenyan_family() -> Desk:
    """Two persons, one with three needs and two documents; two groups; one event."""
    needs = [{"individual_key": 1, "need_category_code": one} for one in ("DS", "SM", "DS")]
    papers = [{"individual_key": 1, "document_type_code": one} for one in ("POR", "PAS")]
    people = [{"has_specific_need": True}, {"group_key": 2}]
    groups = [{"active_member_count": 4}, {"active_member_count": 6}]
    return Desk(world(people, groups, [{"recorded_at": datetime(2022, 2, 3)}], needs, papers))


def test_a_measure_of_the_one_side_is_not_inflated_when_one_of_the_many_side_rides_along() -> None:
    asked = ("active_individuals", "active_specific_needs", "active_groups", "average_group_size", "valid_documents")
    assert _kenyan_family().rows(*asked, by=("country_of_asylum",)) == [("KEN", 2, 3, 2, 5.0, 2)]


def test_two_paths_to_many_at_once_do_not_multiply() -> None:
    where = ("need_category = 'DS'", "document_type in ('POR', 'PAS')")
    assert _kenyan_family().rows("active_individuals", where=where) == [(1,)]


def test_who_has_nothing_of_a_kind_makes_no_phantom_row() -> None:
    desk = Desk(world([{}]))
    assert desk.rows("active_specific_needs") == [(0,)]
    assert desk.rows("active_specific_needs", by=("country_of_asylum",)) == []
    assert desk.rows("needs_per_person_in_need", "assistance_value", "persons_assisted") == [(None, None, 0)]


def test_a_key_that_is_unknown_on_both_sides_joins_nothing() -> None:
    given = [{"individual_key": None, "assistance_type_code": "CSH"}]
    desk = Desk(world([{}], assistance=given))
    assert desk.rows("active_individuals", where=("assistance_type = 'CSH'",)) == [(0,)]


def test_a_dimension_with_several_versions_does_not_fan_a_stock_out() -> None:
    kenya = next(one for one in COUNTRIES if one["country_code"] == "KEN")
    cuts = [datetime(1900, 1, 1), datetime(2022, 1, 5), datetime(2022, 2, 5), OPEN_END]
    versions = [{**kenya, "valid_from": low, "valid_to": high} for low, high in itertools.pairwise(cuts)]
    desk = Desk(world([{}, {}], countries=versions))
    for geography in ("today", "as-was"):
        assert desk.rows("active_individuals", by=("unhcr_bureau",), geography=geography) == [("EHAGL", 2)]


def test_a_long_range_is_not_inflated_by_what_was_counted_before() -> None:
    people = [{"valid_from": datetime(2021, 12, 31, 23, 59, 59, 5), "valid_to": datetime(2024, 5, 1)}, {}]
    desk = Desk(world(people, watermark=datetime(2026, 1, 1)))
    request = Request(("active_individuals",), period=DateRange(date(2022, 1, 1), date(2025, 12, 31)), grain="year")
    for rollups in (True, False):
        assert [row[1] for row in tuples(desk.request(request, rollups=rollups).data)] == [2, 2, 1, 1]


def test_a_month_before_the_end_of_march_is_the_end_of_february() -> None:
    events = [{"recorded_at": datetime(2022, 3, day)} for day in (1, 31)] + [{"recorded_at": datetime(2022, 2, 28)}]
    desk = Desk(world(events=events, watermark=datetime(2022, 4, 1)))
    march = DateRange(date(2022, 3, 1), date(2022, 3, 31))
    assert desk.rows("new_registrations", period=march, compare="previous") == [(2, 1, 1)]


def test_a_comparison_makes_up_no_period_that_was_not_asked_for() -> None:
    desk = Desk(world([{}]))
    months = DateRange(date(2022, 1, 1), date(2022, 2, 28))
    rows = desk.rows("change_in_active_individuals", "active_individuals", period=months, grain="month")
    assert [row[0] for row in rows] == [date(2022, 1, 1), date(2022, 2, 1)]


def test_a_total_of_ratios_is_a_ratio_of_totals() -> None:
    people = [{"country_of_asylum_code": "KEN"}] * 3 + [{"country_of_asylum_code": "UGA", "sex_code": "M"}]
    answer = Desk(world(people)).ask("share_of_women_and_girls", by=("country_of_asylum",), totals=True)
    assert [row[1] for row in tuples(answer.data)] == [1.0, 0.0]
    assert tuples(answer.totals[0].data) == [(None, 0.75)]


def test_a_number_to_date_is_of_the_end_of_the_month_and_keeps_what_was_before() -> None:
    events = [{"recorded_at": datetime(2022, 1, 10)}, {"recorded_at": datetime(2022, 2, 20)}]
    desk = Desk(world(events=events))
    rows = desk.rows("cumulative_registrations", period=FEBRUARY, grain="month")
    assert rows == [(date(2022, 2, 1), 2)]


def test_nothing_is_answered_that_was_not_asked_for() -> None:
    answer = _kenyan_family().ask("share_of_women_and_girls", "net_change", by=("country_of_asylum",))
    assert answer.data.column_names == ["country_of_asylum", "share_of_women_and_girls", "net_change"]


def test_additivity_is_derived_and_not_declared() -> None:
    """A definition cannot say of a median that it adds up."""
    text = "indicators:\n  wrong:\n    label: x\n    description: x\n    unit: x\n    tier: T0\n    additive: true\n"
    with pytest.raises(BadDefinition, match="there is no field called 'additive'"):
        catalog_with(text + "    stock: {fact: population}\n    over: x\n")


def test_a_unit_that_does_not_exist_is_an_error_and_not_ignored() -> None:
    with pytest.raises(WrongRequest, match="There is no breakdown called 'fortnight'"):
        Desk(world([{}])).ask("active_individuals", by=("fortnight",))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_join_holds_or_and_none_is_without_a_condition(case: str) -> None:
    request, who = CASES[case]
    lowered = lower(plan(Desk(world([{}])).scoped(request, who)))
    for tree in (lowered.rows, *(total for _, total in lowered.totals)):
        for join in tree.find_all(exp.Join):
            on = join.args.get("on")
            assert (on is None) == (join.args.get("kind") == "CROSS")
            assert on is None or not list(on.find_all(exp.Or))


def test_many_filtered_indicators_of_one_fact_are_one_scan() -> None:
    desk = Desk(world([{}]), extended_catalog())
    asked = ["active_individuals", "individuals_on_hold", "active_children", "active_older_persons", "sex_ratio"]
    asked += ["share_with_valid_document", "share_updated_within_a_year", "share_of_working_age", "median_number"]
    sql = desk.explained(Request(tuple(asked)))[-1]
    assert sql.count('"fct_population"') == 1


def test_a_quotient_over_nothing_is_never_infinite() -> None:
    desk = Desk(world([{"sex_code": None}]))
    assert desk.rows("share_of_women_and_girls", "sex_ratio", "birth_rate") == [(None, None, 0.0)]


def test_a_statement_can_be_read_again() -> None:
    for request, who in CASES.values():
        sql = Desk(world([{}])).explained(request, who)[-1]
        assert parse_one(sql, dialect="duckdb")
