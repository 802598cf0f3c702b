"""What is said of a log that is not in order: what it is, as far as it can be told, and the command that mends it.

A log that was restored, copied or read with other keys looks like one that was tampered with. What each of them leaves
behind is not the same, so each is said as what it is; where it may be either, both are said.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from dataport.audit.chain import Head, head_of, sealed_by
from dataport.audit.heads import Heads
from dataport.audit.lines import Line, read_lines
from dataport.keyring import Keys


class Advice:
    """What can be said of one log."""

    def __init__(self, path: Path, heads: Heads, keys: Keys) -> None:
        self._path, self._heads, self._keys = path, heads, keys

    def broken(self, problem: str, lines: Iterable[Line], *, key_missing: bool) -> tuple[str, str]:
        """Of a line that does not follow the one before it.

        Args:
            lines: all of the log, to see whether it was written with these keys at all.
        """
        if key_missing:
            return problem, self._bring_back("the keyring that has it")
        if sealed_by(lines, self._keys):
            return problem, self._bring_back()
        return self.other_keyring()

    def other_keyring(self) -> tuple[str, str]:
        return (
            "no line of the audit log is sealed with a key of the keyring that is there: it is another keyring than "
            "the one that the log was written with, as after a restoration without its keys; or every line was changed",
            self._bring_back("the keyring of this home"),
        )

    def away_from_head(self, last: Line | None, head: Head | None) -> tuple[str, str]:
        """Of a log that does not end at its head."""
        if head is None:
            return self._without_head(last)
        if last is None:
            return (
                f"the audit log is gone: its head outside home says that {head.number:,} looks were written down at "
                "this place, and none of them is left",
                self._bring_back(otherwise="If it was removed on purpose, with its home"),
            )
        return self._apart(head_of(last), head)

    def _apart(self, end: Head, head: Head) -> tuple[str, str]:
        where = "the audit log does not end where its head outside home says"
        ends = f"it ends at look {end.number:,}, and its head is that of look {head.number:,}"
        if end.number < head.number:
            return (
                f"{where}: {ends}. {head.number - end.number:,} are missing at its end: lines were cut off, or the "
                "home was restored from an older copy than the head",
                self._bring_back("the newer log"),
            )
        if end.number > head.number:
            return (
                f"{where}: {ends}. The head was restored from an older copy, or lines were added",
                f"If it was restored on purpose, run `{self._command('adopt')}`, which takes no head that is not in "
                "the log.",
            )
        return (
            f"{where}: both are of look {end.number:,}, with different seals. That line was changed, or this copy of "
            "the home was used apart from the one whose head it is",
            self._bring_back(),
        )

    def _without_head(self, last: Line | None) -> tuple[str, str]:
        adopt = self._command("adopt")
        problem = "no head is kept outside home for the audit log at this place"
        if found := self._origin(last):
            other, is_there = found
            home = shlex.quote(str(other.parent.parent))
            if is_there:
                return (
                    f"{problem}: this home is a copy of that in {home}, which is still there",
                    "Ask there; or, if this copy is to be a home of its own, see that the sources in its dataport.toml "
                    f"are meant, and run `{adopt}`.",
                )
            return f"{problem}: it was in {home} before", f"If it was moved on purpose, run `{adopt}`."
        return (
            problem,
            f"If this home was moved or restored here on purpose, run `{adopt}`. Otherwise bring the head back.",
        )

    def _origin(self, last: Line | None) -> tuple[Path, bool] | None:
        """The log that this one is a copy of, or was until it was moved; and whether that one is still there."""
        if last is None:
            return None
        own = _first(self._path)
        for name, head in self._heads.known().items():
            other = Path(name)
            if other == self._path.resolve():
                continue
            if other.is_file():
                if own and _first(other) == own:
                    return other, True
            elif head == head_of(last):
                return other, False
        return None

    def _bring_back(self, what: str = "the log", otherwise: str = "If there is no copy") -> str:
        begin = self._command("begin --reason TEXT")
        return (
            f"Bring {what} back from a copy. {otherwise}, `{begin}` begins a new log whose first line says so for ever."
        )

    def _command(self, words: str) -> str:
        return f"dataport audit {words} --home {shlex.quote(str(self._path.parent.parent))}"


def _first(path: Path) -> Line | None:
    try:
        return next(iter(read_lines(path, path.stat().st_size)), None)
    except OSError:
        return None
