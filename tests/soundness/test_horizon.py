"""Dates: what a trend and a flow may claim to know."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from dataport.errors import OutsideHistory, WrongRequest
from dataport.semantic import DateRange, Horizon
from dataport.semantic.model import Grain
from dataport.semantic.timeline import timeline

HORIZON = Horizon(datetime(2021, 12, 31, 23, 59, 59), datetime(2022, 2, 10, 12))


def _trend(first: date, last: date, grain: str, horizon: Horizon = HORIZON) -> list[tuple[date, date, bool, bool]]:
    found = timeline(horizon, None, DateRange(first, last), grain)  # type: ignore[arg-type]
    return [(one.first, one.last, one.closes_at is not None, one.flows_known) for one in found.periods]


def test_a_stock_is_counted_at_the_end_of_the_day_and_never_after_the_watermark() -> None:
    assert HORIZON.closing(date(2022, 1, 31)) == datetime(2022, 2, 1)
    assert HORIZON.closing(date(2022, 2, 10)) == HORIZON.watermark


def test_a_watermark_at_midnight_knows_nothing_of_the_day_it_stands_on() -> None:
    assert Horizon(datetime(2021, 1, 1), datetime(2022, 3, 1)).last_day == date(2022, 2, 28)


@pytest.mark.parametrize("day", [date(2021, 12, 30), date(2022, 2, 11)])
def test_a_day_outside_is_refused_with_the_range(day: date) -> None:
    with pytest.raises(OutsideHistory, match="this warehouse knows 2021-12-31 to 2022-02-10"):
        timeline(HORIZON, day, None, None)


def test_a_trend_marks_what_lies_outside_and_cuts_the_last_period_at_the_watermark() -> None:
    assert _trend(date(2021, 11, 15), date(2022, 4, 1), "month") == [
        (date(2021, 11, 1), date(2021, 11, 30), False, False),
        (date(2021, 12, 1), date(2021, 12, 31), True, False),
        (date(2022, 1, 1), date(2022, 1, 31), True, True),
        (date(2022, 2, 1), date(2022, 2, 10), True, True),
        (date(2022, 3, 1), date(2022, 3, 31), False, False),
        (date(2022, 4, 1), date(2022, 4, 1), False, False),
    ]


@pytest.mark.parametrize(("grain", "first"), [("quarter", date(2021, 10, 1)), ("year", date(2021, 1, 1))])
def test_quarters_and_years_are_named_by_their_first_day_and_hold_what_was_asked(grain: Grain, first: date) -> None:
    """Never a day that was not asked for: neither one before it, nor one after it."""
    found = timeline(HORIZON, None, DateRange(date(2021, 11, 15), date(2022, 2, 1)), grain)
    assert [(one.first, one.begins, one.last) for one in found.periods] == [
        (first, date(2021, 11, 15), date(2021, 12, 31)),
        (date(2022, 1, 1), date(2022, 1, 1), date(2022, 2, 1)),
    ]
    assert found.notes == (f"the {grain} of 2022-01-01 runs to 2022-02-01",)


def test_a_trend_without_any_known_period_is_refused() -> None:
    with pytest.raises(OutsideHistory):
        _trend(date(2020, 1, 1), date(2020, 12, 31), "month")


def test_a_trend_has_an_end() -> None:
    with pytest.raises(WrongRequest, match="periods at most"):
        _trend(date(1000, 1, 1), date(2022, 1, 1), "day")


def test_flows_begin_on_the_first_day_recorded_whole() -> None:
    assert timeline(HORIZON, None, None, None).span == DateRange(date(2022, 1, 1), date(2022, 2, 10))
    assert timeline(HORIZON, date(2021, 12, 31), None, None).span is None
    leap = Horizon(datetime(2019, 1, 1), datetime(2024, 3, 1))
    assert timeline(leap, date(2024, 2, 29), None, None).span == DateRange(date(2023, 3, 1), date(2024, 2, 29))
