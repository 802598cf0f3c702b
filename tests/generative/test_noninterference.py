"""Nobody learns about rows that they may not see: whatever happens to those, every answer stays the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
from figures import ENTITIES, Desk, Row, World, permission, viewer
from hypothesis import given
from hypothesis import strategies as st

from dataport.access import Viewer
from dataport.errors import DataportError
from dataport.semantic import Request
from generative.strategies import UNITS, extended_catalog, requests, worlds

DESK = Desk(definitions=extended_catalog())


@given(st.data())
def test_rows_out_of_scope_change_nothing(data: st.DataObject) -> None:
    """Rows, order, totals, status, plan, statement and errors are the same to the byte."""
    units = set(data.draw(st.lists(st.sampled_from(UNITS), max_size=2, unique=True), "units"))
    who = _limited(units, data)
    what = data.draw(worlds(), "world")
    changed = _changed(what, data.draw(worlds(most=4), "what happens elsewhere"), units)
    asked = [data.draw(requests(what, DESK.catalog), "request") for _ in range(2)]
    DESK.show(what)
    before = [_everything_told(request, who) for request in asked]
    DESK.show(changed)
    assert [_everything_told(request, who) for request in asked] == before


def _limited(units: set[str], data: st.DataObject) -> Viewer:
    """A viewer of some units; some of the entities may be out of reach, and one role may hold members back."""
    reached = [one for one in ENTITIES if data.draw(st.integers(0, 6))] or list(ENTITIES)
    tier = data.draw(st.sampled_from(["T0", "T2", "T2"]))
    return viewer(None, *(permission(one, units, highest_tier=tier) for one in reached))


def _changed(what: World, other: World, units: set[str]) -> World:
    """The same world with other rows wherever the viewer may not look; keys may meet those that are seen."""

    def rows(mine: tuple[Row, ...], theirs: tuple[Row, ...]) -> tuple[Row, ...]:
        elsewhere = [row for row in theirs if row["business_unit_id"] not in units]
        return (*elsewhere, *(row for row in mine if row["business_unit_id"] in units))

    return replace(
        what,
        population=rows(what.population, other.population),
        groups=rows(what.groups, other.groups),
        events=rows(what.events, other.events),
        needs=rows(what.needs, other.needs),
        documents=rows(what.documents, other.documents),
        assistance=rows(what.assistance, other.assistance),
    )


def _everything_told(request: Request, who: Viewer) -> Any:
    """All that reaches the viewer, as bytes and text."""
    try:
        answer = DESK.request(request, who)
        explained = DESK.explained(request, who)
        scope = DESK.scoped(request, who).in_words()
    except DataportError as refusal:
        return type(refusal), str(refusal)
    tables = [answer.data, *(total.data for total in answer.totals)]
    status = [answer.status, *(total.status for total in answer.totals)]
    return [_bytes(table) for table in tables], status, answer.columns, dict(answer.members), explained, scope


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return bytes(sink.getvalue())
