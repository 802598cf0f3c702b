"""leg: one fact counted on one set of dates, by one scan, for all indicators that share them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from dataport.access import ScopedQuestion
from dataport.engine.added_columns import is_limited
from dataport.engine.aggregate import Aggregate, are_by_value
from dataport.engine.algebra import (
    Dated,
    Filter,
    Group,
    Node,
    Project,
    Shifted,
    Steps,
    TopAndOthers,
    UnionAll,
)
from dataport.engine.keys import Key, PeriodKey
from dataport.engine.reading import Reading, distinct
from dataport.engine.registrations import counts_once, identity_of, rows_of
from dataport.engine.scan import Scan, Table
from dataport.engine.served import Served, Wanted, served
from dataport.engine.times import AtInstant
from dataport.errors import WrongRequest
from dataport.semantic.condition import ALWAYS, NEVER, Compare, Condition, both, levels_of, renamed
from dataport.semantic.earlier import step_back
from dataport.semantic.formula import Measure, Simple, known_of, support_of
from dataport.semantic.model import Leaf
from dataport.semantic.names import hidden
from dataport.semantic.question import Side, flag_of_others
from dataport.semantic.rollup import Rollup
from dataport.semantic.timeline import MAX_DATES, PERIOD, Period

# What the names of a fact's columns begin with where they stand beside levels, which may be called like any of them.
_OF_FACT = hidden("fact", "")
# How many rows that are alike were put together.
_ALIKE = hidden("alike", "")


@dataclass(frozen=True, slots=True)
class CountedLeaf:
    """A leaf as one aggregate, and whether it is counted member by member."""

    leaf: Leaf
    composed: bool

    @property
    def formula(self) -> Simple:
        return self.leaf.formula

    @property
    def measure(self) -> Measure:
        return self.leaf.measure

    def leg(self, is_trend: bool) -> tuple[object, ...]:
        """A value that is equal for leaves which share a scan. In a trend, those that do not add up are kept apart."""
        composition = self.measure.composition if self.composed else None
        by_itself = is_trend and not self.measure.is_additive
        return self.measure.fact, self.formula.kind, self.formula.axis, composition, self.formula.matures, by_itself


def legs_of(scoped: ScopedQuestion, side: Side) -> list[tuple[CountedLeaf, ...]]:
    """The leaves counted on some dates, put together by the scan that counts them."""
    legs: dict[tuple[object, ...], list[CountedLeaf]] = {}
    for leaf in scoped.question.counted_on(side):
        composition = leaf.measure.composition
        composed = composition is not None and is_limited(scoped, leaf.measure.fact, composition)
        counted = CountedLeaf(leaf, composed)
        legs.setdefault(counted.leg(bool(side.line.grain)), []).append(counted)
    return [tuple(leaves) for leaves in legs.values()]


class Leg:
    """One scan: leaves that share a fact, a kind and a time."""

    def __init__(
        self, scoped: ScopedQuestion, leaves: tuple[CountedLeaf, ...], side: Side, ranked: Node | None, rollups: bool
    ) -> None:
        self._scoped, self._leaves, self._side, self._ranked = scoped, leaves, side, ranked
        self._question, self._catalog = scoped.question, scoped.question.catalog
        first = leaves[0]
        self._line = self._question.line_of(first.formula, side.line)
        self._fact = self._catalog.facts[first.measure.fact]
        self._kind, self._axis, self._composed = first.formula.kind, first.formula.axis, first.composed
        self._reading = Reading(scoped, self._fact, [leaf.formula for leaf in leaves], self._line)
        self._added, self._roots = self._reading.added, self._reading.roots
        self._on_rows = any(not leaf.measure.is_additive for leaf in leaves)
        self._rollups = rollups
        self._served = self._served_by() if rollups else None
        self._is_dated = bool(self._line.grain) and self._needs_dates()
        self._aggregates = self._measured()
        self.is_running = self._kind in ("stock", "cumulative") and not self._is_dated
        self.measures = tuple(one.name for one in self._aggregates)

    def node(self) -> Node:
        """The leg as rows with the levels asked for, the period of a trend, and one column per measure."""
        if self._is_dated:
            # under the question's own periods, whichever dates they are counted on
            pairs = zip(self._line.periods, self._question.timeline.periods, strict=True)
            return Dated(tuple((asked.first, self._at(own)) for own, asked in pairs if own.closes_at))
        counted = self._counted()
        if self._side.since and self._line.grain:
            return Shifted(counted, *step_back(self._line.grain, self._side.since))
        return counted

    def _at(self, period: Period) -> Node:
        """The same count for one period of a trend, as a question about that period alone."""
        side = replace(self._side, line=self._line.at(period))
        return Leg(self._scoped, self._leaves, side, self._ranked, self._rollups).node()

    def _needs_dates(self) -> bool:
        """Whether each date must be counted by itself, because steps cannot lead from one date to the next."""
        as_was = self._question.geography == "as-was" and self._reading.has_changing_places
        of_a_day = (
            self._added.is_of_a_day
            or self._kind == "average"
            or (self._on_rows and self._kind in ("stock", "cumulative"))
        )
        if not (as_was or of_a_day or self._is_of_versions):
            return False
        if len(self._line.known) > MAX_DATES:
            names = ", ".join(leaf.leaf.name for leaf in self._leaves)
            raise WrongRequest(
                f"{names} must be counted date by date here, for {MAX_DATES} dates at most; this trend has "
                f"{len(self._line.known)}. Choose a coarser grain or less time."
            )
        return True

    @property
    def _is_of_versions(self) -> bool:
        """Whether it counts by a date of what has a validity too, so that a row may be one of several of a unit."""
        return self._kind in ("flow", "cumulative") and self._fact.validity is not None

    def _served_by(self) -> Served | None:
        """The smallest rollup that has all that this leg needs; None where there is none."""
        if self._kind != "stock" or self._composed or self._added.is_any or counts_once(self._scoped, self._fact):
            return None
        # the guard gives no scope to a rollup without a column by which its fact is narrowed
        named = (one for one in self._catalog.rollups.values() if one.name in self._scoped.scopes)
        rollups = [one for one in named if one.of == self._fact.name]
        if not rollups:
            return None
        columns = frozenset(map(self._added.column, self._roots))
        measures = tuple((leaf.measure, self._reading.own(leaf.formula)) for leaf in self._leaves)
        return served(rollups, Wanted(columns, self._added.bound(self._reading.direct), measures))

    def _measured(self) -> tuple[Aggregate, ...]:
        if self._served:
            return tuple(self._from_the_rollup(self._served))
        found: list[Aggregate] = []
        for leaf in self._leaves:
            where = self._reading.own(leaf.formula)
            if leaf.formula.attains and self._line.span:
                where = both(where, Compare(self._added.attained(leaf.formula.attains), "=", True))
            found += self._aggregates_of(leaf, leaf.leaf.name, where)
        return tuple(replace(one, name=one.name + self._side.suffix) for one in found)

    def _from_the_rollup(self, by: Served) -> Iterator[Aggregate]:
        """Sums of steps. What it adds up is never unknown, so that as many values are known as there are rows."""
        for leaf, (column, where) in zip(self._leaves, by.columns, strict=True):
            name, count = leaf.leaf.name, by.rollup.count
            yield Aggregate(name + self._side.suffix, "sum", column, where)
            if leaf.measure.aggregate == "sum":
                for behind in (support_of(name), known_of(name)):
                    yield Aggregate(behind + self._side.suffix, "sum", count, where)

    def _aggregates_of(self, leaf: CountedLeaf, name: str, where: Condition) -> list[Aggregate]:
        measure = leaf.measure
        if self._kind == "average" and self._line.span:
            return [Aggregate(name, "sum", self._added.overlap, where)]
        if measure.aggregate == "count" or self._composed:
            return [Aggregate(name, "count", None, where)]
        column = self._added.column(measure.of) if measure.of else self._column_of(measure)
        if measure.aggregate == "count_distinct":
            return [Aggregate(name, "count_distinct", column, where)]
        behind = [Aggregate(support_of(name), "count", None, where), Aggregate(known_of(name), "count", column, where)]
        if measure.aggregate in ("median", "quantile"):
            few = self._has_few_values(measure)
            one = Aggregate(name, "quantile", column, where, measure.quantile, measure.reads, measure.number, few)
            return [one, *behind]
        return [Aggregate(name, "sum", column, where, reads=measure.reads, number=measure.number), *behind]

    def _has_few_values(self, measure: Measure) -> bool:
        """Whether it is about ages or sizes: in a home, what ends in `_count`. Of other files less is known."""
        if measure.of:
            level = self._catalog.levels[measure.of]
            return bool(level.computed or level.composed_of)
        return measure.reads is None and (measure.column or "").endswith("_count")

    def _column_of(self, measure: Measure) -> str | None:
        """The column of a measure: persons are told apart by their registration where they may have several records."""
        identity = identity_of(self._scoped, self._fact)
        return identity.registration if identity and measure.column == identity.record else measure.column

    def _counted(self) -> Node:
        names = [*self._question.keys, *([PERIOD] if self._line.grain else [])]
        if self._on_rows:
            return self._counted_on_rows(names)
        grouped = self.grouped()
        reached = self._topped(self._kept(self._reached(grouped)))
        if reached is grouped:
            return grouped
        sums = tuple(Aggregate(name, "sum", name, ALWAYS) for name in self.measures)
        return Group(reached, tuple(map(self._shown, names)), sums)

    def _counted_on_rows(self, names: list[str]) -> Node:
        """What cannot be added up from parts: levels are reached first, and rows are counted once, at the end."""
        columns = [one.column for one in self._aggregates if one.column]
        columns += [name for one in self._aggregates for name in levels_of(one.where)]
        axis = self._fact.axes[self._axis] if self._axis and self._line.grain else None
        columns += [axis] if axis else []
        keys = tuple(map(self._added.key, self._roots))
        named = Project(self._source(), (*keys, *(Key(_OF_FACT + name, name) for name in distinct(columns))))
        shown = tuple(self._shown(name) for name in names if name != PERIOD)
        aggregates = tuple(map(_beside_levels, self._aggregates))
        reached = self._topped(self._kept(self._reached(named)))
        if axis and self._line.grain:
            return Group(reached, shown, aggregates, PeriodKey(_OF_FACT + axis, self._line.grain))
        if reached is named or not are_by_value(aggregates) or any(one.function == "sum" for one in aggregates):
            return Group(reached, shown, aggregates)
        reached = self._topped(self._kept(self._reached(_put_together(named))))
        return Group(reached, shown, tuple(replace(one, weight=_ALIKE) for one in aggregates))

    def _kept(self, node: Node) -> Node:
        return Filter(node, self._reading.residual) if self._reading.residual != ALWAYS else node

    def _topped(self, node: Node) -> Node:
        """The first breakdown with all but its first members put together."""
        if self._ranked is None:
            return node
        name = self._question.by[0].name
        return TopAndOthers(node, self._shown_as(name), flag_of_others(name), name, self._ranked)

    def _shown(self, name: str) -> Key:
        """A key of the answer; of a level of dates its day, because what is looked up may hold instants too."""
        level = self._catalog.levels.get(name)
        return Key(name, self._shown_as(name), level is not None and level.type == "date")

    def _shown_as(self, name: str) -> str:
        return hidden(name, "or other") if self._ranked is not None and name == self._question.by[0].name else name

    def grouped(self) -> Node:
        """The count by the levels that stand on the rows, before any other level is reached from them."""
        line = self._line
        keys = tuple(map(self._added.key, self._roots))
        source = self._source()
        if self._kind == "stock" and line.grain and not self._served:
            assert self._fact.validity
            last = line.known[-1].closes_at
            assert last
            first = line.known[0].first
            return Steps(source, keys, self._aggregates, self._fact.validity, line.grain, first, last)
        since = line.known[0].first if line.grain and self.is_running else None
        axis = self._served.rollup.day if self._served else self._fact.axes[self._axis or ""] if line.grain else ""
        return Group(source, keys, self._aggregates, PeriodKey(axis, line.grain, since) if line.grain else None)

    def _source(self) -> Node:
        # A flow outside history counts nothing here, not even a cell, and is shown as unknown by Derive.
        is_known = self._kind in ("stock", "cumulative") or self._line.span is not None
        condition = self._added.bound(self._reading.direct) if is_known else NEVER
        if self._served:
            return self._steps_of(self._served.rollup, self._served.direct)
        scan = self._scan()
        time = self._added.time(self._fact, self._kind, self._axis)
        if self._is_of_versions:
            # as was known at the end of the period: what was recorded of one thing before and after would count twice
            assert self._fact.validity
            scan = Filter(scan, ALWAYS, AtInstant(self._fact.validity, self._line.closes_at))
        if self._added.is_any and is_known:
            kept: Node = Filter(self._added.added(Filter(scan, ALWAYS, time)), condition)
        else:
            kept = Filter(scan, condition, time)
        if not self._composed:
            return kept
        columns = (*self._columns(), *self._added.added_names)
        return self._added.members_of(kept, self._leaves[0].measure.composition, columns)

    def _scan(self) -> Node:
        return rows_of(self._scoped, self._fact, self._columns())

    def _steps_of(self, rollup: Rollup, condition: Condition) -> Node:
        """The steps up to the last day: of whole months together, and of the days after them."""
        last, during = self._line.as_of, self._added.during
        after = (last + timedelta(days=1)).replace(day=1)
        if self._line.grain in ("day", "week"):
            return Filter(self._scan_of(rollup, rollup.table), condition, during(rollup.day, None, last))
        months = during(rollup.day, None, after - timedelta(days=1))
        whole = Filter(self._scan_of(rollup, rollup.monthly), condition, months)
        if after > last:
            return whole
        days = Filter(self._scan_of(rollup, rollup.table), condition, during(rollup.day, after, last))
        return UnionAll((whole, days), "whole months from the one, the days after them from the other")

    def _scan_of(self, rollup: Rollup, table: str) -> Node:
        assert self._served
        columns = [*map(self._added.column, self._roots), *levels_of(self._served.direct)]
        columns += [name for one in self._aggregates for name in levels_of(one.where)]
        columns += [rollup.day, *(one.column for one in self._aggregates if one.column)]
        place = Table(table, rollup.held.get(table))
        return Scan(place, self._fact, self._scoped.scopes[rollup.name], distinct(columns), rollup)

    def _columns(self) -> tuple[str, ...]:
        columns = self._reading.columns()
        columns += self._added.links
        measured = [self._column_of(leaf.measure) for leaf in self._leaves]
        columns += [name for name in measured if name]
        columns += [self._fact.validity.start, self._fact.validity.end] if self._fact.validity else []
        columns += [self._fact.axes[self._axis]] if self._axis else []
        columns += [
            leaf.measure.composition.link for leaf in self._leaves if self._composed and leaf.measure.composition
        ]
        return distinct(columns)

    def _reached(self, node: Node) -> Node:
        return self._reading.reached(node, self._question.places_at(self._line))


def _beside_levels(one: Aggregate) -> Aggregate:
    """The same of columns of the fact as they are called beside levels."""
    where = renamed(one.where, {name: _OF_FACT + name for name in levels_of(one.where)})
    return replace(one, column=_OF_FACT + one.column if one.column else None, where=where)


def _put_together(rows: Project) -> Node:
    """Rows that are alike as one, with how many they are, so that levels are looked up for thousands, not millions."""
    keys = tuple(Key(one.name, one.name) for one in rows.columns)
    return Group(rows, keys, (Aggregate(_ALIKE, "count", None, ALWAYS),))
