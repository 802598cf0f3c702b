"""means: whether an expression of a finished tree says what a condition says, part by part. `seal` needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlglot import exp

from dataport.semantic.condition import AllOf, AnyOf, Between, Compare, Condition, IsUnknown, Not, OneOf

_COMPARISONS: dict[str, type[exp.Expr]] = {
    "=": exp.EQ,
    "!=": exp.NullSafeNEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def means(found: exp.Expr, condition: Condition, parameters: Mapping[str, Any]) -> bool:
    """Whether an expression of a tree says exactly what a condition says, part by part, with values as parameters."""
    found = found.unnest()
    match condition:
        case AllOf(()):
            return isinstance(found, exp.Boolean) and bool(found.this)
        case AnyOf(()):
            return isinstance(found, exp.Boolean) and not found.this
        case AllOf(parts):
            return isinstance(found, exp.And) and _all_mean(list(found.flatten()), parts, parameters)
        case AnyOf(parts):
            return isinstance(found, exp.Or) and _all_mean(list(found.flatten()), parts, parameters)
        case Not(IsUnknown(name)):
            return isinstance(found, exp.Not) and means(found.this, IsUnknown(name), parameters)
        case Not(part):
            inner = found.this.unnest() if isinstance(found, exp.Not) else None
            if not isinstance(inner, exp.Coalesce) or inner.expressions != [exp.false()]:
                return False
            return means(inner.this, part, parameters)
        case IsUnknown(name):
            return isinstance(found, exp.Is) and _is_column(found.this, name) and isinstance(found.expression, exp.Null)
        case OneOf(name, values):
            return (
                isinstance(found, exp.In)
                and _is_compared(found.this, name, values)
                and members_of(found, parameters) == [*values]
            )
        case Between(name, low, high):
            ends = [found.args.get("low"), found.args.get("high")] if isinstance(found, exp.Between) else []
            return (
                bool(ends) and _is_compared(found.this, name, (low, high)) and _values(ends, parameters) == [low, high]
            )
        case Compare(name, operator, value):
            if type(found) is not _COMPARISONS[operator] or not _is_compared(found.this, name, (value,)):
                return False
            return _values([found.expression], parameters) == [value]


def _all_mean(found: list[exp.Expr], parts: Sequence[Condition], parameters: Mapping[str, Any]) -> bool:
    return len(found) == len(parts) and all(
        means(one, part, parameters) for one, part in zip(found, parts, strict=True)
    )


def _is_compared(found: Any, name: str, values: Sequence[Any]) -> bool:
    """Whether it is the column that is compared with values; with days, the day of it."""
    if not any(isinstance(value, date) for value in values):
        return _is_column(found, name)
    return isinstance(found, exp.Cast) and found.to.this == exp.DataType.Type.DATE and _is_column(found.this, name)


def _is_column(found: Any, name: str) -> bool:
    return isinstance(found, exp.Column) and not found.table and found.name == name


def members_of(found: exp.In, parameters: Mapping[str, Any]) -> list[Any]:
    """The values of a list of parameters, or of ``(SELECT UNNEST(parameter))``; of any other query none."""
    query = found.args.get("query")
    members = _listed(query.unnest()) if query else found.expressions
    values = _values(members, parameters)
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _listed(query: exp.Expr) -> list[exp.Expr]:
    said = [name for name, value in query.args.items() if value]
    if not isinstance(query, exp.Select) or said != ["expressions"] or len(query.expressions) != 1:
        return []
    shown = query.expressions[0]
    if isinstance(shown, exp.Explode):
        return [] if shown.expressions else [shown.this]
    return shown.expressions if isinstance(shown, exp.Unnest) and len(shown.expressions) == 1 else []


def _values(found: Sequence[Any], parameters: Mapping[str, Any]) -> list[Any]:
    """The values of parameters; for anything else a value that equals nothing."""
    return [parameters.get(one.name) if isinstance(one, exp.Parameter) else object() for one in found]
