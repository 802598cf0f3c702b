"""Whole weeks, months, quarters and years: MetricFlow widens a constraint on dates to the grain that is asked for."""

from __future__ import annotations

from datetime import date, timedelta

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def widened(span: tuple[date, date], grain: str) -> tuple[date, date]:
    """The whole periods that a span touches."""
    first, last = span
    return floor(first, grain), _next(floor(last, grain), grain) - timedelta(days=1)


def stretches(span: tuple[date, date], grain: str, most: int) -> list[tuple[date, date]]:
    """A span that begins with a whole period, in parts of so many of them."""
    found, first = [], span[0]
    while first <= span[1]:
        day = first
        for _ in range(most):
            day = _next(day, grain)
        found.append((first, min(day - timedelta(days=1), span[1])))
        first = day
    return found


def said(span: tuple[date, date]) -> str:
    return f"{span[0]}..{span[1]}"


def floor(day: date, grain: str) -> date:
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain in _MONTHS:
        step = _MONTHS[grain]
        return day.replace(month=(day.month - 1) // step * step + 1, day=1)
    return day


def _next(first: date, grain: str) -> date:
    if grain not in _MONTHS:
        return first + timedelta(days=7 if grain == "week" else 1)
    months = first.year * 12 + first.month - 1 + _MONTHS[grain]
    return date(months // 12, months % 12 + 1, 1)
