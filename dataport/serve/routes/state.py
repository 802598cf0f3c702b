"""How things are: of the home for whoever is signed in, of the process for whoever watches it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dataport.access import ViewerClass
from dataport.errors import DataportError, NobodySignedIn, Refused
from dataport.serve.asked import Asked, Route, asked
from dataport.serve.problems import problem
from dataport.serve.service import Service
from dataport.visit import viewer_of

router = APIRouter(tags=["state"])
of_home = APIRouter(prefix="/api/v1", route_class=Route, tags=["state"])
Told = Annotated[Asked, Depends(asked)]


@of_home.get("/status", summary="Say how fresh the figures are")
async def status(request: Request, told: Told) -> dict[str, Any]:
    """The version that answers, the dates that it knows, and when it was made."""
    house = told.service.house

    def work() -> dict[str, Any]:
        viewer, build = viewer_of(told.who.asker(), house), house.published()
        # which stores there are, and when they were read, is told of those in the account's scope, as answers do
        mine = () if viewer.viewer_class is ViewerClass.STATISTICS else viewer.sources
        return {
            "data_version": build.build_number,
            "history_start": f"{build.history_start.isoformat()}Z",
            "watermark": f"{build.watermark.isoformat()}Z",
            "last_refresh": f"{build.built_at.isoformat()}Z",
            "sources": [
                {"source_id": one.source_id, "watermark": f"{one.watermark.isoformat()}Z"}
                for one in build.sources
                if mine is None or one.source_id in mine
            ],
            "definitions": house.catalog.digest[:16],
        }

    return await told.answer(request, work)


@router.get("/api/v1/session", summary="Say who is signed in, or how to sign in")
async def session(request: Request) -> dict[str, Any]:
    """The account, its class, what it may open, and the token that our own pages send; nobody is not an error here."""
    service: Service = request.app.state.service
    try:
        who = await service.who(request)
        viewer = await service.answer(request, who, lambda: viewer_of(who.asker(), service.house))
    except NobodySignedIn:
        return {"login": None, "ways": service.people.ways(), "is_demo": service.is_demo}
    except Refused as refusal:  # somebody is signed in whose account is nobody's here
        return {"login": None, "ways": service.people.ways(), "is_demo": service.is_demo, "why": str(refusal)}
    return {
        "login": viewer.login,
        "viewer_class": viewer.viewer_class.value,
        "may_open": sorted({one.entity for one in viewer.permissions if one.may_open}),
        "through": who.through.split()[0],
        "csrf": who.session.token if who.session else None,
        "is_demo": service.is_demo,
    }


@router.get("/healthz", include_in_schema=False)
async def healthz() -> PlainTextResponse:
    """Whether the process is alive."""
    return PlainTextResponse("ok\n")


@router.get("/readyz", include_in_schema=False)
async def readyz(request: Request) -> Response:
    """Whether it can answer: something is published, and the log takes looks."""
    service: Service = request.app.state.service

    def work() -> str | None:
        service.house.figures()
        return "audit_failed" if service.house.audit().trouble() else None

    try:
        code = await asyncio.to_thread(work)
    except DataportError as failed:
        code = failed.code
    if code is None:
        return PlainTextResponse("ready\n")
    # whoever watches it need not be signed in, so that it is told what kind of trouble and not where
    return problem(503, code, "It cannot answer just now: `dataport status` on its machine says why.")


router.include_router(of_home)
