"""From a store's changes to a landed batch: one window, one snapshot, one ledger entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import reduce
from importlib import import_module

import pyarrow as pa
import pyarrow.compute as pc

from dataport.errors import NoHome, WrongRequest, did_you_mean
from dataport.extract.adapter import Adapter, Snapshot, Source
from dataport.extract.continuity import another_store, require_continuity
from dataport.extract.contract import check_contract
from dataport.extract.damage import DAMAGED, DamageCount, told
from dataport.extract.move import Move, Progress, wall_clock
from dataport.extract.removal import Loss, may_be_large, require_accepted
from dataport.landing import Batch, GrantsBatch, LandedTable, Landing, Window
from dataport.landing.draft import Draft
from dataport.store.arrow import arrow_schema
from dataport.store.schema import BY_NAME, GRANT_TABLES, TABLES, Table

# Kind of source: the module and class of its adapter, imported when one is opened, for drivers are slow to load.
ADAPTERS: dict[str, tuple[str, str]] = {
    "sqlite": ("sqlite", "SqliteAdapter"),
    "postgres": ("postgres", "PostgresAdapter"),
}


def silent(_: str) -> None:
    """The progress of a caller who does not want any."""


def extract(
    source: Source, landing: Landing, progress: Progress = silent, *, accept_removal: bool = False
) -> Batch | None:
    """Land what changed in a store since the last batch; None when nothing did and its clock stands where it stood.

    Args:
        source: the store.
        landing: where its batches go.
        progress: called with a line of text now and then.
        accept_removal: land even what removes much of a table at once.

    Raises:
        Busy: another extract into this landing is under way.
        SourceUnavailable: the store cannot be reached or read, or this account may not read all of it.
        RemovalHeld: much of a table is gone at once, and nobody has accepted it.
        ContractBroken: the store lacks a declared column, or has it with another type.
        ForeignStore: another store answers under this source's name, or one that was restored from a backup.
    """
    adapter = adapter_of(source)
    with landing.locked(), adapter.snapshot() as snapshot:
        return land_changes(source, adapter, snapshot, landing, progress, accept_removal)


def land_changes(
    source: Source,
    adapter: Adapter,
    snapshot: Snapshot,
    landing: Landing,
    progress: Progress,
    accept_removal: bool = False,
    compares_all: bool = False,
) -> Batch | None:
    """`extract` from a view that is held already; call under the landing's lock."""
    # what cannot be read whole, or as declared, is said before what its rows seem to say of the store
    snapshot.require_whole(TABLES, journaled=adapter.every_version)
    notes = check_contract(TABLES, snapshot.catalogue(), adapter.accepts, journaled=adapter.every_version)
    require_continuity(source.source_id, adapter, snapshot, landing.of(source.source_id), compares_all)
    with Move(source, adapter, snapshot, landing, progress) as move:
        tables = []
        for table in TABLES:
            with closing(snapshot.changes(table, move.low, snapshot.high)) as changes:
                tables.append(move.table(table, changes))
        window = move.window(tables, move.low)
        if not move.is_first and window.high_clock == window.low_clock:
            move.drop()
            return None
        losses = () if move.is_first else _losses(snapshot, tables, window)
        accepted = require_accepted(source.source_id, losses, accept_removal)
        return move.land(tables, window, (*notes, *accepted))


def require_same_store(source: Source, adapter: Adapter, snapshot: Snapshot, landing: Landing) -> None:
    """Stop where there is nothing to go on from, or another store answers, or not all of it can be read.

    Raises:
        ForeignStore, NoHome, PrivilegeMissing, ContractBroken: as `extract`.
    """
    last = landing.last(source.source_id)
    if last is None:
        raise NoHome(f"Nothing has landed of {source.source_id!r} yet, so there is nothing to go on from. Extract it.")
    if not snapshot.is_same(last.store_identity):
        raise another_store(source.source_id)
    snapshot.require_whole(TABLES, journaled=adapter.every_version)
    check_contract(TABLES, snapshot.catalogue(), adapter.accepts, journaled=adapter.every_version)


def _losses(snapshot: Snapshot, tables: Iterable[LandedTable], window: Window) -> Iterator[Loss]:
    """What a window takes away, counted in the store only where its tombstones are many."""
    for table in tables:
        if may_be_large(table.name, table.tombstones):
            found = snapshot.removals(BY_NAME[table.name], window.low, window.high)
            yield Loss(table.name, found.removed, found.removed + found.living)


def extract_grants(source: Source, landing: Landing, progress: Progress = silent) -> GrantsBatch:
    """Land the permission tables of a store, whole. Needs none of its other tables to be healthy.

    Raises:
        Busy, SourceUnavailable, ContractBroken, ForeignStore: as `extract`.
    """
    adapter = adapter_of(source)
    with landing.grants_locked(), _read_from(adapter) as (read_at, snapshot):
        last, landed = landing.last_grants(source.source_id), landing.last(source.source_id)
        known = landed or last
        if known and not snapshot.is_same(known.store_identity):
            raise another_store(source.source_id)
        snapshot.require_whole(GRANT_TABLES, journaled=False)
        notes = check_contract(GRANT_TABLES, snapshot.catalogue(), adapter.accepts, journaled=False)
        number, draft = landing.draft_grants()
        with _dropped_on_error(draft):
            damage = DamageCount()
            tables = tuple(
                draft.write(table.name, arrow_schema(table.landed), _undamaged(table, snapshot.whole(table), damage))
                for table in GRANT_TABLES
            )
            notes += told(damage.found())
            if last and [t.sha256 for t in tables] == [t.sha256 for t in last.tables]:
                draft.drop()
                tables = last.tables
            else:
                draft.shelve()
        grants = GrantsBatch(number, source.source_id, snapshot.identity, read_at, snapshot.clock, tables, notes)
        landing.commit_grants(grants)
    progress(f"grants: {sum(table.rows for table in tables)} rows")
    return grants


def _undamaged(table: Table, batches: Iterable[pa.RecordBatch], damage: DamageCount) -> Iterator[pa.RecordBatch]:
    """Rows of permissions without those that lack something required: what cannot be read gives nobody anything."""
    required = [column.name for column in table.columns if column.required]
    for batch in batches:
        damage.add(table, batch)
        marks = batch.column(DAMAGED.name)
        own = batch.drop_columns([DAMAGED.name])
        if marks.null_count < len(marks):
            there = [pc.is_valid(own.column(name)) for name in required]
            own = own.filter(reduce(pc.and_, there))
        yield own


def adapter_of(source: Source) -> Adapter:
    """The adapter that reads a source.

    Raises:
        WrongRequest: there is none for its kind.
    """
    if source.kind not in ADAPTERS:
        hint = did_you_mean(source.kind, ADAPTERS)
        raise WrongRequest(f"There is no adapter for the kind of source {source.kind!r}.{hint}")
    module, name = ADAPTERS[source.kind]
    made: Callable[[Source], Adapter] = getattr(import_module(f"dataport.extract.{module}"), name)
    return made(source)


@contextmanager
def _dropped_on_error(draft: Draft) -> Iterator[None]:
    try:
        yield
    except Exception:
        draft.drop()
        raise


@contextmanager
def _read_from(adapter: Adapter) -> Iterator[tuple[datetime, Snapshot]]:
    """A snapshot and the wall clock from before it: what was read is at least as new as that."""
    read_at = wall_clock()
    with adapter.snapshot() as snapshot:
        yield read_at, snapshot
