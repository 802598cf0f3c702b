"""From a store's changes to a landed batch: one window, one snapshot, one ledger entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from dataport.errors import ForeignStore, WrongRequest, did_you_mean
from dataport.extract.adapter import Adapter, Snapshot, Source
from dataport.extract.contract import check_contract, landed_schema, repeated_columns
from dataport.extract.postgres import PostgresAdapter
from dataport.extract.sqlite import SqliteAdapter
from dataport.landing import Batch, GrantsBatch, LandedTable, Landing, Window
from dataport.landing.draft import Draft
from dataport.store.arrow import arrow_schema
from dataport.store.schema import GRANT_TABLES, TABLES, Table

Progress = Callable[[str], None]

ADAPTERS: dict[str, Callable[[Source], Adapter]] = {"sqlite": SqliteAdapter, "postgres": PostgresAdapter}

_MICROSECOND = timedelta(microseconds=1)
# History begins this long before the store's first stamp, so that no first version is raised above its own stamp.
_BEFORE_FIRST = timedelta(seconds=1)


def _silent(_: str) -> None:
    """The progress of a caller who does not want any."""


def extract(source: Source, landing: Landing, progress: Progress = _silent) -> Batch | None:
    """Land what changed in a store since the last batch; None when nothing did and its clock stands where it stood.

    Args:
        source: the store.
        landing: where its batches go.
        progress: called with a line of text now and then.

    Raises:
        Busy: another extract into this landing is under way.
        SourceUnavailable: the store cannot be reached or read.
        ContractBroken: the store lacks a declared column, or has it with another type.
        ForeignStore: another store answers under this source's name, or an older copy of it.
    """
    adapter = _adapter(source)
    with landing.locked(), adapter.snapshot() as snapshot:
        last = landing.last(source.source_id)
        _refuse_foreign(source, snapshot, last.store_identity if last else None, last.window.high if last else 0)
        notes = check_contract(TABLES, snapshot.catalogue(), adapter.accepts, journaled=adapter.every_version)
        number, draft = landing.draft_batch()
        with _dropped_on_error(draft):
            move = _Move(snapshot, source.source_id, number, last, progress)
            tables = tuple(move.table(table, draft) for table in TABLES)
            window = move.window(tables)
            if last and window.high_clock == window.low_clock:
                draft.drop()
                return None
            draft.shelve()
        batch = Batch(
            number, source.source_id, snapshot.identity, adapter.kind, window, tables, _wall_clock(),
            adapter.every_version, (*notes, *snapshot.notes),
        )  # fmt: skip
        landing.commit_batch(batch)
    return batch


def extract_grants(source: Source, landing: Landing, progress: Progress = _silent) -> GrantsBatch:
    """Land the permission tables of a store, whole. Needs none of its other tables to be healthy.

    Raises:
        Busy, SourceUnavailable, ContractBroken, ForeignStore: as `extract`.
    """
    adapter = _adapter(source)
    with landing.grants_locked(), _read_from(adapter) as (read_at, snapshot):
        last, landed = landing.last_grants(source.source_id), landing.last(source.source_id)
        known = landed or last
        _refuse_foreign(source, snapshot, known.store_identity if known else None, 0)
        notes = check_contract(GRANT_TABLES, snapshot.catalogue(), adapter.accepts, journaled=False)
        number, draft = landing.draft_grants()
        with _dropped_on_error(draft):
            tables = tuple(
                draft.write(table.name, arrow_schema(table.landed), snapshot.whole(table)) for table in GRANT_TABLES
            )
            if last and [t.sha256 for t in tables] == [t.sha256 for t in last.tables]:
                draft.drop()
                tables = last.tables
            else:
                draft.shelve()
        grants = GrantsBatch(number, source.source_id, snapshot.identity, read_at, snapshot.clock, tables, notes)
        landing.commit_grants(grants)
    progress(f"grants: {sum(table.rows for table in tables)} rows")
    return grants


class _Move:
    """The rows of one batch on their way, and what must be known of them to close its window."""

    def __init__(self, snapshot: Snapshot, source_id: str, number: int, last: Batch | None, progress: Progress) -> None:
        self._snapshot, self._progress = snapshot, progress
        self._low, self._high = (last.window.high if last else 0), snapshot.high
        self._low_clock = last.window.high_clock if last else snapshot.first_stamp - _BEFORE_FIRST
        self._origin = (source_id, number, self._low_clock)
        self._last_stamp = snapshot.clock

    def table(self, table: Table, draft: Draft) -> LandedTable:
        """Stream one table into the draft."""
        with closing(self._snapshot.changes(table, self._low, self._high)) as changes:
            landed = draft.write(
                table.name, landed_schema(table), self._with_origin(table, changes), repeated_columns(table)
            )
        self._progress(f"{table.name}: {landed.rows} rows")
        return landed

    def window(self, tables: tuple[LandedTable, ...]) -> Window:
        """The window, its upper clock above every recorded time that the rows give rise to.

        A version stamped below the lower clock is recorded at that clock plus its rank within its record, so the upper
        clock must also lie above the highest such rank; it is only looked up where it could matter.
        """
        high_clock = self._last_stamp + _MICROSECOND
        rows = max(table.rows for table in tables)
        if rows and high_clock <= self._low_clock + rows * _MICROSECOND:
            most = max(self._snapshot.most_versions(table, self._low, self._high) for table in TABLES)
            high_clock = max(high_clock, self._low_clock + (most + 1) * _MICROSECOND)
        return Window(self._low, self._high, self._low_clock, max(high_clock, self._low_clock))

    def _with_origin(self, table: Table, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = landed_schema(table)
        types = [schema.field(name).type for name in ("source_id", "batch_number", "low_clock")]
        for batch in batches:
            *own, deleted = batch.columns
            self._last_stamp = max(self._last_stamp, pc.max(batch.column("stamped_at")).as_py() or self._last_stamp)
            origin = [
                pa.repeat(pa.scalar(value, type=kind), batch.num_rows)
                for value, kind in zip(self._origin, types, strict=True)
            ]
            yield pa.record_batch([*own, *origin, deleted], schema=schema)


def _adapter(source: Source) -> Adapter:
    if source.kind not in ADAPTERS:
        hint = did_you_mean(source.kind, ADAPTERS)
        raise WrongRequest(f"There is no adapter for the kind of source {source.kind!r}.{hint}")
    return ADAPTERS[source.kind](source)


def _refuse_foreign(source: Source, snapshot: Snapshot, known: str | None, low: int) -> None:
    way_out = (
        "Nothing was extracted. If the old store is gone for good, extract this one under another source_id; "
        "if it was restored from a backup, start a new landing from it."
    )
    if known is not None and known != snapshot.identity:
        raise ForeignStore(f"The store that answers for {source.source_id!r} is not the one landed before. {way_out}")
    if snapshot.high < low:
        raise ForeignStore(f"The store that answers for {source.source_id!r} is older than its last batch. {way_out}")


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
    read_at = _wall_clock()
    with adapter.snapshot() as snapshot:
        yield read_at, snapshot


def _wall_clock() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
