"""opening: a file of one's own, open and sealed, or what is wrong with it and what to do."""

from __future__ import annotations

from pathlib import Path

import duckdb

from dataport.errors import Busy, DataportError, WrongRequest
from dataport.warehouse import open_own

_MAGIC_AT, _MAGIC = 8, b"DUCK"


def open_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Attach a file, read-only and sealed.

    Raises:
        WrongRequest: there is no such file, or none that this Dataport can read.
        Busy: it is open for writing.
    """
    try:
        if path.is_dir():
            raise WrongRequest(f"{path} is a folder. Name the DuckDB file in it.")
        if not path.exists():
            raise WrongRequest(f"There is no file {path}. Name a DuckDB file that there is.")
    except (OSError, ValueError):
        raise WrongRequest(f"{path!s} cannot be reached. Name a DuckDB file that this account may read.") from None
    try:
        return open_own(path)
    except duckdb.Error as problem:
        raise _not_opened(path, problem) from None


def _not_opened(path: Path, problem: duckdb.Error) -> DataportError:
    """Why a file did not open. The engine's words are looked at and not passed on.

    The file itself is not read where somebody may hold a lock on it: closing it again would take away the locks that
    this very process holds.
    """
    words = str(problem).casefold()
    if isinstance(problem, duckdb.OutOfMemoryException):
        return DataportError(f"There is not enough memory to open {path}. Close other programs, and try again.")
    if "handle conflict" in words or "different configuration" in words:
        return Busy(f"{path} is open for writing in this very program. Close that connection first, then ask.")
    if "lock" in words and "block" not in words:
        return Busy(f"{path} is open for writing in another program. Close it there, or give a copy of the file.")
    if "encrypt" in words or "cipher" in words:
        return WrongRequest(f"{path} is encrypted, and no key can be given here. Give a copy that is not encrypted.")
    return WrongRequest(f"{path} {_unreadable(path)}")


def _unreadable(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(_MAGIC_AT + len(_MAGIC))
    except OSError:
        return "cannot be read by this account. Give it the right to read the file, or a copy."
    if head[_MAGIC_AT:] != _MAGIC:
        return "is no DuckDB database. Name a DuckDB file; other data are brought into one by DuckDB itself."
    return (
        f"is a DuckDB database that DuckDB {duckdb.__version__} cannot open: it is damaged, or of a version with "
        "another format. Open it with the DuckDB that wrote it, and copy it (EXPORT DATABASE, IMPORT DATABASE)."
    )
