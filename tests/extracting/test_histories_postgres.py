"""Random histories in a real PostgreSQL: transactions in flight at every extract, and nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataport.extract import Source, extract
from dataport.landing import Landing
from dataport.store import FIRST_MOMENT, Store, connect

from .replay import assert_nothing_is_lost, rows

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("histories")]

TABLES = ("individual", "specific_need", "membership")
CLERKS = 3

# The registration system's own statements: a row of each table for a key, and one column that changes.
_INSERT = {
    "individual": "INSERT INTO individual (individual_id, individual_no, business_unit_id, operation_code, phone, "
    "process_status_code, created_on, modified_on) "
    "VALUES (%(key)s, %(key)s, 'U', 'KEN', %(value)s, 'A', %(at)s, %(at)s)",
    "specific_need": "INSERT INTO specific_need (specific_need_id, individual_id, need_category_code, need_code, "
    "need_status_code, created_on, modified_on) VALUES (%(key)s, 'p', 'DS', %(value)s, 'A', %(at)s, %(at)s)",
    "membership": "INSERT INTO membership (membership_id, individual_id, group_id, relationship_code, is_focal_point, "
    "is_active, created_on, modified_on) VALUES (%(key)s, 'p', 'g', %(value)s, FALSE, TRUE, %(at)s, %(at)s)",
}
_CHANGED = {"individual": "phone", "specific_need": "need_code", "membership": "relationship_code"}
_KEY = {"individual": "individual_id", "specific_need": "specific_need_id", "membership": "membership_id"}

clerk = st.integers(0, CLERKS - 1)
table = st.sampled_from(TABLES)
key = st.sampled_from(["a", "b", "c", "d"])
value = st.text("xyz,\"'\n\\é", max_size=3)
# A device that was offline for weeks, or one whose clock is ahead.
device_days = st.sampled_from([0, 0, -40, 400])
change = st.tuples(st.sampled_from(["insert", "update", "delete", "undone"]), clerk, table, key, value, device_days)
step = st.one_of(
    change, change, change,
    st.tuples(st.sampled_from(["commit", "commit", "rollback"]), clerk),
    st.tuples(st.just("extract")),
    st.tuples(st.just("clock"), st.sampled_from([1, 60_000_000, 86_400_000_000])),
)  # fmt: skip


class Office:
    """Clerks at work in one store, each with a transaction of their own."""

    def __init__(self, url: str) -> None:
        self.sessions = [psycopg.connect(url) for _ in range(CLERKS)]
        for session in self.sessions:
            session.execute("SET lock_timeout = '25ms'")
            session.execute("SET deadlock_timeout = '10ms'")
            session.commit()

    def do(self, what: str, clerk: int, table: str, key: str, value: str, days: int) -> None:
        """One statement in the clerk's transaction; one that a lock or a key refuses has not happened."""
        session = self.sessions[clerk]
        words = {"key": key, "value": value, "at": FIRST_MOMENT + timedelta(days=days)}
        named, column = f"WHERE {_KEY[table]} = %(key)s", _CHANGED[table]
        statement = {
            "insert": _INSERT[table],
            "update": f"UPDATE {table} SET {column} = %(value)s, modified_on = %(at)s {named}",
            "undone": f"UPDATE {table} SET {column} = 'never' {named}",
            "delete": f"DELETE FROM {table} {named}",
        }[what]
        session.execute("SAVEPOINT one")
        try:
            session.execute(statement, words)
            session.execute("ROLLBACK TO SAVEPOINT one" if what == "undone" else "RELEASE SAVEPOINT one")
        except (psycopg.errors.IntegrityError, psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            session.execute("ROLLBACK TO SAVEPOINT one")

    def end(self, how: str, clerk: int) -> None:
        getattr(self.sessions[clerk], how)()

    def close(self) -> None:
        for session in self.sessions:
            with suppress(psycopg.Error):
                session.close()


@pytest.fixture(scope="module")
def place(postgres_server: object) -> Iterator[tuple[str, Store]]:
    """One store for all histories, emptied before each."""
    url = postgres_server.fresh_database()  # type: ignore[attr-defined]
    with closing(connect(url)) as store:
        store.create()
        store.arm()
        yield url, store


def emptied(url: str) -> None:
    with psycopg.connect(url) as server:
        server.execute("SET session_replication_role = replica")
        for name in TABLES:
            server.execute(f"DELETE FROM {name}")
            server.execute(f"DELETE FROM {name}_journal")
        server.execute("DELETE FROM tombstone")


@settings(
    max_examples=1500 if os.environ.get("DATAPORT_LONG") == "1" else 20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(step, min_size=8, max_size=40))
def test_every_change_lands_exactly_once(place: tuple[str, Store], steps: list[tuple[object, ...]]) -> None:
    url, store = place
    emptied(url)
    office = Office(url)
    with TemporaryDirectory() as folder, closing(office):
        landing, source = Landing(Path(folder) / "landing"), Source("main", "postgres", url)
        for what, *rest in steps:
            if what == "extract":
                extract(source, landing)
            elif what == "clock":
                store.set_clock(store.now() + timedelta(microseconds=rest[0]))  # type: ignore[arg-type]
            elif what in ("commit", "rollback"):
                office.end(what, *rest)  # type: ignore[arg-type]
            else:
                office.do(what, *rest)  # type: ignore[arg-type]
        for number in range(CLERKS):
            office.end("commit", number)
        extract(source, landing)
        assert_nothing_is_lost(store, landing, TABLES)


def test_one_that_began_earlier_and_commits_later_is_not_skipped(postgres_url: str, tmp_path: Path) -> None:
    landing, source = Landing(tmp_path / "landing"), Source("main", "postgres", postgres_url)
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
        with closing(Office(postgres_url)) as office:
            office.do("insert", 0, "individual", "early", "1", 0)
            office.do("insert", 1, "individual", "late", "1", 0)
            office.end("commit", 1)
            held_back = extract(source, landing)
            assert held_back is not None and "held back" in " ".join(held_back.notes)
            assert {row[0] for row in _keys(landing)} == set(), "what lies above an open transaction waits for it"
            office.end("commit", 0)
        extract(source, landing)
        assert {row[0] for row in _keys(landing)} == {"early", "late"}
        assert_nothing_is_lost(store, landing, TABLES)


def _keys(landing: Landing) -> list[tuple[object, datetime]]:
    return [
        (row["individual_id"], row["stamped_at"]) for batch in landing.batches() for row in rows(batch, "individual")
    ]
