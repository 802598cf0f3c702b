"""The registration store on a PostgreSQL server: the real one."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as csv

from dataport.errors import Busy, ContractBroken, SourceUnavailable, WrongRequest
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
from dataport.store.ddl_postgres import IDENTITY, arm_statements, create_statements
from dataport.store.declared import Table
from dataport.store.invented import new_identity
from dataport.store.schema import TABLES
from dataport.store.url import StoreUrl

# PostgreSQL's type numbers, and the Arrow type that each is read into.
_ARROW: dict[int, pa.DataType] = {
    16: pa.bool_(),
    **dict.fromkeys((20, 21, 23, 26), pa.int64()),
    **dict.fromkeys((18, 19, 25, 1042, 1043), pa.string()),
    **dict.fromkeys((700, 701), pa.float64()),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
}

_LOCKS = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)

_CSV = csv.WriteOptions(include_header=False, quoting_style="all_valid")
_PLACEHOLDER = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\?|%""")


class PostgresStore(Store):
    """Tables in one database; writers and readers side by side, each under READ COMMITTED."""

    kind = "postgres"

    def __init__(self, url: StoreUrl) -> None:
        super().__init__(url.safe)
        self._connection = connect_postgres(url)

    def create(self, *, invented: bool = False) -> None:
        with self._translated(), self._connection.transaction():
            names = [name for table in TABLES for name in (table.name, f"{table.name}_journal")]
            if any(self._exists(name) for name in (*names, "store", "clock", "tombstone")):
                raise WrongRequest(f"{self.url_safe} holds tables of a store already. Give an empty database.")
            for statement in create_statements():
                self._connection.execute(statement)
            self._connection.execute("INSERT INTO store VALUES (%s, FALSE)", (new_identity(invented),))
            self._connection.execute("INSERT INTO clock VALUES (1, %s, %s)", (FIRST_MOMENT, FIRST_MOMENT))

    def is_armed(self) -> bool:
        return bool(self._one("SELECT is_armed FROM store"))

    def arm(self) -> None:
        if self.is_armed():
            return
        with self._translated(), self._connection.transaction():
            self._connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
            loaded = self._one("SELECT pg_current_xact_id()::text::bigint")
            for statement in arm_statements(loaded):
                self._connection.execute(statement)
            self._connection.execute("UPDATE clock SET first_stamp = least(first_stamp, moment)")
            self._connection.execute("UPDATE store SET is_armed = TRUE")
        with self._translated():
            self._connection.execute("ANALYZE")

    def now(self) -> datetime:
        moment: datetime = self._one("SELECT moment FROM clock")
        return moment

    def set_clock(self, moment: datetime) -> None:
        with self._translated(), self._connection.transaction():
            if moment < self._one("SELECT moment FROM clock FOR UPDATE"):
                raise WrongRequest("The store's clock never goes back. Give a moment after Store.now().")
            self._connection.execute("UPDATE clock SET moment = %s", (moment,))

    def sizes(self) -> dict[str, int]:
        sql = (
            "SELECT relname AS name, pg_relation_size(oid) AS bytes FROM pg_class "
            "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i')"
        )
        return {one["name"]: one["bytes"] for one in self.query(sql).to_pylist()}

    def query(self, sql: str, params: tuple[Any, ...] = ()) -> pa.Table:
        with self._translated():
            cursor = self._connection.execute(_translated_sql(sql), params, binary=True)
            described = cursor.description or []
            columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(described)
        arrays = [_typed(column.type_code, values) for column, values in zip(described, columns, strict=True)]
        return pa.table(arrays, names=[column.name for column in described])

    @contextmanager
    def write(self) -> Iterator[Writer]:
        self._refuse_unarmed()
        with self._translated(), self._connection.transaction():
            yield PostgresWriter(self._connection, self.now())

    def identity(self) -> str:
        return str(self._one(IDENTITY))

    def close(self) -> None:
        self._connection.close()

    def _bulk(self, table: Table, place: str, batches: Iterable[pa.RecordBatch]) -> int:
        with self._translated(), self._connection.transaction():
            number = self._one("SELECT pg_current_xact_id()::text::bigint")
            fitted = Fitted(table, number, self.now())
            # No quotes is NULL, two quotes are the empty string: the CSV writer and COPY agree on that.
            sql = f'COPY "{place}" ({column_list(table.landed)}) FROM STDIN (FORMAT csv)'
            with self._connection.cursor() as cursor, cursor.copy(sql) as copy:
                for batch in fitted.each(batches):
                    copy.write(_as_csv(batch))
            sql = "UPDATE clock SET first_stamp = least(first_stamp, %s)"
            self._connection.execute(sql, (fitted.first_stamp,))
        return fitted.rows

    def _exists(self, name: str) -> bool:
        row = self._connection.execute("SELECT to_regclass(quote_ident(%s)) IS NOT NULL", (name,)).fetchone()
        return bool(row and row[0])

    def _one(self, sql: str) -> Any:
        try:
            row = self._connection.execute(sql).fetchone()
        except psycopg.errors.UndefinedTable:
            row = None
        if row is None:
            raise no_store(self.url_safe)
        return row[0]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """PostgreSQL's errors as ours. Its texts quote rows: only names of tables and columns are taken from them."""
        try:
            yield
        except psycopg.errors.IntegrityError as error:
            raise ContractBroken(f"The registration store refuses this change: {_in_words(error)}.") from None
        except (psycopg.errors.DataError, psycopg.errors.InvalidTextRepresentation):
            raise ContractBroken(
                "The registration store refuses this change: a value is not of its column's kind."
            ) from None
        except _LOCKS:
            raise Busy(
                "Another program is changing the same records of the store. Try again when it is done."
            ) from None
        except psycopg.OperationalError:
            raise unreachable(self.url_safe) from None


class PostgresWriter(Writer):
    """Changes on one PostgreSQL connection."""

    def __init__(self, connection: psycopg.Connection[Any], moment: datetime) -> None:
        self._connection, self._moment = connection, moment

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        declared = table_named(table)
        columns = ", ".join(f'"{name}"' for name in insert_columns(declared))
        # COPY fires the same triggers as INSERT, at a fraction of the cost.
        with self._connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            for row in full_rows(declared, rows, self._moment):
                copy.write_row(row)

    def update(self, table: str, rows: Sequence[Row]) -> None:
        declared = table_named(table)
        for names, gathered in same_columns(declared, rows):
            assignments = ", ".join(f'"{name}" = %s' for name in names)
            sql = f'UPDATE "{table}" SET {assignments} WHERE "{declared.key}" = %s'
            self._run(declared, sql, [[row[name] for name in (*names, declared.key)] for row in gathered])

    def delete(self, table: str, keys: Sequence[str]) -> None:
        declared = table_named(table)
        self._run(declared, f'DELETE FROM "{table}" WHERE "{declared.key}" = %s', [[key] for key in keys])

    def _run(self, table: Table, sql: str, rows: list[list[Any]]) -> None:
        if rows:
            with self._connection.cursor() as cursor:
                cursor.executemany(sql, rows)
                refuse_missing(table, cursor.rowcount, len(rows))


def connect_postgres(url: StoreUrl) -> psycopg.Connection[Any]:
    """A connection in autocommit; the caller opens transactions.

    Raises:
        SourceUnavailable: the server cannot be reached, or does not let this user in. No credential is in the message.
    """
    try:
        return psycopg.connect(
            url.text, autocommit=True, connect_timeout=15, application_name="dataport", client_encoding="UTF8"
        )
    except psycopg.Error:
        raise unreachable(url.safe) from None


def unreachable(url_safe: str) -> SourceUnavailable:
    """The error of a server that does not answer, or no longer."""
    return SourceUnavailable(
        f"The registration store {url_safe} cannot be reached, or refused this user. "
        "Check that the server runs, the address, the user and the password."
    )


def no_store(url_safe: str) -> SourceUnavailable:
    """The error of a database without a store in it."""
    return SourceUnavailable(f"{url_safe} holds no registration store. Make one with `dataport register create`.")


def _as_csv(batch: pa.RecordBatch) -> bytes:
    sink = io.BytesIO()
    csv.write_csv(batch, sink, _CSV)
    return sink.getvalue()


def _translated_sql(sql: str) -> str:
    """``?`` placeholders as psycopg wants them; those within quotes are text, and a percent sign is always itself."""
    return _PLACEHOLDER.sub(lambda match: "%s" if match[0] == "?" else match[0].replace("%", "%%"), sql)


def _typed(type_code: int, values: Sequence[Any]) -> pa.Array:
    if type_code != 1700:
        return pa.array(values, _ARROW.get(type_code))
    # numeric: a sum of integers is one, and would be an integer in SQLite too.
    whole = all(value is None or value == value.to_integral_value() for value in values)
    convert = int if whole else float
    return pa.array([_number(value, convert) for value in values], pa.int64() if whole else pa.float64())


def _number(value: Decimal | None, convert: type[int] | type[float]) -> float | None:
    return None if value is None else convert(value)


def _in_words(error: psycopg.Error) -> str:
    found = error.diag
    if isinstance(error, psycopg.errors.CheckViolation):
        # Raised by the store's own triggers, whose texts hold names only.
        return found.message_primary or "a rule of the store"
    if isinstance(error, psycopg.errors.NotNullViolation):
        return f"{found.table_name}.{found.column_name} must be filled"
    return f"{found.table_name} has such a record already ({found.constraint_name})"
