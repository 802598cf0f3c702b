"""What every registration store can do, whatever keeps it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar

import pyarrow as pa

from dataport.errors import ContractBroken, UnknownName, WrongRequest
from dataport.store.arrow import STORE_OWNED, fit, refuse_unknown, smallest_stamp
from dataport.store.declared import Table
from dataport.store.schema import BY_NAME
from dataport.store.url import StoreKind

Row = Mapping[str, Any]

# Where the clock of a new store stands.
FIRST_MOMENT = datetime(2021, 12, 31, 23, 59, 59)


class Writer(ABC):
    """Changes within one transaction. The store's triggers stamp, journal and bury; the writer says what."""

    @abstractmethod
    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """New rows. Device times that are missing become the store's clock.

        Raises:
            ContractBroken: an unknown column, a missing required one, or a key that exists already.
        """

    @abstractmethod
    def update(self, table: str, rows: Sequence[Row]) -> None:
        """Changed rows: each the key and the columns that change. One version each, in the order given.

        Raises:
            ContractBroken: an unknown column, or a key that the store does not hold.
        """

    @abstractmethod
    def delete(self, table: str, keys: Sequence[str]) -> None:
        """Rows that go, each leaving its last version in the journal and a tombstone.

        Raises:
            ContractBroken: a key that the store does not hold.
        """


class Store(ABC):
    """A registration store: people, their journal, and a clock that never goes back.

    Life of a store: `create`, `load` (bulk, no triggers yet), `arm` (indexes, triggers), then `write` for ever.
    """

    kind: ClassVar[StoreKind]

    def __init__(self, url_safe: str) -> None:
        self.url_safe = url_safe

    def __repr__(self) -> str:
        return f"Store({self.url_safe})"

    @abstractmethod
    def create(self, *, invented: bool = False) -> None:
        """Make empty tables, journals, tombstones, the clock and a new identity.

        Args:
            invented: its people do not exist, and its identity is to say so.

        Raises:
            WrongRequest: there is a store already.
        """

    def load(self, table: str, batches: Iterable[pa.RecordBatch], *, superseded: bool = False) -> int:
        """Bulk rows into a store that is not armed yet; returns their number. One transaction, bounded memory.

        Args:
            table: the table's name.
            batches: its own columns and the device stamps, as Arrow; missing columns are NULL. A `stamped_at` column,
                if there is one, is kept; otherwise the rows are stamped with the store's clock.
            superseded: the rows are earlier versions, for the table's journal, each with its `stamped_at`.

        Raises:
            ContractBroken: a column or value that the table does not allow.
            WrongRequest: the store is armed: use `write`.
        """
        declared = table_named(table)
        if self.is_armed():
            raise WrongRequest("This store is complete: bulk loading would bypass its journal. Use Store.write().")
        return self._bulk(declared, f"{table}_journal" if superseded else table, batches)

    @abstractmethod
    def is_armed(self) -> bool:
        """Whether loading has ended and every change is journaled.

        Raises:
            SourceUnavailable: there is no store here.
        """

    @abstractmethod
    def arm(self) -> None:
        """End of loading: indexes and triggers. Afterwards every change is stamped, journaled and buried by trigger.

        Raises:
            ContractBroken: a business key occurs twice.
        """

    @abstractmethod
    def now(self) -> datetime:
        """The store's clock, naive UTC."""

    @abstractmethod
    def set_clock(self, moment: datetime) -> None:
        """Move the clock on to a naive UTC moment.

        Raises:
            WrongRequest: the moment lies before the clock.
        """

    @abstractmethod
    def query(self, sql: str, params: tuple[Any, ...] = ()) -> pa.Table:
        """The answer to a portable SELECT with ``?`` placeholders, as Arrow.

        SQLite knows no dates: there a result column is read by its name (see `arrow.kind_of`), so give expressions an
        alias that says what they are (``max(birth_date) AS last_birth_date``).
        """

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Bytes of its tables and indexes on the disk, by name."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Writer]:
        """One transaction: committed at the end of the block, undone when it raises.

        Raises:
            WrongRequest: the store is still loading: its changes would not be journaled.
        """

    @abstractmethod
    def identity(self) -> str:
        """What makes this store this one: another store, or the same one restored elsewhere, answers differently."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection."""

    @abstractmethod
    def _bulk(self, table: Table, place: str, batches: Iterable[pa.RecordBatch]) -> int:
        """Write the batches into the table or its journal (`place`) in one transaction."""

    def _refuse_unarmed(self) -> None:
        if not self.is_armed():
            raise WrongRequest(
                "This store is still being loaded: changes would not be journaled. Call Store.arm() first."
            )


class Fitted:
    """Loaded batches on their way into a store, in full shape; remembers how many rows and which stamp came first."""

    def __init__(self, table: Table, change_no: int, moment: datetime) -> None:
        self.table, self.change_no, self.moment = table, change_no, moment
        self.rows, self.first_stamp = 0, moment

    def each(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches with rows, one by one."""
        for batch in batches:
            if batch.num_rows:
                fitted = fit(self.table, batch, self.change_no, self.moment)
                self.rows += fitted.num_rows
                self.first_stamp = min(self.first_stamp, smallest_stamp(fitted) or self.moment)
                yield fitted


def table_named(name: str) -> Table:
    """The declared table of that name.

    Raises:
        UnknownName: the store has none.
    """
    if name not in BY_NAME:
        raise UnknownName("table of the registration store", name, BY_NAME)
    return BY_NAME[name]


def full_rows(table: Table, rows: Sequence[Row], moment: datetime) -> list[list[Any]]:
    """Rows to insert, as lists in the order of `insert_columns`; missing device times become `moment`."""
    columns = insert_columns(table)
    for row in rows:
        refuse_unknown(table, list(row), columns)
    defaults = {"created_on": moment, "modified_on": moment}
    return [[row.get(name, defaults.get(name)) for name in columns] for row in rows]


def insert_columns(table: Table) -> list[str]:
    """What a writer may fill: all landed columns but those that the store decides."""
    return [column.name for column in table.landed if column.name not in STORE_OWNED]


def same_columns(table: Table, rows: Sequence[Row]) -> Iterator[tuple[list[str], list[Row]]]:
    """Updates gathered by the columns they change, so that each gathering is one prepared statement.

    Two changes of one record must keep their order, so only rows of distinct keys are gathered across the whole list.

    Raises:
        ContractBroken: a row without its key, or with a column that may not be written.
    """
    allowed = insert_columns(table)
    for row in rows:
        refuse_unknown(table, list(row), allowed)
        if row.get(table.key) is None or len(row) < 2:
            raise ContractBroken(f"A change of {table.name} needs {table.key} and at least one other column.")
    shape = lambda row: tuple(sorted(row))  # noqa: E731
    distinct = len({row[table.key] for row in rows}) == len(rows)
    for names, gathered in groupby(sorted(rows, key=shape) if distinct else rows, key=shape):
        yield [name for name in names if name != table.key], list(gathered)


def refuse_missing(table: Table, touched: int, expected: int) -> None:
    """Stop when a change named records that are not there.

    Raises:
        ContractBroken: saying how many, never which.
    """
    if touched != expected:
        raise ContractBroken(
            f"{expected - touched} of {expected} records of {table.name} to change are not in the store."
        )
