"""lower, for quantiles of what has few values: rows are counted by value, and the quantile is read off those counts.

An engine's own quantile puts every value of every group in order. Ages and sizes of groups have some hundred values at
most, so that one count by group and value holds all that there is to know, and what stands at a place of the order is
the first value up to which there are more than so many. It is the same number, and not an estimate of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from dataport.engine.aggregate import Aggregate, are_by_value
from dataport.engine.algebra import Group
from dataport.engine.blocks import aliased, cast, column, number, or_zero, select
from dataport.engine.exact import Exact, needing
from dataport.semantic.condition import Condition
from dataport.semantic.names import hidden

Query = exp.Query
_VALUE = hidden("value", "")


def has_histogram(node: Group) -> bool:
    """Whether all its quantiles are of one column of few values, and all else that it counts adds up from parts."""
    return node.period is None and are_by_value(node.aggregates)


def histogram(
    node: Group, keys: list[exp.Expr], rows: exp.Subquery, aggregate: Callable[[Aggregate], exp.Expr]
) -> Query:
    """The count of a group in three steps: by value; how many there are up to each value; and what stands where."""
    quantiles = [one for one in node.aggregates if one.function == "quantile"]
    others = [one for one in node.aggregates if one.function != "quantile"]
    conditions = list(dict.fromkeys(one.where for one in quantiles))
    value = quantiles[0].column or ""
    weights = [
        aliased(aggregate(replace(quantiles[0], function="count", where=where)), _many(n))
        for n, where in enumerate(conditions)
    ]
    parts = [aliased(aggregate(one), one.name) for one in others]
    counted = select([*keys, aliased(column(value), _VALUE), *weights, *parts], rows, group=len(keys) + 1)

    names = [key.name for key in node.keys]
    upto = [window for n in range(len(conditions)) for window in _windows(n, names)]
    ranked = select([exp.Star(), *upto], counted.subquery("counted", copy=False))

    found = [
        aliased(_at(one, conditions), one.name) if one.function == "quantile" else _added(one)
        for one in node.aggregates
    ]
    return select([*map(column, names), *found], ranked.subquery("ranked", copy=False), group=len(names))


def _many(nth: int) -> str:
    """How many rows with a value meet the nth condition."""
    return hidden("many", str(nth))


def _windows(nth: int, names: list[str]) -> list[exp.Expr]:
    """How many there are up to a value, and in all of its group."""
    frame = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
    order = exp.Order(expressions=[exp.Ordered(this=column(_VALUE), nulls_first=False)])
    total = exp.Sum(this=column(_many(nth)))
    within = [exp.Window(this=total.copy(), partition_by=list(map(column, names)), order=order, spec=frame)]
    within.append(exp.Window(this=total, partition_by=list(map(column, names))))
    return [aliased(one, name) for one, name in zip(within, (_upto(nth), _all(nth)), strict=True)]


def _upto(nth: int) -> str:
    return hidden("up to", str(nth))


def _all(nth: int) -> str:
    return hidden("all", str(nth))


def _added(one: Aggregate) -> exp.Expr:
    """What was counted by value, added up; a count of nothing is 0."""
    total = exp.Sum(this=column(one.name))
    return aliased(cast(or_zero(total), "BIGINT") if one.function == "count" else total, one.name)


def _at(one: Aggregate, conditions: list[Condition]) -> exp.Expr:
    """The quantile: between the two values around its place in the order, in proportion; the place is told exactly."""
    nth, (over, under) = conditions.index(one.where), one.quantile.as_integer_ratio()
    last = exp.Paren(this=exp.Sub(this=column(_all(nth)), expression=number(1)))
    place = exp.Paren(this=exp.Mul(this=last, expression=number(over)))
    below = exp.Paren(this=exp.IntDiv(this=place, expression=number(under)))
    rest = exp.Paren(this=exp.Mod(this=place.copy(), expression=number(under)))

    def value(after: exp.Expr) -> exp.Expr:
        known = exp.Min(this=column(_VALUE))
        reached = exp.GT(this=column(_upto(nth)), expression=after)
        return cast(exp.Filter(this=known, expression=exp.Where(this=reached)), "DOUBLE")

    low = value(below)
    high = exp.Coalesce(this=value(exp.Add(this=below.copy(), expression=number(1))), expressions=[low.copy()])
    apart = exp.Paren(this=exp.Sub(this=high, expression=low.copy()))
    portion = exp.Div(this=cast(exp.Max(this=rest), "DOUBLE"), expression=cast(number(under), "DOUBLE"), typed=False)
    return needing(
        Exact.QUANTILES, exp.Add(this=low, expression=exp.Mul(this=apart, expression=exp.Paren(this=portion)))
    )
