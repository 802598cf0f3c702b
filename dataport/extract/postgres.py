"""Extracting from a PostgreSQL store: COPY as CSV, parsed by Arrow, each in its own thread.

The window ends below the oldest transaction in flight: a change that commits late, or is not yet seen, lies beyond it
and comes with a later batch. A version's number is never below its own transaction's (`store.ddl_postgres`).

CSV, because on rows as wide as a person Arrow's parser needs half the processor time of the binary drivers, and the
three steps (server, parser, Parquet) overlap.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import psycopg
import pyarrow as pa
from psycopg.sql import Literal
from pyarrow import csv

from dataport.errors import ContractBroken, SourceUnavailable
from dataport.extract.adapter import Batches, Catalogue, Snapshot, Source
from dataport.extract.contract import changes_schema
from dataport.extract.selects import (
    NULL_MARK,
    SEPARATOR,
    Dialect,
    changes_sql,
    living_sql,
    most_versions_sql,
    pending_sql,
    whole_sql,
)
from dataport.store.arrow import arrow_schema
from dataport.store.ddl_postgres import IDENTITY, TYPES
from dataport.store.postgres import connect_postgres, no_store, unreachable
from dataport.store.schema import Column, Kind, Table
from dataport.store.url import parse_url

# Rows per block: a megabyte or so of text, which stays in the processor's cache from the socket to the parser.
_BLOCK_ROWS = 4_096

# Blocks in waiting: enough for the server and the parser to go on while a row group is written.
_AHEAD = 24

# What the parser takes at once. A row longer than this would be refused, not cut.
_PARSE_BYTES = 1 << 20

_STATE = (
    "SELECT moment, first_stamp, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM clock"
)

_Item = TypeVar("_Item")


def _read(column: Column) -> str:
    name = f'"{column.name}"'
    if column.kind in ("date", "timestamp"):
        # Infinity, or a year that no calendar here can hold, is not a date: it is not known.
        return f"CASE WHEN {name} >= '0001-01-01' AND {name} < '10000-01-01' THEN {name} END"
    return f"{name}::{TYPES[column.kind]}"


DIALECT = Dialect(read=_read, types=TYPES)


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
        with closing(connect_postgres(self._url)) as connection:
            yield PostgresSnapshot(connection, self._url.safe)


class PostgresSnapshot:
    """One repeatable-read, read-only transaction; it ends with the connection."""

    def __init__(self, connection: psycopg.Connection[Any], url_safe: str) -> None:
        self._connection, self._url_safe = connection, url_safe
        try:
            connection.execute("SET datestyle = 'ISO, YMD'")
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except psycopg.Error:
            raise unreachable(url_safe) from None
        self._refuse_unready()
        self.identity = str(self._rows(IDENTITY)[0][0])
        clock, first_stamp, high, newest = self._rows(_STATE)[0]
        self.clock: datetime = clock
        self.first_stamp: datetime = first_stamp
        self.high: int = high
        held = f"Up to {newest - high} transactions are held back by one still in flight; a later batch brings them."
        self.notes: tuple[str, ...] = (held,) if newest > high else ()

    def catalogue(self) -> Catalogue:
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in self._rows(
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns "
            "WHERE table_schema = current_schema()"
        ):
            found.setdefault(table, {})[column] = kind
        return found

    def changes(self, table: Table, low: int, high: int) -> Batches:
        return self._stream(table, changes_sql(table, low, high, DIALECT), changes_schema(table))

    def whole(self, table: Table) -> Batches:
        return self._stream(table, whole_sql(table, DIALECT), arrow_schema(table.landed))

    def living(self, table: Table, bounds: Sequence[str], ranges: Sequence[int]) -> Batches:
        within = f"{_range_of(table, bounds)} IN ({', '.join(str(int(number)) for number in ranges)})"
        return self._stream(table, living_sql(table, self.high, within, DIALECT), arrow_schema(table.landed))

    def checksums(self, table: Table, bounds: Sequence[str]) -> dict[int, tuple[int, int]]:
        text = ", ".join(f"coalesce(({_read(column)})::text, chr({NULL_MARK}))" for column in table.landed)
        checksum = f"('x' || left(md5(concat_ws(chr({SEPARATOR}), {text})), 15))::bit(60)::bigint"
        sql = (
            f"SELECT {_range_of(table, bounds)}, count(*), sum({checksum}) "
            f'FROM "{table.name}" WHERE change_no < {self.high} GROUP BY 1'
        )
        return {number: (rows, int(checksum)) for number, rows, checksum in self._rows(sql)}

    def pending(self, table: Table) -> list[str]:
        return [key for (key,) in self._rows(pending_sql(table, self.high))]

    def most_versions(self, table: Table, low: int, high: int) -> int:
        return 1 + (self._rows(most_versions_sql(table, low, high, DIALECT))[0][0] or 0)

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
            return self._connection.execute(sql).fetchall()
        except psycopg.Error:
            raise unreachable(self._url_safe) from None

    def _stream(self, table: Table, sql: str, schema: pa.Schema) -> Batches:
        try:
            yield from _ahead(_parsed(table, _ahead(_blocks(self._connection, sql)), schema))
        except psycopg.Error:
            raise SourceUnavailable(
                f"Reading {table.name} from {self._url_safe} broke off. Nothing was extracted: "
                "check the server and its log, then extract again."
            ) from None


def _range_of(table: Table, bounds: Sequence[str]) -> str:
    """The number of the range that a row's key lies in, as SQL: keys are ordered by their bytes, as everywhere here."""
    if not bounds:
        return "0"
    quoted = ", ".join(Literal(bound).as_string() for bound in bounds)
    return f'width_bucket("{table.key}" COLLATE "C", ARRAY[{quoted}]::text[])'


def _blocks(connection: psycopg.Connection[Any], sql: str) -> Generator[memoryview, None, None]:
    """The answer as CSV, in blocks of whole rows: the server sends one row a message.

    Each row is written into the block at once, for keeping them to be joined costs a third more; `deque` runs the loop.
    """
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        rows = iter(copy)
        while True:
            block = io.BytesIO()
            deque(map(block.write, islice(rows, _BLOCK_ROWS)), maxlen=0)
            if not block.tell():
                return
            yield block.getbuffer()


def _parsed(table: Table, blocks: Generator[memoryview, None, None], schema: pa.Schema) -> Batches:
    """The blocks as Arrow. In COPY's CSV an unquoted nothing is NULL, a quoted one the empty string."""
    read = csv.ReadOptions(column_names=schema.names, use_threads=False, block_size=_PARSE_BYTES)
    parse = csv.ParseOptions(newlines_in_values=True)
    convert = csv.ConvertOptions(
        column_types=schema, null_values=[""], true_values=["t"], false_values=["f"],
        strings_can_be_null=True, quoted_strings_can_be_null=False, check_utf8=False,
    )  # fmt: skip
    with closing(blocks):
        for block in blocks:
            try:
                rows = csv.read_csv(pa.BufferReader(pa.py_buffer(block)), read, parse, convert)
            except pa.ArrowInvalid:
                raise ContractBroken(
                    f"The registration store keeps a value in {table.name} that cannot be read as declared. "
                    "Nothing was extracted: mend that record in the store."
                ) from None
            yield from rows.combine_chunks().to_batches()


def _ahead(items: Generator[_Item, None, None]) -> Generator[_Item, None, None]:
    """The same items, fetched in another thread, some of them ahead of the one in use."""
    reader = ThreadPoolExecutor(1)
    with closing(items):
        try:
            coming = deque(reader.submit(next, items, None) for _ in range(_AHEAD))
            while (item := coming.popleft().result()) is not None:
                coming.append(reader.submit(next, items, None))
                yield item
        finally:
            # Left early: what was not begun is not read, and nothing is closed under a reader at work.
            reader.shutdown(wait=True, cancel_futures=True)
