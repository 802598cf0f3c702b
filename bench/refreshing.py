"""What a refresh costs by how much has changed: an existing home, whose store gets changes by single statements."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg

from dataport.jobs.refresh import Refresh, refresh
from dataport.settings import Settings, read_settings
from dataport.store import connect

Row = tuple[str, str]
# One in so many individuals and documents
SHARES = (10_000, 1_000, 100, 10)
# A contact, a place and a document each: what an ordinary visit changes
_CHANGES = (
    "update individual set last_contact_date = date '{day}', location_date = date '{day}', settlement_code = "
    "case when settlement_code = 'U' then 'R' else 'U' end where {chosen}",
    "update document set document_status_code = case when document_status_code = 'V' then 'C' else 'V' end "
    "where {chosen}",
)


def refreshing(home: Path) -> Iterator[Row]:
    """Rows of the table, each from one refresh after one change."""
    settings = read_settings(home)
    refresh(settings, _quiet)
    for share in SHARES:
        records = changed(settings, share)
        started = time.monotonic()
        done = refresh(settings, _quiet)
        yield f"1 in {share:,} changed ({records:,} records)", _told(done, time.monotonic() - started)


def _told(done: Refresh, seconds: float) -> str:
    build = done.build
    rows = sum(batch.rows for batch in done.batches)
    parts = ", ".join(f"{part} {took:.1f} s" for part, took in build.seconds.items())
    size = (build.published.figures.stat().st_size + build.published.records.stat().st_size) / 1e9
    return f"{seconds:.0f} s in all, {rows:,} rows landed; {parts}; published {size:.2f} GB"


def changed(settings: Settings, share: int) -> int:
    """Change one in so many records, five minutes later by the store's clock."""
    source = settings.sources[0]
    url = source.url.reveal()
    with closing(connect(url)) as store:
        day = store.now().date()
        store.set_clock(store.now() + timedelta(minutes=5))
    chosen = "abs(hashtext(individual_id)) % {0} = {1}" if source.kind == "postgres" else "rowid % {0} = {1}"
    statements = [text.format(day=day, chosen=chosen.format(share, share // 3)) for text in _CHANGES]
    return (_on_postgres if source.kind == "postgres" else _on_sqlite)(url, statements)


def _on_postgres(url: str, statements: list[str]) -> int:
    with psycopg.connect(url) as connection:
        return sum(connection.execute(text.encode()).rowcount for text in statements)


def _on_sqlite(url: str, statements: list[str]) -> int:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection, connection:
        return sum(connection.execute(text.replace("date '", "'")).rowcount for text in statements)


def _quiet(_: str) -> None:
    """Say nothing."""
