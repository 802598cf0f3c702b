"""days: of which days there can be snapshots: the last of each month, once every source has reached it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from dataport.errors import WrongRequest
from dataport.warehouse.versions import Published

# Stores stamp what happens at the end of a day a moment before midnight.
_LAST_MOMENT = timedelta(seconds=1)


class NotReached(WrongRequest):
    """No month has ended for every source yet."""


def instant_of(day: date) -> datetime:
    """The instant as of which the end of a day is counted."""
    return datetime.combine(day + timedelta(days=1), time.min)


def month_end(day: date) -> date:
    """The last day of the month of a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def next_month_end(day: date) -> date:
    """The last day of the month after that of a day."""
    return month_end(month_end(day) + timedelta(days=1))


def reached(current: Published) -> tuple[date, date]:
    """The first and the last day that every source knows of to its end.

    Raises:
        NotReached: no last day of a month is among them.
    """
    first = max(source.history_start for source in current.sources).date()
    watermark = min(source.watermark for source in current.sources)
    last = month_end(watermark.date())
    if watermark < instant_of(last) - _LAST_MOMENT:
        last = month_end(last.replace(day=1) - timedelta(days=1))
    if last < first:
        raise NotReached(
            f"No month has been reached to its end by every source yet: the history here begins on {first}. The first "
            "protected statistics can be built when one has."
        )
    return first, last


def due(last_served: date | None, current: Published) -> list[date]:
    """The days that are due: the newest month, or every month after the last one that is served, in order."""
    _, last = reached(current)
    if last_served is None:
        return [last]
    days = []
    day = next_month_end(last_served)
    while day <= last:
        days.append(day)
        day = next_month_end(day)
    return days


def month_of(text: str) -> date:
    """The last day of a month written as 2021-12."""
    try:
        return month_end(datetime.strptime(text, "%Y-%m").date())
    except ValueError:
        raise WrongRequest(f"{text!r} is no month. Write it as 2021-12.") from None


def in_words(days: Iterable[date]) -> str:
    return ", ".join(f"{day:%Y-%m}" for day in days)
