"""From a store's changes to a landed batch: one window, one snapshot, one ledger entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import reduce
from importlib import import_module
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import ValidationError, convert

from dataport.errors import NoHome, SourceChanged, WrongRequest, did_you_mean
from dataport.extract.adapter import Adapter, Seen, Snapshot, Source
from dataport.extract.compared import compare, scratch
from dataport.extract.continuity import another_store, require_continuity
from dataport.extract.contract import check_contract
from dataport.extract.damage import DAMAGED, DamageCount, told
from dataport.extract.move import Move, Progress, wall_clock
from dataport.extract.past import Past, gone_past
from dataport.extract.removal import losses_of, require_accepted
from dataport.kinds import ADAPTERS
from dataport.landing import Batch, GrantsBatch, LandedTable, Landing, Passed
from dataport.landing.draft import Draft
from dataport.store.arrow import arrow_schema
from dataport.store.declared import Table


def silent(_: str) -> None:
    """The progress of a caller who does not want any."""


def extract(
    source: Source,
    landing: Landing,
    progress: Progress = silent,
    *,
    accept_removal: bool = False,
    past: Past | None = None,
) -> Batch | None:
    """Land what changed in a store since the last batch; None when nothing did and its clock stands where it stood.

    Args:
        source: the store.
        landing: where its batches go.
        progress: called with a line of text now and then.
        accept_removal: land even what removes much of a table.
        past: a transaction that is held open, and that somebody goes on without.

    Raises:
        Busy: another extract into this landing is under way.
        SourceUnavailable: the store cannot be reached or read, or this account may not read all of it.
        RemovalHeld: much of a table is gone, at once or bit by bit, and nobody has accepted it.
        ContractBroken: the store lacks a declared column, or has it with another type.
        SourceChanged: what must stay as it is from window to window did not.
        ForeignStore: another store answers under this source's name, or one that was restored from a backup.
        WrongRequest: nothing of the name that is to be passed holds anything back.
    """
    adapter = adapter_of(source)
    with landing.locked(), view_of(source, adapter, landing, past) as (snapshot, passed):
        return land_changes(source, adapter, snapshot, landing, progress, accept_removal, passed=passed)


def extract_each(
    source: Source,
    landing: Landing,
    progress: Progress = silent,
    *,
    accept_removal: bool = False,
    past: Past | None = None,
) -> tuple[Batch, ...]:
    """`extract`, again and again where a source tells one window at a time, until there is nothing new."""
    batch = extract(source, landing, progress, accept_removal=accept_removal, past=past)
    done: list[Batch] = []
    while batch is not None:
        done.append(batch)
        batch = None if batch.every_version else extract(source, landing, progress, accept_removal=accept_removal)
    return tuple(done)


@contextmanager
def view_of(
    source: Source, adapter: Adapter, landing: Landing, past: Past | None = None
) -> Iterator[tuple[Snapshot, tuple[Passed, ...]]]:
    """A view of a store that knows what was seen of it before, and what somebody goes on without from here on."""
    last = landing.last(source.source_id)
    seen = Seen(
        high=last.window.high if last else 0,
        clock=last.window.high_clock if last else None,
        marks=last.marks if last else {},
        sightings=landing.sightings(source.source_id),
        passed=landing.passed(source.source_id),
    )
    passed: tuple[Passed, ...] = ()
    if past is not None:
        with adapter.snapshot(seen) as snapshot:
            passed = (gone_past(source.source_id, snapshot, past),)
        seen = replace(seen, passed=(*seen.passed, *passed))
    with adapter.snapshot(seen) as snapshot:
        yield snapshot, passed


def land_changes(
    source: Source,
    adapter: Adapter,
    snapshot: Snapshot,
    landing: Landing,
    progress: Progress,
    accept_removal: bool = False,
    compares_all: bool = False,
    passed: Sequence[Passed] = (),
) -> Batch | None:
    """`extract` from a view that is held already; call under the landing's lock."""
    contract, journaled = adapter.contract, adapter.every_version
    batches = landing.of(source.source_id)
    if batches and not journaled and not compares_all and snapshot.high <= batches[-1].window.high:
        require_continuity(source.source_id, adapter, snapshot, batches, compares_all)
        require_unchanged(source.source_id, snapshot)
        return None  # its last window has been read
    # what cannot be read whole, or as declared, is said before what its rows seem to say of the store
    snapshot.require_whole(contract.tables, journaled=journaled)
    notes = check_contract(contract.tables, snapshot.catalogue(), adapter.accepts, journaled=journaled)
    if batches and not snapshot.is_same(batches[-1].store_identity):
        raise another_store(source.source_id)
    if not compares_all:
        require_unchanged(source.source_id, snapshot)
    require_continuity(source.source_id, adapter, snapshot, batches, compares_all)
    landing.note_sighting(source.source_id, snapshot.sighting())
    if batches and not journaled and snapshot.high <= batches[-1].window.high:
        return None
    with Move(source, adapter, snapshot, landing, progress) as move, scratch(landing.root) as folder:
        tables, losses = [], []
        for table in contract.tables:
            if journaled:
                landed = _moved(table, snapshot, move)
            else:
                landed, loss = compare(table, batches, snapshot, folder, move, progress, by_number=False)
                losses.append(loss)
            tables.append(landed)
        window = move.window(tables, move.low, late=bool(snapshot.settled))
        if not move.is_first and window.high_clock == window.low_clock and not (passed or snapshot.settled):
            move.drop()
            return None
        if journaled and batches:
            losses += losses_of(contract, tables, snapshot, window, batches)
        accepted = require_accepted(source.source_id, contract, losses, accept_removal)
        said = (*_gone_on(passed), *_held(snapshot))
        # what has changed is only settled by the comparison that follows
        marks = batches[-1].marks if batches and snapshot.changed else snapshot.marks
        return move.land(tables, window, (*notes, *said), passed=passed, marks=marks, accepted=accepted)


def require_unchanged(source_id: str, snapshot: Snapshot) -> None:
    """Stop where a store is not as it must have stayed since the last window.

    Raises:
        SourceChanged: with what changed, and the command that goes on from it.
    """
    if snapshot.changed:
        raise SourceChanged(
            f"The source {source_id!r} is not as it was when it was last read: {'; '.join(snapshot.changed)}. Changes "
            "may have gone past it unseen, so nothing was extracted. Put it right; then `dataport extract --reconcile` "
            "compares everything with it and goes on."
        )


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
    tables, journaled = adapter.contract.tables, adapter.every_version
    snapshot.require_whole(tables, journaled=journaled)
    check_contract(tables, snapshot.catalogue(), adapter.accepts, journaled=journaled)


def _moved(table: Table, snapshot: Snapshot, move: Move) -> LandedTable:
    """What changed in a table within the window, and what passed transactions have committed of it since."""
    with (
        closing(snapshot.changes(table, move.low, snapshot.high)) as changes,
        closing(snapshot.late(table, move.low)) as late,
    ):
        return move.table(table, chain(changes, late))


def _gone_on(passed: Iterable[Passed]) -> Iterator[str]:
    for one in passed:
        yield f"Somebody has gone on without {one.name}: {one.reason}. What it commits later lands as late."


def _held(snapshot: Snapshot) -> Iterator[str]:
    for held in snapshot.holders[:1]:
        yield (
            f"Changes are held back by a transaction still in flight: {held.words}. A later batch brings them, and the "
            f"watermark waits for them. Where it is abandoned: `dataport extract --past {held.name} --reason …`."
        )
    for one in snapshot.settled:
        yield f"{one.name}, which somebody went on without, has ended. What it committed landed as late, from now on."


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
        permissions = adapter.contract.permissions
        snapshot.require_whole(permissions, journaled=False)
        notes = check_contract(permissions, snapshot.catalogue(), adapter.accepts, journaled=False)
        number, draft = landing.draft_grants()
        with _dropped_on_error(draft):
            damage = DamageCount()
            tables = tuple(
                draft.write(table.name, arrow_schema(table.landed), _undamaged(table, snapshot.whole(table), damage))
                for table in permissions
            )
            notes += told(damage.found(), adapter.contract)
            if last and [t.sha256 for t in tables] == [t.sha256 for t in last.tables]:
                draft.drop()
                tables = last.tables
            else:
                draft.shelve()
        # permissions are as old as the files that they came in, whenever these were read
        read_at = min(read_at, snapshot.exported_at or read_at)
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
    module, name, _ = ADAPTERS[source.kind]
    made: Callable[[Source], Adapter] = getattr(import_module(f"dataport.extract.{module}"), name)
    adapter = made(source)
    try:
        convert(source.options, adapter.options)
    except ValidationError as problem:
        # the message names the option and what was expected, and never a value
        raise WrongRequest(f"An option of the source {source.source_id!r} is wrong: {problem}.") from None
    return adapter


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
