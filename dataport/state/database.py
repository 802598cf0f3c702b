"""database: the one file of a home's state, opened for a few statements at a time, whole and at the newest version.

Readers and a writer do not wait for each other (a write-ahead log); two writers wait for one another a while. What was
committed is on the disk. A file of a later version, or one that is not what was written, is left as it is and said.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dataport.durable import make_private
from dataport.errors import Busy, Damaged, DataportError, DiskFull, NewerHome
from dataport.state.schema import MIGRATIONS

# Written into the head of the file, so that another SQLite file in its place is not taken for it.
_APPLICATION = 0x44505354
_WAIT_SECONDS = 15.0
_PRIVATE = 0o600
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(frozen=True, slots=True)
class State:
    """The state of one home.

    Attributes:
        path: its file; there is none before somebody has made something.
    """

    path: Path

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The state as it is at one moment; one without anything in it where there is no file, and none is made.

        Raises:
            Damaged, NewerHome, Busy: it cannot be read.
        """
        with self._translated(), closing(self._opened() if self.path.exists() else _empty()) as connection:
            connection.execute("begin")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One change, which is on the disk when the block ends, or has not been if it fails.

        Raises:
            Damaged, NewerHome, Busy, DiskFull: it cannot be written.
        """
        with self._translated():
            self._made()
            with closing(self._opened()) as connection:
                connection.execute("begin immediate")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()

    @property
    def newest(self) -> int:
        """The version that this Dataport brings a file to."""
        return len(MIGRATIONS)

    def version(self) -> int | None:
        """The version of the file as it lies there, which is left as it is; None where there is none.

        Raises:
            Damaged, NewerHome, Busy: it cannot be read.
        """
        if not self.path.exists():
            return None
        with self._translated(), closing(_connected(str(self.path))) as connection:
            return self._version(connection)

    def trouble(self, *, deep: bool = False) -> str | None:
        """What is wrong with the file, in words; None where nothing is.

        Args:
            deep: look at every page and index, instead of at what the file says of itself.
        """
        try:
            with self.reading() as connection:
                if deep and connection.execute("pragma integrity_check(1)").fetchone() != ("ok",):
                    raise _damaged(self.path)
        except Busy:
            return None  # somebody writes it, so it can be read
        except DataportError as problem:
            return str(problem)
        return None

    def forget(self) -> None:
        """Leave nothing in the file, nor beside it, of what was deleted."""
        with self._translated(), closing(self._opened()) as connection:
            connection.execute("pragma wal_checkpoint(truncate)")

    def _made(self) -> None:
        """An empty private file, where there is none."""
        if not self.path.exists():
            make_private(self.path.parent)
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, _PRIVATE))

    def _opened(self) -> sqlite3.Connection:
        connection = _connected(str(self.path))
        try:
            self._version(connection)  # what is not ours is not touched
            connection.execute("pragma journal_mode = wal")
            self._migrate(connection)
            if _tables(connection) != _expected():
                raise _damaged(self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the file to the newest version; one that is new to it is made. Two at once wait for each other."""
        if self._version(connection) == len(MIGRATIONS):
            return
        connection.execute("begin immediate")
        _migrated(connection, self._version(connection))
        connection.commit()

    def _version(self, connection: sqlite3.Connection) -> int:
        version: int = connection.execute("pragma user_version").fetchone()[0]
        application = connection.execute("pragma application_id").fetchone()[0]
        if application != _APPLICATION and (version or application or _tables(connection)):
            raise _damaged(self.path)
        if version > len(MIGRATIONS):
            raise NewerHome
        return version

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """What SQLite raises, as a message of ours without its words."""
        try:
            yield
        except sqlite3.DatabaseError as problem:
            code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
            if code in _DAMAGED:
                raise _damaged(self.path) from None
            if code in _BUSY:
                raise Busy("Somebody else is writing to the state of this home. Try again in a moment.") from None
            if code == sqlite3.SQLITE_FULL:
                raise DiskFull from None
            if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
                raise DataportError(
                    f"The file {self.path} cannot be opened for writing, so nothing was changed. Check the disk and "
                    "the permissions of the home folder, then run the command again."
                ) from None
            raise


def _connected(path: str) -> sqlite3.Connection:
    # transactions begin and end where this module says, and nowhere else
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    connection.execute("pragma synchronous = full")
    # what is deleted is written over
    connection.execute("pragma secure_delete = on")
    return connection


def _empty() -> sqlite3.Connection:
    connection = _connected(":memory:")
    _migrated(connection, 0)
    return connection


def _migrated(connection: sqlite3.Connection, version: int) -> None:
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"pragma application_id = {_APPLICATION}")
    connection.execute(f"pragma user_version = {len(MIGRATIONS)}")


def _tables(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'"))


@cache
def _expected() -> frozenset[str]:
    with closing(_empty()) as connection:
        return _tables(connection)


def _damaged(path: Path) -> Damaged:
    return Damaged(
        f"The file state/{path.name}, which holds working lists, excuses, notes and scorecards that were handed out, "
        "is damaged or is another file. It was left as it is, and no answer depends on it. Nothing can make it again: "
        "put the one of the newest backup in its place (home/state in the folder that `dataport backup` made)."
    )
