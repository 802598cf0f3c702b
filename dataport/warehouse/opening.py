"""Opening DuckDB files of a home: what another process has open is busy, and what cannot be read is damaged.

The two must never be confused: a file that is only locked is as good as ever, and nothing of it may be thrown away.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb

from dataport.errors import Busy, Damaged

# A process that was killed lets go of its files a moment later.
_WAIT_SECONDS = 5.0
_LOCKED = re.compile(r"Could not set lock on file|Conflicting lock is held|used by another process", re.IGNORECASE)
_DAMAGED = re.compile(
    r"Corrupt database file|Could not read enough bytes|not a valid DuckDB database|database has been invalidated"
)
_FILE = re.compile(r"(core|keys|figures|records)\.duckdb")
_HOLDER = re.compile(r"\(PID (\d+)\)")


# Nothing is folded in when a file is opened, written or closed: it stays as it is, and what changes is in its log. Also
# where a long log is read back, of which whole row groups would be written into the file.
_KEEPS_LOG = {"checkpoint_threshold": "1TB", "enable_optimistic_write": "false"}


@contextmanager
def opened(path: Path, *, read_only: bool = False, keeps_log: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a file for the block.

    Args:
        keeps_log: leave the file as it is, and all that is written to it in its log.

    Raises:
        Busy: another process has it open; says which.
        Damaged: it cannot be read.
    """
    connection = connected(path, read_only=read_only, config=_KEEPS_LOG if keeps_log else {})
    try:
        if keeps_log:
            connection.execute("pragma disable_checkpoint_on_shutdown")
        yield connection
    except duckdb.Error as problem:
        if is_damage(problem):
            raise unreadable(path) from None
        raise
    finally:
        connection.close()


def reads_through(path: Path) -> bool:
    """Whether a file can be read to its end: the engine compares the checksum of every block that it reads.

    Raises:
        Busy: another process has it open.
    """
    try:
        with opened(path, read_only=True) as connection:
            tables = connection.execute(
                "select database_name, schema_name, table_name from duckdb_tables() where not internal"
            ).fetchall()
            for database, schema, table in tables:
                connection.execute(f'select max(hash(t)) from "{database}"."{schema}"."{table}" as t').fetchall()
    except Damaged:
        return False
    return True


def locked_by(text: str) -> str | None:
    """The process that has a file open, where that is what an engine's words say; ``unknown`` where it names none."""
    if not _LOCKED.search(text):
        return None
    found = _HOLDER.search(text)
    return found.group(1) if found else "unknown"


def damaged_in(text: str) -> str | None:
    """The name of the file that an engine's words say is damaged; a star where they name none."""
    if not _DAMAGED.search(text):
        return None
    found = _FILE.search(text)
    return found.group() if found else "*"


def is_damage(problem: duckdb.Error) -> bool:
    """Whether the engine stopped because the bytes of a file are not what it wrote."""
    if type(problem) is duckdb.Error:  # what it raises for a file that ends too early
        return True
    kinds = (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException, duckdb.InternalException)
    full = ("No space left", "File too large", "Disk quota")
    return isinstance(problem, kinds) and not any(words in str(problem) for words in full)


def busy(path: Path, holder: str) -> Busy:
    """What is said of a file that another process has open."""
    return Busy(
        f"The file {path.parent.name}/{path.name} is open in another process ({holder}). Nothing was changed. Try "
        "again when it has ended."
    )


def unreadable(path: Path) -> Damaged:
    """What is said of a file that cannot be read."""
    what = f"A file in {path.parent.name}/" if path.name == "*" else f"The file {path.parent.name}/{path.name}"
    return Damaged(
        f"{what} is damaged: it cannot be read. Nothing was thrown away. Run "
        "`dataport repair`, which says what can be mended and mends it."
    )


def connected(
    path: Path, *, read_only: bool = False, config: Mapping[str, str] = MappingProxyType({})
) -> duckdb.DuckDBPyConnection:
    """A connection to a file, which the caller closes.

    Raises:
        Busy, Damaged: as `opened`.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=dict(config))
        except duckdb.Error as problem:
            holder = locked_by(str(problem))
            if holder is None:
                if is_damage(problem):
                    raise unreadable(path) from None
                raise
            if time.monotonic() >= deadline:
                raise busy(path, holder) from None
        time.sleep(0.05)
