"""The dates of a question, reckoned day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dataport.semantic import Request

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Stocks are counted at `closes_at`, flows over the days `first` to `last`; None where they cannot be."""

    name: date | None
    closes_at: datetime | None
    flow_days: tuple[date, date] | None


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def spans(request: Request, grain: str | None, start: datetime, watermark: datetime) -> list[Span]:
    """The one span of a question, or one for every period of a trend."""
    last_known = watermark.date() if watermark > midnight(watermark.date()) else watermark.date() - ONE_DAY
    first_flow = start.date() if start == midnight(start.date()) else start.date() + ONE_DAY
    if grain:
        wanted = (request.period.first, request.period.last) if request.period else None
        wanted = wanted or _year_to(last_known, start.date())
        return [_period(days, start, watermark, last_known, first_flow) for days in _calendar(wanted, grain)]
    if request.period:
        wanted, day = (request.period.first, request.period.last), request.period.last
    else:
        day = request.as_of or last_known
        wanted = _year_to(day, start.date())
    flows = (max(wanted[0], first_flow), wanted[1])
    closes_at = min(midnight(day + ONE_DAY), watermark)
    return [Span(None, closes_at, flows if flows[0] <= flows[1] else None)]


def _year_to(day: date, first: date) -> tuple[date, date]:
    is_leap_day = (day.month, day.day) == (2, 29)
    before = date(day.year - 1, 2, 28) if is_leap_day else date(day.year - 1, day.month, day.day)
    return max(before + ONE_DAY, min(first, day)), day


def _calendar(wanted: tuple[date, date], grain: str) -> list[tuple[date, date]]:
    """Whole calendar periods that have a day in the range: every day put into the period it belongs to."""
    names = {
        "day": lambda day: (day.year, day.month, day.day),
        "month": lambda day: (day.year, day.month),
        "quarter": lambda day: (day.year, (day.month - 1) // 3),
        "year": lambda day: (day.year,),
    }
    name, found = names[grain], {}
    day = wanted[0] - timedelta(days=366)
    while day <= wanted[1] + timedelta(days=366):
        first, _ = found.get(name(day), (day, day))
        found[name(day)] = (first, day)
        day += ONE_DAY
    return [days for days in found.values() if days[0] <= wanted[1] and days[1] >= wanted[0]]


def _period(days: tuple[date, date], start: datetime, watermark: datetime, last_known: date, first_flow: date) -> Span:
    first, last = days
    if first <= last_known < last:
        last = last_known
    if not start.date() <= last <= last_known:
        return Span(first, None, None)
    closes_at = min(midnight(last + ONE_DAY), watermark)
    return Span(first, closes_at, (first, last) if first >= first_flow else None)
