"""What is computed from counts: shares, arithmetic, comparisons, filters on numbers, filters by what somebody has."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from figures import KENYA, Desk, tuples, world
from generative.strategies import extended_catalog

from dataport.errors import OutsideHistory
from dataport.semantic import DateRange

JANUARY, FEBRUARY = datetime(2022, 1, 1, 12), datetime(2022, 2, 1, 12)
PLACES = ["KEN", "KEN", "KEN", "UGA", None]


def test_a_sum_over_unknown_values_is_no_number_and_not_zero() -> None:
    desk = Desk(world((), [{"active_member_count": None}]), extended_catalog())
    assert desk.rows("members_in_groups", by=("country_of_asylum",)) == [("KEN", None)]


def test_shares_are_of_everything_whatever_is_shown() -> None:
    """The unknown, what a top leaves out and what a filter on numbers hides are part of the whole."""
    desk = Desk(world([{"country_of_asylum_code": place} for place in PLACES]))
    asked = {"by": ("country_of_asylum",)}
    assert desk.rows("share_of_active_total", **asked) == [("KEN", 0.6), ("UGA", 0.2), (None, 0.2)]
    assert desk.rows("share_of_active_total", **asked, top=1) == [("KEN", 0.6)]
    assert desk.rows("active_individuals", "share_of_active_total", **asked, where=("active_individuals > 1",)) == [
        ("KEN", 3, 0.6)
    ]


def test_a_filter_on_numbers_changes_no_total() -> None:
    desk = Desk(world([{"country_of_asylum_code": place} for place in PLACES]))
    answer = desk.ask("active_individuals", by=("country_of_asylum",), where=("active_individuals > 1",), totals=True)
    assert tuples(answer.totals[0].data) == [(None, 5)]


def test_a_number_that_is_none_passes_no_comparison() -> None:
    desk = Desk(world([{"country_of_asylum_code": "KEN", "sex_code": None}, {"country_of_asylum_code": "UGA"}]))
    for filter_, left in (("< 2", ["UGA"]), (">= 0", ["UGA"]), ("!= 5", ["KEN", "UGA"]), ("is unknown", ["KEN"])):
        where = (f"share_of_women_and_girls {filter_}",)
        rows = desk.rows("share_of_women_and_girls", "active_individuals", by=("country_of_asylum",), where=where)
        assert [row[0] for row in rows] == left, filter_


def test_arithmetic_takes_what_did_not_happen_as_nothing() -> None:
    desk = Desk(world(events=[{"event_type_code": "death", "recorded_at": FEBRUARY}]))
    asked = {"period": DateRange(date(2022, 2, 1), date(2022, 2, 28))}
    assert desk.rows("net_change", "new_registrations", **asked) == [(-1, 0)]


def test_a_cell_that_is_there_on_one_side_only_is_nothing_on_the_other() -> None:
    desk = Desk(world([{"country_of_asylum_code": "KEN", "valid_from": FEBRUARY}]))
    asked = {"by": ("country_of_asylum",), "as_of": date(2022, 2, 1), "compare": date(2022, 1, 31)}
    assert desk.rows("active_individuals", **asked) == [("KEN", 1, 0, 1)]


def test_the_month_before_is_a_whole_month() -> None:
    """28 days of February, and not the 28 days before it: 1 January is part of January."""
    events = [{"recorded_at": JANUARY}, {"recorded_at": datetime(2022, 1, 31, 23)}, {"recorded_at": FEBRUARY}]
    desk = Desk(world(events=events))
    asked = {"period": DateRange(date(2022, 2, 1), date(2022, 2, 28)), "compare": "previous"}
    assert desk.rows("new_registrations", **asked) == [(1, 2, -1)]


def test_the_other_side_of_a_comparison_is_never_outside_history_without_a_word() -> None:
    desk = Desk(world([{}]))
    with pytest.raises(OutsideHistory):
        desk.rows("active_individuals", compare="year-ago")
    period = DateRange(date(2022, 1, 5), date(2022, 1, 25))
    for other in ("previous", date(1, 1, 1), date(9999, 12, 31)):
        with pytest.raises(OutsideHistory):
            desk.rows("new_registrations", period=period, compare=other)


def test_to_date_goes_on_from_before_the_trend() -> None:
    desk = Desk(world(events=[{"recorded_at": JANUARY}, {"recorded_at": FEBRUARY}]))
    asked = {"period": DateRange(date(2022, 2, 1), date(2022, 2, 28)), "grain": "month"}
    assert desk.rows("cumulative_registrations", "new_registrations", **asked) == [(date(2022, 2, 1), 2, 1)]


def test_two_needs_count_one_person_and_none_counts_as_none() -> None:
    needs = [{"individual_key": 1}, {"individual_key": 1}, {"individual_key": 99}]
    desk = Desk(world([{"individual_key": 1}, {"individual_key": 2}], needs=needs))
    assert desk.rows("active_individuals", where=("need_category = 'DS'",)) == [(1,)]
    assert desk.rows("active_individuals", where=("need_category != 'DS'",)) == [(1,)]
    assert desk.rows("active_individuals", where=("not need_category in ('DS', 'SM')",)) == [(1,)]
    assert desk.rows("active_individuals", where=("need_category = 'DS' or need_category is unknown",)) == [(2,)]


def test_a_filter_by_needs_is_as_of_each_date_compared() -> None:
    needs = [{"individual_key": 1, "valid_from": FEBRUARY}]
    desk = Desk(world([{"individual_key": 1}], needs=needs))
    asked = {"where": ("need_category = 'DS'",), "as_of": date(2022, 2, 1), "compare": date(2022, 1, 31)}
    assert desk.rows("active_individuals", **asked) == [(1, 0, 1)]


def test_a_need_out_of_scope_says_nothing_of_its_person() -> None:
    needs = [{"individual_key": 1, "business_unit_id": "UGA-CO"}, {"individual_key": 2}]
    desk = Desk(world([{"individual_key": 1}, {"individual_key": 2}], needs=needs))
    assert desk.rows("active_individuals", where=("need_category = 'DS'",), who=KENYA) == [(1,)]
    assert desk.rows("active_individuals", where=("need_category != 'DS'",), who=KENYA) == [(1,)]


def test_net_change_says_which_events_take_nobody_from_the_stocks_and_which_changes_are_no_events() -> None:
    """Somebody registered as inactive, and somebody put on hold: neither is in both numbers."""
    people = [
        {"individual_key": 1, "process_status_code": "I", "valid_from": FEBRUARY},
        {"individual_key": 2, "process_status_code": "A", "valid_to": FEBRUARY},
        {"individual_key": 2, "process_status_code": "H", "valid_from": FEBRUARY},
    ]
    desk = Desk(world(people, events=[{"event_type_code": "registration", "recorded_at": FEBRUARY}]))
    asked = {"period": DateRange(date(2022, 2, 1), date(2022, 2, 28))}
    assert desk.rows("net_change", **asked) == [(1,)]
    assert desk.rows("active_individuals", as_of=date(2022, 1, 31)) == [(1,)]
    assert desk.rows("active_individuals", as_of=date(2022, 2, 28)) == [(0,)]
    text = desk.catalog.indicators["net_change"].description
    assert "put on hold" in text and "registered as inactive" in text
