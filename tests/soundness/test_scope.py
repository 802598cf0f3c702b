"""What a viewer may not count is counted nowhere: not in a cell, a total, a denominator or a group's size."""

from __future__ import annotations

from datetime import date

import pytest
from figures import KENYA, NOBODY, WIDE, Desk, permission, tuples, viewer, world

from dataport.errors import Refused, UnknownName
from dataport.semantic import OrderBy
from dataport.semantic.schema import ColumnType, Kind

ABROAD = {"business_unit_id": "UGA-CO", "country_of_asylum_code": "UGA"}
HERE_AND_THERE = world(
    [{"sex_code": "F"}, {"sex_code": "M"}, {**ABROAD, "sex_code": "F"}, {"business_unit_id": None, "sex_code": "F"}],
    [{"active_member_count": 3}, {**ABROAD, "active_member_count": 5}],
    [{}, ABROAD, ABROAD],
)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(HERE_AND_THERE)


def test_a_limited_viewer_counts_own_rows_in_cells_totals_and_shares(desk: Desk) -> None:
    answer = desk.ask(
        "active_individuals", "share_of_women_and_girls", by=("country_of_asylum",), totals=True, who=KENYA
    )
    assert tuples(answer.data) == [("KEN", 2, 0.5)]
    assert tuples(answer.totals[0].data) == [(None, 2, 0.5)]


def test_a_row_of_no_unit_is_nobodys_but_the_unlimited_viewers(desk: Desk) -> None:
    assert desk.rows("active_individuals", who=viewer(["KEN-CO", "UGA-CO"])) == [(3,)]
    assert desk.rows("active_individuals", who=WIDE) == [(4,)]


def test_an_empty_list_of_units_is_nothing_and_not_everything(desk: Desk) -> None:
    asked = ("active_individuals", "active_groups", "average_group_size", "new_registrations")
    assert desk.rows(*asked, who=NOBODY) == [(0, 0, None, 0)]
    assert desk.rows("active_individuals", by=("country_of_asylum",), who=NOBODY) == []


def test_no_permission_at_all_is_a_refusal(desk: Desk) -> None:
    with pytest.raises(Refused, match="None of this viewer's roles permits counting event records"):
        desk.ask("active_individuals", "new_registrations", who=viewer(None, permission("individual")))


def test_each_fact_has_its_own_scope(desk: Desk) -> None:
    """One entity everywhere, another in one unit: neither scope is lent to the other."""
    uneven = viewer(None, permission("individual", ["UGA-CO"]), permission("event", ["KEN-CO"]))
    assert desk.rows("active_individuals", "new_registrations", who=uneven) == [(1, 1)]
    by_country = desk.rows("active_individuals", "new_registrations", by=("country_of_asylum",), who=uneven)
    assert by_country == [("KEN", 0, 1), ("UGA", 1, 0)]


def test_a_precomputed_group_size_is_not_shown_to_whom_it_was_not_computed_for() -> None:
    """Five members, two of them in scope: the size is two. The group's own column says five."""
    members = [{"group_key": 1}] * 2 + [{"group_key": 1, **ABROAD}] * 3
    desk = Desk(world(members, [{"active_member_count": 5}]))
    assert desk.rows("average_group_size", who=WIDE) == [(5.0,)]
    assert desk.rows("average_group_size", who=KENYA) == [(2.0,)]
    unlimited_groups = viewer(None, permission("registration_group"), permission("individual", ["KEN-CO"]))
    assert desk.rows("average_group_size", who=unlimited_groups) == [(2.0,)]


def test_a_person_who_moves_into_scope_is_counted_from_then_on() -> None:
    moved = """
        individual_key | business_unit_id | valid_from          | valid_to
        1              | UGA-CO           | 2021-12-31 23:59:59 | 2022-01-20
        1              | KEN-CO           | 2022-01-20          | open
    """
    desk = Desk(world(moved))
    assert desk.rows("active_individuals", as_of=date(2022, 1, 19), who=KENYA) == [(0,)]
    assert desk.rows("active_individuals", as_of=date(2022, 1, 20), who=KENYA) == [(1,)]


def test_a_top_is_made_of_rows_in_scope(desk: Desk) -> None:
    crowd = world([{}] + [ABROAD] * 3)
    assert Desk(crowd).rows("active_individuals", by=("country_of_asylum",), top=1, who=KENYA) == [("KEN", 1)]


def test_an_input_that_is_not_permitted_refuses_what_is_made_of_it(desk: Desk) -> None:
    with pytest.raises(Refused, match="more sensitive"):
        desk.ask("share_of_women_and_girls", who=viewer(None, highest_tier="T0"))


def test_an_order_can_not_smuggle_a_member_in(desk: Desk) -> None:
    with pytest.raises(UnknownName, match="no column of this answer called 'sex'"):
        desk.ask("active_individuals", by=("operation",), order=(OrderBy("sex"),), who=viewer(None, highest_tier="T0"))


@pytest.mark.parametrize(
    ("kind", "scale", "held", "not_held"),
    [
        ("integer", 0, ("12", "12.0", "-3", "1e2", "120"), ("12.5", "1.4", "0.05", "x", "nan", "inf", "")),
        ("decimal", 1, ("12", "12.5", "12.50", "-0.1", "1e2"), ("12.55", "0.01", "x", "nan")),
        ("boolean", 0, ("true", "false"), ("yes", "1")),
        ("text", 0, ("12.5", "x", ""), ()),
    ],
)
def test_a_scope_is_compared_as_the_column_holds_it_and_never_rounded(
    kind: Kind, scale: int, held: tuple[str, ...], not_held: tuple[str, ...]
) -> None:
    column = ColumnType("COLUMN", kind, 18, scale)
    assert [one for one in (*held, *not_held) if column.holds(one)] == list(held)
