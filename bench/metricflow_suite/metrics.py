"""MetricFlow's metrics as indicators: measures at the leaves, and arithmetic of them flattened to one expression."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp

from bench.metricflow_suite.conditions import condition, names_in
from bench.metricflow_suite.levels import METRIC_TIME, Levels, Named
from bench.metricflow_suite.manifests import Manifest, Measure, NotExpressible
from bench.metricflow_suite.rendering import filter_sql
from bench.metricflow_suite.tables import column_of

_ORDERED = {"median": 0.5, "min": 0.0, "max": 1.0}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A measure with its filters, as one indicator.

    Attributes:
        rows: the indicator that counts the rows behind it, whatever it counts of them.
        group: what it shares with measures whose cells are there whenever its own are.
    """

    name: str
    model: str
    axis: str
    rows: str
    group: tuple[str, ...]
    is_running: bool
    is_ordered: bool
    is_conditional: bool
    joins_spine: bool


@dataclass(frozen=True, slots=True)
class Metric:
    """What to ask for a metric. ``adds_up``: there is a sum, a difference or a product in it."""

    indicator: str
    leaves: tuple[Leaf, ...]
    adds_up: bool
    grain: str


@dataclass(slots=True)
class Indicators:
    """The indicators that requests need. ``pushed`` are filters that definitions cannot hold, for the request to say.

    Attributes:
        days: the dates that are grouped by, day by day.
        sums_ones: whether a count is the sum of a column of ones, which over nothing is nothing, as in MetricFlow.
    """

    manifest: Manifest
    levels: Levels
    is_stated: bool
    sums_ones: bool
    may_push: bool
    days: set[str]
    used: dict[str, dict[str, Any]] = field(default_factory=dict)
    pushed: list[str] = field(default_factory=list)

    def metric(self, name: str) -> Metric:
        text, leaves = self._expression(name, (), True)
        distinct = tuple({leaf.name: leaf for leaf in leaves}.values())
        grain = self._grain(name, distinct)
        if text in {leaf.name for leaf in distinct}:
            return Metric(text, distinct, False, grain)
        if any(leaf.is_ordered for leaf in distinct):
            raise NotExpressible("arithmetic of a median, a quantile, a smallest or a largest")
        called = f"{name}__{_digest(text)}"
        self._add(called, {"derived": text}, "number")
        return Metric(called, distinct, any(mark in text for mark in "+-*"), grain)

    def _grain(self, name: str, leaves: tuple[Leaf, ...]) -> str:
        """The grain that metric_time has where none is asked for."""
        stated = self.manifest.metrics[name].get("time_granularity")
        grains = [self.manifest.models[one.model].dimensions[one.axis].grain for one in leaves]
        return stated or ("month" if "month" in grains else "day")

    def _expression(self, name: str, filters: tuple[str, ...], is_top: bool) -> tuple[str, list[Leaf]]:
        body = self.manifest.metrics.get(name)
        if body is None:
            raise NotExpressible(f"a metric that the manifest does not have ({name})")
        parameters = body["type_params"]
        filters = (*filters, *_filters(body))
        match body["type"]:
            case "simple":
                leaf = self._leaf(parameters["measure"], filters, False, is_top)
                return leaf.name, [leaf]
            case "cumulative":
                return self._cumulative(parameters, filters, is_top)
            case "ratio":
                parts = [self._input(parameters[side], filters) for side in ("numerator", "denominator")]
                return f"({parts[0][0]}) / ({parts[1][0]})", [*parts[0][1], *parts[1][1]]
            case "derived":
                inputs = {one.get("alias", one["name"]): self._input(one, filters) for one in parameters["metrics"]}
                text = _arithmetic(sqlglot.parse_one(parameters["expr"], dialect="duckdb"), inputs)
                return text, [leaf for _, leaves in inputs.values() for leaf in leaves]
            case kind:
                words = {"conversion": "conversions, each attributed to the last event before it"}
                raise NotExpressible(words.get(kind, kind))

    def _input(self, body: Any, filters: tuple[str, ...]) -> tuple[str, list[Leaf]]:
        given = {"name": body} if isinstance(body, str) else body
        if given.get("offset_window") or given.get("offset_to_grain"):
            raise NotExpressible("a metric at another date of the same answer (offset)")
        return self._expression(given["name"], (*filters, *_filters(given)), False)

    def _cumulative(
        self, parameters: Mapping[str, Any], filters: tuple[str, ...], is_top: bool
    ) -> tuple[str, list[Leaf]]:
        options = {**parameters, **parameters.get("cumulative_type_params", {})}
        if options.get("window"):
            raise NotExpressible("a number over a window that moves")
        if options.get("grain_to_date"):
            raise NotExpressible("a number from the beginning of its month or year")
        leaf = self._leaf(parameters["measure"], filters, True, is_top)
        return leaf.name, [leaf]

    def _leaf(self, given: Any, filters: tuple[str, ...], is_running: bool, is_top: bool) -> Leaf:
        options = {"name": given} if isinstance(given, str) else given
        measure = self.manifest.measure(options["name"])
        axis = f"{self.manifest.models[measure.model].primary_entity}__{measure.axis}"
        # the first, or the last, day of each day is that day
        if measure.is_semi_additive and not self.days & {METRIC_TIME, axis}:
            raise NotExpressible("a measure that is not added up over time (semi-additive)")
        held = [self._held(one, measure, is_top) for one in (*filters, *_filters(options))]
        where = " and ".join(f"({one})" for one in dict.fromkeys(held) if one)
        joins = bool(options.get("join_to_timespine"))
        fills = options.get("fill_nulls_with") == 0
        body, condition_of_it, called = self._body(measure, self.sums_ones and not fills)
        fact = self.levels.fact(self.manifest.models[measure.model], measure.axis)
        ending = ("__to_date" if is_running else "") + (f"__where_{_digest(where)}" if where else "")
        own = " and ".join(filter(None, [where, condition_of_it]))
        kind = "cumulative" if is_running else "flow"
        if is_running and body.get("aggregate", "count") not in ("count", "sum"):
            raise NotExpressible("distinct members, or an order of values, to date")
        counted = {"fact": fact, "axis": measure.axis}
        stated = "number" if self._is_fraction(measure, body) else "integer"
        self._add(called + ending, {kind: counted | body | ({"where": own} if own else {})}, stated)
        self._add(f"{fact}__rows{ending}", {kind: counted | ({"where": where} if where else {})}, "integer")
        return Leaf(
            name=called + ending,
            model=measure.model,
            axis=measure.axis,
            rows=f"{fact}__rows{ending}",
            group=(fact, kind, where),
            is_running=is_running,
            is_ordered=body.get("aggregate") in ("median", "quantile"),
            is_conditional=bool(condition_of_it),
            joins_spine=joins,
        )

    def _body(self, measure: Measure, sums_ones: bool) -> tuple[dict[str, Any], str, str]:
        """What an indicator says of a measure; a condition that is the measure's own; and its name."""
        name, column = measure.name, column_of(measure)
        model = self.manifest.models[measure.model]
        match measure.aggregate:
            case "sum" if measure.expression == "1" and not sums_ones:
                return {}, "", name
            case "sum":
                return {"aggregate": "sum", "column": column}, "", f"{name}__summed" if sums_ones else name
            case "count" if measure.expression == "1":
                return {}, "", name
            case "count":
                return {}, f"not {self.levels.column(model, column)} is unknown", name
            case "sum_boolean" if not sums_ones:
                return {}, f"{self.levels.column(model, measure.expression)} = true", name
            case "sum_boolean":
                return {"aggregate": "sum", "column": column}, "", f"{name}__summed"
            case "count_distinct" | "average":
                return {"aggregate": measure.aggregate, "column": column}, "", name
            case "median" | "min" | "max" | "percentile":
                return {"aggregate": "quantile", "column": column, "quantile": _portion(measure)}, "", name
        raise NotExpressible(f"the aggregate {measure.aggregate}")

    def _is_fraction(self, measure: Measure, body: Mapping[str, Any]) -> bool:
        """Whether it is no whole number: what an average or a quantile is, and a sum of a column of fractions."""
        if body.get("aggregate") != "sum":
            return body.get("aggregate") in ("average", "quantile")
        table = self.manifest.models[measure.model].table
        column = body.get("column")
        return column is not None and self.levels.tables.columns.get((table, column)) == "DOUBLE"

    def _held(self, template: str, measure: Measure, is_top: bool) -> str:
        """A filter as a definition's condition; empty if the request has to say it."""
        model, sql = self.manifest.models[measure.model], filter_sql(template, False)
        names = {name: Named.of(name) for name in names_in(sql)}
        if any(one.whole == METRIC_TIME for one in names.values()):
            raise NotExpressible("a filter on dates inside a definition")
        found = {name: self.levels.own(one, model) for name, one in names.items()}
        if all(found.values()):
            return condition(sql, lambda name: (str(found[name]), self.levels.type_of(str(found[name]))))
        if not is_top or not self.may_push:
            raise NotExpressible("a filter on a joined dimension inside a definition")
        self.pushed.append(sql)
        return ""

    def rows_of(self, fact: str, axis: str) -> str:
        """The indicator that counts a fact's rows."""
        return self._add(f"{fact}__rows", {"flow": {"fact": fact, "axis": axis}}, "integer")

    def _add(self, name: str, body: Mapping[str, Any], kind: str) -> str:
        stated = {"type": kind} if self.is_stated else {}
        self.used[name] = {"label": name, "description": name, "unit": "1", "tier": "T0", **stated, **body}
        return name


def _portion(measure: Measure) -> float:
    if measure.options.get("use_approximate_percentile"):
        raise NotExpressible("an approximate quantile")
    if measure.options.get("use_discrete_percentile"):
        raise NotExpressible("a discrete quantile")
    return _ORDERED.get(measure.aggregate) if measure.aggregate in _ORDERED else float(measure.options["percentile"])  # type: ignore[return-value]


def _filters(body: Mapping[str, Any]) -> tuple[str, ...]:
    given = body.get("filter")
    return (given,) if isinstance(given, str) else tuple(given or ())


def _arithmetic(node: exp.Expr, inputs: Mapping[str, tuple[str, list[Leaf]]]) -> str:
    """An expression of SQL in the language of derived indicators, in which nothing is divided by 0 anyway."""
    match node:
        case exp.Column():
            text = inputs[node.name][0]
            return text if text.isidentifier() else f"({text})"
        case exp.Literal() if not node.is_string:
            return node.name
        case exp.Paren():
            return f"({_arithmetic(node.this, inputs)})"
        case exp.Nullif() if isinstance(node.expression, exp.Literal) and node.expression.name == "0":
            return _arithmetic(node.this, inputs)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            mark = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}[type(node)]
            return f"{_arithmetic(node.this, inputs)} {mark} {_arithmetic(node.expression, inputs)}"
    raise NotExpressible(f"an expression with {type(node).__name__} in it")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
