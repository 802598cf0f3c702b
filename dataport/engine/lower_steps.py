"""lower, for steps: a stock over many dates as what opens and what closes in each period."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp

from dataport.engine.aggregate import Aggregate
from dataport.engine.algebra import Filter, Group, Node, Steps
from dataport.engine.blocks import Parameters, aliased, case, column, given, is_known, select, table_of, union
from dataport.engine.keys import PeriodKey
from dataport.engine.lower_columns import key_of
from dataport.engine.ordinals import first_day, not_before, ordinal_of
from dataport.engine.scan import Scan
from dataport.semantic.names import hidden
from dataport.semantic.timeline import PERIOD

Lower: TypeAlias = Callable[[Node], exp.Query]

_COUNTED, _OPENED, _CLOSED = hidden("counted", ""), hidden("period", "opened"), hidden("period", "closed")


def steps(node: Steps, lower: Lower, aggregate: Callable[[Aggregate], exp.Expr], parameters: Parameters) -> exp.Query:
    """Steps up in the periods in which rows open, and down in those in which they close.

    Rows of a fact are read once for each side: as many groups as periods are found faster than as many as pairs of
    them, and those that are still there need not be looked at again. What is dear to make is made once.
    """
    if isinstance(node.source, Filter) and isinstance(node.source.source, Scan):
        return union([_opening(node, lower), _closing(node, lower, aggregate, parameters)])
    return _steps_at_once(node, lower, aggregate, parameters)


def _opening(node: Steps, lower: Lower) -> exp.Query:
    period = PeriodKey(node.validity.start, node.grain, node.first_period)
    return lower(Group(node.source, node.keys, node.aggregates, period))


def _closing(
    node: Steps, lower: Lower, aggregate: Callable[[Aggregate], exp.Expr], parameters: Parameters
) -> exp.Query:
    """The rows that end before the last instant, counted by when they do and taken away."""
    ended = exp.LT(this=column(node.validity.end), expression=parameters.add(node.last_instant))
    left = select([exp.Star()], lower(node.source).subquery("source", copy=False), where=[ended])
    keys = [*map(key_of, node.keys), aliased(ordinal_of(node.validity.end, node.grain), PERIOD)]
    counted = [aliased(aggregate(one), one.name) for one in node.aggregates]
    grouped = select([*keys, *counted], left.subquery("ended", copy=False), group=len(keys))
    taken = [aliased(exp.Neg(this=column(one.name)), one.name) for one in node.aggregates]
    shown = [*(column(key.name) for key in node.keys), aliased(first_day(PERIOD, node.grain), PERIOD), *taken]
    return select(shown, grouped.subquery("gone", copy=False))


def _steps_at_once(
    node: Steps, lower: Lower, aggregate: Callable[[Aggregate], exp.Expr], parameters: Parameters
) -> exp.Query:
    """One scan grouped by the periods in which rows open and close; then steps up for what opens, down for the rest."""
    opened = not_before(ordinal_of(node.validity.start, node.grain), node.first_period, node.grain)
    open_end = exp.GTE(this=column(node.validity.end), expression=parameters.add(node.last_instant))
    closed = case((exp.Not(this=open_end), ordinal_of(node.validity.end, node.grain)))
    names = [key.name for key in node.keys]
    keys = list(map(key_of, node.keys))
    keys += [aliased(opened, _OPENED), aliased(closed, _CLOSED)]
    aggregates = [aliased(aggregate(one), one.name) for one in node.aggregates]
    counted = select([*keys, *aggregates], lower(node.source).subquery("source", copy=False), group=len(keys))
    measures = [one.name for one in node.aggregates]
    gone = [aliased(exp.Neg(this=column(name)), name) for name in measures]
    up = [*map(column, names), aliased(first_day(_OPENED, node.grain), PERIOD), *map(column, measures)]
    down = [*map(column, names), aliased(first_day(_CLOSED, node.grain), PERIOD), *gone]
    both = [
        select(up, table_of(_COUNTED)),
        select(down, table_of(_COUNTED), where=[is_known(column(_CLOSED))]),
    ]
    return given(union(both), {_COUNTED: counted})
