"""The working copies: the files that dbt writes, and what each of them has applied."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from dataport.durable import cloned, make_private
from dataport.errors import Damaged
from dataport.landing import Batch, ledger_digest
from dataport.store.schema import BY_NAME
from dataport.warehouse.bases import base_of, is_short, log_of, remember
from dataport.warehouse.dbt import Limits
from dataport.warehouse.judging import hand_over_checks
from dataport.warehouse.links import NO_LINKS, Links
from dataport.warehouse.narrow import costs_to_open, narrow
from dataport.warehouse.opening import opened, unreadable

PUBLISHED_FILES = ("figures", "records")
# Landed rows. DuckDB writes an insert of a row group or more (122,880 rows) into the file at once and past its log;
# what a run of so few adds, some 1 GB, stays in memory instead, and the file a version's base.
_LITTLE = 500_000
_ORIGIN, _BOTH = "run_origin", ("run_build", "run_sealed")
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
        is_asked_full: whether somebody asked for that: then nothing is taken on trust.
        done: numbers of the batches that the working figures and records hold already; empty in a full run.
        links: the records that confirmed links join.
        project_digest: of the dbt project that makes it.
    """

    build_number: int
    built_at: datetime
    batches: tuple[Batch, ...]
    pending: frozenset[int]
    is_full: bool
    done: frozenset[int]
    links: Links = NO_LINKS
    project_digest: str = ""
    is_asked_full: bool = False

    @property
    def is_little(self) -> bool:
        """Whether what it reads can lie in memory until it is written to the logs of figures and records."""
        return not self.is_full and sum(one.rows for one in self.batches if one.number in self.pending) <= _LITTLE

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
class Core:
    """How far the histories of a working core have come: each applies a batch once, in one transaction.

    Attributes:
        complete: the batches that every history holds.
        begun: those that any of them holds.
        project_digest: of the project that last wrote it; None where an earlier version did.
        handed_over: the batches that it was last given.
        ledger_digest: of those, as they were then.
    """

    complete: frozenset[int]
    begun: frozenset[int]
    project_digest: str | None = None
    handed_over: frozenset[int] = frozenset()
    ledger_digest: str = ""

    def can_go_on(self, batches: Iterable[Batch], project_digest: str) -> bool:
        """Whether the same project began it, from the same landing, of which nothing is gone."""
        given = [batch for batch in batches if batch.number in self.handed_over]
        is_same = len(given) == len(self.handed_over) and self.ledger_digest == ledger_digest(given)
        return is_same and self.begun <= self.handed_over and self.project_digest == project_digest


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
            # the log first: without it a file is an older one, and never with that of another
            log_of(self.path(name)).unlink(missing_ok=True)
            self.path(name).unlink(missing_ok=True)

    def replace(self, name: str, published: Path, sha256: str | None, log_sha256: str | None) -> None:
        """Take a published file, and its log if it has one, as the working copy again.

        Raises:
            Damaged: it is not, byte by byte, what was published.
        """
        self.discard(name)
        own = self.path(name)
        parts = [(published, own, sha256), (log_of(published), log_of(own), log_sha256)]
        for source, target, checksum in parts[: 2 if log_sha256 else 1]:
            if cloned(source, target)["sha256"] != checksum and checksum is not None:
                self.discard(name)
                raise unreadable(source)
        if sha256 is not None:
            remember(own, sha256)

    def applied(self, name: str) -> frozenset[int] | None:
        """The batches that a working copy of figures or records holds in full; None when there is none.

        Raises:
            Busy, Damaged: as `opening.opened`.
        """
        if not self.path(name).is_file():
            return None
        with self._open(name) as file:
            file.execute(_APPLIED)
            rows = file.execute("select batch_number from main.applied_batch").fetchall()
        return frozenset(number for (number,) in rows)

    def core(self, histories: Collection[str]) -> Core | None:
        """How far the core has come; None when there is none.

        Args:
            histories: the names of all of them.

        Raises:
            Busy, Damaged: as `opening.opened`.
        """
        if not self.path("core").is_file():
            return None
        with self._open("core") as core:
            core.execute(_APPLIED)
            rows = core.execute("select node, batch_number from main.applied_batch").fetchall()
            origin = core.execute("from main.run_origin").fetchone() if _has(core, _ORIGIN) else None
        of = {name: {number for node, number in rows if node == name} for name in histories}
        complete = frozenset[int].intersection(*map(frozenset, of.values())) if of else frozenset()
        begun = frozenset(number for _, number in rows)
        if origin is None:
            return Core(complete, begun)
        return Core(complete, begun, origin[0], frozenset(origin[2]), origin[1])

    def is_settled(self, build_number: int) -> bool:
        """Whether the last run that was given anything ended well, and was the one that made this build.

        What a run left that did not end may hold more than the published version, and of other links.
        """
        if not self.path("core").is_file():
            return False
        with self._open("core") as core:
            if not (_has(core, "run_build") and _has(core, "run_sealed")):
                return False
            given, sealed = (core.execute(f"select build_number from main.{name}").fetchall() for name in _BOTH)
        return given == sealed == [(build_number,)]

    def hand_over(self, plan: RunPlan) -> None:
        """Write what dbt needs to know into tables of `core`; dbt's variables would cost a full parse."""
        make_private(self.folder)
        keys = self._keys()
        with self._open("core") as core:
            core.execute("begin")
            core.execute(
                "create or replace table main.run_build as select ?::bigint as build_number, ?::timestamp as built_at, "
                "?::boolean as is_little, ?::timestamp as changed_since, ?::timestamp as previous_watermark",
                [plan.build_number, plan.built_at, plan.is_little, plan.changed_since, plan.previous_watermark],
            )
            core.execute(
                "create or replace table main.run_batch (batch_number bigint, source_id varchar, is_pending boolean)"
            )
            core.execute(
                "create or replace table main.run_table "
                "(batch_number bigint, table_name varchar, path varchar, is_pending boolean, "
                "key_name varchar, has_ties boolean)"
            )
            core.execute(
                "create or replace table main.run_source (source_id varchar, first_batch bigint, watermark timestamp)"
            )
            core.executemany("insert into main.run_batch values (?, ?, ?)", list(_batch_rows(plan)))
            core.executemany("insert into main.run_table values (?, ?, ?, ?, ?, ?)", list(_table_rows(plan, core)))
            core.executemany("insert into main.run_source values (?, ?, ?)", list(_source_rows(plan)))
            hand_over_checks(core)
            core.register("confirmed", _link_rows(plan.links))
            core.execute("create or replace table main.run_link as select * from confirmed")
            core.execute(
                "create or replace table main.run_origin as select ? as project_digest, ? as ledger_digest, "
                "?::bigint[] as batches, ? as keys_id",
                [plan.project_digest, ledger_digest(plan.batches), [one.number for one in plan.batches], keys],
            )
            core.execute("commit")
        for name in PUBLISHED_FILES:
            if not self.path(name).is_file():  # else it was read just now, and to open it is to read its log
                with self._open(name):
                    pass

    def seal(
        self, plan: RunPlan, histories: Collection[str], bases: Collection[str], limits: Limits | None = None
    ) -> None:
        """After a run that passed its tests: write down what figures and records hold now.

        Their logs are folded in where a version cannot be made of them, and the figures given narrow types then.

        Args:
            histories: the names of all: one that nothing new was for has applied it, too.
            bases: the checksums of published files that there are.
            limits: threads and memory for that.
        """
        for name in PUBLISHED_FILES:
            with self._open(name) as file:
                file.execute("begin")
                file.execute(_APPLIED)
                file.execute("delete from main.applied_batch")
                file.executemany(
                    "insert into main.applied_batch values (?, ?)", [(name, batch.number) for batch in plan.batches]
                )
                file.execute("commit")
                has_base = base_of(self.path(name)) in bases and is_short(self.path(name))
                if is_folded := not has_base or costs_to_open(file):
                    file.execute("checkpoint")
            if is_folded and name == "figures":
                narrow(self.path(name), limits or Limits())
        counted = self._key_counts()
        with self._open("core") as core:
            core.execute("create or replace table main.run_sealed as select ? as build_number", [plan.build_number])
            core.execute("create or replace table main.key_count (map varchar, keys bigint)")
            core.executemany("insert into main.key_count values (?, ?)", counted)
            for number in plan.pending:
                core.executemany(
                    "insert into main.applied_batch select ?, ? "
                    "where not exists (from main.applied_batch where node = ? and batch_number = ?)",
                    [(name, number, name, number) for name in sorted(histories)],
                )

    def _keys(self) -> str:
        """What the file of keys calls itself.

        A core goes on with the keys that it was made with, and no other: another numbering would give one person's key
        to somebody else.

        Raises:
            Damaged: the keys are gone, or are not those of this core.
        """
        known, least = self._keys_of_core()
        if known is not None and not self.path("keys").is_file():
            raise _other_keys()
        with self._open("keys") as keys:
            if not _has(keys, "keys_id"):
                if known:
                    raise _other_keys()
                keys.execute("create table main.keys_id as select ?::varchar as keys_id", [str(uuid.uuid4())])
            [(found,)] = keys.execute("from main.keys_id").fetchall()
        counts = dict(self._key_counts()) if least else {}
        if known and (found != known or any(counts.get(name, 0) < keys for name, keys in least.items())):
            raise _other_keys()
        return str(found)

    def _keys_of_core(self) -> tuple[str | None, dict[str, int]]:
        """The keys that the core was made with, and how many there were at least; None where it holds none.

        The name is empty where an earlier version made it, which wrote none down.
        """
        if not self.path("core").is_file():
            return None, {}
        with self._open("core") as core:
            core.execute(_APPLIED)
            [(begun,)] = core.execute("select count(*) from main.applied_batch").fetchall()
            made_with = core.execute("select keys_id from main.run_origin").fetchall() if _has(core, _ORIGIN) else []
            least = core.execute("from main.key_count").fetchall() if _has(core, "key_count") else []
        return (str(made_with[0][0]) if made_with else "") if begun else None, dict(least)

    def _key_counts(self) -> list[tuple[str, int]]:
        with self._open("keys") as keys:
            maps = keys.execute("select table_name from duckdb_tables() where table_name like 'map\\_%' escape '\\'")
            return [
                (name, keys.execute(f'select count(*) from main."{name}"').fetchall()[0][0])
                for (name,) in maps.fetchall()
            ]

    @contextmanager
    def _open(self, name: str) -> Iterator[duckdb.DuckDBPyConnection]:
        path = self.path(name)
        if path.is_file() and not path.stat().st_size:
            raise unreadable(path)  # the engine would take it for a new one
        with opened(path, keeps_log=name in PUBLISHED_FILES) as connection:
            path.chmod(0o600)
            yield connection
        if log_of(path).is_file():
            log_of(path).chmod(0o600)


def _other_keys() -> Damaged:
    return Damaged(
        "The file work/keys.duckdb is gone, or is not the one that work/core.duckdb was made with. Nothing was "
        "changed. Run `dataport repair`, which makes both anew from the landing."
    )


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a file has a table of ours."""
    sql = "select count(*) from duckdb_tables() where table_name = ? and schema_name = 'main'"
    return connection.execute(sql, [table]).fetchall() != [(0,)]


def watermarks(batches: Iterable[Batch]) -> dict[str, datetime]:
    """The watermark of each source: the clock at the end of its last window."""
    return {batch.source_id: batch.window.high_clock for batch in batches}


def _batch_rows(plan: RunPlan) -> Iterator[tuple[object, ...]]:
    for batch in plan.batches:
        yield batch.number, batch.source_id, batch.number in plan.pending


def _table_rows(plan: RunPlan, database: duckdb.DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
    for batch in plan.batches:
        is_pending = batch.number in plan.pending
        for table in batch.tables:
            key = BY_NAME[table.name].key if table.name in BY_NAME else None
            # a first batch without deletions is what a store was made with: looking for ties there costs the most
            looked_at = is_pending and (plan.is_asked_full or table.tombstones or batch.window.low)
            tied = bool(key and looked_at and table.rows) and _has_ties(database, str(table.path), str(key))
            yield batch.number, table.name, str(table.path), is_pending, key, tied


def _has_ties(database: duckdb.DuckDBPyConnection, path: str, key: str) -> bool:
    """Whether versions of one record have one stamp: they were changed by hand, or by two sessions at once."""
    by = f'source_id, "{key}", batch_number, stamped_at'
    sql = f"SELECT 1 FROM read_parquet(?) GROUP BY {by} HAVING count(*) > 1 LIMIT 1"
    return bool(database.execute(sql, [path]).fetchall())


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
