"""Data quality: the scorecard; through door 2 the records to correct and the working list, for who says what for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from dataport.api import given
from dataport.house import House
from dataport.quality import Done, Scorecard, Selected, Wanted, assign, excuse, note, records, scorecard, work
from dataport.quality.scorecard import where_of
from dataport.quality.tables import records_table, work_table
from dataport.quality.working import MOST_RECORDS
from dataport.render.programs import json_text
from dataport.serve.asked import Asked, Route, asked, asking
from dataport.serve.words import Day, Filters, Name, Words
from dataport.visit import Asker

router = APIRouter(prefix="/api/v1/quality", route_class=Route, tags=["quality"])
Told = Annotated[Asked, Depends(asked)]
Purpose = Annotated[str, Field(min_length=1, max_length=1_000)]
_MOST = 500


class RecordWords(Words):
    """Which records, and what for: in the body of a POST, for neither may stand in an address."""

    kpi: Name
    where: Filters = []
    unit: Name | None = None
    as_of: Day | None = None
    limit: Annotated[int, Field(ge=1, le=_MOST)] = 100
    purpose: Purpose


@router.get("/scorecard", summary="Tell all KPIs with target, trend and rank")
async def card(
    request: Request,
    told: Annotated[Asked, Depends(asking)],
    unit: Annotated[str | None, Query(max_length=200)] = None,
    as_of: Annotated[str | None, Query(max_length=40)] = None,
    compare: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Of a unit with all below it, or of all that the account may count."""
    wanted = Wanted(unit, given.day(as_of), given.comparison(compare))

    def work() -> dict[str, Any]:
        house = told.service.house
        found = scorecard(wanted, told.who.asker(), house)
        # by which filter the same is asked as any other question
        return {**_carded(found), "where": list(where_of(found.unit, house.offices()) if found.unit else ())}

    return _sent(await told.answer(request, work))


@router.post("/records", summary="List the records that fail a KPI")
async def failing(request: Request, told: Told, words: Annotated[RecordWords, Body()]) -> Response:
    """As far as the account may open them: the worst and easiest first. A look, with the purpose."""
    told.who.require("cases")
    chosen = Selected(words.kpi, tuple(words.where), words.unit, given.day(words.as_of), words.limit)
    asker, house = told.who.asker(words.purpose), told.service.house
    found = await told.answer(request, lambda: records(chosen, asker, house))
    return _sent({**records_table(found).as_dict(), "more": found.more})


class AboutWords(Words):
    """Records by their ids, by which KPI, and what for."""

    kpi: Name
    ids: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=MOST_RECORDS)]
    purpose: Purpose


class AssignWords(AboutWords):
    """Who is to see to them; nobody takes them back."""

    to: Name | None


class ExcuseWords(AboutWords):
    """Why they are excused, and until when; neither withdraws it."""

    reason: Annotated[str, Field(max_length=2_000)] | None
    until: Day | None


class NoteWords(AboutWords):
    """What is written down about them."""

    said: Annotated[str, Field(max_length=2_000)]


class WorkWords(Words):
    """Which part of the working list, and what for."""

    purpose: Purpose
    mine: bool = False
    kpi: Name | None = None


@router.post("/assign", summary="Give records to an account to see to")
async def assigned(request: Request, told: Told, words: Annotated[AssignWords, Body()]) -> Response:
    """Or take them back. Whoever had them has them no more."""
    return await _worked(request, told, words.purpose, lambda by, at: assign(words.ids, words.kpi, words.to, by, at))


@router.post("/excuse", summary="Excuse records until a day")
async def excused(request: Request, told: Told, words: Annotated[ExcuseWords, Body()]) -> Response:
    """They still fail and are counted; they come last in lists until then."""
    until = None if words.until is None else given.day(words.until)
    return await _worked(
        request, told, words.purpose, lambda by, at: excuse(words.ids, words.kpi, words.reason, until, by, at)
    )


@router.post("/note", summary="Write something down about records")
async def noted(request: Request, told: Told, words: Annotated[NoteWords, Body()]) -> Response:
    """Whoever may open a record reads its notes."""
    return await _worked(request, told, words.purpose, lambda by, at: note(words.ids, words.kpi, words.said, by, at))


@router.post("/work", summary="Tell the working list")
async def working(request: Request, told: Told, words: Annotated[WorkWords, Body()]) -> Response:
    """Who sees to what, what is excused, what was noted: of records that the account may open."""
    told.who.require("cases")
    asker, house = told.who.asker(words.purpose), told.service.house
    found = await told.answer(request, lambda: work(asker, house, mine=words.mine, kpi=words.kpi))
    return _sent({**work_table(found).as_dict(), "more": found.more})


async def _worked(request: Request, told: Asked, purpose: str, do: Callable[[Asker, House], Done]) -> Response:
    """Something is done with records that the account may open, written down before it is done."""
    told.who.require("cases")
    asker, house = told.who.asker(purpose), told.service.house
    done = await told.answer(request, lambda: do(asker, house))
    return _sent({"records": done.records})


def _carded(found: Scorecard) -> dict[str, Any]:
    """A scorecard as the command line tells it, with how each KPI is asked for and whether it is where it should be."""
    said = found.as_dict()
    for line, one in zip(found.lines, said["kpis"], strict=True):
        rank = line.rank and {"place": line.rank.place, "of": line.rank.of}
        one |= {"indicator": line.kpi.indicator, "better": line.kpi.better, "meets_target": line.meets_target}
        one |= {"is_permitted": line.is_permitted, "is_small": line.is_small, "rank": rank}
        one |= {"lists_records": bool(line.kpi.column), "moved": line.moved, "improved": line.improved}
    return {**said, "notes": list(found.notes), "data_version": found.meta.get("data_version")}


def _sent(said: dict[str, Any]) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(json_text(said, indent=None), headers=headers, media_type="application/json")
