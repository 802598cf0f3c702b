"""lower, for conditions: two-valued expressions whose values are parameters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlglot import exp

from dataport.engine.blocks import Parameters, all_of, any_of, column, day_of, is_known, listed
from dataport.semantic.condition import AllOf, AnyOf, Between, Compare, Condition, IsUnknown, Not, OneOf

# Longer lists of values are one list parameter: the statement stays small and the engine hashes them.
INLINE_MEMBERS = 50
_OPERATORS: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def test_of(condition: Condition, parameters: Parameters) -> exp.Expr:
    """A condition as a two-valued expression, so that NOT and OR mean what they say when a value is unknown."""
    match condition:
        case AllOf(parts):
            return all_of([test_of(part, parameters) for part in parts])
        case AnyOf(parts):
            return any_of([test_of(part, parameters) for part in parts])
        case Not(IsUnknown(name)):
            return is_known(column(name))
        case Not(part):
            return exp.Not(this=exp.Paren(this=exp.Coalesce(this=test_of(part, parameters), expressions=[exp.false()])))
        case IsUnknown(name):
            return exp.Is(this=column(name), expression=exp.Null())
        case OneOf(name, values):
            return member_of(_compared(name, *values), values, parameters)
        case Between(name, low, high):
            return exp.Between(this=_compared(name, low, high), low=parameters.add(low), high=parameters.add(high))
        case Compare(name, "=", value):
            return exp.EQ(this=_compared(name, value), expression=parameters.add(value))
        case Compare(name, "!=", value):
            return exp.NullSafeNEQ(this=_compared(name, value), expression=parameters.add(value))
        case Compare(name, operator, value):
            return _OPERATORS[operator](this=_compared(name, value), expression=parameters.add(value))


def _compared(name: str, *values: Any) -> exp.Expr:
    """The column as it is compared with values: with days, the day on which its instant lies."""
    return day_of(column(name)) if any(isinstance(value, date) for value in values) else column(name)


def member_of(column: exp.Expr, values: tuple[Any, ...], parameters: Parameters) -> exp.Expr:
    """Whether the value of a column is in a list.

    Decimals are never one list parameter, however many they are: a list has one type for all of its values, and the
    column would be cut to the digits of that type too.
    """
    if len(values) <= INLINE_MEMBERS or any(isinstance(value, Decimal) for value in values):
        return exp.In(this=column, expressions=[parameters.add(value) for value in values])
    members = exp.Select(expressions=[listed(parameters.add(list(values)))])
    return exp.In(this=column, query=members.subquery(copy=False))
