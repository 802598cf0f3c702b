"""Every row is counted once, at every instant at which it holds, under the member it belongs to."""

from __future__ import annotations

from datetime import date

import pytest
from figures import KENYA, Desk, world


def test_a_group_of_many_members_is_one_group() -> None:
    """Asking for persons and groups together must not count a group once per member."""
    desk = Desk(world([{"group_key": 1}] * 4 + [{"group_key": 2}], [{"active_member_count": 4}, {}]))
    assert desk.rows("active_individuals", "active_groups", "average_group_size") == [(5, 2, 2.5)]


def test_a_person_with_many_events_is_one_person() -> None:
    desk = Desk(world([{}], (), [{"individual_key": 1}] * 3))
    assert desk.rows("active_individuals", "new_registrations", by=("country_of_asylum",)) == [("KEN", 1, 3)]


def test_limited_viewers_count_each_member_of_a_group_once() -> None:
    """Composition joins members to groups: two stretches of a group must not double its members."""
    groups = """
        group_key | process_status_code | valid_from          | valid_to
        1         | A                   | 2021-12-31 23:59:59 | 2022-01-10
        1         | A                   | 2022-01-10          | open
    """
    desk = Desk(world([{"group_key": 1}] * 3, groups))
    assert desk.rows("average_group_size", who=KENYA) == [(3.0,)]
    assert [row[1] for row in desk.rows("average_group_size", by=("month",), who=KENYA)] == [3.0, 3.0, 3.0]


def test_a_person_without_a_group_is_a_person_but_no_member() -> None:
    desk = Desk(world([{"group_key": None}, {"group_key": 1}], [{"active_member_count": 1}]))
    assert desk.rows("active_individuals", "average_group_size") == [(2, 1.0)]
    assert desk.rows("active_individuals", "average_group_size", who=KENYA) == [(2, 1.0)]


def test_an_orphan_key_is_the_unknown_member_and_not_lost() -> None:
    desk = Desk(world([{"country_of_asylum_code": "KEN"}, {"country_of_asylum_code": "XXX"}]))
    assert desk.rows("active_individuals", by=("unhcr_bureau",), totals=True) == [("EHAGL", 1), (None, 1)]


def test_unknown_and_orphan_keys_meet_in_one_unknown_member() -> None:
    keys = ["KEN", "XXX", None, None]
    desk = Desk(world([{"country_of_asylum_code": key} for key in keys]))
    assert desk.rows("active_individuals", by=("unhcr_bureau",)) == [("EHAGL", 1), (None, 3)]


def test_members_of_a_dimension_that_nobody_belongs_to_are_not_rows() -> None:
    """What is counted comes from the fact; a childless member is not a phantom row of one."""
    desk = Desk(world([{}]))
    assert desk.rows("active_individuals", by=("unhcr_bureau",)) == [("EHAGL", 1)]


STRETCHES = """
    individual_key | country_of_asylum_code | valid_from          | valid_to
    1              | KEN                    | 2021-12-31 23:59:59 | 2022-01-15
    1              | UGA                    | 2022-01-15          | open
"""


@pytest.mark.parametrize(
    ("day", "country"), [("2022-01-13", "KEN"), ("2022-01-14", "KEN"), ("2022-01-15", "UGA"), ("2022-02-28", "UGA")]
)
def test_at_the_instant_where_stretches_meet_a_person_is_counted_once(day: str, country: str) -> None:
    """The end of 14 January is the instant at which one stretch ends and the next begins."""
    rows = Desk(world(STRETCHES)).rows("active_individuals", by=("country_of_asylum",), as_of=date.fromisoformat(day))
    assert rows == [(country, 1)]


def test_a_person_who_moved_between_months_is_in_one_place_at_each_month_end() -> None:
    rows = Desk(world(STRETCHES)).rows("active_individuals", by=("country_of_asylum", "month"))
    assert [(place, month.month, count) for place, month, count in rows] == [
        ("KEN", 12, 1),
        ("KEN", 1, 0),
        ("KEN", 2, 0),
        ("UGA", 12, 0),
        ("UGA", 1, 1),
        ("UGA", 2, 1),
    ]


def test_a_birthday_moves_a_person_from_one_age_group_to_the_next() -> None:
    split = """
        individual_key | age_group_code | valid_from          | valid_to
        1              | 12-17          | 2021-12-31 23:59:59 | 2022-02-01
        1              | 18-24          | 2022-02-01          | open
    """
    desk = Desk(world(split))
    assert desk.rows("active_children", "active_individuals", as_of=date(2022, 1, 31)) == [(1, 1)]
    assert desk.rows("active_children", "active_individuals", as_of=date(2022, 2, 1)) == [(0, 1)]
    by_standard = desk.rows("active_individuals", by=("age_group", "month"))
    assert [count for _, _, count in by_standard] == [1, 1, 0, 0, 0, 1]


def test_splitting_a_stretch_changes_no_number() -> None:
    """A history in more pieces is the same history."""
    whole = "individual_key | valid_from | valid_to\n1 | 2021-12-31 23:59:59 | open"
    pieces = """
        individual_key | valid_from          | valid_to
        1              | 2021-12-31 23:59:59 | 2022-01-01
        1              | 2022-01-01          | 2022-01-31 12:00:00
        1              | 2022-01-31 12:00:00 | 2022-02-01
        1              | 2022-02-01          | open
    """
    asked = {"by": ("sex", "day")}
    assert Desk(world(whole)).rows("active_individuals", **asked) == Desk(world(pieces)).rows(
        "active_individuals", **asked
    )


def test_a_stay_that_begins_and_ends_within_a_month_is_in_no_month_end() -> None:
    short = """
        individual_key | sex_code | valid_from          | valid_to
        1              | F        | 2022-01-10          | 2022-01-20
        2              | M        | 2021-12-31 23:59:59 | open
    """
    rows = Desk(world(short)).rows("active_individuals", by=("sex", "month"))
    assert {sex for sex, _, _ in rows} == {"M"}, "a cell in which nobody was ever counted is no row"


def test_a_deleted_person_is_counted_until_the_deletion() -> None:
    deleted = "individual_key | valid_from | valid_to\n1 | 2021-12-31 23:59:59 | 2022-01-20 10:00:00"
    desk = Desk(world(deleted))
    assert desk.rows("active_individuals", as_of=date(2022, 1, 19)) == [(1,)]
    assert desk.rows("active_individuals", as_of=date(2022, 1, 20)) == [(0,)]


def test_geography_as_was_counts_under_the_bureau_of_that_day() -> None:
    countries = """
        country_code | bureau_code | valid_from | valid_to
        KEN          | MENA        | 1900-01-01 | 2022-01-15
        KEN          | EHAGL       | 2022-01-15 | open
    """
    desk = Desk(world([{}], countries=countries))
    asked = {"by": ("unhcr_bureau",), "as_of": date(2022, 1, 10)}
    assert desk.rows("active_individuals", **asked) == [("EHAGL", 1)]
    assert desk.rows("active_individuals", **asked, geography="as-was") == [("MENA", 1)]
