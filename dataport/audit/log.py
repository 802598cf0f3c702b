"""The log of looks: append-only lines, each sealed to the one before it with a key that is kept outside home.

A changed, inserted or removed line breaks the chain. A cut tail is found against the head that is kept outside home.
What cannot be found: a rewrite by somebody who holds the key and the head; and looks at the files past the doors.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dataport.durable import held, make_private, write_json
from dataport.errors import Busy, DataportError
from dataport.keyring import Key, open_key
from dataport.settings import Settings

_START = "0" * 64
_BEFORE_ANY = {"number": 0, "mac": _START}
_NOT_AT_ITS_HEAD = (
    "The audit log does not end where its head outside home says, so nothing is shown: lines were cut or added. Run "
    "`dataport audit verify`, and bring the log back from a copy. If this home was moved here on purpose, run "
    "`dataport audit adopt`."
)


class AuditFailed(DataportError):
    """The look could not be written down, so nothing is shown."""

    code = "audit_failed"


@dataclass(frozen=True, slots=True)
class Look:
    """One look: who asked what, and what became of it. It holds no value of a person.

    Attributes:
        question: in words, once it is bound to public names; before that only its digest is known.
        digest: of the request as typed.
        policy_version: the digest of the definitions and policies that it was judged by.
        outcome: ``answered`` or the code of the error that was told.
        withheld: cells that were not shown.
    """

    door: str
    viewer: str
    os_user: str
    viewer_class: str | None
    purpose: str | None
    question: str | None
    digest: str
    data_version: int | None
    grants_version: int | None
    outcome: str
    rows: int = 0
    withheld: int = 0
    policy_version: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying the log found: how many looks are in order, and the first thing that is not."""

    intact: bool
    looks: int
    problem: str | None


class AuditLog:
    """The log of one home folder."""

    def __init__(self, path: Path, anchor: Path, key: Key) -> None:
        self._path, self._anchor, self._key = path, anchor, key

    def write(self, look: Look) -> None:
        """Append one look, on disk before this returns.

        Raises:
            AuditFailed: it could not be written; nothing may be shown.
        """
        try:
            with self._locked() as file:
                last = _last_line(file.fileno())
                number, previous = (last["entry"]["number"], last["mac"]) if last else (0, _START)
                if not self._follows_head(last):
                    raise AuditFailed(_NOT_AT_ITS_HEAD)
                if last is None:
                    # So that a log which lost its head is never taken for one whose first writer stopped half-way.
                    self._keep_head(0, _START)
                stamp = {"number": number + 1, "at": datetime.now(UTC).isoformat(), "key": self._key.version}
                entry = stamp | _fields(look)
                mac = self._mac(previous, entry)
                file.write(json.dumps({"entry": entry, "mac": mac}, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
                self._keep_head(number + 1, mac)
        except (Busy, OSError, ValueError, KeyError, TypeError) as problem:
            raise AuditFailed(
                f"This look could not be written to the audit log ({type(problem).__name__}), so nothing is shown. "
                "Check that the home folder and the anchor outside it can be written, and `dataport audit verify`."
            ) from None

    def digest(self, text: str) -> str:
        """A keyed digest of something typed, which may hold anything: it tells equal texts, and none is guessed."""
        return hmac.new(self._key.secret, b"digest\0" + text.encode(), hashlib.sha256).hexdigest()

    def verify(self, *, needs_head: bool = True) -> Verdict:
        """Check every line against the one before it, and the last against the head kept outside home."""
        number, previous = 0, _START
        for line in self._lines():
            try:
                entry, mac = line["entry"], line["mac"]
                good = entry["number"] == number + 1 and hmac.compare_digest(mac, self._mac(previous, entry))
            except (KeyError, TypeError):
                good = False
            if not good:
                what = "was changed, inserted, or follows one that was removed"
                return Verdict(False, number, f"line {number + 1} {what}")
            number, previous = number + 1, mac
        if needs_head and not self._follows_head(_last_line_of(self._path)):
            what = "the end of the log is not the head kept outside home: lines were cut or added"
            return Verdict(False, number, what)
        return Verdict(True, number, None)

    def adopt(self) -> Verdict:
        """Take the log of a home that was moved or restored under the head at its new place.

        Only where there is no head for this place yet, and only a log whose own chain is in order: what was cut off
        before the move cannot be told.
        """
        verdict = self.verify(needs_head=False)
        last = _last_line_of(self._path)
        if not verdict.intact or last is None or self._name in self._heads():
            return self.verify()
        self._keep_head(last["entry"]["number"], last["mac"])
        return verdict

    def start_anew(self) -> None:
        """Forget the head of a log that was removed with its whole home, on purpose."""
        self._change_heads(lambda heads: {path: head for path, head in heads.items() if path != self._name})

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """The looks, oldest first, as they were written."""
        return (line["entry"] for line in self._lines())

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self._path.exists():
            with self._path.open(encoding="utf-8") as file:
                for text in file:
                    try:
                        yield json.loads(text)
                    except ValueError:
                        yield {}

    @contextmanager
    def _locked(self) -> Iterator[Any]:
        make_private(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a+", encoding="utf-8") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            _drop_torn_line(file.fileno())
            yield file

    def _mac(self, previous: str, entry: Mapping[str, Any]) -> str:
        text = previous + json.dumps(entry, ensure_ascii=False, sort_keys=True)
        return hmac.new(self._key.secret, text.encode(), hashlib.sha256).hexdigest()

    @property
    def _name(self) -> str:
        return str(self._path.resolve())

    def _follows_head(self, last: dict[str, Any] | None) -> bool:
        """Whether the log ends at its head, or one line after it: that line's writer stopped before moving the head."""
        head = self._heads().get(self._name)
        if last is None or head is None:
            return last is None and head in (None, _BEFORE_ANY)
        if head == {"number": last["entry"]["number"], "mac": last["mac"]}:
            return True
        follows: bool = head["number"] == last["entry"]["number"] - 1
        return follows and hmac.compare_digest(last["mac"], self._mac(head["mac"], last["entry"]))

    def _heads(self) -> dict[str, Any]:
        return json.loads(self._anchor.read_text(encoding="utf-8")) if self._anchor.exists() else {}

    def _keep_head(self, number: int, mac: str) -> None:
        self._change_heads(lambda heads: heads | {self._name: {"number": number, "mac": mac}})

    def _change_heads(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Replace the heads; the file may hold those of other homes, so it is read and written under a lock."""
        with held(self._anchor.with_suffix(".lock"), "Writing to the audit log", wait=30.0):
            write_json(self._anchor, change(self._heads()))


def open_log(settings: Settings) -> AuditLog:
    """The log of looks of a home."""
    return AuditLog(settings.audit_log, settings.anchor, open_key(settings.keyring, "audit"))


def _fields(look: Look) -> dict[str, Any]:
    return {name: getattr(look, name) for name in Look.__slots__}


def _drop_torn_line(descriptor: int) -> None:
    """Drop what a writer that stopped in the middle of a line left: its look was never answered."""
    end = os.fstat(descriptor).st_size
    while end and os.pread(descriptor, 1, end - 1) != b"\n":
        end -= 1
    os.ftruncate(descriptor, end)


def _last_line_of(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return _last_line(file.fileno())


def _last_line(descriptor: int) -> dict[str, Any] | None:
    """The last complete line, read from the end: the cost of a look does not grow with the log."""
    size = os.fstat(descriptor).st_size
    block = 4096
    while size:
        start = max(0, size - block)
        lines = os.pread(descriptor, size - start, start).splitlines()
        if len(lines) > 1 or start == 0:
            found: dict[str, Any] = json.loads(lines[-1])
            return found
        block *= 2
    return None
