"""copies: work that is shared among copies of this process, each of which has in memory what this one has.

For what is long in plain Python and arrays, where several threads are no faster than one. A copy computes, and nothing
else: files, connections and locks are those of the process that it was made of.
"""

from __future__ import annotations

import gc
import os
import pickle
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, TypeVar

from dataport.tether import tie

T = TypeVar("T")
R = TypeVar("R")


def shared(work: Callable[[T], R], things: Sequence[T], processes: int) -> list[R]:
    """What a function makes of each of some things, in their order.

    Args:
        processes: how many take part, this one among them; of neighbouring things each has one, so that things in the
            order of their sizes are shared evenly.

    Raises:
        Exception: what the function raised, here or in a copy.
        ChildProcessError: a copy ended before it had told all.
    """
    processes = max(1, min(processes, len(things))) if hasattr(os, "fork") else 1
    copies = [_Copy.of(work, things[nth::processes]) for nth in range(1, processes)]
    try:
        shares = [[work(one) for one in things[::processes]], *(copy.told() for copy in copies)]
    finally:
        for copy in copies:
            copy.end()
    found: list[Any] = [None] * len(things)
    for nth, share in enumerate(shares):
        found[nth::processes] = share
    return found


@dataclass(slots=True)
class _Copy(Generic[T, R]):
    """One copy; what it tells is read while this process works at its own share, so that neither waits."""

    process: int
    tether: int
    reader: threading.Thread
    found: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, work: Callable[[T], R], things: Sequence[T]) -> _Copy[T, R]:
        told, tell = os.pipe()
        held, tether = os.pipe()
        parent = os.getpid()
        with warnings.catch_warnings():
            # threads of the engine are not in the copy, which asks it nothing
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if not process:
            os.close(told)
            os.close(tether)
            _work_and_end(work, things, tell, held, parent)
        os.close(tell)
        os.close(held)
        found: list[Any] = []
        reader = threading.Thread(target=_read, args=(told, len(things), found), daemon=True)
        reader.start()
        return cls(process, tether, reader, found)

    def told(self) -> list[R]:
        self.reader.join()
        if self.found and isinstance(self.found[-1], BaseException):
            raise self.found[-1]
        return self.found

    def end(self) -> None:
        os.close(self.tether)  # a copy that is at work still ends with it
        self.reader.join()
        os.waitpid(self.process, 0)


def _work_and_end(work: Callable[[T], R], things: Sequence[T], tell: int, held: int, parent: int) -> None:
    code = 1
    # what the other process has open must not be ended here because nobody names it any more: its threads are not here
    gc.disable()
    try:
        tie(held, parent)
        with os.fdopen(tell, "wb") as out:
            for one in things:
                try:
                    found: R | Exception = work(one)
                except Exception as problem:
                    found = problem
                pickle.dump(found, out, pickle.HIGHEST_PROTOCOL)
                if isinstance(found, Exception):
                    break
        code = 0
    finally:
        os._exit(code)  # nothing of what the other process has open is ended twice


def _read(told: int, count: int, found: list[Any]) -> None:
    with os.fdopen(told, "rb") as source:
        for _ in range(count):
            one = _next(source)
            found.append(one)
            if isinstance(one, BaseException):
                return


def _next(source: BinaryIO) -> object:
    try:
        return pickle.load(source)  # of a copy of this very process
    except (EOFError, pickle.UnpicklingError):
        return ChildProcessError("a copy of this process ended before it had told all that it was asked for")
