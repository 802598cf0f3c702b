"""A case of the suite as a request to Dataport, or what of it cannot be said.

``metric_time`` by days is a level that stands on each fact by its axis, so that an answer has the days on which
something is counted, as MetricFlow's has. By weeks and longer it is a trend, which shows every period that there is:
there the request filters by the number of rows behind each metric, which is asked for too and left out of the
comparison. A trend of more periods than one may have is asked in stretches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from bench.metricflow_suite.conditions import condition, names_in
from bench.metricflow_suite.levels import GRAINS, METRIC_TIME, OF_CALENDAR, SPINE, WITHIN_DAY, Levels, Named
from bench.metricflow_suite.manifests import Manifest, NotExpressible
from bench.metricflow_suite.metrics import Indicators, Leaf, Metric
from bench.metricflow_suite.periods import said, stretches, widened
from bench.metricflow_suite.queries import Query
from bench.metricflow_suite.rendering import filter_sql
from bench.metricflow_suite.tables import Tables

# Whose types the definitions state.
Types: TypeAlias = Literal["all", "levels", "none"]
KNOWN_FROM, KNOWN_UNTIL = datetime(1900, 1, 1), datetime(2041, 1, 1)
SPINE_SPAN = (date(2000, 1, 1), date(2040, 12, 31))
# What a trend may have, and what it may have where each of its dates is counted by itself.
MOST_PERIODS, MOST_DATES = 800, 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and which of its columns is which of the suite's.

    Attributes:
        periods: the stretches of dates that are asked one after another: a trend has a limit, and MetricFlow none.
        columns: a column of the expected answer to ours.
        keys: those of them that the answer is broken down by.
        definitions: the levels and indicators that it needs, by section.
        nothing_counts: columns of arithmetic over several sources, in which what is absent counts nothing for Dataport.
    """

    indicators: tuple[str, ...]
    words: Mapping[str, Any]
    periods: tuple[str, ...]
    columns: Mapping[str, str]
    keys: tuple[str, ...]
    definitions: Mapping[str, Mapping[str, Any]]
    nothing_counts: tuple[str, ...]
    in_order: bool


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One thing that a case groups by. ``is_axis``: the date along which everything in it is added up."""

    name: str
    named: Named
    is_axis: bool
    grain: str | None

    @property
    def column(self) -> str:
        """What the suite calls it."""
        return f"{self.named.whole}__{self.grain}" if self.grain else self.named.whole


def translated(query: Query, manifest: Manifest, tables: Tables, types: Types) -> Asked:
    """The request, with counts as counts; or as sums of ones where a count of nothing is nothing for MetricFlow."""
    asked = _Translation(query, manifest, tables, types, sums_ones=False)
    if asked.has_absent_cells:
        asked = _Translation(query, manifest, tables, types, sums_ones=True)
    return asked.asked()


class _Translation:
    """One case on its way: its measures first, then what they are broken down and filtered by, then its dates."""

    def __init__(self, query: Query, manifest: Manifest, tables: Tables, types: Types, sums_ones: bool) -> None:
        self._query, self._manifest, self._tables = query, manifest, tables
        self._levels = Levels(manifest, tables, types != "none")
        days = {one.whole for one in map(Named.of, query.group_bys) if one.grain in (None, "day")}
        self._indicators = Indicators(manifest, self._levels, types == "all", sums_ones, len(query.metrics) == 1, days)
        self._metrics: dict[str, Metric] = {name: self._indicators.metric(name) for name in query.metrics}
        self._leaves: tuple[Leaf, ...] = tuple(leaf for one in self._metrics.values() for leaf in one.leaves)
        self._models = tuple(dict.fromkeys(leaf.model for leaf in self._leaves)) or self._source()
        self._axes = {(leaf.model, leaf.axis) for leaf in self._leaves} or self._source_axes()
        self._by = [self._breakdown(name) for name in query.group_bys]
        longer = {one.grain for one in self._by if one.is_axis and one.grain in GRAINS[1:]}
        # a trend has one grain; several are asked of the calendar
        self._trends = longer if len(longer) == 1 else set()

    @property
    def has_absent_cells(self) -> bool:
        """Whether a cell of one measure may be there where another's is not."""
        return len({leaf.group for leaf in self._leaves}) > 1 or self._joins_spine

    @property
    def _joins_spine(self) -> bool:
        """Whether days without anything are shown: only where days are asked for."""
        return any(leaf.joins_spine for leaf in self._leaves) and any(one.is_axis for one in self._by)

    @property
    def _is_running(self) -> bool:
        return any(leaf.is_running for leaf in self._leaves)

    def asked(self) -> Asked:
        where = [self._filter(sql) for sql in (*self._indicators.pushed, *map(_of_case, self._query.filters))]
        found = {one.name: self._levels.level(self._plain(one), self._models) for one in self._by}
        is_changing = bool(self._levels.changing & self._levels.used.keys())
        grain = self._grain_of_trend(is_changing)
        found |= {one.name: "period" for one in self._by if one.is_axis and one.grain == grain}
        if self._joins_spine and not (grain and len(self._by) == 1):
            raise NotExpressible("rows for days on which nothing is counted, by something else too")
        rows = self._rows(grain)
        if grain and not self._joins_spine:
            where.append(" or ".join(f"{name} > 0" for name in rows))
        metrics = {name: one.indicator for name, one in self._metrics.items()}
        words = {
            "by": [name for name in found.values() if name != "period"],
            "where": where,
            "grain": grain,
            "geography": "as-was" if is_changing else "today",
            "order": [_ordered(term, found | metrics) for term in self._query.order_bys],
            "top": self._query.limit,
        }
        return Asked(
            indicators=tuple(dict.fromkeys((*metrics.values(), *rows))),
            words={name: value for name, value in words.items() if value is not None},
            periods=self._periods(grain, is_changing),
            columns={one.column: found[one.name] for one in self._by} | metrics,
            keys=tuple(one.column for one in self._by),
            definitions={"levels": self._levels.used, "indicators": self._indicators.used},
            nothing_counts=self._nothing_counts(),
            in_order=self._query.in_order,
        )

    def _nothing_counts(self) -> tuple[str, ...]:
        several = {name for name, one in self._metrics.items() if len({leaf.group for leaf in one.leaves}) > 1}
        return tuple(name for name, one in self._metrics.items() if one.adds_up and name in several)

    def _source(self) -> tuple[str, ...]:
        """The model whose rows are looked through where no metric is asked for."""
        filtered = [name for sql in map(_of_case, self._query.filters) for name in names_in(sql)]
        named = [Named.of(name) for name in (*self._query.group_bys, *filtered)]
        if all(one.whole == METRIC_TIME for one in named):
            return ()
        if any(one.whole == METRIC_TIME for one in named):
            raise NotExpressible("members and dates of which no row has both (a cross join)")
        for model in self._manifest.models.values():
            owned = [self._levels.own(one, model) for one in named if one.path or one.last in model.entities]
            if owned and all(owned) and len(owned) == len(named) and model.axes:
                return (model.name,)
        for model in self._manifest.models.values():
            if any(one.path == (model.primary_entity,) and model.primary_entity not in model.keys for one in named):
                return (model.name,)
        raise NotExpressible("members of two tables in a full join, without any measure")

    def _source_axes(self) -> set[tuple[str, str]]:
        return {(name, self._manifest.models[name].axes[0]) for name in self._models}

    def _breakdown(self, name: str) -> Breakdown:
        named = Named.of(name)
        models = [self._manifest.models[one] for one in self._models]
        is_axis = named.whole == METRIC_TIME or (
            len(models) == 1
            and named.path == (models[0].primary_entity,)
            and {(models[0].name, named.last)} == self._axes
        )
        grain = named.grain
        if is_axis and not grain:
            stated = [one.grain for one in self._metrics.values()]
            own = [self._manifest.models[model].dimensions[axis].grain for model, axis in self._axes]
            grain = max(stated or own or ["day"], key=_rank)
        elif not is_axis:
            grain = grain or self._time_grain(named)
        if grain in WITHIN_DAY:
            raise NotExpressible("a time within the day")
        return Breakdown(name, named, is_axis, grain)

    def _time_grain(self, named: Named) -> str | None:
        """The grain of a date that is no axis; None for what is no date."""
        for model in self._manifest.models.values():
            own = named.path and named.path[-1] in (model.primary_entity, *model.keys)
            if own and named.last in model.dimensions and model.dimensions[named.last].is_time:
                return model.dimensions[named.last].grain
        return None

    def _plain(self, one: Breakdown) -> Named:
        """Without its grain where that is a day, or what a trend is by; the calendar knows of the others."""
        is_trend = one.is_axis and one.grain in self._trends
        return Named(one.named.path, one.named.last, one.grain if one.grain in OF_CALENDAR and not is_trend else None)

    def _grain_of_trend(self, is_changing: bool) -> str | None:
        """The grain by which periods are asked for; None if dates are levels like any other, or none are asked for."""
        grains = {one.grain for one in self._by if one.is_axis}
        needs_dates = self._is_running or is_changing or self._joins_spine
        if grains - set(GRAINS) and (self._is_running or self._joins_spine):
            raise NotExpressible("numbers to date, or days without anything, by a calendar of one's own")
        found = self._trends | (grains & {"day"} if needs_dates else set())
        if needs_dates and (len(found) > 1 or len(grains) > 1):
            raise NotExpressible("numbers to date, or days without anything, by two grains of one date")
        if is_changing and found != {"day"}:
            raise NotExpressible("what a row's key led to on the row's own date, over many days")
        if self._is_running and found - {"day"}:
            raise NotExpressible("a number to date by weeks or longer (MetricFlow takes the first day's unless told)")
        return found.pop() if found else None

    def _filter(self, sql: str) -> str:
        def level(name: str) -> tuple[str, str]:
            named = Named.of(name)
            if named.grain in WITHIN_DAY:
                raise NotExpressible("a time within the day")
            found = self._levels.level(named, self._models)
            return found, self._levels.type_of(found)

        dates = {METRIC_TIME, *(f"{self._manifest.models[model].primary_entity}__{axis}" for model, axis in self._axes)}
        if {Named.of(name).whole for name in names_in(sql)} & dates and (self._is_running or self._joins_spine):
            raise NotExpressible("a filter on dates after something was counted over others")
        return condition(sql, level)

    def _rows(self, grain: str | None) -> tuple[str, ...]:
        """The numbers of rows to ask for beside the metrics."""
        if not self._metrics:
            model, axis = next(iter(self._axes), (SPINE, "ds"))
            fact = self._levels.fact(self._manifest.models[model], axis) if model != SPINE else SPINE
            return (self._indicators.rows_of(fact, axis),)
        needed = [leaf.rows for leaf in self._leaves if leaf.is_conditional or (grain and not self._joins_spine)]
        return tuple(dict.fromkeys(needed))

    def _periods(self, grain: str | None, is_changing: bool) -> tuple[str, ...]:
        if self._query.time_constraint:
            grains = [grain or "day", *(one.grain for one in self._metrics.values())]
            span = widened(self._query.time_constraint, max(grains, key=_rank))
        elif grain:
            is_endless = self._joins_spine or self._is_running or not self._axes
            span = widened(SPINE_SPAN if is_endless else self._span(), grain)
        else:
            span = (KNOWN_FROM.date(), SPINE_SPAN[1])
        found = stretches(span, grain, MOST_DATES if is_changing else MOST_PERIODS) if grain else [span]
        if len(found) > 1 and (self._query.limit or self._query.in_order):
            raise NotExpressible("the first rows of a trend that has to be asked in stretches")
        return tuple(map(said, found))

    def _span(self) -> tuple[date, date]:
        models = self._manifest.models
        spans = [
            self._tables.span(models[name].table, models[name].dimensions[axis].column) for name, axis in self._axes
        ]
        return min(first for first, _ in spans), max(last for _, last in spans)


def _of_case(template: str) -> str:
    return filter_sql(template, True)


def _rank(grain: str) -> int:
    return GRAINS.index(grain) if grain in GRAINS else -1


def _ordered(term: str, columns: Mapping[str, str]) -> str:
    name = term.removeprefix("-")
    column = columns.get(name) or columns[name.rpartition("__")[0]]
    return f"{column}:desc" if term.startswith("-") else column
