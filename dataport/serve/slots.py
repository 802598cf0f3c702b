"""slots: how many questions are answered at once, and who is next."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from dataport.errors import Overloaded


class Slots:
    """So many places at the engine. Who waits is served account by account, so that nobody's many delay others' few.

    Where too many wait, one of the account that has the most waiting is told to come again.
    """

    def __init__(self, slots: int, queue: int) -> None:
        self._free, self._queue = slots, queue
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def free(self) -> int:
        """How many places are free."""
        return self._free

    async def take(self, account: str) -> None:
        """A place; it is given back with `give_back`.

        Raises:
            Overloaded: too many wait.
        """
        if self._free and not self._waiting:
            self._free -= 1
            return
        if self.waiting >= self._queue:
            self._refuse_one(account)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(place)
        try:
            await place
        except BaseException:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.give_back()  # it was given a place a moment before it gave up
            self._forget(account, place)
            raise

    def give_back(self) -> None:
        """A place is free: the next account that waits gets it."""
        while self._waiting:
            account, places = self._waiting.popitem(last=False)
            place = places.popleft()
            if places:
                self._waiting[account] = places  # behind all others
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def _refuse_one(self, account: str) -> None:
        """Make room in the queue: of whoever has the most waiting, the one that came last."""
        greediest = max(self._waiting, key=lambda one: len(self._waiting[one]))
        if len(self._waiting[greediest]) <= len(self._waiting.get(account, ())) + 1:
            raise Overloaded
        last = self._waiting[greediest].pop()
        if not last.done():
            last.set_exception(Overloaded())

    def _forget(self, account: str, place: asyncio.Future[None]) -> None:
        places = self._waiting.get(account)
        if places and place in places:
            places.remove(place)
            if not places:
                del self._waiting[account]
