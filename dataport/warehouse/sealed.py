"""Opening a file so that a reader can only read that file."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from dataport.settings import QUESTION_MEMORY
from dataport.warehouse.opening import connected

# The name under which a file of one's own is attached. Macros and types in it are looked up there and nowhere else, so
# that none of them changes what a function in a statement of ours means.
OWN = "own"
_NO_EXTENSIONS = {
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
}
_NO_OTHER_FILE = {"enable_external_access": "false"}
# What a statement means, whatever the machine or another release of the engine would choose.
_MEANING = {
    "default_collation": "",
    "default_null_order": "nulls_last",
    "default_order": "asc",
    "integer_division": "false",
    "ieee_floating_point_ops": "true",
    "old_implicit_casting": "false",
}
# Whoever opens a file that is open in this process already gets the same instance, which is sealed: once is enough.
_SEALING = threading.Lock()
_IS_SEALED = "select current_setting('lock_configuration') and current_setting('TimeZone') = 'UTC'"
# A day of an instant with an offset depends on the session's zone, which would be the machine's.
_FIXED = (
    "set global TimeZone = 'UTC'",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


def open_sealed(path: Path, *, memory_limit: str = QUESTION_MEMORY, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Open a published file: read-only, in UTC, no other file, no extension, no setting that could be changed.

    One instance per build: a locked instance cannot reach the next build's file, so readers open a new one.

    Args:
        path: a published file.
        memory_limit: what the instance may use before a query fails (it cannot spill: it may write nothing).
        threads: how many threads it may use.

    Raises:
        Busy: something has it open for writing.
        Damaged: it cannot be read.
    """
    limits = {"memory_limit": memory_limit, "threads": str(threads)}
    config = limits | _NO_EXTENSIONS | _MEANING | _NO_OTHER_FILE
    return _sealed(connected(path, read_only=True, config=config))


def open_own(path: Path, *, memory_limit: str = QUESTION_MEMORY, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Attach a file of one's own, read-only and sealed alike, under the name `OWN` beside an empty database.

    What the file holds beside tables (macros, types) is out of the way of our statements, which name its tables in
    full.

    Args:
        path: any DuckDB file.
        memory_limit, threads: as for a published file.
    """
    limits = {"memory_limit": memory_limit, "threads": str(threads)}
    connection = duckdb.connect(":memory:", config=limits | _NO_EXTENSIONS | _MEANING)
    try:
        connection.execute(f"attach $path as {OWN} (read_only, type duckdb)", {"path": str(path.resolve())})
    except BaseException:
        connection.close()
        raise
    return _sealed(connection)


def _sealed(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    with _SEALING:
        if connection.execute(_IS_SEALED).fetchall() != [(True,)]:
            for statement in _FIXED:
                connection.execute(statement)
    return connection
