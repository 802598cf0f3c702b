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
from dataport.semantic.condition import Compare
from dataport.semantic.policy import Who
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


# What a policy keeps back: on a level that every fact holds, and on levels that some do not.
_KEPT_BACK = {"country_of_asylum": "country_of_asylum_code", "sex": "sex_code", "process_status": "process_status_code"}


@given(st.data())
def test_rows_that_a_policy_keeps_back_change_nothing(data: st.DataObject) -> None:
    """As above for rows of the viewer's own units that a forbid takes away, whoever is asked about."""
    level = data.draw(st.sampled_from(list(_KEPT_BACK)), "level")
    what = data.draw(worlds(), "world")
    values = sorted({row.get(_KEPT_BACK[level]) for row in what.population} - {None})
    forbidden = data.draw(st.sampled_from(values) if values else st.just("C"), "kept back")
    rule = replace(
        DESK.catalog.policies[0], name="kept_back", effect="forbid", rows=Compare(level, "=", forbidden), who=Who()
    )
    units = set(data.draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=2, unique=True), "units"))
    who = _limited(units, data)
    changed = _changed(what, data.draw(worlds(most=4), "kept back"), units, (_KEPT_BACK[level], forbidden))
    asked = [data.draw(requests(what, DESK.catalog), "request") for _ in range(2)]
    plain = DESK.catalog
    DESK.catalog = replace(plain, policies=(*plain.policies, rule))
    try:
        DESK.show(what)
        before = [_everything_told(request, who) for request in asked]
        DESK.show(changed)
        assert [_everything_told(request, who) for request in asked] == before
    finally:
        DESK.catalog = plain


def _limited(units: set[str], data: st.DataObject) -> Viewer:
    """A viewer of some units; some of the entities may be out of reach, and one role may hold members back."""
    reached = [one for one in ENTITIES if data.draw(st.integers(0, 6))] or list(ENTITIES)
    tier = data.draw(st.sampled_from(["T0", "T2", "T2"]))
    return viewer(None, *(permission(one, units, highest_tier=tier) for one in reached))


def _changed(what: World, other: World, units: set[str], kept_back: tuple[str, str] | None = None) -> World:
    """The same world with other rows wherever the viewer may not look; keys may meet those that are seen."""

    def is_seen(row: Row) -> bool:
        is_kept_back = kept_back is not None and row.get(kept_back[0]) == kept_back[1]
        return row["business_unit_id"] in units and not is_kept_back

    def rows(mine: tuple[Row, ...], theirs: tuple[Row, ...]) -> tuple[Row, ...]:
        return (*(row for row in theirs if not is_seen(row)), *(row for row in mine if is_seen(row)))

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
    meta, members = dict(answer.meta), dict(answer.members)
    return [_bytes(table) for table in tables], status, answer.columns, members, meta, explained, scope


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return bytes(sink.getvalue())
