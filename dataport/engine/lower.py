"""lower: from the algebra to a sqlglot tree, one function per node. No SQL text is put together; values are parameters.

Every construct means the same on other engines: a quotient is ``CAST(a AS DOUBLE) / NULLIF(b, 0)``, keys that may be
unknown meet in a GROUP BY (where unknown equals unknown) and never in a join condition with OR.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlglot import exp

from dataport.access import Everything, Where, Within
from dataport.engine.aggregate import Aggregate
from dataport.engine.algebra import (
    Align,
    Dated,
    Derive,
    Filter,
    Group,
    Link,
    Node,
    Order,
    Plan,
    Project,
    SemiJoin,
    Shifted,
    Steps,
    UnionAll,
    Window,
)
from dataport.engine.blocks import (
    Parameters,
    aliased,
    all_of,
    any_of,
    case,
    cast,
    column,
    day_literal,
    given,
    identifier,
    is_known,
    listed,
    number,
    or_zero,
    read,
    select,
    stored,
    table_of,
    union,
)
from dataport.engine.keys import SortKey
from dataport.engine.lower_added_columns import ADDED_COLUMNS
from dataport.engine.lower_columns import derived, key_of
from dataport.engine.lower_conditions import member_of, test_of
from dataport.engine.lower_histograms import has_histogram, histogram
from dataport.engine.lower_movements import MOVEMENTS
from dataport.engine.lower_numbers import kept, quantile, summed
from dataport.engine.lower_records import RECORDS
from dataport.engine.lower_steps import steps
from dataport.engine.ordinals import first_day, not_before, ordinal_of
from dataport.engine.records import keyed
from dataport.engine.scan import Scan
from dataport.engine.times import AtInstant, During, Touching
from dataport.semantic.condition import AllOf
from dataport.semantic.names import hidden
from dataport.semantic.schema import ColumnType
from dataport.semantic.timeline import PERIOD

Query: TypeAlias = exp.Query

# The names of queries in a WITH, and of columns beside keys and measures.
_ALIGNED, _LEGS = (hidden(name, "") for name in ("aligned", "legs"))
_WAS_COUNTED = hidden("period", "was counted")


@dataclass(frozen=True, slots=True)
class Lowered:
    """The trees of a plan before they are sealed: the rows, and each total with the levels it spans."""

    rows: Query
    totals: tuple[tuple[tuple[str, ...], Query], ...]
    parameters: Mapping[str, Any]


def lower(plan: Plan) -> Lowered:
    """The trees of a plan."""
    parameters = Parameters()
    rows = _lower(plan.rows, parameters)
    totals = tuple((total.levels, _lower(total.plan, parameters)) for total in plan.totals)
    return Lowered(rows, totals, parameters.values)


def _lower(node: Node, parameters: Parameters) -> Query:
    """The query of one node; its parameters are added to `parameters`."""
    elsewhere = ADDED_COLUMNS.get(type(node)) or MOVEMENTS.get(type(node)) or RECORDS.get(type(node))
    if elsewhere:
        return elsewhere(node, lambda inner: _lower(inner, parameters), parameters)
    return _LOWER[type(node)](node, parameters)


def _scan(node: Scan, parameters: Parameters) -> Query:
    held, types = node.table.held, node.table.types
    instants = held.instants if held else {}
    columns = [read(name, held) if name in instants else kept(name, types.get(name)) for name in node.columns]
    return read_in_scope(node, columns, parameters)


def read_in_scope(node: Scan, columns: list[exp.Expr], parameters: Parameters) -> Query:
    """The only place where the table of a fact is named, behind its guard. `seal` checks that in the finished tree."""
    match node.scope:
        case Everything():
            limits = []
        case Within():
            limits = [_within(node.scope, node.table.types.get(node.scope.column), parameters)]
        case Where(condition):
            limits = [test_of(condition, parameters)]
    return select(columns, stored(node.table.name, node.table.held), where=limits)


def _within(scope: Within, kind: ColumnType | None, parameters: Parameters) -> exp.Expr:
    """A viewer's limit as an expression; an empty list is FALSE."""
    values = tuple(value for value in scope.values if kind is None or kind.holds(value))
    return member_of(column(scope.column), values, parameters) if values else exp.false()


def _filter(node: Filter, parameters: Parameters) -> Query:
    tests = [] if node.time is None else _time(node.time, parameters)
    if node.condition != AllOf(()):
        tests.append(test_of(node.condition, parameters))
    if node.among is not None:
        name, keys = node.among
        tests.append(keyed(column(name), keys, parameters))
    return select([exp.Star()], _nested(node.source, parameters), where=tests)


def _time(time_of: AtInstant | Touching | During, parameters: Parameters) -> list[exp.Expr]:
    match time_of:
        case AtInstant(validity, instant):
            first = last = instant
        case Touching(validity, first, last):
            pass
        case During(axis, since, until):
            ended = exp.LT(this=column(axis), expression=parameters.add(until))
            return [*([exp.GTE(this=column(axis), expression=parameters.add(since))] if since else []), ended]
    return [
        exp.LT(this=column(validity.start), expression=parameters.add(last)),
        exp.GTE(this=column(validity.end), expression=parameters.add(first)),
    ]


def _link(node: Link, parameters: Parameters) -> Query:
    owners, members = _nested(node.owners, parameters, "owner"), _nested(node.members, parameters, "member")
    start, end = (column(name, "owner") for name in (node.validity.start, node.validity.end))
    begins, ends = (column(name, "member") for name in (node.members_validity.start, node.members_validity.end))
    together = {
        node.validity.start: exp.Greatest(this=start, expressions=[begins], ignore_nulls=True),
        node.validity.end: exp.Least(this=end, expressions=[ends], ignore_nulls=True),
    }
    columns = [aliased(together.get(name, column(name, "owner")), name) for name in node.columns]
    meet = [
        exp.EQ(this=column(node.key, "owner"), expression=column(node.key, "member")),
        exp.LT(this=start.copy(), expression=ends.copy()),
        exp.LT(this=begins.copy(), expression=end.copy()),
    ]
    return select(columns, owners, joins=[exp.Join(this=members, on=all_of(meet))])


def _group(node: Group, parameters: Parameters) -> Query:
    keys = list(map(key_of, node.keys))
    if has_histogram(node):
        return histogram(node, keys, _nested(node.source, parameters), lambda one: _aggregate(one, parameters))
    measures = [aliased(_aggregate(one, parameters), one.name) for one in node.aggregates]
    if node.period is None:
        return select([*keys, *measures], _nested(node.source, parameters), group=len(keys))
    grain, first = node.period.grain, node.period.first
    period = ordinal_of(node.period.column, grain)
    keys.append(aliased(not_before(period, first, grain) if first else period, PERIOD))
    counted = select([*keys, *measures], _nested(node.source, parameters), group=len(keys))
    named = [column(key.name) for key in node.keys], [column(one.name) for one in node.aggregates]
    period = aliased(first_day(PERIOD, grain), PERIOD)
    return select([*named[0], period, *named[1]], counted.subquery("counted", copy=False))


def _steps(node: Steps, parameters: Parameters) -> Query:
    return steps(node, lambda inner: _lower(inner, parameters), lambda one: _aggregate(one, parameters), parameters)


def _dated(node: Dated, parameters: Parameters) -> Query:
    """The parts one below the other, each with its date."""
    return union(
        select([exp.Star(), aliased(day_literal(day), PERIOD)], _nested(part, parameters)) for day, part in node.parts
    )


def _union_all(node: UnionAll, parameters: Parameters) -> Query:
    return union(_lower(part, parameters) for part in node.parts)


def _shifted(node: Shifted, parameters: Parameters) -> Query:
    step = exp.Interval(this=exp.Literal.string(str(node.count)), unit=exp.Var(this=node.unit.upper()))
    later = cast(exp.Add(this=column(PERIOD), expression=step), "DATE")
    grouped = _measured_by(node.source)
    # after a lookup the period is one of the keys, and must not stay beside the later one
    keys = [key.name for key in grouped.keys if key.name != PERIOD]
    names = keys + [one.name for one in grouped.aggregates]
    return select([*map(column, names), aliased(later, PERIOD)], _nested(node.source, parameters))


def _align(node: Align, parameters: Parameters) -> Query:
    """Legs meet in one GROUP BY: unknown keys meet unknown keys, and what a leg does not have counts 0."""
    legs = union(_padded(leg, node, parameters) for leg in node.legs)
    sums = [aliased(or_zero(exp.Sum(this=column(name))), name) for name in node.measures]
    whole = select([*map(column, node.keys), *sums], table_of(_ALIGNED), group=len(node.keys))
    if node.periods:
        levels = [name for name in node.keys if name != PERIOD]
        filled = union([select([exp.Star()], table_of(_LEGS)), _grid(levels, node, parameters)])
        return given(whole, {_LEGS: legs, _ALIGNED: filled})
    # A cell in which no measure counted anything is left out, whichever indicators were asked for together.
    counted = [exp.NEQ(this=exp.Sum(this=column(name)), expression=exp.Literal.number(0)) for name in node.measures]
    if node.keys:
        whole.set("having", exp.Having(this=any_of(counted)))
    return given(whole, {_ALIGNED: legs})


def _padded(leg: Node, node: Align, parameters: Parameters) -> exp.Select:
    own = _measures_of(leg)
    columns = [column(name) if name in own else aliased(exp.Literal.number(0), name) for name in node.measures]
    return select([*map(column, node.keys), *columns], _nested(leg, parameters))


def _measures_of(leg: Node) -> frozenset[str]:
    return frozenset(one.name for one in _measured_by(leg).aggregates)


def _measured_by(leg: Node) -> Group | Steps:
    """The count that a leg ends with."""
    match leg:
        case Dated(parts):
            return _measured_by(parts[0][1])
        case Shifted(source):
            return _measured_by(source)
    assert isinstance(leg, Group | Steps)
    return leg


def _grid(levels: list[str], node: Align, parameters: Parameters) -> exp.Select:
    """A row of zeros for every combination of levels and period."""
    periods = listed(parameters.add(list(node.periods)))
    spine = select([aliased(periods, PERIOD)], None).subquery("spine", copy=False)
    zeros = [aliased(exp.Literal.number(0), name) for name in node.measures]
    cells = select(map(column, levels), table_of(_LEGS), distinct=True).subquery("cells", copy=False)
    crossed = [exp.Join(this=cells, kind="CROSS")] if levels else []
    return select([*map(column, levels), column(PERIOD), *zeros], spine, joins=crossed)


def _window(node: Window, parameters: Parameters) -> Query:
    def running(name: str) -> exp.Expr:
        return exp.Window(
            this=exp.Sum(this=column(name)),
            partition_by=[column(key) for key in node.keys],
            order=exp.Order(expressions=[exp.Ordered(this=column(PERIOD), nulls_first=False)]),
            spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        )

    columns = [aliased(running(name), name) for name in node.running]
    named = map(column, (*node.keys, PERIOD, *node.plain))
    summed = select([*named, *columns], _nested(node.source, parameters))
    return _counted_cells(summed, node) if node.keys else summed


def _counted_cells(summed: exp.Select, node: Window) -> exp.Select:
    """The cells in which something was counted in some period; the others are absent, as they are without a trend."""
    measures, zero = (*node.plain, *node.running), exp.Literal.number(0)
    counted = any_of([exp.NEQ(this=column(name), expression=zero.copy()) for name in measures])
    here = case((counted, number(1)), other=zero.copy())
    ever = exp.Window(this=exp.Max(this=here), partition_by=[column(key) for key in node.keys])
    marked = select([exp.Star(), aliased(ever, _WAS_COUNTED)], summed.subquery("summed", copy=False))
    was_counted = exp.GT(this=column(_WAS_COUNTED), expression=zero.copy())
    names = map(column, (*node.keys, PERIOD, *measures))
    return select(names, marked.subquery("marked", copy=False), where=[was_counted])


def _derive(node: Derive, parameters: Parameters) -> Query:
    columns = [aliased(derived(one), one.name) for one in node.columns]
    return select([*map(column, node.keys), *columns], _nested(node.source, parameters))


def _semi_join(node: SemiJoin, parameters: Parameters) -> Query:
    """Ranked rows differ in their keys, so the join finds one at most."""
    names = {name: hidden("first", name) for name in node.keys}
    keys = [aliased(column(name), alias) for name, alias in names.items()]
    every: list[exp.Expr] = [exp.Column(this=exp.Star(), table=identifier("source"))]
    if node.place:
        order = exp.Order(expressions=[term for key in node.ranked.by for term in _sort(key)])
        keys.append(aliased(exp.Window(this=exp.RowNumber(), order=order), node.place))
        every.append(column(node.place, "first"))
    ranked = select(keys, _nested(node.ranked, parameters, "ranked")).subquery("first", copy=False)
    alike = [
        exp.NullSafeEQ(this=column(name, "source"), expression=column(alias, "first")) for name, alias in names.items()
    ]
    return select(every, _nested(node.source, parameters), joins=[exp.Join(this=ranked, on=all_of(alike))])


def _ordered(node: Order, parameters: Parameters) -> Query:
    ordered = select([exp.Star()], _nested(node.source, parameters))
    if terms := [term for key in node.by for term in _sort(key)]:
        ordered.set("order", exp.Order(expressions=terms))
    if node.limit:
        ordered.set("limit", exp.Limit(expression=number(node.limit)))
    return ordered


def _sort(key: SortKey) -> list[exp.Ordered]:
    terms = [exp.Ordered(this=column(key.name), desc=key.descending, nulls_first=False)]
    if key.ranking:
        places = [(exp.Literal.string(member), number(place)) for place, member in enumerate(key.ranking)]
        rank = case(*places, of=column(key.name))
        terms.insert(0, exp.Ordered(this=rank, desc=key.descending, nulls_first=False))
    return terms


def _aggregate(one: Aggregate, parameters: Parameters) -> exp.Expr:
    own = [] if one.where == AllOf(()) else [test_of(one.where, parameters)]

    def filtered(call: exp.Expr, *more: exp.Expr) -> exp.Expr:
        tests = [*own, *more]
        return exp.Filter(this=call, expression=exp.Where(this=all_of(tests))) if tests else call

    what = exp.Star() if one.column is None else column(one.column)
    match one.function:
        case "count" if one.weight is not None:
            stands_for = filtered(exp.Sum(this=column(one.weight)), *([is_known(what)] if one.column else []))
            return cast(or_zero(stands_for), "BIGINT")
        case "count" if own and one.column is None:
            # many counts beside each other take less than half of what each with a filter of its own would
            return cast(or_zero(exp.CountIf(this=all_of(own))), "BIGINT")
        case "count":
            return filtered(exp.Count(this=what))
        case "count_distinct":
            return filtered(exp.Count(this=exp.Distinct(expressions=[what])))
        case "quantile":
            return quantile(what, one.quantile, one.reads, filtered)
        case "sum":
            is_flag = one.reads is not None and one.reads.kind == "boolean"
            return filtered(summed(cast(what, "INT") if is_flag else what, one.number))


def _project(node: Project, parameters: Parameters) -> Query:
    columns: list[exp.Expr] = list(map(key_of, node.columns))
    # where nothing but rows is counted no column is needed, but a SELECT must have one
    return select(columns or [number(1)], _nested(node.source, parameters))


def _nested(node: Node, parameters: Parameters, alias: str = "source") -> exp.Subquery:
    return _lower(node, parameters).subquery(alias, copy=False)


_LOWER: dict[type, Callable[[Any, Parameters], Query]] = {
    Scan: _scan,
    Filter: _filter,
    Link: _link,
    Project: _project,
    Dated: _dated,
    UnionAll: _union_all,
    Shifted: _shifted,
    Group: _group,
    Steps: _steps,
    Align: _align,
    Window: _window,
    Derive: _derive,
    SemiJoin: _semi_join,
    Order: _ordered,
}
