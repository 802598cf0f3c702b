"""opening: a file of one's own, open and sealed, or what is wrong with it and what to do.

A file of a home is nobody's own, wherever it was copied to: it is known by its place, and by what stands in it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from dataport.errors import Busy, DataportError, Refused, WrongRequest
from dataport.settings import home_of
from dataport.warehouse.sealed import OWN, open_own

_MAGIC_AT, _MAGIC = 8, b"DUCK"

# What stands in each kind of file that is written into a home, and in no file that somebody made for themselves: the
# figures and records, the core, the map of keys, the grants.
_OURS: tuple[frozenset[tuple[str, str]], ...] = (
    frozenset({("applied_batch", "batch_number")}),
    frozenset({("build", "history_start"), ("source_watermark", "watermark")}),
    frozenset({("run_build", "build_number"), ("run_batch", "is_pending")}),
    frozenset({("map_individual", "individual_key"), ("map_individual", "source_id")}),
    frozenset({("permission", "permission_key"), ("permission_unit", "permission_key"), ("account", "class_code")}),
)
_COLUMNS = f"select table_name, column_name from system.main.duckdb_columns() where database_name = '{OWN}'"


def open_file(path: Path, *, of_home: bool = False) -> duckdb.DuckDBPyConnection:
    """Attach a file, read-only and sealed.

    Args:
        of_home: a file of a home is what is meant, to look at its columns; otherwise it is refused.

    Raises:
        WrongRequest: there is no such file, or none that this Dataport can read.
        Refused: it is a file of a home.
        Busy: it is open for writing.
    """
    try:
        if path.is_dir():
            raise WrongRequest(f"{path} is a folder. Name the DuckDB file in it.")
        if not path.exists():
            raise WrongRequest(f"There is no file {path}. Name a DuckDB file that there is.")
    except (OSError, ValueError):
        raise WrongRequest(f"{path!s} cannot be reached. Name a DuckDB file that this account may read.") from None
    if not of_home and home_of(path):
        raise _of_a_home()
    try:
        connection = open_own(path)
    except duckdb.Error as problem:
        raise _not_opened(path, problem) from None
    try:
        if not of_home and _is_ours(connection):
            raise _of_a_home()
    except BaseException:
        connection.close()
        raise
    return connection


def _is_ours(connection: duckdb.DuckDBPyConnection) -> bool:
    with connection.cursor() as cursor:
        found = {(table.casefold(), name.casefold()) for table, name in cursor.execute(_COLUMNS).fetchall()}
    return any(ours <= found for ours in _OURS)


def _of_a_home() -> Refused:
    return Refused(
        "This is a file of a home, which has grants of its own, and nobody's own database, wherever it was copied to: "
        "open the home instead."
    )


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
