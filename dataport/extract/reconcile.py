"""reconcile: compare all that has landed of a store with the store itself, and land what makes them alike.

Increments follow the change numbers that the store's triggers give. What went past the triggers (a restored table, a
mended row, a deletion by hand with the triggers off) leaves no number; only a comparison of everything finds it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dataport.durable import make_private
from dataport.extract.adapter import Snapshot, Source
from dataport.extract.comparison import Comparison
from dataport.extract.increment import adapter_of, land_changes, require_same_store, silent
from dataport.extract.move import Move
from dataport.extract.removal import Loss, require_accepted
from dataport.landing import Batch, LandedTable, Landing
from dataport.store.schema import TABLES, Table

Progress = Callable[[str], None]

_RESTORED = "The store was restored: everything was compared with it, and changes are followed from here on."


@dataclass(frozen=True, slots=True)
class TableDifferences:
    """How one table that had landed differed from the store.

    Attributes:
        changed: rows that were missing, or not as the store has them.
        surplus: rows that the store no longer has.
    """

    table: str
    changed: int
    surplus: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a comparison of one source found.

    Attributes:
        source_id: the source.
        increment: the batch of ordinary changes that was landed first, if there were any.
        repair: the batch that made both sides alike; None where they were.
        tables: the tables that differed.
    """

    source_id: str
    increment: Batch | None
    repair: Batch | None
    tables: tuple[TableDifferences, ...]

    @property
    def differences(self) -> int:
        """Rows that differed, of all tables."""
        return sum(table.changed + table.surplus for table in self.tables)


def reconcile(
    source: Source,
    landing: Landing,
    progress: Progress = silent,
    *,
    accept_removal: bool = False,
    after_restore: bool = False,
) -> Reconciliation:
    """Land the changes of a store, then compare all of its rows with what has landed, and repair what differs.

    Both happen in one view of the store. The repair is a batch of its own with an empty window: its rows are as the
    store has them, or tombstones for what it no longer has, and are recorded now, for nobody knows since when they were
    so. Superseded versions are not compared.

    Args:
        accept_removal: land even what removes much of a table at once.
        after_restore: the store was restored from a backup: land no changes by their numbers, compare everything, and
            go on from the store as it is now.

    Raises:
        Busy, SourceUnavailable, RemovalHeld, ContractBroken, ForeignStore: as `increment.extract`.
    """
    adapter = adapter_of(source)
    with landing.locked(), adapter.snapshot() as snapshot:
        if after_restore:
            increment = None
            require_same_store(source, adapter, snapshot, landing)
        else:
            increment = land_changes(source, adapter, snapshot, landing, progress, accept_removal, compares_all=True)
        batches = list(landing.of(source.source_id))
        with _scratch(landing.root) as folder, Move(source, adapter, snapshot, landing, progress) as move:
            compared = [_mended(table, batches, snapshot, folder, move, progress) for table in TABLES]
            tables = [table for table, _ in compared]
            found = tuple(
                TableDifferences(table.name, table.rows - table.tombstones, table.tombstones)
                for table in tables
                if table.rows
            )
            if not found and not after_restore:
                move.drop()
                return Reconciliation(source.source_id, increment, None, ())
            losses = [Loss(table.name, table.tombstones, before) for table, before in compared]
            accepted = require_accepted(source.source_id, losses, accept_removal)
            notes = ((_RESTORED,) if after_restore else ()) + ((_note(found),) if found else ())
            window = move.window(tables, snapshot.high)
            repair = move.land(tables, window, (*notes, *accepted), restarted=after_restore)
    return Reconciliation(source.source_id, increment, repair, found)


def _mended(
    table: Table, batches: list[Batch], snapshot: Snapshot, folder: Path, move: Move, progress: Progress
) -> tuple[LandedTable, int]:
    """Compare one table and draft what it lacks; returns that with how many records had landed."""
    landed = [found for batch in batches for found in batch.tables if found.name == table.name]
    filled = list(dict.fromkeys(found.path for found in landed if found.rows))  # several batches may share a file
    comparison = Comparison(table, filled or [landed[0].path], snapshot, folder)
    try:
        bounds = comparison.bounds()
        ranges = comparison.ranges_that_differ(bounds)
        progress(f"{table.name}: {len(ranges)} of {len(bounds) + 1} ranges to compare row by row")
        return move.table(table, comparison.differences(bounds, ranges) if ranges else ()), comparison.landed_rows()
    finally:
        comparison.close()


def _note(found: tuple[TableDifferences, ...]) -> str:
    words = ", ".join(f"{table.table} {table.changed:,} changed and {table.surplus:,} surplus" for table in found)
    return f"Repairs what a comparison with the whole store found: {words} rows."


@contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """A private folder for the comparison, gone afterwards; what a crash left of an earlier one goes first."""
    folder = root / ".reconcile"
    shutil.rmtree(folder, ignore_errors=True)
    make_private(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
