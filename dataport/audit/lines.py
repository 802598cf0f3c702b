"""The lines of a log's file: read forwards without loading it, and the last one from its end.

A line counts once its newline is there. What follows the last newline was left by a writer that stopped half-way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]

_BLOCK = 4096


def read_lines(path: Path, size: int) -> Iterator[Line]:
    """The lines in the first bytes of a file; one that is no JSON object is an empty one."""
    if not size:
        return
    with path.open("rb") as file:
        for text in file:
            size -= len(text)
            if size < 0:
                return
            yield _parsed(text)


def whole_lines(descriptor: int) -> int:
    """How many bytes of a file are whole lines."""
    end = os.fstat(descriptor).st_size
    while end:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def last_lines(descriptor: int, size: int) -> tuple[Line | None, Line | None]:
    """The last of the whole lines and the one before it, read from the end: a look costs the same in any log."""
    block = _BLOCK
    while size:
        start = max(0, size - block)
        lines = os.pread(descriptor, size - start, start).splitlines()
        # the first of them may have begun before the block
        if len(lines) > 2 or start == 0:
            return _parsed(lines[-1]), _parsed(lines[-2]) if len(lines) > 1 else None
        block *= 2
    return None, None


def written(entry: Mapping[str, Any], mac: str) -> str:
    """A line as it is written."""
    return json.dumps({"entry": entry, "mac": mac}, ensure_ascii=False) + "\n"


def _parsed(text: bytes) -> Line:
    """A line, if it says what it would have been written to say: no more, and nothing in another way."""
    try:
        found = json.loads(text)
        is_own = isinstance(found, dict) and set(found) == {"entry", "mac"}
        if not is_own or written(found["entry"], found["mac"]).encode() != text.rstrip(b"\n") + b"\n":
            return {}
    except (ValueError, RecursionError):
        return {}
    return dict(found)
