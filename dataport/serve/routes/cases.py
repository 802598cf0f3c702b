"""Cases, for who may open them and says what for. Their ids stand in bodies and never in an address."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from dataport.history import (
    MY_LAST_LOOK,
    Part,
    Wanted,
    case_changes,
    case_comparison,
    case_family,
    case_history,
    find_people,
    show_case,
)
from dataport.house import House
from dataport.render.cases import (
    case_as_json,
    changes_as_json,
    comparison_as_json,
    family_as_json,
    history_as_json,
    moment_or_text,
    people_as_json,
)
from dataport.semantic import parse_day
from dataport.serve.asked import Asked, Route, asked
from dataport.serve.words import Day, Names, Words
from dataport.texts import inert_json
from dataport.visit import Asker

router = APIRouter(prefix="/api/v1/cases", route_class=Route, tags=["cases"])
Told = Annotated[Asked, Depends(asked)]
Text = Annotated[str, Field(max_length=2_000)]


class Opening(Words):
    """Which case, and what it is opened for."""

    id: Text = Field(description="An id or a number of the person or the group, or a former number.")
    purpose: Text = Field(description="It is written down with the look.")


class Show(Opening):
    """A case as it was on a day."""

    as_of: Day | None = None


class History(Opening):
    """What happened to a case."""

    between: Annotated[list[Day], Field(min_length=2, max_length=2)] | None = None
    member: Text | None = None
    kinds: Names = []


class Compare(Opening):
    """A case on two days."""

    between: Annotated[list[Day], Field(min_length=2, max_length=2)]


class ChangesSince(Opening):
    """What is different since a day, or since one's own last look."""

    since: Day | Literal["my-last-look"]
    member: Text | None = None


class Find(Words):
    """Of whom something is known."""

    purpose: Text
    number: Text | None = None
    name: Text | None = None
    birth_year: int | None = None


@router.post("/show", summary="Show a case as it was on a day")
async def show(request: Request, told: Told, words: Annotated[Show, Body()]) -> Response:
    """Members, addresses, documents, needs, assistance, events."""
    day = parse_day(words.as_of) if words.as_of else None
    return await _looked(request, told, words.purpose, lambda by, at: case_as_json(show_case(words.id, day, by, at)))


@router.post("/history", summary="Tell what happened to a case")
async def history(request: Request, told: Told, words: Annotated[History, Body()]) -> Response:
    """Day by day, oldest first."""
    days = (parse_day(words.between[0]), parse_day(words.between[1])) if words.between else None
    part = Part(days, words.member, tuple(words.kinds))
    return await _looked(
        request, told, words.purpose, lambda by, at: history_as_json(case_history(words.id, by, at, part))
    )


@router.post("/compare", summary="Compare a case on two days")
async def compare(request: Request, told: Told, words: Annotated[Compare, Body()]) -> Response:
    """Side by side."""
    first, second = map(parse_day, words.between)
    return await _looked(
        request,
        told,
        words.purpose,
        lambda by, at: comparison_as_json(case_comparison(words.id, first, second, by, at)),
    )


@router.post("/changes", summary="Tell what is different in a case")
async def changes(request: Request, told: Told, words: Annotated[ChangesSince, Body()]) -> Response:
    """By member, newest first, and who changed it where the viewer may know them."""
    since = MY_LAST_LOOK if words.since == MY_LAST_LOOK else parse_day(words.since)
    return await _looked(
        request,
        told,
        words.purpose,
        lambda by, at: changes_as_json(case_changes(words.id, since, by, at, words.member)),  # type: ignore[arg-type]
    )


@router.post("/family", summary="Tell who belongs to a case")
async def family(request: Request, told: Told, words: Annotated[Opening, Body()]) -> Response:
    """How they are related, who joined and left, and when."""
    return await _looked(request, told, words.purpose, lambda by, at: family_as_json(case_family(words.id, by, at)))


@router.post("/find", summary="Find people of whom something is known")
async def find(request: Request, told: Told, words: Annotated[Find, Body()]) -> Response:
    """Among those whom the account may see, by fields that it reads, so many times a day."""
    wanted = Wanted(words.number, words.name, words.birth_year)
    told.who.require("cases")
    await told.service.finding.take(told.who.login)
    try:
        return await _looked(request, told, words.purpose, lambda by, at: people_as_json(find_people(wanted, by, at)))
    finally:
        told.service.finding.give_back()


async def _looked(
    request: Request, told: Asked, purpose: str, look: Callable[[Asker, House], dict[str, Any]]
) -> Response:
    """A look at a case, which nothing between here and its reader keeps."""
    told.who.require("cases")
    by, at = told.who.asker(purpose), told.service.house
    found = await told.answer(request, lambda: as_json(look(by, at)))
    return Response(found, headers={"Cache-Control": "no-store"}, media_type="application/json")


def as_json(found: dict[str, Any]) -> str:
    """As the command line writes it; a time says its zone."""
    return inert_json(json.dumps(found, ensure_ascii=False, default=moment_or_text))
