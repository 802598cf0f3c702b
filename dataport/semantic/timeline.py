"""Dates of a question: which instants are asked about, and whether the warehouse can answer for them.

As of D means the end of day D, UTC: a row counts when ``valid_from < w <= valid_to`` with
``w = min(D + 1, watermark)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from dataport.errors import OutsideHistory, WrongRequest
from dataport.semantic.calendar import next_period, period_end, period_start, twelve_months_before
from dataport.semantic.model import Grain
from dataport.semantic.period import DateRange

# The column of a trend that says which period a row is of.
PERIOD = "period"
MAX_PERIODS = 800
# What cannot be added up over time is counted date by date, at this many dates at most.
MAX_DATES = 60
# Nothing is known of the last year there is; the day after it could not be written.
_LAST_DAY = date(9998, 12, 31)


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a data version knows of: recorded time from `start` to `watermark`, both naive UTC.

    Attributes:
        has_links: whether confirmed links join records of several of its stores: only then may a person be met twice.
        common: of several stores, the part that all of them know of, from which dates are chosen that nobody stated.
    """

    start: datetime
    watermark: datetime
    common: Horizon | None = None
    has_links: bool = False

    @property
    def chosen_last_day(self) -> date:
        """The day that is asked about where nobody says which."""
        return (self.common or self).last_day

    @property
    def chosen_first_day(self) -> date:
        """The first day of a span that nobody stated."""
        return (self.common or self).first_day

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
    """One period of a trend, or the part of it that is asked about.

    Attributes:
        first: the first day of the calendar period, by which it is named.
        begins, last: its days, both included; the first and the last period are cut to the days asked about, the last
            one at the watermark too.
        closes_at: the instant at which stocks are counted; None if outside history.
        flows_known: whether every day of it was recorded, so that flows are complete up to its end.
    """

    first: date
    begins: date
    last: date
    closes_at: datetime | None
    flows_known: bool

    @property
    def days(self) -> int:
        return (self.last - self.begins).days + 1

    def is_to_its_end(self, grain: Grain) -> bool:
        """Whether it runs to the end of the calendar period."""
        return self.last == period_end(self.first, grain)

    def is_whole(self, grain: Grain) -> bool:
        """Whether it is all of the calendar period."""
        return self.begins == self.first and self.is_to_its_end(grain)


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
            period.last, period.closes_at, DateRange(period.begins, period.last) if period.flows_known else None
        )


def timeline(horizon: Horizon, as_of: date | None, period: DateRange | None, grain: Grain | None) -> Timeline:
    """Bind the dates of a request to what the warehouse knows.

    Raises:
        OutsideHistory: a date that cannot be answered (inside a trend only if no period of it can).
    """
    if grain:
        return _trend(horizon, period or _default_trend(horizon, grain), grain)
    if period:
        for day in (period.first, period.last):
            horizon.require(day)
        span, notes = _cut(horizon, period)
        return Timeline(period.last, horizon.closing(period.last), span, flow_notes=notes)
    day = as_of or horizon.chosen_last_day
    horizon.require(day)
    span, notes = _cut(horizon, _default_span(horizon, day))
    return Timeline(day, horizon.closing(day), span, flow_notes=notes)


def matured(line: Timeline, watermark: datetime, days: int) -> Timeline:
    """The part of some dates since which so many whole days have passed: where the others lead is not known yet."""
    last = watermark.date() - timedelta(days=days + 1)
    if line.grain:
        periods = tuple(replace(one, flows_known=one.flows_known and one.last <= last) for one in line.periods)
        whole = [one for one in periods if one.flows_known]
        return replace(line, periods=periods, span=DateRange(whole[0].begins, whole[-1].last) if whole else None)
    if line.span is None or line.span.first > last:
        return replace(line, span=None)
    return replace(line, span=DateRange(line.span.first, min(line.span.last, last)))


def _default_span(horizon: Horizon, last: date) -> DateRange:
    """Twelve months up to a day."""
    return DateRange(max(twelve_months_before(last) + timedelta(days=1), min(horizon.chosen_first_day, last)), last)


def _default_trend(horizon: Horizon, grain: Grain) -> DateRange:
    """The whole periods that twelve months up to now touch."""
    span = _default_span(horizon, horizon.chosen_last_day)
    return DateRange(period_start(span.first, grain), span.last)


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
    return of_periods(horizon, tuple(_asked(horizon, first, grain, wanted) for first in starts), grain, wanted)


def of_periods(horizon: Horizon, periods: tuple[Period, ...], grain: Grain, wanted: DateRange) -> Timeline:
    """The dates of a trend.

    Raises:
        OutsideHistory: no period of it can be answered.
    """
    known = [period for period in periods if period.closes_at]
    if not known:
        raise OutsideHistory(
            f"No {grain} of {wanted.first}..{wanted.last} can be answered: this warehouse knows "
            f"{horizon.first_day} to {horizon.last_day}. Ask for a period that touches that range."
        )
    last = known[-1]
    notes = () if last.is_to_its_end(grain) else (f"the {grain} of {last.first} runs to {last.last}",)
    assert last.closes_at is not None
    span, cut = _flows_of(horizon, known, grain)
    return Timeline(last.last, last.closes_at, span, grain, periods, notes, cut)


def _flows_of(horizon: Horizon, known: list[Period], grain: Grain) -> tuple[DateRange | None, tuple[str, ...]]:
    """The days of the periods recorded whole: what happened in a part of a period is no flow of that period."""
    whole = [period for period in known if period.flows_known]
    if not whole:
        return None, (f"flows are known from {horizon.first_whole_day}",)
    span = DateRange(whole[0].begins, whole[-1].last)
    if len(whole) == len(known):
        begun = known[0]
        is_whole = begun.begins == begun.first
        return span, () if is_whole else (f"flows of the {grain} of {begun.first} are counted from {begun.begins}",)
    begins = span.first == horizon.first_whole_day
    reason = "where history begins" if begins else f"the first {grain} recorded whole"
    return span, (f"flows are counted from {span.first}, {reason}",)


def _asked(horizon: Horizon, first: date, grain: Grain, wanted: DateRange) -> Period:
    """What is asked of a calendar period."""
    return part_of(horizon, first, DateRange(max(first, wanted.first), min(period_end(first, grain), wanted.last)))


def part_of(horizon: Horizon, first: date, days: DateRange) -> Period:
    """Some days of a calendar period, cut at the watermark if that lies inside them."""
    last = horizon.last_day if days.first <= horizon.last_day < days.last else days.last
    inside = horizon.holds(last)
    flows_known = inside and days.first >= horizon.first_whole_day
    return Period(first, days.first, last, horizon.closing(last) if inside else None, flows_known)


def _starts(wanted: DateRange, grain: Grain) -> list[date]:
    """First days of the calendar periods that the range touches."""
    day, starts = period_start(wanted.first, grain), []
    while day <= min(wanted.last, _LAST_DAY):
        starts.append(day)
        day = next_period(day, grain)
        if len(starts) > MAX_PERIODS:
            raise WrongRequest(f"A trend may have {MAX_PERIODS} periods at most. Choose a coarser grain or less time.")
    return starts
