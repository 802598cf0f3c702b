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
# What a line says of the lines that were written together with it, before it; and how many those may be.
BEHIND, MOST = "behind", 100


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


def tail(descriptor: int, size: int) -> tuple[Line, ...]:
    """The last of the whole lines, those that were written with it, and the one before them, in order.

    Read from the end: a look costs the same in any log.
    """
    block = _BLOCK
    while size:
        start = max(0, size - block)
        lines = os.pread(descriptor, size - start, start).splitlines()
        wanted = behind(_parsed(lines[-1])) + 2
        # the first of them may have begun before the block
        if len(lines) > wanted or start == 0:
            return tuple(map(_parsed, lines[-wanted:]))
        block *= 2
    return ()


def behind(line: Line) -> int:
    """How many lines before it were written together with a line."""
    entry = line.get("entry")
    found = entry.get(BEHIND, 0) if isinstance(entry, dict) else 0
    return found if isinstance(found, int) and 0 <= found <= MOST else 0


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
