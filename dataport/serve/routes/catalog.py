"""What can be asked: public, and the same for everybody who is signed in; the values that occur are a question."""

from __future__ import annotations

import asyncio
import time
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from dataport.ask import catalog_for, members
from dataport.errors import UnknownName
from dataport.render.catalog import indicator_told, level_told, values_of
from dataport.render.programs import json_text
from dataport.semantic import Catalog
from dataport.semantic.listed import parts_of_kpis
from dataport.semantic.model import GRAINS
from dataport.serve.answers import Wanted, headers_of
from dataport.serve.asked import Asked, Route, asked, asking
from dataport.serve.headers import has_already

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["catalog"])
Told = Annotated[Asked, Depends(asked)]


@router.get("/catalog", summary="List what can be asked")
async def catalog(request: Request, told: Told, short: bool = False) -> Response:
    """Indicators with the breakdowns that they go with, and breakdowns with their public members.

    `short` leaves out what is told of one by its name: members, rules, and what a number is made of.
    """
    known = await asyncio.to_thread(catalog_for, told.who.asker(), told.service.house)
    etag = f'"{sha256(f"{known.digest} {short}".encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if has_already(request.headers, etag):
        return Response(status_code=304, headers=headers)
    return Response(_listed(known.digest, _Known(known), short), headers=headers, media_type="application/json")


@router.get("/catalog/{name}", summary="Tell one indicator or breakdown in full")
async def one(name: str, told: Told) -> dict[str, Any]:
    """What is counted, under which exact condition, by which rules."""
    known = await asyncio.to_thread(catalog_for, told.who.asker(), told.service.house)
    if name in known.indicators:
        return indicator_told(known.indicators[name], known)
    if name in known.levels:
        return level_told(known.levels[name], known)
    raise UnknownName("indicator or breakdown", name[:200], (*known.public_indicators(), *known.levels))


@router.get("/values/{level}", summary="List the members of a breakdown that occur")
async def values(
    request: Request,
    level: str,
    told: Annotated[Asked, Depends(asking)],
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> Response:
    """Those in what the account may see, without how often: a question like any other."""
    started, known = time.perf_counter(), told.service.house.catalog
    safe = await told.answer(request, lambda: members(level[:200], told.who.asker(), told.service.house))
    words = search.casefold()
    found = [
        {"code": code, "label": label}
        for code, label in values_of(safe, known.levels[level], known)
        if words in f"{code} {label}".casefold()
    ]
    headers = headers_of(safe, Wanted("values", None, f"{limit} {words}"), started)
    if has_already(request.headers, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    told_of = {"values": found[:limit], "is_cut": len(found) > limit, "data_version": safe.meta["data_version"]}
    return Response(json_text(told_of, indent=None), headers=headers, media_type="application/json")


class _Known:
    """A catalog as the argument of what is worked out once for its digest."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.catalog.digest == self.catalog.digest

    def __hash__(self) -> int:
        return hash(self.catalog.digest)


# What a list is chosen from.
_SHORT_INDICATOR = (
    "name", "label", "description", "unit", "kind", "subject", "breakdowns", "filters_only", "other_breakdowns",
    "part_of",
)  # fmt: skip
_SHORT_LEVEL = ("name", "label", "description", "type", "tier", "code_list", "place_level", "part_of")


@lru_cache(maxsize=4)
def _listed(digest: str, known: _Known, is_short: bool) -> str:
    loaded = known.catalog
    part_of = parts_of_kpis(loaded).get
    indicators = [
        {
            **indicator_told(one, loaded),
            "subject": one.subject.rpartition("/")[2],
            "example": None,
            "part_of": part_of(one.name),
        }
        for one in map(loaded.indicator, loaded.public_indicators())
    ]
    breakdowns = [
        {**level_told(one, loaded), "place_level": one.place_level, "part_of": part_of(one.name)}
        for one in loaded.levels.values()
    ]
    if is_short:
        indicators = [{name: one[name] for name in _SHORT_INDICATOR} for one in indicators]
        breakdowns = [{name: one[name] for name in _SHORT_LEVEL} for one in breakdowns]
    breakdowns += [
        {"name": grain, "label": grain.capitalize(), "description": "Periods of a trend", "type": "date"}
        for grain in GRAINS
    ]
    return json_text({"indicators": indicators, "breakdowns": breakdowns, "digest": digest[:16]}, indent=None)


__all__ = ["router"]
