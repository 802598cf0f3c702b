"""problems: what went wrong, as RFC 9457 has it, with the house's codes. It says nothing of what exists elsewhere."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from dataport.errors import DataportError, DiskFull, Overloaded, is_full
from dataport.semantic import Request
from dataport.serve.desk import HungUp
from dataport.serve.words import said_of
from dataport.texts import written

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "Not understood", 401: "Not signed in", 403: "Refused", 404: "Not there, or not visible",
    405: "No such method", 406: "No such form", 409: "In conflict", 410: "No longer there", 413: "Too large",
    415: "No such form", 422: "Cannot be asked", 429: "Too often", 500: "Failed", 503: "Not now", 504: "Took too long",
    507: "No room",
}  # fmt: skip
# What is sent with a request that nobody is signed in for: a program may send a key either way.
CHALLENGE = 'Bearer realm="dataport", Basic realm="dataport", charset="UTF-8"'
_SECONDS = "5"
_OF_HOME = "The service cannot answer now, and nothing was shown. Whoever runs it finds the reason in its log."
log = logging.getLogger("dataport.access")


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """One problem, as it is sent."""
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    if status in (429, 503):
        headers["Retry-After"] = _SECONDS
    said = {"type": "about:blank", "title": _TITLES.get(status, "Failed"), "status": status, "code": code}
    said |= {"detail": written(detail), **more}
    return JSONResponse(said, status, headers, media_type=MEDIA_TYPE)


def of_error(error: DataportError) -> Response:
    """An error of the house; what could be asked instead is given as it is typed, and as words of a request."""
    more: dict[str, Any] = {}
    if isinstance(error.nearest_request, Request):
        more |= {"nearest": f"dataport ask {error.nearest}", "nearest_request": said_of(error.nearest_request)}
    return problem(error.http_status, error.code, words_of(error), **more)


def words_of(error: DataportError) -> str:
    """What whoever asked is told of an error.

    What tells of the home, its keys and its stores is for whoever runs the service: it is logged, and not sent.
    """
    if error.is_for_asker:
        return str(error)
    log.error("%s: %s", error.code, error)
    return _OF_HOME


def install(app: FastAPI) -> None:
    """Have an application answer every error as a problem."""
    app.add_exception_handler(DataportError, _house)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    app.add_exception_handler(HungUp, _hung_up)
    app.add_exception_handler(Exception, _defect)


async def _house(_: HttpRequest, error: DataportError) -> Response:
    return of_error(error)


async def _invalid(_: HttpRequest, error: RequestValidationError) -> Response:
    """Which word is wrong, and how; not what it said, which may be anything."""
    found = [
        {"pointer": "/" + "/".join(str(part)[:60] for part in one["loc"] if part != "body"), "detail": _why(one)[:200]}
        for one in error.errors()[:20]
    ]
    words = "; ".join(f"{one['pointer']}: {one['detail']}" for one in found[:3])
    return problem(422, "wrong_request", f"The request is not of the words that this takes. {words}", errors=found)


def _why(one: Any) -> str:
    if one["type"] == "json_invalid":
        return f"{one['msg']}: {one['ctx']['error']}"
    return str(one["msg"])


_SAID = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The request is larger than any that can be asked.",
}


def of_status(status: int) -> Response:
    """What HTTP itself says."""
    return problem(status, "http", _SAID.get(status, "The request was not understood."))


async def _http(_: HttpRequest, error: HTTPException) -> Response:
    answer = of_status(error.status_code)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


async def _hung_up(_: HttpRequest, __: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _defect(_: HttpRequest, error: Exception) -> Response:
    return of_defect(error)


def of_defect(error: Exception) -> Response:
    """What should not have happened, of which nothing is told but its kind."""
    if is_full(error):
        return of_error(DiskFull())
    return problem(500, "defect", f"This is a defect of Dataport ({type(error).__name__}). Nothing was answered.")


def overloaded() -> Response:
    """That so many wait already."""
    return of_error(Overloaded())
