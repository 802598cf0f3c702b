"""desk: questions are handed to threads, so many at a time, and ended when they take too long or nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

from dataport.errors import DataportError, Overloaded, Stopped
from dataport.serve.slots import Slots
from dataport.settings import ServeSettings
from dataport.turn import Turn, taking

T = TypeVar("T")

# Beside those that have a place at the engine, threads wait for the disk and the command for heads.
_THREADS_THAT_WAIT = 60
_AGAIN = 0.05


class HungUp(Exception):
    """Nobody waits for the answer any more."""


class Desk:
    """Where requests wait and are answered."""

    def __init__(self, settings: ServeSettings) -> None:
        self.slots = Slots(settings.slots, settings.queue)
        self._seconds = settings.seconds
        self._threads = ThreadPoolExecutor(settings.slots + _THREADS_THAT_WAIT, thread_name_prefix="desk")

    async def answer(self, account: str, work: Callable[[], T], gone: Callable[[], Awaitable[object]]) -> T:
        """Do a piece of work for an account.

        Args:
            gone: returns when whoever asked has hung up.

        Raises:
            Overloaded: too many wait, or it waited for too long.
            Stopped: it took too long.
            HungUp: whoever asked has gone.
        """
        left = asyncio.ensure_future(gone())
        try:
            await self._placed(account, left)
            return await self._worked(work, left)
        finally:
            left.cancel()
            await asyncio.wait((left,), timeout=1.0)

    def close(self) -> None:
        """Take no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _placed(self, account: str, left: asyncio.Future[object]) -> None:
        place, is_taken = asyncio.ensure_future(self.slots.take(account)), False
        try:
            done, _ = await asyncio.wait((place, left), timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            if is_taken := place in done:
                return place.result()
        finally:
            if not is_taken:  # too late, hung up, or whoever waits here for it was ended
                place.add_done_callback(self._unwanted)
                place.cancel()
        if left in done:
            raise HungUp
        raise Overloaded

    def _unwanted(self, place: asyncio.Future[None]) -> None:
        """Nobody waits for a place any more; one that was given at the last moment goes back."""
        if not place.cancelled() and place.exception() is None:
            self.slots.give_back()

    async def _worked(self, work: Callable[[], T], left: asyncio.Future[object]) -> T:
        loop = asyncio.get_running_loop()

        def give_back() -> None:
            loop.call_soon_threadsafe(self.slots.give_back)

        turn = Turn(give_back)

        def working() -> T:
            with taking(turn):
                return work()

        working_on = loop.run_in_executor(self._threads, copy_context().run, working)
        try:
            await asyncio.wait((working_on, left), timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            while not working_on.done():  # too late, hung up, or this process is to end
                turn.stop()
                with suppress(asyncio.CancelledError):  # however often that is said: an interruption may be missed
                    await asyncio.wait((working_on,), timeout=_AGAIN)
            if not working_on.cancelled():
                working_on.exception()  # whoever waited was ended, and nobody asks how it ended: no defect
        if left.done():
            with suppress(DataportError):
                working_on.result()
            raise HungUp
        if turn.is_stopped:
            with suppress(DataportError):
                return working_on.result()  # it had ended all the same
            raise Stopped
        return working_on.result()
