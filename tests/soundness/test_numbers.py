"""Nothing, zero, unknown and not known are four things; totals are computed and never added up."""

from __future__ import annotations

from figures import KENYA, Desk, tuples, world
from generative.strategies import extended_catalog


def test_count_of_nothing_is_zero_and_sum_of_nothing_is_null() -> None:
    desk = Desk(world(), extended_catalog())
    assert desk.rows("active_individuals", "members_in_groups", "average_group_size") == [(0, None, None)]


def test_sum_of_zeros_is_zero() -> None:
    desk = Desk(world((), [{"active_member_count": 0}]), extended_catalog())
    assert desk.rows("members_in_groups", "average_group_size") == [(0, 0.0)]


def test_a_ratio_over_zero_is_null_and_not_infinite() -> None:
    desk = Desk(world([{"sex_code": None}]))
    assert desk.rows("share_of_women_and_girls", "active_individuals") == [(None, 1)]


def test_a_ratio_of_whole_numbers_keeps_its_fraction() -> None:
    desk = Desk(world([{"sex_code": sex} for sex in "FMM"]))
    assert desk.rows("share_of_women_and_girls") == [(1 / 3,)]


def test_the_unknown_is_in_no_denominator_that_excludes_it() -> None:
    desk = Desk(world([{"sex_code": sex} for sex in ("F", "M", None, None)]))
    assert desk.rows("share_of_women_and_girls", "active_individuals") == [(0.5, 4)]


def test_totals_of_ratios_are_computed_at_their_own_grain() -> None:
    """One woman of one in Kenya, one of three in Uganda: half of all, and not two thirds, nor the sum of both."""
    persons = [("KEN", "F"), ("UGA", "F"), ("UGA", "M"), ("UGA", "M")]
    desk = Desk(world([{"country_of_asylum_code": place, "sex_code": sex} for place, sex in persons]))
    answer = desk.ask("share_of_women_and_girls", by=("country_of_asylum",), totals=True)
    assert tuples(answer.data) == [("KEN", 1.0), ("UGA", 1 / 3)]
    assert tuples(answer.totals[0].data) == [(None, 0.5)]


def test_totals_cover_everything_and_not_only_the_top() -> None:
    places = ["KEN", "KEN", "KEN", "UGA", "UGA", "SOM", None]
    desk = Desk(world([{"country_of_asylum_code": place} for place in places]))
    answer = desk.ask("active_individuals", by=("country_of_asylum",), top=1, totals=True)
    assert tuples(answer.data) == [("KEN", 3)]
    assert tuples(answer.totals[0].data) == [(None, 7)]


def test_a_top_is_the_same_every_time_where_members_tie() -> None:
    places = ["UGA", "KEN", "SOM"]
    desk = Desk(world([{"country_of_asylum_code": place} for place in places]))
    assert desk.rows("active_individuals", by=("country_of_asylum",), top=2) == [("KEN", 1), ("SOM", 1)]


def test_a_null_ratio_is_not_the_top() -> None:
    persons = [("KEN", None), ("UGA", "M"), ("SOM", "F")]
    desk = Desk(world([{"country_of_asylum_code": place, "sex_code": sex} for place, sex in persons]))
    assert desk.rows("share_of_women_and_girls", by=("country_of_asylum",), top=1) == [("SOM", 1.0)]


def test_every_level_of_totals_has_its_own_grain() -> None:
    persons = [("KEN", "F"), ("KEN", "M"), ("UGA", "F"), (None, "F")]
    desk = Desk(world([{"country_of_asylum_code": place, "sex_code": sex} for place, sex in persons]))
    answer = desk.ask("active_individuals", by=("country_of_asylum", "sex"), totals=True)
    assert [total.levels for total in answer.totals] == [(), ("country_of_asylum",)]
    assert tuples(answer.totals[0].data) == [(None, None, 4)]
    assert tuples(answer.totals[1].data) == [("KEN", None, 2), ("UGA", None, 1), (None, None, 1)]


def test_two_facts_meet_where_their_keys_are_unknown() -> None:
    """Unknown equals unknown when facts are put side by side: one row, not two."""
    desk = Desk(world([{"country_of_asylum_code": None}], (), [{"country_of_asylum_code": None}]))
    assert desk.rows("active_individuals", "new_registrations", by=("country_of_asylum",)) == [(None, 1, 1)]


def test_two_facts_keep_the_members_that_only_one_of_them_has() -> None:
    desk = Desk(world([{"country_of_asylum_code": "KEN"}], (), [{"country_of_asylum_code": "UGA"}]))
    rows = desk.rows("active_individuals", "new_registrations", by=("country_of_asylum",))
    assert rows == [("KEN", 1, 0), ("UGA", 0, 1)]


def test_the_same_level_twice_is_one_level() -> None:
    desk = Desk(world([{}]))
    assert desk.rows("active_individuals", by=("sex", "sex")) == [("F", 1)]
    assert desk.rows("active_individuals", by=("age_group", "age_group_detailed")) == [("18-59", "25-49", 1)]


def test_the_same_indicator_twice_is_one_column() -> None:
    answer = Desk(world([{}])).ask("active_individuals", "active_individuals")
    assert answer.data.column_names == ["active_individuals"]
    assert tuples(answer.data) == [(1,)]


def test_inputs_that_nobody_asked_for_are_not_shown() -> None:
    answer = Desk(world([{}])).ask("share_of_women_and_girls", by=("operation",), totals=True)
    assert answer.data.column_names == ["operation", "share_of_women_and_girls"]
    assert answer.totals[0].data.column_names == ["operation", "share_of_women_and_girls"]


def test_two_compositions_are_counted_apart() -> None:
    """Two sums over the same groups, composed of different members, for a viewer who is limited."""
    members = [{"sex_code": sex, "group_key": 1} for sex in "FMM"]
    desk = Desk(world(members, [{"active_member_count": 3}]), extended_catalog())
    assert desk.rows("members_in_groups", "women_in_groups", who=KENYA) == [(3, 1)]


def test_small_numbers_are_marked_and_large_ones_are_not() -> None:
    desk = Desk(world([{"sex_code": "F"}] * 10 + [{"sex_code": "M"}] * 9))
    answer = desk.ask("active_individuals", by=("sex",))
    assert [(one.row, one.code) for one in answer.status] == [(1, "not_for_release")]


def test_a_sum_is_small_by_the_rows_behind_it_and_not_by_its_value() -> None:
    """Two groups of ten members: a large number that is about two groups."""
    desk = Desk(world((), [{"active_member_count": 10}] * 2))
    assert [one.code for one in desk.ask("average_group_size").status] == ["not_for_release"]
