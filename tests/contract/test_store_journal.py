"""Whatever changes in a store is stamped, journaled and buried, and nothing is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta

import psycopg
import pytest
from people import arrow, journal, living, person, tombstones

from dataport.errors import ContractBroken, WrongRequest
from dataport.store import FIRST_MOMENT, Store, connect

JAN_1 = datetime(2022, 1, 1, 12)
MICROSECOND = timedelta(microseconds=1)


def raw(store: Store, url: str, *statements: str) -> None:
    """Another program's statements, past the Writer, in one transaction."""
    if store.kind == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite://"))
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(url) as server:
            for statement in statements:
                server.execute(statement)


def test_an_insert_is_stamped_with_the_clock(store: Store) -> None:
    store.set_clock(JAN_1)
    with store.write() as writer:
        writer.insert("individual", [person("a", birth_date=date(2000, 2, 29), has_photo=True)])
    [row] = living(store, "individual")
    assert row["stamped_at"] == row["created_on"] == row["modified_on"] == JAN_1
    assert row["change_no"] > 0
    assert (row["birth_date"], row["has_photo"], row["has_biometrics"]) == (date(2000, 2, 29), True, None)
    assert journal(store, "individual") == tombstones(store, "individual") == []


def test_an_update_keeps_the_old_version_whole(store: Store) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a", sex_code="F")])
    before = living(store, "individual")
    store.set_clock(JAN_1)
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "a", "sex_code": "M"}])
    [after] = living(store, "individual")
    assert journal(store, "individual") == before
    assert (after["sex_code"], after["stamped_at"]) == ("M", JAN_1)
    assert after["change_no"] > before[0]["change_no"]


def test_two_updates_in_one_transaction_leave_two_versions(store: Store) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a", sex_code=None)])
        writer.update("individual", [{"individual_id": "a", "sex_code": "F"}, {"individual_id": "a", "sex_code": "M"}])
    versions = [*journal(store, "individual"), *living(store, "individual")]
    assert [row["sex_code"] for row in versions] == [None, "F", "M"]
    assert [row["stamped_at"] for row in versions] == [FIRST_MOMENT + n * MICROSECOND for n in range(3)]


def test_updates_of_one_record_with_different_columns_keep_their_order(store: Store) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a"), person("b")])
        changes = [{"sex_code": "F"}, {"birth_city": "x", "sex_code": "M"}, {"sex_code": "U"}]
        writer.update("individual", [{"individual_id": "a", **change} for change in changes])
    assert living(store, "individual")[0]["sex_code"] == "U"
    assert len(journal(store, "individual")) == 3


def test_a_deletion_leaves_the_last_version_and_a_tombstone(store: Store) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a")])
    before = living(store, "individual")
    with store.write() as writer:
        writer.delete("individual", ["a"])
    [stone] = tombstones(store, "individual")
    assert living(store, "individual") == []
    assert journal(store, "individual") == before
    # The clock stands still: the tombstone is later than the version all the same.
    assert (stone["key"], stone["stamped_at"]) == ("a", FIRST_MOMENT + MICROSECOND)
    assert stone["change_no"] > before[0]["change_no"]


def test_a_record_that_comes_back_is_stamped_after_its_tombstone(store: Store) -> None:
    with store.write() as writer:
        for _ in range(2):
            writer.insert("individual", [person("a")])
            writer.delete("individual", ["a"])
        writer.insert("individual", [person("a")])
    stamps = [row["stamped_at"] for place in (living, journal, tombstones) for row in place(store, "individual")]
    assert sorted(stamps) == [FIRST_MOMENT + n * MICROSECOND for n in range(5)]
    assert living(store, "individual")[0]["stamped_at"] == max(stamps)


def test_a_stamp_ahead_of_the_clock_still_increases(new_store: Store) -> None:
    ahead = FIRST_MOMENT + timedelta(days=9)
    assert new_store.load("individual", [arrow([{**person("a"), "stamped_at": ahead}])]) == 1
    new_store.arm()
    with new_store.write() as writer:
        writer.update("individual", [{"individual_id": "a", "sex_code": "F"}])
    assert living(new_store, "individual")[0]["stamped_at"] == ahead + MICROSECOND


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with (
        pytest.raises(ContractBroken, match="1 of 1 records of individual to change are not in the store"),
        store.write() as w,
    ):
        w.insert("individual", [person("a")])
        w.update("individual", [{"individual_id": "absent", "sex_code": "F"}])
    assert living(store, "individual") == journal(store, "individual") == []


def test_other_programs_are_journaled_too(store: Store, store_url: str) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a"), person("b")])
    raw(store, store_url, "UPDATE individual SET sex_code = 'F'", "DELETE FROM individual WHERE individual_id = 'b'")
    assert [row["sex_code"] for row in journal(store, "individual")] == [None, None, "F"]
    assert [stone["key"] for stone in tombstones(store, "individual")] == ["b"]


def test_a_key_never_changes(store: Store, store_url: str) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a")])
    with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="never changes"):
        raw(store, store_url, "UPDATE individual SET individual_id = 'z'")


def test_nobody_else_sets_a_stamp(store: Store, store_url: str) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a")])
    forged = "UPDATE individual SET sex_code = 'F', stamped_at = {}"
    if store.kind == "sqlite":
        with pytest.raises(sqlite3.IntegrityError, match="set by the store alone"):
            raw(store, store_url, forged.format(5))
    else:
        raw(store, store_url, forged.format("'1999-01-01'"))
        assert living(store, "individual")[0]["stamped_at"] == FIRST_MOMENT + MICROSECOND


def test_what_would_bypass_the_journal_is_refused(store: Store, store_url: str) -> None:
    with store.write() as writer:
        writer.insert("country", [{"country_code": "KEN", "name": "Kenya"}])
    columns = "country_code, name, created_on, modified_on"
    bypass = {
        "sqlite": f"INSERT OR REPLACE INTO country ({columns}) VALUES ('KEN', 'x', 0, 0)",
        "postgres": "TRUNCATE country",
    }
    with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match=r"exists already|leaves no tombstones"):
        raw(store, store_url, bypass[store.kind])
    assert living(store, "country")[0]["name"] == "Kenya"


def test_the_clock_never_goes_back(store: Store, store_url: str) -> None:
    store.set_clock(JAN_1)
    with pytest.raises(WrongRequest, match="never goes back"):
        store.set_clock(JAN_1 - MICROSECOND)
    with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="never goes back"):
        raw(store, store_url, "UPDATE clock SET moment = " + ("0" if store.kind == "sqlite" else "'1999-01-01'"))
    assert store.now() == JAN_1


@pytest.mark.postgres
def test_inserts_under_a_long_lived_snapshot_are_refused(postgres_url: str) -> None:
    """A tombstone that another transaction has just set could not be seen there, and would be overtaken."""
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
    with psycopg.connect(postgres_url) as server:
        server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.errors.CheckViolation, match="READ COMMITTED only"):
            server.execute(
                "INSERT INTO country (country_code, name, created_on, modified_on) VALUES ('KEN', 'x', now(), now())"
            )
