"""What the ledger knows: one entry per landed batch, as frozen values and as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dataport.durable import file_sha256
from dataport.errors import Damaged
from dataport.landing.sightings import Passed, passed_from_json, passed_to_json


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of a store's changes that a batch holds.

    Attributes:
        low, high: change numbers, half-open: ``low <= change_no < high``.
        low_clock: below every recorded time that the batch gives rise to; the last batch's `high_clock`.
        high_clock: above every recorded time that the batch gives rise to: the source's watermark, naive UTC.
    """

    low: int
    high: int
    low_clock: datetime
    high_clock: datetime


@dataclass(frozen=True, slots=True)
class LandedTable:
    """One table's file.

    Attributes:
        name: the table.
        rows: rows in the file, tombstones included.
        tombstones: how many of them say that a record is gone.
        path: the Parquet file; tables without a row share one that has none.
        sha256: of the bytes of the file that landed, in hexadecimal.
        packed_sha256: of the file in which its rows are now together with those of other batches; empty where they are
            in the file that landed.
    """

    name: str
    rows: int
    tombstones: int
    path: Path
    sha256: str
    packed_sha256: str = ""

    def verify(self) -> None:
        """Read the file through and compare its checksum.

        Raises:
            Damaged: the file is missing or not the one that was landed.
        """
        if not self.path.is_file() or file_sha256(self.path) != (self.packed_sha256 or self.sha256):
            raise Damaged(
                f"The landed file {self.path.parent.name}/{self.path.name} is missing or not as it was landed. "
                "Landed files never change: restore it from a backup, or run `dataport repair`, which gets what is not "
                "published yet from its store again."
            )


@dataclass(frozen=True, slots=True)
class Damage:
    """How many values of a column were not what it declares, and so are unknown here.

    Attributes:
        table, column: of the store.
        rows: versions with such a value.
    """

    table: str
    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One landed batch of changes.

    Attributes:
        number: its place in the ledger, from 1, over all sources.
        source_id: the source it came from.
        store_identity: what the store called itself.
        kind: the kind of source (``sqlite``, ``postgres``, …).
        window: which changes it holds.
        tables: every table, also those without a row.
        landed_at: wall clock, naive UTC.
        every_version: whether the source hands over superseded versions too, not only the last one.
        notes: what a person should know, in words: columns not brought over, transactions that hold changes back.
        damaged: values that could not be kept.
        server: the server that answered, as far as it tells.
        restarted: whether the source was compared as a whole after a restoration, and goes on from there.
        marks: what of the source must stay as it is until the next window.
        passed: transactions that were held open, and that somebody has gone on without.
        settled: numbers of such transactions that have ended, and whose changes are here.
        accepted: tables of which much had gone, and somebody has accepted it: their losses are counted anew from here.
    """

    number: int
    source_id: str
    store_identity: str
    kind: str
    window: Window
    tables: tuple[LandedTable, ...]
    landed_at: datetime
    every_version: bool = True
    notes: tuple[str, ...] = ()
    damaged: tuple[Damage, ...] = ()
    server: str = ""
    restarted: bool = False
    marks: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[Passed, ...] = ()
    settled: tuple[int, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all tables, tombstones included."""
        return sum(table.rows for table in self.tables)


def ledger_digest(batches: Iterable[Batch]) -> str:
    """A checksum over what batches are: two landings with the same numbers are told apart by it."""
    digest = hashlib.sha256()
    for batch in batches:
        words = [batch.number, batch.source_id, batch.store_identity, batch.window.low, batch.window.high]
        words += [f"{table.name} {table.sha256}" for table in batch.tables]
        digest.update("\n".join(map(str, words)).encode() + b"\0")
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class GrantsBatch:
    """The permission tables of a source, whole, as last read.

    Attributes:
        number: its place among the grants, from 1, over all sources.
        source_id, store_identity: where they came from.
        read_at: wall clock of the reading, naive UTC.
        store_clock: the store's own clock then, naive UTC.
        tables: every table of permissions; a table that did not change keeps the file it has.
        notes: what a person should know, in words.
    """

    number: int
    source_id: str
    store_identity: str
    read_at: datetime
    store_clock: datetime
    tables: tuple[LandedTable, ...]
    notes: tuple[str, ...] = ()


def batch_to_json(batch: Batch, root: Path) -> dict[str, Any]:
    """The ledger entry of a batch; paths relative to the landing's root."""
    window = batch.window
    return {
        "number": batch.number,
        "source_id": batch.source_id,
        "store_identity": batch.store_identity,
        "kind": batch.kind,
        "every_version": batch.every_version,
        "window": {
            "low": window.low,
            "high": window.high,
            "low_clock": _text(window.low_clock),
            "high_clock": _text(window.high_clock),
        },
        "tables": [_table_to_json(table, root) for table in batch.tables],
        "notes": list(batch.notes),
        "server": batch.server,
        "restarted": batch.restarted,
        "marks": dict(batch.marks),
        "passed": [passed_to_json(one) for one in batch.passed],
        "settled": list(batch.settled),
        "damaged": [[one.table, one.column, one.rows] for one in batch.damaged],
        "landed_at": _text(batch.landed_at),
        # said where there is something to say, so that all other entries are as they always were
        **({"accepted": list(batch.accepted)} if batch.accepted else {}),
    }


def batch_from_json(entry: dict[str, Any], root: Path) -> Batch:
    """The batch of a ledger entry. KeyError, TypeError or ValueError when it is not one."""
    window = entry["window"]
    return Batch(
        number=int(entry["number"]),
        source_id=entry["source_id"],
        store_identity=entry["store_identity"],
        kind=entry["kind"],
        window=Window(
            int(window["low"]), int(window["high"]), _moment(window["low_clock"]), _moment(window["high_clock"])
        ),
        tables=tuple(_table_from_json(table, root) for table in entry["tables"]),
        landed_at=_moment(entry["landed_at"]),
        every_version=bool(entry["every_version"]),
        notes=tuple(entry["notes"]),
        damaged=tuple(Damage(table, column, int(rows)) for table, column, rows in entry.get("damaged", ())),
        server=entry.get("server", ""),
        restarted=bool(entry.get("restarted", False)),
        marks={str(name): str(mark) for name, mark in entry.get("marks", {}).items()},
        passed=tuple(map(passed_from_json, entry.get("passed", ()))),
        settled=tuple(map(int, entry.get("settled", ()))),
        accepted=tuple(map(str, entry.get("accepted", ()))),
    )


def grants_to_json(grants: GrantsBatch, root: Path) -> dict[str, Any]:
    """The ledger entry of grants; paths relative to the landing's root."""
    return {
        "number": grants.number,
        "source_id": grants.source_id,
        "store_identity": grants.store_identity,
        "read_at": _text(grants.read_at),
        "store_clock": _text(grants.store_clock),
        "tables": [_table_to_json(table, root) for table in grants.tables],
        "notes": list(grants.notes),
    }


def grants_from_json(entry: dict[str, Any], root: Path) -> GrantsBatch:
    """The grants of a ledger entry. KeyError, TypeError or ValueError when it is not one."""
    return GrantsBatch(
        number=int(entry["number"]),
        source_id=entry["source_id"],
        store_identity=entry["store_identity"],
        read_at=_moment(entry["read_at"]),
        store_clock=_moment(entry["store_clock"]),
        tables=tuple(_table_from_json(table, root) for table in entry["tables"]),
        notes=tuple(entry["notes"]),
    )


def _table_to_json(table: LandedTable, root: Path) -> dict[str, Any]:
    return {
        "name": table.name,
        "rows": table.rows,
        "tombstones": table.tombstones,
        "path": table.path.relative_to(root).as_posix(),
        "sha256": table.sha256,
    }


def _table_from_json(entry: dict[str, Any], root: Path) -> LandedTable:
    return LandedTable(
        name=entry["name"],
        rows=int(entry["rows"]),
        tombstones=int(entry["tombstones"]),
        path=root / entry["path"],
        sha256=entry["sha256"],
    )


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
