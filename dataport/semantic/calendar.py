"""Days, months and periods of the calendar, whatever is known of them."""

from __future__ import annotations

from datetime import date, timedelta

from dataport.semantic.model import Grain

MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
_DAY = timedelta(days=1)


def period_start(day: date, grain: Grain) -> date:
    """The first day of the period that a day lies in."""
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


def next_period(first: date, grain: Grain) -> date:
    """The first day of the period after the one that begins on a day."""
    if grain not in MONTHS:
        return first + timedelta(days=7 if grain == "week" else 1)
    return months_before(first, -MONTHS[grain])


def period_end(first: date, grain: Grain) -> date:
    """The last day of the period that begins on a day."""
    return next_period(first, grain) - _DAY


def months_before(first: date, months: int) -> date:
    """The first of a month, some months earlier."""
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def is_month_end(day: date) -> bool:
    return (day + _DAY).day == 1


def whole_months(first: date, last: date) -> int:
    """How many calendar months two days and those between them are; 0 if they are none."""
    if first.day != 1 or not is_month_end(last):
        return 0
    return (last.year - first.year) * 12 + last.month - first.month + 1


def same_day_before(day: date) -> date:
    """The same day a year before; the 28th for 29 February."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def twelve_months_before(last: date) -> date:
    """The day on which the twelve months end that precede those up to a day; the end of February meets its end.

    So twelve months and those before them touch and share no day, whichever of the years is a leap year.
    """
    return same_day_before(last) if last.month != 2 or not is_month_end(last) else date(last.year - 1, 3, 1) - _DAY
