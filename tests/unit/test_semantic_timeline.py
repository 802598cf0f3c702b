"""Dates at the edges: leap days, ends of months and years, a watermark at midnight and in the middle of a period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from dataport.errors import OutsideHistory, WrongRequest
from dataport.semantic import DateRange, Horizon
from dataport.semantic.earlier import compared, earlier
from dataport.semantic.model import Grain
from dataport.semantic.timeline import Timeline, matured, timeline

LONG = Horizon(datetime(2019, 1, 1), datetime(2024, 3, 1))
MICROSECOND = timedelta(microseconds=1)


def _trend(first: date, last: date, grain: Grain, horizon: Horizon = LONG) -> Timeline:
    return timeline(horizon, None, DateRange(first, last), grain)


def _days(line: Timeline) -> list[tuple[date, date]]:
    return [(one.first, one.last) for one in line.periods]


def test_months_end_where_they_end() -> None:
    line = _trend(date(2023, 12, 31), date(2024, 2, 29), "month")
    ends = [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29)]
    assert [last for _, last in _days(line)] == ends
    assert [one.closes_at for one in line.periods] == [datetime(2024, 1, 1), datetime(2024, 2, 1), datetime(2024, 3, 1)]


def test_a_leap_day_is_a_day() -> None:
    line = _trend(date(2024, 2, 28), date(2024, 2, 29), "day")
    assert _days(line) == [(date(2024, 2, 28), date(2024, 2, 28)), (date(2024, 2, 29), date(2024, 2, 29))]


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2024, 2, 29), date(2023, 3, 1)),
        (date(2021, 2, 28), date(2020, 3, 1)),
        (date(2023, 2, 28), date(2022, 3, 1)),
        (date(2022, 12, 31), date(2022, 1, 1)),
        (date(2023, 1, 31), date(2022, 2, 1)),
    ],
)
def test_flows_are_counted_over_twelve_months(day: date, first: date) -> None:
    assert timeline(LONG, day, None, None).span == DateRange(first, day)


@pytest.mark.parametrize("first", [date(2023, month, day) for month in (10, 11, 12) for day in (1, 15, 30)])
def test_a_quarter_is_three_months_wherever_one_starts(first: date) -> None:
    assert _days(_trend(first, date(2023, 12, 31), "quarter")) == [(date(2023, 10, 1), date(2023, 12, 31))]


EVERY_DAY = [date(1996, 1, 1) + timedelta(days=number) for number in range(37 * 365)]
AGES = Horizon(datetime(1990, 1, 1), datetime(2040, 1, 1))


def test_twelve_months_and_those_before_them_touch_and_share_no_day() -> None:
    """On every day of 37 years, whichever of the two years is a leap year."""
    for day in EVERY_DAY:
        now, then = timeline(AGES, day, None, None).span, compared(AGES, day, None, "year-ago").span
        assert now and then
        assert then.last == now.first - timedelta(days=1)
        assert (now.days, then.days) in {(365, 365), (365, 366), (366, 365)}
        assert now.days == 365 + any((one.month, one.day) == (2, 29) for one in _each(now)), "twelve calendar months"


def _each(span: DateRange) -> Iterator[date]:
    return (span.first + timedelta(days=number) for number in range(span.days))


def test_a_period_and_the_one_a_year_before_share_no_day() -> None:
    for first in EVERY_DAY[:1500]:
        for days in (1, 2, 28, 30, 31, 59, 60, 364, 365, 366, 367, 500):
            period = DateRange(first, first + timedelta(days=days - 1))
            try:
                then = compared(AGES, None, period, "year-ago").span
            except WrongRequest:
                assert days > 365
                continue
            assert then and then.last < period.first and abs(then.days - days) <= 1


@pytest.mark.parametrize(
    ("grain", "first", "last", "then"),
    [
        ("month", date(2024, 2, 1), date(2024, 2, 12), (date(2024, 1, 1), date(2024, 1, 12))),
        ("month", date(2024, 3, 1), date(2024, 3, 30), (date(2024, 2, 1), date(2024, 2, 29))),
        ("month", date(2023, 3, 1), date(2023, 3, 30), (date(2023, 2, 1), date(2023, 2, 28))),
        ("month", date(2023, 3, 10), date(2023, 3, 20), (date(2023, 2, 10), date(2023, 2, 20))),
        ("month", date(2023, 3, 25), date(2023, 3, 30), (date(2023, 2, 23), date(2023, 2, 28))),
        ("month", date(2024, 3, 20), date(2024, 3, 31), (date(2024, 2, 18), date(2024, 2, 29))),
        ("month", date(2024, 2, 1), date(2024, 2, 29), (date(2024, 1, 1), date(2024, 1, 31))),
        # the last days of a month against the last ones of a longer month
        ("month", date(2024, 2, 10), date(2024, 2, 29), (date(2024, 1, 12), date(2024, 1, 31))),
        ("week", date(2024, 1, 10), date(2024, 1, 12), (date(2024, 1, 3), date(2024, 1, 5))),
        ("quarter", date(2022, 1, 1), date(2022, 2, 12), (date(2021, 10, 1), date(2021, 11, 12))),
        ("year", date(2023, 1, 1), date(2023, 3, 1), (date(2022, 1, 1), date(2022, 3, 1))),
    ],
)
def test_a_change_in_part_of_a_period_is_since_as_many_days(
    grain: Grain, first: date, last: date, then: tuple[date, date]
) -> None:
    line = _trend(first, last, grain, AGES)
    [before] = earlier(AGES, line, None, DateRange(first, last), "previous").periods
    assert (before.begins, before.last) == then
    notes = earlier(AGES, line, None, None, "previous").notes
    said = f"a change in the {grain} of {line.periods[0].first} is since {then[0]} to {then[1]}"
    assert notes == (() if line.periods[0].is_whole(grain) else (said,))


def test_a_change_a_year_ago_in_a_month_cut_at_the_watermark_is_since_as_many_days() -> None:
    horizon = Horizon(datetime(2019, 1, 1), datetime(2024, 2, 12, 8))
    line = timeline(horizon, None, DateRange(date(2024, 1, 1), date(2024, 3, 31)), "month")
    then = earlier(horizon, line, None, None, "year-ago")
    assert [(one.begins, one.last, one.closes_at is not None) for one in then.periods] == [
        (date(2023, 1, 1), date(2023, 1, 31), True),
        (date(2023, 2, 1), date(2023, 2, 12), True),
        (date(2023, 3, 1), date(2023, 3, 31), False),
    ]
    assert then.span == DateRange(date(2023, 1, 1), date(2023, 2, 12))


def test_part_of_a_trend_holds_no_day_that_was_not_asked_for() -> None:
    line = _trend(date(2023, 12, 20), date(2024, 2, 10), "month")
    assert [(one.first, one.begins, one.last) for one in line.periods] == [
        (date(2023, 12, 1), date(2023, 12, 20), date(2023, 12, 31)),
        (date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 31)),
        (date(2024, 2, 1), date(2024, 2, 1), date(2024, 2, 10)),
    ]
    assert (line.span, line.as_of) == (DateRange(date(2023, 12, 20), date(2024, 2, 10)), date(2024, 2, 10))
    assert line.notes == ("the month of 2024-02-01 runs to 2024-02-10",)
    assert line.flow_notes == ("flows of the month of 2023-12-01 are counted from 2023-12-20",)


def test_a_trend_of_which_nothing_was_said_has_whole_periods() -> None:
    line = timeline(Horizon(datetime(2019, 1, 1), datetime(2024, 2, 12, 8)), None, None, "month")
    assert (line.periods[0].begins, line.periods[-1].last) == (date(2023, 2, 1), date(2024, 2, 12))


def test_a_watermark_at_midnight_closes_the_day_before() -> None:
    horizon = Horizon(LONG.start, datetime(2022, 3, 1))
    assert horizon.closing(date(2022, 2, 28)) == datetime(2022, 3, 1)
    with pytest.raises(OutsideHistory):
        timeline(horizon, date(2022, 3, 1), None, None)
    line = _trend(date(2022, 2, 1), date(2022, 3, 31), "month", horizon)
    assert [one.closes_at for one in line.periods] == [datetime(2022, 3, 1), None]
    assert line.notes == (), "February is whole"


def test_a_watermark_just_after_midnight_knows_the_day_it_begins() -> None:
    horizon = Horizon(LONG.start, datetime(2022, 3, 1) + MICROSECOND)
    assert horizon.last_day == date(2022, 3, 1)
    assert timeline(horizon, date(2022, 3, 1), None, None).closes_at == horizon.watermark


def test_a_watermark_within_a_period_cuts_it_and_says_so() -> None:
    horizon = Horizon(LONG.start, datetime(2022, 2, 15, 8))
    line = _trend(date(2022, 1, 1), date(2022, 2, 28), "month", horizon)
    assert _days(line)[-1] == (date(2022, 2, 1), date(2022, 2, 15))
    assert line.periods[-1].closes_at == horizon.watermark
    assert line.notes == ("the month of 2022-02-01 runs to 2022-02-15",)
    assert line.as_of == date(2022, 2, 15)


def test_history_that_begins_within_a_period_has_its_stock_and_not_its_flows() -> None:
    horizon = Horizon(datetime(2022, 1, 15, 10), datetime(2022, 3, 1))
    line = _trend(date(2022, 1, 1), date(2022, 2, 28), "month", horizon)
    assert [(one.closes_at is not None, one.flows_known) for one in line.periods] == [(True, False), (True, True)]
    assert line.span == DateRange(date(2022, 2, 1), date(2022, 2, 28))
    assert line.flow_notes == ("flows are counted from 2022-02-01, the first month recorded whole",)


def test_history_too_short_for_any_whole_period_has_no_flows() -> None:
    horizon = Horizon(datetime(2022, 1, 15, 10), datetime(2022, 1, 20))
    line = _trend(date(2022, 1, 1), date(2022, 1, 31), "month", horizon)
    assert line.span is None
    assert line.flow_notes == ("flows are known from 2022-01-16",)


@pytest.mark.parametrize("grain", ["day", "month", "quarter", "year"])
def test_the_ends_of_the_calendar_are_outside_history(grain: Grain) -> None:
    for first, last in ((date(9999, 12, 1), date.max), (date.min, date(1, 1, 31))):
        with pytest.raises(OutsideHistory, match="Ask for a period that touches that range"):
            _trend(first, last, grain)
    for day in (date.min, date.max):
        with pytest.raises(OutsideHistory, match="Ask for a date in that range"):
            timeline(LONG, day, None, None)


@pytest.mark.parametrize("grain", ["day", "week"])
def test_a_day_and_a_week_have_none_a_year_before(grain: Grain) -> None:
    line = _trend(date(2024, 1, 1), date(2024, 1, 14), grain)
    with pytest.raises(WrongRequest, match=f"A year before a {grain} is no {grain}: choose month, quarter or year"):
        earlier(LONG, line, None, None, "year-ago")


def test_what_needs_time_is_of_the_days_since_which_it_has_passed() -> None:
    """Of 29 February 2024 as the last day known, 30 days have passed since 30 January: the day itself is not over."""
    line = matured(_trend(date(2023, 12, 1), date(2024, 2, 29), "month"), LONG.watermark, 30)
    assert [one.flows_known for one in line.periods] == [True, False, False]
    assert line.span == DateRange(date(2023, 12, 1), date(2023, 12, 31))
    whole = matured(timeline(LONG, None, DateRange(date(2023, 12, 1), date(2024, 2, 29)), None), LONG.watermark, 30)
    assert whole.span == DateRange(date(2023, 12, 1), date(2024, 1, 30))
    assert matured(line, LONG.watermark, 90).span is None
