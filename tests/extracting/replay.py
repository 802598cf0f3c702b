"""What has landed, against the store and its journal: every version and every tombstone, each exactly once."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow.parquet as pq

from dataport.landing import Batch, Landing
from dataport.store import Store
from dataport.store.schema import BY_NAME

Row = tuple[Any, ...]


def in_the_store(store: Store, table: str) -> Counter[Row]:
    """Living rows, superseded versions and tombstones, as tuples in the order of the landed columns."""
    declared = BY_NAME[table]
    names = [column.name for column in declared.landed]
    columns = ", ".join(f'"{name}"' for name in names)
    found: Counter[Row] = Counter()
    for place in (table, f"{table}_journal"):
        for row in store.query(f'SELECT {columns} FROM "{place}"').to_pylist():
            found[(*(row[name] for name in names), False)] += 1
    sql = "SELECT key, change_no, stamped_at FROM tombstone WHERE table_name = ?"
    for row in store.query(sql, (table,)).to_pylist():
        given = {declared.key: row["key"], "change_no": row["change_no"], "stamped_at": row["stamped_at"]}
        found[(*(given.get(name) for name in names), True)] += 1
    return found


def in_the_landing(landing: Landing, table: str) -> Counter[Row]:
    """The landed rows of all batches, in the same form."""
    names = [column.name for column in BY_NAME[table].landed]
    return Counter(
        (*(row[name] for name in names), row["is_deleted"]) for batch in landing.batches() for row in rows(batch, table)
    )


def rows(batch: Batch, table: str) -> list[dict[str, Any]]:
    path = next(landed.path for landed in batch.tables if landed.name == table)
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def assert_nothing_is_lost(store: Store, landing: Landing, tables: tuple[str, ...]) -> None:
    """Compare row by row, and hold the windows and the recorded times to their rules."""
    for table in tables:
        there, landed = in_the_store(store, table), in_the_landing(landing, table)
        assert landed - there == Counter(), f"{table}: landed what the store does not have, or twice"
        assert there - landed == Counter(), f"{table}: did not land"
        assert_recorded_times_rise(landing, table)
    batches = landing.batches()
    for before, after in pairwise(batches):
        assert after.window.low == before.window.high
        assert after.window.low_clock == before.window.high_clock <= after.window.high_clock
    for batch in batches:
        for landed_table in batch.tables:
            landed_table.verify()
    folders = {path.name for path in (landing.root / "batches").iterdir()}
    assert folders == {f"{batch.number:06d}" for batch in batches}, "a crash left something"


def assert_recorded_times_rise(landing: Landing, table: str) -> None:
    """A version is recorded at its stamp, or just above the window's low clock: within the window, and later than the
    version before it."""
    key = BY_NAME[table].key
    last: dict[str, datetime] = {}
    for batch in landing.batches():
        per_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows(batch, table):
            assert batch.window.low <= row["change_no"] < batch.window.high
            per_key[row[key]].append(row)
        for name, versions in per_key.items():
            versions.sort(key=lambda row: (row["stamped_at"], row["change_no"]))
            for rank, row in enumerate(versions, start=1):
                recorded = max(row["stamped_at"], batch.window.low_clock + timedelta(microseconds=rank))
                assert batch.window.low_clock < recorded < batch.window.high_clock
                assert recorded > last.get(name, datetime.min)
                last[name] = recorded
