"""app: the addresses of a service, and what is around all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from dataport import __version__
from dataport.serve import problems
from dataport.serve.guarding import Guarding
from dataport.serve.metrics import is_from_here
from dataport.serve.packing import Packing
from dataport.serve.routes import (
    batches,
    cases,
    catalog,
    dashboards,
    exports,
    quality,
    questions,
    records,
    saved,
    signing,
    state,
)
from dataport.serve.service import Service
from dataport.serve.static import Static

_ABOUT = "Indicators, breakdowns and filters over registration data: exact numbers for those who may see them."


def make_app(service: Service) -> ASGIApp:
    """The application of one process."""
    static = Static()
    app = FastAPI(
        title="Dataport",
        version=__version__,
        description=_ABOUT,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_life,
        strict_content_type=True,
        redirect_slashes=False,  # whoever asks says by which name they reach us: it is no address to send them to
    )
    app.state.service = service
    problems.install(app)
    for subject in (questions, batches, catalog, cases, records, quality, exports, saved, dashboards, state, signing):
        app.include_router(subject.router)

    @app.get("/metrics", include_in_schema=False)
    async def collected(request: Request) -> Response:
        # whoever forwards to this machine need not say so, and what comes from it may come from anywhere
        if not (service.is_demo and is_from_here(request)):
            (await service.who(request)).require("metrics")
        return PlainTextResponse(service.metrics.text(service.desk), media_type="text/plain; version=0.0.4")

    @app.get("/static/{name:path}", include_in_schema=False)
    async def file(request: Request) -> Response:
        return static.file(request)

    @app.get("/", include_in_schema=False)
    async def first_page(request: Request) -> Response:
        return static.page(request)

    return Guarding(
        Packing(app),
        service.metrics,
        service.proxies,
        is_secure=service.people.is_secure,
        is_open=service.settings.serve.certificate is not None,
    )


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    for work in (service.keep_fresh(), service.keep_counted()):
        service.in_background(work)
    try:
        yield
    finally:
        await service.end()
        service.desk.close()
        service.house.close()
