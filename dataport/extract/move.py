"""Move: the rows of one batch on their way from a store's view into the landing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc

from dataport.dictionary import CodeLists
from dataport.errors import DiskFull, is_full
from dataport.extract.adapter import Adapter, Snapshot, Source
from dataport.extract.codes import unknown_codes
from dataport.extract.contract import landed_schema, repeated_columns
from dataport.extract.damage import DAMAGED, DamageCount, told, whose
from dataport.extract.removal import Loss
from dataport.landing import Batch, LandedTable, Landing, Passed, Window
from dataport.store.declared import Table

Progress = Callable[[str], None]

MICROSECOND = timedelta(microseconds=1)
# History begins this long before the store's first stamp, so that no first version is raised above its own stamp.
_BEFORE_FIRST = timedelta(seconds=1)


class Move:
    """One batch in the making. Use under the landing's lock and as a context: an error leaves nothing behind.

    Attributes:
        low: where the window begins: the end of the last one.
        is_first: whether nothing of this source has landed yet.
        notes: what the moving found, in words.
    """

    def __init__(
        self, source: Source, adapter: Adapter, snapshot: Snapshot, landing: Landing, progress: Progress
    ) -> None:
        last = landing.last(source.source_id)
        self._source, self._adapter, self._snapshot = source, adapter, snapshot
        self._landing, self._progress = landing, progress
        self._tables = adapter.contract.tables
        self._number, self._draft = landing.draft_batch()
        self.is_first, self.low = last is None, (last.window.high if last else 0)
        self.low_clock = last.window.high_clock if last else snapshot.first_stamp - _BEFORE_FIRST
        self._last_stamp = snapshot.clock
        self._damage = DamageCount()
        self._quarantined: list[LandedTable] = []
        self.notes: tuple[str, ...] = ()

    def __enter__(self) -> Move:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self.drop()
        if is_full(error):
            raise DiskFull from None

    def table(self, table: Table, rows: Iterable[pa.RecordBatch]) -> LandedTable:
        """Stream one table's rows, in the columns of `contract.changes_schema`, into the draft."""
        schema, aside = landed_schema(table), list[pa.RecordBatch]()
        landed = self._draft.write(table.name, schema, self._with_origin(table, rows, aside), repeated_columns(table))
        if any(batch.num_rows for batch in aside):
            self._quarantined.append(self._draft.write(f"{table.name}_quarantine", schema, aside))
        if landed.rows:
            self._progress(f"{table.name}: {landed.rows:,} rows")
        return landed

    def window(self, tables: Sequence[LandedTable], low: int, *, late: bool = False) -> Window:
        """The window from a change number on, its upper clock above every recorded time that the rows give rise to.

        A version stamped below the lower clock is recorded at that clock plus its rank within its record, so the upper
        clock must also lie above the highest such rank; it is only looked up where it could matter.
        """
        high, rows = self._snapshot.high, max(table.rows for table in tables)
        high_clock = max(self._last_stamp + MICROSECOND, self.low_clock)
        if rows and high_clock <= self.low_clock + rows * MICROSECOND:
            # of what is late nobody counts how many versions a record has: no more than rows
            most = rows if late else max(self._snapshot.most_versions(table, low, high) for table in self._tables)
            high_clock = max(high_clock, self.low_clock + (most + 1) * MICROSECOND)
        return Window(low, high, self.low_clock, high_clock)

    def land(
        self,
        tables: Sequence[LandedTable],
        window: Window,
        notes: Sequence[str],
        restarted: bool = False,
        passed: Sequence[Passed] = (),
        marks: Mapping[str, str] | None = None,
        accepted: Sequence[Loss] = (),
    ) -> Batch:
        """Give the draft its name and enter it into the ledger: from here on it has landed.

        Args:
            accepted: large losses that somebody has accepted: they are told in a note.
        """
        self._draft.shelve()
        lists = CodeLists()
        contract = self._adapter.contract
        coded = [
            note
            for table in tables
            if table.rows
            for note in unknown_codes(contract.named(table.name), table.path, contract.code_lists, lists)
        ]
        damage = self._damage.found()
        words = ", ".join(map(str, accepted))
        meant = (f"Much was removed, and somebody has accepted it: {words}.",) if accepted else ()
        batch = Batch(
            self._number, self._source.source_id, self._snapshot.identity, self._adapter.kind, window,
            (*tables, *self._quarantined), wall_clock(), self._adapter.every_version,
            (*notes, *meant, *self._snapshot.notes, *self.notes, *told(damage, contract), *coded), damage,
            self._snapshot.server, restarted, self._snapshot.marks if marks is None else marks, tuple(passed),
            tuple(one.numbers[0] for one in self._snapshot.settled), tuple(loss.table for loss in accepted),
        )  # fmt: skip
        self._landing.commit_batch(batch)
        return batch

    def drop(self) -> None:
        """Throw the draft away."""
        self._draft.drop()

    def _with_origin(
        self, table: Table, batches: Iterable[pa.RecordBatch], aside: list[pa.RecordBatch]
    ) -> Iterator[pa.RecordBatch]:
        """The rows with where they came from; those whose key, or whose owner's, is damaged go aside."""
        schema = landed_schema(table)
        types = [schema.field(name).type for name in ("source_id", "batch_number", "low_clock")]
        stamp = schema.get_field_index("stamped_at")
        values = (self._source.source_id, self._number, self.low_clock)
        for batch in batches:
            self._damage.add(table, batch)
            *own, deleted = batch.columns
            own[stamp] = pc.fill_null(own[stamp], pa.scalar(self.low_clock, own[stamp].type))
            self._last_stamp = max(self._last_stamp, pc.max(batch.column("stamped_at")).as_py() or self._last_stamp)
            origin = [
                pa.repeat(pa.scalar(value, type=kind), batch.num_rows)
                for value, kind in zip(values, types, strict=True)
            ]
            made = pa.record_batch([*own, *origin, deleted], schema=schema)
            if batch.column(DAMAGED.name).null_count < batch.num_rows:
                keyed = whose(table, made)
                aside.append(made.filter(pc.invert(keyed)))
                made = made.filter(keyed)
            yield made


def wall_clock() -> datetime:
    """Now, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
