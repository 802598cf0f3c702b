"""exports: answers that are worked out in the background, as private files that end by themselves."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from dataport.durable import make_private, new_file, read_record, write_record
from dataport.errors import DataportError, WrongRequest

_ID = re.compile(r"[0-9a-f]{32}")
UNDER_WAY, DONE, FAILED = "under way", "done", "failed"
_UNTOLD = frozenset({"process", "login", "export_id", "rights"})
# How many one account may have at once.
MOST = 20


class NoExport(DataportError):
    """There is no such export, or it is somebody else's, or it has ended: the three are not told apart."""

    http_status = 404
    code = "no_export"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__("There is no such export here, or it has ended. Ask for it again.")


@dataclass(frozen=True, slots=True)
class Export:
    """One export.

    Attributes:
        login: whose it is; nobody else's.
        form: csv, xlsx, parquet, arrow or json.
        rights: all that the account might when the file was made, as a digest: with less it would not be made today.
        process: which process works it out, so that one that was killed is known to have failed.
        detail: why it failed.
    """

    export_id: str
    login: str
    form: str
    made_at: str
    ends_at: str
    process: int
    status: str = UNDER_WAY
    bytes: int = 0
    data_version: int | None = None
    detail: str | None = None
    rights: str = ""

    def told(self) -> dict[str, Any]:
        """For whoever asked for it."""
        said = {name: value for name, value in asdict(self).items() if name not in _UNTOLD}
        return {"id": self.export_id, **said, "made_at": f"{self.made_at}Z", "ends_at": f"{self.ends_at}Z"}


class Exports:
    """The exports of a home: a private folder with a record and a file for each."""

    def __init__(self, folder: Path, hours: float) -> None:
        self._folder, self._hours = folder, timedelta(hours=hours)

    def begin(self, login: str, form: str) -> Export:
        """A new export, under way; those that have ended go.

        Raises:
            WrongRequest: the account has too many.
        """
        self.sweep()
        if sum(one.login == login for one in self._all()) >= MOST:
            raise WrongRequest(f"There are {MOST} exports of this account already. Delete some, or wait till they end.")
        now = _now()
        made = Export(secrets.token_hex(16), login, form, now.isoformat(), (now + self._hours).isoformat(), os.getpid())
        make_private(self._folder)
        self._keep(made)
        return made

    def write(self, one: Export, pieces: Iterator[bytes], data_version: int, rights: str) -> Export:
        """The file of an export, whole or not at all; one that was given up meanwhile is not made."""
        if self._read(one.export_id) is None:
            raise NoExport
        with new_file(self._file(one), replace=True) as out:
            size = sum(out.write(piece) for piece in pieces)
        if self._read(one.export_id) is None:  # given up while it was written
            self._file(one).unlink(missing_ok=True)
            raise NoExport
        return self._keep(replace(one, status=DONE, bytes=size, data_version=data_version, rights=rights))

    def fail(self, one: Export, why: str) -> Export:
        """An export that came to nothing; one that was given up leaves no trace."""
        if self._read(one.export_id) is None:
            return one
        return self._keep(replace(one, status=FAILED, detail=why))

    def find(self, export_id: str, login: str) -> Export:
        """An account's export.

        Raises:
            NoExport: there is none, or it is not this account's.
        """
        found = self._read(export_id) if _ID.fullmatch(export_id) else None
        if found is None or found.login != login or datetime.fromisoformat(found.ends_at) <= _now():
            raise NoExport
        if found.status == UNDER_WAY and not _is_alive(found.process):
            return self.fail(found, "The process that worked it out has ended. Ask for it again.")
        return found

    def file(self, one: Export, rights: str) -> Path:
        """The file of an export that is done.

        Raises:
            NoExport: it is not done, or the account may something else today than when it was made.
        """
        path = self._file(one)
        if one.status != DONE or one.rights != rights or not path.is_file():
            raise NoExport
        return path

    def opened(self, path: Path) -> IO[bytes]:
        """A file of an export, which whoever asked for it closes.

        Raises:
            NoExport: it was given up a moment ago.
        """
        try:
            return path.open("rb")
        except FileNotFoundError:
            raise NoExport from None

    def delete(self, one: Export) -> None:
        """Give an export up before it ends."""
        self._file(one).unlink(missing_ok=True)
        self._record(one.export_id).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete what has ended; returns how many that was."""
        ended = [one for one in self._all() if datetime.fromisoformat(one.ends_at) <= _now()]
        for one in ended:
            self.delete(one)
        return len(ended)

    def _all(self) -> Iterator[Export]:
        for path in self._folder.glob("*.json") if self._folder.is_dir() else ():
            if found := self._read(path.stem):
                yield found

    def _read(self, export_id: str) -> Export | None:
        with suppress(FileNotFoundError, ValueError, TypeError):
            return Export(**read_record(self._record(export_id)))
        return None

    def _keep(self, one: Export) -> Export:
        write_record(self._record(one.export_id), asdict(one))
        return one

    def _record(self, export_id: str) -> Path:
        return self._folder / f"{export_id}.json"

    def _file(self, one: Export) -> Path:
        return self._folder / f"{one.export_id}.{one.form}.out"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
