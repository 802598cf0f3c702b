"""What a comparison with the whole store finds: everything that went past the store's triggers, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import Any

import psycopg
import pytest
from people import all_landed, living, need, person

from dataport.extract import Source, comparison, extract, reconcile
from dataport.landing import Landing
from dataport.store import Store, connect

Row = dict[str, Any]


@contextmanager
def past_the_triggers(store: Store, url: str) -> Iterator[Any]:
    """Statements that leave no stamp, no journal and no tombstone: a table restored, a row mended by hand."""
    if store.kind == "postgres":
        with psycopg.connect(url) as server:
            server.execute("SET session_replication_role = replica")
            yield server.execute
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as file:
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            file.execute(f'DROP TRIGGER "{name}"')
        yield file.execute
        for _, sql in triggers:
            file.execute(sql)


def latest(landing: Landing, table: str, key: str) -> list[Row]:
    """The rows that are there, as a reader of all batches in order would have them."""
    found: dict[str, Row] = {}
    for batch in landing.batches():
        rows = [row for row in all_landed(landing, table) if row["batch_number"] == batch.number]
        for row in sorted(rows, key=lambda row: (row["stamped_at"], row["change_no"])):
            found[row[key]] = row
    origin = ("source_id", "batch_number", "low_clock", "is_deleted", "damaged")
    rows = [row for row in found.values() if not row["is_deleted"]]
    return sorted(
        ({name: value for name, value in row.items() if name not in origin} for row in rows), key=lambda row: row[key]
    )


@pytest.fixture
def landed(store: Store, source: Source, landing: Landing) -> Landing:
    """A landing of people and needs, over two batches."""
    with store.write() as writer:
        writer.insert("individual", [person(f"p{n:02}", birth_date=date(1990, 1, 1 + n)) for n in range(20)])
        writer.insert("specific_need", [need(f"n{n}") for n in range(3)])
    extract(source, landing)
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "p03", "phone": "1"}])
        writer.delete("individual", ["p04"])
    extract(source, landing)
    return landing


@pytest.fixture(params=[50_000, 4], ids=["one range", "many ranges"])
def in_ranges(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows a range has."""
    monkeypatch.setattr(comparison, "ROWS_PER_RANGE", request.param)
    return int(request.param)


def test_nothing_differs_where_nothing_went_past_the_triggers(
    store: Store, source: Source, landed: Landing, in_ranges: int
) -> None:
    found = reconcile(source, landed)
    assert (found.differences, found.repair, found.increment) == (0, None, None)
    assert len(landed.batches()) == 2
    assert not (landed.root / ".reconcile").exists()


def test_changes_are_landed_before_they_are_compared(store: Store, source: Source, landed: Landing) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("p99")])
    found = reconcile(source, landed)
    assert found.increment is not None and found.increment.rows == 1
    assert (found.differences, len(landed.batches())) == (0, 3)


def test_what_went_past_the_triggers_is_found_and_repaired(
    store: Store, store_url: str, source: Source, landed: Landing, in_ranges: int
) -> None:
    with past_the_triggers(store, store_url) as run:
        run("UPDATE individual SET phone = 'mended' WHERE individual_id IN ('p00', 'p19')")
        run("UPDATE individual SET birth_date = NULL WHERE individual_id = 'p07'")
        run("DELETE FROM individual WHERE individual_id = 'p08'")
        run("DELETE FROM specific_need")
        run("UPDATE individual SET individual_id = 'p01x' WHERE individual_id = 'p01'")
    assert extract(source, landed) is None  # an increment sees none of it

    found = reconcile(source, landed)
    assert {(one.table, one.changed, one.surplus) for one in found.tables} == {
        ("individual", 4, 2),
        ("specific_need", 0, 3),
    }
    assert found.differences == 9 and found.repair is not None
    assert found.repair.window.low == found.repair.window.high >= landed.batches()[1].window.high
    assert found.repair.window.high_clock > found.repair.window.low_clock == landed.batches()[1].window.high_clock
    assert "individual 4 changed and 2 surplus" in found.repair.notes[0]
    assert latest(landed, "individual", "individual_id") == living(store, "individual")
    assert latest(landed, "specific_need", "specific_need_id") == []

    again = reconcile(source, landed)
    assert (again.differences, again.repair) == (0, None)


def test_work_goes_on_after_a_repair(store: Store, store_url: str, source: Source, landed: Landing) -> None:
    with past_the_triggers(store, store_url) as run:
        run("UPDATE individual SET phone = 'mended' WHERE individual_id = 'p00'")
    reconcile(source, landed)
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "p00", "phone": "later"}])
    batch = extract(source, landed)
    assert batch is not None and batch.window.low == landed.batches()[-2].window.high
    assert latest(landed, "individual", "individual_id") == living(store, "individual")


@pytest.mark.postgres
def test_a_change_that_is_held_back_is_no_difference(postgres_url: str, landing: Landing) -> None:
    """Committed beside an older transaction in flight: in the view, but its number is not complete yet."""
    from_scratch = Source("main", "postgres", postgres_url)
    store = _filled(postgres_url)
    extract(from_scratch, landing)
    with psycopg.connect(postgres_url) as older:
        older.execute("SELECT pg_current_xact_id()")
        with store.write() as writer:
            writer.update("individual", [{"individual_id": "a", "phone": "2"}])
            writer.insert("individual", [person("d")])
            writer.delete("individual", ["b"])
        found = reconcile(from_scratch, landing)
        assert (found.differences, found.repair) == (0, None)
    assert reconcile(from_scratch, landing).differences == 0
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    store.close()


def _filled(url: str) -> Store:
    store = connect(url)
    store.create()
    store.arm()
    with store.write() as writer:
        writer.insert("individual", [person(key) for key in "abc"])
    return store


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (["XQ", "XQ", "M"], "individual.sex_code holds values that its code list does not know: 'XQ' (2 rows). "),
        (["XQ", "Somebody Else", "F"], "'XQ' (1 rows), 1 more (1 rows)"),
        (["F", "-", "", None, "U"], None),
    ],
)
def test_a_new_code_value_lands_and_is_told(
    store: Store, source: Source, landing: Landing, codes: Sequence[str | None], told: str | None
) -> None:
    with store.write() as writer:
        writer.insert("individual", [person(f"p{n}", sex_code=code) for n, code in enumerate(codes)])
    batch = extract(source, landing)
    assert batch is not None
    assert [row["sex_code"] for row in all_landed(landing, "individual")] == list(codes)
    if told is None:
        assert batch.notes == ()
    else:
        assert told in batch.notes[0]
        assert "Somebody" not in " ".join(batch.notes)
