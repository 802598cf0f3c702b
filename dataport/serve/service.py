"""service: what a process that serves has, passed to whoever answers a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request

from dataport.errors import DataportError
from dataport.house import House
from dataport.jobs.freshen import freshen_grants
from dataport.serve.desk import Desk
from dataport.serve.metrics import Metrics
from dataport.serve.oidc import Provider
from dataport.serve.people import People, Who
from dataport.serve.proxies import Proxies
from dataport.serve.slots import Slots
from dataport.settings import Settings

T = TypeVar("T")

_FRESHEN_SECONDS, _COUNTED_SECONDS = 60.0, 1.0
_MOST_FINDING = 50
_AT_PROVIDER = ThreadPoolExecutor(4, thread_name_prefix="tokens")


@dataclass(slots=True)
class Service:
    """One process that serves one home."""

    settings: Settings
    house: House
    desk: Desk
    people: People
    proxies: Proxies
    provider: Provider | None = None
    is_demo: bool = False
    metrics: Metrics = field(default_factory=Metrics, repr=False)
    # people are found one after another, for their number a day is counted; who waits has no place at the engine
    finding: Slots = field(default_factory=lambda: Slots(1, _MOST_FINDING), repr=False)
    _background: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    async def who(self, request: Request) -> Who:
        """Who makes a request; raises as `People.who`.

        However slow the identity provider is, those who are known without it are not kept waiting by those who are not.
        """
        threads = _AT_PROVIDER if self.people.asks_elsewhere(request) else None
        asked = partial(self.people.who, request, request.method)
        return await asyncio.get_running_loop().run_in_executor(threads, asked)

    async def answer(self, request: Request, who: Who, work: Callable[[], T]) -> T:
        """Do what somebody asked for, in a thread, unless they hang up; raises as `Desk.answer`."""
        return await self.desk.answer(who.login, work, lambda: hung_up(request))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def end(self) -> None:
        """End what nobody waits for."""
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def keep_fresh(self) -> None:
        """Read permissions of an embedded store again before they are too old, for as long as this runs."""
        while True:
            with suppress(DataportError):
                await asyncio.to_thread(freshen_grants, self.settings)
            await asyncio.sleep(_FRESHEN_SECONDS)

    async def keep_counted(self) -> None:
        """Have the other processes find what this one has counted, for as long as this runs."""
        while True:
            self.metrics.leave(self.desk)
            await asyncio.sleep(_COUNTED_SECONDS)


async def hung_up(request: Request) -> None:
    """Return when whoever asked has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
