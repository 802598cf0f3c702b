"""A period is named as people name it, and always the same days; what is said from now is from the last day known."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from figures import Desk, world

from dataport.api import given
from dataport.errors import OutsideHistory, WrongRequest
from dataport.semantic import DateRange, Horizon, RelativePeriod, Request, parse_period, resolve

DESK = Desk(world([{}]))
HORIZON = Horizon(datetime(2019, 1, 1), datetime(2022, 2, 14, 12))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2021", "2021-01-01..2021-12-31"),
        ("2020", "2020-01-01..2020-12-31"),
        ("2021-Q3", "2021-07-01..2021-09-30"),
        ("2021q4", "2021-10-01..2021-12-31"),
        ("2020-02", "2020-02-01..2020-02-29"),
        ("2021-3", "2021-03-01..2021-03-31"),
        ("2021-W01", "2021-01-04..2021-01-10"),
        ("2020-w53", "2020-12-28..2021-01-03"),
        ("2021-01..2021-06", "2021-01-01..2021-06-30"),
        ("2021-Q3..2022-Q1", "2021-07-01..2022-03-31"),
        ("2020..2021", "2020-01-01..2021-12-31"),
        ("2021..2022-02-14", "2021-01-01..2022-02-14"),
        (" 2022-01-05 .. 2022-01-05 ", "2022-01-05..2022-01-05"),
    ],
)
def test_a_calendar_period_is_its_days(text: str, days: str) -> None:
    assert str(parse_period(text)) == days == str(given.period(text))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("last-month", "2022-01-01..2022-01-31"),
        ("last-1-month", "2022-01-01..2022-01-31"),
        ("last-12-months", "2021-02-01..2022-01-31"),
        ("LAST_12_MONTHS", "2021-02-01..2022-01-31"),
        ("last 3 months", "2021-11-01..2022-01-31"),
        ("last-quarter", "2021-10-01..2021-12-31"),
        ("last-year", "2021-01-01..2021-12-31"),
        ("last-2-years", "2020-01-01..2021-12-31"),
        ("last-week", "2022-02-07..2022-02-13"),
        ("last-7-days", "2022-02-08..2022-02-14"),
        ("this-month", "2022-02-01..2022-02-14"),
        ("this-year", "2022-01-01..2022-02-14"),
    ],
)
def test_a_relative_period_is_of_whole_ones_up_to_the_last_day_known(text: str, days: str) -> None:
    question = resolve(Request(("new_registrations",), period=parse_period(text)), DESK.catalog, HORIZON)
    assert str(question.timeline.span) == days
    assert [one for one in question.readings if one.endswith(f"is {days}")]


def test_a_period_that_ends_on_the_last_day_known_is_over() -> None:
    assert str(RelativePeriod(1, "month").up_to(date(2022, 2, 28))) == "2022-02-01..2022-02-28"
    assert str(RelativePeriod(1, "month").up_to(date(2022, 2, 27))) == "2022-01-01..2022-01-31"


def test_a_relative_period_is_written_as_it_can_be_asked_again() -> None:
    for text in ("last-month", "last-12-months", "this-quarter", "last-2-days"):
        assert str(parse_period(text)) == text
        assert f"--period {text}" in Request(("new_registrations",), period=parse_period(text)).in_words()


def test_a_relative_period_begins_with_history_and_says_so() -> None:
    period = parse_period("last-12-months")
    question = resolve(Request(("new_registrations",), period=period), DESK.catalog, DESK.figures.horizon)
    assert "last-12-months is 2021-12-31..2022-02-28, where history begins" in question.readings
    trend = resolve(Request(("new_registrations",), period=period, grain="month"), DESK.catalog, DESK.figures.horizon)
    assert len(trend.timeline.periods) == 12
    with pytest.raises(OutsideHistory):
        resolve(Request(("new_registrations",), period=parse_period("2021")), DESK.catalog, DESK.figures.horizon)


@pytest.mark.parametrize(
    "text",
    ["", "2021-13", "2021-Q0", "2021-Q5", "2021-W54", "0000", "9999", "21", "202103", "2022-01-05", "2021..", "..2021",
     "last-0-months", "last-months-3", "this-2-months", "last-12", "last-decade", "last-9999-years", "yesterday",
     "last-month..2022-01-31", "٢٠٢١", "2022..2021"],
)  # fmt: skip
def test_what_names_no_days_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(WrongRequest) as refusal:
        period = parse_period(text)
        assert isinstance(period, RelativePeriod)
        period.up_to(date(2022, 2, 14))
    assert any(word in str(refusal.value) for word in ("2021-Q3", "last-quarter", "Turn the two around", "fewer"))


def test_what_can_follow_last_is_listed() -> None:
    with pytest.raises(WrongRequest, match="a number and one of day, week, month, quarter, year, as in last-12-months"):
        parse_period("last-3-fortnights")


def test_a_program_gives_a_text_or_two_ends() -> None:
    whole = DateRange(date(2021, 1, 1), date(2021, 6, 30))
    for ends in (("2021-01", "2021-Q2"), ["2021-01-01", date(2021, 6, 30)], (date(2021, 1, 1), "2021-06")):
        assert given.period(ends) == whole
    assert given.period("last-month") == RelativePeriod(1, "month")
    for wrong in (2021, ("2021-01-01",), (2021, 2022), (datetime(2021, 1, 1), datetime(2021, 2, 1))):
        with pytest.raises(WrongRequest):
            Request(("new_registrations",), period=given.period(wrong))
    days = (date(2021, 12, 31), date(2022, 2, 28))
    assert given.between("2021-12-31..2022-02-28") == given.between(("2021-12-31", days[1])) == days
    for wrong in ("2021", "2021-12-31", ("2021-12-31",), (1, 2), None):
        with pytest.raises(WrongRequest):
            given.between(wrong)
