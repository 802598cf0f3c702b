"""Extracting from a PostgreSQL store: COPY in binary, read into Arrow by a driver that makes no Python values.

The window ends below the oldest transaction in flight: a change that commits late, or is not yet seen, lies beyond it
and comes with a later batch. A version's number is never below its own transaction's (`store.ddl_postgres`).

The view is held by one session, which answers small questions; the rows come over another that imports its snapshot.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions
from psycopg.sql import Literal

from dataport.errors import DataportError, SourceUnavailable
from dataport.extract.adapter import Batches, Catalogue, NoOptions, Removals, Seen, Snapshot, Source
from dataport.extract.contract import TOMBSTONE, changes_schema, living_schema
from dataport.extract.damage import FIRST_DAY, LAST_DAY, readable
from dataport.extract.doctor import Requirement
from dataport.extract.move import MICROSECOND
from dataport.extract.postgres_access import (
    BEGIN,
    Place,
    broke_off,
    columns_of,
    find_place,
    lockable,
    require_whole,
    server_of,
    wanted_columns,
)
from dataport.extract.postgres_doctor import changed_since, examined, marks_of
from dataport.extract.postgres_held import View, complete_clock, look
from dataport.extract.selects import (
    NULL_MARK,
    SEPARATOR,
    Dialect,
    changes_sql,
    first_beyond_sql,
    late_sql,
    living_sql,
    most_versions_sql,
    outside_sql,
    pending_sql,
    removals_sql,
    whole_sql,
)
from dataport.landing import Passed, Sighting
from dataport.store.ddl_postgres import IDENTITY, TYPES
from dataport.store.declared import Column, Contract, Kind, Table
from dataport.store.postgres import connect_postgres
from dataport.store.schema import REGISTRATION
from dataport.store.url import StoreUrl, parse_url

_BEYOND = "10000-01-01"

# How much the driver gathers into one batch: memory stays small, and no step waits long for another.
_BATCH_BYTES = 4 << 20

# Batches in waiting: enough for the server to go on while a row group is written.
_AHEAD = 6

# How long a view waits for transactions in flight to end, and how often it looks. Those of a desk take a second; what
# takes longer keeps the watermark where it was.
PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.05

# The store's own tables, with what is read of them.
_CONTROL = (("store", ("identity", "is_armed")), ("clock", ("moment", "first_stamp")))
_JOURNALED = (("tombstone", [column.name for column in TOMBSTONE.columns]),)

# What the drivers raise when a server, the network or a value is not as it should be. Arrow hands on what streams say.
_OUTSIDE = (psycopg.Error, adbc.Error, pa.ArrowException, OSError, UnicodeError, OverflowError, MemoryError)

_Item = TypeVar("_Item")


def _read(column: Column) -> str:
    name = f'"{column.name}"'
    if column.is_end:
        # Before or after all time is when it ends; the first and the last day say so here.
        return (
            f"CASE WHEN {name} < '{FIRST_DAY}' THEN date '{FIRST_DAY}' "
            f"WHEN {name} > '{LAST_DAY}' THEN date '{LAST_DAY}' ELSE {name} END"
        )
    if column.kind in ("date", "timestamp"):
        # Infinity, or a year that no calendar here can hold, is not a date: it is not known.
        return f"CASE WHEN {name} >= '{FIRST_DAY}' AND {name} < '{_BEYOND}' THEN {name} END"
    return f"{name}::{TYPES[column.kind]}"


def _damaged(columns: Sequence[Column]) -> str:
    """Names of the dates and moments that are none; a row with none of them is told by two comparisons."""
    found = []
    for kind in ("date", "timestamp"):
        names = [column.name for column in columns if column.kind == kind and not column.is_end]
        if names:
            every = ", ".join(f'"{name}"' for name in names)
            marks = ", ".join(
                f"CASE WHEN \"{name}\" < '{FIRST_DAY}' OR \"{name}\" >= '{_BEYOND}' THEN '{name}' END" for name in names
            )
            sound = f"least({every}) >= '{FIRST_DAY}' AND greatest({every}) < '{_BEYOND}'"
            found.append(f"CASE WHEN {sound} THEN NULL ELSE nullif(concat_ws(',', {marks}), '') END")
    return f"nullif(concat_ws(',', {', '.join(found)}), '')"


DIALECT = Dialect(read=_read, types=TYPES, damaged=_damaged)


class PostgresAdapter:
    """Reads a PostgreSQL registration store without ever writing to it."""

    kind = "postgres"
    every_version = True
    in_commit_order = False
    contract = REGISTRATION
    options = NoOptions
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
    def snapshot(self, seen: Seen | None = None) -> Iterator[Snapshot]:
        with closing(connect_postgres(self._url)) as connection:
            snapshot = PostgresSnapshot(connection, self._url, self.contract, seen)
            with closing(snapshot):
                yield snapshot

    def doctor(self) -> Sequence[Requirement]:
        return examined(self._url, self.contract, self.accepts)


class PostgresSnapshot:
    """One repeatable-read, read-only transaction; it ends with the connection."""

    exported_at: datetime | None = None
    notes: tuple[str, ...] = ()

    def __init__(
        self, connection: psycopg.Connection[Any], url: StoreUrl, contract: Contract, seen: Seen | None
    ) -> None:
        self._connection, self._url, self._url_safe = connection, url.text, url.safe
        self._rows_session: adbc.Connection | None = None
        self._early: tuple[Sighting, ...] = ()
        self._place: Place | None = None
        place = self._place = find_place(self._rows, url.safe)
        for statement in place.settings():
            self._execute(statement)
        require_whole(self._rows, place, _CONTROL)
        self._refuse_unarmed()
        view = self._waited(contract, seen) if seen else self._begun(contract, None)
        self._has_any_text = self._rows("SHOW server_encoding")[0][0] == "SQL_ASCII"
        self.identity = str(self._rows(IDENTITY)[0][0])
        self.server = server_of(self._rows)
        self._seen_clock, self.clock, self.first_stamp = view.clock, view.clock, view.first_stamp
        self.newest, self.high, self.holders = view.newest, view.high, view.holders if view.newest > view.high else ()
        self.settled: tuple[Passed, ...] = ()
        self._committed: tuple[int, ...] = ()
        self._contract = contract
        self.marks = marks_of(self._rows, place, contract, self.server)
        self.changed = changed_since(seen.marks, self.marks) if seen else ()
        # of what was in flight when the last window ended, nothing is stamped earlier
        self._since = seen.clock - MICROSECOND if seen and seen.clock else None
        if seen:
            self._hold(view, seen)
            self._settle(seen)

    def close(self) -> None:
        """End the session for rows; the other one belongs to the adapter."""
        if self._rows_session is not None:
            with suppress(adbc.Error):
                self._rows_session.close()

    def is_same(self, identity: str) -> bool:
        # the server and the database before it may change, as when both are upgraded or moved
        return identity.split("-", 2)[-1] == self.identity.split("-", 2)[-1]

    def sighting(self) -> Sighting:
        strangers = ((table.name, self.strangers(table)) for table in self._contract.tables)
        told = tuple((name, rows) for name, rows in strangers if rows)
        seen_at = datetime.now(UTC).replace(tzinfo=None)
        held = self.holders[0] if self.holders else None
        return Sighting(seen_at, self._seen_clock, self.high, self.newest, held, told)

    def catalogue(self) -> Catalogue:
        assert self._place is not None
        return columns_of(self._rows, self._place)

    def require_whole(self, tables: Sequence[Table], journaled: bool) -> None:
        assert self._place is not None
        kept = wanted_columns(tables, lambda table: (table.name, f"{table.name}_journal")[: 1 + journaled])
        require_whole(self._rows, self._place, [*kept, *(_JOURNALED if journaled else ())])

    def changes(self, table: Table, low: int, high: int) -> Batches:
        sql = changes_sql(table, low, high, DIALECT, self._strange(table))
        return self._stream(table, sql, changes_schema(table))

    def late(self, table: Table, low: int) -> Batches:
        if self._committed:
            yield from self._stream(table, late_sql(table, low, self._committed, DIALECT), changes_schema(table))

    def whole(self, table: Table) -> Batches:
        return self._stream(table, whole_sql(table, DIALECT), living_schema(table))

    def living(self, table: Table, bounds: Sequence[str], ranges: Sequence[int]) -> Batches:
        within = f"{_range_of(table, bounds)} IN ({', '.join(str(int(number)) for number in ranges)})"
        return self._stream(table, living_sql(table, self.high, self.newest, within, DIALECT), living_schema(table))

    def checksums(self, table: Table, bounds: Sequence[str]) -> dict[int, tuple[int, int]]:
        text = ", ".join(f"coalesce(({_read(column)})::text, chr({NULL_MARK}))" for column in table.landed)
        checksum = f"('x' || left(md5(concat_ws(chr({SEPARATOR}), {text})), 15))::bit(60)::bigint"
        sql = (
            f"SELECT {_range_of(table, bounds)}, count(*), sum({checksum}) "
            f'FROM "{table.name}" WHERE {outside_sql(self.high, self.newest)} GROUP BY 1'
        )
        return {number: (rows, int(checksum)) for number, rows, checksum in self._rows(sql)}

    def pending(self, table: Table) -> list[str]:
        return [key for (key,) in self._rows(pending_sql(table, self.high, self.newest))]

    def gone(self, table: Table) -> None:
        return None

    def strangers(self, table: Table) -> int:
        return int(self._rows(f'SELECT count(*) FROM "{table.name}" WHERE change_no >= {self.newest}')[0][0])

    def most_versions(self, table: Table, low: int, high: int) -> int:
        return 1 + (self._rows(most_versions_sql(table, low, high, DIALECT))[0][0] or 0)

    def removals(self, table: Table, low: int, high: int) -> Removals:
        return Removals(*self._rows(removals_sql(table, low, high, DIALECT))[0])

    def _waited(self, contract: Contract, seen: Seen) -> View:
        """A view in which what was in flight a moment before has ended; where that takes too long, any."""
        early, until = look(self._rows, seen), time.monotonic() + PATIENCE_SECONDS
        while True:
            view = self._begun(contract, seen)
            if (view.newest == view.high or early.newest <= view.high) and not view.unsure:
                self._early = (Sighting(datetime.min, early.clock, early.high, early.newest),)
                return view
            if time.monotonic() > until:
                return view
            self._execute("ROLLBACK")
            time.sleep(_LOOK_SECONDS)

    def _begun(self, contract: Contract, seen: Seen | None) -> View:
        """Begin the transaction that holds the view.

        Whoever rewrites a table (a column gets another type) waits until it is read: older views would see it empty.
        """
        assert self._place is not None
        # asked before the transaction begins, for its first question fixes the view
        locks = lockable(self._rows, self._place, contract) if seen else ""
        self._execute(BEGIN)
        if locks:
            self._execute(locks)
        return look(self._rows, seen or Seen())

    def _hold(self, view: View, seen: Seen) -> None:
        """Let the clock, and what lands, not pass what is held back."""
        floor = seen.clock - MICROSECOND if seen.clock else view.first_stamp
        self.clock = complete_clock(view, (*seen.sightings, *self._early), floor)
        if self.clock < view.clock and seen.clock is not None:
            beyond = [
                number
                for table in self._contract.tables
                for (number,) in self._rows(first_beyond_sql(table, seen.high, self.high), (self.clock,) * 3)
                if number is not None
            ]
            self.high = min([self.high, *beyond])

    def _settle(self, seen: Seen) -> None:
        """Find which of the passed transactions have ended, and which of those were committed."""
        for one in seen.passed:
            number = one.numbers[0]
            [(has_ended, state)] = self._rows(
                "SELECT pg_visible_in_snapshot(%s::text::xid8, pg_current_snapshot()), pg_xact_status(%s::text::xid8)",
                (str(number), str(number)),
            )
            if has_ended:
                self.settled += (one,)
                self._committed += one.numbers if state != "aborted" else ()

    def _strange(self, table: Table) -> str:
        """Which versions with numbers of another server belong to the window: what is stamped since the last one.

        A row that was brought from another server keeps its number when it is changed, if that is the greater one.
        """
        strange = f"change_no >= {self.newest}"
        places = (
            f'"{table.name}" WHERE',
            f'"{table.name}_journal" WHERE',
            f"tombstone WHERE table_name = '{table.name}' AND",
        )
        if self._since is None or not any(self._rows(f"SELECT 1 FROM {place} {strange} LIMIT 1") for place in places):
            return "FALSE"
        return f"{strange} AND stamped_at >= {Literal(self._since).as_string()}"

    def _refuse_unarmed(self) -> None:
        if not self._rows("SELECT coalesce(bool_and(is_armed), FALSE) FROM store")[0][0]:
            raise SourceUnavailable(
                f"The registration store {self._url_safe} is still being made, or its making was interrupted. "
                "Wait for it, or make it anew in an empty database."
            )

    def _execute(self, sql: str, parameters: Sequence[Any] | None = None) -> psycopg.Cursor[Any]:
        try:
            return self._connection.execute(sql, parameters)  # type: ignore[arg-type]
        except _OUTSIDE as problem:
            raise self._broke_off(problem, "the server") from None

    def _rows(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = self._execute(sql, parameters)
        try:
            return cursor.fetchall()
        except _OUTSIDE as problem:
            raise self._broke_off(problem, "the server") from None

    def _broke_off(self, problem: Exception, what: str) -> DataportError:
        return broke_off(problem, self._place, self._url_safe, what)

    def _stream(self, table: Table, sql: str, schema: pa.Schema) -> Batches:
        try:
            yield from _ahead(self._batches(sql, schema))
        except _OUTSIDE as problem:
            raise self._broke_off(problem, table.name) from None

    def _second_session(self) -> adbc.Connection:
        """A session that looks at the same snapshot."""
        assert self._place is not None
        exported = self._rows("SELECT pg_export_snapshot()")[0][0]
        session = adbc.connect(self._url, autocommit=True)
        with session.cursor() as cursor:
            for statement in (*self._place.settings(), BEGIN):
                cursor.execute(statement)
            if self._has_any_text:
                # The server would refuse what is not UTF-8 and does not know what else it is.
                cursor.execute("SET client_encoding = 'SQL_ASCII'")
            cursor.execute(f"SET TRANSACTION SNAPSHOT {Literal(exported).as_string()}")
        return session

    def _batches(self, sql: str, schema: pa.Schema) -> Batches:
        """The answer as Arrow, from the session for rows."""
        if self._rows_session is None:
            self._rows_session = self._second_session()
        with self._rows_session.cursor() as cursor:
            cursor.adbc_statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(_BATCH_BYTES)})
            cursor.execute(sql)
            for batch in cursor.fetch_record_batch():
                cast = batch.cast(schema)
                yield readable(cast) if self._has_any_text else cast


def _range_of(table: Table, bounds: Sequence[str]) -> str:
    """The number of the range that a row's key lies in, as SQL: keys are ordered by their bytes, as everywhere here."""
    if not bounds:
        return "0"
    quoted = ", ".join(Literal(bound).as_string() for bound in bounds)
    return f'width_bucket("{table.key}" COLLATE "C", ARRAY[{quoted}]::text[])'


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
