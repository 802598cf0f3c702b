"""The dates of a question, reckoned day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dataport.semantic import DateRange, Request

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Stocks are counted at `closes_at`, flows over the days `first` to `last`; None where they cannot be."""

    name: date | None
    closes_at: datetime | None
    flow_days: tuple[date, date] | None
    last_day: date | None = None


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def spans(request: Request, grain: str | None, start: datetime, watermark: datetime) -> list[Span]:
    """The one span of a question, or one for every period of a trend."""
    if grain:
        return [_span(name, days, start, watermark) for name, days in _parts(request, grain, start, watermark)]
    last_known, first_flow = _known(start, watermark)
    if request.period:
        wanted, day = (request.period.first, request.period.last), request.period.last
    else:
        day = request.as_of or last_known
        wanted = _year_to(day, start.date())
    flows = (max(wanted[0], first_flow), wanted[1])
    closes_at = min(midnight(day + ONE_DAY), watermark)
    return [Span(None, closes_at, flows if flows[0] <= flows[1] else None, day)]


def spans_compared(request: Request, start: datetime, watermark: datetime) -> list[Span]:
    """The one span that a question is compared with: the same request, asked about another time."""
    last_known = watermark.date() if watermark > midnight(watermark.date()) else watermark.date() - ONE_DAY
    with_ = request.compare
    if request.period is None:
        day = with_ if isinstance(with_, date) else _twelve_months_before(request.as_of or last_known)
        first = _twelve_months_before(day) + ONE_DAY
        (span,) = spans(replace(request, as_of=day, compare=None), None, start, watermark)
    else:
        first, last = period_compared(request)
        (span,) = spans(replace(request, period=DateRange(first, last), compare=None), None, start, watermark)
    if isinstance(with_, date) or span.flow_days is None or span.flow_days[0] == first:
        return [span]
    # of the time before not all days were recorded: the flows of fewer are no other side
    return [replace(span, flow_days=None)]


def spans_since(request: Request, grain: str | None, since: str, start: datetime, watermark: datetime) -> list[Span]:
    """For each span of a question, the one that a change up to it is reckoned from."""
    if not grain:
        return spans_compared(replace(request, compare=since), start, watermark)
    found = []
    for name, asked in _parts(request, grain, start, watermark):
        then = _all_of(name - ONE_DAY if since == "previous" else _a_year_before(name), grain)
        span = _span(then[0], _as_many(asked, _all_of(name, grain), then), start, watermark)
        known = _span(name, asked, start, watermark).closes_at
        found.append(span if known else Span(then[0], None, None))
    return found


def _as_many(asked: list[date], of_all: list[date], then: list[date]) -> list[date]:
    """As many days of an earlier period: the whole for the whole, the end for an end, else those in the same place."""
    if asked == of_all:
        return then
    place = of_all.index(asked[0])
    part = then[place : place + len(asked)]
    is_end = asked[-1] == of_all[-1]
    return then[-len(asked) :] if is_end or len(part) < len(asked) else part


def at_end(of_trend: list[Span]) -> Span:
    """The last date of a trend, with the flows of all its whole periods."""
    known = [span for span in of_trend if span.closes_at]
    whole = [span.flow_days for span in known if span.flow_days]
    days = (whole[0][0], whole[-1][1]) if whole else None
    return Span(None, known[-1].closes_at, days, known[-1].last_day)


def matured(span: Span, days: int, watermark: datetime, is_trend: bool) -> tuple[date, date] | None:
    """The days of a span since which so many whole days have passed; a period of a trend is known as a whole or not."""
    if span.flow_days is None:
        return None
    first, last = span.flow_days
    passed = [day for day in _each(first, last) if midnight(day + timedelta(days=days + 1)) <= watermark]
    if not passed or (is_trend and passed[-1] != last):
        return None
    return first, passed[-1]


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _known(start: datetime, watermark: datetime) -> tuple[date, date]:
    """The last day that has begun, and the first that was recorded whole."""
    last_known = watermark.date() if watermark > midnight(watermark.date()) else watermark.date() - ONE_DAY
    return last_known, start.date() if start == midnight(start.date()) else start.date() + ONE_DAY


def period_compared(request: Request) -> tuple[date, date]:
    """The first and last day of the period that a request's period is compared with."""
    first, last, with_ = request.period.first, request.period.last, request.compare
    whole = first.day == 1 and (last + ONE_DAY).day == 1
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if isinstance(with_, date):
        ends_month = (with_ + ONE_DAY).day == 1
        return _earlier(with_ + ONE_DAY, months) if whole and ends_month else with_ - (last - first), with_
    if whole:
        back = 12 if with_ == "year-ago" else months
        return _earlier(first, back), _earlier(last + ONE_DAY, back) - ONE_DAY
    if with_ == "year-ago":
        return _a_year_before(first), _a_year_before(last)
    return first - ONE_DAY - (last - first), first - ONE_DAY


def _earlier(first_of_month: date, months: int) -> date:
    """Month by month back."""
    for _ in range(months):
        first_of_month = (first_of_month - ONE_DAY).replace(day=1)
    return first_of_month


def _a_year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - 1, 2, 28) if is_leap_day else date(day.year - 1, day.month, day.day)


def _twelve_months_before(day: date) -> date:
    """The day before the first of twelve months: the same day a year before, and for an end of February its end."""
    if (day + ONE_DAY).day == 1:
        return _earlier(day + ONE_DAY, 12) - ONE_DAY
    return _a_year_before(day)


def _year_to(day: date, first: date) -> tuple[date, date]:
    before = _twelve_months_before(day)
    return max(before + ONE_DAY, min(first, day)), day


_NAMES = {
    "day": lambda day: (day.year, day.month, day.day),
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
    "quarter": lambda day: (day.year, (day.month - 1) // 3),
    "year": lambda day: (day.year,),
}


def _all_of(day: date, grain: str) -> list[date]:
    """All days of the calendar period that a day belongs to."""
    name = _NAMES[grain]
    near = [day + timedelta(days=number) for number in range(-366, 367)]
    return [one for one in near if name(one) == name(day)]


def _parts(request: Request, grain: str, start: datetime, watermark: datetime) -> list[tuple[date, list[date]]]:
    """The first day of each calendar period that has a day asked about, and those of its days, as far as there are any.

    Where nothing is said, the periods of the last twelve months, the first one whole.
    """
    last_known, _ = _known(start, watermark)
    if request.period:
        first, last = request.period.first, request.period.last
    else:
        first, last = _year_to(last_known, start.date())
        first = _all_of(first, grain)[0]
    found: dict[date, list[date]] = {}
    days: dict[date, date] = {}
    for day in _each(first, last):
        if day not in days:
            whole = _all_of(day, grain)
            days.update(dict.fromkeys(whole, whole[0]))
        found.setdefault(days[day], []).append(day)
    return [(name, [day for day in of_it if day <= last_known] or of_it) for name, of_it in found.items()]


def _span(name: date, days: list[date], start: datetime, watermark: datetime) -> Span:
    last_known, first_flow = _known(start, watermark)
    first, last = days[0], days[-1]
    if not start.date() <= last <= last_known:
        return Span(name, None, None)
    closes_at = min(midnight(last + ONE_DAY), watermark)
    return Span(name, closes_at, (first, last) if first >= first_flow else None, last)
