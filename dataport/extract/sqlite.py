"""Extracting from a SQLite store. Writers are serial there, so a counter kept by trigger is in commit order."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from dataport.errors import ContractBroken, DataportError, SourceUnavailable
from dataport.extract.adapter import Batches, Catalogue, NoOptions, Removals, Seen, Snapshot, Source
from dataport.extract.contract import changes_schema, check_contract, living_schema
from dataport.extract.damage import DAMAGED, fitted, named
from dataport.extract.doctor import Requirement, judged, met
from dataport.extract.selects import Dialect, changes_sql, living_sql, most_versions_sql, removals_sql, whole_sql
from dataport.landing import Held, Passed, Sighting
from dataport.store.ddl_sqlite import TYPES
from dataport.store.declared import Column, Contract, Kind, Table
from dataport.store.schema import REGISTRATION
from dataport.store.sqlite import from_micros, open_sqlite, read_control
from dataport.store.url import parse_url

_FETCH_ROWS = 16_384

# What the driver raises when the file, the disk or a value is not as it should be.
_OUTSIDE = (sqlite3.Error, sqlite3.Warning, OSError, MemoryError, UnicodeError, OverflowError)

# Why SQLite broke off, by the beginning of its name for it, and what to do; the first that fits.
_REASONS = (
    ("SQLITE_BUSY", "another program holds the file locked", "Wait until it is done, and extract again"),
    ("SQLITE_LOCKED", "another program holds the file locked", "Wait until it is done, and extract again"),
    ("SQLITE_INTERRUPT", "somebody interrupted it", "Extract again"),
    ("SQLITE_IOERR", "the disk or the network it lies on does not answer", "Check the disk, and extract again"),
    ("SQLITE_CANTOPEN", "the file, or the log beside it, cannot be opened", "Check its path and its permissions"),
    ("SQLITE_PERM", "this account may not read it", "Let the account that extracts read and write it"),
    ("SQLITE_AUTH", "this account may not read it", "Let the account that extracts read and write it"),
    ("SQLITE_READONLY", "the log beside it cannot be written", "Let the account that extracts write in its folder"),
    ("SQLITE_FULL", "there is no room left where SQLite sorts", "Make room there (SQLITE_TMPDIR), and extract again"),
    ("SQLITE_NOMEM", "there is not enough memory", "Extract again when more is free"),
    ("SQLITE_SCHEMA", "its schema was changed meanwhile", "Extract again"),
    ("SQLITE_ERROR", "it is not what it was a moment before", "Extract again, and see what `dataport doctor` says"),
)


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
    contract = REGISTRATION
    options = NoOptions
    accepts: dict[Kind, frozenset[str]] = {kind: frozenset({storage}) for kind, storage in TYPES.items()}

    def __init__(self, source: Source) -> None:
        self._url = parse_url(source.url)

    @contextmanager
    def snapshot(self, seen: Seen | None = None) -> Iterator[Snapshot]:
        with closing(open_sqlite(self._url.path.as_uri(), self._url.safe)) as connection:
            yield SqliteSnapshot(connection, self._url.safe, self.contract, seen)

    def doctor(self) -> Sequence[Requirement]:
        return list(self._examined())

    def _examined(self) -> Iterator[Requirement]:
        path, opened = self._url.path, f"{self._url.safe} is there, and is a store"
        try:
            with self.snapshot(Seen()) as snapshot:
                yield met(opened)
                for what, work in self._checks(snapshot):
                    try:
                        work()
                        yield met(what)
                    except DataportError as problem:
                        yield Requirement(what, "missing", str(problem))
                mend = "make the store's triggers again; then dataport extract --reconcile"
                yield judged("the triggers that number and journal every change are on", not snapshot.changed, mend)
        except DataportError as problem:
            yield Requirement(opened, "missing", str(problem))
        may_write = os.access(path.parent, os.W_OK)
        mend = f"give the account that reads the right to write in {path.parent}"
        yield judged("the log of writers beside the file can be shared", may_write, mend)
        is_private = path.exists() and not path.stat().st_mode & 0o077
        yield judged("nobody else can read the file", is_private, f"chmod 600 {path}", is_needed=False)

    def _checks(self, snapshot: Snapshot) -> Iterator[tuple[str, Callable[[], object]]]:
        tables = self.contract.tables
        yield "no view stands in a table's place", lambda: snapshot.require_whole(tables, journaled=True)
        yield (
            "every table has the declared columns, each of its kind",
            lambda: check_contract(tables, snapshot.catalogue(), self.accepts, journaled=True),
        )


class SqliteSnapshot:
    """One read transaction."""

    exported_at: datetime | None = None
    holders: tuple[Held, ...] = ()  # writers are serial: nothing is held back
    settled: tuple[Passed, ...] = ()
    notes: tuple[str, ...] = ()

    def __init__(self, connection: sqlite3.Connection, url_safe: str, contract: Contract, seen: Seen | None) -> None:
        self._connection, self._url_safe, self._contract = connection, url_safe, contract
        self._rows("PRAGMA query_only = ON")
        # Deferred: the first read below fixes the view; writers go on beside it.
        self._rows("BEGIN")
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
        self.newest = self.high
        self.marks, off = self._marks()
        self.changed = self._changed(seen.marks, off) if seen else ()

    def sighting(self) -> Sighting:
        strangers = ((table.name, self.strangers(table)) for table in self._contract.tables)
        told = tuple((name, rows) for name, rows in strangers if rows)
        return Sighting(datetime.now(UTC).replace(tzinfo=None), self.clock, self.high, self.newest, None, told)

    def is_same(self, identity: str) -> bool:
        return identity == self.identity

    def catalogue(self) -> Catalogue:
        rows = self._rows(
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
        for (found,) in self._rows(sql):
            if (name := _text(found)) in kept | {"store", "clock", "tombstone"}:
                raise ContractBroken(
                    f"The registration store {self._url_safe} has a view in the place of the table {name}, which may "
                    "leave rows out. Nothing was extracted: give the store that holds the table itself."
                )

    def removals(self, table: Table, low: int, high: int) -> Removals:
        return Removals(*self._rows(removals_sql(table, low, high, _DIALECT))[0])

    def changes(self, table: Table, low: int, high: int) -> Batches:
        return self._stream(table, changes_sql(table, low, high, _DIALECT), changes_schema(table))

    def late(self, table: Table, low: int) -> Batches:
        yield from ()

    def whole(self, table: Table) -> Batches:
        return self._stream(table, whole_sql(table, _DIALECT), living_schema(table))

    def living(self, table: Table, bounds: Sequence[str], ranges: Sequence[int]) -> Batches:
        within = "1" if len(ranges) > len(bounds) else " OR ".join(_range(table, bounds, number) for number in ranges)
        return self._stream(table, living_sql(table, self.high, self.newest, within, _DIALECT), living_schema(table))

    def checksums(self, table: Table, bounds: Sequence[str]) -> None:
        return None  # SQLite has no checksum to offer, and reading its file again costs no network

    def pending(self, table: Table) -> list[str]:
        return []  # writers are serial: what is in the view is complete

    def gone(self, table: Table) -> None:
        return None

    def strangers(self, table: Table) -> int:
        return int(self._control(f'SELECT count(*) FROM "{table.name}" WHERE change_no >= {self.newest}'))

    def most_versions(self, table: Table, low: int, high: int) -> int:
        return 1 + (self._control(most_versions_sql(table, low, high, _DIALECT)) or 0)

    def _control(self, sql: str) -> Any:
        try:
            return read_control(self._connection, sql, self._url_safe)
        except _OUTSIDE as problem:
            raise _broke_off(problem, "the store", self._url_safe) from None

    def _rows(self, sql: str) -> list[Any]:
        try:
            return self._connection.execute(sql).fetchall()
        except _OUTSIDE as problem:
            raise _broke_off(problem, "the store", self._url_safe) from None

    def _marks(self) -> tuple[Mapping[str, str], list[str]]:
        """The triggers that must stay as they are, and the tables that lack one of theirs."""
        sql = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1, 2"
        found = [tuple(map(_text, row)) for row in self._rows(sql)]
        names = {name for _, name, _ in found}
        stamping = ("insert", "update", "delete")
        off = [one.name for one in self._contract.tables if {f"{one.name}_{what}" for what in stamping} - names]
        return {"triggers": hashlib.sha256(repr(found).encode()).hexdigest()[:24]}, off

    def _changed(self, before: Mapping[str, str], off: Sequence[str]) -> tuple[str, ...]:
        if off:
            return (f"the triggers that number the changes of {', '.join(off)} are gone",)
        now = self.marks["triggers"]
        return ("its triggers were changed",) if before.get("triggers", now) != now else ()

    def _stream(self, table: Table, sql: str, schema: pa.Schema) -> Batches:
        try:
            with closing(self._connection.execute(sql)) as cursor:
                while rows := cursor.fetchmany(_FETCH_ROWS):
                    yield _batch(table, rows, schema)
        except _OUTSIDE as problem:
            raise _broke_off(problem, table.name, self._url_safe) from None


def _broke_off(problem: Exception, what: str, url_safe: str) -> DataportError:
    """The error of a reading that ended early. SQLite's own text is not passed on: it may quote a value."""
    name = getattr(problem, "sqlite_errorname", None) or ""
    if isinstance(problem, OSError | MemoryError):
        name = "SQLITE_NOMEM" if isinstance(problem, MemoryError) else "SQLITE_IOERR"
    why, mend = next(
        (words for start, *words in _REASONS if name.startswith(start)),
        ("the file is damaged", "Check it with SQLite's `PRAGMA integrity_check`, or restore it"),
    )
    return SourceUnavailable(f"Reading {what} from {url_safe} failed: {why}. Nothing was extracted. {mend}.")


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
