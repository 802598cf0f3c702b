"""The few pieces of SQL that statements are built of, as sqlglot nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlglot import exp

from dataport.engine.exact import Exact, needing
from dataport.semantic.held import Held, Instant

# No instant that can be asked about lies before the one or after the other.
FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)


@dataclass(slots=True)
class Parameters:
    """Values of a statement by parameter name; a value never becomes part of the statement's text."""

    values: dict[str, Any] = field(default_factory=dict)
    _names: dict[tuple[type, object], str] = field(default_factory=dict)

    def add(self, value: object) -> exp.Expr:
        """The parameter of a value; equal values of one type share one."""
        known = (type(value), tuple(value) if isinstance(value, list) else value)
        if known not in self._names:
            self._names[known] = self._next(value)
        return parameter(self._names[known])

    def own(self, value: object) -> exp.Expr:
        """A parameter of its own, so that the statement is the same whether or not another value is equal to it."""
        return parameter(self._next(value))

    def _next(self, value: object) -> str:
        name = f"p{len(self.values) + 1}"
        self.values[name] = value
        return name


def select(
    columns: Iterable[exp.Expr],
    source: exp.Expr | None,
    *,
    where: Sequence[exp.Expr] = (),
    joins: Iterable[exp.Join] = (),
    group: int = 0,
    distinct: bool = False,
) -> exp.Select:
    """A query made of nodes as they are; sqlglot's own builders copy whole trees at each step.

    ``group`` is the number of columns, from the first, that rows are grouped by.
    """
    made = exp.Select(expressions=list(columns))
    if source is not None:
        made.set("from_", exp.From(this=source))
    if joins := list(joins):
        made.set("joins", joins)
    if where:
        made.set("where", exp.Where(this=all_of(where)))
    if group:
        made.set("group", exp.Group(expressions=[exp.Literal.number(n + 1) for n in range(group)]))
    if distinct:
        made.set("distinct", exp.Distinct())
    return made


def left_join(other: exp.Expr, on: exp.Expr) -> exp.Join:
    return exp.Join(this=other, side="LEFT", on=on)


def union(parts: Iterable[exp.Query]) -> exp.Query:
    """All rows of all parts."""
    first, *others = parts
    for other in others:
        first = exp.Union(this=first, expression=other, distinct=False)
    return first


def given(query: exp.Query, named: Mapping[str, exp.Query]) -> exp.Query:
    """The query with a WITH clause. The names in it are hidden ones, which no table of a file can have."""
    entries = [exp.CTE(this=one, alias=exp.TableAlias(this=identifier(name))) for name, one in named.items()]
    query.set("with_", exp.With(expressions=entries))
    return query


def listed(values: exp.Expr) -> exp.Expr:
    """One row per value of a list, where the whole list is one parameter."""
    return needing(Exact.LIST_PARAMETERS, exp.Unnest(expressions=[values]))


def all_of(tests: Sequence[exp.Expr]) -> exp.Expr:
    return exp.and_(*tests, copy=False) if tests else exp.true()


def any_of(tests: Sequence[exp.Expr]) -> exp.Expr:
    return exp.or_(*tests, copy=False) if tests else exp.false()


def case(*branches: tuple[exp.Expr, exp.Expr], other: exp.Expr | None = None, of: exp.Expr | None = None) -> exp.Case:
    """A CASE: the value of the first branch whose test holds (with `of`: whose test equals it), otherwise `other`."""
    ifs = [exp.If(this=test, true=value) for test, value in branches]
    return exp.Case(this=of, ifs=ifs, default=other)


def number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def table_of(name: str) -> exp.Table:
    return exp.Table(this=identifier(name))


def stored(name: str, held: Held | None) -> exp.Table:
    """A stored table: in a published file by its name, in a file of one's own by database, schema and name."""
    if held is None:
        return table_of(name)
    return exp.Table(this=identifier(held.table), db=identifier(held.schema), catalog=identifier(held.database))


def read(name: str, held: Held | None) -> exp.Expr:
    """A column of a stored table, under its name."""
    instant = held.instants.get(name) if held else None
    return aliased(as_instant(instant), name) if instant else column(name)


def as_instant(instant: Instant) -> exp.Expr:
    """A start or an end as a finite instant. GREATEST and LEAST ignore null, so an unknown one becomes an open one."""
    kind = "DATE" if instant.is_day else "TIMESTAMP"
    at = column(instant.column) if instant.is_day else _as_timestamp(instant)
    first, last = (cast(exp.Literal.string(day.isoformat()), kind) for day in (FIRST_DAY, LAST_DAY))
    within = _least(_greatest(at, first), last) if instant.role == "start" else _greatest(_least(at, last), first)
    # a DATE reaches farther than a TIMESTAMP: once it is cut to these days, the cast cannot fail
    return cast(within, "TIMESTAMP") if instant.is_day else within


def _as_timestamp(instant: Instant) -> exp.Expr:
    return microsecond(column(instant.column)) if instant.is_fine else cast(column(instant.column), "TIMESTAMP")


def microsecond(instant: exp.Expr) -> exp.Expr:
    """The microsecond in which a finer instant lies.

    A cast alone is the natural mistake: it takes the nearest one, which at the end of a day is on the next day.
    """
    nearest = cast(instant, "TIMESTAMP")
    again = exp.TryCast(this=nearest.copy(), to=exp.DataType(this=exp.DataType.Type.TIMESTAMP_NS))
    needing(Exact.FINE_INSTANTS, again)
    step = exp.Interval(this=exp.Literal.string("1"), unit=exp.Var(this="MICROSECOND"))
    is_later = exp.GT(this=again, expression=instant.copy())
    return case((is_later, exp.Sub(this=nearest.copy(), expression=step)), other=nearest)


def _greatest(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    return exp.Greatest(this=one, expressions=[other], ignore_nulls=True)


def _least(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    return exp.Least(this=one, expressions=[other], ignore_nulls=True)


def identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def column(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=identifier(name), table=identifier(table) if table else None)


def parameter(name: str) -> exp.Parameter:
    return exp.Parameter(this=exp.Var(this=name))


def aliased(expression: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=expression, alias=identifier(name))


def cast(expression: exp.Expr, kind: str) -> exp.Cast:
    # made by its name: sqlglot's own builder parses the text each time
    return exp.Cast(this=expression, to=exp.DataType(this=exp.DataType.Type[kind]))


def day_of(instant: exp.Expr) -> exp.Cast:
    """The day of a date or an instant, in UTC, which is locked as the time zone of readers; infinity stays infinity."""
    return cast(instant, "DATE")


def day_literal(day: date) -> exp.Cast:
    return cast(exp.Literal.string(day.isoformat()), "DATE")


def is_known(expression: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=expression, expression=exp.Null()))


def is_true(test: exp.Expr) -> exp.Expr:
    """A test as a column: false where it is unknown."""
    return exp.Coalesce(this=exp.Paren(this=test), expressions=[exp.false()])


def or_zero(expression: exp.Expr) -> exp.Coalesce:
    return exp.Coalesce(this=expression, expressions=[exp.Literal.number(0)])
