"""The expected answer: each cell counted by itself, at each instant by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dataport.access import Permission
from dataport.semantic import Catalog, Request
from dataport.semantic.arithmetic import Arithmetic, Constant, Minus, Of, Over, Plus, Times
from dataport.semantic.condition import AllOf, Condition, levels_of
from dataport.semantic.formula import Derived, Share, Simple
from dataport.semantic.model import Indicator, Through
from dataport.semantic.parse import parse_condition
from oracle.dates import Span, spans, spans_compared
from oracle.names import Names
from oracle.refusals import Scope
from oracle.rows import Has, Reader, Row, Tables, is_true_of

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
        parts = [part for text in request.where for part in _conjuncts(parse_condition(text))]
        self._having = [part for part in parts if _is_on_numbers(part, catalog)]
        self._where: Condition = AllOf(tuple(part for part in parts if part not in self._having))
        self.names = Names(request, self._where, catalog)
        self._scope = Scope(self.names, catalog, permissions)
        self._spans = spans(request, self.names.grain, start, watermark)
        last = [span for span in self._spans if span.closes_at][-1]
        self._reader = Reader(catalog, tables, watermark if request.geography == "today" else last.closes_at)
        self._before = spans_compared(request, start, watermark) if request.compare else []
        before_at = self._before[0].closes_at if self._before and request.geography == "as-was" else watermark
        self._reader_before = Reader(catalog, tables, before_at)

    def table(self, levels: list[str]) -> tuple[list[tuple[Any, ...]], set[tuple[int, str, str]]]:
        """The rows and their status, in order."""
        now = {
            (span, leaf.name): self._counted(leaf, span, levels, self._reader)
            for span, leaf in self._pairs(self._spans)
        }
        then = {
            (span, leaf.name): self._counted(leaf, span, levels, self._reader_before)
            for span, leaf in self._pairs(self._before)
        }
        cells = {cell for by_cell in (*now.values(), *then.values()) if by_cell for cell in by_cell}
        if not levels:
            cells = {()}
        lines = []
        for cell in cells:
            for span in self._spans:
                shown = {}
                for one in self.names.asked:
                    shown[one.name] = self._shown(one, now, span, cell, levels)
                    if self._before:
                        before = self._shown(one, then, self._before[0], cell, levels)
                        shown[one.name + "_before"] = before
                        shown[one.name + "_change"] = _difference(shown[one.name], before)
                lines.append(((*cell, span.name) if self.names.grain else cell, shown))
        is_whole = len(levels) == len(self.names.by)
        if is_whole:
            lines = [line for line in lines if self._is_kept(line[1])]
        columns = levels + (["period"] if self.names.grain else [])
        lines.sort(key=lambda line: self._rank(columns, line))
        rows = [(*key, *(value for value, _ in shown.values())) for key, shown in lines]
        status = {
            (number, name, code) for number, (_, shown) in enumerate(lines) for name, (_, code) in shown.items() if code
        }
        return rows, status

    def _pairs(self, several: list[Span]) -> list[tuple[Span, Indicator]]:
        return [(span, leaf) for span in several for leaf in self.names.leaves]

    def _is_kept(self, shown: dict[str, tuple[Any, str | None]]) -> bool:
        """Whether every filter on the numbers of a row is true of it."""
        return all(is_true_of(part, {name: value for name, (value, _) in shown.items()}) for part in self._having)

    def _counted(
        self, leaf: Indicator, span: Span, levels: list[str], reader: Reader
    ) -> dict[Cell, tuple[int, int | None]] | None:
        """Cell to (rows behind it, number); None where the span is outside history."""
        measure, found = leaf.formula.measure, {}
        if (span.flow_days if leaf.formula.kind == "flow" else span.closes_at) is None:
            return None
        for row in self._tables[self._catalog.facts[measure.fact].table]:
            if self._is_counted(leaf, span, row, reader):
                cell = tuple(reader.value(measure.fact, row, name) for name in levels)
                behind, number = self._contribution(leaf, span, row)
                if behind:
                    before = found.get(cell, (0, None))
                    added = before[1] if number is None else (before[1] or 0) + number
                    found[cell] = (before[0] + behind, added)
        return found

    def _is_counted(self, leaf: Indicator, span: Span, row: Row, reader: Reader) -> bool:
        measure = leaf.formula.measure
        return (
            self._scope.holds(measure.fact, row)
            and self._is_then(leaf, span, row)
            and reader.holds(measure.where, measure.fact, row)
            and reader.holds(self._where, measure.fact, row, self._having_then(span, reader))
        )

    def _having_then(self, span: Span, reader: Reader) -> Has:
        """Whether somebody has something of which a condition is true, in scope, on the day."""

        def has(through: Through, condition: Condition, owner: Row) -> bool:
            fact = self._catalog.facts[through.fact]
            return any(
                row[through.link] == owner[through.link]
                and row[fact.validity.start] < span.closes_at <= row[fact.validity.end]
                and self._scope.holds(through.fact, row)
                and reader.holds(through.where, through.fact, row)
                and reader.holds(condition, through.fact, row)
                for row in self._tables[fact.table]
            )

        return has

    def _is_then(self, leaf: Indicator, span: Span, row: Row) -> bool:
        fact = self._catalog.facts[leaf.formula.measure.fact]
        if leaf.formula.kind == "stock":
            return row[fact.validity.start] < span.closes_at <= row[fact.validity.end]
        moment = row[fact.axes[leaf.formula.axis]]
        day = moment.date() if isinstance(moment, datetime) else moment
        if leaf.formula.kind == "cumulative":
            return day is not None and day <= span.last_day
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

    def _shown(
        self, one: Indicator, counted: dict[tuple[Span, str], Any], span: Span, cell: Cell, levels: list[str]
    ) -> tuple[Any, str | None]:
        """The number and its status."""
        leaves = [leaf for leaf in self.names.leaves if leaf.name in _leaf_names(one, self._catalog)]
        here = {leaf.name: self._leaf(counted[span, leaf.name], cell) for leaf in leaves}
        if any(part is None for part in here.values()):
            return None, "outside_history"
        match one.formula:
            case Simple(measure):
                number = here[one.name][1]
                is_sum = measure.aggregate == "sum" and not self._is_composed(one)
                value = number if is_sum else (number or 0)
                value = float(value) if value is not None and one.type == "number" else value
            case Share(of, within):
                alike = len(levels) - 1 if within == "parent" and levels else 0
                cells = [other for other in counted[span, of] if other[:alike] == cell[:alike]]
                whole = sum(counted[span, of][other][1] or 0 for other in cells)
                value = float(here[of][1] or 0) / float(whole) if whole else None
            case Derived(expression):
                value = self._reckoned(expression, here, float if one.type == "number" else int)
        few = value is not None and any(0 < part[0] < FEWEST for part in here.values())
        return value, "not_for_release" if few else None

    def _reckoned(self, expression: Arithmetic, here: dict[str, Any], kind: type) -> Any:
        match expression:
            case Constant(value):
                return kind(value)
            case Of(name):
                inner = self._catalog.indicators[name].formula
                return (
                    self._reckoned(inner.expression, here, kind)
                    if isinstance(inner, Derived)
                    else kind(here[name][1] or 0)
                )
        left, right = self._reckoned(expression.left, here, kind), self._reckoned(expression.right, here, kind)
        if left is None or right is None:
            return None
        match expression:
            case Plus():
                return left + right
            case Minus():
                return left - right
            case Times():
                return left * right
            case Over():
                return left / right if right else None

    def _rank(self, columns: list[str], line: tuple[Cell, dict[str, tuple[Any, str | None]]]) -> list[tuple[Any, ...]]:
        """What a row is sorted by: what was asked for, then the breakdowns; unknown last, either way."""
        key, shown = line
        values = dict(zip(columns, key, strict=True))
        values |= {name: value for name, (value, _) in shown.items()}
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


def _difference(now: tuple[Any, str | None], before: tuple[Any, str | None]) -> tuple[Any, str | None]:
    if "outside_history" in (now[1], before[1]):
        return None, "outside_history"
    if now[0] is None or before[0] is None:
        return None, None
    return now[0] - before[0], now[1] or before[1]


def _conjuncts(condition: Condition) -> list[Condition]:
    return (
        [inner for part in condition.parts for inner in _conjuncts(part)]
        if isinstance(condition, AllOf)
        else [condition]
    )


def _is_on_numbers(condition: Condition, catalog: Catalog) -> bool:
    return any(name in catalog.indicators for name in levels_of(condition))


def _leaf_names(one: Indicator, catalog: Catalog) -> set[str]:
    return {leaf.name for leaf in catalog.leaves(one)}


class _Turned:
    """The same value in the opposite order."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Turned) -> bool:
        return other.value < self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Turned) and self.value == other.value
