"""The log of looks: append-only lines, each sealed to the one before it with a key that is kept outside home.

A changed, inserted or removed line breaks the chain. A cut tail, or a log that is gone, is found against the head that
is kept outside home. What cannot be found is said in `NOT_DETECTABLE`.

A line is written first, or some lines together, and the head moved afterwards. Where that fails (no room, a folder
that may not be written, a kill between the two) nothing is shown, and the head lags by those lines, each of which but
the first says that it was written with those before it (`behind`). It is moved to the last of them before the next look
is written, which says so (`completes`); until it can be moved no further line is written. So no head that lags by more
was left by us.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from dataport.audit.advice import Advice
from dataport.audit.chain import BEFORE_ANY, Head, KeyMissing, OutOfOrder, follow, head_of, is_sealed, lag, seal
from dataport.audit.heads import Heads
from dataport.audit.lines import BEHIND, Line, read_lines, tail, whole_lines, written
from dataport.audit.look import Look
from dataport.audit.removing import removable, set_aside, statement, without
from dataport.audit.verdict import STATES, Removed, Verdict, loss_of, removed_of
from dataport.durable import held, make_private, new_file
from dataport.errors import AuditFailed, Busy, WrongRequest
from dataport.keyring import Key, Keys, open_keys
from dataport.settings import Settings

_BLOCK = 1024 * 1024
_NEW = os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class _Seen:
    """A log at one moment: how many bytes of it are whole lines, the last of them, and the head outside home.

    Attributes:
        file: which file it is: another one takes its place where old looks are removed.
    """

    size: int
    tail: tuple[Line, ...]
    head: Head | None
    file: int = 0

    @property
    def last(self) -> Line | None:
        return self.tail[-1] if self.tail else None

    @property
    def before(self) -> Line | None:
        return self.tail[-2] if len(self.tail) > 1 else None


class AuditLog:
    """The log of one home folder."""

    def __init__(self, path: Path, heads: Heads, keys: Keys) -> None:
        self._path, self._heads, self._keys = path, heads, keys
        self._advice = Advice(path, heads, keys)

    def write(self, *looks: Look) -> None:
        """Append looks, on disk and with the head moved to the last of them before this returns.

        Raises:
            AuditFailed: it could not be written; nothing may be shown.
        """
        with _failing(), self._locked() as file:
            seen = self._seen(file.fileno())
            if trouble := self._trouble(seen):
                raise AuditFailed(f"Nothing is shown, because {trouble[0]}. {trouble[1]}")
            if seen.last is None:
                # So that a log which lost its head is never taken for one whose first writer stopped half-way.
                self._heads.keep(self._name, BEFORE_ANY)
            elif seen.last["entry"]["key"] > self._keys.newest.version:
                raise AuditFailed(
                    "Nothing is shown, because the audit log was written with a newer version of the audit key than "
                    "the keyring has. Put the newer keyring there and ask again."
                )
            completed = self._complete(seen, file.fileno())
            before = head_of(seen.last) if seen.last else BEFORE_ANY
            entries = [look.fields() for look in looks]
            together = [{**one, BEHIND: place} if place else {**one, **completed} for place, one in enumerate(entries)]
            self._append(file, before, *together)

    def remove(self, before: date, look_of: Callable[[Removed], Look]) -> Removed | None:
        """Remove the looks of whole months that ended before a day; the log is there without them, or as it was.

        What is left begins with a line that states what was removed, and ends with a look that says who removed it.

        Raises:
            AuditFailed: the log is not in order, so that nothing of it may go; or it could not be written.
        """
        with _failing(), self._locked() as file:
            seen = self._seen(file.fileno())
            verdict, end = self._judge(seen)
            if not verdict.intact:
                raise AuditFailed(f"No old looks were removed, because {verdict.problem}. {verdict.advice}")
            removed = removable(read_lines(self._path, seen.size), before)
            if removed is None:
                return None
            stated = statement(removed, datetime.now(UTC).isoformat(), self._keys.newest)
            told = {**look_of(removed).fields(), STATES: stated["mac"], **self._complete(seen, file.fileno())}
            head, lines, at = self._sealed(end, told)
            left = without(read_lines(self._path, seen.size), removed, stated)
            with new_file(self._path, replace=True) as whole:
                for line in chain(left, lines):
                    whole.write(line.encode())
            self._anchor(head, at)
        return removed

    @contextmanager
    def alone(self, work: str, wait: float) -> Iterator[None]:
        """Hold back other finds until this one is written down, because each counts those before it.

        Args:
            work: what is done, in words, for whoever has to wait.

        Raises:
            Busy: another process has been at it for `wait` seconds.
            AuditFailed: nothing can be written beside the log.
        """
        with ExitStack() as lock:
            try:
                lock.enter_context(held(self._path.with_name(".finding.lock"), work, wait))
            except OSError as problem:
                with _failing():
                    raise problem
            yield

    def _complete(self, seen: _Seen, descriptor: int) -> dict[str, int]:
        """Move the head to a line that it lags behind, before another is written; what the next line says of it."""
        if seen.last is None or not lag(seen.tail, seen.head, self._keys):
            return {}
        head = head_of(seen.last)
        os.fsync(descriptor)  # a head is never ahead of the disk
        self._heads.keep(self._name, head)
        self._heads.pass_on(self._name, head, seen.last["entry"]["at"])
        return {"completes": head.number}

    def begin(self, look: Look) -> Verdict:
        """Begin a new chain where the log is lost: its first line states for ever what is lost, and why.

        The chain goes on from the last head that is known, so that numbers are never given twice. What is left of a log
        that is not in order is set aside beside it, and the line holds its checksum.

        Args:
            look: who begins it; its purpose is the reason.

        Raises:
            WrongRequest: nothing is lost, so that nothing is to be begun.
            AuditFailed: it could not be written.
        """
        with _failing(), self._locked() as file:
            seen = self._seen(file.fileno())
            verdict, end = self._judge(seen)
            if verdict.intact:
                raise WrongRequest("The audit log is in order: nothing is lost, so that nothing is to be begun.")
            if seen.head is None and self._judge(seen, needs_head=False)[0].intact:
                raise WrongRequest(f"The audit log itself is in order. {verdict.advice}")
            known = max((end, seen.head or BEFORE_ANY), key=lambda head: head.number)
            former = {"number": known.number, "mac": known.mac, **set_aside(self._path, known.number + 1, seen.size)}
            os.ftruncate(file.fileno(), 0)
            self._append(file, known, {"former": former, **look.fields()})
        return self.verify()

    def digest(self, text: str) -> str:
        """A keyed digest of something typed, which may hold anything: it tells equal texts, and none is guessed."""
        return _digest(self._keys.newest, text)

    def digests(self, text: str) -> tuple[str, ...]:
        """The digests that something may have in this log: one for each version of the key, oldest first."""
        return tuple(_digest(key, text) for key in self._keys.versions)

    def verify(self) -> Verdict:
        """Check every line against the one before it, and the last against the head kept outside home."""
        while True:
            seen = self._seen_now()
            verdict, _ = self._judge(seen)
            # old looks were removed meanwhile: what was read is neither of the two files
            if verdict.intact or seen.file == self._seen_now().file:
                return verdict

    def trouble(self) -> str | None:
        """Why the next look would be refused, as far as the end of the log tells; None if it would not."""
        found = self._trouble(self._seen_now())
        return f"Questions are refused, because {found[0]}. {found[1]}" if found else None

    def _trouble(self, seen: _Seen) -> tuple[str, str] | None:
        """What the end of a log shows to be wrong, and what to do about it."""
        if lag(seen.tail, seen.head, self._keys) is None:
            return self._advice.away_from_head(seen.last, seen.head)
        if seen.last is None or is_sealed(seen.last, seen.before, self._keys):
            return None
        if self._keys.version(seen.last["entry"]["key"]) is None:
            return None  # said of its own: the key is newer, or was removed
        lines = read_lines(self._path, seen.size)
        return self._advice.broken("its last line was changed, or one before it removed", lines, key_missing=False)

    def is_gone(self) -> bool:
        """Whether looks were written down at this place, and no line of them is left."""
        seen = self._seen_now()
        return seen.last is None and seen.head not in (None, BEFORE_ANY)

    def adopt(self) -> Verdict:
        """Take the log of a home that was moved or restored under the head at its new place.

        Only where there is no head for this place yet, or one that is in the log; and only a log whose own chain is in
        order: what was cut off before cannot be told.

        Raises:
            AuditFailed: the head could not be written.
        """
        seen = self._seen_now()
        verdict, end = self._judge(seen, needs_head=False)
        if not verdict.intact or seen.last is None or not (seen.head is None or self._has(seen, seen.head)):
            return self.verify()
        with _failing():
            self._heads.keep(self._name, end)
        return verdict

    def _has(self, seen: _Seen, head: Head) -> bool:
        """Whether a log has the line that a head is of."""
        return any(head_of(line) == head for line in follow(read_lines(self._path, seen.size), self._keys))

    def take_up(self, head: Head | None) -> None:
        """Keep a head that was backed up with the log, where none is kept at this place and the log has its line."""
        seen = self._seen_now()
        with _failing(), suppress(OutOfOrder):
            if seen.head is None and head is not None and (head == BEFORE_ANY or self._has(seen, head)):
                self._heads.keep(self._name, head)

    def copy(self, target: Path) -> Head | None:
        """Copy the log between two looks; the head that is kept outside home of what was copied."""
        try:
            with (
                self._opened(os.O_RDONLY, fcntl.LOCK_SH) as descriptor,
                os.fdopen(descriptor, "rb", closefd=False) as log,
            ):
                size = whole_lines(descriptor)
                make_private(target.parent)
                with os.fdopen(os.open(target, _NEW, 0o600), "wb") as file:
                    for start in range(0, size, _BLOCK):
                        file.write(log.read(min(_BLOCK, size - start)))
                    file.flush()
                    os.fsync(file.fileno())
                return self._heads.of(self._name)
        except FileNotFoundError:
            return self._heads.of(self._name)

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """What is written in each line that can be read, oldest first; whether it is in order is not looked at."""
        for line in read_lines(self._path, self._seen_now().size):
            if isinstance(line.get("entry"), dict):
                yield line["entry"]

    def export(self, *, verified: bool = True) -> Iterator[dict[str, Any]]:
        """Each entry with its seal (`mac`), oldest first, for another system to keep.

        Args:
            verified: nothing is handed out unless the whole log is in order; otherwise whatever can be read is.

        Raises:
            AuditFailed: the log is not in order.
        """
        seen = self._seen_now()
        lines = read_lines(self._path, seen.size)
        if verified:
            verdict, _ = self._judge(seen)
            if not verdict.intact:
                raise AuditFailed(f"Nothing is exported, because {verdict.problem}. {verdict.advice}")
            # Checked once more while it is handed out: it may have been changed in between.
            lines = follow(lines, self._keys)
        return _handed_out(lines)

    def _append(self, file: Any, before: Head, *told: Mapping[str, Any]) -> None:
        """Write entries behind a head: on disk, then the head outside home, then to who is told of it."""
        head, lines, at = self._sealed(before, *told)
        file.write("".join(lines))
        file.flush()
        os.fsync(file.fileno())
        self._anchor(head, at)

    def _sealed(self, before: Head, *told: Mapping[str, Any]) -> tuple[Head, list[str], str]:
        """Entries as they are written behind a head, with the new head and the moment."""
        at, key = datetime.now(UTC).isoformat(), self._keys.newest
        head, lines = before, []
        for one in told:
            entry = {"number": head.number + 1, "at": at, "key": key.version, **one}
            head = Head(entry["number"], seal(head.mac, entry, key))
            lines.append(written(entry, head.mac))
        return head, lines, at

    def _anchor(self, head: Head, at: str) -> None:
        self._heads.keep(self._name, head)
        self._heads.pass_on(self._name, head, at)

    def _judge(self, seen: _Seen, *, needs_head: bool = True) -> tuple[Verdict, Head]:
        """What is to be said of a log as it was seen, and the last head up to which it is in order."""
        looks, end, lost, removed = 0, BEFORE_ANY, None, None
        try:
            for line in follow(read_lines(self._path, seen.size), self._keys):
                entry, end = line["entry"], head_of(line)
                lost, removed = loss_of(entry) or lost, removed_of(entry) or removed
                looks += not (entry.get("former") or entry.get("removed"))
        except OutOfOrder as problem:
            lines = read_lines(self._path, seen.size)
            said = self._advice.broken(str(problem), lines, key_missing=isinstance(problem, KeyMissing))
            return Verdict(False, looks, *said, lost, removed), end
        if needs_head and lag(seen.tail, seen.head, self._keys) is None:
            return Verdict(False, looks, *self._advice.away_from_head(seen.last, seen.head), lost, removed), end
        return Verdict(True, looks, lost=lost, removed=removed), end

    def _seen_now(self) -> _Seen:
        """The log between two looks: a writer is waited for, none is kept waiting for longer than this takes."""
        # read before the log is looked for: the first writer makes the log, and then the head
        before = self._heads.of(self._name)
        try:
            with self._opened(os.O_RDONLY, fcntl.LOCK_SH) as descriptor:
                return self._seen(descriptor)
        except (FileNotFoundError, NotADirectoryError):
            return _Seen(0, (), before)

    def _seen(self, descriptor: int) -> _Seen:
        size, file = whole_lines(descriptor), os.fstat(descriptor).st_ino
        return _Seen(size, tail(descriptor, size), self._heads.of(self._name), file)

    @contextmanager
    def _opened(self, flags: int, lock: int) -> Iterator[int]:
        """The log's file, locked; not one that another took the place of while it was waited for."""
        while True:
            descriptor = os.open(self._path, flags, 0o600)
            try:
                fcntl.flock(descriptor, lock)
                if self._path.exists() and os.fstat(descriptor).st_ino == self._path.stat().st_ino:
                    yield descriptor
                    return
            finally:
                os.close(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[Any]:
        make_private(self._path.parent)
        with self._opened(os.O_RDWR | os.O_CREAT | os.O_APPEND, fcntl.LOCK_EX) as descriptor:
            # What a writer that stopped in the middle of a line left: its look was never answered.
            os.ftruncate(descriptor, whole_lines(descriptor))
            with os.fdopen(descriptor, "a+", encoding="utf-8", closefd=False) as file:
                yield file

    @property
    def _name(self) -> str:
        return str(self._path.resolve())


def _digest(key: Key, text: str) -> str:
    return hmac.new(key.secret, b"digest\0" + text.encode(), hashlib.sha256).hexdigest()


def open_log(settings: Settings) -> AuditLog:
    """The log of looks of a home."""
    heads = Heads(settings.anchor, settings.anchor_command, settings.audit_anchor_seconds)
    return AuditLog(settings.audit_log, heads, open_keys(settings.keyring, "audit"))


@contextmanager
def _failing() -> Iterator[None]:
    """Whatever keeps a look from being written is told as one error; an engine's or a system's words are not."""
    try:
        yield
    except (Busy, OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        what = os.strerror(problem.errno) if isinstance(problem, OSError) and problem.errno else type(problem).__name__
        raise AuditFailed(
            f"This look could not be written to the audit log ({what}), so nothing is shown. Check that the home "
            "folder and the anchor outside it can be written, and ask again."
        ) from None


def _handed_out(lines: Iterator[Line]) -> Iterator[dict[str, Any]]:
    try:
        for line in lines:
            if isinstance(line.get("entry"), dict):
                yield line["entry"] | {"mac": line.get("mac")}
    except OutOfOrder as problem:
        raise AuditFailed(f"The log was changed while it was exported: {problem}. Nothing of it counts.") from None
