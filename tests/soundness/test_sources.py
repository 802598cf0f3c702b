"""Several stores of different age: a number that may lack rows of one of them is not smaller, it is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from figures import OPEN_END, WIDE, Desk, tuples, viewer, world

from dataport.access import Viewer, guard
from dataport.disclosure import SafeTable, notes_of, release
from dataport.engine import finish_change, lower, plan, seal
from dataport.errors import OutsideHistory
from dataport.semantic import DateRange, Horizon, Request, resolve, resolve_change
from dataport.semantic.horizons import Horizons

OLD = Horizon(datetime(2019, 1, 1), datetime(2022, 3, 1))
YOUNG = Horizon(datetime(2021, 1, 1), datetime(2022, 2, 15, 12))
OPERATIONS = {"KEN": frozenset({"old"}), "UGA": frozenset({"young"}), "SSD": frozenset({"old", "young"})}
HORIZONS = Horizons(
    {"old": OLD, "young": YOUNG},
    {
        "operation": OPERATIONS,
        "source": {"old": frozenset({"old"}), "young": frozenset({"young"})},
        "business_unit": {"KEN-CO": frozenset({"old"}), "UGA-CO": frozenset({"young"})},
    },
)
UGA = {"business_unit_id": "UGA-CO", "operation_code": "UGA", "country_of_asylum_code": "UGA"}
UNITS = (
    {"business_unit_id": "KEN-CO", "source_id": "old", "operation_code": "KEN"},
    {"business_unit_id": "UGA-CO", "source_id": "young", "operation_code": "UGA"},
)
PEOPLE = [
    {"valid_from": datetime(2019, 2, 1)},
    {"valid_from": datetime(2020, 2, 1), "sex_code": "M"},
    {"valid_from": datetime(2021, 1, 5), **UGA},
    {"valid_from": datetime(2021, 6, 5), "valid_to": OPEN_END, **UGA},
    {"valid_from": datetime(2021, 7, 5), **UGA, "sex_code": "M"},
]
EVENTS = [
    {"event_date": date(2020, 5, 1), "recorded_at": datetime(2020, 5, 1, 9)},
    {"event_date": date(2021, 5, 1), "recorded_at": datetime(2021, 5, 1, 9), **UGA},
]
BOTH = WIDE


def desk() -> Desk:
    return Desk(world(PEOPLE, unit_sources=UNITS, start=OLD.start, watermark=OLD.watermark))


def asked(at: Desk, *indicators: str, horizons: Horizons = HORIZONS, who: Viewer = BOTH, **words: Any) -> SafeTable:
    bind = resolve_change if words.pop("why", False) else resolve
    question = bind(Request(indicators, **words), at.catalog, horizons.whole)
    scoped = guard(replace(question, horizons=horizons), who)
    raw = finish_change(at.figures.run(seal(lower(plan(scoped)), scoped)), scoped)
    return release(raw, scoped, {"limits": list(notes_of(scoped.question))})


def outside(table: SafeTable) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in table.status if one.code == "outside_history"]


def test_a_date_that_one_store_does_not_reach_is_answered_where_it_cannot_matter() -> None:
    early = {"as_of": date(2020, 6, 30), "totals": True}
    alone = asked(desk(), "active_individuals", **early)
    assert tuples(alone.data) == [(None,)] and outside(alone) == [(0, "active_individuals")]
    told = asked(desk(), "active_individuals", by=("operation",), **early)
    assert tuples(told.data) == [("KEN", 2)] and outside(told) == []
    (total,) = told.totals
    assert tuples(total.data) == [(None, None)]
    assert [one.code for one in total.status] == ["outside_history"]
    assert told.meta["limits"] == [
        "young is known from 2021-01-01 to 2022-02-15: what can hold its rows is outside history on other dates"
    ]


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("operation = 'KEN'", 2),
        ("operation in ('KEN')", 2),
        ("source = 'old'", 2),
        ("business_unit = 'KEN-CO'", 2),
        ("operation = 'KEN' and sex = 'F'", 1),
        ("source = 'old' and operation = 'SSD'", 0),
        ("operation = 'SSD' and source = 'old'", 0),
        # a country may be in both stores, an operation is where it is said to be
        ("country_of_asylum = 'KEN'", None),
        ("operation in ('KEN', 'UGA')", None),
        ("operation = 'SSD'", None),
        ("operation != 'UGA'", None),
        ("operation = 'KEN' or sex = 'F'", None),
        ("not operation = 'UGA'", None),
    ],
)
def test_a_filter_fixes_the_stores_or_it_does_not(where: str, number: int | None) -> None:
    told = asked(desk(), "active_individuals", where=(where,), as_of=date(2020, 6, 30))
    assert tuples(told.data) == [(number,)]
    assert bool(outside(told)) == (number is None)


@pytest.mark.parametrize("by", [("business_unit", "operation"), ("operation", "business_unit")])
def test_what_one_breakdown_fixes_another_does_not_open_again(by: tuple[str, str]) -> None:
    """The operation has people in both stores; those of this unit are all in the one that reaches the day."""
    people = [{"valid_from": datetime(2020, 2, 1), "operation_code": "SSD"}]
    at = Desk(world(people, unit_sources=UNITS, start=OLD.start, watermark=OLD.watermark))
    told = asked(at, "active_individuals", by=by, as_of=date(2020, 6, 30))
    assert [row[-1] for row in tuples(told.data)] == [1] and outside(told) == []


def test_a_store_that_was_last_read_earlier_is_not_told_as_it_was_then() -> None:
    told = asked(desk(), "active_individuals", by=("operation",), as_of=date(2022, 2, 20), totals=True)
    assert tuples(told.data) == [("KEN", 2), ("UGA", None)]
    assert outside(told) == [(1, "active_individuals")]
    assert tuples(told.totals[0].data) == [(None, None)]


def test_where_all_reach_nothing_is_kept_back() -> None:
    told = asked(desk(), "active_individuals", by=("operation",), as_of=date(2021, 12, 31), totals=True)
    assert tuples(told.data) == [("KEN", 2), ("UGA", 3)] and tuples(told.totals[0].data) == [(None, 5)]
    assert told.status == () or not outside(told)
    assert told.meta["limits"] == []


def test_a_trend_is_told_from_where_all_are_known() -> None:
    years = {"period": DateRange(date(2019, 1, 1), date(2022, 2, 28)), "grain": "year"}
    alone = asked(desk(), "active_individuals", **years)
    assert [number for _, number in tuples(alone.data)] == [None, None, 5, None]
    told = asked(desk(), "active_individuals", by=("operation",), **years)
    assert [row for row in tuples(told.data) if row[0] == "UGA"] == [
        ("UGA", date(2019, 1, 1), None),
        ("UGA", date(2020, 1, 1), None),
        ("UGA", date(2021, 1, 1), 3),
        ("UGA", date(2022, 1, 1), None),
    ]
    assert [row[2] for row in tuples(told.data) if row[0] == "KEN"] == [1, 2, 2, 2]


def test_a_share_needs_the_whole() -> None:
    told = asked(desk(), "active_individuals", "share_of_children", by=("operation",), as_of=date(2020, 6, 30))
    assert tuples(told.data) == [("KEN", 2, 0.0)], "a share of the cell's own people needs no other store"


def test_both_sides_of_a_comparison_must_be_reached() -> None:
    told = asked(desk(), "active_individuals", by=("operation",), as_of=date(2021, 12, 31), compare=date(2020, 6, 30))
    assert tuples(told.data) == [("KEN", 2, 2, 0), ("UGA", 3, None, None)]
    assert set(outside(told)) == {(1, "active_individuals_before"), (1, "active_individuals_change")}


def test_a_flow_must_have_been_recorded_from_its_first_day() -> None:
    at = Desk(world(PEOPLE, events=EVENTS, unit_sources=UNITS, start=OLD.start, watermark=OLD.watermark))
    spans = {"2020-02-01..2020-12-31": None, "2020-12-01..2021-06-30": None, "2021-02-01..2021-06-30": 1}
    for span, number in spans.items():
        assert tuples(asked(at, "new_registrations", period=DateRange.parse(span)).data) == [(number,)], span


def test_why_a_number_moved_is_told_of_what_is_known_on_both_days() -> None:
    words = {"why": True, "by": ("operation",), "as_of": date(2021, 12, 31), "compare": date(2020, 1, 31)}
    told = asked(desk(), "active_individuals", totals=True, **words)
    by_operation = {row[0]: row[1:] for row in tuples(told.data)}
    assert by_operation["KEN"][0] == 1 and by_operation["KEN"][-1] == 2
    assert by_operation["UGA"][0] is None and by_operation["UGA"][-1] == 3, "only one of its two days is known"
    assert all(value is None for value in by_operation["UGA"][1:-1])
    assert tuples(told.totals[0].data)[0][1] is None


def test_dates_that_nobody_stated_are_chosen_from_those_that_all_reach() -> None:
    told = asked(desk(), "active_individuals")
    assert tuples(told.data) == [(5,)] and not outside(told)


def test_a_date_that_no_store_reaches_is_refused_with_what_some_do() -> None:
    with pytest.raises(OutsideHistory, match="knows 2019-01-01 to 2022-02-28"):
        asked(desk(), "active_individuals", as_of=date(2018, 12, 31))


def test_a_viewer_of_one_store_hears_nothing_of_the_others() -> None:
    """Neither its age nor its name, and every date that the own store knows is answered."""
    mine, theirs = HORIZONS.within(frozenset({"old"})), HORIZONS.within(frozenset({"young"}))
    ken, uga = viewer(["KEN-CO"]), viewer(["UGA-CO"])
    told = asked(desk(), "active_individuals", horizons=mine, who=ken, as_of=date(2020, 6, 30))
    assert tuples(told.data) == [(2,)] and told.meta["limits"] == []
    with pytest.raises(OutsideHistory, match="knows 2021-01-01 to 2022-02-15"):
        asked(desk(), "active_individuals", horizons=theirs, who=uga, as_of=date(2020, 6, 30))
    told = asked(desk(), "active_individuals", horizons=mine, who=ken, as_of=date(2022, 2, 28))
    assert tuples(told.data) == [(2,)]


def test_a_store_of_which_nothing_is_published_makes_no_number_smaller() -> None:
    """Permissions are published before rows: somebody may already see two stores, of which one has not landed."""
    both = HORIZONS.within(frozenset({"old", "new"}))
    told = asked(desk(), "active_individuals", horizons=both, as_of=date(2021, 12, 31))
    assert tuples(told.data) == [(None,)] and outside(told) == [(0, "active_individuals")]
    assert told.meta["limits"] == ["nothing of new has been published yet: what can hold its rows is outside history"]
    known = asked(desk(), "active_individuals", horizons=both, as_of=date(2021, 12, 31), where=("operation = 'KEN'",))
    assert tuples(known.data) == [(2,)] and not outside(known)


def test_whose_only_store_is_not_published_is_refused_and_not_told_of_others() -> None:
    with pytest.raises(OutsideHistory, match="has been published yet") as refusal:
        HORIZONS.within(frozenset({"new"}))
    assert "2019" not in str(refusal.value) and "old" not in str(refusal.value)
