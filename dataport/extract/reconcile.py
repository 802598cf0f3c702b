"""reconcile: compare all that has landed of a store with the store itself, and land what makes them alike.

Increments follow the change numbers that the store's triggers give. What went past the triggers (a restored table, a
mended row, a deletion by hand with the triggers off) leaves no number; only a comparison of everything finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dataport.extract.adapter import Adapter, Snapshot, Source
from dataport.extract.compared import compare, scratch
from dataport.extract.increment import adapter_of, land_changes, require_same_store, silent, view_of
from dataport.extract.move import Move, Progress
from dataport.extract.removal import require_accepted
from dataport.landing import Batch, Landing

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
        left_out: records, by table, that were not compared, because changes of them are held back: a later batch brings
            them.
        changes_only: tables of which the source told only what changed: their other rows were not compared.
    """

    source_id: str
    increment: Batch | None
    repair: Batch | None
    tables: tuple[TableDifferences, ...]
    left_out: tuple[tuple[str, int], ...] = ()
    changes_only: tuple[str, ...] = ()

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
        accept_removal: land even what removes much of a table.
        after_restore: the store was restored from a backup: land no changes by their numbers, compare everything, and
            go on from the store as it is now.

    Raises:
        Busy, SourceUnavailable, RemovalHeld, ContractBroken, ForeignStore: as `increment.extract`.
    """
    adapter = adapter_of(source)
    increment = None
    with landing.locked():
        while True:
            with view_of(source, adapter, landing) as (snapshot, _):
                if after_restore:
                    require_same_store(source, adapter, snapshot, landing)
                    landing.note_sighting(source.source_id, snapshot.sighting(), anew=True)
                elif landed := land_changes(
                    source, adapter, snapshot, landing, progress, accept_removal, compares_all=True
                ):
                    increment = landed
                    if not adapter.every_version:
                        continue  # the next window has a view of its own
                left_out = _left_out(adapter, snapshot)
                found, repair = _repaired(source, adapter, snapshot, landing, progress, accept_removal, after_restore)
                landing.note_sighting(source.source_id, replace(snapshot.sighting(), is_compared=True))
                changes_only = _changes_only(adapter, snapshot)
                return Reconciliation(source.source_id, increment, repair, found, left_out, changes_only)


def _repaired(
    source: Source,
    adapter: Adapter,
    snapshot: Snapshot,
    landing: Landing,
    progress: Progress,
    accept_removal: bool,
    after_restore: bool,
) -> tuple[tuple[TableDifferences, ...], Batch | None]:
    """What differs between all that has landed and the store, and the batch that repairs it."""
    batches, contract = list(landing.of(source.source_id)), adapter.contract
    with scratch(landing.root) as folder, Move(source, adapter, snapshot, landing, progress) as move:
        both = [
            compare(table, batches, snapshot, folder, move, progress, by_number=adapter.every_version)
            for table in contract.tables
        ]
        tables = [table for table, _ in both]
        found = tuple(
            TableDifferences(table.name, table.rows - table.tombstones, table.tombstones)
            for table in tables
            if table.rows
        )
        if not (found or after_restore or snapshot.changed):
            move.drop()
            return (), None
        accepted = require_accepted(source.source_id, contract, [loss for _, loss in both], accept_removal)
        notes = [_RESTORED] if after_restore else []
        notes += [f"Since it was last read, {one}; everything was compared." for one in snapshot.changed]
        notes += [_note(found)] if found else []
        window = move.window(tables, snapshot.high)
        return found, move.land(tables, window, notes, restarted=after_restore, accepted=accepted)


def _left_out(adapter: Adapter, snapshot: Snapshot) -> tuple[tuple[str, int], ...]:
    counted = ((table.name, len(snapshot.pending(table))) for table in adapter.contract.tables)
    return tuple((name, records) for name, records in counted if records)


def _changes_only(adapter: Adapter, snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(table.name for table in adapter.contract.tables if snapshot.gone(table) is not None)


def _note(found: Sequence[TableDifferences]) -> str:
    words = ", ".join(f"{table.table} {table.changed:,} changed and {table.surplus:,} surplus" for table in found)
    return f"Repairs what a comparison with the whole store found: {words} rows."
