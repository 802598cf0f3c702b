"""Periods as whole numbers, because to group rows by a number costs half as much as by a date that is cut.

Only the few numbers of the result are turned back into dates. Each grain numbers its periods without a gap: months as
year times twelve and the month, weeks from the first Monday of the calendar.
"""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from dataport.engine.blocks import cast, column, day_literal, day_of, number
from dataport.engine.exact import Exact, needing
from dataport.semantic.model import Grain

_FIRST_MONDAY = date(1, 1, 1)


def ordinal_of(name: str, grain: Grain) -> exp.Expr:
    """The number of the period in which a date or an instant lies; null for null. For days, the date itself."""
    day = day_of(column(name))
    match grain:
        case "day":
            return day
        case "week":
            # a day less a day is a number in DuckDB, and may be an interval elsewhere
            days = needing(Exact.WEEKS, exp.Sub(this=day, expression=day_literal(_FIRST_MONDAY)))
            since = exp.Paren(this=days)
            return exp.IntDiv(this=since, expression=number(7))
        case "month":
            return _and(exp.Year(this=day), 12, exp.Month(this=day_of(column(name))))
        case "quarter":
            return _and(exp.Year(this=day), 4, exp.Quarter(this=day_of(column(name))))
        case "year":
            return exp.Year(this=day)


def ordinal(first: date, grain: Grain) -> exp.Expr:
    """The number of the period that a known day lies in."""
    match grain:
        case "day":
            return day_literal(first)
        case "week":
            return number((first - _FIRST_MONDAY).days // 7)
        case "month":
            return number(first.year * 12 + first.month - 1)
        case "quarter":
            return number(first.year * 4 + (first.month - 1) // 3)
        case "year":
            return number(first.year)


def first_day(name: str, grain: Grain) -> exp.Expr:
    """The first day of the period with a number."""
    match grain:
        case "day":
            return column(name)
        case "week":
            days = cast(exp.Mul(this=column(name), expression=number(7)), "INT")
            return needing(Exact.WEEKS, exp.Add(this=day_literal(_FIRST_MONDAY), expression=days))
        case "month":
            return _made(_over(name, 12), _after(name, 12, 1))
        case "quarter":
            return _made(_over(name, 4), _after(name, 4, 3))
        case "year":
            return _made(column(name), number(1))


def _and(year: exp.Expr, parts: int, part: exp.Expr) -> exp.Expr:
    whole = exp.Add(this=exp.Mul(this=year, expression=number(parts)), expression=part)
    return exp.Sub(this=whole, expression=number(1))


def _over(name: str, parts: int) -> exp.Expr:
    return exp.IntDiv(this=column(name), expression=number(parts))


def _after(name: str, parts: int, months: int) -> exp.Expr:
    """The month, from 1, that a part of a year begins with."""
    part: exp.Expr = exp.Mod(this=column(name), expression=number(parts))
    if months > 1:
        part = exp.Mul(this=exp.Paren(this=part), expression=number(months))
    return exp.Add(this=part, expression=number(1))


def _made(year: exp.Expr, month: exp.Expr) -> exp.Expr:
    return exp.DateFromParts(year=year, month=month, day=number(1))


def not_before(period: exp.Expr, first: date, grain: Grain) -> exp.Expr:
    return exp.Greatest(this=period, expressions=[ordinal(first, grain)], ignore_nulls=True)
