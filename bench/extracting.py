"""Extracting from PostgreSQL beside the server's own COPY: rows per second of processor time, client and server."""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from dataport.extract import Source, extract
from dataport.extract.postgres import DIALECT
from dataport.extract.selects import changes_sql
from dataport.landing import Batch, Landing
from dataport.store import connect
from dataport.store.schema import TABLES
from dataport.synthetic import create
from dataport.synthetic import plan as plan_people
from tests.postgres_server import PostgresServer, start_server

Row = tuple[str, str]

_TICKS = os.sysconf("SC_CLK_TCK")


def extracting(scale: float, rounds: int = 3) -> Iterator[Row]:
    """Make a store on a server of its own; extract it and drain the same rows as binary COPY, in turn."""
    server = start_server()
    try:
        url = server.fresh_database()
        store = connect(url)
        seconds = _timed(lambda: create(store, plan_people(scale), lambda _: None))
        store.close()
        yield f"create a PostgreSQL store at scale {scale:g}", f"{seconds / 60:.1f} min, {_size(url)}"
        yield from _side_by_side(server, url, rounds)
    finally:
        server.stop()


def _side_by_side(server: PostgresServer, url: str, rounds: int) -> Iterator[Row]:
    ours, theirs, batch = [], [], None
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="dataport-bench-") as folder:
            batch, mine = _measured(server, lambda f=folder: _extract(url, Path(f)))  # type: ignore[misc]
        rows, drained = _measured(server, lambda: _drain(url))
        ours.append((batch.rows / mine[0], batch.rows / mine[1]))
        theirs.append((rows / drained[0], rows / drained[1]))
    assert batch is not None and rows == batch.rows
    megabytes = sum(table.path.stat().st_size if table.path.exists() else 0 for table in batch.tables) / 1e6
    del megabytes
    yield f"extract {batch.rows:,} rows to Parquet", _rates(ours)
    yield "COPY (SELECT …) TO STDOUT (FORMAT binary) of the same rows, dropped by psycopg", _rates(theirs)
    ratios = [a[0] / b[0] for a, b in zip(ours, theirs, strict=True)]
    walls = [a[1] / b[1] for a, b in zip(ours, theirs, strict=True)]
    yield (
        "extract beside COPY",
        f"{statistics.median(ratios):.2f} of its rows per processor second ({min(ratios):.2f} to {max(ratios):.2f}), "
        f"{statistics.median(walls):.2f} of its rows per second",
    )


def _extract(url: str, folder: Path) -> Batch:
    batch = extract(Source("registration", "postgres", url), Landing(folder / "landing"))
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


def _measured(server: PostgresServer, work: Callable[[], object]) -> tuple[object, tuple[float, float]]:
    """What the work returns, and its seconds of processor time (ours and the server's) and of wall time."""
    before, started = _processor(server), time.perf_counter()
    found = work()
    wall = time.perf_counter() - started
    time.sleep(0.5)  # the server counts a session's time when it has ended
    return found, (_processor(server) - before, wall)


def _processor(server: PostgresServer) -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    after_name = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    ended = sum(int(after_name[place]) for place in (11, 12, 13, 14))  # the server's own and its ended sessions'
    return own.ru_utime + own.ru_stime + ended / _TICKS


def _rates(measured: list[tuple[float, float]]) -> str:
    processor, wall = (statistics.median(rates) for rates in zip(*measured, strict=True))
    return f"{processor:,.0f} rows per processor second, {wall:,.0f} rows/s"


def _size(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return f"{row[0] / 1e9:.1f} GB" if row else "?"


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
