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
from dataport.semantic.formula import Change, Derived, Share, Simple
from dataport.semantic.model import Indicator
from oracle.dates import Span, at_end, spans, spans_compared, spans_since
from oracle.filters import filter_of
from oracle.leaves import Cell, Counted, Leaves
from oracle.names import Names
from oracle.rows import Tables, is_true_of

FEWEST = 10
OTHER = "(other)"
Shown = tuple[Any, str | None]


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
    takes_members = request.top and not request.other and (counting.names.grain or request.across)
    down = [name for name in every if name != request.across]
    first = counting.ranked(down) if takes_members else []

    def kept_of(levels: list[str]) -> Any:
        """Of some rows those of the first members, in their order where something stands across."""
        rows, status = counting.table(levels)
        keys = [tuple(row[levels.index(name)] for name in down) for row in rows]
        places = [place for place, key in enumerate(keys) if key in first]
        if request.across:
            places.sort(key=lambda place: first.index(keys[place]))
        status = {(places.index(place), name, code) for place, name, code in status if place in places}
        return [rows[place] for place in places], status

    if takes_members:
        rows, status = kept_of(every)
    elif request.top and not request.other:
        rows = rows[: request.top]
        status = {one for one in status if one[0] < request.top}
    kept = [every[:depth] for depth in range(len(every) if request.totals else 0)]
    kept += [[name for name in every if name in names] for names in request.subtotals]
    distinct = sorted({tuple(names): None for names in kept if len(names) < len(every)}, key=len)
    cut = {names for names in distinct if takes_members and request.across and {*down} <= {*names}}
    totals = [(names, kept_of(list(names)) if names in cut else counting.table(list(names))) for names in distinct]
    return Expected(rows, status, [ExpectedTotal(names, *table) for names, table in totals])


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
        self._catalog, self._request = catalog, request
        parts = list(_conjuncts(filter_of(request, catalog)))
        self._having = [part for part in parts if _is_on_numbers(part, catalog)]
        where: Condition = AllOf(tuple(part for part in parts if part not in self._having))
        self.names = Names(request, where, catalog)
        self._leaves = Leaves(tables, watermark, catalog, request, where, self.names, permissions)
        self._spans = spans(request, self.names.grain, start, watermark)
        self._before = spans_compared(request, start, watermark) if request.compare else []
        changes = {one.formula.since for one in self.names.indicators if isinstance(one.formula, Change)}
        self._since = {since: spans_since(request, self.names.grain, since, start, watermark) for since in changes}
        self._top: list[Any] | None = None
        if request.other:
            self._top = [key[0] for key in self.ranked([self.names.by[0].name])]

    def ranked(self, levels: list[str]) -> list[Cell]:
        """The first cells by some levels, by themselves, over the whole of a trend."""
        trend = self.names.grain
        now = [at_end(self._spans)] if trend else self._spans
        since = {name: [at_end(several)] if trend else several for name, several in self._since.items()}
        lines = self._lines(levels, now, since)
        order = (
            [(one.name, one.descending) for one in self._request.order if one.name in (*levels, *lines[0][1])]
            if lines
            else []
        )
        terms = order or [(self.names.asked[0].name, True)]
        terms += [(level, False) for level in levels if level not in [name for name, _ in terms]]
        lines.sort(key=lambda line: self._rank(levels, line, terms))
        return [key for key, _ in lines[: self._request.top]]

    def table(self, levels: list[str]) -> tuple[list[tuple[Any, ...]], set[tuple[int, str, str]]]:
        """The rows and their status, in order."""
        lines = self._lines(levels, self._spans, self._since)
        if len(levels) == len(self.names.by):
            lines = [line for line in lines if self._is_kept(line[1])]
        columns = levels + (["period"] if self.names.grain else [])
        terms = self._terms(columns, lines)
        lines.sort(key=lambda line: self._rank(columns, line, terms))
        rows = [(*key, *(value for value, _ in shown.values())) for key, shown in lines]
        status = {
            (number, name, code) for number, (_, shown) in enumerate(lines) for name, (_, code) in shown.items() if code
        }
        return rows, status

    def _lines(
        self, levels: list[str], now_spans: list[Span], since_spans: dict[str, list[Span]]
    ) -> list[tuple[Cell, dict[str, Shown]]]:
        is_trend = now_spans is self._spans and self.names.grain
        spans_of = {"": now_spans, "_before": self._before if now_spans is self._spans or not self.names.grain else []}
        spans_of |= since_spans
        counted = {
            (side, span, leaf.name): self._topped(self._leaves.counted(leaf, span, levels), levels, leaf, span)
            for side, several in spans_of.items()
            for span in several
            for leaf in self.names.leaves
        }
        cells = {cell for by_cell in counted.values() if by_cell for cell in by_cell} if levels else {()}
        lines = []
        for cell in cells:
            for place, span in enumerate(now_spans):
                shown: dict[str, Shown] = {}
                for one in self.names.asked:
                    earlier = {since: several[place] for since, several in since_spans.items()}
                    shown[one.name] = self._shown(one, counted, ("", span), earlier, cell, levels)
                    if self._before:
                        before = self._shown(one, counted, ("_before", self._before[0]), {}, cell, levels)
                        shown[one.name + "_before"] = before
                        shown[one.name + "_change"] = _difference(shown[one.name], before)
                lines.append(((*cell, span.name) if is_trend else cell, shown))
        return lines

    def _topped(self, counted: Counted | None, levels: list[str], leaf: Indicator, span: Span) -> Counted | None:
        """Members that are not among the first put together, and counted together."""
        if counted is None or self._top is None or not levels or levels[0] != self.names.by[0].name:
            return counted
        return self._leaves.counted(leaf, span, levels, self._as_topped)

    def _as_topped(self, member: Any) -> Any:
        return member if member in self._top else OTHER

    def _is_kept(self, shown: dict[str, Shown]) -> bool:
        """Whether every filter on the numbers of a row is true of it."""
        return all(is_true_of(part, {name: value for name, (value, _) in shown.items()}) for part in self._having)

    def _shown(
        self,
        one: Indicator,
        counted: dict[tuple[str, Span, str], Any],
        at: tuple[str, Span],
        earlier: dict[str, Span],
        cell: Cell,
        levels: list[str],
    ) -> Shown:
        """The number and its status."""
        names = _leaf_names(one, self._catalog)
        sides = [at]
        if isinstance(one.formula, Change):
            sides.append((one.formula.since, earlier[one.formula.since]))
        here = [{name: _at(counted[(*side, name)], cell) for name in names} for side in sides]
        if any(part is None for parts in here for part in parts.values()):
            return None, "outside_history"
        match one.formula:
            case Simple():
                value = self._told(one.name, here[0][one.name][1])
                value = float(value) if value is not None and one.type == "number" else value
            case Share(of, within):
                alike = len(levels) - 1 if within == "parent" and levels else 0
                of_all = counted[(*at, of)]
                whole = sum(of_all[other][1] or 0 for other in of_all if other[:alike] == cell[:alike])
                part = self._told(of, here[0][of][1])
                value = float(part) / float(whole) if whole and part is not None else None
            case Change(of, _, relative):
                kind = float if one.type == "number" else int
                now, then = (self._reckoned(Of(of), parts, kind) for parts in here)
                value = None if now is None or then is None else now - then
                if relative:
                    value = None if value is None or not then else value / then
            case Derived(expression):
                value = self._reckoned(expression, here[0], float if one.type == "number" else int)
        few = value is not None and any(0 < part[0] < FEWEST for parts in here for part in parts.values())
        return value, "not_for_release" if few else None

    def _reckoned(self, expression: Arithmetic, here: dict[str, Any], kind: type) -> Any:
        match expression:
            case Constant(value):
                return kind(value)
            case Of(name):
                return self._reckoned_of(name, here, kind)
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

    def _reckoned_of(self, name: str, here: dict[str, Any], kind: type) -> Any:
        inner = self._catalog.indicators[name].formula
        if isinstance(inner, Derived):
            return self._reckoned(inner.expression, here, kind)
        value = self._told(name, here[name][1])
        return None if value is None else kind(value)

    def _told(self, name: str, value: Any) -> Any:
        """The number of what is counted: a count of nothing is 0, and a sum of nothing is nothing."""
        one = self._catalog.indicators[name]
        is_count = one.formula.measure.aggregate in ("count", "count_distinct") or self._leaves.is_composed(one)
        return value or 0 if is_count else value

    def _terms(self, columns: list[str], lines: list[Any]) -> list[tuple[str, bool]]:
        named = set(columns) | set(lines[0][1] if lines else ())
        terms = [(term.name, term.descending) for term in self._request.order if term.name in named]
        is_whole = len(columns) - bool(self.names.grain) == len(self.names.by)
        by_size = is_whole if not self._request.other else len(columns) == 1 and columns[0] == self.names.by[0].name
        if by_size and self._request.top and not terms and not self.names.grain and not self._request.across:
            terms = [(self.names.asked[0].name, True)]
        return terms + [(name, False) for name in columns if name not in [named for named, _ in terms]]

    def _rank(
        self, columns: list[str], line: tuple[Cell, dict[str, Shown]], terms: list[tuple[str, bool]]
    ) -> list[tuple[Any, ...]]:
        """What a row is sorted by: the others last, then what was asked for, then the breakdowns; unknown last."""
        key, shown = line
        values = dict(zip(columns, key, strict=True))
        values |= {name: value for name, (value, _) in shown.items()}
        is_other = (1,) if self._top is not None and key[:1] == (OTHER,) else (0,)
        return [is_other, *(self._sortable(name, values[name], descending) for name, descending in terms)]

    def _sortable(self, name: str, value: Any, descending: bool) -> tuple[Any, ...]:
        if value is None:
            return (2,)
        level = self._catalog.levels.get(name)
        members: list[Any] = []
        if level and level.ordered and level.code_list:
            members = list(self._catalog.code_lists[level.code_list].labels)
        if level and level.bands:
            members = list(level.bands.labels)
        if members:
            if value in members:
                place = members.index(value)
                return 0, _Turned(place) if descending else place
            return 1, _Turned(value) if descending else value
        return 0, _Turned(value) if descending else value


def _at(counted: Counted | None, cell: Cell) -> tuple[float, Any] | None:
    return None if counted is None else counted.get(cell, (0, None))


def _difference(now: Shown, before: Shown) -> Shown:
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
