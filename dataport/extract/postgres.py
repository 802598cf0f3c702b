"""Extracting from a PostgreSQL store over ADBC: binary COPY straight into Arrow.

The window ends below the oldest transaction in flight: a change that commits late, or is not yet seen, lies beyond it
and comes with a later batch. A version's number is never below its own transaction's (`store.ddl_postgres`).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa
from adbc_driver_manager import dbapi as manager
from adbc_driver_postgresql import StatementOptions, dbapi

from dataport.errors import ContractBroken, SourceUnavailable
from dataport.extract.adapter import Catalogue, Snapshot, Source
from dataport.extract.contract import changes_schema
from dataport.extract.selects import Dialect, changes_sql, most_versions_sql, whole_sql
from dataport.store.arrow import arrow_schema
from dataport.store.ddl_postgres import IDENTITY, TYPES
from dataport.store.postgres import no_store, unreachable
from dataport.store.schema import Column, Kind, Table
from dataport.store.url import parse_url

# About a row group of the widest table: one is being written while the next is being read.
_BATCH_BYTES = 48 << 20

_FAILURES = (manager.Error, OSError)

_STATE = (
    "SELECT moment, first_stamp, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM clock"
)


def _read(column: Column) -> str:
    name = f'"{column.name}"'
    if column.kind in ("date", "timestamp"):
        # Infinity has no place in Arrow and would arrive as some date: such a date is not known.
        return f"CASE WHEN isfinite({name}) THEN {name} END"
    return f"{name}::{TYPES[column.kind]}"


_DIALECT = Dialect(read=_read, types=TYPES)


class PostgresAdapter:
    """Reads a PostgreSQL registration store without ever writing to it."""

    kind = "postgres"
    every_version = True
    accepts: dict[Kind, frozenset[str]] = {
        "text": frozenset({"text", "character varying", "character", "uuid"}),
        "integer": frozenset({"bigint", "integer", "smallint"}),
        "boolean": frozenset({"boolean"}),
        "date": frozenset({"date"}),
        "timestamp": frozenset({"timestamp without time zone"}),
    }

    def __init__(self, source: Source) -> None:
        self._url = parse_url(source.url)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        try:
            connection = dbapi.connect(self._url.text, autocommit=True)
        except _FAILURES:
            raise unreachable(self._url.safe) from None
        with closing(connection), closing(connection.cursor()) as cursor:
            option = {StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(_BATCH_BYTES)}
            cursor.adbc_statement.set_options(**option)
            yield PostgresSnapshot(cursor, self._url.safe)


class PostgresSnapshot:
    """One repeatable-read, read-only transaction; it ends with the connection."""

    def __init__(self, cursor: Any, url_safe: str) -> None:
        self._cursor, self._url_safe = cursor, url_safe
        try:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except _FAILURES:
            raise unreachable(url_safe) from None
        self._refuse_unready()
        self.identity = str(self._rows(IDENTITY)[0][0])
        clock, first_stamp, high, newest = self._rows(_STATE)[0]
        self.clock: datetime = clock
        self.first_stamp: datetime = first_stamp
        self.high: int = high
        held = f"{newest - high} transaction numbers are held back by one still in flight; a later batch brings them."
        self.notes: tuple[str, ...] = (held,) if newest > high else ()

    def catalogue(self) -> Catalogue:
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in self._rows(
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns "
            "WHERE table_schema = current_schema()"
        ):
            found.setdefault(table, {})[column] = kind
        return found

    def changes(self, table: Table, low: int, high: int) -> Iterator[pa.RecordBatch]:
        return _ahead(self._stream(table, changes_sql(table, low, high, _DIALECT), changes_schema(table)))

    def whole(self, table: Table) -> Iterator[pa.RecordBatch]:
        return self._stream(table, whole_sql(table, _DIALECT), arrow_schema(table.landed))

    def most_versions(self, table: Table, low: int, high: int) -> int:
        return 1 + (self._rows(most_versions_sql(table, low, high, _DIALECT))[0][0] or 0)

    def _refuse_unready(self) -> None:
        if not self._rows("SELECT to_regclass('store') IS NOT NULL AND to_regclass('clock') IS NOT NULL")[0][0]:
            raise no_store(self._url_safe)
        if not self._rows("SELECT coalesce(bool_and(is_armed), FALSE) FROM store")[0][0]:
            raise SourceUnavailable(
                f"The registration store {self._url_safe} is still being made, or its making was interrupted. "
                "Wait for it, or make it anew in an empty database."
            )

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            self._cursor.execute(sql)
            rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        except _FAILURES:
            raise unreachable(self._url_safe) from None
        return rows

    def _stream(self, table: Table, sql: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            self._cursor.execute(sql)
            for batch in self._cursor.fetch_record_batch():
                yield _as_declared(table, batch, schema)
        except _FAILURES:
            raise SourceUnavailable(
                f"Reading {table.name} from {self._url_safe} broke off. Nothing was extracted: "
                "check the server and its log, then extract again."
            ) from None


def _as_declared(table: Table, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch under the contract's schema: the driver's metadata dropped, its types required to be the declared."""
    for given, declared in zip(batch.schema, schema, strict=True):
        if given.type != declared.type:
            raise ContractBroken(f"{table.name}.{declared.name} arrived as {given.type}, not as {declared.type}.")
    return pa.record_batch(batch.columns, schema=schema)


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, each fetched in another thread while the one before is being written."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch
