"""Saved questions over HTTP: who is shown what, what they show, and what two who change them at once lose (nothing)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from figures import viewer, world, write_home

from dataport.serve.app import make_app
from dataport.serve.run import Place, service_of
from dataport.settings import Settings
from dataport.state import State, end_access
from dataport.state.saved import MOST_LETTERS

from .test_serving import OURS

QUESTIONS = "/api/v1/questions"
WORDS = {"indicators": ["active_individuals"], "by": ["country_of_asylum"]}
KEPT = {"name": "Mine", "description": "Of our operation", "question": WORDS}
# An owner in Kenya; a colleague there, of another role; one of both countries; one of the other country.
OWNER = viewer(["KEN-CO"], login="owner")
COLLEAGUE = viewer(["KEN-CO"], login="colleague", role="Registrar")
WIDE = viewer(["KEN-CO", "UGA-CO"], login="wide", role="Registrar")
ELSEWHERE = viewer(["UGA-CO"], login="elsewhere", role="Analyst")
EVERYBODY = (OWNER, COLLEAGUE, WIDE, ELSEWHERE)


@dataclass(frozen=True)
class Desk:
    """Everybody at a browser of their own, at one service."""

    of: Mapping[str, httpx.AsyncClient]

    async def keep(self, login: str = "owner", **more: Any) -> int:
        kept = await self.of[login].post(QUESTIONS, json=KEPT | more)
        assert kept.status_code == 201, kept.text
        return int(kept.json()["number"])

    async def share(self, number: int, shared_with: str, name: str | None = None, login: str = "owner") -> int:
        told = {"shared_with": shared_with, "name": name}
        return (await self.of[login].put(f"{QUESTIONS}/{number}/sharing", json=told)).status_code

    async def seen(self, login: str) -> list[dict[str, Any]]:
        return list((await self.of[login].get(QUESTIONS)).json()["questions"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    rows = [*OURS, {"business_unit_id": "UGA-CO", "country_of_asylum_code": "UGA"}]
    home = write_home(tmp_path / "home", world(rows), EVERYBODY, datetime.now(UTC).replace(tzinfo=None, year=2026))
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return Settings(home=home, keyring=tmp_path / "keys.json", grants_max_age_hours=1e6)


def used(settings: Settings, use: Callable[[Desk], Awaitable[Any]]) -> Any:
    async def served() -> Any:
        service = service_of(settings, Place())
        transport, clients = httpx.ASGITransport(make_app(service)), {}
        for one in (*EVERYBODY, viewer(login="nobody")):
            secret = service.people.sessions.begin(one.login)
            session = service.people.sessions.find(secret)
            assert session
            headers = {"X-CSRF-Token": session.token, "Cookie": f"{service.people.cookie}={secret}"}
            clients[one.login] = httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers)
        try:
            return await use(Desk(clients))
        finally:
            service.desk.close()
            service.house.close()

    return asyncio.run(served())


SHARED: list[tuple[str, str | None, set[str]]] = [
    ("nobody", None, set()),
    ("account", "colleague", {"colleague"}),
    ("account", "nobody", set()),
    ("account", "Colleague", set()),
    ("role", "Registrar", {"colleague", "wide"}),
    ("unit", "UGA-CO", {"wide", "elsewhere"}),
    ("unit", "KEN-CO", {"colleague", "wide"}),
    ("everybody", None, {"colleague", "wide", "elsewhere"}),
]


@pytest.mark.parametrize(("shared_with", "name", "shown"), SHARED)
def test_it_is_shown_to_those_with_whom_it_is_shared_and_shows_each_their_own(
    shared_with: str, name: str | None, shown: set[str], settings: Settings
) -> None:
    async def asked(desk: Desk) -> None:
        number = await desk.keep()
        assert await desk.share(number, shared_with, name) == 200
        for login in ("colleague", "wide", "elsewhere"):
            seen = await desk.seen(login)
            assert [one["number"] for one in seen] == ([number] if login in shown else [])
            for one in seen:
                assert (one["is_mine"], one["sharing"], one["owner"]) == (False, None, "owner")
                told = (await desk.of[login].post("/api/v1/query", json=one["question"])).json()
                own = {"colleague": ["KEN"], "wide": ["KEN", "UGA"], "elsewhere": ["UGA"]}[login]
                assert sorted(row[0] for row in told["rows"]) == own
            way = f"{QUESTIONS}/{number}"
            versions = await desk.of[login].get(f"{way}/versions")
            star = await desk.of[login].put(f"{way}/star", json={"is_starred": True})
            assert {versions.status_code, star.status_code} == ({200} if login in shown else {404})
            # it is its owner's alone to change, and whoever is not shown it is told as much as if it were not there
            refused = [
                await desk.of[login].put(way, json=KEPT | {"since": 1}),
                await desk.of[login].put(f"{way}/sharing", json={"shared_with": "everybody"}),
                await desk.of[login].delete(way),
                await desk.of[login].delete(f"{QUESTIONS}/4711"),
            ]
            assert {(one.status_code, one.content) for one in refused} == {(404, refused[-1].content)}

    used(settings, asked)


@pytest.mark.parametrize(("shared_with", "name"), [("role", "registrar"), ("unit", "KEN-CO' or '1'='1")])
def test_a_role_or_a_unit_of_which_there_is_none_is_shown_to_nobody(
    shared_with: str, name: str, settings: Settings
) -> None:
    async def asked(desk: Desk) -> None:
        assert await desk.share(await desk.keep(), shared_with, name) == 422
        assert [await desk.seen(login) for login in ("colleague", "wide", "elsewhere")] == [[], [], []]

    used(settings, asked)


def test_what_is_no_longer_shared_is_not_shown_and_its_star_says_nothing(settings: Settings) -> None:
    async def asked(desk: Desk) -> None:
        number = await desk.keep()
        await desk.share(number, "everybody")
        await desk.of["wide"].put(f"{QUESTIONS}/{number}/star", json={"is_starred": True})
        assert [one["is_starred"] for one in await desk.seen("wide")] == [True]
        assert [one["is_starred"] for one in await desk.seen("owner")] == [False]
        await desk.share(number, "nobody")
        assert await desk.seen("wide") == []
        assert (await desk.of["owner"].delete(f"{QUESTIONS}/{number}")).status_code == 204
        again = await desk.keep()
        await desk.share(again, "everybody")
        assert [one["is_starred"] for one in await desk.seen("wide")] == [False]

    used(settings, asked)


def test_of_two_who_change_it_at_once_one_is_told_and_every_version_stays(settings: Settings) -> None:
    async def asked(desk: Desk) -> None:
        number, owner = await desk.keep(), desk.of["owner"]
        words = [KEPT | {"since": 1, "description": f"Of {one}"} for one in range(5)]
        came = await asyncio.gather(*(owner.put(f"{QUESTIONS}/{number}", json=one) for one in words))
        assert sorted(one.status_code for one in came) == [200, 409, 409, 409, 409]
        (kept,) = [one.json() for one in came if one.status_code == 200]
        told = (await owner.get(f"{QUESTIONS}/{number}/versions")).json()["versions"]
        assert [one["version"] for one in told] == [2, 1]
        assert [one["description"] for one in told] == [kept["description"], KEPT["description"]]
        await desk.share(number, "everybody")
        shown = (await desk.of["wide"].get(f"{QUESTIONS}/{number}/versions")).json()["versions"]
        assert [one["version"] for one in shown] == [2]

    used(settings, asked)


def test_a_name_is_one_things_alone_and_what_cannot_be_asked_is_not_kept(settings: Settings) -> None:
    async def asked(desk: Desk) -> None:
        owner = desk.of["owner"]
        await desk.keep()
        other = await desk.keep(name="Other")
        await desk.keep("colleague")  # whose names are their own
        for words in (KEPT, KEPT | {"name": " "}, KEPT | {"question": {"indicators": []}}, KEPT | {"colour": "red"},
                      KEPT | {"question": WORDS | {"as_of": "never"}}, KEPT | {"name": "x" * 201}):  # fmt: skip
            assert (await owner.post(QUESTIONS, json=words)).status_code == 422, words
        taken = await owner.put(f"{QUESTIONS}/{other}", json=KEPT | {"since": 1})
        assert (taken.status_code, "already" in taken.json()["detail"]) == (422, True)
        same = await owner.put(f"{QUESTIONS}/{other}", json=KEPT | {"name": "Other", "since": 1})
        assert same.status_code == 200
        for told in ({"shared_with": "role"}, {"shared_with": "everybody", "name": "x"}, {"shared_with": "world"}):
            assert (await owner.put(f"{QUESTIONS}/{other}/sharing", json=told)).status_code == 422

    used(settings, asked)


def test_one_account_keeps_so_much_and_keeps_nobody_else_from_anything(settings: Settings) -> None:
    async def asked(desk: Desk) -> None:
        owner, number = desk.of["owner"], await desk.keep()
        filters = [f"sex = '{'x' * 100_000}'"] * 2
        large = KEPT | {"question": WORDS | {"where": filters}}
        most = MOST_LETTERS // 200_000
        for since in range(1, most + 2):
            changed = await owner.put(f"{QUESTIONS}/{number}", json=large | {"since": since})
            if changed.status_code != 200:
                break
        assert (changed.status_code, "Remove some" in changed.json()["detail"]) == (422, True)
        assert most - 5 < since <= most
        assert len(await desk.seen("owner")) == 1
        await desk.keep("colleague")

    used(settings, asked)


def test_who_is_nobody_any_more_neither_keeps_nor_sees(settings: Settings) -> None:
    async def asked(desk: Desk) -> None:
        number = await desk.keep()
        await desk.share(number, "everybody")
        nobody = desk.of["nobody"]
        found = [
            await nobody.get(QUESTIONS),
            await nobody.post(QUESTIONS, json=KEPT),
            await nobody.get(f"{QUESTIONS}/{number}/versions"),
            await nobody.put(f"{QUESTIONS}/{number}/star", json={"is_starred": True}),
        ]
        assert {(one.status_code, one.json()["code"]) for one in found} == {(403, "unknown_viewer")}

    used(settings, asked)


def test_what_is_kept_outlives_the_end_of_every_session(settings: Settings) -> None:
    """As after a restoration, which ends whoever was let in and keeps what they made."""

    async def kept(desk: Desk) -> list[dict[str, Any]]:
        await desk.share(await desk.keep(), "unit", "KEN-CO")
        return await desk.seen("wide")

    async def seen(desk: Desk) -> list[dict[str, Any]]:
        return await desk.seen("wide")

    before = used(settings, kept)
    end_access(State(settings.state))
    assert json.dumps(used(settings, seen)) == json.dumps(before)
