"""lower: from the algebra to a sqlglot tree, one function per node. No SQL text is put together; values are parameters.

Every construct means the same on other engines: a quotient is ``CAST(a AS DOUBLE) / NULLIF(b, 0)``, keys that may be
unknown meet in a GROUP BY (where unknown equals unknown) and never in a join condition with OR.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from sqlglot import exp

from dataport.access import Within
from dataport.engine.algebra import (
    Aggregate,
    Align,
    AtInstant,
    Column,
    Computed,
    Derive,
    Difference,
    During,
    Group,
    Keep,
    Link,
    Mark,
    Node,
    Order,
    Plan,
    Portion,
    Reach,
    Scan,
    Shown,
    SortKey,
    Steps,
    Touching,
    Window,
)
from dataport.semantic.arithmetic import Arithmetic, Constant, Minus, Of, Over, Plus, Times
from dataport.semantic.condition import AllOf, AnyOf, Between, Compare, Condition, IsUnknown, Not, OneOf
from dataport.semantic.timeline import PERIOD

# Longer lists of values are one list parameter: the statement stays small and the engine hashes them.
INLINE_MEMBERS = 50
_TYPES = {"integer": "BIGINT", "number": "DOUBLE"}
_ARITHMETIC: dict[type, type[exp.Binary]] = {Plus: exp.Add, Minus: exp.Sub, Times: exp.Mul}
_OPERATORS: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}

Query: TypeAlias = exp.Query


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
        return _parameter(name)


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
    return _LOWER[type(node)](node, parameters)


def _scan(node: Scan, parameters: Parameters) -> Query:
    """The guard: the only place where a fact is named. `seal` checks it again in the finished tree."""
    select = exp.select(*map(_column, node.columns)).from_(_table(node.fact.table))
    return select.where(_within(node.scope, parameters), copy=False) if isinstance(node.scope, Within) else select


def _within(scope: Within, parameters: Parameters) -> exp.Expr:
    """A viewer's limit as an expression; an empty list is FALSE."""
    return _member_of(_column(scope.column), scope.values, parameters) if scope.values else exp.false()


def _keep(node: Keep, parameters: Parameters) -> Query:
    select = exp.select("*").from_(_nested(node.source, parameters))
    tests = [] if node.time is None else _time(node.time, parameters)
    if node.condition != AllOf(()):
        tests.append(_test(node.condition, parameters))
    return select.where(*tests, copy=False) if tests else select


def _time(time_of: AtInstant | Touching | During, parameters: Parameters) -> list[exp.Expr]:
    match time_of:
        case AtInstant(validity, instant):
            first = last = instant
        case Touching(validity, first, last):
            pass
        case During(axis, first_day, last_day):
            end = datetime.combine(last_day + timedelta(days=1), time.min)
            ended = exp.LT(this=_column(axis), expression=parameters.add(end))
            if first_day is None:
                return [ended]
            start = datetime.combine(first_day, time.min)
            return [exp.GTE(this=_column(axis), expression=parameters.add(start)), ended]
    return [
        exp.LT(this=_column(validity.start), expression=parameters.add(last)),
        exp.GTE(this=_column(validity.end), expression=parameters.add(first)),
    ]


def _link(node: Link, parameters: Parameters) -> Query:
    owners, members = _nested(node.owners, parameters, "owner"), _nested(node.members, parameters, "member")
    start, end = node.validity.start, node.validity.end
    together = {
        start: exp.Greatest(this=_column(start, "owner"), expressions=[_column(start, "member")], ignore_nulls=True),
        end: exp.Least(this=_column(end, "owner"), expressions=[_column(end, "member")], ignore_nulls=True),
    }
    columns = [_as(together.get(name, _column(name, "owner")), name) for name in node.columns]
    meet = exp.and_(
        exp.EQ(this=_column(node.key, "owner"), expression=_column(node.key, "member")),
        exp.LT(this=_column(start, "owner"), expression=_column(end, "member")),
        exp.LT(this=_column(start, "member"), expression=_column(end, "owner")),
    )
    return exp.select(*columns).from_(owners).join(members, on=meet)


def _mark(node: Mark, parameters: Parameters) -> Query:
    """A join with the distinct keys of the members finds one at most, so no row is multiplied."""
    members = exp.select(_as(_column(node.key), "_key")).from_(_nested(node.members, parameters)).distinct()
    here = _as(_is_known(_column("_key", "marked")), node.name)
    select = exp.select(exp.Column(this=exp.Star(), table=_name("source")), here)
    on = exp.EQ(this=_column(node.key, "source"), expression=_column("_key", "marked"))
    source = _nested(node.source, parameters, "source")
    return select.from_(source).join(members.subquery("marked"), on=on, join_type="left")


def _group(node: Group, parameters: Parameters) -> Query:
    keys = [_as(_column(key.column), key.name) for key in node.keys]
    if node.period:
        period = _period(node.period.column, node.period.grain)
        if node.period.first:
            period = exp.Greatest(this=period, expressions=[_date(node.period.first)], ignore_nulls=True)
        keys.append(_as(period, PERIOD))
    select = exp.select(*keys, *(_as(_aggregate(one, parameters), one.name) for one in node.aggregates))
    return _grouped(select.from_(_nested(node.source, parameters)), len(keys))


def _steps(node: Steps, parameters: Parameters) -> Query:
    """One scan grouped by the periods in which rows open and close, then each side of it as steps."""
    opened = exp.Greatest(
        this=_period(node.validity.start, node.grain), expressions=[_date(node.first_period)], ignore_nulls=True
    )
    open_end = exp.GTE(this=_column(node.validity.end), expression=parameters.add(node.last_instant))
    closed = exp.Case().when(exp.Not(this=open_end), _period(node.validity.end, node.grain))
    names = [key.name for key in node.keys]
    counted = exp.select(
        *(_as(_column(key.column), key.name) for key in node.keys),
        _as(opened, "opened"),
        _as(closed, "closed"),
        *(_as(_aggregate(one, parameters), one.name) for one in node.aggregates),
    ).from_(_nested(node.source, parameters))
    counted = _grouped(counted, len(names) + 2)
    measures = [one.name for one in node.aggregates]
    up = exp.select(*map(_column, names), _as(_column("opened"), PERIOD), *map(_column, measures))
    down = exp.select(
        *map(_column, names),
        _as(_column("closed"), PERIOD),
        *(_as(exp.Neg(this=_column(name)), name) for name in measures),
    ).where(_is_known(_column("closed")))
    both = exp.union(up.from_("counted"), down.from_("counted"), distinct=False)
    return both.with_("counted", as_=counted)


def _reach(node: Reach, parameters: Parameters) -> Query:
    dimension = node.dimension
    members = exp.select(_as(_column(dimension.key), "_key"), _as(_column(node.column), "_member"))
    members = members.from_(_table(dimension.table))
    if dimension.validity:
        members = members.where(*_time(AtInstant(dimension.validity, node.instant), parameters))
    select = exp.select(
        exp.Column(this=exp.Star(), table=_name("source")), _as(_column("_member", "reached"), node.name)
    )
    on = exp.EQ(this=_column(node.base, "source"), expression=_column("_key", "reached"))
    source = _nested(node.source, parameters, "source")
    return select.from_(source).join(members.subquery("reached"), on=on, join_type="left")


def _align(node: Align, parameters: Parameters) -> Query:
    """Legs meet in one GROUP BY: unknown keys meet unknown keys, and what a leg does not have counts 0."""
    legs: Query = _padded(node.legs[0], node, parameters)
    for leg in node.legs[1:]:
        legs = exp.union(legs, _padded(leg, node, parameters), distinct=False)
    sums = [_as(_or_zero(exp.Sum(this=_column(name))), name) for name in node.measures]
    select = _grouped(exp.select(*map(_column, node.keys), *sums).from_("aligned"), len(node.keys))
    if node.periods:
        levels = [name for name in node.keys if name != PERIOD]
        filled = exp.union(exp.select("*").from_("legs"), _grid(levels, node), distinct=False)
        return select.with_("legs", as_=legs).with_("aligned", as_=filled)
    # A cell in which nothing was counted is absent, whichever indicators were asked for together.
    counted = [exp.NEQ(this=exp.Sum(this=_column(name)), expression=exp.Literal.number(0)) for name in node.measures]
    return (select.having(exp.or_(*counted)) if node.keys else select).with_("aligned", as_=legs)


def _padded(leg: Node, node: Align, parameters: Parameters) -> exp.Select:
    own = _measures_of(leg)
    columns = [_column(name) if name in own else _as(exp.Literal.number(0), name) for name in node.measures]
    return exp.select(*map(_column, node.keys), *columns).from_(_nested(leg, parameters))


def _measures_of(leg: Node) -> frozenset[str]:
    assert isinstance(leg, Group | Steps)
    return frozenset(one.name for one in leg.aggregates)


def _grid(levels: list[str], node: Align) -> exp.Select:
    """Nothing, for every combination of levels and period."""
    rows = [exp.Tuple(expressions=[_date(period)]) for period in node.periods]
    spine = exp.Values(expressions=rows, alias=exp.TableAlias(this=_name("spine"), columns=[_name(PERIOD)]))
    zeros = [_as(exp.Literal.number(0), name) for name in node.measures]
    select = exp.select(*map(_column, levels), _column(PERIOD), *zeros).from_(spine)
    if not levels:
        return select
    cells = exp.select(*map(_column, levels)).from_("legs").distinct()
    return select.join(cells.subquery("cells"), join_type="cross")


def _window(node: Window, parameters: Parameters) -> Query:
    def running(name: str) -> exp.Expr:
        return exp.Window(
            this=exp.Sum(this=_column(name)),
            partition_by=[_column(key) for key in node.keys],
            order=exp.Order(expressions=[exp.Ordered(this=_column(PERIOD), nulls_first=False)]),
            spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        )

    columns = [_as(running(name), name) for name in node.running]
    select = exp.select(*map(_column, (*node.keys, PERIOD, *node.plain)), *columns)
    summed = select.from_(_nested(node.source, parameters))
    return _counted_cells(summed, node) if node.keys else summed


def _counted_cells(summed: exp.Select, node: Window) -> exp.Select:
    """The cells in which something was counted in some period; the others are absent, as they are without a trend."""
    measures, zero = (*node.plain, *node.running), exp.Literal.number(0)
    counted = exp.or_(*(exp.NEQ(this=_column(name), expression=zero.copy()) for name in measures))
    here = exp.Case().when(counted, exp.Literal.number(1)).else_(zero.copy())
    ever = exp.Window(this=exp.Max(this=here), partition_by=[_column(key) for key in node.keys])
    marked = exp.select("*", _as(ever, "_counted")).from_(summed.subquery("summed"))
    found = exp.select(*map(_column, (*node.keys, PERIOD, *measures))).from_(marked.subquery("marked"))
    return found.where(exp.GT(this=_column("_counted"), expression=zero.copy()))


def _derive(node: Derive, parameters: Parameters) -> Query:
    columns = [_as(_derived(one), one.name) for one in node.columns]
    return exp.select(*map(_column, node.keys), *columns).from_(_nested(node.source, parameters))


def _derived(column: Column) -> exp.Expr:
    match column:
        case Difference(_, now, before):
            return exp.Sub(this=exp.Paren(this=_derived(now)), expression=exp.Paren(this=_derived(before)))
        case Computed(_, expression, kind, shown):
            return _where_shown(_cast(_reckoned(expression, kind), _TYPES[kind]), shown)
        case Portion(_, measure, alike, shown):
            whole = exp.Window(this=exp.Sum(this=_column(measure)), partition_by=[_column(key) for key in alike])
            return _where_shown(_cast(_quotient(_cast(_column(measure), "DOUBLE"), whole), "DOUBLE"), shown)
    value: exp.Expr = _cast(_column(column.measure), _TYPES[column.type])
    if column.support:
        present = exp.GT(this=_column(column.support), expression=exp.Literal.number(0))
        value = exp.Case().when(present, value)
    return _where_shown(value, column.shown)


def _reckoned(expression: Arithmetic, kind: str) -> exp.Expr:
    """Arithmetic on measures: in doubles, unless the result is a whole number by construction."""
    match expression:
        case Of(name):
            return _cast(_column(name), _TYPES[kind])
        case Constant(value):
            return _cast(exp.Literal.number(str(value)), _TYPES[kind])
        case Over(left, right):
            return _quotient(_reckoned(left, kind), _reckoned(right, kind))
        case Plus(left, right) | Minus(left, right) | Times(left, right):
            sides = {"this": _reckoned(left, kind), "expression": _reckoned(right, kind)}
            return exp.Paren(this=_ARITHMETIC[type(expression)](**sides))
    raise TypeError("an expression is made of names, numbers and four operators")


def _quotient(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    # the left side is a double already: a quotient makes its whole expression one
    over = exp.Nullif(this=right, expression=exp.Literal.number(0))
    return exp.Div(this=left, expression=over, typed=False)


def _where_shown(value: exp.Expr, shown: Shown) -> exp.Expr:
    if shown.never:
        return exp.Case().when(exp.false(), value)
    tests: list[exp.Expr] = []
    if shown.first:
        tests.append(exp.GTE(this=_column(PERIOD), expression=_date(shown.first)))
    if shown.last:
        tests.append(exp.LTE(this=_column(PERIOD), expression=_date(shown.last)))
    return exp.Case().when(exp.and_(*tests), value) if tests else value


def _ordered(node: Order, parameters: Parameters) -> Query:
    select = exp.select("*").from_(_nested(node.source, parameters))
    terms = [term for key in node.by for term in _sort(key)]
    select = select.order_by(*terms) if terms else select
    return select.limit(node.limit) if node.limit else select


def _sort(key: SortKey) -> list[exp.Ordered]:
    terms = [exp.Ordered(this=_column(key.name), desc=key.descending, nulls_first=False)]
    if key.ranking:
        rank = exp.Case(this=_column(key.name))
        for position, member in enumerate(key.ranking):
            rank = rank.when(exp.Literal.string(member), exp.Literal.number(position))
        terms.insert(0, exp.Ordered(this=rank, desc=key.descending, nulls_first=False))
    return terms


def _test(condition: Condition, parameters: Parameters) -> exp.Expr:
    """A condition as a two-valued expression, so that NOT and OR mean what they say when a value is unknown."""
    match condition:
        case AllOf(parts):
            return exp.and_(*(_test(part, parameters) for part in parts)) if parts else exp.true()
        case AnyOf(parts):
            return exp.or_(*(_test(part, parameters) for part in parts)) if parts else exp.false()
        case Not(IsUnknown(name)):
            return _is_known(_column(name))
        case Not(part):
            return exp.Not(this=exp.Paren(this=exp.Coalesce(this=_test(part, parameters), expressions=[exp.false()])))
        case IsUnknown(name):
            return exp.Is(this=_column(name), expression=exp.Null())
        case OneOf(name, values):
            return _member_of(_column(name), values, parameters)
        case Between(name, low, high):
            return exp.Between(this=_column(name), low=parameters.add(low), high=parameters.add(high))
        case Compare(name, "=", value):
            return exp.EQ(this=_column(name), expression=parameters.add(value))
        case Compare(name, "!=", value):
            return exp.NullSafeNEQ(this=_column(name), expression=parameters.add(value))
        case Compare(name, operator, value):
            return _OPERATORS[operator](this=_column(name), expression=parameters.add(value))


def _member_of(column: exp.Expr, values: tuple[Any, ...], parameters: Parameters) -> exp.Expr:
    if len(values) <= INLINE_MEMBERS:
        return exp.In(this=column, expressions=[parameters.add(value) for value in values])
    listed = exp.select(exp.Unnest(expressions=[parameters.add(list(values))]))
    return exp.In(this=column, query=listed.subquery())


def _aggregate(one: Aggregate, parameters: Parameters) -> exp.Expr:
    what = exp.Star() if one.column is None else _column(one.column)
    call: exp.Expr = exp.Count(this=what) if one.function == "count" else exp.Sum(this=what)
    if one.where == AllOf(()):
        return call
    return exp.Filter(this=call, expression=exp.Where(this=_test(one.where, parameters)))


def _grouped(select: exp.Select, keys: int) -> exp.Select:
    return select.group_by(*(exp.Literal.number(n + 1) for n in range(keys))) if keys else select


def _nested(node: Node, parameters: Parameters, alias: str = "source") -> exp.Subquery:
    return _lower(node, parameters).subquery(alias, copy=False)


def _period(column: str, grain: str) -> exp.Expr:
    return _cast(exp.TimestampTrunc(this=_column(column), unit=exp.Var(this=grain.upper())), "DATE")


def _table(name: str) -> exp.Table:
    return exp.Table(this=_name(name))


def _name(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def _column(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=_name(name), table=_name(table) if table else None)


def _parameter(name: str) -> exp.Parameter:
    return exp.Parameter(this=exp.Var(this=name))


def _as(expression: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=expression, alias=_name(name))


def _cast(expression: exp.Expr, kind: str) -> exp.Cast:
    return exp.Cast(this=expression, to=exp.DataType.build(kind))


def _date(day: date) -> exp.Cast:
    return _cast(exp.Literal.string(day.isoformat()), "DATE")


def _is_known(column: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=column, expression=exp.Null()))


def _or_zero(expression: exp.Expr) -> exp.Coalesce:
    return exp.Coalesce(this=expression, expressions=[exp.Literal.number(0)])


_LOWER: dict[type, Callable[[Any, Parameters], Query]] = {
    Scan: _scan,
    Keep: _keep,
    Link: _link,
    Mark: _mark,
    Group: _group,
    Steps: _steps,
    Reach: _reach,
    Align: _align,
    Window: _window,
    Derive: _derive,
    Order: _ordered,
}
