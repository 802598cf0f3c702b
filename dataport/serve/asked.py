"""asked: a request of somebody who is known, which nothing behind this is reached without.

Who it is comes first, before anything that was sent is read. Then what is sent has to be clear: a word that an address
does not take, or one that is there twice where it can be said once, is refused, and not passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from dataport.errors import Refused, WrongRequest
from dataport.serve.people import PERSONS, Who
from dataport.serve.service import Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and what there is to answer with.

    Attributes:
        still: raises, as `People.who`, once they are not known any more, as with a key that was revoked meanwhile.
    """

    who: Who
    service: Service
    still: Callable[[], object] | None = None

    async def answer(self, request: Request, work: Callable[[], T]) -> T:
        """Do what was asked for, in a thread; raises as `Desk.answer`."""
        return await self.service.answer(request, self.who, work)


class Route(APIRoute):
    """An address of the API."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request, once it is known whose it is and clear what it says."""
        handle = super().get_route_handler()
        once = {one.alias for one in self.dependant.query_params}
        often = {one["name"] for one in (self.openapi_extra or {}).get("parameters", ())}

        async def handled(request: Request) -> Response:
            request.state.asked = await _known(request)
            for name in request.query_params:
                if name not in once | often:
                    raise WrongRequest(_no_word(name, once | often))
                if name in once and len(request.query_params.getlist(name)) > 1:
                    raise WrongRequest(f"`{name}` is given several times, and can be given once.")
            return await handle(_Clear(request.scope, request.receive))

        return handled


async def _known(request: Request) -> Asked:
    service: Service = request.app.state.service
    who = await service.who(request)
    if PERSONS.isdisjoint(who.scopes):
        raise Refused("This key was made to watch the service, and opens nothing else.")
    return Asked(who, service, partial(service.people.who, request, request.method))


def _no_word(name: str, words: set[str]) -> str:
    there_are = f"There are {', '.join(sorted(words))}." if words else "It takes none."
    return f"There is no word {name[:60]!r} at this address. {there_are}"


class _Clear(Request):
    """A request whose body says each thing once."""

    async def json(self) -> Any:
        """The body; raises JSONDecodeError where it is none, or could be read in two ways."""
        if not hasattr(self, "_json"):
            self._json = json.loads(await self.body(), object_pairs_hook=_once, parse_constant=_no_number)
        return self._json


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise json.JSONDecodeError(f"{twice[:60]!r} is there several times, and can be said once", "", 0)
    return found


def _no_number(text: str) -> Any:
    raise json.JSONDecodeError(f"{text} is no number", "", 0)


async def asked(request: Request) -> Asked:
    """Who makes a request: somebody who may ask or open; an address that is no `Route` knows nobody."""
    found: Asked = request.state.asked
    return found


async def asking(told: Annotated[Asked, Depends(asked)]) -> Asked:
    """Who asks for numbers, or for what is made of questions: a key that was made for something else opens none of it.

    Raises:
        Refused: as `Who.require`.
    """
    told.who.require("ask")
    return told
