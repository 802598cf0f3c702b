"""Questions: query, change, explain."""

from __future__ import annotations

import base64
import binascii
import json
import time
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from dataport.ask import ask, change, explain_request
from dataport.disclosure import SafeTable
from dataport.errors import DataportError, WrongRequest
from dataport.house import House
from dataport.serve.answers import Page, Wanted, form_of, is_work, sent
from dataport.serve.asked import Asked, Route, asking
from dataport.serve.words import ChangeWords, QueryWords, Words, by_address, words_of

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["questions"])
_MOST_ROWS = 50_000


class VersionGone(DataportError):
    """The version of the data that a page is of is not there any more."""

    http_status = 410
    code = "version_gone"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__("The data that these pages were of have been replaced. Begin again with the first page.")


class PagedWords(QueryWords):
    """A question whose rows are sent page by page, all of them of one version of the data."""

    limit: Annotated[int, Field(ge=1, le=_MOST_ROWS)] | None = None
    cursor: Annotated[str, Field(max_length=500)] | None = Field(None, description="As the page before gave it.")


Told = Annotated[Asked, Depends(asking)]
_PAGED, _CHANGED, _EXPLAINED = (by_address(one) for one in (PagedWords, ChangeWords, QueryWords))


@router.post("/query", summary="Answer a question")
@router.post("/query.{suffix}", include_in_schema=False)
async def query(request: Request, told: Told, words: Annotated[PagedWords, Body()]) -> Response:
    """Indicators with breakdowns and filters, in the words of `dataport ask`."""
    return await _queried(request, told, words)


@router.get("/query", summary="Answer a question that stands in the address", openapi_extra=_PAGED)
@router.get("/query.{suffix}", include_in_schema=False, openapi_extra=_PAGED)
@router.head("/query", include_in_schema=False, openapi_extra=_PAGED)
@router.head("/query.{suffix}", include_in_schema=False, openapi_extra=_PAGED)
async def query_by_address(request: Request, told: Told) -> Response:
    """The same words as in the body of a POST; a list is its name several times."""
    return await _queried(request, told, parsed(request, PagedWords))


@router.post("/change", summary="Say why a number moved")
@router.post("/change.{suffix}", include_in_schema=False)
async def why(request: Request, told: Told, words: Annotated[ChangeWords, Body()]) -> Response:
    """What came to each cell between two days, and what left it, in the words of `dataport change`."""
    return await _changed(request, told, words)


@router.get("/change", summary="Say why a number moved, by address", openapi_extra=_CHANGED)
@router.get("/change.{suffix}", include_in_schema=False, openapi_extra=_CHANGED)
@router.head("/change", include_in_schema=False, openapi_extra=_CHANGED)
@router.head("/change.{suffix}", include_in_schema=False, openapi_extra=_CHANGED)
async def why_by_address(request: Request, told: Told) -> Response:
    """The same words as in the body of a POST."""
    return await _changed(request, told, parsed(request, ChangeWords))


@router.post("/explain", summary="Say how a question would be answered")
async def explain(request: Request, told: Told, words: Annotated[QueryWords, Body()]) -> dict[str, Any]:
    """The plan in words and its statement, without an answer."""
    return await _explained(request, told, words)


@router.get("/explain", summary="Say how a question would be answered, by address", openapi_extra=_EXPLAINED)
async def explain_by_address(request: Request, told: Told) -> dict[str, Any]:
    """The same words as in the body of a POST."""
    return await _explained(request, told, parsed(request, QueryWords))


def parsed(request: Request, kind: type[Words]) -> Any:
    """The words of an address, as the body of a POST would be read.

    Raises:
        RequestValidationError: it has a word that is none.
    """
    try:
        return kind.model_validate(words_of(request.query_params))
    except ValidationError as wrong:
        raise RequestValidationError(wrong.errors(include_input=False, include_url=False)) from None


def _form(request: Request) -> str:
    """The form that the address ends with, or that is asked for beside it."""
    return form_of(request.path_params.get("suffix"), ",".join(request.headers.getlist("accept")))


async def _queried(request: Request, told: Asked, words: PagedWords) -> Response:
    form = _form(request)
    started, question = time.perf_counter(), words.request()
    if (words.limit or words.cursor) and form != "json":
        raise WrongRequest("Pages are of JSON. CSV, Arrow, Parquet and XLSX are sent whole, in pieces.")
    cursor = _Cursor.read(words.cursor) if words.cursor else None
    house = told.service.house
    safe = await told.answer(
        request, lambda: ask(question, told.who.asker(), _of_version(house, cursor) if cursor else house)
    )
    wanted = Wanted(form, words.labels, words.across if form != "json" else None, _page(words, cursor, safe))  # type: ignore[arg-type]
    return await _sent(request, told, safe, wanted, started)


async def _changed(request: Request, told: Asked, words: ChangeWords) -> Response:
    form = _form(request)
    started, question = time.perf_counter(), words.request()
    safe = await told.answer(request, lambda: change(question, told.who.asker(), told.service.house))
    return await _sent(request, told, safe, Wanted(form, words.labels), started)  # type: ignore[arg-type]


async def _sent(request: Request, told: Asked, safe: SafeTable, wanted: Wanted, started: float) -> Response:
    """An answer as a response; one that takes a while to write takes its turn once more, and others are heard."""
    if is_work(safe, wanted):
        return await told.answer(request, lambda: sent(request, safe, wanted, started))
    return sent(request, safe, wanted, started)


async def _explained(request: Request, told: Asked, words: QueryWords) -> dict[str, Any]:
    question = words.request()
    found = await told.answer(request, lambda: explain_request(question, told.who.asker(), told.service.house))
    return asdict(found)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a page begins, and of which version of the data all of them are."""

    data_version: int
    first: int

    def text(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([self.data_version, self.first]).encode()).decode()

    @classmethod
    def read(cls, text: str) -> _Cursor:
        try:
            version, first = json.loads(base64.b64decode(text.encode(), altchars=b"-_", validate=True))
            if not all(isinstance(one, int) and 0 <= one < 2**53 for one in (version, first)):
                raise ValueError
        except (ValueError, TypeError, binascii.Error, RecursionError):
            raise WrongRequest("This cursor is none that a page gave. Begin again with the first page.") from None
        return cls(version, first)


def _of_version(house: House, cursor: _Cursor) -> House:
    found = house.of_version(cursor.data_version)
    if found is None:
        raise VersionGone
    return found


def _page(words: PagedWords, cursor: _Cursor | None, safe: SafeTable) -> Page | None:
    if not (words.limit or cursor):
        return None
    first, rows = cursor.first if cursor else 0, safe.data.num_rows
    until = min(rows, first + (words.limit or _MOST_ROWS))
    following = _Cursor(int(safe.meta["data_version"]), until).text() if until < rows else None
    return Page(first, until, following)


__all__ = ["router"]
