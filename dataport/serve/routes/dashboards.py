"""Dashboards: those that come with the pages, and those that people keep and share. None holds a number."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import Field
from starlette.requests import Request

from dataport.errors import UnknownName
from dataport.serve.asked import Asked, Route, asking
from dataport.serve.words import Name, Words
from dataport.state import Kind, Reader, Saved, SavedThings, Sharing, State
from dataport.visit import viewer_of
from dataport.web import dashboards as described
from dataport.web.dashboards import Dashboard, made, read, written

router = APIRouter(prefix="/api/v1/dashboards", route_class=Route, tags=["dashboards"])
Told = Annotated[Asked, Depends(asking)]
_KIND: Kind = "dashboard"


class Kept(Words):
    """A dashboard as its description has it."""

    dashboard: dict[str, Any]


class Changed(Kept):
    """A further version of a dashboard."""

    since: int = Field(description="The version that was changed, so that nobody's change is lost.")


class SharedWith(Words):
    """With whom a dashboard is shared."""

    shared_with: Name = Field(description="nobody, account, role, unit or everybody.")
    name: Name | None = None


class Starred(Words):
    """Whether somebody has marked a dashboard for themselves."""

    is_starred: bool


class Written(Words):
    """A dashboard as YAML."""

    text: Annotated[str, Field(max_length=256_000)]


@router.get("", summary="List the dashboards that come with the pages, and those that are one's own or shared")
async def listed(request: Request, told: Told) -> dict[str, Any]:
    """Tiles with the questions that they ask; what stands in them, the viewer's own permissions decide."""
    kept = await told.answer(request, lambda: things_of(told).seen_by(_KIND, reader_of(told)))
    return {"dashboards": [*described.listed(), *(_told(one, told.who.login) for one in kept)]}


@router.post("", status_code=201, summary="Keep a dashboard")
async def keep(request: Request, told: Told, words: Annotated[Kept, Body()]) -> dict[str, Any]:
    """Whoever keeps it is its owner; nobody else sees it before it is shared."""
    board = made(words.dashboard)
    content = described.told(board)
    found = await told.answer(request, lambda: things_of(told).keep(_KIND, _title(board), content, reader_of(told)))
    return _told(found, told.who.login)


@router.post("/written", summary="Write a dashboard as YAML")
async def as_yaml(request: Request, told: Told, words: Annotated[Kept, Body()]) -> dict[str, str]:
    """To be kept beside others, as in git."""
    return {"text": await told.answer(request, lambda: written(made(words.dashboard)))}


@router.post("/read", summary="Read a dashboard from YAML")
async def from_yaml(request: Request, told: Told, words: Annotated[Written, Body()]) -> dict[str, Any]:
    """What it says, or which part of it is wrong; nothing is kept."""
    return await told.answer(request, lambda: described.told(read(words.text)))


@router.put("/{number}", summary="Change a dashboard of one's own")
async def change(request: Request, told: Told, number: int, words: Annotated[Changed, Body()]) -> dict[str, Any]:
    """A further version; refused where there is a later one than that which was changed."""
    board = made(words.dashboard)

    def work() -> Saved:
        content = described.told(board)
        return things_of(told).change(_KIND, number, _title(board), content, since=words.since, reader=reader_of(told))

    return _told(await told.answer(request, work), told.who.login)


@router.put("/{number}/sharing", summary="Share a dashboard of one's own")
async def share(request: Request, told: Told, number: int, words: Annotated[SharedWith, Body()]) -> dict[str, Any]:
    """It shows nobody more than they may ask themselves."""
    found = await told.answer(request, lambda: shared(_KIND, number, words, told))
    return _told(found, told.who.login)


@router.put("/{number}/star", summary="Mark a dashboard for oneself")
async def star(request: Request, told: Told, number: int, words: Annotated[Starred, Body()]) -> dict[str, Any]:
    """Those that are marked come first."""
    found = await told.answer(request, lambda: things_of(told).star(_KIND, number, words.is_starred, reader_of(told)))
    return _told(found, told.who.login)


@router.get("/{number}/versions", summary="List the versions of a dashboard")
async def versions(request: Request, told: Told, number: int) -> dict[str, Any]:
    """The newest first."""
    found = await told.answer(request, lambda: things_of(told).versions(_KIND, number, reader_of(told)))
    return {
        "versions": [
            {"version": one.version, "made_by": one.made_by, "made_at": f"{one.made_at.isoformat()}Z",
             "dashboard": one.told}
            for one in found
        ]
    }  # fmt: skip


@router.delete("/{number}", status_code=204, summary="Remove a dashboard of one's own")
async def remove(request: Request, told: Told, number: int) -> None:
    """With all its versions."""
    await told.answer(request, lambda: things_of(told).remove(_KIND, number, reader_of(told)))


def things_of(told: Asked) -> SavedThings:
    """What people keep in this home."""
    return SavedThings(State(told.service.settings.state))


def reader_of(told: Asked) -> Reader:
    """Who looks, with the roles and units by which others may have shared something with them.

    Raises:
        Refused: as `viewer_of`: an account that is nobody's any more keeps and sees nothing.
    """
    viewer = viewer_of(told.who.asker(), told.service.house)
    roles = frozenset(one.role for one in viewer.permissions)
    units = frozenset(unit for one in viewer.permissions for unit in one.units or ())
    return Reader(viewer.login, roles, units)


def shared(kind: Kind, number: int, words: SharedWith, told: Asked) -> Saved:
    """A thing of one's own, shared as was said.

    A role or a unit of which there is none would be nobody, and whoever shared it would not know. Whether there is an
    account is told to nobody.

    Raises:
        UnknownName: there is no such role or unit.
        WrongRequest, NotSaved: as `Sharing` and `SavedThings.share`.
    """
    house, name = told.service.house, words.name
    if words.shared_with == "unit" and name:
        name = house.offices().named(name).unit
    if words.shared_with == "role" and name and name not in (known := house.roles()):
        raise UnknownName("role", name, known)
    sharing = Sharing(words.shared_with, name)  # type: ignore[arg-type]  # it says itself what it may be
    return things_of(told).share(kind, number, sharing, reader_of(told))


def _title(board: Dashboard) -> str:
    return next(iter(board.title.values()), board.name)


def _told(one: Saved, login: str) -> dict[str, Any]:
    sharing = {"shared_with": one.sharing.shared_with, "name": one.sharing.name}
    is_mine = one.owner == login
    return {
        **one.told,
        "saved": {
            "number": one.number,
            "version": one.version,
            "owner": one.owner,
            "is_mine": is_mine,
            "is_starred": one.is_starred,
            # with whom else it is shared is its owner's to know
            "sharing": sharing if is_mine else None,
        },
    }
