"""Opening a published file so that a reader can only read that file."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

_SEAL = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
}
# Whoever opens a file that is open in this process already gets the same instance, which is sealed: once is enough.
_SEALING = threading.Lock()
_IS_SEALED = "select current_setting('lock_configuration') and current_setting('TimeZone') = 'UTC'"
# A day of an instant with an offset depends on the session's zone, which would be the machine's.
_FIXED = ("SET GLOBAL TimeZone = 'UTC'", "SET lock_configuration = true")


def open_sealed(path: Path, *, memory_limit: str = "2GB", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Open a published file: read-only, in UTC, no other file, no extension, no setting that could be changed.

    One instance per build: a locked instance cannot reach the next build's file, so readers open a new one.

    Args:
        path: a published file.
        memory_limit: what the instance may use before a query fails (it cannot spill: it may write nothing).
        threads: how many threads it may use.
    """
    limits = {"memory_limit": memory_limit, "threads": str(threads)}
    connection = duckdb.connect(str(path), read_only=True, config=limits | _SEAL)
    with _SEALING:
        if connection.execute(_IS_SEALED).fetchall() != [(True,)]:
            for statement in _FIXED:
                connection.execute(statement)
    return connection
