"""words: a request as a program sends it, in the words of the command line and of Python; unknown ones are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from dataport.api import given
from dataport.disclosure import LABELS
from dataport.errors import WrongRequest
from dataport.semantic import Request, parse_subtotal

# How many names, filters or totals a request may have of each kind.
_MOST = 100
Name = Annotated[str, Field(max_length=200)]
Names = Annotated[list[Name], Field(max_length=_MOST)]
Filters = Annotated[list[Annotated[str, Field(max_length=2_000_000)]], Field(max_length=_MOST)]
Day = Annotated[str, Field(max_length=40, description="A day: 2021-12-31")]


class Words(BaseModel):
    """What every request has in common: only the words that it knows, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class QueryWords(Words):
    """A question, in the words of `dataport ask`."""

    indicators: Annotated[list[Name], Field(min_length=1, max_length=_MOST)] = Field(
        description="Names of indicators, as the catalog has them.", examples=[["active_individuals"]]
    )
    by: Names = Field([], description="Breakdowns.", examples=[["country_of_asylum"]])
    where: Filters = Field([], description="Filters, all of which hold.", examples=[["sex = 'F'"]])
    as_of: Day | None = Field(None, description="Stocks at the end of this day; the newest otherwise.")
    period: Day | None = Field(None, description="2021, 2021-Q3, 2021-03, FROM..TO, last-12-months.")
    grain: Name | None = Field(None, description="A trend by day, week, month, quarter or year.")
    compare: Day | None = Field(None, description="previous, year-ago or a day.")
    geography: Name = Field("today", description="today or as-was.")
    totals: bool = False
    subtotals: Annotated[list[Names], Field(max_length=_MOST)] = Field(
        [], description="Totals that keep these breakdowns; an empty list keeps none."
    )
    order: Names = Field([], description="NAME or NAME:desc.")
    top: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    other: bool = Field(False, description="With top: the rest together.")
    across: Name | None = Field(None, description="The breakdown whose members go across in a table.")
    labels: Name | None = Field(None, description="Members by code, by label, or by both.")

    def request(self) -> Request:
        """The question as the doors take it.

        Raises:
            WrongRequest: a word is of the language and says nothing that can be asked.
        """
        if self.labels is not None and self.labels not in LABELS:
            raise WrongRequest(f"`labels` is one of {', '.join(LABELS)}.")
        asked = given.question(
            self.by, self.where, self.as_of, self.period, self.grain, self.geography, self.totals, self.order,
            self.top, self.compare, self.other, self.subtotals, self.across,
        )  # fmt: skip
        return Request(tuple(self.indicators), **asked)


class ChangeWords(Words):
    """Why a number moved, in the words of `dataport change`."""

    indicator: Name
    between: Annotated[list[Day], Field(min_length=2, max_length=2)] = Field(
        description="The earlier day, and the later one.", examples=[["2021-12-31", "2022-02-28"]]
    )
    by: Names = []
    where: Filters = []
    geography: Name = "today"
    totals: bool = False
    subtotals: Annotated[list[Names], Field(max_length=_MOST)] = []
    labels: Name | None = None

    def request(self) -> Request:
        """The question as the doors take it; raises as `QueryWords.request`."""
        if self.labels is not None and self.labels not in LABELS:
            raise WrongRequest(f"`labels` is one of {', '.join(LABELS)}.")
        first, last = given.between(self.between)
        return Request(
            (self.indicator,),
            tuple(self.by),
            tuple(self.where),
            as_of=last,
            compare=first,
            geography=self.geography,  # type: ignore[arg-type]  # the request itself says what it may be
            totals=self.totals,
            subtotals=given.lists("subtotals", self.subtotals),
        )


def said_of(request: Request) -> dict[str, Any]:
    """A request as a program would send it: the words that say something."""
    said = {
        "indicators": list(request.indicators),
        "by": list(request.by),
        "where": list(request.where),
        "as_of": request.as_of and str(request.as_of),
        "period": request.period and str(request.period),
        "grain": request.grain,
        "compare": request.compare and str(request.compare),
        "geography": None if request.geography == "today" else request.geography,
        "totals": request.totals or None,
        "subtotals": [list(one) for one in request.subtotals],
        "order": [f"{one.name}:desc" if one.descending else one.name for one in request.order],
        "top": request.top,
        "other": request.other or None,
        "across": request.across,
    }
    return {name: one for name, one in said.items() if one not in (None, [])}


_LISTS = frozenset({"indicators", "by", "where", "order", "subtotals", "between"})
_FLAGS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}


def words_of(query: QueryParams, *, beside: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The words of an address: a list is the same name several times, a subtotal LEVEL,LEVEL or none.

    Args:
        beside: names that are not of the question.

    Raises:
        WrongRequest: one is given twice that can be given once, or is of another type.
    """
    found: dict[str, Any] = {}
    for name in dict.fromkeys(query.keys()):
        if name in beside:
            continue
        values = query.getlist(name)
        if name == "subtotals":
            found[name] = [list(parse_subtotal(one)) for one in values]
        elif name in _LISTS:
            found[name] = values
        elif len(values) > 1:
            raise WrongRequest(f"`{name[:40]}` is given {len(values)} times, and can be given once.")
        else:
            found[name] = _typed(name, values[0])
    return found


def by_address(kind: type[Words]) -> dict[str, Any]:
    """How the words of an address are described: as those of a body, where a list is its name several times."""
    schema = kind.model_json_schema()
    return {"parameters": [_parameter(name, one, schema) for name, one in schema["properties"].items()]}


def _parameter(name: str, told: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    said = {**next((one for one in told.get("anyOf", ()) if one.get("type") != "null"), {}), **told}
    kept = ("type", "items", "maxLength", "minimum", "maximum", "minItems", "maxItems")
    found = {one: said[one] for one in kept if one in said}
    if name == "subtotals":
        found["items"] = {"type": "string"}  # LEVEL,LEVEL, or none
    what = {"description": said["description"]} if "description" in said else {}
    return {"name": name, "in": "query", "required": name in schema.get("required", ()), **what, "schema": found}


def _typed(name: str, text: str) -> Any:
    if name in ("totals", "other"):
        if text.lower() not in _FLAGS:
            raise WrongRequest(f"`{name}` is true or false.")
        return _FLAGS[text.lower()]
    if name in ("top", "limit"):
        if not (text.isascii() and text.isdecimal() and len(text) < 12):
            raise WrongRequest(f"`{name}` is a whole number.")
        return int(text)
    return text
