"""Rows for the store's contract tests, and everything that a store holds of a table, to compare with."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataport.landing import Batch, Landing
from dataport.store import Store
from dataport.store.schema import BY_NAME


def person(key: str, **fields: Any) -> dict[str, Any]:
    """An individual with the required columns filled."""
    filled = {"individual_no": f"803-{key}", "business_unit_id": "KEN", "operation_code": "KEN"}
    return {"individual_id": key, **filled, "process_status_code": "A", **fields}


def need(key: str, **fields: Any) -> dict[str, Any]:
    """A specific need with the required columns filled."""
    filled = {"individual_id": "p", "need_category_code": "DS", "need_status_code": "A"}
    return {"specific_need_id": key, **filled, **fields}


def arrow(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """Rows as one Arrow batch."""
    return pa.RecordBatch.from_pylist(rows)


def living(store: Store, table: str) -> list[dict[str, Any]]:
    """The living rows, by key."""
    return _select(store, table, table)


def journal(store: Store, table: str) -> list[dict[str, Any]]:
    """The superseded versions, by key and stamp."""
    return _select(store, table, f"{table}_journal")


def tombstones(store: Store, table: str) -> list[dict[str, Any]]:
    """The tombstones, by key and stamp."""
    return store.query(
        "SELECT key, change_no, stamped_at FROM tombstone WHERE table_name = ? ORDER BY key, stamped_at", (table,)
    ).to_pylist()


def landed(batch: Batch, table: str) -> list[dict[str, Any]]:
    """The rows of one table in a batch, in the order in which they were recorded."""
    path = next(each.path for each in batch.tables if each.name == table)
    key = BY_NAME[table].key
    return sorted(pq.read_table(path).to_pylist(), key=lambda row: (row[key], row["stamped_at"], row["change_no"]))


def all_landed(landing: Landing, table: str) -> list[dict[str, Any]]:
    """The rows of one table in all batches, in ledger order."""
    return [row for batch in landing.batches() for row in landed(batch, table)]


def _select(store: Store, table: str, place: str) -> list[dict[str, Any]]:
    declared = BY_NAME[table]
    columns = ", ".join(f'"{column.name}"' for column in declared.landed)
    return store.query(f'SELECT {columns} FROM "{place}" ORDER BY "{declared.key}", stamped_at').to_pylist()
