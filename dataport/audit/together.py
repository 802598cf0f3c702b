"""Looks of many threads, written together: one line each, one write to the disk, one move of the head.

The first to come writes its own look at once. Who comes while that goes on waits, and one of them writes all that wait:
however slow the disk or the command for heads is, nobody waits for more than two of their turns.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from dataport.audit.lines import MOST
from dataport.audit.log import AuditLog
from dataport.audit.look import Look
from dataport.errors import AuditFailed, DataportError


@dataclass(slots=True, eq=False)
class _Waiting:
    look: Look
    is_done: bool = False
    problem: DataportError | None = None


class Together:
    """The looks of one process at one log."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._is_writing = False

    def write(self, look: Look, log: AuditLog) -> None:
        """Write a look; it is on disk and its head is anchored when this returns.

        Raises:
            AuditFailed: it could not be written; nothing may be shown.
        """
        mine = _Waiting(look)
        with self._changed:
            self._waiting.append(mine)
        while batch := self._next(mine):
            self._write(batch, log)
        if mine.problem is not None:
            raise AuditFailed(str(mine.problem))

    def _next(self, mine: _Waiting) -> list[_Waiting]:
        """Those that this thread is to write now; none once its own look is written."""
        with self._changed:
            while self._is_writing and not mine.is_done:
                self._changed.wait()
            if mine.is_done:
                return []
            self._is_writing = True
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            return batch

    def _write(self, batch: list[_Waiting], log: AuditLog) -> None:
        problem: DataportError = AuditFailed("Writing to the audit log was interrupted, so nothing is shown.")
        is_written = False
        try:
            log.write(*(one.look for one in batch))
            is_written = True
        except DataportError as failed:
            problem = failed
        finally:
            with self._changed:
                for one in batch:
                    one.is_done, one.problem = True, None if is_written else problem
                self._is_writing = False
                self._changed.notify_all()
