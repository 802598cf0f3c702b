"""lower, for the columns of an answer: what is computed from the measures of a cell, each cast once to its type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias

from sqlglot import exp

from dataport.engine.blocks import aliased, all_of, case, cast, column, day_literal, day_of, number
from dataport.engine.columns import Column, Computed, Difference, Measured, Portion, Shown, Value
from dataport.engine.keys import Key
from dataport.engine.lower_numbers import as_number, quotient, summed
from dataport.semantic.arithmetic import Arithmetic, Constant, Days, Minus, Of, Over, Plus, Times
from dataport.semantic.numbers import DOUBLE, WHOLE, Number, added, constant, multiplied
from dataport.semantic.timeline import PERIOD

PeriodDays: TypeAlias = tuple[tuple[date | None, int], ...]
Typed: TypeAlias = tuple[exp.Expr, Number]


def key_of(key: Key) -> exp.Expr:
    """A column under the name it has as a key; of an instant its day, where days are asked for."""
    return aliased(day_of(column(key.column)) if key.is_day else column(key.column), key.name)


def derived(one: Column) -> exp.Expr:
    """A column of the answer as an expression over measures."""
    match one:
        case Difference(_, now, before):
            return exp.Sub(this=exp.Paren(this=derived(now)), expression=exp.Paren(this=derived(before)))
        case Computed(_, expression, measures, kind, shown):
            known = {measure.name: measure for measure in measures}
            return _where_shown(as_number(*_reckoned(expression, known), kind), shown)
        case Portion(_, measure, alike, shown):
            whole = summed(cast_measure(measure), measure.number)
            over = exp.Window(this=whole, partition_by=[column(key) for key in alike])
            return _where_shown(quotient((_known(measure), measure.number), (over, measure.number)), shown)
        case Value(_, measure, shown):
            return _where_shown(_known(measure), shown)


def cast_measure(measure: Measured) -> exp.Expr:
    return as_number(column(measure.name), None, measure.number)


def _known(measure: Measured) -> exp.Expr:
    """A measure as its type; null where nothing is known behind it."""
    value = cast_measure(measure)
    if measure.support is None:
        return value
    return case((exp.GT(this=column(measure.support), expression=exp.Literal.number(0)), value))


def _reckoned(expression: Arithmetic, known: Mapping[str, Measured]) -> Typed:
    """Arithmetic on measures and its type: what is exact stays so until something is divided."""
    match expression:
        case Of(name):
            return _known(known[name]), known[name].number
        case Constant(value):
            return as_number(exp.Literal.number(f"{value:f}"), None, constant(value)), constant(value)
        case Days(counts):
            return cast(_days(counts), "BIGINT"), WHOLE
        case Over(left, right):
            return quotient(_reckoned(left, known), _reckoned(right, known)), DOUBLE
        case Plus(left, right) | Minus(left, right):
            return _added(expression, _reckoned(left, known), _reckoned(right, known))
        case Times(left, right):
            return _multiplied(_reckoned(left, known), _reckoned(right, known))


def _added(expression: Plus | Minus, left: Typed, right: Typed) -> Typed:
    kind = added(left[1], right[1])
    operator = exp.Add if isinstance(expression, Plus) else exp.Sub
    return exp.Paren(this=operator(this=as_number(*left, kind), expression=as_number(*right, kind))), kind


def _multiplied(left: Typed, right: Typed) -> Typed:
    kind = multiplied(left[1], right[1])
    sides = [as_number(*one, Number(kind.kind, one[1].scale)) for one in (left, right)]
    return exp.Paren(this=exp.Mul(this=sides[0], expression=sides[1])), kind


def _days(days: PeriodDays) -> exp.Expr:
    """The number of days of the row's period; null where it is not known."""
    if not days:
        return exp.Null()
    if days[0][0] is None:
        return exp.Literal.number(days[0][1])
    return case(*((day_literal(one), number(count)) for one, count in days if one), of=column(PERIOD))


def _where_shown(value: exp.Expr, shown: Shown) -> exp.Expr:
    if shown.never:
        return case((exp.false(), value))
    tests: list[exp.Expr] = []
    if shown.first:
        tests.append(exp.GTE(this=column(PERIOD), expression=day_literal(shown.first)))
    if shown.last:
        tests.append(exp.LTE(this=column(PERIOD), expression=day_literal(shown.last)))
    return case((all_of(tests), value)) if tests else value
