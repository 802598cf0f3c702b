"""Continuity: whether a store still has the last changes that were landed from it, before anything moves on.

A store that was restored from a backup gives the numbers of lost changes to others, and looks like itself again once it
has passed the last one that had landed. Its journal does not: what had landed is not in it, or is something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from enum import Enum
from typing import Any

import duckdb
import pyarrow as pa

from dataport.errors import ForeignStore
from dataport.extract.adapter import Adapter, Snapshot
from dataport.extract.contract import changes_schema
from dataport.landing import Batch
from dataport.store.declared import Contract, Table

# How many of the newest change numbers are looked at where numbers are not in the order of commits, and how many rows:
# one bulk load has one number, and no store is restored to the middle of its making.
_NUMBERS, _ROWS = 50, 20_000

Row = tuple[Any, ...]
# Versions by table, key, and whether they are tombstones. A transaction may write several of one record.
Versions = Mapping[tuple[str, str, bool], set[Row]]
_Found = dict[int, dict[tuple[str, str, bool], set[Row]]]


class Found(Enum):
    """What the store has under a change number that had landed."""

    SAME = "as it was"
    CHANGED = "the same versions, with other contents"
    OTHERS = "other versions"
    NOTHING = "nothing"


_DOUBTFUL = frozenset({Found.CHANGED, Found.OTHERS, Found.NOTHING})


def require_continuity(
    source_id: str, adapter: Adapter, snapshot: Snapshot, batches: Sequence[Batch], compares_all: bool
) -> None:
    """Stop where the store is not the one whose changes had landed, or no longer has the last of them.

    Args:
        batches: what has landed of the source.
        compares_all: everything is compared afterwards; then only what no change by hand explains stops it.

    Raises:
        ForeignStore: with the command that goes on from the store as it is now.
    """
    if not batches:
        return
    last = batches[-1]
    if not snapshot.is_same(last.store_identity):
        raise another_store(source_id)
    if snapshot.high < last.window.high:
        raise _restored(source_id, "is older than its last batch")
    if not adapter.every_version:
        return  # such a source keeps no journal to hold it to: the adapter marks what it has read
    moved = bool(last.server) and last.server != snapshot.server
    refused = _DOUBTFUL if moved else {Found.OTHERS} if compares_all else _DOUBTFUL
    if adapter.in_commit_order and not moved:
        refused -= {Found.NOTHING}  # a number is never given to nothing: a version was taken away by hand
    depth = None if moved else 1 if adapter.in_commit_order else _NUMBERS
    if any(found in refused for found in _compared(adapter.contract, snapshot, batches, depth)):
        raise _restored(
            source_id, "no longer has the last changes that were landed from it, or has others in their place"
        )


def another_store(source_id: str) -> ForeignStore:
    """The error of a store that has nothing to do with the one landed before."""
    return ForeignStore(
        f"The store that answers for {source_id!r} is not the one landed before. Nothing was extracted. If the old "
        "store is gone for good, extract this one under another source_id, or start a new landing."
    )


def _restored(source_id: str, how: str) -> ForeignStore:
    return ForeignStore(
        f"The store that answers for {source_id!r} {how}: it was restored from a backup, or changed past its triggers. "
        "Nothing was extracted. `dataport extract --after-restore` compares everything with it, repairs what differs "
        "and goes on from it."
    )


def _compared(contract: Contract, snapshot: Snapshot, batches: Sequence[Batch], depth: int | None) -> Iterator[Found]:
    """What the store has under the newest change numbers of the last batch of changes."""
    since = max((n for n, batch in enumerate(batches) if batch.restarted), default=-1) + 1
    increments = [n for n in range(since, len(batches)) if batches[n].rows and _is_increment(batches[n])]
    if not increments:
        return
    last = increments[-1]
    landed = _landed(
        contract, batches[last], [batch for batch in batches[last + 1 :] if not _is_increment(batch)], depth
    )
    if landed:
        stored = _stored(contract, snapshot, min(landed), batches[last].window.high)
        for number, versions in landed.items():
            yield _judged(versions, stored.get(number, {}))


def _is_increment(batch: Batch) -> bool:
    return batch.window.low < batch.window.high


def _judged(landed: Versions, stored: Versions) -> Found:
    there = [version for version in landed if version in stored]
    if any(stored[version] & landed[version] for version in there):
        return Found.SAME
    return Found.CHANGED if there else Found.OTHERS if stored else Found.NOTHING


def _landed(contract: Contract, batch: Batch, repairs: Sequence[Batch], depth: int | None) -> _Found:
    """The newest versions of a batch by change number, without those of records that were repaired later."""
    found: _Found = defaultdict(lambda: defaultdict(set))
    with duckdb.connect() as database:
        numbers = _newest(contract, database, batch, depth)
        for table, paths, mended in _files(contract, batch, repairs) if numbers else ():
            names = ", ".join(f'"{name}"' for name in changes_schema(table).names if name != "damaged")
            rows = database.sql(
                f"SELECT {names} FROM read_parquet(?) WHERE change_no IN (SELECT unnest(?::BIGINT[])) "
                f'AND "{table.key}" NOT IN (SELECT unnest(?::VARCHAR[]))',
                params=[paths, numbers, _keys(database, table, mended)],
            ).to_arrow_table()
            _sort_in(found, table, rows.to_batches())
    return found


def _newest(contract: Contract, database: duckdb.DuckDBPyConnection, batch: Batch, depth: int | None) -> list[int]:
    """The newest change numbers of a batch, as many as are few enough rows."""
    files = [
        str(table.path) for table in batch.tables if table.rows and table.name in {one.name for one in contract.tables}
    ]
    if not files:
        return []  # all of it was set aside, so there is nothing to hold the store to
    counted = database.execute(
        "SELECT change_no, count(*) FROM read_parquet(?, union_by_name = true) WHERE change_no >= ? AND change_no < ? "
        "GROUP BY 1 ORDER BY 1 DESC LIMIT ?",
        [files, batch.window.low, batch.window.high, _ROWS if depth is None else depth],
    ).fetchall()
    numbers: list[int] = []
    left = _ROWS
    for number, rows in counted:
        left -= rows
        if left < 0:
            break
        numbers.append(number)
    return numbers


def _files(contract: Contract, batch: Batch, repairs: Sequence[Batch]) -> Iterator[tuple[Table, list[str], list[str]]]:
    for table in contract.tables:
        own = [str(one.path) for one in batch.tables if one.name == table.name and one.rows]
        if own:
            mended = [
                str(one.path) for repair in repairs for one in repair.tables if one.name == table.name and one.rows
            ]
            yield table, own, mended


def _keys(database: duckdb.DuckDBPyConnection, table: Table, files: list[str]) -> list[str]:
    if not files:
        return []
    sql = f'SELECT DISTINCT "{table.key}" FROM read_parquet(?, union_by_name = true)'
    return [key for (key,) in database.execute(sql, [files]).fetchall()]


def _stored(contract: Contract, snapshot: Snapshot, low: int, high: int) -> _Found:
    found: _Found = defaultdict(lambda: defaultdict(set))
    for table in contract.tables:
        with closing(snapshot.changes(table, low, high)) as batches:
            _sort_in(found, table, (batch.drop_columns(["damaged"]) for batch in batches))
    return found


def _sort_in(found: _Found, table: Table, batches: Iterator[pa.RecordBatch] | list[Any]) -> None:
    """Put rows in by their number and version. A row without a key had been set aside."""
    for batch in batches:
        names = batch.schema.names
        key, number, gone = (names.index(name) for name in (table.key, "change_no", "is_deleted"))
        # dates and moments as the numbers they are kept as: no calendar is needed to compare them
        columns = [_plain(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            if row[key] is not None:
                found[row[number]][table.name, row[key], row[gone]].add(row)


def _plain(column: pa.Array) -> list[Any]:
    if pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    return (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
