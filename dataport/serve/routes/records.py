"""The records behind a number, for who may open them and says what for: in the body of a POST, and in no address."""

from __future__ import annotations

from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Body, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from dataport.quality.drill import link_of
from dataport.records import Counted, RecordStream, fetch
from dataport.render.programs import json_text
from dataport.serve.asked import Asked, Route, asked
from dataport.serve.words import Day, Filters, Name, QueryWords, Words

router = APIRouter(prefix="/api/v1", route_class=Route, tags=["cases"])
_MOST = 500


class CountedWords(Words):
    """Which number, and what for."""

    indicator: Name
    where: Filters = []
    as_of: Day | None = None
    period: Day | None = None
    geography: Name = "today"
    limit: Annotated[int, Field(ge=1, le=_MOST)] = 100
    purpose: Annotated[str, Field(min_length=1, max_length=1_000)]


@router.post("/records", summary="List the records that a number counts")
async def counted(
    request: Request, told: Annotated[Asked, Depends(asked)], words: Annotated[CountedWords, Body()]
) -> Response:
    """Those of persons or groups that the account may open. A look, with the purpose."""
    told.who.require("cases")
    said = words.model_dump(exclude={"indicator", "limit", "purpose"})
    selection = Counted(QueryWords(**{**said, "indicators": [words.indicator]}).request(), words.limit)
    asker, house = told.who.asker(words.purpose), told.service.house
    links = told.service.settings.record_links
    found = await told.answer(request, lambda: _told(fetch(None, selection, asker, house), links))
    return Response(json_text(found, indent=None), headers={"Cache-Control": "no-store"}, media_type="application/json")


def _told(found: RecordStream, links: dict[str, str]) -> dict[str, Any]:
    """Columns in which something stands, and rows, each with where it is opened in its store."""
    rows: list[dict[str, Any]] = pa.Table.from_batches(found, found.schema).to_pylist()
    names = [one for one in found.schema.names if any(row[one] is not None for row in rows)]
    kind = str(found.meta["kind"])
    links_of = [link_of(links.get(kind), kind, row) for row in rows]
    columns = [*names, *(["link"] if any(links_of) else [])]
    listed = [{**row, "link": link} for row, link in zip(rows, links_of, strict=True)]
    return {
        "columns": [{"name": one, "label": one.replace("_", " ").capitalize()} for one in columns],
        "rows": [[row[one] for one in columns] for row in listed],
        "more": found.meta["more"],
        "meta": found.meta,
    }


__all__ = ["router"]
