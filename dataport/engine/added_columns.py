"""Columns that a leg adds to the rows of a fact before it filters: what somebody has, comes to, or is that day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from dataport.access import Everything, ScopedQuestion
from dataport.engine.algebra import (
    Aged,
    Attained,
    Filter,
    Link,
    Mark,
    Node,
    Overlap,
    Tally,
)
from dataport.engine.filters_as_marks import filters_as_marks
from dataport.engine.keys import Key
from dataport.engine.scan import Scan
from dataport.engine.times import AtInstant, During, Time, Touching
from dataport.semantic.condition import Compare, Condition, both, conjuncts, levels_of, renamed
from dataport.semantic.formula import Attainment, Composition, Simple, TimeKind
from dataport.semantic.model import Fact, Level
from dataport.semantic.names import hidden
from dataport.semantic.period import DateRange
from dataport.semantic.timeline import Timeline


class AddedColumns:
    """The columns that a leg adds to the rows of its fact, and where each level is held."""

    overlap = hidden("days", "of the period")

    def __init__(self, scoped: ScopedQuestion, fact: Fact, formulas: list[Simple], line: Timeline) -> None:
        self._scoped, self._fact, self._line = scoped, fact, line
        self._catalog = scoped.question.catalog
        self._formulas = formulas
        self.filters, self._marks = filters_as_marks(scoped.question.where, fact.name, self._catalog)
        self._attained = {
            one: hidden("attained", str(n)) for n, one in enumerate(_distinct_attainments(formulas), start=1)
        }
        self._has_overlap = any(one.kind == "average" for one in formulas)
        names = [level.name for level in scoped.question.by] + list(levels_of(self.filters))
        for one in formulas:
            names += [*levels_of(one.measure.where), *([one.measure.of] if one.measure.of else [])]
        paths = [self._catalog.path(self._catalog.levels[name]) for name in names if name not in self._marks]
        roots = {path[0].name: path[0] for path in paths}.values()
        self._aged = [level for level in roots if level.computed]
        self._tallied = [one for one in roots if one.composed_of and is_limited(scoped, fact.name, one.composed_of)]

    @property
    def is_any(self) -> bool:
        """Whether the leg adds any column at all."""
        return self.is_of_a_day or bool(self._attained) or self._has_overlap

    @property
    def is_of_a_day(self) -> bool:
        """Whether some added column is right for one day only, as an age is."""
        return bool(self._marks or self._aged or self._tallied)

    @property
    def added_names(self) -> list[str]:
        """The names of the added columns that a question may ask for."""
        return [*self._marks, *map(_of_the_day, (*self._tallied, *self._aged))]

    @property
    def links(self) -> list[str]:
        """The columns of the fact by which the added columns are joined."""
        found = [through.link for through, _ in self._marks.values()]
        found += [level.composed_of.link for level in self._tallied if level.composed_of]
        for one in self._attained:
            found += [one.link, self._fact.unit]
        return found

    def is_mark(self, name: str) -> bool:
        """Whether a name in the filters is a mark, and not a level."""
        return name in self._marks

    def holds(self, name: str) -> bool:
        """Whether a level or mark is already a column of the rows, so that no lookup is needed."""
        return name in self._marks or self._fact.name in self._catalog.levels[name].on

    def column(self, name: str) -> str:
        """The column that holds a level or a mark."""
        if name in self._marks:
            return name
        level = self._catalog.levels[name]
        return _of_the_day(level) if level in self._aged or level in self._tallied else level.on[self._fact.name]

    def read_for(self, name: str) -> list[str]:
        """The column of the fact that must be read for a level; none for a mark."""
        if name in self._marks:
            return []
        level = self._catalog.levels[name]
        return [] if level in self._tallied else [level.on[self._fact.name]]

    def attained(self, one: Attainment) -> str:
        """The mark that says whether a row has come to what a conversion counts."""
        return self._attained[one]

    def bound(self, condition: Condition) -> Condition:
        """The condition with each level name replaced by the column of the rows that holds it."""
        return renamed(condition, {name: self.column(name) for name in levels_of(condition)})

    def added(self, node: Node) -> Node:
        """The rows with all added columns."""
        for name, (through, wanted) in self._marks.items():
            members = self._members(through.fact, through.link, both(through.where, wanted))
            is_required = Compare(name, "=", True) in conjuncts(self.filters)
            node = Mark(node, name, through.link, members, is_required)
        for level in self._tallied:
            assert level.composed_of
            one = level.composed_of
            node = Tally(node, _of_the_day(level), one.link, self._members(one.fact, one.link, one.where))
        for level in self._aged:
            node = Aged(node, _of_the_day(level), level.on[self._fact.name], self._line.as_of)
        for attainment, name in self._attained.items():
            node = self._attaining(node, name, attainment)
        if self._has_overlap:
            assert self._fact.validity and self._line.span
            span = self._line.span
            node = Overlap(node, self.overlap, self._fact.validity, span.first, span.days, self._line.closes_at)
        return node

    def time(self, fact: Fact, kind: TimeKind, axis: str | None) -> Time:
        """Which rows of a fact belong to the dates of the leg."""
        line = self._line
        if kind == "cumulative":
            return self.during(fact.axes[axis or ""], None, line.as_of)
        if kind == "flow":
            span = line.span or DateRange(line.as_of, line.as_of)
            return self.during(fact.axes[axis or ""], span.first, span.last)
        assert fact.validity
        if kind == "average" and line.span:
            first_close = datetime.combine(line.span.first + timedelta(days=1), time.min)
            return Touching(fact.validity, min(first_close, line.closes_at), line.closes_at)
        if line.grain:
            begins, ends = line.known[0].closes_at, line.known[-1].closes_at
            assert begins and ends
            return Touching(fact.validity, begins, ends)
        return AtInstant(fact.validity, line.closes_at)

    def during(self, axis: str, first: date | None, last: date) -> During:
        """Rows whose date lies on some days, and before the watermark, up to which stocks are counted too."""
        since = datetime.combine(first, time.min) if first else None
        return During(
            axis, since, min(datetime.combine(last + timedelta(days=1), time.min), self._scoped.question.today)
        )

    def key(self, name: str) -> Key:
        """A level or a mark as a key of what is counted."""
        return Key(name, self.column(name), name in self._catalog.levels and self._catalog.levels[name].type == "date")

    def members_of(self, owners: Node, composition: Composition | None, columns: tuple[str, ...]) -> Node:
        """The members in scope, for as long as each is in its group, with the group's own columns."""
        assert composition and self._fact.validity
        members = self._catalog.facts[composition.fact]
        kept = self._rows_of(members, composition.link, composition.where, self.time(members, "stock", None))
        assert members.validity
        return Link(owners, kept, composition.link, self._fact.validity, members.validity, columns)

    def _members(self, name: str, link: str, condition: Condition) -> Node:
        """The rows of another fact on the day asked, as far as they are in scope."""
        fact = self._catalog.facts[name]
        assert fact.validity
        return self._rows_of(fact, link, condition, AtInstant(fact.validity, self._line.closes_at))

    def _rows_of(self, fact: Fact, link: str, condition: Condition, time: Time | None, *more: str) -> Node:
        """The rows of another fact in scope for which a condition holds, with the key that leads to them."""
        columns = {name: self._catalog.levels[name].on[fact.name] for name in levels_of(condition)}
        validity = (fact.validity.start, fact.validity.end) if time and fact.validity else ()
        read = tuple(dict.fromkeys((link, *columns.values(), *validity, *more)))
        return Filter(Scan.of(fact, self._scoped, read), renamed(condition, columns), time)

    def _attaining(self, node: Node, name: str, one: Attainment) -> Node:
        fact = self._catalog.facts[one.fact]
        begins = fact.axes[one.axis] if one.axis else fact.validity.start if fact.validity else ""
        ends = fact.validity.end if fact.validity and not one.axis else None
        # of what is come to on a date, and has a validity too, the row that is known in the end: another date that it
        # once had is none
        known = AtInstant(fact.validity, self._scoped.question.today) if one.axis and fact.validity else None
        members = self._rows_of(fact, one.link, one.where, known, begins, *((ends,) if ends else ()))
        axis = next(formula.axis for formula in self._formulas if formula.attains == one)
        at = self._fact.axes[axis or ""]
        return Attained(node, name, self._fact.unit, one.link, at, one.days, members, begins, ends)


def is_limited(scoped: ScopedQuestion, fact: str, composition: Composition) -> bool:
    """Whether a number precomputed on a fact may hold rows that the viewer may not count."""
    return any(not isinstance(scoped.scopes[one], Everything) for one in (fact, composition.fact))


def _of_the_day(level: Level) -> str:
    return hidden(level.name, "of the day")


def _distinct_attainments(formulas: list[Simple]) -> list[Attainment]:
    return list(dict.fromkeys(one.attains for one in formulas if one.attains))
