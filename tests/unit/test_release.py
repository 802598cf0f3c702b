"""What of an answer may be told: columns, names of members, marks, and nothing beneath."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from figures import WIDE, Desk, catalog_with, tuples, viewer, world

from dataport.access import Viewer, ViewerClass, guard
from dataport.dictionary import disclosure_limit
from dataport.disclosure import release
from dataport.engine import HIDDEN, RawAnswer, lower, plan, seal
from dataport.errors import NoRoad, Refused
from dataport.semantic import DateRange, Request, resolve
from dataport.semantic.policy import AS_GRANTED, Who
from dataport.tables import RawTable

DESK = Desk(world([{}] * 12 + [{"sex_code": "M"}]))
MINIMUM = disclosure_limit("onward_release_minimum")


def _under_null(answer: pa.Array) -> bytes:
    return answer.buffers()[1].to_pybytes()


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        (pa.int64(), (4711).to_bytes(8, "little")),
        (pa.float64(), b"\x11" * 8),
        (pa.date32(), (18_000).to_bytes(4, "little")),
    ],
)
def test_nothing_is_told_under_a_null(kind: pa.DataType, secret: bytes) -> None:
    """A null cell still has memory, and the Arrow format writes it out: it must not hold what was hidden."""
    hidden = pa.Array.from_buffers(kind, 1, [pa.py_buffer(b"\x00"), pa.py_buffer(secret)])
    assert secret in _under_null(hidden), "the test has something to find"
    scoped = DESK.scoped(Request(("active_individuals",)))
    raw = pa.table({"active_individuals": hidden, HIDDEN + "active_individuals": pa.array([0])})
    told = release(RawAnswer(RawTable(raw), ()), scoped, {}).data.column(0).combine_chunks()
    assert told.to_pylist() == [None] and told.type == kind
    assert not any(_under_null(told)[: len(secret)])


def test_text_is_not_told_under_a_null() -> None:
    offsets = pa.py_buffer(b"\x00\x00\x00\x00\x06\x00\x00\x00")
    hidden = pa.Array.from_buffers(pa.string(), 1, [pa.py_buffer(b"\x00"), offsets, pa.py_buffer(b"secret")])
    scoped = DESK.scoped(Request(("active_individuals",), ("operation",)))
    counts = {"active_individuals": [20], HIDDEN + "active_individuals": [20]}
    told = release(RawAnswer(RawTable(pa.table({"operation": hidden, **counts})), ()), scoped, {}).data
    assert all(b"secret" not in buffer.to_pybytes() for buffer in told.column(0).combine_chunks().buffers() if buffer)


def test_columns_say_what_they_are() -> None:
    answer = DESK.ask("active_individuals", "share_of_children", by=("sex", "month"))
    assert [(one.name, one.label, one.type, one.unit, one.role) for one in answer.columns] == [
        ("sex", "Sex", "text", None, "level"),
        ("period", "Month", "date", None, "level"),
        ("active_individuals", "Active individuals", "integer", "persons", "indicator"),
        ("share_of_children", "Share of children", "number", "share", "indicator"),
    ]
    assert answer.data.column_names == [one.name for one in answer.columns]
    assert [str(field.type) for field in answer.data.schema] == ["string", "date32[day]", "int64", "double"]


def test_members_are_named_where_they_occur_and_nowhere_else() -> None:
    answer = DESK.ask("active_individuals", by=("sex", "operation"), totals=True)
    assert dict(answer.members) == {"sex": {"F": "Female", "M": "Male"}, "operation": {"KEN": "Kenya"}}


def test_small_cells_are_marked_by_what_is_behind_them() -> None:
    answer = DESK.ask("active_individuals", "share_of_women_and_girls", by=("sex",), totals=True)
    marks = {(one.row, one.column) for one in answer.status}
    assert tuples(answer.data) == [("F", 12, 1.0), ("M", 1, 0.0)]
    assert marks == {(1, "active_individuals"), (1, "share_of_women_and_girls")}
    assert answer.totals[0].status == ()


@pytest.mark.parametrize(("count", "is_small"), [(0, False), (1, True), (MINIMUM - 1, True), (MINIMUM, False)])
def test_a_cell_is_small_up_to_one_below_the_minimum(count: int, is_small: bool) -> None:
    desk = Desk(world([{"process_status_code": "A"}] * count))
    assert [one.code for one in desk.ask("active_individuals").status] == ["not_for_release"] * is_small


@pytest.mark.parametrize(
    ("before", "now", "marked"),
    [
        (3, 20, {"active_individuals_before", "active_individuals_change"}),
        (20, 3, {"active_individuals", "active_individuals_change"}),
        (20, 40, set()),
    ],
)
def test_a_difference_is_small_where_either_of_its_sides_is(before: int, now: int, marked: set[str]) -> None:
    """Whoever knows the larger side has the smaller one by a subtraction."""
    moved = datetime(2022, 2, 1, 12)
    left = [{"valid_to": moved}] * max(before - now, 0)
    came = [{"valid_from": moved}] * max(now - before, 0)
    desk = Desk(world([*[{}] * min(before, now), *left, *came]))
    answer = desk.ask("active_individuals", compare=date(2022, 1, 31), as_of=date(2022, 2, 27))
    assert tuples(answer.data) == [(now, before, now - before)]
    assert {one.column for one in answer.status} == marked
    as_change = desk.ask("change_in_active_individuals", period=DateRange(date(2022, 2, 1), date(2022, 2, 27)))
    assert tuples(as_change.data) == [(now - before,)]
    assert bool(as_change.status) == bool(marked)


def test_cells_outside_history_are_marked_and_empty() -> None:
    period = DateRange(date(2021, 11, 1), date(2022, 3, 31))
    answer = DESK.ask("active_individuals", "new_registrations", grain="month", period=period)
    outside = {(one.row, one.column) for one in answer.status if one.code == "outside_history"}
    assert [(stock, flow) for _, stock, flow in tuples(answer.data)] == [
        (None, None), (13, None), (13, 0), (13, 0), (None, None)
    ]  # fmt: skip
    assert outside == {(0, "active_individuals"), (4, "active_individuals")} | {
        (row, "new_registrations") for row in (0, 1, 4)
    }


def test_flows_before_any_whole_day_are_unknown_and_make_no_rows() -> None:
    desk = Desk(world([{}], (), [{"recorded_at": desk_start()}]))
    asked: dict[str, Any] = {"as_of": date(2021, 12, 31)}
    assert desk.rows("new_registrations", **asked) == [(None,)]
    assert desk.rows("new_registrations", by=("operation",), **asked) == []
    assert desk.ask("new_registrations", **asked).status[0].code == "outside_history"


def desk_start() -> Any:
    return DESK.figures.horizon.start


@pytest.mark.parametrize("other", [ViewerClass.STATISTICS, ViewerClass.PARTNER, ViewerClass.SERVICE])
def test_exact_numbers_are_for_registration_viewers(other: ViewerClass) -> None:
    asked = resolve(Request(("active_individuals",)), DESK.catalog, DESK.figures.horizon)
    with pytest.raises(Refused, match=f"class {other}"):
        guard(asked, Viewer("x", other, WIDE.permissions, 1))
    # and if a policy let such a viewer count, nothing would be told of it: there is no road
    counting = replace(DESK.catalog, policies=(replace(AS_GRANTED, who=Who((other.value,))),))
    scoped = guard(replace(asked, catalog=counting), Viewer("x", other, WIDE.permissions, 1))
    raw = DESK.figures.run(seal(lower(plan(scoped)), scoped))
    with pytest.raises(NoRoad, match=f"class {other} yet"):
        release(raw, scoped, {})


def test_a_number_keeps_its_fraction() -> None:
    """A sum of a type declared as number is cast to that and not rounded to a whole."""
    more = """
indicators:
  weight: {label: W, description: W, unit: kg, type: number, tier: T0, over: end of day,
           stock: {fact: population, aggregate: sum, column: individual_key}}
"""
    answer = Desk(world([{}, {}]), catalog_with(more)).ask("weight")
    assert str(answer.data.schema.field("weight").type) == "double"
    assert tuples(answer.data) == [(3.0,)]


def test_rows_do_not_print() -> None:
    raw = RawTable(pa.table({"name": ["Amina"]}))
    assert repr(raw) == "RawTable(1 rows: name)" and "Amina" not in f"{raw} {[raw]}"


def test_the_limits_of_a_viewer_are_said_in_words() -> None:
    units = [f"U{number}" for number in range(8)]
    request = Request(("active_individuals",))
    assert DESK.scoped(request).in_words() == "all rows"
    assert DESK.scoped(request, viewer(units[:1])).in_words() == "rows of business unit U0"
    assert DESK.scoped(request, viewer(units)).in_words() == "rows of business units U0, U1, U2, U3, U4 and 3 more"
    assert DESK.scoped(request, viewer([])).in_words() == "no rows"
