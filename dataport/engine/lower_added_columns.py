"""lower, for added columns: each node keeps the rows of its source (a required mark, those that have it)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

from sqlglot import exp

from dataport.engine.algebra import Aged, Attained, Banded, Lookup, Mark, Node, Overlap, Tally, TopAndOthers
from dataport.engine.blocks import (
    Parameters,
    aliased,
    all_of,
    as_instant,
    case,
    column,
    day_literal,
    day_of,
    identifier,
    is_known,
    left_join,
    number,
    or_zero,
    select,
    stored,
)
from dataport.engine.lower_numbers import as_met
from dataport.semantic.model import OTHER, Dimension
from dataport.semantic.names import hidden

# Columns of what is joined to rows.
_KEY, _COUNT, _MEMBER, _IS_RANKED = (hidden("beside", what) for what in ("key", "count", "member", "is ranked"))

Lower: TypeAlias = Callable[[Node], exp.Query]


def _with(
    node: Any, lower: Lower, more: exp.Expr, joined: exp.Query | None = None, on: exp.Expr | None = None
) -> exp.Select:
    """All columns of the source and one more, from a join that finds one row at most."""
    every = exp.Column(this=exp.Star(), table=identifier("source"))
    joins = [left_join(joined.subquery("beside", copy=False), on)] if joined and on else []
    source = lower(node.source).subquery("source", copy=False)
    return select([every, aliased(more, node.name)], source, joins=joins)


def _mark(node: Mark, lower: Lower, parameters: Parameters) -> exp.Query:
    """A join with the distinct keys of the members finds one at most, so no row is multiplied."""
    of = lower(node.members).subquery("members", copy=False)
    if node.is_required:
        having = exp.In(this=column(node.key, "source"), query=select([column(node.key)], of).subquery(copy=False))
        marked = _with(node, lower, exp.true())
        marked.set("where", exp.Where(this=having))
        return marked
    members = select([aliased(column(node.key), _KEY)], of, distinct=True)
    on = exp.EQ(this=column(node.key, "source"), expression=column(_KEY, "beside"))
    return _with(node, lower, is_known(column(_KEY, "beside")), members, on)


def _tally(node: Tally, lower: Lower, parameters: Parameters) -> exp.Query:
    count = aliased(exp.Count(this=exp.Star()), _COUNT)
    of = lower(node.members).subquery("members", copy=False)
    members = select([aliased(column(node.key), _KEY), count], of, group=1)
    on = exp.EQ(this=column(node.key, "source"), expression=column(_KEY, "beside"))
    return _with(node, lower, or_zero(column(_COUNT, "beside")), members, on)


def _attained(node: Attained, lower: Lower, parameters: Parameters) -> exp.Query:
    """The distinct rows that come to a member in time; the join back by their own key finds one at most."""
    at = day_of(column(node.at, "begun"))
    begins = day_of(column(node.begins, "member"))
    days = exp.Interval(this=exp.Literal.string(str(node.days)), unit=exp.Var(this="DAY"))
    last = day_of(exp.Add(this=at, expression=days))
    since = (
        exp.GT(this=column(node.ends, "member"), expression=column(node.at, "begun"))
        if node.ends
        else exp.GTE(this=begins, expression=at.copy())
    )
    meet = [
        exp.EQ(this=column(node.key, "member"), expression=column(node.key, "begun")),
        exp.LTE(this=begins.copy(), expression=last),
        since,
    ]
    begun = lower(node.source).subquery("begun", copy=False)
    member = lower(node.members).subquery("member", copy=False)
    joins = [exp.Join(this=member, on=all_of(meet))]
    reached = select([aliased(column(node.unit, "begun"), _KEY)], begun, joins=joins, distinct=True)
    on = exp.EQ(this=column(node.unit, "source"), expression=column(_KEY, "beside"))
    return _with(node, lower, is_known(column(_KEY, "beside")), reached, on)


def _aged(node: Aged, lower: Lower, parameters: Parameters) -> exp.Query:
    """Completed years: who is born on 29 February is a year older on 1 March, where the year has no such day."""
    born, day = day_of(column(node.column, "source")), node.day
    months = exp.Mul(this=exp.Month(this=born), expression=number(100))
    month_and_day = exp.Add(this=months, expression=exp.Day(this=born.copy()))
    is_to_come = exp.GT(this=month_and_day, expression=number(day.month * 100 + day.day))
    short = case((is_to_come, number(1)), other=number(0))
    years = exp.Sub(this=exp.Sub(this=number(day.year), expression=exp.Year(this=born.copy())), expression=short)
    is_born = exp.LTE(this=born.copy(), expression=day_literal(day))
    return _with(node, lower, case((is_born, years)))


def _overlap(node: Overlap, lower: Lower, parameters: Parameters) -> exp.Query:
    """The days that had closed by the end of an interval, less those that had by its start.

    By the end of an interval that holds at the last closing, all have.
    """
    ends = column(node.validity.end, "source")
    # the last day may close at the watermark, before its midnight
    holds = exp.GTE(this=ends, expression=parameters.add(node.last))
    end = case((holds, number(node.days)), other=_closings(ends.copy(), node.first, node.days))
    start = _closings(column(node.validity.start, "source"), node.first, node.days)
    return _with(node, lower, exp.Sub(this=end, expression=start))


def _closings(instant: exp.Expr, first: date, days: int) -> exp.Expr:
    """How many of the days had closed by an instant."""
    passed = exp.DateDiff(this=day_of(instant), expression=day_literal(first), unit=exp.Var(this="DAY"))
    at_most = exp.Least(this=passed, expressions=[number(days)], ignore_nulls=True)
    return exp.Greatest(this=at_most, expressions=[number(0)], ignore_nulls=True)


def _banded(node: Banded, lower: Lower, parameters: Parameters) -> exp.Query:
    bands = reversed(tuple(zip(node.bands.edges, node.bands.labels, strict=True)))
    found = [
        (exp.GTE(this=column(node.base, "source"), expression=number(edge)), exp.Literal.string(label))
        for edge, label in bands
    ]
    return _with(node, lower, case(*found))


def _top_and_others(node: TopAndOthers, lower: Lower, parameters: Parameters) -> exp.Query:
    of = lower(node.ranked).subquery("ranked", copy=False)
    ranked = select([aliased(column(node.key), _KEY), aliased(exp.true(), _IS_RANKED)], of)
    on = exp.NullSafeEQ(this=column(node.key, "source"), expression=column(_KEY, "beside"))
    is_ranked = is_known(column(_IS_RANKED, "beside"))
    member = case((is_ranked, column(node.key, "source")), other=exp.Literal.string(OTHER))
    topped = _with(node, lower, member, ranked, on)
    topped.append("expressions", aliased(exp.Not(this=is_ranked.copy()), node.flag))
    return topped


def _lookup(node: Lookup, lower: Lower, parameters: Parameters) -> exp.Query:
    dimension = node.dimension
    valid: list[exp.Expr] = []
    if dimension.validity:
        valid = [
            exp.LT(this=_instant(dimension.validity.start, dimension), expression=parameters.add(node.instant)),
            exp.GTE(this=_instant(dimension.validity.end, dimension), expression=parameters.add(node.instant)),
        ]
    types = dimension.columns
    named = ((dimension.key, _KEY), (node.column, _MEMBER))
    columns = [aliased(as_met(column(name), types.get(name)), alias) for name, alias in named]
    members = select(columns, stored(dimension.table, dimension.held), where=valid)
    on = exp.EQ(this=column(node.base, "source"), expression=column(_KEY, "beside"))
    return _with(node, lower, column(_MEMBER, "beside"), members, on)


def _instant(name: str, dimension: Dimension) -> exp.Expr:
    instant = dimension.held.instants.get(name) if dimension.held else None
    return as_instant(instant) if instant else column(name)


ADDED_COLUMNS: dict[type, Callable[[Any, Lower, Parameters], exp.Query]] = {
    Mark: _mark,
    Tally: _tally,
    Attained: _attained,
    Aged: _aged,
    Overlap: _overlap,
    Banded: _banded,
    TopAndOthers: _top_and_others,
    Lookup: _lookup,
}
