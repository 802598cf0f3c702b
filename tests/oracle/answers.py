"""The expected answer: each cell counted by itself, at each instant by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dataport.access import Permission
from dataport.semantic import Catalog, Request
from dataport.semantic.condition import AllOf, Condition
from dataport.semantic.model import Indicator, Ratio
from dataport.semantic.parse import parse_condition
from oracle.dates import Span, spans
from oracle.names import Names
from oracle.refusals import Scope
from oracle.rows import Reader, Row, Tables

FEWEST = 10
Cell = tuple[Any, ...]


@dataclass(frozen=True)
class ExpectedTotal:
    levels: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    status: set[tuple[int, str, str]]


@dataclass(frozen=True)
class Expected:
    """Rows in order, status as (row, column, code), and the totals from the coarsest."""

    rows: list[tuple[Any, ...]]
    status: set[tuple[int, str, str]]
    totals: list[ExpectedTotal]


def answer(
    tables: Tables,
    start: datetime,
    watermark: datetime,
    catalog: Catalog,
    request: Request,
    permissions: Iterable[Permission],
) -> Expected:
    """What a request must be answered with.

    Raises:
        NotAllowed: the permissions do not admit the question.
    """
    counting = _Counting(tables, start, watermark, catalog, request, permissions)
    every = [level.name for level in counting.names.by]
    rows, status = counting.table(every)
    if request.top:
        rows = rows[: request.top]
        status = {one for one in status if one[0] < request.top}
    totals = [
        ExpectedTotal(tuple(every[:depth]), *counting.table(every[:depth]))
        for depth in range(len(every) if request.totals else 0)
    ]
    return Expected(rows, status, totals)


class _Counting:
    def __init__(
        self,
        tables: Tables,
        start: datetime,
        watermark: datetime,
        catalog: Catalog,
        request: Request,
        permissions: Iterable[Permission],
    ) -> None:
        self._tables, self._catalog, self._request = tables, catalog, request
        self._where: Condition = AllOf(tuple(parse_condition(text) for text in request.where))
        self.names = Names(request, self._where, catalog)
        self._scope = Scope(self.names, catalog, permissions)
        self._spans = spans(request, self.names.grain, start, watermark)
        last = [span for span in self._spans if span.closes_at][-1]
        self._reader = Reader(catalog, tables, watermark if request.geography == "today" else last.closes_at)

    def table(self, levels: list[str]) -> tuple[list[tuple[Any, ...]], set[tuple[int, str, str]]]:
        """The rows and their status, in order."""
        leaves = self.names.leaves
        counted = {(span, leaf.name): self._counted(leaf, span, levels) for span in self._spans for leaf in leaves}
        cells = {cell for by_cell in counted.values() if by_cell for cell in by_cell}
        if not levels:
            cells = {()}
        lines = []
        for cell in cells:
            for span in self._spans:
                here = {leaf.name: self._leaf(counted[span, leaf.name], cell) for leaf in leaves}
                shown = [self._shown(one, here) for one in self.names.asked]
                key = (*cell, span.name) if self.names.grain else cell
                lines.append((key, shown))
        columns = levels + (["period"] if self.names.grain else [])
        lines.sort(key=lambda line: self._rank(columns, line))
        rows = [(*key, *(value for value, _ in shown)) for key, shown in lines]
        status = {
            (number, one.name, code)
            for number, (_, shown) in enumerate(lines)
            for one, (_, code) in zip(self.names.asked, shown, strict=True)
            if code
        }
        return rows, status

    def _counted(self, leaf: Indicator, span: Span, levels: list[str]) -> dict[Cell, tuple[int, int | None]] | None:
        """Cell to (rows behind it, number); None where the span is outside history."""
        measure, found = leaf.formula.measure, {}
        if (span.closes_at if leaf.formula.kind == "stock" else span.flow_days) is None:
            return None
        for row in self._tables[self._catalog.facts[measure.fact].table]:
            if self._is_counted(leaf, span, row):
                cell = tuple(self._reader.value(measure.fact, row, name) for name in levels)
                behind, number = self._contribution(leaf, span, row)
                if behind:
                    before = found.get(cell, (0, None))
                    added = before[1] if number is None else (before[1] or 0) + number
                    found[cell] = (before[0] + behind, added)
        return found

    def _is_counted(self, leaf: Indicator, span: Span, row: Row) -> bool:
        measure = leaf.formula.measure
        return (
            self._scope.holds(measure.fact, row)
            and self._is_then(leaf, span, row)
            and self._reader.holds(measure.where, measure.fact, row)
            and self._reader.holds(self._where, measure.fact, row)
        )

    def _is_then(self, leaf: Indicator, span: Span, row: Row) -> bool:
        fact = self._catalog.facts[leaf.formula.measure.fact]
        if leaf.formula.kind == "stock":
            return row[fact.validity.start] < span.closes_at <= row[fact.validity.end]
        moment = row[fact.axes[leaf.formula.axis]]
        day = moment.date() if isinstance(moment, datetime) else moment
        return day is not None and span.flow_days[0] <= day <= span.flow_days[1]

    def _contribution(self, leaf: Indicator, span: Span, row: Row) -> tuple[int, int | None]:
        """(rows behind it, number) that one row adds."""
        measure = leaf.formula.measure
        if self._is_composed(leaf):
            members = self._members(leaf, span, row)
            return members, members
        return (1, 1) if measure.aggregate == "count" else (1, row[measure.column])

    def _is_composed(self, leaf: Indicator) -> bool:
        """Whether a precomputed sum is counted member by member, because some rows are out of scope."""
        measure = leaf.formula.measure
        facts = (measure.fact, measure.composition.fact) if measure.composition else ()
        return any(not self._scope.is_whole(fact) for fact in facts)

    def _members(self, leaf: Indicator, span: Span, group: Row) -> int:
        composed = leaf.formula.measure.composition
        fact = self._catalog.facts[composed.fact]
        count = 0
        for row in self._tables[fact.table]:
            is_member = row[composed.link] is not None and row[composed.link] == group[composed.link]
            is_valid = row[fact.validity.start] < span.closes_at <= row[fact.validity.end]
            if is_member and is_valid and self._scope.holds(composed.fact, row):
                count += self._reader.holds(composed.where, composed.fact, row)
        return count

    def _leaf(self, counted: dict[Cell, tuple[int, int | None]] | None, cell: Cell) -> tuple[int, int | None] | None:
        return None if counted is None else counted.get(cell, (0, None))

    def _shown(self, one: Indicator, here: dict[str, tuple[int, int | None] | None]) -> tuple[Any, str | None]:
        """The number and its status."""
        parts = [one.formula.numerator, one.formula.denominator] if isinstance(one.formula, Ratio) else [one.name]
        found = [here[name] for name in parts]
        if any(part is None for part in found):
            return None, "outside_history"
        if isinstance(one.formula, Ratio):
            over = found[1][1] or 0
            value = (found[0][1] or 0) / over if over else None
        elif one.formula.measure.aggregate == "sum" and not self._is_composed(one):
            value = found[0][1]
        else:
            value = found[0][1] or 0
        few = value is not None and any(0 < part[0] < FEWEST for part in found)
        return value, "not_for_release" if few else None

    def _rank(self, columns: list[str], line: tuple[Cell, list[tuple[Any, str | None]]]) -> list[tuple[Any, ...]]:
        """What a row is sorted by: what was asked for, then the breakdowns; unknown last, either way."""
        key, shown = line
        values = dict(zip(columns, key, strict=True))
        values |= {one.name: value for one, (value, _) in zip(self.names.asked, shown, strict=True)}
        terms = [(term.name, term.descending) for term in self._request.order if term.name in values]
        is_whole = len(columns) - bool(self.names.grain) == len(self.names.by)
        if is_whole and self._request.top and not self._request.order:
            terms = [(self.names.asked[0].name, True)]
        terms += [(name, False) for name in columns if name not in [named for named, _ in terms]]
        return [self._sortable(name, values[name], descending) for name, descending in terms]

    def _sortable(self, name: str, value: Any, descending: bool) -> tuple[Any, ...]:
        if value is None:
            return (2,)
        level = self._catalog.levels.get(name)
        if level and level.ordered and level.code_list:
            members = list(self._catalog.code_lists[level.code_list].labels)
            if value in members:
                place = members.index(value)
                return 0, _Turned(place) if descending else place
            return 1, _Turned(value) if descending else value
        return 0, _Turned(value) if descending else value


class _Turned:
    """The same value in the opposite order."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Turned) -> bool:
        return other.value < self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Turned) and self.value == other.value
