"""Extracting from a SQLite store. Writers are serial there, so a counter kept by trigger is in commit order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa

from dataport.errors import ContractBroken, SourceUnavailable
from dataport.extract.adapter import Batches, Catalogue, Removals, Snapshot, Source
from dataport.extract.contract import changes_schema, living_schema
from dataport.extract.damage import DAMAGED, fitted, named
from dataport.extract.selects import Dialect, changes_sql, living_sql, most_versions_sql, removals_sql, whole_sql
from dataport.store.ddl_sqlite import TYPES
from dataport.store.schema import Column, Kind, Table
from dataport.store.sqlite import from_micros, open_sqlite, read_control
from dataport.store.url import parse_url

_FETCH_ROWS = 16_384


def _read(column: Column) -> str:
    return f'"{column.name}"'


def _damaged(_: Sequence[Column]) -> str:
    """SQLite cannot say what is damaged: that is found when the values are read."""
    return "NULL"


_DIALECT = Dialect(read=_read, types=TYPES, damaged=_damaged, scan_all="+", false="0", true="1")


class SqliteAdapter:
    """Reads a SQLite registration store without ever writing to it."""

    kind = "sqlite"
    every_version = True
    in_commit_order = True
    accepts: dict[Kind, frozenset[str]] = {kind: frozenset({storage}) for kind, storage in TYPES.items()}

    def __init__(self, source: Source) -> None:
        self._url = parse_url(source.url)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with closing(open_sqlite(self._url.path.as_uri(), self._url.safe)) as connection:
            connection.execute("PRAGMA query_only = ON")
            # Deferred: the first read below fixes the view; writers go on beside it.
            connection.execute("BEGIN")
            yield SqliteSnapshot(connection, self._url.safe)


class SqliteSnapshot:
    """One read transaction."""

    def __init__(self, connection: sqlite3.Connection, url_safe: str) -> None:
        self._connection, self._url_safe = connection, url_safe
        # Text that is not UTF-8 would end a reading: it comes as bytes, and is judged value by value.
        connection.text_factory = bytes
        if not self._control("SELECT is_armed FROM store"):
            raise SourceUnavailable(
                f"The registration store {url_safe} is still being made, or its making was interrupted. "
                "Wait for it, or remove it and make it anew."
            )
        self.identity = _text(self._control("SELECT identity FROM store"))
        self.server = ""
        self.high: int = self._control("SELECT change_no FROM clock") + 1
        self.clock: datetime = from_micros(self._control("SELECT moment FROM clock"))
        self.first_stamp: datetime = from_micros(self._control("SELECT first_stamp FROM clock"))
        self.notes: tuple[str, ...] = ()

    def is_same(self, identity: str) -> bool:
        return identity == self.identity

    def catalogue(self) -> Catalogue:
        rows = self._connection.execute(
            "SELECT t.name, c.name, upper(c.type) FROM sqlite_master AS t, pragma_table_info(t.name) AS c "
            "WHERE t.type = 'table'"
        )
        found: dict[str, dict[str, str]] = {}
        for table, column, storage in rows:
            found.setdefault(_text(table), {})[_text(column)] = _text(storage)
        return found

    def require_whole(self, tables: Sequence[Table], journaled: bool) -> None:
        kept = {name for table in tables for name in (table.name, f"{table.name}_journal")[: 1 + journaled]}
        sql = (
            "SELECT name FROM sqlite_master "
            "WHERE type = 'view' OR (type = 'table' AND upper(ltrim(sql)) LIKE 'CREATE VIRTUAL%') ORDER BY 1"
        )
        for (found,) in self._connection.execute(sql):
            if (name := _text(found)) in kept | {"store", "clock", "tombstone"}:
                raise ContractBroken(
                    f"The registration store {self._url_safe} has a view in the place of the table {name}, which may "
                    "leave rows out. Nothing was extracted: give the store that holds the table itself."
                )

    def removals(self, table: Table, low: int, high: int) -> Removals:
        return Removals(*self._connection.execute(removals_sql(table, low, high, _DIALECT)).fetchone())

    def changes(self, table: Table, low: int, high: int) -> Batches:
        return self._stream(table, changes_sql(table, low, high, _DIALECT), changes_schema(table))

    def whole(self, table: Table) -> Batches:
        return self._stream(table, whole_sql(table, _DIALECT), living_schema(table))

    def living(self, table: Table, bounds: Sequence[str], ranges: Sequence[int]) -> Batches:
        within = "1" if len(ranges) > len(bounds) else " OR ".join(_range(table, bounds, number) for number in ranges)
        return self._stream(table, living_sql(table, self.high, within, _DIALECT), living_schema(table))

    def checksums(self, table: Table, bounds: Sequence[str]) -> None:
        return None  # SQLite has no checksum to offer, and reading its file again costs no network

    def pending(self, table: Table) -> list[str]:
        return []  # writers are serial: what is in the view is complete

    def most_versions(self, table: Table, low: int, high: int) -> int:
        return 1 + (self._control(most_versions_sql(table, low, high, _DIALECT)) or 0)

    def _control(self, sql: str) -> Any:
        return read_control(self._connection, sql, self._url_safe)

    def _stream(self, table: Table, sql: str, schema: pa.Schema) -> Batches:
        try:
            with closing(self._connection.execute(sql)) as cursor:
                while rows := cursor.fetchmany(_FETCH_ROWS):
                    yield _batch(table, rows, schema)
        except sqlite3.Error:
            raise SourceUnavailable(
                f"Reading {table.name} from {self._url_safe} failed: the file is damaged. "
                "Check it with SQLite's `PRAGMA integrity_check`."
            ) from None


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def _batch(table: Table, rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    """Rows of a table, with what is damaged in them named."""
    values = dict(zip(schema.names, zip(*rows, strict=True), strict=True))
    damage: dict[str, list[int]] = {}
    columns: dict[str, pa.Array] = {}
    for column in table.landed:
        columns[column.name], damage[column.name] = fitted(column, values[column.name])
    columns[DAMAGED.name] = named(damage, len(rows))
    if "is_deleted" in values:
        columns["is_deleted"] = pa.array(values["is_deleted"], pa.int64()).cast(pa.bool_())
    return pa.record_batch(list(columns.values()), schema=schema)


def _range(table: Table, bounds: Sequence[str], number: int) -> str:
    key = f'"{table.key}"'
    quoted = ["'" + bound.replace("'", "''") + "'" for bound in bounds]
    low = f"{key} >= {quoted[number - 1]}" if number else "1"
    return f"({low} AND {key} < {quoted[number]})" if number < len(bounds) else f"({low})"
