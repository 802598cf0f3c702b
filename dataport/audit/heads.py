"""The heads: where each log ends, kept outside home in a file, and passed on to a command if there is one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataport.audit.chain import Head
from dataport.commands import hand_to
from dataport.durable import held, write_json
from dataport.errors import AuditFailed


@dataclass(frozen=True, slots=True)
class Heads:
    """Where heads are kept.

    Attributes:
        path: the file, which may hold the heads of several logs; it is what a log is compared with.
        command: the words of a command that gets each new head as a line of JSON; none if empty.
        seconds: how long that command may take.
    """

    path: Path
    command: tuple[str, ...] = ()
    seconds: float = 10.0

    def of(self, log: str) -> Head | None:
        """The head of a log; None where none is kept.

        Raises:
            AuditFailed: the file is no file of heads.
        """
        return self.known().get(log)

    def known(self) -> dict[str, Head]:
        """The heads of all logs that have one here; raises as `of`."""
        try:
            return {name: Head(found["number"], found["mac"]) for name, found in self._all().items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise AuditFailed(
                f"{self.path} does not hold the heads of audit logs. Bring it back from a copy; nothing was shown or "
                "changed."
            ) from None

    def keep(self, log: str, head: Head) -> None:
        """Move the head of a log. The file is read and written under a lock: other homes move theirs, too."""
        with held(self.path.with_suffix(".lock"), "Writing to the audit log", wait=30.0):
            write_json(self.path, self._all() | {log: {"number": head.number, "mac": head.mac}})

    def pass_on(self, log: str, head: Head, at: str) -> None:
        """Hand a new head to the command, and wait until it has taken it.

        Raises:
            AuditFailed: it could not be run, failed, or took too long.
        """
        if not self.command:
            return
        line = json.dumps({"log": log, "number": head.number, "mac": head.mac, "at": at}) + "\n"
        problem = hand_to(self.command, line.encode(), self.seconds)
        if problem:
            raise AuditFailed(
                f"The head of the audit log could not be passed on, so nothing is shown: `audit_anchor_command` "
                f"{problem}. Mend it and ask again; the look itself is in the log."
            )

    def _all(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        return found
