"""The working copies: the files that dbt writes, and what each of them has applied."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from dataport.durable import make_private
from dataport.landing import Batch
from dataport.warehouse.links import NO_LINKS, Links

PUBLISHED_FILES = ("figures", "records")
_LONG_AGO, _NEVER = datetime(1, 1, 1), datetime(9998, 1, 1)
_APPLIED = "create table if not exists main.applied_batch (node varchar not null, batch_number bigint not null)"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What one run of dbt has to do.

    Attributes:
        build_number, built_at: of the build that it makes.
        batches: the whole ledger, in order.
        pending: numbers of the batches whose files it reads.
        is_full: whether facts and dimensions are made again as a whole.
        done: numbers of the batches that the working figures and records hold already; empty in a full run.
        links: the records that confirmed links join.
    """

    build_number: int
    built_at: datetime
    batches: tuple[Batch, ...]
    pending: frozenset[int]
    is_full: bool
    done: frozenset[int]
    links: Links = NO_LINKS

    @property
    def changed_since(self) -> datetime:
        """Recorded time before which the figures are up to date: of all there is, where only links are new."""
        new = [batch.window.low_clock for batch in self.batches if batch.number not in self.done]
        return min(new, default=_NEVER) if not self.is_full else _LONG_AGO

    @property
    def previous_watermark(self) -> datetime:
        """The lowest watermark that the figures hold: clock boundaries after it have not been made yet."""
        held = [batch for batch in self.batches if batch.number in self.done]
        return min(watermarks(held).values(), default=_LONG_AGO + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Working:
    """The folder of working copies: core, keys, figures and records."""

    folder: Path

    def path(self, name: str) -> Path:
        """The working copy of that name."""
        return self.folder / f"{name}.duckdb"

    def discard(self, *names: str) -> None:
        """Remove working copies, to be made again. Never `keys`: a replay reads them."""
        for name in names:
            self.path(name).unlink(missing_ok=True)
            self.path(name).with_suffix(".duckdb.wal").unlink(missing_ok=True)

    def replace(self, name: str, published: Path) -> None:
        """Take a published file as the working copy again."""
        self.discard(name)
        shutil.copyfile(published, self.path(name))
        self.path(name).chmod(0o600)

    def applied(self, name: str) -> frozenset[int] | None:
        """The batches that a working copy holds in full; None when there is no usable copy."""
        if not self.path(name).is_file():
            return None
        try:
            with self._open(name) as file:
                file.execute(_APPLIED)
                rows = file.execute("select batch_number from main.applied_batch").fetchall()
        except duckdb.Error:
            return None
        return frozenset(number for (number,) in rows)

    def hand_over(self, plan: RunPlan) -> None:
        """Write what dbt needs to know into tables of `core`; dbt's variables would cost a full parse."""
        make_private(self.folder)
        with self._open("core") as core:
            core.execute("begin")
            core.execute(
                "create or replace table main.run_build as select ?::bigint as build_number, ?::timestamp as built_at, "
                "?::boolean as is_full, ?::timestamp as changed_since, ?::timestamp as previous_watermark",
                [plan.build_number, plan.built_at, plan.is_full, plan.changed_since, plan.previous_watermark],
            )
            core.execute(
                "create or replace table main.run_batch (batch_number bigint, source_id varchar, is_pending boolean)"
            )
            core.execute(
                "create or replace table main.run_table "
                "(batch_number bigint, table_name varchar, path varchar, is_pending boolean)"
            )
            core.execute(
                "create or replace table main.run_source (source_id varchar, first_batch bigint, watermark timestamp)"
            )
            core.executemany("insert into main.run_batch values (?, ?, ?)", list(_batch_rows(plan)))
            core.executemany("insert into main.run_table values (?, ?, ?, ?)", list(_table_rows(plan)))
            core.executemany("insert into main.run_source values (?, ?, ?)", list(_source_rows(plan)))
            core.register("confirmed", _link_rows(plan.links))
            core.execute("create or replace table main.run_link as select * from confirmed")
            core.execute("commit")
        for name in ("keys", *PUBLISHED_FILES):
            with self._open(name):
                pass

    def seal(self, plan: RunPlan) -> None:
        """After a run that passed its tests: write down what figures and records hold now, and fold their logs in."""
        for name in PUBLISHED_FILES:
            with self._open(name) as file:
                file.execute("begin")
                file.execute(_APPLIED)
                file.execute("delete from main.applied_batch")
                file.executemany(
                    "insert into main.applied_batch values (?, ?)", [(name, batch.number) for batch in plan.batches]
                )
                file.execute("commit")
                file.execute("checkpoint")

    @contextmanager
    def _open(self, name: str) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(str(self.path(name)))
        try:
            self.path(name).chmod(0o600)
            yield connection
        finally:
            connection.close()


def watermarks(batches: Iterable[Batch]) -> dict[str, datetime]:
    """The watermark of each source: the clock at the end of its last window."""
    return {batch.source_id: batch.window.high_clock for batch in batches}


def _batch_rows(plan: RunPlan) -> Iterator[tuple[object, ...]]:
    for batch in plan.batches:
        yield batch.number, batch.source_id, batch.number in plan.pending


def _table_rows(plan: RunPlan) -> Iterator[tuple[object, ...]]:
    for batch in plan.batches:
        for table in batch.tables:
            yield batch.number, table.name, str(table.path), batch.number in plan.pending


def _source_rows(plan: RunPlan) -> Iterator[tuple[object, ...]]:
    first: dict[str, int] = {}
    for batch in plan.batches:
        first.setdefault(batch.source_id, batch.number)
    for source_id, watermark in watermarks(plan.batches).items():
        yield source_id, first[source_id], watermark


def _link_rows(links: Links) -> pa.Table:
    names = ("first_source_id", "first_id", "second_source_id", "second_id", "kind_code")
    said = [(link.source_a, link.id_a, link.source_b, link.id_b, link.kind) for _, link in links.by_line]
    columns = {name: pa.array([row[n] for row in said], pa.string()) for n, name in enumerate(names)}
    return pa.table({"line_number": pa.array([line for line, _ in links.by_line], pa.int64()), **columns})
