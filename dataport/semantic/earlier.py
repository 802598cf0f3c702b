"""The dates that others are held against: a comparison's, and those that a change is reckoned from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from dataport.errors import OutsideHistory, WrongRequest
from dataport.semantic.calendar import (
    MONTHS,
    is_month_end,
    months_before,
    period_end,
    same_day_before,
    twelve_months_before,
    whole_months,
)
from dataport.semantic.formula import Since
from dataport.semantic.model import Grain
from dataport.semantic.period import DateRange
from dataport.semantic.request import Comparison
from dataport.semantic.timeline import Horizon, Period, Timeline, of_periods, part_of, timeline

_DAY = timedelta(days=1)


def compared(horizon: Horizon, as_of: date | None, period: DateRange | None, with_: Comparison) -> Timeline:
    """The dates that a question is compared with: periods are shifted as periods, not by days.

    Whole calendar months stay whole calendar months, however long they are.

    Raises:
        OutsideHistory: those dates cannot be answered.
        WrongRequest: a period shares days with the one a year before.
    """
    if period is None:
        day = with_ if isinstance(with_, date) else twelve_months_before(as_of or horizon.chosen_last_day)
        line = timeline(horizon, day, None, None)
        return line if isinstance(with_, date) else _as_many_or_none(line, twelve_months_before(day) + _DAY)
    if isinstance(with_, date):
        horizon.require(with_)  # before reckoning with it: any date may have been typed
    before = _period_before(period, with_)
    if with_ == "year-ago" and before.last >= period.first:
        raise WrongRequest(
            "A period of more than a year shares days with the one a year before, which would count on both sides: "
            "give a period of a year at most, or compare with previous."
        )
    line = timeline(horizon, None, before, None)
    return line if isinstance(with_, date) else _as_many_or_none(line, before.first)


def _as_many_or_none(line: Timeline, first: date) -> Timeline:
    """The dates before, without flows where history begins after their first day: fewer days are no other side."""
    if line.span is None or line.span.first == first:
        return line
    return replace(line, span=None, flow_notes=(f"flows are known from {line.span.first}, and not from {first}",))


def _period_before(period: DateRange, with_: Comparison) -> DateRange:
    try:
        return _shifted(period, with_)
    except (ValueError, OverflowError):  # no calendar has a year 0
        raise OutsideHistory(f"Nothing is known of the time before {period.first}. Choose a later period.") from None


def _shifted(period: DateRange, with_: Comparison) -> DateRange:
    months = whole_months(period.first, period.last)
    if isinstance(with_, date):
        is_months = months and is_month_end(with_)
        after = with_ + timedelta(days=1)
        return DateRange(months_before(after, months) if is_months else with_ - (period.last - period.first), with_)
    if months:
        back = 12 if with_ == "year-ago" else months
        after = months_before(period.last + timedelta(days=1), back)
        return DateRange(months_before(period.first, back), after - timedelta(days=1))
    if with_ == "year-ago":
        return DateRange(same_day_before(period.first), same_day_before(period.last))
    last = period.first - timedelta(days=1)
    return DateRange(last - (period.last - period.first), last)


def earlier(horizon: Horizon, line: Timeline, as_of: date | None, period: DateRange | None, since: Since) -> Timeline:
    """The dates from which a change up to a question's own dates is reckoned; of a trend, each period's earlier one.

    Raises:
        OutsideHistory: none of those dates can be answered.
        WrongRequest: there is no such earlier period, or it shares days with the one asked about.
    """
    if line.grain:
        return _of_trend(horizon, line, line.grain, since)
    if since == "previous" and period is None:
        raise WrongRequest("A change since the period before needs a period: give FROM..TO, or a grain for a trend.")
    before = compared(horizon, as_of, period, since)
    span = before.span
    of_flows = (f"a change of flows is since those of {span.first} to {span.last}",) if span else ()
    return replace(before, notes=(f"a change is since {before.as_of}",), flow_notes=of_flows)


def _of_trend(horizon: Horizon, line: Timeline, grain: Grain, since: Since) -> Timeline:
    if since == "year-ago" and grain in ("day", "week"):
        raise WrongRequest(f"A year before a {grain} is no {grain}: choose month, quarter or year.")
    count, unit = step_back(grain, since)
    if line.periods[0].first.year < 3:
        raise OutsideHistory(f"Nothing is known of the time before {line.periods[0].first}. Choose a later period.")
    periods = []
    for one in line.periods:
        first = months_before(one.first, count) if unit == "month" else one.first - timedelta(days=count)
        found = part_of(horizon, first, _as_much(one, first, grain))
        # what is not known of the later period is not asked of the earlier one
        periods.append(found if one.closes_at else replace(found, closes_at=None, flows_known=False))
    before = of_periods(horizon, tuple(periods), grain, DateRange(periods[0].begins, periods[-1].last))
    pairs = zip(line.periods, periods, strict=True)
    cut = [(one, then) for one, then in pairs if one.closes_at and then.closes_at and not one.is_whole(grain)]
    notes = tuple(f"a change in the {grain} of {one.first} is since {then.begins} to {then.last}" for one, then in cut)
    return replace(before, notes=notes)


def step_back(grain: Grain, since: Since) -> tuple[int, Literal["month", "day"]]:
    """How far before a period its earlier one begins."""
    if since == "year-ago":
        return 12, "month"
    return (MONTHS[grain], "month") if grain in MONTHS else (7 if grain == "week" else 1, "day")


def _as_much(asked: Period, first: date, grain: Grain) -> DateRange:
    """As many days of the calendar period that begins on a day as are asked of a later one.

    All of it for all of it; the last days for a part that runs to its end; otherwise those in the same place, or, where
    it has no such days, its last ones. Never more than it has.
    """
    end, further = period_end(first, grain), timedelta(days=asked.days - 1)
    if asked.is_whole(grain):
        return DateRange(first, end)
    if asked.is_to_its_end(grain):
        return DateRange(max(first, end - further), end)
    last = min(first + (asked.last - asked.first), end)
    return DateRange(max(first, last - further), last)
