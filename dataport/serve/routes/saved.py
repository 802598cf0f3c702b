"""Saved questions: what somebody asks again and again, with a name, for themselves or for others."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import Field
from starlette.requests import Request

from dataport.serve.asked import Asked, Route, asking
from dataport.serve.routes.dashboards import SharedWith, Starred, reader_of, shared, things_of
from dataport.serve.words import QueryWords, Words
from dataport.state import Kind, Saved

router = APIRouter(prefix="/api/v1/questions", route_class=Route, tags=["saved questions"])
Told = Annotated[Asked, Depends(asking)]
_KIND: Kind = "question"


class Kept(Words):
    """A question and what it is called."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2_000)] = ""
    question: QueryWords

    def content(self) -> dict[str, Any]:
        """As it is kept: the words that say something; one that can be asked by nobody is refused."""
        self.question.request()
        said = self.question.model_dump(exclude_defaults=True)
        return {"name": self.name, "description": self.description, "question": said}


class Changed(Kept):
    """A further version of a question."""

    since: int = Field(description="The version that was changed, so that nobody's change is lost.")


@router.get("", summary="List the questions that are one's own or shared")
async def listed(request: Request, told: Told) -> dict[str, Any]:
    """Whoever asks one of them is answered with their own rights."""
    kept = await told.answer(request, lambda: things_of(told).seen_by(_KIND, reader_of(told)))
    return {"questions": [_told(one, told.who.login) for one in kept]}


@router.post("", status_code=201, summary="Save a question")
async def keep(request: Request, told: Told, words: Annotated[Kept, Body()]) -> dict[str, Any]:
    """Whoever saves it is its owner; nobody else sees it before it is shared."""
    content = words.content()
    found = await told.answer(request, lambda: things_of(told).keep(_KIND, words.name, content, reader_of(told)))
    return _told(found, told.who.login)


@router.put("/{number}", summary="Change a question of one's own")
async def change(request: Request, told: Told, number: int, words: Annotated[Changed, Body()]) -> dict[str, Any]:
    """A further version; refused where there is a later one than that which was changed."""
    content = words.content()

    def work() -> Saved:
        return things_of(told).change(_KIND, number, words.name, content, since=words.since, reader=reader_of(told))

    return _told(await told.answer(request, work), told.who.login)


@router.put("/{number}/sharing", summary="Share a question of one's own")
async def share(request: Request, told: Told, number: int, words: Annotated[SharedWith, Body()]) -> dict[str, Any]:
    """It shows nobody more than they may ask themselves."""
    return _told(await told.answer(request, lambda: shared(_KIND, number, words, told)), told.who.login)


@router.put("/{number}/star", summary="Mark a question for oneself")
async def star(request: Request, told: Told, number: int, words: Annotated[Starred, Body()]) -> dict[str, Any]:
    """Those that are marked come first."""
    found = await told.answer(request, lambda: things_of(told).star(_KIND, number, words.is_starred, reader_of(told)))
    return _told(found, told.who.login)


@router.get("/{number}/versions", summary="List the versions of a question")
async def versions(request: Request, told: Told, number: int) -> dict[str, Any]:
    """The newest first."""
    found = await told.answer(request, lambda: things_of(told).versions(_KIND, number, reader_of(told)))
    return {"versions": [_told(one, told.who.login) for one in found]}


@router.delete("/{number}", status_code=204, summary="Remove a question of one's own")
async def remove(request: Request, told: Told, number: int) -> None:
    """With all its versions."""
    await told.answer(request, lambda: things_of(told).remove(_KIND, number, reader_of(told)))


def _told(one: Saved, login: str) -> dict[str, Any]:
    is_mine = one.owner == login
    return {
        "number": one.number,
        "version": one.version,
        **one.told,
        "owner": one.owner,
        "is_mine": is_mine,
        "is_starred": one.is_starred,
        # with whom else it is shared is its owner's to know
        "sharing": {"shared_with": one.sharing.shared_with, "name": one.sharing.name} if is_mine else None,
    }
