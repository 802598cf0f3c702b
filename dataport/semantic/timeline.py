"""Dates of a question: which instants are asked about, and whether the warehouse can answer for them.

As of D means the end of day D, UTC: a row counts when ``valid_from < w <= valid_to`` with
``w = min(D + 1, watermark)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from dataport.errors import OutsideHistory, WrongRequest
from dataport.semantic.formula import Since
from dataport.semantic.model import Grain
from dataport.semantic.request import Comparison, DateRange

# The column of a trend that says which period a row is of.
PERIOD = "period"
MAX_PERIODS = 800
# What cannot be added up over time is counted date by date, at this many dates at most.
MAX_DATES = 60
# Nothing is known of the last year there is; the day after it could not be written.
_LAST_DAY = date(9998, 12, 31)
_MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a data version knows of: recorded time from `start` to `watermark`, both naive UTC."""

    start: datetime
    watermark: datetime

    @property
    def first_day(self) -> date:
        """The first day whose end can be answered for: stocks begin here."""
        return self.start.date()

    @property
    def last_day(self) -> date:
        """The last day begun. A watermark at midnight has heard nothing of the day it stands on."""
        return (self.watermark - timedelta(microseconds=1)).date()

    @property
    def first_whole_day(self) -> date:
        """The first day recorded from its beginning: flows begin here."""
        begins = self.start.time() == time.min
        return self.start.date() if begins else self.start.date() + timedelta(days=1)

    def closing(self, day: date) -> datetime:
        """The instant w at which a stock as of `day` is counted."""
        return min(datetime.combine(day + timedelta(days=1), time.min), self.watermark)

    def holds(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def require(self, day: date) -> None:
        """OutsideHistory unless a stock as of the day can be answered."""
        if not self.holds(day):
            raise OutsideHistory(
                f"{day} cannot be answered: this warehouse knows {self.first_day} to {self.last_day}. "
                "Ask for a date in that range."
            )


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a trend.

    Attributes:
        first, last: its days, both included; the last period may be cut at the watermark.
        closes_at: the instant at which stocks are counted; None if outside history.
        flows_known: whether every day of it was recorded, so that flows are complete up to its end.
    """

    first: date
    last: date
    closes_at: datetime | None
    flows_known: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The dates of one question.

    Attributes:
        as_of: the day at whose end stocks are counted (the last day of a trend).
        closes_at: the instant of it.
        span: the days whose flows are counted; None when history holds none of them.
        grain, periods: for a trend; empty otherwise.
        notes, flow_notes: what was cut or chosen for the asker, in words; the second concern flows only.
    """

    as_of: date
    closes_at: datetime
    span: DateRange | None
    grain: Grain | None = None
    periods: tuple[Period, ...] = ()
    notes: tuple[str, ...] = ()
    flow_notes: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[Period, ...]:
        """The periods for which stocks can be answered."""
        return tuple(period for period in self.periods if period.closes_at)

    @property
    def at_end(self) -> Timeline:
        """The dates of the question without its trend: stocks at its end, flows over all of it."""
        return replace(self, grain=None, periods=())

    def at(self, period: Period) -> Timeline:
        """The dates of one known period of a trend, as if it had been asked for by itself."""
        assert period.closes_at
        return Timeline(
            period.last, period.closes_at, DateRange(period.first, period.last) if period.flows_known else None
        )


def timeline(horizon: Horizon, as_of: date | None, period: DateRange | None, grain: Grain | None) -> Timeline:
    """Bind the dates of a request to what the warehouse knows.

    Raises:
        OutsideHistory: a date that cannot be answered (inside a trend only if no period of it can).
    """
    if grain:
        return _trend(horizon, period or _default_span(horizon, horizon.last_day), grain)
    if period:
        for day in (period.first, period.last):
            horizon.require(day)
        span, notes = _cut(horizon, period)
        return Timeline(period.last, horizon.closing(period.last), span, flow_notes=notes)
    day = as_of or horizon.last_day
    horizon.require(day)
    span, notes = _cut(horizon, _default_span(horizon, day))
    return Timeline(day, horizon.closing(day), span, flow_notes=notes)


def compared(horizon: Horizon, as_of: date | None, period: DateRange | None, with_: Comparison) -> Timeline:
    """The dates that a question is compared with: periods are shifted as periods, not by days.

    Whole calendar months stay whole calendar months, however long they are.

    Raises:
        OutsideHistory: those dates cannot be answered.
    """
    if period is None:
        day = with_ if isinstance(with_, date) else _year_before(as_of or horizon.last_day)
        return timeline(horizon, day, None, None)
    months = _whole_months(period)
    if isinstance(with_, date):
        horizon.require(with_)  # before reckoning with it: any date may have been typed
        last = with_
        first = _first_of(last, months) if months and _is_month_end(last) else last - (period.last - period.first)
    elif months:
        back = 12 if with_ == "year-ago" else months
        first = _months_before(period.first, back)
        last = _months_before(period.last + timedelta(days=1), back) - timedelta(days=1)
    elif with_ == "year-ago":
        first, last = _year_before(period.first), _year_before(period.last)
    else:
        last = period.first - timedelta(days=1)
        first = last - (period.last - period.first)
    return timeline(horizon, None, DateRange(first, last), None)


def earlier(horizon: Horizon, line: Timeline, as_of: date | None, period: DateRange | None, since: Since) -> Timeline:
    """The dates from which a change up to a question's own dates is reckoned; of a trend, each period's earlier one.

    Raises:
        OutsideHistory: none of those dates can be answered.
        WrongRequest: there is no such earlier period.
    """
    if line.grain:
        if since == "year-ago" and line.grain in ("day", "week"):
            raise WrongRequest(f"A year before a {line.grain} is no {line.grain}: choose month, quarter or year.")
        count, unit = step_back(line.grain, since)
        if line.periods[0].first.year < 3:
            raise OutsideHistory(f"Nothing is known of the time before {line.periods[0].first}. Choose a later period.")
        firsts = [
            _months_before(one.first, count) if unit == "month" else one.first - timedelta(days=count)
            for one in line.periods
        ]
        periods = tuple(_whole(horizon, first, line.grain) for first in firsts)
        return _of_periods(horizon, periods, line.grain, DateRange(periods[0].first, periods[-1].last))
    if since == "previous" and period is None:
        raise WrongRequest("A change since the period before needs a period: give FROM..TO, or a grain for a trend.")
    return compared(horizon, as_of, period, since)


def step_back(grain: Grain, since: Since) -> tuple[int, Literal["month", "day"]]:
    """How far before a period its earlier one begins."""
    if since == "year-ago":
        return 12, "month"
    return (_MONTHS[grain], "month") if grain in _MONTHS else (7 if grain == "week" else 1, "day")


def matured(line: Timeline, watermark: datetime, days: int) -> Timeline:
    """The part of some dates since which so many whole days have passed: where the others lead is not known yet."""
    last = watermark.date() - timedelta(days=days + 1)
    if line.grain:
        periods = tuple(replace(one, flows_known=one.flows_known and one.last <= last) for one in line.periods)
        whole = [one for one in periods if one.flows_known]
        return replace(line, periods=periods, span=DateRange(whole[0].first, whole[-1].last) if whole else None)
    if line.span is None or line.span.first > last:
        return replace(line, span=None)
    return replace(line, span=DateRange(line.span.first, min(line.span.last, last)))


def _whole_months(period: DateRange) -> int:
    """How many calendar months a period is made of; 0 if it is not."""
    if period.first.day != 1 or not _is_month_end(period.last):
        return 0
    return (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _first_of(last: date, months: int) -> date:
    return _months_before(last + timedelta(days=1), months)


def _months_before(first: date, months: int) -> date:
    """The first of a month, some months earlier."""
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _default_span(horizon: Horizon, last: date) -> DateRange:
    """Twelve months up to a day."""
    return DateRange(max(_year_before(last) + timedelta(days=1), min(horizon.first_day, last)), last)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _cut(horizon: Horizon, wanted: DateRange) -> tuple[DateRange | None, tuple[str, ...]]:
    """The part of a span whose flows were recorded, and a note if that is not all of it."""
    first = max(wanted.first, horizon.first_whole_day)
    if first > wanted.last:
        return None, (f"flows are known from {horizon.first_whole_day}",)
    if first > wanted.first:
        return DateRange(first, wanted.last), (f"flows are counted from {first}, where history begins",)
    return wanted, ()


def _trend(horizon: Horizon, wanted: DateRange, grain: Grain) -> Timeline:
    starts = _starts(wanted, grain)
    return _of_periods(horizon, tuple(_whole(horizon, first, grain) for first in starts), grain, wanted)


def _of_periods(horizon: Horizon, periods: tuple[Period, ...], grain: Grain, wanted: DateRange) -> Timeline:
    known = [period for period in periods if period.closes_at]
    if not known:
        raise OutsideHistory(
            f"No {grain} of {wanted.first}..{wanted.last} can be answered: this warehouse knows "
            f"{horizon.first_day} to {horizon.last_day}. Ask for a period that touches that range."
        )
    last = known[-1]
    notes = (f"the {grain} of {last.first} runs to {last.last}",) if _next(last.first, grain) > _after(last) else ()
    assert last.closes_at is not None
    span, cut = _flows_of(horizon, known, grain)
    return Timeline(last.last, last.closes_at, span, grain, periods, notes, cut)


def _flows_of(horizon: Horizon, known: list[Period], grain: Grain) -> tuple[DateRange | None, tuple[str, ...]]:
    """The days of the periods recorded whole: what happened in a part of a period is no flow of that period."""
    whole = [period for period in known if period.flows_known]
    if not whole:
        return None, (f"flows are known from {horizon.first_whole_day}",)
    span = DateRange(whole[0].first, whole[-1].last)
    if len(whole) == len(known):
        return span, ()
    begins = span.first == horizon.first_whole_day
    reason = "where history begins" if begins else f"the first {grain} recorded whole"
    return span, (f"flows are counted from {span.first}, {reason}",)


def _after(period: Period) -> date:
    return period.last + timedelta(days=1)


def _whole(horizon: Horizon, first: date, grain: Grain) -> Period:
    """One whole calendar period, cut at the watermark if that lies inside it."""
    last = _next(first, grain) - timedelta(days=1)
    if first <= horizon.last_day < last:
        last = horizon.last_day
    inside = horizon.holds(last)
    return Period(first, last, horizon.closing(last) if inside else None, inside and first >= horizon.first_whole_day)


def _starts(wanted: DateRange, grain: Grain) -> list[date]:
    """First days of the calendar periods that the range touches."""
    day, starts = _floor(wanted.first, grain), []
    while day <= min(wanted.last, _LAST_DAY):
        starts.append(day)
        day = _next(day, grain)
        if len(starts) > MAX_PERIODS:
            raise WrongRequest(f"A trend may have {MAX_PERIODS} periods at most. Choose a coarser grain or less time.")
    return starts


def _floor(day: date, grain: Grain) -> date:
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday()) if day.toordinal() > 7 else day.min
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)


def _next(first: date, grain: Grain) -> date:
    if grain not in _MONTHS:
        return first + timedelta(days=7 if grain == "week" else 1)
    return _months_before(first, -_MONTHS[grain])
