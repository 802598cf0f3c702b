"""Signing in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dataport.errors import DataportError
from dataport.serve.problems import of_status
from dataport.serve.service import Service

router = APIRouter(include_in_schema=False)
T = TypeVar("T")

_SPENT = "This link has signed somebody in already, or is none. Each works once: start the service again for another."
_PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>Dataport</title><p>{}</p><p><a href=/>Dataport</a></p>"
_SECONDS = 600
_ASKING = ThreadPoolExecutor(4, thread_name_prefix="provider")


@router.get("/signin/{secret}")
async def by_link(request: Request, secret: str) -> Response:
    """Sign in by a link of the demo, which works once."""
    service: Service = request.app.state.service
    login = service.people.sessions.follow(secret)
    if login is None:
        return HTMLResponse(_PAGE.format(_SPENT), 403)
    return await _signed_in(request, service, login)


@router.get("/sign-in")
async def begin(request: Request) -> Response:
    """Go to the identity provider."""
    service: Service = request.app.state.service
    if service.provider is None:
        return of_status(404)
    try:
        address, browser = await _at_provider(service.provider.begin)
    except DataportError as problem:
        return HTMLResponse(_PAGE.format(problem), problem.http_status)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        _begun(service), browser, _SECONDS, path="/", secure=service.people.is_secure, httponly=True, samesite="lax"
    )
    return answer


@router.get("/signed-in")
async def finish(request: Request, state: str = "", code: str = "") -> Response:
    """Come back from the identity provider."""
    service: Service = request.app.state.service
    if service.provider is None:
        return of_status(404)
    browser = request.cookies.get(_begun(service), "")
    try:
        provider = service.provider
        found = await _at_provider(lambda: provider.finish(state[:200], code[:4000], browser))
    except DataportError as problem:
        return HTMLResponse(_PAGE.format(problem), problem.http_status)
    answer = await _signed_in(request, service, found.login, is_of_organisation=found.is_of_organisation)
    answer.delete_cookie(_begun(service), secure=service.people.is_secure, httponly=True, samesite="lax")
    return answer


@router.post("/api/v1/sign-out")
async def leave(request: Request) -> Response:
    """End the session."""
    service: Service = request.app.state.service
    await service.who(request)
    await asyncio.to_thread(service.people.sessions.end, request.cookies.get(service.people.cookie, ""))
    answer = Response(status_code=204)
    answer.delete_cookie(service.people.cookie, secure=service.people.is_secure, httponly=True, samesite="lax")
    # nothing that was shown stays in this browser for whoever sits down next
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


async def _at_provider(work: Callable[[], T]) -> T:
    """Ask the identity provider. However slow it is, those who are known already are answered by other threads."""
    return await asyncio.get_running_loop().run_in_executor(_ASKING, work)


async def _signed_in(request: Request, service: Service, login: str, *, is_of_organisation: bool = False) -> Response:
    """Begin a session of an account, and go to the first page; one that this browser had before ends."""
    sessions = service.people.sessions
    if before := request.cookies.get(service.people.cookie):
        await asyncio.to_thread(sessions.end, before)
    secret = await asyncio.to_thread(sessions.begin, login, is_of_organisation=is_of_organisation)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        service.people.cookie, secret, path="/", secure=service.people.is_secure, httponly=True, samesite="lax"
    )
    return answer


def _begun(service: Service) -> str:
    """The cookie by which a sign-in ends in the browser in which it was begun."""
    return "__Host-dataport_begun" if service.people.is_secure else "dataport_begun"
