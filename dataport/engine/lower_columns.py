"""lower, for the columns of an answer: what is computed from the measures of a cell."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from sqlglot import exp

from dataport.engine.blocks import aliased, all_of, case, cast, column, day_literal, day_of, number
from dataport.engine.columns import Column, Computed, Difference, Portion, Shown
from dataport.engine.keys import Key
from dataport.semantic.arithmetic import Arithmetic, Constant, Days, Minus, Of, Over, Plus, Times
from dataport.semantic.timeline import PERIOD

PeriodDays: TypeAlias = tuple[tuple[date | None, int], ...]
_TYPES = {"integer": "BIGINT", "number": "DOUBLE"}
_ARITHMETIC: dict[type, type[exp.Binary]] = {Plus: exp.Add, Minus: exp.Sub, Times: exp.Mul}


def key_of(key: Key) -> exp.Expr:
    """A column under the name it has as a key; of an instant its day, where days are asked for."""
    return aliased(day_of(column(key.column)) if key.is_day else column(key.column), key.name)


def derived(one: Column) -> exp.Expr:
    """A column of the answer as an expression over measures."""
    match one:
        case Difference(_, now, before):
            return exp.Sub(this=exp.Paren(this=derived(now)), expression=exp.Paren(this=derived(before)))
        case Computed(_, expression, kind, shown, days):
            return _where_shown(cast(_reckoned(expression, kind, days), _TYPES[kind]), shown)
        case Portion(_, measure, alike, shown):
            whole = exp.Window(this=exp.Sum(this=column(measure)), partition_by=[column(key) for key in alike])
            return _where_shown(cast(_quotient(cast(column(measure), "DOUBLE"), whole), "DOUBLE"), shown)
    value: exp.Expr = cast(column(one.measure), _TYPES[one.type])
    if one.support:
        present = exp.GT(this=column(one.support), expression=exp.Literal.number(0))
        value = case((present, value))
    return _where_shown(value, one.shown)


def _reckoned(expression: Arithmetic, kind: str, days: PeriodDays) -> exp.Expr:
    """Arithmetic on measures: in doubles, unless the result is a whole number by construction."""
    match expression:
        case Of(name):
            return cast(column(name), _TYPES[kind])
        case Constant(value):
            return cast(exp.Literal.number(str(value)), _TYPES[kind])
        case Days():
            return cast(_days(days), _TYPES[kind])
        case Over(left, right):
            return _quotient(_reckoned(left, kind, days), _reckoned(right, kind, days))
        case Plus(left, right) | Minus(left, right) | Times(left, right):
            sides = {"this": _reckoned(left, kind, days), "expression": _reckoned(right, kind, days)}
            return exp.Paren(this=_ARITHMETIC[type(expression)](**sides))
    raise TypeError("an expression is made of names, numbers and four operators")


def _days(days: PeriodDays) -> exp.Expr:
    """The number of days of the row's period; null where it is not known."""
    if not days:
        return exp.Null()
    if days[0][0] is None:
        return exp.Literal.number(days[0][1])
    return case(*((day_literal(one), number(count)) for one, count in days if one), of=column(PERIOD))


def _quotient(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    # the left side is a double already: a quotient makes its whole expression one
    over = exp.Nullif(this=right, expression=exp.Literal.number(0))
    return exp.Div(this=left, expression=over, typed=False)


def _where_shown(value: exp.Expr, shown: Shown) -> exp.Expr:
    if shown.never:
        return case((exp.false(), value))
    tests: list[exp.Expr] = []
    if shown.first:
        tests.append(exp.GTE(this=column(PERIOD), expression=day_literal(shown.first)))
    if shown.last:
        tests.append(exp.LTE(this=column(PERIOD), expression=day_literal(shown.last)))
    return case((all_of(tests), value)) if tests else value
