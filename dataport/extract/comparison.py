"""Comparison: what has landed of one table beside what its store holds, by ranges of keys, in bounded memory.

Both sides give each range the number of its rows and the sum of their checksums; only ranges that differ are read row
by row and compared column by column. A checksum is taken of text, so a difference of notation can only cost a second
look, never hide anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from dataport.extract.adapter import Snapshot
from dataport.extract.contract import changes_schema, landed_schema, living_schema
from dataport.extract.selects import NULL_MARK, SEPARATOR
from dataport.settings import COMPARISON_MEMORY
from dataport.store.declared import Table

ROWS_PER_RANGE = 50_000


class Comparison:
    """One table of one source. Use as a context: what it keeps on disk goes at the end."""

    def __init__(
        self, table: Table, files: Sequence[Path], snapshot: Snapshot, folder: Path, *, by_number: bool = True
    ) -> None:
        self.table, self._snapshot, self._by_number = table, snapshot, by_number
        self.notes: tuple[str, ...] = ()
        self._database = duckdb.connect(
            str(folder / f"{table.name}.duckdb"),
            config={"memory_limit": COMPARISON_MEMORY, "temp_directory": str(folder / "spill"), "threads": "2"},
        )
        self._database.execute("SET enable_progress_bar = false")
        self._columns = living_schema(table).names
        self._judged = [name for name in self._columns if by_number or name not in ("change_no", "stamped_at")]
        self._read_landed([str(file) for file in files])

    def close(self) -> None:
        """Let go of the scratch database."""
        self._database.close()

    def bounds(self) -> list[str]:
        """The first key of every range but the first, in the order of their bytes."""
        found = self._database.execute("SELECT min(key) FROM landed WHERE range > 0 GROUP BY range ORDER BY range")
        return [key for (key,) in found.fetchall()]

    def landed_rows(self) -> int:
        """How many records had landed and are not gone."""
        [(rows,)] = self._database.execute("SELECT count(*) FROM landed").fetchall()
        return int(rows)

    def ranges_that_differ(self, bounds: Sequence[str]) -> list[int]:
        """The numbers of the ranges, from 0, in which the two sides differ; all of them if the store cannot say."""
        theirs = self._snapshot.checksums(self.table, bounds)
        if theirs is None:
            return list(range(len(bounds) + 1))
        ours = {
            number: (rows, int(checksum))
            for number, rows, checksum in self._database.execute(
                "SELECT range, count(*), sum(checksum) FROM landed GROUP BY range"
            ).fetchall()
        }
        return [number for number in range(len(bounds) + 1) if ours.get(number) != theirs.get(number)]

    def differences(self, bounds: Sequence[str], ranges: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """The rows that must land to make both sides alike, in the columns of `contract.changes_schema`.

        A row that is missing or different comes as the store has it, a row too many as a tombstone. Rows without a key
        come too where nothing else tells of them.
        """
        self._read_stored(bounds, ranges)
        self._find_surplus(ranges)
        held = ", ".join(f'held."{name}"' for name in self._columns)
        buried = ", ".join(self._of_tombstone(name) for name in self._columns)
        rows = ", ".join(f'{{side}}."{name}"' for name in self._judged)
        key, numbers = self.table.key, ", ".join(map(str, ranges))
        sql = f"""
            WITH known AS (
                SELECT landed.key AS landed_key, {", ".join(f'rows."{name}"' for name in self._columns)}
                FROM landed INNER JOIN landed_row AS rows ON rows.row_number = landed.row_number
                WHERE landed.range IN ({numbers})
            )
            SELECT {held}, FALSE AS is_deleted
            FROM held LEFT JOIN known ON known.landed_key = held."{key}"
            WHERE ({not self._by_number} OR held."{key}" IS NOT NULL) AND (known.landed_key IS NULL
                OR row({rows.format(side="held")}) IS DISTINCT FROM row({rows.format(side="known")}))
            UNION ALL
            SELECT {buried}, TRUE
            FROM known SEMI JOIN surplus ON surplus.key = known.landed_key
        """
        for batch in self._database.sql(sql, params=[self._snapshot.clock]).to_arrow_reader(20_000):
            yield batch.cast(changes_schema(self.table))

    def lost_since(self, number: int) -> tuple[int, int]:
        """How many records that had landed before a batch are gone by now, and how many had; after `differences`.

        Who came since is none of them, and who went and came back is not gone.
        """
        key = f'"{self.table.key}"'
        [(gone, before)] = self._database.execute(
            f"""
            WITH before AS (
                SELECT {key} AS key FROM landed_row WHERE batch_number < ?
                QUALIFY NOT is_deleted AND row_number() OVER ({_latest_first(self.table)}) = 1
            ), there AS (
                SELECT key FROM landed ANTI JOIN surplus USING (key)
                UNION ALL SELECT {key} FROM held UNION ALL SELECT key FROM pending
            )
            SELECT (SELECT count(*) FROM before ANTI JOIN there USING (key)), (SELECT count(*) FROM before)
            """,
            [number],
        ).fetchall()
        return int(gone), int(before)

    def _find_surplus(self, ranges: Sequence[int]) -> None:
        """Which landed records are gone."""
        numbers = ", ".join(map(str, ranges))
        self._database.execute(
            f"CREATE TABLE surplus AS SELECT key FROM (SELECT key FROM landed WHERE range IN ({numbers})) AS known "
            f"{self._leaving_surplus()}"
        )

    def _leaving_surplus(self) -> str:
        """The joins that leave over of what is known what is gone."""
        gone = self._snapshot.gone(self.table)
        missing = f'ANTI JOIN held ON held."{self.table.key}" = known.key'
        if gone is not None:
            self._database.execute("CREATE TABLE gone AS SELECT unnest(?::VARCHAR[]) AS key", [gone])
            return f"SEMI JOIN gone ON gone.key = known.key {missing}"
        if self._by_number:
            return missing
        self._keep_last_of_doubles()
        [(nameless,)] = self._database.execute(f'SELECT count(*) FROM held WHERE "{self.table.key}" IS NULL').fetchall()
        if not nameless:
            return missing
        self.notes += (
            f"{self.table.name} has {nameless:,} rows of which nobody can say whose they are, so nothing that is "
            "missing there is taken as deleted.",
        )
        return f"{missing} WHERE FALSE"

    def _keep_last_of_doubles(self) -> None:
        """Of several rows with one key the last one counts, and it is told that there were others."""
        [(doubles,)] = self._database.execute(
            f'DELETE FROM held WHERE "{self.table.key}" IS NOT NULL AND rowid NOT IN '
            f'(SELECT max(rowid) FROM held GROUP BY "{self.table.key}")'
        ).fetchall()
        if doubles:
            self.notes += (
                f"{self.table.name} has {doubles:,} rows whose key a later row has too: the last one of each counts.",
            )

    def _read_landed(self, files: list[str]) -> None:
        """The last landed version of each key that is not gone, with where its row is and its checksum."""
        pending = self._snapshot.pending(self.table)
        self._database.execute("CREATE TABLE pending (key VARCHAR)")
        if pending:
            self._database.execute("INSERT INTO pending SELECT unnest(?::VARCHAR[])", [pending])
        said = [column.name for column in self.table.landed]
        text = ", ".join(f'coalesce(CAST("{name}" AS VARCHAR), chr({NULL_MARK}))' for name in said)
        checksum = f"CAST('0x' || md5(concat_ws(chr({SEPARATOR}), {text}))[1:15] AS UBIGINT)"
        quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        rows = f"read_parquet([{quoted}], file_row_number = true, union_by_name = true)"
        if not files:
            self._database.register("nothing", pa.Table.from_batches([], landed_schema(self.table)))
            rows = "(SELECT *, 0::BIGINT AS file_row_number, 0::BIGINT AS file_index FROM nothing)"
        self._database.execute(
            f"""
            CREATE VIEW landed_row AS
            SELECT NULL::VARCHAR AS damaged WHERE FALSE  -- files of earlier versions say nothing of it
            UNION ALL BY NAME
            SELECT *, (file_index::BIGINT << 40) + file_row_number AS row_number
            FROM {rows};
            CREATE TABLE landed AS
            SELECT key, checksum, row_number, (row_number() OVER (ORDER BY key) - 1) // {ROWS_PER_RANGE} AS range FROM (
                SELECT
                    "{self.table.key}" AS key, is_deleted, row_number, {checksum} AS checksum,
                    row_number() OVER ({_latest_first(self.table)}) AS age
                FROM landed_row
            ) AS version
            WHERE age = 1 AND NOT is_deleted AND key NOT IN (SELECT key FROM pending)
            """
        )

    def _read_stored(self, bounds: Sequence[str], ranges: Sequence[int]) -> None:
        self._database.register("incoming", pa.Table.from_batches([], living_schema(self.table)))
        self._database.execute("CREATE TABLE held AS SELECT * FROM incoming")
        with closing(self._snapshot.living(self.table, bounds, ranges)) as batches:
            for batch in batches:
                # One at a time: a store's connection may not be read from the database's threads.
                self._database.register("incoming", pa.Table.from_batches([batch]))
                self._database.execute("INSERT INTO held SELECT * FROM incoming")
        self._database.unregister("incoming")

    def _of_tombstone(self, name: str) -> str:
        if name in (self.table.key, "change_no"):
            return f'known."{name}"'
        return "CAST(? AS TIMESTAMP)" if name == "stamped_at" else "NULL"


def _latest_first(table: Table) -> str:
    """The versions of each record, the last one first."""
    return f'PARTITION BY "{table.key}" ORDER BY batch_number DESC, stamped_at DESC, change_no DESC'
