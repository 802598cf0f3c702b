"""Whether the engine says what the oracle says."""

from __future__ import annotations

from typing import Any

from figures import COLUMNS, WIDE, Desk, World, tuples
from oracle import Expected, NotAllowed, answer

from dataport.access import Viewer
from dataport.disclosure import CellStatus, SafeTable
from dataport.engine import plan
from dataport.errors import Refused
from dataport.semantic import Request


def expected(desk: Desk, what: World, request: Request, who: Viewer = WIDE) -> Expected | None:
    """The oracle's answer; None if the viewer must be refused."""
    tables = {table: what.rows(table) for table in COLUMNS}
    try:
        return answer(tables, what.start, what.watermark, desk.catalog, request, who.permissions)
    except NotAllowed:
        return None


def told(desk: Desk, request: Request, who: Viewer = WIDE) -> SafeTable | None:
    """The engine's answer; None if the viewer is refused."""
    try:
        return desk.request(request, who)
    except Refused:
        return None


def agree(desk: Desk, what: World, request: Request, who: Viewer = WIDE) -> SafeTable | None:
    """Assert that engine and oracle agree on rows, order, status and totals; gives the answer.

    The desk must show the world already.
    """
    said, must = told(desk, request, who), expected(desk, what, request, who)
    assert (said is None) == (must is None), "only one of the two refuses"
    if said is None or must is None:
        return None
    assert _to_12_digits(tuples(said.data)) == _to_12_digits(must.rows)
    scoped = desk.scoped(request, who)
    if plan(scoped) != plan(scoped, rollups=False):
        by_itself = desk.request(request, who, rollups=False)
        assert (by_itself.data, by_itself.status) == (said.data, said.status), "the rollup says something else"
        assert [(one.levels, one.data) for one in by_itself.totals] == [(one.levels, one.data) for one in said.totals]
    assert _plain(said.status) == must.status
    assert [total.levels for total in said.totals] == [total.levels for total in must.totals]
    for total, wanted in zip(said.totals, must.totals, strict=True):
        shown = [name for name in total.data.column_names if name in (*total.levels, *_own(said))]
        assert _to_12_digits(tuples(total.data.select(shown))) == _to_12_digits(wanted.rows)
        assert _plain(total.status) == wanted.status
    return said


def _to_12_digits(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with their fractions as far as the order of two operations does not show."""
    return [tuple(float(f"{one:.12g}") if isinstance(one, float) else one for one in row) for row in rows]


def _own(table: SafeTable) -> list[str]:
    """The period and the indicators: what every total has beside the levels it spans."""
    return [one.name for one in table.columns if one.role != "level" or one.name == "period"]


def _plain(status: tuple[CellStatus, ...]) -> set[tuple[int, str, Any]]:
    return {(one.row, one.column, one.code) for one in status}
