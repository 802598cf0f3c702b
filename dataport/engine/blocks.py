"""The few pieces of SQL that statements are built of, as sqlglot nodes."""

from __future__ import annotations

from datetime import date

from sqlglot import exp


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
