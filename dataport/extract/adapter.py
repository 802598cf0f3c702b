"""What a kind of registration store must be able to do to be extracted from."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from dataport.store.schema import Kind, Table

# table -> column -> the type that the store's own catalogue gives it
Catalogue = Mapping[str, Mapping[str, str]]


# A stream that holds resources of the store until it is used up or closed.
Batches = Generator[pa.RecordBatch, None, None]


@dataclass(frozen=True, slots=True)
class Source:
    """A registration store to extract from.

    Attributes:
        source_id: its name here; part of every landed key, never reused.
        kind: which adapter reads it.
        url: where it is, credentials included: it does not print.
    """

    source_id: str
    kind: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Removals:
    """How much of one table went in a window.

    Attributes:
        removed: records that were there before the window and are not at its end.
        living: records at its end.
    """

    removed: int
    living: int


class Snapshot(Protocol):
    """One consistent view of a store, for all tables.

    Attributes:
        identity: what makes the store this one, on this server.
        server: the server that answers, as far as it tells; another one may have the same store.
        high: the end of the change numbers that are complete: every change below it is in the view or undone for ever.
        clock: the store's clock, naive UTC.
        first_stamp: no version in the store is stamped earlier.
        notes: what holds changes back, in words.
    """

    identity: str
    server: str
    high: int
    clock: datetime
    first_stamp: datetime
    notes: tuple[str, ...]

    def is_same(self, identity: str) -> bool:
        """Whether an identity is that of this store, on whichever server."""

    def catalogue(self) -> Catalogue:
        """The tables and columns that the store really has."""

    def require_whole(self, tables: Sequence[Table], journaled: bool) -> None:
        """Stop where the store would leave out rows of a table, with or without a word.

        Raises:
            PrivilegeMissing: this account may not read all of it.
            ContractBroken: something else stands in the table's place.
        """

    def removals(self, table: Table, low: int, high: int) -> Removals:
        """How many records of a table went in a window."""

    def changes(self, table: Table, low: int, high: int) -> Batches:
        """Every version with ``low <= change_no < high``, superseded ones and tombstones included.

        The batches have the columns of `contract.changes_schema`.
        """

    def whole(self, table: Table) -> Batches:
        """The living rows, ordered by key: the columns of ``table.landed``."""

    def living(self, table: Table, bounds: Sequence[str], ranges: Sequence[int]) -> Batches:
        """The living rows whose keys lie in the given ranges, save those of `pending`: the columns of ``table.landed``.

        Args:
            bounds: the first key of every range but the first, rising in the order of bytes.
            ranges: numbers of ranges, from 0.
        """

    def checksums(self, table: Table, bounds: Sequence[str]) -> dict[int, tuple[int, int]] | None:
        """For each range with rows their number and the sum of their checksums; None if the store cannot say.

        Of the rows of `living`. A row's checksum is the number that the first 15 digits of the MD5 of its values make.
        """

    def pending(self, table: Table) -> list[str]:
        """Keys with a change that is in the view but not below `high`: a later batch brings them."""

    def most_versions(self, table: Table, low: int, high: int) -> int:
        """At most so many versions of one record lie in the window."""


class Adapter(Protocol):
    """One kind of store.

    Attributes:
        kind: its name in a `Source`.
        every_version: whether `Snapshot.changes` brings superseded versions too.
        in_commit_order: whether a change that is committed later has a greater number.
        accepts: for each kind of column, the catalogue types that it can be read from without loss.
    """

    kind: str
    every_version: bool
    in_commit_order: bool
    accepts: Mapping[Kind, frozenset[str]]

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open the store and hold one view of it for the block.

        Raises:
            SourceUnavailable: it cannot be reached or read; the message holds no credential.
        """
