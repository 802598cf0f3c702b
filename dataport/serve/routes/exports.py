"""Exports: a question whose answer is made in the background, as a file of whoever asked."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dataport.ask import ask
from dataport.disclosure import Labels, SafeTable
from dataport.errors import DataportError
from dataport.kept import rights_of
from dataport.semantic import Request as Question
from dataport.serve.answers import FORMS, Wanted, of_file, written
from dataport.serve.asked import Asked, Route, asking
from dataport.serve.desk import HungUp
from dataport.serve.problems import words_of
from dataport.serve.words import QueryWords
from dataport.state import Export, Exports
from dataport.visit import viewer_of, visiting

router = APIRouter(prefix="/api/v1/exports", route_class=Route, tags=["exports"])
Told = Annotated[Asked, Depends(asking)]
_NO_STORE = {"Cache-Control": "no-store"}


class ExportWords(QueryWords):
    """A question, and the form of the file."""

    form: Literal["csv", "xlsx", "parquet", "arrow", "json"]


@router.post("", status_code=202, summary="Have an answer made as a file")
async def begin(told: Told, words: Annotated[ExportWords, Body()]) -> JSONResponse:
    """It is worked out in the background; its address says how far it is, and it ends by itself."""
    question, exports = words.request(), _exports(told)
    labels: Labels | None = words.labels  # type: ignore[assignment]  # the request says what it may be

    def begun() -> Export:
        viewer_of(told.who.asker(), told.service.house)  # an account that is nobody's has none
        return exports.begin(told.who.login, words.form)

    one = await asyncio.to_thread(begun)
    told.service.in_background(_made(told, one, question, Wanted(words.form, labels, words.across)))
    address = f"/api/v1/exports/{one.export_id}"
    return JSONResponse(_said(one), 202, {"Location": address, **_NO_STORE})


@router.get("/{export_id}", summary="Say how far an export is")
async def state(told: Told, export_id: str) -> JSONResponse:
    """Under way, done or failed; who else asks is told that there is none."""
    return JSONResponse(_said(await _found(told, export_id)), headers=_NO_STORE)


@router.get("/{export_id}/file", summary="Fetch the file of an export")
@router.head("/{export_id}/file", include_in_schema=False)
async def fetch(request: Request, told: Told, export_id: str) -> Response:
    """The file, as long as the export has not ended and the account may what it might. A look like any other."""
    exports, asker, house = _exports(told), told.who.asker(), told.service.house

    def look() -> Response:
        with visiting("export", export_id[:100], asker, house) as (noted, viewer):
            one = exports.find(export_id, told.who.login)
            path = exports.file(one, rights_of(viewer))
            noted.note(data_version=one.data_version)
        # it is opened now: where the export is given up while it is sent, it is sent to its end
        named = f'attachment; filename="answer.{one.form}"'
        headers = {**_NO_STORE, "Content-Disposition": named, "ETag": f'"{one.export_id}"'}
        return of_file(request, exports.opened(path), headers, FORMS[one.form])

    return await told.answer(request, look)


@router.delete("/{export_id}", status_code=204, summary="Give an export up")
async def delete(told: Told, export_id: str) -> Response:
    """Its file is deleted at once."""
    one = await _found(told, export_id)
    await asyncio.to_thread(_exports(told).delete, one)
    return Response(status_code=204)


async def _made(told: Asked, one: Export, question: Question, wanted: Wanted) -> None:
    """Work an export out; it is a look like any other, and has its place at the engine like any other."""
    exports, house = _exports(told), told.service.house

    def answered() -> tuple[str, SafeTable]:
        rights = rights_of(viewer_of(told.who.asker(), house))  # before, so that what is withdrawn meanwhile is missed
        return rights, ask(question, told.who.asker(), house)

    try:
        rights, safe = await told.service.desk.answer(told.who.login, answered, _never)

        def write() -> Export:
            return exports.write(one, written(safe, wanted), int(safe.meta["data_version"]), rights)

        # writing it is work as answering it was, and takes its turn
        await told.service.desk.answer(told.who.login, write, _never)
    except DataportError as problem:
        await asyncio.to_thread(exports.fail, one, words_of(problem))
    except (HungUp, asyncio.CancelledError):
        await asyncio.to_thread(exports.fail, one, "The service was ended before it was done. Ask for it again.")
        raise
    except Exception as defect:
        await asyncio.to_thread(exports.fail, one, f"This is a defect of Dataport ({type(defect).__name__}).")


async def _never() -> None:
    await asyncio.get_running_loop().create_future()


async def _found(told: Asked, export_id: str) -> Export:
    """An account's export; raises as `viewer_of` and `Exports.find`: an account that is nobody's has none."""

    def find() -> Export:
        viewer_of(told.who.asker(), told.service.house)
        return _exports(told).find(export_id, told.who.login)

    return await asyncio.to_thread(find)


def _exports(told: Asked) -> Exports:
    settings = told.service.settings
    return Exports(settings.exports, settings.serve.export_hours)


def _said(one: Export) -> dict[str, Any]:
    said = one.told()
    return {**said, "address": f"/api/v1/exports/{one.export_id}", "file": f"/api/v1/exports/{one.export_id}/file"}
