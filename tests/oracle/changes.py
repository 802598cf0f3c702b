"""The expected movements of a stock: each boundary of each unit by itself, told from the viewer's own rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from dataport.access import Permission
from dataport.semantic import Catalog, Request
from oracle.dates import midnight
from oracle.filters import filter_of
from oracle.names import Names, _mentioned
from oracle.records import histories
from oracle.refusals import Scope
from oracle.rows import Reader, Row, Tables

Cell = tuple[Any, ...]
OPEN_END = datetime(9999, 12, 31)


def movements(
    tables: Tables,
    watermark: datetime,
    catalog: Catalog,
    request: Request,
    permissions: Iterable[Permission],
    levels: Iterable[str],
) -> dict[Cell, tuple[int, dict[str, int], int]]:
    """Cell by some of the breakdowns to the number on the earlier day, what moved it, and the number on the later day.

    Raises:
        NotAllowed: the permissions do not admit the question.
    """
    return _Movements(tables, watermark, catalog, request, permissions, tuple(levels)).told()


class _Movements:
    def __init__(
        self,
        tables: Tables,
        watermark: datetime,
        catalog: Catalog,
        request: Request,
        permissions: Iterable[Permission],
        levels: tuple[str, ...],
    ) -> None:
        self._tables, self._catalog, self._request = tables, catalog, request
        self._where = filter_of(request, catalog)
        names = Names(request, self._where, catalog)
        (leaf,) = names.leaves
        self._measure = leaf.formula.measure
        self._fact = catalog.facts[self._measure.fact]
        self._by = levels
        scope = Scope(names, catalog, permissions)
        kinds = self._fact.boundaries.level if self._fact.boundaries else None
        entity = "event" if kinds else None
        if kinds:
            names.levels.append(catalog.levels[kinds])
            names.shown.append(catalog.levels[kinds])
        self._told_of = Scope(names, catalog, permissions, also=(entity,)) if entity else scope
        self._is_limited = not self._told_of.is_whole(self._fact.name)
        self._then, self._now = (min(midnight(day + timedelta(days=1)), watermark) for day in self._days())
        self._watermark = watermark

    def _days(self) -> tuple[Any, Any]:
        return self._request.compare, self._request.as_of

    def told(self) -> dict[Cell, tuple[int, dict[str, int], int]]:
        is_today = self._request.geography == "today"
        then, now = (Reader(self._catalog, self._tables, self._watermark if is_today else at, None)
                     for at in (self._then, self._now))  # fmt: skip
        started, ended, moved = Counter[Cell](), Counter[Cell](), Counter[tuple[Cell, str]]()
        for history in self._histories():
            for row in history:
                started.update([cell for cell in [self._cell(row, then)] if _is_at(row, self._then) and cell])
                ended.update([cell for cell in [self._cell(row, now)] if _is_at(row, self._now) and cell])
                if _is_at(row, self._now):
                    self._move(moved, self._cell(row, then), self._cell(row, now), "reorganised")
            for instant in sorted({row["valid_from"] for row in history} | {row["valid_to"] for row in history}):
                if self._then <= instant < self._now:
                    before = next((row for row in history if row["valid_to"] == instant), None)
                    after = next((row for row in history if row["valid_from"] == instant), None)
                    cells = self._cell(before, then), self._cell(after, then)
                    self._move(moved, *cells, self._cause(before, after, None not in cells))
        cells = {*started, *ended, *(cell for cell, _ in moved)}
        return {
            cell: (
                started[cell],
                {name: count for (one, name), count in moved.items() if one == cell and count},
                ended[cell],
            )
            for cell in cells
        }

    def _histories(self) -> list[list[dict[str, Any]]]:
        """The viewer's rows of each unit; of a person with several records, of the one that stands."""
        seen = [row for row in self._tables[self._fact.table] if self._told_of.holds(self._fact.name, row)]
        return histories(seen, self._fact.unit)

    def _cell(self, row: Row | None, reader: Reader) -> Cell | None:
        """The cell that a row counts in, if it counts."""
        if row is None:
            return None
        name = self._fact.name
        if not (reader.holds(self._measure.where, name, row) and reader.holds(self._where, name, row)):
            return None
        return ("cell", *(reader.value(name, row, level) for level in self._by))

    def _cause(self, before: Row | None, after: Row | None, both: bool) -> str:
        """What a boundary is called."""
        if self._fact.boundaries is None:
            if before and after:
                return "changed"
            return "began" if after else "ended"
        if before and after:
            return self._explained(after["start_cause_code"], before, after, both)
        edges = {one.cause: one.edge for one in self._catalog.movements}
        own = after["start_cause_code"] if after else before["end_cause_code"]
        if self._is_limited and not edges.get(own):
            return "entered_scope" if after else "left_scope"
        return own

    def _explained(self, cause: str, before: Row, after: Row, both: bool) -> str:
        """The cause of a boundary, if something that the question is about changed and it can be the cause of that.

        Where both sides are counted, only the breakdowns can have moved somebody from one cell to another.
        """
        names = [*self._by, *([] if both else (*_mentioned(self._where), *_mentioned(self._measure.where)))]
        asked = {self._catalog.levels[name].on[self._fact.name] for name in map(self._root, names)}
        can = next((one.explains for one in self._catalog.movements if one.cause == cause), None)
        if can is None or not self._fact.boundaries.attributes:
            return cause
        return cause if any(before[name] != after[name] for name in asked & set(can)) else "updated"

    def _root(self, name: str) -> str:
        level = self._catalog.levels[name]
        base = level.via.base if level.via else level.bands.base if level.bands else None
        return self._root(base) if base else name

    def _move(self, moved: Counter[tuple[Cell, str]], before: Cell | None, after: Cell | None, cause: str) -> None:
        if before == after:
            return
        if after is not None:
            moved[(after, self._named(cause, True))] += 1
        if before is not None:
            moved[(before, self._named(cause, False))] -= 1

    def _named(self, cause: str, adds: bool) -> str:
        if self._fact.boundaries is None:
            way = "in" if adds else "out"
            plain = {one: f"{one}_{way}" for one in ("changed", "reorganised")}
            limited = {"began": "began_or_entered_scope", "ended": "ended_or_left_scope"} if self._is_limited else {}
            return {**plain, **limited}.get(cause, cause)
        if cause in ("entered_scope", "left_scope"):
            return cause
        found = next((one for one in self._catalog.movements if one.cause == cause), None)
        if found is None or found.edge == ("ending" if adds else "beginning"):
            return "unexplained_in" if adds else "unexplained_out"
        return found.adds if adds else found.takes


def _is_at(row: Row, instant: datetime) -> bool:
    return row["valid_from"] < instant <= row["valid_to"]
