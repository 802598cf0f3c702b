"""turn: one piece of work of a process that does several at once. It can be stopped from outside, wherever it is.

Whoever has somebody waiting takes a turn; whoever does something long in it says how that is interrupted, and whoever
has done with the engine says so. Outside of any turn all of this is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from dataport.errors import Stopped


class Turn:
    """One piece of work.

    Args:
        on_release: is called once, when it needs its place at the engine no longer, from whichever thread.
    """

    def __init__(self, on_release: Callable[[], None] = lambda: None) -> None:
        self._on_release = on_release
        self._running: list[Callable[[], None]] = []
        self._is_released = False
        self.is_stopped = False

    def stop(self) -> None:
        """End what is running, and begin nothing more. To be called again until the work has ended.

        An engine forgets an interruption that comes between two statements.
        """
        self.is_stopped = True
        for interrupt in tuple(self._running):
            with suppress(Exception):  # it has ended meanwhile
                interrupt()

    def release(self) -> None:
        """Give the place at the engine to the next."""
        if not self._is_released:
            self._is_released = True
            self._on_release()

    @contextmanager
    def running(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Something that takes time, and how it is interrupted.

        Raises:
            Stopped: the turn was stopped already.
        """
        self._running.append(interrupt)
        try:
            if self.is_stopped:
                raise Stopped
            yield
        finally:
            self._running.remove(interrupt)


_CURRENT: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def taking(turn: Turn) -> Iterator[None]:
    """The block is this turn's; it has released its place at the end."""
    token = _CURRENT.set(turn)
    try:
        yield
    finally:
        _CURRENT.reset(token)
        turn.release()


@contextmanager
def running(interrupt: Callable[[], None]) -> Iterator[None]:
    """As `Turn.running`, of the turn that this is in."""
    turn = _CURRENT.get()
    if turn is None:
        yield
        return
    with turn.running(interrupt):
        yield


def release() -> None:
    """As `Turn.release`, of the turn that this is in."""
    if turn := _CURRENT.get():
        turn.release()
