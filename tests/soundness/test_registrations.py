"""A person with records in two stores is one person, for whoever sees both records, and only for them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from figures import Desk, permission, viewer, world
from owned import fact, indicator, level, model, opened

from dataport.access import Viewer
from dataport.engine import plan
from dataport.engine.scan import OneRecord
from dataport.engine.tree import nodes_of
from dataport.errors import BadDefinition, Refused
from dataport.semantic import DateRange, Request

ONE, TWO, BOTH = viewer(["KEN-CO"]), viewer(["UGA-CO"]), viewer(["KEN-CO", "UGA-CO"])
UGANDA = {"business_unit_id": "UGA-CO", "country_of_asylum_code": "UGA", "operation_code": "UGA"}
JANUARY, FEBRUARY = date(2022, 1, 31), date(2022, 2, 27)


def told(*persons: dict[str, Any], links: tuple[tuple[int, int], ...] = ((1, 2),), **more: Any) -> Desk:
    """Persons 1 and 2 are one, if nothing else is said: 1 is of the first store, 2 of the second."""
    population = persons or ({"individual_key": 1}, {"individual_key": 2, **UGANDA}, {"individual_key": 3, **UGANDA})
    return Desk(world(population, links=links, **more))


def _none(row: dict[str, Any]) -> dict[str, Any]:
    """Movements that nobody made in this cell."""
    return {name: value for name, value in row.items() if value == 0 and name not in ("start", "end")}


def number(desk: Desk, indicator: str, who: Viewer, **words: Any) -> Any:
    rows = desk.rows(indicator, who=who, **words)
    return rows[0][0] if rows else 0


def test_each_store_counts_its_own_record_and_who_sees_both_counts_the_person_once() -> None:
    desk = told()
    assert [number(desk, "active_individuals", who) for who in (ONE, TWO, BOTH)] == [1, 2, 2]
    without = told(links=())
    assert number(without, "active_individuals", BOTH) == 3


def test_members_add_up_to_the_total_and_a_filter_chooses_nobody() -> None:
    """Decided before filters: who stands as a woman in Kenya is no man in Uganda where men are asked for."""
    desk = told({"individual_key": 1, "sex_code": "F"}, {"individual_key": 2, "sex_code": "M", **UGANDA})
    for name in ("sex", "country_of_asylum"):
        answer = desk.ask("active_individuals", who=BOTH, by=(name,), totals=True)
        assert answer.data["active_individuals"].to_pylist() == [1]
        assert answer.totals[0].data["active_individuals"].to_pylist() == [1]
    assert number(desk, "active_individuals", BOTH, where=("sex = 'M'",)) == 0
    assert number(desk, "active_individuals", TWO, where=("sex = 'M'",)) == 1


def test_the_other_record_stands_while_the_first_is_not_there() -> None:
    begins, ends = datetime(2022, 1, 10), datetime(2022, 2, 10)
    desk = told(
        {"individual_key": 1, "valid_from": begins, "valid_to": ends, "process_status_code": "I"},
        {"individual_key": 2, **UGANDA},
    )
    by = {"by": ("country_of_asylum",)}
    first = desk.rows("registered_individuals", who=BOTH, as_of=date(2022, 1, 5), **by)
    assert first == [("UGA", 1)]
    assert desk.rows("registered_individuals", who=BOTH, as_of=JANUARY, **by) == [("KEN", 1)]
    assert desk.rows("registered_individuals", who=BOTH, as_of=FEBRUARY, **by) == [("UGA", 1)]
    # over time: the status is that of the record that stands, and each day counts once
    trend = desk.rows("active_individuals", who=BOTH, by=("month",), period=DateRange(date(2022, 1, 1), FEBRUARY))
    assert [row[1] for row in trend] == [0, 1]
    trend = desk.rows("registered_individuals", who=BOTH, by=("month",), period=DateRange(date(2022, 1, 1), FEBRUARY))
    assert [row[1] for row in trend] == [1, 1]
    average = number(desk, "average_active_individuals", BOTH, period=DateRange(date(2022, 1, 1), JANUARY))
    assert average == pytest.approx(9 / 31)


def test_a_record_that_moved_hands_over_to_the_one_it_moved_to() -> None:
    desk = told(
        {"individual_key": 1},
        {"individual_key": 2, "valid_from": datetime(2022, 2, 1), **UGANDA},
        links=((2, 1),),
    )
    by = {"by": ("country_of_asylum",)}
    assert desk.rows("active_individuals", who=BOTH, as_of=JANUARY, **by) == [("KEN", 1)]
    assert desk.rows("active_individuals", who=BOTH, as_of=FEBRUARY, **by) == [("UGA", 1)]
    # the person did not leave the one and register in the other: they are recorded otherwise
    moved = desk.change("active_individuals", (JANUARY, FEBRUARY), BOTH, by=("country_of_asylum",), totals=True)
    rows = {row["country_of_asylum"]: row for row in moved.data.to_pylist()}
    assert rows["KEN"] == {"country_of_asylum": "KEN", "start": 1, "updated_out": -1, "end": 0} | _none(rows["KEN"])
    assert rows["UGA"] == {"country_of_asylum": "UGA", "start": 0, "updated_in": 1, "end": 1} | _none(rows["UGA"])
    total = moved.totals[0].data.to_pylist()[0]
    assert (total["start"], total["end"]) == (1, 1)


def test_what_belongs_to_a_record_counts_with_it() -> None:
    needs = [
        {"individual_key": 1, "need_code": "DS-DF"},
        {"individual_key": 2, "need_code": "DS-DF", **UGANDA},
        {"individual_key": 3, "need_code": "DS-DF", **UGANDA},
    ]
    happened = [
        {"individual_key": 1, "event_type_code": "death"},
        {"individual_key": 2, "event_type_code": "death", **UGANDA},
    ]
    desk = told(needs=needs, events=happened)
    assert [number(desk, "active_specific_needs", who) for who in (ONE, TWO, BOTH)] == [1, 2, 2]
    assert [number(desk, "deaths", who) for who in (ONE, TWO, BOTH)] == [1, 1, 1]


def test_what_stores_gave_is_all_counted_and_who_got_it_once() -> None:
    given = [{"individual_key": 1, "value_usd": 100}, {"individual_key": 2, "value_usd": 50, **UGANDA}]
    desk = told(assistance=given)
    words = {"period": DateRange(date(2022, 1, 1), JANUARY)}
    assert number(desk, "persons_assisted", BOTH, **words) == 1
    assert number(desk, "assistance_value", BOTH, **words) == 150


def test_a_record_out_of_scope_takes_nothing_away() -> None:
    """Which record stands follows from the viewer's own rows: one that left them leaves the person to the other."""
    desk = told(
        {"individual_key": 1, "valid_to": datetime(2022, 2, 1)},
        {"individual_key": 1, "valid_from": datetime(2022, 2, 1), "business_unit_id": "SOM-FO"},
        {"individual_key": 2, **UGANDA},
    )
    assert desk.rows("active_individuals", who=BOTH, by=("country_of_asylum",), as_of=FEBRUARY) == [("UGA", 1)]


def test_a_home_without_links_is_planned_as_ever_and_a_rollup_that_counts_twice_is_not_read() -> None:
    request = Request(("active_individuals",))
    assert not any(isinstance(node, OneRecord) for node in nodes_of(plan(told(links=()).scoped(request, BOTH))))
    joined = told().explained(request, BOTH)
    assert any("the one that stands for them" in line for line in joined)
    assert not any("rollup" in line for line in joined)


def test_who_may_not_count_persons_is_refused_what_depends_on_them() -> None:
    needs = [{"individual_key": 1}, {"individual_key": 2, **UGANDA}]
    only = viewer(None, permission("specific_need", ["KEN-CO", "UGA-CO"]))
    assert number(told(needs=needs, links=()), "active_specific_needs", only) == 2
    with pytest.raises(Refused):
        number(told(needs=needs), "active_specific_needs", only)


def test_a_file_of_ones_own_has_no_links(tmp_path: Path) -> None:
    """They would not be looked at, and everybody in it would count as often as they are recorded."""
    known = model(
        fact(axes="{a: d}", identity="{record: id, registration: r}"),
        level("l"),
        indicator("n", "flow: {fact: f, axis: a}"),
    )
    table = "create table t as select 1 as id, 1 as r, 's' as s, date '2024-02-01' as d"
    with pytest.raises(BadDefinition, match="links are those of a home"):
        opened(tmp_path, table, known).ask("n")
