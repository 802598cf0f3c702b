"""Standard output as it happens to be: a pipe whose reader leaves, or a terminal that knows few letters."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PLAIN = "dataport-plain"
# What we draw with, and what stands for it where there is no such letter.
_INSTEAD = str.maketrans({
    "–": "-", "—": "-", "·": ".", "…": "...", "─": "-", "│": "|", "┤": "|", "┴": "+", "└": "+", "█": "#", "▌": "#",
    "×": "x", "“": '"', "”": '"', "‘": "'", "’": "'", "●": "*", "○": "o", "▲": "^", "■": "#", "◆": "+", "▼": "v",
    "□": "%", "△": "a", "◇": "d", "▽": "y",
})  # fmt: skip


class _Reader(io.RawIOBase):
    """A standard stream whose reader may leave, as in ``dataport ask … | head``: what nobody reads is not an error."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._is_gone = False

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        if not self._is_gone:
            try:
                return os.write(self._descriptor, view)
            except BrokenPipeError:
                self._is_gone = True
        return view.nbytes

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)


def _plain(problem: UnicodeError) -> tuple[str, int]:
    """What a stream cannot write, as near as it can: nothing is left out, and nothing stops."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    found = problem.object[problem.start : problem.end]
    told = "".join(one.translate(_INSTEAD) for one in found)
    return told.encode("ascii", "backslashreplace").decode(), problem.end


@contextmanager
def standard_output() -> Iterator[None]:
    """Standard output and error for the block, whoever reads them and whatever letters they know."""
    codecs.register_error(_PLAIN, _plain)
    before = sys.stdout, sys.stderr
    for name, stream in zip(("stdout", "stderr"), before, strict=True):
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError, AttributeError):
            continue  # it is no stream of the system: somebody keeps what we say
        if type(stream) is not io.TextIOWrapper:
            continue
        stream.flush()
        patient = io.BufferedWriter(_Reader(descriptor))
        errors = stream.errors if stream.encoding.lower().startswith("utf") else _PLAIN
        is_terminal = os.isatty(descriptor) or name == "stderr"
        setattr(sys, name, io.TextIOWrapper(patient, stream.encoding, errors, line_buffering=is_terminal))
    try:
        yield
    finally:
        for name, stream in zip(("stdout", "stderr"), before, strict=True):
            ours = getattr(sys, name)
            if ours is not stream:
                ours.flush()
                setattr(sys, name, stream)


def typed_words() -> list[str]:
    """The words of the command line; where the locale knows few letters, they are UTF-8 all the same."""
    found = []
    for one in sys.argv[1:]:
        try:
            found.append(os.fsencode(one).decode())
        except UnicodeDecodeError:
            found.append(one)
    return found
