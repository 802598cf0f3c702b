"""What a kind of source must be able to do to be extracted from, and what it must say of itself."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from msgspec import Struct

from dataport.extract.doctor import Requirement
from dataport.landing import Held, Passed, Sighting
from dataport.store.declared import Contract, Kind, Table

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
        options: what else its kind lets be set, as it stands in the settings.
    """

    source_id: str
    kind: str
    url: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


class NoOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a kind of source that has none but its address."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a source from before, so that its view can be held against it.

    Attributes:
        high, clock: the end of the last window; 0 and None where nothing has landed.
        marks: what the last view said must stay as it is.
        sightings: how far the store had come whenever it was looked at, oldest first.
        passed: transactions that somebody has gone on without, and that had not ended when last looked for.
    """

    high: int = 0
    clock: datetime | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    sightings: tuple[Sighting, ...] = ()
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Removals:
    """How much of one table went in a window.

    Attributes:
        removed: records that were there before the window and are not at its end.
        living: those that were there before and still are.
    """

    removed: int
    living: int


class Snapshot(Protocol):
    """One consistent view of a store, for all tables.

    Attributes:
        identity: what makes the store this one, on this server.
        server: the server that answers, as far as it tells; another one may have the same store.
        high: the end of the change numbers that are complete: every change below it is in the view or undone for ever.
        newest: the end of the change numbers that were given. Those from `high` on are held back; one that is not below
            `newest` was given by another server.
        clock: the store's clock, naive UTC, up to which nothing is missing below `high`.
        first_stamp: no version in the store is stamped earlier.
        exported_at: by the wall clock (UTC), when what is seen was written out of the store; None where it answers.
        holders: what holds changes back, the oldest first; none where nothing does.
        settled: of the transactions that were passed, those that have ended since.
        marks: what must stay as it is from one window to the next (triggers, settings), each by its name.
        changed: what is not as the marks of the last window say, in words.
        notes: what a person should know of the view, in words.
    """

    identity: str
    server: str
    high: int
    newest: int
    clock: datetime
    first_stamp: datetime
    exported_at: datetime | None
    holders: tuple[Held, ...]
    settled: tuple[Passed, ...]
    marks: Mapping[str, str]
    changed: tuple[str, ...]
    notes: tuple[str, ...]

    def is_same(self, identity: str) -> bool:
        """Whether an identity is that of this store, on whichever server."""

    def sighting(self) -> Sighting:
        """How far the store has come, to be remembered."""

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

        The batches have the columns of `contract.changes_schema`. Of a source that tells the last versions only: its
        rows as they are at the end of the window, of which what is as it had landed is no change.
        """

    def late(self, table: Table, low: int) -> Batches:
        """The versions below ``low`` of transactions that were passed and have been `settled`, as `changes`."""

    def whole(self, table: Table) -> Batches:
        """The living rows, ordered by key: the columns of ``table.landed``."""

    def living(self, table: Table, bounds: Sequence[str], ranges: Sequence[int]) -> Batches:
        """The living rows whose keys lie in the given ranges, save those of `pending`: the columns of ``table.landed``.

        Args:
            bounds: the first key of every range but the first, rising in the order of bytes.
            ranges: numbers of ranges, from 0.
        """

    def gone(self, table: Table) -> list[str] | None:
        """Keys that are said to be gone, where only changes are told; None where `living` is all there is."""

    def checksums(self, table: Table, bounds: Sequence[str]) -> dict[int, tuple[int, int]] | None:
        """For each range with rows their number and the sum of their checksums; None if the store cannot say.

        Of the rows of `living`. A row's checksum is the number that the first 15 digits of the MD5 of its values make.
        """

    def pending(self, table: Table) -> list[str]:
        """Keys with a change that is in the view but held back: a later batch brings them."""

    def most_versions(self, table: Table, low: int, high: int) -> int:
        """At most so many versions of one record lie in the window."""


class Adapter(Protocol):
    """One kind of source.

    Attributes:
        kind: its name in a `Source`.
        contract: the tables that it brings over, with their keys and the kinds of their columns.
        options: what may be set of such a source beside its address.
        every_version: whether it tells superseded versions too; otherwise history depends on how often it is read.
        in_commit_order: whether a change that is committed later has a greater number.
        accepts: for each kind of column, the catalogue types that it can be read from without loss.
    """

    kind: str
    contract: Contract
    options: type[Struct]
    every_version: bool
    in_commit_order: bool
    accepts: Mapping[Kind, frozenset[str]]

    def snapshot(self, seen: Seen | None = None) -> AbstractContextManager[Snapshot]:
        """Open the store and hold one view of it for the block.

        Args:
            seen: what is known from before; None where only what is there now is wanted, as for permissions. Then
                nothing is waited for.

        Raises:
            SourceUnavailable: it cannot be reached or read; the message holds no credential.
        """

    def doctor(self) -> Sequence[Requirement]:
        """What the source must allow, and whether it does. What cannot be reached is a requirement that is not met."""
