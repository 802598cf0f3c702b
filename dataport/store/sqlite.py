"""The registration store in one SQLite file: the embedded default."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataport.durable import make_private
from dataport.errors import Busy, ContractBroken, SourceUnavailable, WrongRequest
from dataport.store.arrow import TYPES, kind_of
from dataport.store.base import (
    FIRST_MOMENT,
    Fitted,
    Row,
    Store,
    Writer,
    full_rows,
    insert_columns,
    refuse_missing,
    same_columns,
    table_named,
)
from dataport.store.ddl import column_list
from dataport.store.ddl_sqlite import arm_statements, create_statements
from dataport.store.declared import Table
from dataport.store.invented import new_identity
from dataport.store.url import StoreUrl

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_BUSY_SECONDS = 30


class SqliteStore(Store):
    """One file, private to its owner. Readers and one writer may work side by side (WAL)."""

    kind = "sqlite"

    def __init__(self, url: StoreUrl) -> None:
        super().__init__(url.safe)
        self._path = url.path
        self._connection: sqlite3.Connection | None = None

    def create(self, *, invented: bool = False) -> None:
        if self._path.exists() and self._path.stat().st_size:
            raise WrongRequest(
                f"{self.url_safe} holds something already. Choose another place, or remove that file if it may go."
            )
        make_private(self._path.parent)
        os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        with _translated(), self._transaction() as connection:
            for statement in create_statements():
                connection.execute(statement)
            connection.execute("INSERT INTO store VALUES (?, 0)", (new_identity(invented),))
            moment = to_micros(FIRST_MOMENT)
            connection.execute("INSERT INTO clock VALUES (1, ?, ?, 0)", (moment, moment))

    def is_armed(self) -> bool:
        return bool(self._one("SELECT is_armed FROM store"))

    def arm(self) -> None:
        if self.is_armed():
            return
        with _translated(), self._transaction() as connection:
            for statement in arm_statements():
                connection.execute(statement)
            connection.execute("UPDATE clock SET first_stamp = min(first_stamp, moment)")
            connection.execute("UPDATE store SET is_armed = 1")
        self._open().execute("PRAGMA optimize")
        # A new connection comes with the settings of a store in use: write-ahead log, full sync, checks.
        self.close()
        self._open()

    def now(self) -> datetime:
        return from_micros(self._one("SELECT moment FROM clock"))

    def set_clock(self, moment: datetime) -> None:
        with _translated(), self._transaction() as connection:
            if moment < self.now():
                raise WrongRequest("The store's clock never goes back. Give a moment after Store.now().")
            connection.execute("UPDATE clock SET moment = ?", (to_micros(moment),))

    def sizes(self) -> dict[str, int]:
        # a module of SQLite that few builds lack
        found = self.query("SELECT name, sum(pgsize) AS row_count FROM dbstat GROUP BY name").to_pylist()
        return {one["name"]: one["row_count"] for one in found}

    def query(self, sql: str, params: tuple[Any, ...] = ()) -> pa.Table:
        with _translated():
            cursor = self._open().execute(sql, tuple(_plain(value) for value in params))
            names = [column[0] for column in cursor.description]
            columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
        return pa.table([_typed(name, values) for name, values in zip(names, columns, strict=True)], names=names)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        self._refuse_unarmed()
        with _translated(), self._transaction() as connection:
            yield SqliteWriter(connection, self.now())

    def identity(self) -> str:
        return str(self._one("SELECT identity FROM store"))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _bulk(self, table: Table, place: str, batches: Iterable[pa.RecordBatch]) -> int:
        with _translated(), self._transaction() as connection:
            connection.execute("UPDATE clock SET change_no = change_no + 1")
            fitted = Fitted(table, self._one("SELECT change_no FROM clock"), self.now())
            marks = ", ".join("?" * len(table.landed))
            sql = f'INSERT INTO "{place}" ({column_list(table.landed)}) VALUES ({marks})'
            for batch in fitted.each(batches):
                connection.executemany(sql, zip(*(_to_sqlite(array) for array in batch.columns), strict=True))
            first = to_micros(fitted.first_stamp)
            connection.execute("UPDATE clock SET first_stamp = min(first_stamp, ?)", (first,))
        return fitted.rows

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_sqlite(self._path.as_uri(), self.url_safe)
            _settle(self._connection)
        return self._connection

    def _one(self, sql: str) -> Any:
        return read_control(self._open(), sql, self.url_safe)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


class SqliteWriter(Writer):
    """Changes on one SQLite connection."""

    def __init__(self, connection: sqlite3.Connection, moment: datetime) -> None:
        self._connection, self._moment = connection, moment

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        declared = table_named(table)
        names = insert_columns(declared)
        sql = f'INSERT INTO "{table}" ({_quoted(names)}) VALUES ({", ".join("?" * len(names))})'
        self._run(sql, full_rows(declared, rows, self._moment))

    def update(self, table: str, rows: Sequence[Row]) -> None:
        declared = table_named(table)
        for names, gathered in same_columns(declared, rows):
            assignments = ", ".join(f'"{name}" = ?' for name in names)
            sql = f'UPDATE "{table}" SET {assignments} WHERE "{declared.key}" = ?'
            touched = self._run(sql, [[row[name] for name in (*names, declared.key)] for row in gathered])
            refuse_missing(declared, touched, len(gathered))

    def delete(self, table: str, keys: Sequence[str]) -> None:
        declared = table_named(table)
        touched = self._run(f'DELETE FROM "{table}" WHERE "{declared.key}" = ?', [[key] for key in keys])
        refuse_missing(declared, touched, len(keys))

    def _run(self, sql: str, rows: list[list[Any]]) -> int:
        with _translated():
            return self._connection.executemany(sql, [[_plain(v) for v in row] for row in rows]).rowcount if rows else 0


def open_sqlite(uri: str, url_safe: str) -> sqlite3.Connection:
    """A connection to an existing file, in autocommit; the caller opens transactions.

    Raises:
        SourceUnavailable: there is no such file, or it is not a database.
    """
    try:
        connection = sqlite3.connect(f"{uri}?mode=rw", uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        raise SourceUnavailable(
            f"The registration store {url_safe} cannot be opened: the file is missing or is not one. "
            "Check the path, or make a store with `dataport register create`."
        ) from None
    return connection


def read_control(connection: sqlite3.Connection, sql: str, url_safe: str) -> Any:
    """One value from the store's control tables.

    Raises:
        SourceUnavailable: the file is no registration store.
    """
    try:
        row = connection.execute(sql).fetchone()
    except sqlite3.OperationalError as problem:
        if not str(problem).startswith(("no such table", "no such column")):
            raise
        row = None
    if row is None:
        raise SourceUnavailable(f"{url_safe} holds no registration store. Make one with `dataport register create`.")
    return row[0]


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 of a naive UTC moment."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The naive UTC moment of microseconds since 1970."""
    return _EPOCH + micros * _MICROSECOND


def _settle(connection: sqlite3.Connection) -> None:
    armed = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'clock_forward'").fetchone()[0]
    if armed:
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit that an extract has seen must survive a power cut, or its change numbers would be given twice.
        connection.execute("PRAGMA synchronous = FULL")
        return
    # A store that is still loading is thrown away when loading fails: no log, no sync, no checks.
    for setting in ("journal_mode = MEMORY", "synchronous = OFF", "ignore_check_constraints = ON"):
        connection.execute(f"PRAGMA {setting}")


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _plain(value: Any) -> Any:
    """A Python value as SQLite keeps it."""
    if isinstance(value, datetime):
        return to_micros(value)
    return value.isoformat() if isinstance(value, date) else value


def _to_sqlite(array: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(array.type):
        array = pc.cast(array, pa.int64())
    elif pa.types.is_date(array.type):
        array = pc.cast(array, pa.string())
    return array.to_pylist()


def _typed(name: str, values: Sequence[Any]) -> pa.Array:
    """A result column in the type that its name promises."""
    kind = kind_of(name)
    try:
        raw = pa.array(values)
        return raw if kind is None else pc.cast(raw, TYPES[kind])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        raise ContractBroken(f"The result column {name!r} does not hold what its name promises ({kind}).") from None


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's errors as ours. Its constraint texts name tables and columns, never values."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise ContractBroken(f"The registration store refuses this change: {error}.") from None
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise Busy("Another program is writing to the registration store. Try again when it has finished.") from None
