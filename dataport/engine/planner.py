"""plan: from a ScopedQuestion to the algebra. One leg per fact and time, one scan per leg, however many indicators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dataport.access import Everything, ScopedQuestion
from dataport.engine.algebra import (
    Aggregate,
    Align,
    AtInstant,
    Derive,
    During,
    Group,
    Keep,
    Key,
    Link,
    Mark,
    Node,
    Order,
    PeriodKey,
    Plan,
    Reach,
    Scan,
    SortKey,
    Steps,
    Time,
    Total,
    Touching,
    Window,
)
from dataport.engine.derived_columns import derived_columns, known_of, support_of
from dataport.engine.marks import marked
from dataport.errors import WrongRequest
from dataport.semantic.condition import ALWAYS, NEVER, Condition, both, conjuncts, levels_of, renamed
from dataport.semantic.model import Catalog, Composition, Fact, Indicator, Level, Measure, Simple, TimeKind
from dataport.semantic.question import BEFORE, Question
from dataport.semantic.timeline import PERIOD, Timeline


def plan(scoped: ScopedQuestion) -> Plan:
    """The plan of a question that has passed the guard; nothing else is planned."""
    if not isinstance(scoped, ScopedQuestion):
        raise TypeError("only a ScopedQuestion can be planned")
    question = scoped.question
    if question.geography == "as-was" and question.timeline.grain:
        raise WrongRequest("A trend counts places as they are today; ask for one date to count them as they were.")
    depths = range(len(question.by)) if question.totals else ()
    totals = tuple(_total(scoped, question.by[:depth]) for depth in depths)
    return Plan(_rows(scoped), totals)


def _total(scoped: ScopedQuestion, kept: tuple[Level, ...]) -> Total:
    return Total(tuple(level.name for level in kept), _rows(scoped.spanning(kept)))


def _rows(scoped: ScopedQuestion) -> Node:
    question = scoped.question
    line = question.timeline
    keys = tuple(level.name for level in question.by) + ((PERIOD,) if line.grain else ())
    legs = [_Leg(scoped, leaves, line) for leaves in _legs(scoped)]
    if question.compared:
        legs += [_Leg(scoped, leaves, question.compared, BEFORE) for leaves in _legs(scoped)]
    measures = tuple(name for leg in legs for name in leg.measures)
    node: Node = Align(tuple(leg.node() for leg in legs), keys, measures, tuple(p.first for p in line.periods))
    if line.grain:
        running = tuple(name for leg in legs if leg.is_running for name in leg.measures)
        node = Window(node, keys[:-1], running, tuple(name for name in measures if name not in running))
    node = Derive(node, keys, derived_columns(question, measures))
    if question.having != ALWAYS:
        node = Keep(node, question.having)
    return Order(node, _order(question), question.top)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A simple indicator as one aggregate, and whether it is counted member by member."""

    indicator: Indicator
    formula: Simple
    composed: bool

    @property
    def measure(self) -> Measure:
        return self.formula.measure

    @property
    def leg(self) -> tuple[str, str, str | None, Composition | None]:
        """Leaves with the same answer here share one scan."""
        composition = self.measure.composition if self.composed else None
        return self.measure.fact, self.formula.kind, self.formula.axis, composition


def _legs(scoped: ScopedQuestion) -> list[tuple[_Leaf, ...]]:
    legs: dict[tuple[str, str, str | None, Composition | None], list[_Leaf]] = {}
    for indicator in scoped.question.leaves:
        assert isinstance(indicator.formula, Simple)
        composition = indicator.formula.measure.composition
        facts = (indicator.formula.measure.fact, composition.fact) if composition else ()
        limited = any(not isinstance(scoped.scopes[fact], Everything) for fact in facts)
        leaf = _Leaf(indicator, indicator.formula, limited)
        legs.setdefault(leaf.leg, []).append(leaf)
    return [tuple(leaves) for leaves in legs.values()]


class _Leg:
    """One scan: leaves that share a fact, a kind and a time."""

    def __init__(self, scoped: ScopedQuestion, leaves: tuple[_Leaf, ...], line: Timeline, suffix: str = "") -> None:
        self._scoped, self._leaves, self._line, self._suffix = scoped, leaves, line, suffix
        self._question, self._catalog = scoped.question, scoped.question.catalog
        first = leaves[0]
        self._fact = self._catalog.facts[first.measure.fact]
        self._kind: TimeKind = first.formula.kind
        self._is_stock = self._kind == "stock"
        self.is_running = self._kind != "flow"
        self._axis, self._composed = first.formula.axis, first.composed
        # Conditions shared by all leaves narrow the scan; what is particular to one becomes its FILTER.
        own = [conjuncts(leaf.measure.where) for leaf in leaves]
        self._shared = tuple(part for part in own[0] if all(part in others for others in own))
        filters, self._marks = marked(self._question.where, self._fact.name, self._catalog)
        direct = [part for part in conjuncts(filters) if self._is_direct(part)]
        self._direct = both(*direct, *self._shared)
        self._residual = both(*(part for part in conjuncts(filters) if part not in direct))
        # Levels that the answer or a filter still to come needs, however they are reached.
        self._wanted = [level.name for level in self._question.by] + list(levels_of(self._residual))
        self._keys = self._roots()
        self._aggregates = self._measured()
        self.measures = tuple(one.name for one in self._aggregates)

    def node(self) -> Node:
        """The leg as rows with the levels asked for, the period of a trend, and one column per measure."""
        grouped = self._grouped()
        reached = self._reached(grouped)
        if reached is grouped:
            return grouped
        kept = Keep(reached, self._residual) if self._residual != ALWAYS else reached
        names = [level.name for level in self._question.by] + ([PERIOD] if self._line.grain else [])
        sums = tuple(Aggregate(name, "sum", name, ALWAYS) for name in self.measures)
        return Group(kept, tuple(Key(name, name) for name in names), sums)

    def _is_direct(self, part: Condition) -> bool:
        return all(name in self._marks or self._fact.name in self._catalog.levels[name].on for name in levels_of(part))

    def _measured(self) -> tuple[Aggregate, ...]:
        found: list[Aggregate] = []
        for leaf in self._leaves:
            own = (part for part in conjuncts(leaf.measure.where) if part not in self._shared)
            where = self._bound(both(*own))
            name, column, suffix = leaf.indicator.name, leaf.measure.column, self._suffix
            if leaf.measure.aggregate == "sum" and not self._composed:
                found.append(Aggregate(name + suffix, "sum", column, where))
                found.append(Aggregate(support_of(name) + suffix, "count", None, where))
                found.append(Aggregate(known_of(name) + suffix, "count", column, where))
            else:
                found.append(Aggregate(name + suffix, "count", None, where))
        return tuple(found)

    def _bound(self, condition: Condition) -> Condition:
        """Level names become columns of this leg's fact."""
        return renamed(condition, {name: self._held_in(name) for name in levels_of(condition)})

    def _held_in(self, name: str) -> str:
        """The column that holds a level or a mark."""
        return name if name in self._marks else self._catalog.levels[name].on[self._fact.name]

    def _grouped(self) -> Node:
        line, keys = self._line, self._keys
        source = self._source()
        if self._is_stock and line.grain:
            assert self._fact.validity
            last = line.known[-1].closes_at
            assert last
            first = line.known[0].first
            return Steps(source, keys, self._aggregates, self._fact.validity, line.grain, first, last)
        since = line.known[0].first if line.grain and self.is_running else None
        period = PeriodKey(self._fact.axes[self._axis or ""], line.grain, since) if line.grain else None
        return Group(source, keys, self._aggregates, period)

    def _roots(self) -> tuple[Key, ...]:
        """The fact's own columns that the wanted levels are read from."""
        roots = dict.fromkeys(
            name if name in self._marks else _path(self._catalog.levels[name], self._catalog)[0].name
            for name in self._wanted
        )
        return tuple(Key(name, self._held_in(name)) for name in roots)

    def _source(self) -> Node:
        # A flow outside history counts nothing here, not even a cell, and is shown as unknown by Derive.
        is_known = self.is_running or self._line.span is not None
        condition = self._bound(self._direct) if is_known else NEVER
        scan = self._scan(self._fact, self._columns())
        if self._marks and is_known:
            kept = Keep(self._marked(Keep(scan, ALWAYS, self._time(self._fact))), condition)
        else:
            kept = Keep(scan, condition, self._time(self._fact))
        return self._members_of(kept) if self._composed else kept

    def _members_of(self, owners: Node) -> Node:
        """The members in scope, for as long as each is in its group, with the group's own columns."""
        composition = self._leaves[0].measure.composition
        assert composition and self._fact.validity
        members = self._catalog.facts[composition.fact]
        levels = self._catalog.levels
        names = {name: levels[name].on[members.name] for name in levels_of(composition.where)}
        columns = _distinct([composition.link, *names.values(), *_validity_columns(members)])
        kept = Keep(self._scan(members, columns), renamed(composition.where, names), self._time(members))
        return Link(owners, kept, composition.link, self._fact.validity, self._columns())

    def _marked(self, node: Node) -> Node:
        """Beside each row, whether it has what the filters ask for, on the day asked."""
        for name, (through, wanted) in self._marks.items():
            fact, levels = self._catalog.facts[through.fact], self._catalog.levels
            condition = both(through.where, wanted)
            columns = {level: levels[level].on[fact.name] for level in levels_of(condition)}
            assert fact.validity
            scan = self._scan(fact, _distinct([through.link, *columns.values(), *_validity_columns(fact)]))
            time = AtInstant(fact.validity, self._line.closes_at)
            node = Mark(node, name, through.link, Keep(scan, renamed(condition, columns), time))
        return node

    def _scan(self, fact: Fact, columns: tuple[str, ...]) -> Scan:
        return Scan(fact, self._scoped.scopes[fact.name], columns)

    def _columns(self) -> tuple[str, ...]:
        levels = self._catalog.levels
        mentioned = [*levels_of(self._direct)]
        for leaf in self._leaves:
            mentioned += levels_of(leaf.measure.where)
        columns = [levels[name].on[self._fact.name] for name in mentioned if name not in self._marks]
        columns += [key.column for key in self._keys if key.column not in self._marks]
        columns += [through.link for through, _ in self._marks.values()]
        columns += [leaf.measure.column for leaf in self._leaves if leaf.measure.column]
        columns += _validity_columns(self._fact)
        columns += [self._fact.axes[self._axis]] if self._axis else []
        columns += [
            leaf.measure.composition.link for leaf in self._leaves if self._composed and leaf.measure.composition
        ]
        return _distinct(columns)

    def _time(self, fact: Fact) -> Time:
        line = self._line
        if self._kind == "cumulative":
            return During(self._fact.axes[self._axis or ""], None, line.known[-1].last if line.grain else line.as_of)
        if not self._is_stock:
            first, last = (line.span.first, line.span.last) if line.span else (line.as_of, line.as_of)
            return During(self._fact.axes[self._axis or ""], first, last)
        assert fact.validity
        if line.grain:
            first_close, last_close = line.known[0].closes_at, line.known[-1].closes_at
            assert first_close and last_close
            return Touching(fact.validity, first_close, last_close)
        return AtInstant(fact.validity, line.closes_at)

    def _reached(self, node: Node) -> Node:
        """Add every level that stands in a dimension, bases first."""
        done: set[str] = set()
        for name in self._wanted:
            if name in self._marks:
                continue
            for level in _path(self._catalog.levels[name], self._catalog):
                if level.via and level.name not in done:
                    done.add(level.name)
                    dimension = self._catalog.dimensions[level.via.dimension]
                    instant = self._question.places_at(self._line)
                    node = Reach(node, level.name, level.via.base, dimension, level.via.column, instant)
        return node


def _path(level: Level, catalog: Catalog) -> list[Level]:
    """From the level that stands on the fact to this one."""
    return [*_path(catalog.levels[level.via.base], catalog), level] if level.via else [level]


def _validity_columns(fact: Fact) -> list[str]:
    return [fact.validity.start, fact.validity.end] if fact.validity else []


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _order(question: Question) -> tuple[SortKey, ...]:
    """What was asked for, then the largest first for a top, then the breakdowns, then the period: always total."""
    terms = [SortKey(term.name, term.descending, _ranking(term.name, question)) for term in question.order]
    if question.top and not terms:
        terms.append(SortKey(question.indicators[0].name, descending=True))
    rest = [level.name for level in question.by] + ([PERIOD] if question.timeline.grain else [])
    seen = {term.name for term in terms}
    return (*terms, *(SortKey(name, ranking=_ranking(name, question)) for name in rest if name not in seen))


def _ranking(name: str, question: Question) -> tuple[str, ...]:
    level = question.catalog.levels.get(name)
    if level is None or not level.ordered or not level.code_list:
        return ()
    return tuple(question.catalog.code_lists[level.code_list].labels)
