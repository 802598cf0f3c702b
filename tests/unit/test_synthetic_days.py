"""What days bring beside comings and goings: documents, assistance, exercises, groups, devices that come late."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dataport.store import Store, connect
from dataport.synthetic import Plan, advance, create, plan
from dataport.synthetic.happenings.day import places
from dataport.synthetic.happenings.exercises import Exercise, exercises
from dataport.synthetic.plan import DEFAULT_SEED, plan_some
from dataport.synthetic.seeds import operations

Row = dict[str, Any]

DAYS = 75


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = connect(f"sqlite://{tmp_path_factory.mktemp('days') / 'store.sqlite'}")
    planned: Plan = plan(0.001)
    create(store, planned)
    advance(store, DAYS)
    yield store
    store.close()


def rows(store: Store, sql: str) -> list[Row]:
    return store.query(sql).to_pylist()


def versions(store: Store, table: str, key: str, columns: str) -> dict[str, list[Row]]:
    sql = f"SELECT {key}, stamped_at, {columns} FROM"
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows(store, f"{sql} {table} UNION ALL {sql} {table}_journal ORDER BY stamped_at"):
        found[row[key]].append(row)
    return found


def test_documents_expire_on_their_day(lived: Store) -> None:
    documents = versions(lived, "document", "document_id", "document_status_code, expiry_date")
    expired = 0
    for found in documents.values():
        for before, after in pairwise(found):
            if (before["document_status_code"], after["document_status_code"]) == ("V", "X"):
                assert after["stamped_at"].date() == after["expiry_date"] + timedelta(days=1)
                expired += 1
        last = found[-1]
        if last["expiry_date"] and last["document_status_code"] == "V":
            assert last["expiry_date"] >= lived.now().date()
    assert expired > 20


def test_nobody_has_two_valid_documents_of_the_store(lived: Store) -> None:
    sql = """SELECT individual_id, count(*) AS n FROM document WHERE document_status_code = 'V'
             AND document_type_code IN ('ASC', 'POR', 'RFC', 'UID') GROUP BY 1"""
    assert {row["n"] for row in rows(lived, sql)} == {1}
    statuses = Counter(row["s"] for row in rows(lived, "SELECT document_status_code AS s FROM document"))
    assert statuses["C"] > 50 and statuses["L"] >= 1


def test_assistance_goes_to_active_families(lived: Store) -> None:
    given = rows(lived, "SELECT provided_date, assistance_status_code, quantity, group_id FROM assistance")
    now = [row for row in given if row["provided_date"] > date(2021, 12, 31)]
    assert len(now) > 200 and len(given) > len(now)
    assert {row["assistance_status_code"] for row in given} == {"PR", "CA"}
    known = {row["group_id"] for row in rows(lived, "SELECT group_id FROM registration_group")}
    assert {row["group_id"] for row in given} <= known
    early = sum(row["provided_date"].day <= 8 for row in now)
    assert early / len(now) > 0.3


def first_exercise() -> tuple[str, Exercise]:
    """The first exercise to close in a large operation."""
    large = sorted(operations(), key=lambda operation: -operation.record_target)[:40]
    known = {place[0]: operation.operation_code for operation in large for place in places(operation.operation_code)}
    for day in range(14, 300):
        for one in exercises(date(2021, 12, 31) + timedelta(days=day), DEFAULT_SEED):
            if one.is_closing and one.location_code in known:
                return known[one.location_code], one
    raise AssertionError("no exercise in a year")


def test_an_exercise_sees_a_place_and_closes_with_those_who_did_not_come(tmp_path: Path) -> None:
    code, exercise = first_exercise()
    with closing(connect(f"sqlite://{tmp_path}/store.sqlite")) as store:
        create(store, plan_some(0.04, [code]))
        last = exercise.started + timedelta(days=12)
        advance(store, (last - date(2021, 12, 31)).days)
        there = f"""SELECT m.group_id, min(i.last_contact_date) AS last_contact_date,
                    max(i.process_status_reason_code) AS reason FROM individual i
                    JOIN membership m ON m.individual_id = i.individual_id AND m.is_active
                    WHERE i.location_code = '{exercise.location_code}'
                    AND i.process_status_date >= '{last}' GROUP BY 1"""
        closed = [row for row in rows(store, there) if row["reason"] == "NS"]
        sql = "SELECT event_date, individual_id FROM event WHERE reason_code = 'SH'"
        seen = Counter(row["event_date"] for row in rows(store, sql))
    assert len(seen) > 5 and all(0 <= (day - exercise.started).days < 12 for day in seen)
    assert closed and all(row["last_contact_date"] < exercise.started for row in closed)
    share = len(closed) / (len(closed) + sum(seen.values()) / 4)
    assert 0.08 < share < 0.5, "about a quarter does not come"


def test_exercises_follow_the_calendar_alone() -> None:
    first = list(exercises(date(2022, 5, 1), 1))
    assert first == list(exercises(date(2022, 5, 1), 1)) != list(exercises(date(2022, 5, 1), 2))
    assert all(1 <= one.number <= 13 and one.is_closing == (one.number == 13) for one in first)
    year = [one for n in range(365) for one in exercises(date(2022, 1, 1) + timedelta(days=n), 1) if one.number == 1]
    assert 10 < len(year) < 40


def test_groups_part_and_join(lived: Store) -> None:
    memberships = rows(lived, "SELECT individual_id, group_id, is_active, effective_date FROM membership")
    formerly = {row["individual_id"]: row["group_id"] for row in memberships if not row["is_active"]}
    now = {row["individual_id"]: row["group_id"] for row in memberships if row["is_active"]}
    joined: dict[tuple[str, str], int] = Counter((old, now[key]) for key, old in formerly.items() if key in now)
    assert len(joined) > 5
    made = {row["group_id"]: row["registration_date"] for row in rows(lived, "SELECT * FROM registration_group")}
    new = [pair for pair in joined if made[pair[1]] > date(2021, 12, 31)]
    old = [pair for pair in joined if made[pair[1]] <= date(2021, 12, 31)]
    assert any(joined[pair] > 1 for pair in new), "a family that parted"
    assert old, "a group that joined another"
    closed = {row["group_id"]: row["status_code"] for row in rows(lived, "SELECT * FROM registration_group")}
    left = Counter(row["group_id"] for row in memberships if row["is_active"])
    assert all(closed[source] == "I" for source, _ in old if not left[source])


def test_devices_come_back_late_and_overwrite_what_the_office_wrote(lived: Store) -> None:
    sql = "SELECT stamped_at, created_on FROM event WHERE reason_code = 'SY'"
    lags = [(row["stamped_at"] - row["created_on"]).days for row in rows(lived, sql)]
    assert max(lags) >= 7
    people = versions(lived, "individual", "individual_id", "modified_on, last_contact_date, entry_channel_code")
    overwritten = [
        after
        for found in people.values()
        for before, after in pairwise(found)
        if after["modified_on"] < before["modified_on"] and after["last_contact_date"] < before["last_contact_date"]
    ]
    assert overwritten and {row["entry_channel_code"] for row in overwritten} == {"rapp"}


def test_corrections_are_of_many_kinds(lived: Store) -> None:
    reasons = Counter(
        row["reason_code"] for row in rows(lived, "SELECT reason_code FROM event WHERE event_type_code = 'correction'")
    )
    assert len(reasons) >= 3 and set(reasons) <= {"DOB", "SEX", "NAM", "ARR"}


def test_some_newcomers_tell_of_a_need_at_once(lived: Store) -> None:
    sql = """SELECT count(*) AS n FROM specific_need s JOIN event e ON e.individual_id = s.individual_id
             AND e.stamped_at = s.stamped_at WHERE e.event_type_code = 'registration'"""
    assert rows(lived, sql)[0]["n"] > 3
