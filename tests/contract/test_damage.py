"""Dirt never stops an extract: what cannot be read lands as unknown, is counted and told, and shown to nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from people import all_landed, landed, need, person

from dataport.extract import Source, extract, extract_grants, reconcile
from dataport.landing import Batch, Damage, Landing
from dataport.store import connect

Run = Callable[..., Any]
SENTINEL = "Sentinel Surname"


def document(key: str, **fields: Any) -> dict[str, Any]:
    own = {"individual_id": "a", "document_type_code": "POR", "document_status_code": "V"}
    return {"document_id": key, **own, **fields}


@pytest.fixture
def file(tmp_path: Path, landing: Landing) -> Iterator[tuple[Source, Run]]:
    """A SQLite store that has landed, and a way to write anything into it, past its checks."""
    source = Source("main", "sqlite", f"sqlite://{tmp_path}/store.sqlite")
    with closing(connect(source.url)) as store:
        store.create()
        store.arm()
        with store.write() as writer:
            writer.insert("individual", [person(key) for key in "abc"])
            writer.insert("document", [document("d")])
            writer.insert("specific_need", [need("n", individual_id="a")])
    extract(source, landing)
    with closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        yield source, connection.execute


def rows(batch: Batch | None, table: str) -> dict[str, dict[str, Any]]:
    assert batch is not None
    return {row[f"{table}_id"]: row for row in landed(batch, table)}


NOT_TEXT = "CAST(x'ff53656e74696e656c' AS TEXT)"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("birth_date", f"'{SENTINEL}'"),
        ("birth_date", "'2021-02-30'"),
        ("birth_date", "'0044-03-15 BC'"),
        ("birth_date", "'0000-12-31'"),
        ("birth_date", "'-infinity'"),
        ("birth_date", "'infinity'"),
        ("birth_date", "'12021-01-01'"),
        ("birth_date", "'20210101'"),
        ("birth_date", "''"),
        ("birth_date", NOT_TEXT),
        ("family_name", NOT_TEXT),
        ("has_photo", "7"),
        ("created_on", "9223372036854775807"),
        ("modified_on", "-9223372036854775808"),
        ("business_unit_id", NOT_TEXT),
        ("process_status_code", NOT_TEXT),
    ],
)
def test_a_value_of_a_sqlite_file_that_cannot_be_read(
    file: tuple[Source, Run], landing: Landing, column: str, value: str
) -> None:
    source, run = file
    run(f"UPDATE individual SET {column} = {value}, phone = '1' WHERE individual_id = 'b'")
    batch = extract(source, landing)
    found = rows(batch, "individual")
    assert (found["b"][column], found["b"]["damaged"], found["b"]["phone"]) == (None, column, "1")
    assert batch is not None and batch.damaged == (Damage("individual", column, 1),)
    assert f"individual.{column} holds 1 values that cannot be read" in batch.notes[0]
    required = column in ("business_unit_id", "process_status_code", "created_on", "modified_on")
    assert ("although it is required" in batch.notes[0]) is required
    assert "Sentinel" not in " ".join(batch.notes)
    assert landing.batches()[-1] == batch, "what is damaged is in the ledger too"
    assert extract(source, landing) is None and reconcile(source, landing).differences == 0


@pytest.mark.parametrize(
    ("value", "day"),
    [("-infinity", date(1, 1, 1)), ("0044-03-15 BC", date(1, 1, 1)), ("infinity", date(9999, 12, 31)),
     ("10000-01-01", date(9999, 12, 31)), ("2021-03-01", date(2021, 3, 1))],
)  # fmt: skip
def test_what_ends_before_or_after_all_time_ends_then(
    file: tuple[Source, Run], landing: Landing, value: str, day: date
) -> None:
    source, run = file
    run("UPDATE document SET expiry_date = ?", (value,))
    batch = extract(source, landing)
    found = rows(batch, "document")["d"]
    assert (found["expiry_date"], found["damaged"]) == (day, None)
    assert batch is not None and batch.damaged == ()


def test_a_stamp_that_no_clock_gave_is_the_beginning_of_the_window(file: tuple[Source, Run], landing: Landing) -> None:
    source, run = file
    triggers = run("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        run(f'DROP TRIGGER "{name}"')
    run("UPDATE clock SET change_no = change_no + 1")
    number = "(SELECT change_no FROM clock)"
    run(
        f"UPDATE individual SET phone = '1', change_no = {number}, stamped_at = 9000000000000000000 "
        "WHERE individual_id = 'b'"
    )
    for _, sql in triggers:
        run(sql)
    batch = extract(source, landing)
    found = rows(batch, "individual")["b"]
    assert batch is not None
    assert (found["stamped_at"], found["damaged"]) == (batch.window.low_clock, "stamped_at")
    assert batch.window.high_clock < datetime(2100, 1, 1)


def test_a_damaged_key_is_set_aside_and_counted(file: tuple[Source, Run], landing: Landing) -> None:
    source, run = file
    run(
        "INSERT INTO individual (individual_id, individual_no, business_unit_id, operation_code, process_status_code, "
        f"created_on, modified_on) VALUES ({NOT_TEXT}, '803', 'KEN', 'KEN', 'A', 0, 0)"
    )
    run(f"UPDATE specific_need SET individual_id = {NOT_TEXT}")
    batch = extract(source, landing)
    assert batch is not None
    assert rows(batch, "individual") == {} and rows(batch, "specific_need") == {}
    aside = {table.name: table.rows for table in batch.tables if table.name.endswith("_quarantine")}
    assert aside == {"individual_quarantine": 1, "specific_need_quarantine": 1}
    assert {one.table for one in batch.damaged} == {"individual", "specific_need"}
    assert "set aside and counted nowhere" in batch.notes[0]
    [table] = [table for table in batch.tables if table.name == "individual_quarantine"]
    assert pq.read_table(table.path)["individual_no"].to_pylist() == ["803"]
    assert extract(source, landing) is None


def test_damage_that_is_mended_is_gone_with_the_next_version(file: tuple[Source, Run], landing: Landing) -> None:
    source, run = file
    run("UPDATE individual SET birth_date = 'x' WHERE individual_id = 'b'")
    extract(source, landing)
    run("UPDATE individual SET birth_date = '1990-01-01' WHERE individual_id = 'b'")
    batch = extract(source, landing)
    assert batch is not None
    versions = landed(batch, "individual")
    # the damaged version is a version too: it lands once more from the journal only if it was not landed before
    assert [(row["birth_date"], row["damaged"]) for row in versions] == [(date(1990, 1, 1), None)]


def test_a_permission_that_cannot_be_read_gives_nothing(file: tuple[Source, Run], landing: Landing) -> None:
    source, run = file
    for key in ("good", "bad"):
        run(
            "INSERT INTO user_account (user_id, login, business_unit_id, is_enabled, created_on, modified_on) "
            "VALUES (?, ?, 'KEN', 1, 0, 0)", (key, key)
        )  # fmt: skip
    run(f"UPDATE user_account SET login = {NOT_TEXT} WHERE user_id = 'bad'")
    run(f"UPDATE user_account SET full_name = {NOT_TEXT} WHERE user_id = 'good'")
    grants = extract_grants(source, landing)
    [table] = [table for table in grants.tables if table.name == "user_account"]
    assert pq.read_table(table.path).select(["user_id", "full_name"]).to_pylist() == [
        {"user_id": "good", "full_name": None}
    ]
    assert "user_account.login holds 1 values that cannot be read" in " ".join(grants.notes)


@pytest.mark.postgres
def test_dates_of_postgresql_beyond_any_calendar(postgres_url: str, landing: Landing) -> None:
    source = Source("main", "postgres", postgres_url)
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
        with store.write() as writer:
            writer.insert("individual", [person(key) for key in "abcde"])
            writer.insert("document", [document(key) for key in "defg"])
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for key, text in (("a", "infinity"), ("b", "-infinity"), ("c", "0044-03-15 BC"), ("d", "12021-01-01")):
            server.execute("UPDATE individual SET birth_date = %s WHERE individual_id = %s", (text, key))
            server.execute("UPDATE individual SET created_on = %s::timestamp WHERE individual_id = %s", (text, key))
        for key, text in (("d", "infinity"), ("e", "-infinity"), ("f", "0044-03-15 BC"), ("g", "12021-01-01")):
            server.execute("UPDATE document SET expiry_date = %s WHERE document_id = %s", (text, key))
    batch = extract(source, landing)
    assert batch is not None
    last = {row["individual_id"]: row for row in landed(batch, "individual")}
    assert {row["birth_date"] for row in last.values()} == {None}
    assert {key: row["damaged"] for key, row in last.items()} == dict.fromkeys("abcd", "birth_date,created_on") | {
        "e": None
    }
    ends = {row["document_id"]: (row["expiry_date"], row["damaged"]) for row in landed(batch, "document")}
    assert ends == {
        "d": (date(9999, 12, 31), None), "e": (date(1, 1, 1), None), "f": (date(1, 1, 1), None),
        "g": (date(9999, 12, 31), None),
    }  # fmt: skip
    assert {(one.table, one.column) for one in batch.damaged} == {
        ("individual", "birth_date"), ("individual", "created_on")
    }  # fmt: skip
    assert "individual.created_on holds" in " ".join(batch.notes) and "required" in " ".join(batch.notes)
    assert reconcile(source, landing).differences == 0


@pytest.mark.postgres
def test_text_of_a_server_that_does_not_know_its_encoding(postgres_url: str, landing: Landing) -> None:
    name = postgres_url.rsplit("/", 1)[1] + "_ascii"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    url = postgres_url.rsplit("/", 1)[0] + f"/{name}"
    with closing(connect(url)) as store:
        store.create()
        store.arm()
        with store.write() as writer:
            writer.insert("individual", [person("a", family_name="Zoë"), person("b")])
    with psycopg.connect(url, autocommit=True, client_encoding="SQL_ASCII") as server:
        server.execute(
            b"UPDATE individual SET family_name = E'\\xff\\x53', birth_date = 'infinity' WHERE individual_id = 'b'"
        )
    source = Source("main", "postgres", url)
    batch = extract(source, landing)
    found = {
        row["individual_id"]: row for row in all_landed(landing, "individual") if row["damaged"] or row["family_name"]
    }
    assert (found["a"]["family_name"], found["a"]["damaged"]) == ("Zoë", None)
    assert (found["b"]["family_name"], found["b"]["damaged"]) == (None, "birth_date,family_name")
    assert batch is not None and len(batch.damaged) == 2
    assert reconcile(source, landing).differences == 0
