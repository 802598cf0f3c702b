"""What a home should hold, worked out from the stores' own journals with plain Python: none of Dataport's code.

Compared are the rows that landed, the records with every version, and the counts of the figures at each source's own
watermark; in none of them may a row be missing, be there twice, or belong to somebody else.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

State = tuple[Any, ...]
EPOCH = datetime(1970, 1, 1)
OPEN = datetime(9999, 12, 31)
TOLD = ("process_status_code", "phone", "sex_code", "country_of_asylum_code")


def versions(store: Path, before: int) -> dict[str, list[tuple[datetime, State | None]]]:
    """Each person's states in order, each from its stamp on; None where the person was deleted."""
    columns = ", ".join(TOLD)
    found: dict[str, list[tuple[int, datetime, State | None]]] = {}
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as file:
        for table in ("individual", "individual_journal"):
            sql = f"select individual_id, change_no, stamped_at, {columns} from {table} where change_no < ?"
            for key, number, stamp, *state in file.execute(sql, (before,)):
                found.setdefault(key, []).append((number, _moment(stamp), tuple(state)))
        sql = "select key, change_no, stamped_at from tombstone where table_name = 'individual' and change_no < ?"
        for key, number, stamp in file.execute(sql, (before,)):
            found.setdefault(key, []).append((number, _moment(stamp), None))
    ordered = {}
    for key, rows in found.items():
        rows.sort(key=lambda row: (row[1], row[0]))
        states: list[tuple[datetime, State | None]] = []
        for _, moment, state in rows:
            if not states or states[-1][1] != state:
                states.append((moment, state))
        ordered[key] = states
    return ordered


def landed_rows(landing: Path, source: str, table: str) -> Counter[tuple[Any, ...]]:
    """The change numbers and kinds of the rows that the ledger says have landed of a table."""
    packed = {}
    for path in (landing / "packs").glob("[0-9]*.json"):
        entry = json.loads(path.read_text())
        packed |= {(number, one["name"]): one["path"] for number in entry["batches"] for one in entry["tables"]}
    found: Counter[tuple[Any, ...]] = Counter()
    for path in sorted((landing / "ledger").glob("[0-9]*.json")):
        entry = json.loads(path.read_text())
        for one in entry["tables"]:
            if entry["source_id"] == source and one["name"] == table and one["rows"]:
                file = landing / packed.get((entry["number"], table), one["path"])
                rows = duckdb.execute(
                    "select change_no, is_deleted from read_parquet(?) where batch_number = ?",
                    [str(file), entry["number"]],
                ).fetchall()
                found.update(rows)
    return found


def stored_rows(store: Path, table: str, before: int) -> Counter[tuple[Any, ...]]:
    """The same of the store: living rows, superseded versions, tombstones."""
    found: Counter[tuple[Any, ...]] = Counter()
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as file:
        for place in (table, f"{table}_journal"):
            found.update(
                (n, False) for (n,) in file.execute(f"select change_no from {place} where change_no < ?", (before,))
            )
        sql = "select change_no from tombstone where table_name = ? and change_no < ?"
        found.update((number, True) for (number,) in file.execute(sql, (table, before)))
    return found


def end_of(landing: Path, source: str) -> int:
    """The change number up to which a source has landed."""
    entries = [json.loads(path.read_text()) for path in sorted((landing / "ledger").glob("[0-9]*.json"))]
    return max((entry["window"]["high"] for entry in entries if entry["source_id"] == source), default=0)


def record_versions(home: Path, source: str) -> dict[str, list[tuple[datetime, datetime, State]]]:
    """Each person's versions in the published records, in order."""
    pointer = json.loads((home / "published" / "CURRENT").read_text())
    found: dict[str, list[tuple[datetime, datetime, State]]] = {}
    with _opened(home / "published" / pointer["paths"]["records"]) as file:
        rows = file.execute(
            f"select individual_id, valid_from, valid_to, {', '.join(TOLD)} from dim_individual where source_id = ? "
            "order by individual_id, valid_from",
            [source],
        ).fetchall()
    for key, valid_from, valid_to, *state in rows:
        found.setdefault(key, []).append((valid_from, valid_to, tuple(state)))
    return found


def counted(home: Path) -> Counter[State]:
    """How many persons the figures count now, by what they are told by."""
    pointer = json.loads((home / "published" / "CURRENT").read_text())
    with _opened(home / "published" / pointer["paths"]["figures"]) as file:
        rows = file.execute(
            "select process_status_code, sex_code, country_of_asylum_code, count(*) from fct_population "
            "where valid_to = timestamp '9999-12-31' group by all"
        ).fetchall()
    return Counter({tuple(row[:3]): row[3] for row in rows})


def assert_nothing_is_lost(home: Path, stores: dict[str, Path], compared_as_they_are: frozenset[str]) -> None:
    """Compare a home, of which everything that landed is published, with its stores.

    Args:
        compared_as_they_are: stores that were restored from a backup: they no longer remember all that was so.
    """
    living: Counter[State] = Counter()
    for source, store in stores.items():
        end = end_of(home / "landing", source)
        told, journal = record_versions(home, source), versions(store, end)
        living.update(
            (states[-1][1][0], states[-1][1][2], states[-1][1][3]) for states in journal.values() if states[-1][1]
        )
        now = {key: rows[-1][2] for key, rows in told.items() if rows[-1][1] == OPEN}
        there = {key: states[-1][1] for key, states in journal.items() if states[-1][1] is not None}
        assert now == there, f"{source}: other people are there, or they are otherwise"
        if source in compared_as_they_are:
            continue
        for table in ("individual", "specific_need"):
            landed, stored = landed_rows(home / "landing", source, table), stored_rows(store, table, end)
            assert landed == stored, f"{source}: of {table}, {stored - landed} did not land, {landed - stored} twice"
        assert told.keys() == {key for key, states in journal.items() if any(state for _, state in states)}
        for key, rows in told.items():
            expected = [(moment, state) for moment, state in journal[key] if state is not None]
            assert [(start, state) for start, _, state in rows] == expected, f"{source}: another history of {key}"
            ends = [moment for moment, _ in journal[key][1:]] + [OPEN]
            kept = [end for end, (_, state) in zip(ends, journal[key], strict=True) if state is not None]
            assert [end for _, end, _ in rows] == kept, f"{source}: a version of {key} ends otherwise"
    assert counted(home) == living, "the figures count others"


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of a published file and its log: the file itself may be open in this process already, and sealed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copyfile(path, Path(folder) / path.name)
        if (log := path.with_name(f"{path.name}.wal")).is_file():
            shutil.copyfile(log, Path(folder) / log.name)
        with duckdb.connect(str(copy), read_only=True) as file:
            yield file


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
