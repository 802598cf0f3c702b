"""Batches: many questions in one request, of one version of the data, each told as soon as it is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import StreamingResponse

from dataport.ask import ask, change
from dataport.disclosure import Labels, SafeTable
from dataport.errors import DataportError
from dataport.house import House
from dataport.serve.answers import Wanted, headers_of, written
from dataport.serve.asked import Asked, Route, asking
from dataport.serve.desk import HungUp
from dataport.serve.problems import of_defect, of_error
from dataport.serve.service import hung_up
from dataport.serve.words import QueryWords, Words

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["questions"])
_MOST = 100
MEDIA_TYPE = "application/x-ndjson"


class OneOfMany(QueryWords):
    """A question of a batch, and what its answer is called by."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    change: bool = Field(False, description="Why the number moved, between the day of `compare` and `as_of`.")

    def wanted(self) -> Wanted:
        """How its answer is told."""
        labels: Labels | None = self.labels  # type: ignore[assignment]  # the request says what it may be
        return Wanted("json", labels)


class Batch(Words):
    """Questions that belong together."""

    questions: Annotated[list[OneOfMany], Field(min_length=1, max_length=_MOST)]


@router.post("/queries", summary="Answer many questions of one version of the data")
async def queries(
    request: Request, told: Annotated[Asked, Depends(asking)], words: Annotated[Batch, Body()]
) -> StreamingResponse:
    """One line of JSON for each, as soon as it is there: `id`, the `status` it would have, `etag` and `body`."""
    # every question is a look of its own, and is asked of the version that is published now
    house = await told.answer(request, told.service.house.standing)
    headers = {"Cache-Control": "no-store", "Dataport-Data-Version": str(house.published().build_number)}
    return StreamingResponse(_lines(request, told, words.questions, house), headers=headers, media_type=MEDIA_TYPE)


async def _lines(request: Request, told: Asked, questions: list[OneOfMany], house: House) -> AsyncIterator[bytes]:
    left = asyncio.ensure_future(hung_up(request))
    under_way = [asyncio.ensure_future(_line(told, one, house, left)) for one in questions]
    try:
        for line in asyncio.as_completed(under_way):
            yield await line
    except HungUp:
        return
    finally:
        for task in (left, *under_way):
            task.cancel()
        await asyncio.gather(left, *under_way, return_exceptions=True)


async def _line(told: Asked, one: OneOfMany, house: House, left: asyncio.Future[None]) -> bytes:
    name = _quoted(one.id)
    try:
        question, door = one.request(), change if one.change else ask

        def work() -> tuple[str, bytes]:
            if told.still:
                told.still()  # a key that was revoked since the first question answers no other
            return _answered(one, door(question, told.who.asker(), house))

        answered = told.service.desk.answer(
            told.who.login,
            work,
            lambda: asyncio.shield(left),
        )
        etag, body = await answered
    except HungUp:
        raise
    except Exception as problem:  # the other questions of the batch are answered all the same
        said = of_error(problem) if isinstance(problem, DataportError) else of_defect(problem)
        return b'{"id":%b,"status":%d,"body":%b}\n' % (name, said.status_code, bytes(said.body))
    return b'{"id":%b,"status":200,"etag":%b,"body":%b}\n' % (name, _quoted(etag), body.rstrip())


def _answered(one: OneOfMany, safe: SafeTable) -> tuple[str, bytes]:
    wanted = one.wanted()
    return headers_of(safe, wanted, 0.0)["ETag"], b"".join(written(safe, wanted))


def _quoted(text: str) -> bytes:
    return json.dumps(text).encode()
