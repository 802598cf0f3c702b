"""Counting one simple indicator on one span of time, by loops over rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from dataport.access import Permission
from dataport.semantic import Catalog, Request
from dataport.semantic.condition import Condition
from dataport.semantic.formula import Attainment, Composition
from dataport.semantic.model import Fact, Indicator, Through
from oracle.dates import ONE_DAY, Span, matured, midnight
from oracle.names import Names
from oracle.records import stands
from oracle.refusals import Scope
from oracle.rows import Has, Reader, Row, Tables

Cell = tuple[Any, ...]
Counted = dict[Cell, tuple[float, Any]]


class Leaves:
    """Counts the leaves of one question for one viewer."""

    def __init__(
        self, tables: Tables, watermark: datetime, catalog: Catalog, request: Request, where: Condition, names: Names,
        permissions: Iterable[Permission],
    ) -> None:  # fmt: skip
        self._tables, self._watermark, self._catalog, self._request = tables, watermark, catalog, request
        self._where, self._is_trend = where, bool(names.grain)
        self._scope = Scope(names, catalog, permissions)
        if any(row["registration_rank"] is not None for row in tables["fct_population"]):
            identities = [catalog.facts[name].identity for name in names.facts]
            for one in identities:
                if one and one.rank:
                    self._scope.require(one.of)

    def is_known(self, leaf: Indicator, span: Span) -> bool:
        """Whether the leaf can be counted on the span."""
        if leaf.formula.kind in ("flow", "average"):
            return self._flow_days(leaf, span) is not None
        return span.closes_at is not None

    def counted(
        self, leaf: Indicator, span: Span, levels: list[str], first_as: Callable[[Any], Any] | None = None
    ) -> Counted | None:
        """Cell to (rows behind it, number); None where the span is outside history.

        `first_as` puts members of the first level together.
        """
        if not self.is_known(leaf, span):
            return None
        reader, measure = self._reader(span), leaf.formula.measure
        values: dict[Cell, list[Any]] = {}
        for row in self._tables[self._catalog.facts[measure.fact].table]:
            if self._passes(leaf, span, row, reader):
                cell = tuple(reader.value(measure.fact, row, name) for name in levels)
                cell = (first_as(cell[0]), *cell[1:]) if first_as else cell
                values.setdefault(cell, []).extend(self._contributions(leaf, span, row, reader))
        found = {cell: self._number(leaf, span, several) for cell, several in values.items()}
        return {cell: number for cell, number in found.items() if number[0]}

    def is_composed(self, leaf: Indicator) -> bool:
        """Whether a precomputed sum is counted member by member, because some rows are out of scope."""
        measure = leaf.formula.measure
        return measure.composition is not None and self._is_limited(measure.fact, measure.composition)

    def _is_limited(self, fact: str, composition: Composition) -> bool:
        return not (self._scope.is_whole(fact) and self._scope.is_whole(composition.fact))

    def _reader(self, span: Span) -> Reader:
        places_at = self._watermark if self._request.geography == "today" else span.closes_at

        def members(fact: str, composition: Composition, row: Row) -> int | None:
            if not self._is_limited(fact, composition):
                return row["active_member_count"]
            return self._members(composition, span, row)

        return Reader(self._catalog, self._tables, places_at, span.last_day, members)

    def _passes(self, leaf: Indicator, span: Span, row: Row, reader: Reader) -> bool:
        measure, attains = leaf.formula.measure, leaf.formula.attains
        return (
            self._scope.holds(measure.fact, row)
            and self._is_then(leaf, span, row)
            and (leaf.formula.kind == "average" or self._stands(measure.fact, row, span.closes_at))
            and reader.holds(measure.where, measure.fact, row)
            and reader.holds(self._where, measure.fact, row, self._having_then(span, reader))
            and (attains is None or self._attains(attains, leaf, row, reader))
        )

    def _stands(self, name: str, row: Row, instant: datetime) -> bool:
        """Whether the row is of the record that stands for its person at an instant, or when it happened."""
        fact = self._catalog.facts[name]
        if fact.identity is None or fact.identity.rank is None:
            return True
        of = self._catalog.facts[fact.identity.of]
        records = [one for one in self._tables[of.table] if self._scope.holds(of.name, one)]
        if fact.identity.at is None:
            return stands(row, of, records, instant)
        at = row[fact.identity.at]
        return stands(row, of, records, at) or stands(row, of, records, at, just_after=True)

    def _having_then(self, span: Span, reader: Reader) -> Has:
        """Whether somebody has something of which a condition is true, in scope, on the day."""

        def has(through: Through, condition: Condition, owner: Row) -> bool:
            fact = self._catalog.facts[through.fact]
            return any(
                row[through.link] == owner[through.link]
                and _is_valid(fact, row, span.closes_at)
                and self._scope.holds(through.fact, row)
                and reader.holds(through.where, through.fact, row)
                and reader.holds(condition, through.fact, row)
                for row in self._tables[fact.table]
            )

        return has

    def _attains(self, one: Attainment, leaf: Indicator, begun: Row, reader: Reader) -> bool:
        """Whether the same one comes to something within some days."""
        fact = self._catalog.facts[one.fact]
        moment = begun[self._catalog.facts[leaf.formula.measure.fact].axes[leaf.formula.axis]]
        last = _day(moment) + timedelta(days=one.days)
        for row in self._tables[fact.table]:
            is_same = row[one.link] is not None and row[one.link] == begun[one.link]
            if is_same and self._scope.holds(one.fact, row) and reader.holds(one.where, one.fact, row):
                if one.axis is None:
                    in_time = _day(row[fact.validity.start]) <= last and row[fact.validity.end] > moment
                else:
                    day = _day(row[fact.axes[one.axis]])
                    is_known = fact.validity is None or _is_valid(fact, row, self._watermark)
                    in_time = is_known and day is not None and _day(moment) <= day <= last
                if in_time:
                    return True
        return False

    def _flow_days(self, leaf: Indicator, span: Span) -> tuple[date, date] | None:
        if leaf.formula.matures:
            return matured(span, leaf.formula.matures, self._watermark, self._is_trend and span.name is not None)
        return span.flow_days

    def _is_then(self, leaf: Indicator, span: Span, row: Row) -> bool:
        fact = self._catalog.facts[leaf.formula.measure.fact]
        if leaf.formula.kind == "average":
            return True
        if leaf.formula.kind == "stock":
            return _is_valid(fact, row, span.closes_at)
        moment = row[fact.axes[leaf.formula.axis]]
        if moment is None or _instant(moment) >= self._watermark:
            return False
        if fact.validity is not None and not _is_valid(fact, row, span.closes_at):
            return False
        if leaf.formula.kind == "cumulative":
            return _day(moment) <= span.last_day
        first, last = self._flow_days(leaf, span)
        return first <= _day(moment) <= last

    def _contributions(self, leaf: Indicator, span: Span, row: Row, reader: Reader) -> list[Any]:
        """What one row adds: a value, a member each, a day each."""
        measure = leaf.formula.measure
        if leaf.formula.kind == "average":
            fact, (first, last) = self._catalog.facts[measure.fact], span.flow_days
            days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
            ends = [min(midnight(day + ONE_DAY), self._watermark) for day in days]
            return [1 for end in ends if _is_valid(fact, row, end) and self._stands(fact.name, row, end)]
        if self.is_composed(leaf):
            return [1] * self._members(measure.composition, span, row)
        if measure.of:
            return [reader.value(measure.fact, row, measure.of)]
        if measure.column == "individual_key":
            return [row["registration_key"]]
        return [row[measure.column] if measure.column else 1]

    def _number(self, leaf: Indicator, span: Span, several: list[Any]) -> tuple[float, Any]:
        measure, known = leaf.formula.measure, [one for one in several if one is not None]
        if leaf.formula.kind == "average":
            first, last = span.flow_days
            average = len(several) / ((last - first).days + 1)
            return average, average
        if measure.aggregate == "count" or self.is_composed(leaf):
            return len(several), len(several)
        if measure.aggregate == "count_distinct":
            return len(set(known)), len(set(known))
        if not known:
            return len(several), None
        match measure.aggregate:
            case "sum":
                return len(several), sum(known)
            case "average":
                return len(several), sum(known) / len(known)
        return len(several), _quantile(sorted(known), measure.quantile)

    def _members(self, composed: Composition, span: Span, group: Row) -> int:
        fact, reader = self._catalog.facts[composed.fact], self._reader_of_members(span)
        return sum(
            row[composed.link] is not None
            and row[composed.link] == group[composed.link]
            and _is_valid(fact, row, span.closes_at)
            and self._scope.holds(composed.fact, row)
            and reader.holds(composed.where, composed.fact, row)
            for row in self._tables[fact.table]
        )

    def _reader_of_members(self, span: Span) -> Reader:
        return Reader(self._catalog, self._tables, self._watermark, span.last_day)


def _is_valid(fact: Fact, row: Row, instant: datetime) -> bool:
    return row[fact.validity.start] < instant <= row[fact.validity.end]


def _day(moment: date | datetime | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _instant(moment: date | datetime) -> datetime:
    """A day begins at midnight."""
    return moment if isinstance(moment, datetime) else midnight(moment)


def _quantile(known: list[Any], portion: float) -> float:
    """Between the two values that stand around the place, in proportion."""
    place = portion * (len(known) - 1)
    below = int(place)
    above = min(below + 1, len(known) - 1)
    return known[below] * (1 - (place - below)) + known[above] * (place - below)
