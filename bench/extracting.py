"""Extracting from PostgreSQL beside the server's own COPY: rows per second of processor time, client and server."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dataport.extract import Source, extract
from dataport.extract.postgres import DIALECT
from dataport.extract.selects import changes_sql
from dataport.landing import Batch, Landing
from dataport.store import connect
from dataport.store.schema import TABLES
from dataport.synthetic import advance, create
from dataport.synthetic import plan as plan_people
from tests.postgres_server import PostgresServer, start_server

Row = tuple[str, str]

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What moving so many rows took: seconds of processor time (client and server), of wall time, and peak memory."""

    rows: int
    processor: float
    wall: float
    peak_bytes: int


def extracting(scale: float, rounds: int = 3) -> Iterator[Row]:
    """Make a store on a server of its own; extract it and drain the same rows as binary COPY, in turn."""
    server = start_server()
    try:
        url = server.fresh_database()
        store = connect(url)
        started = time.perf_counter()
        people = create(store, plan_people(scale), lambda _: None).rows["individual"]
        minutes = (time.perf_counter() - started) / 60
        yield f"create a PostgreSQL store of {people:,} individuals", f"{minutes:.1f} min, {_size(url)}"
        with tempfile.TemporaryDirectory(prefix="dataport-bench-") as folder:
            yield from _side_by_side(server, url, Path(folder), rounds)
            advance(store, 1)
            store.close()
            yield from _one_day(url, Path(folder) / "landing-0")
    finally:
        server.stop()


def _side_by_side(server: PostgresServer, url: str, folder: Path, rounds: int) -> Iterator[Row]:
    ours, theirs = [], []
    for number in range(rounds):
        ours.append(_measured(server, "extract", url, str(folder / f"landing-{number}")))
        theirs.append(_measured(server, "drain", url, ""))
    assert {cost.rows for cost in ours} == {cost.rows for cost in theirs}
    landed = sum(file.stat().st_size for file in (folder / "landing-0").rglob("*.parquet"))
    yield "the first batch", f"{ours[0].rows:,} rows, {landed / 1e6:,.0f} MB of Parquet"
    yield "extract it", _rates(ours)
    yield "`COPY (SELECT …) TO STDOUT (FORMAT binary)` of the same rows, dropped by psycopg", _rates(theirs)
    ratios = [b.processor / a.processor for a, b in zip(ours, theirs, strict=True)]
    walls = [b.wall / a.wall for a, b in zip(ours, theirs, strict=True)]
    yield (
        "extract beside COPY",
        f"{statistics.median(ratios):.2f} of its rows per processor second ({min(ratios):.2f} to {max(ratios):.2f} in "
        f"{len(ratios)} rounds), {statistics.median(walls):.2f} of its rows per second",
    )
    yield "peak memory of the extract", f"{max(cost.peak_bytes for cost in ours) / 1e6:,.0f} MB"


def _one_day(url: str, folder: Path) -> Iterator[Row]:
    started = time.perf_counter()
    batch = _extract(url, folder)
    seconds = time.perf_counter() - started
    size = sum(table.path.stat().st_size for table in batch.tables)
    yield "a day's batch", f"{batch.rows:,} rows, {size / 1e6:.1f} MB, {seconds:.2f} s"


def _extract(url: str, folder: Path) -> Batch:
    batch = extract(Source("registration", "postgres", url), Landing(folder))
    assert batch is not None
    return batch


def _drain(url: str) -> int:
    rows = 0
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table in TABLES:
            sql = changes_sql(table, 0, 2**62, DIALECT)
            with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT binary)") as copy:
                for _ in copy:
                    pass
            rows += cursor.rowcount
    return rows


def _measured(server: PostgresServer, what: str, url: str, folder: str) -> Cost:
    """The cost of one of `_WORK` in a process of its own; the server's share is that of its ended sessions."""
    before = _server_seconds(server)
    words = [sys.executable, "-m", "bench.extracting", what]
    done = subprocess.run(words, input=f"{url}\n{folder}", capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    time.sleep(0.5)  # the server counts a session's time when it has ended
    server_seconds = _server_seconds(server) - before
    return Cost(told["rows"], told["processor"] + server_seconds, told["wall"], told["peak_bytes"])


def _server_seconds(server: PostgresServer) -> float:
    after_name = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(after_name[place]) for place in (11, 12, 13, 14)) / _TICKS  # its own and its ended sessions'


def _rates(costs: list[Cost]) -> str:
    processor = statistics.median(cost.rows / cost.processor for cost in costs)
    wall = statistics.median(cost.rows / cost.wall for cost in costs)
    return f"{processor:,.0f} rows per processor second, {wall:,.0f} rows per second"


def _size(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return f"{row[0] / 1e9:.1f} GB" if row else "?"


_WORK: dict[str, Callable[[str, str], int]] = {
    "extract": lambda url, folder: _extract(url, Path(folder)).rows,
    "drain": lambda url, _: _drain(url),
}


def _child(what: str) -> None:
    """Do one piece of work; the address comes on standard input, for it holds a password."""
    url, folder = sys.stdin.read().split("\n")
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    rows = _WORK[what](url, folder)
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - started
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"rows": rows, "processor": processor, "wall": wall, "peak_bytes": after.ru_maxrss * 1024}))


if __name__ == "__main__":
    _child(sys.argv[1])
