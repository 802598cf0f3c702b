"""The few pieces of SQL that statements are built of, as sqlglot nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlglot import exp


@dataclass(slots=True)
class Parameters:
    """Values of a statement by parameter name; a value never becomes text of it."""

    values: dict[str, Any] = field(default_factory=dict)
    _names: dict[tuple[type, object], str] = field(default_factory=dict)

    def add(self, value: object) -> exp.Expr:
        """The parameter of a value; equal values of one type share one."""
        known = (type(value), tuple(value) if isinstance(value, list) else value)
        name = self._names.setdefault(known, f"p{len(self.values) + 1}")
        self.values.setdefault(name, value)
        return parameter(name)


def period_of(name: str, grain: str) -> exp.Expr:
    return cast(exp.TimestampTrunc(this=column(name), unit=exp.Var(this=grain.upper())), "DATE")


def table_of(name: str) -> exp.Table:
    return exp.Table(this=identifier(name))


def identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def column(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=identifier(name), table=identifier(table) if table else None)


def parameter(name: str) -> exp.Parameter:
    return exp.Parameter(this=exp.Var(this=name))


def aliased(expression: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=expression, alias=identifier(name))


def cast(expression: exp.Expr, kind: str) -> exp.Cast:
    return exp.Cast(this=expression, to=exp.DataType.build(kind))


def day_literal(day: date) -> exp.Cast:
    return cast(exp.Literal.string(day.isoformat()), "DATE")


def is_known(expression: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=expression, expression=exp.Null()))


def or_zero(expression: exp.Expr) -> exp.Coalesce:
    return exp.Coalesce(this=expression, expressions=[exp.Literal.number(0)])
