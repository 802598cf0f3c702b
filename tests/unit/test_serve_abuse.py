"""The service under who means no good: places, connections and files that somebody tries to keep or to break."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from dataport.access import Viewer, ViewerClass
from dataport.errors import Overloaded, Refused
from dataport.kept import rights_of
from dataport.serve import oidc
from dataport.serve.asked import Asked, asking
from dataport.serve.desk import Desk
from dataport.serve.guarding import Guarding
from dataport.serve.metrics import Metrics
from dataport.serve.oidc import NotVouched, Provider, Unreachable
from dataport.serve.patience import Patient
from dataport.serve.people import Who
from dataport.serve.proxies import Proxies
from dataport.serve.routes import cases
from dataport.serve.routes.batches import OneOfMany, _line
from dataport.serve.slots import Slots
from dataport.serve.static import Static
from dataport.settings import OidcSettings, ServeSettings
from dataport.state import Exports, NoExport
from dataport.turn import running
from dataport.web.dashboards import BadDashboard, made, read


async def _never() -> None:
    await asyncio.sleep(3600)


def test_who_is_ended_while_waiting_leaves_no_place_taken() -> None:
    async def served() -> tuple[int, int]:
        desk = Desk(ServeSettings(slots=1))
        await desk.slots.take("x")
        waiting = [asyncio.create_task(desk.answer("a", int, _never)) for _ in range(3)]
        await asyncio.sleep(0.01)
        for one in waiting[:2]:
            one.cancel()
        await asyncio.gather(*waiting[:2], return_exceptions=True)
        desk.slots.give_back()
        assert await asyncio.wait_for(waiting[2], 5) == 0
        await asyncio.sleep(0.01)
        desk.close()
        return desk.slots.free, desk.slots.waiting

    assert asyncio.run(served()) == (1, 0)


def test_a_place_that_is_given_as_somebody_is_ended_goes_back() -> None:
    async def served() -> tuple[int, int]:
        desk = Desk(ServeSettings(slots=1))
        await desk.slots.take("x")
        waiting = asyncio.create_task(desk.answer("a", int, _never))
        await asyncio.sleep(0.01)
        desk.slots.give_back()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0.01)
        desk.close()
        return desk.slots.free, desk.slots.waiting

    assert asyncio.run(served()) == (1, 0)


def test_work_of_whom_is_ended_twice_is_interrupted_until_it_ends() -> None:
    """An engine misses an interruption that comes between two statements."""
    heard: list[float] = []
    ended = threading.Event()

    def interrupt() -> None:
        heard.append(time.monotonic())
        if len(heard) == 3:
            ended.set()

    def work() -> None:
        with running(interrupt):
            ended.wait(2)

    async def served() -> int:
        desk = Desk(ServeSettings(slots=1))
        asking_on = asyncio.create_task(desk.answer("a", work, _never))
        for _ in range(2):
            await asyncio.sleep(0.02)
            asking_on.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking_on
        await asyncio.sleep(0.01)
        desk.close()
        return desk.slots.free

    assert asyncio.run(served()) == 1
    assert ended.is_set()


def test_work_of_whom_is_ended_leaves_nothing_in_the_log() -> None:
    said: list[dict[str, Any]] = []
    begun = threading.Event()

    def work() -> None:
        with running(lambda: None):
            begun.set()
            time.sleep(0.05)
        with running(lambda: None):
            pass  # it is stopped before it begins this one

    async def served() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        desk = Desk(ServeSettings(slots=1))
        asking_on = asyncio.create_task(desk.answer("a", work, _never))
        await asyncio.to_thread(begun.wait)
        asking_on.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking_on
        del asking_on
        gc.collect()
        desk.close()

    asyncio.run(served())
    assert said == []


def test_a_defect_in_one_question_of_a_batch_costs_no_other_its_answer() -> None:
    async def broken(*_: Any) -> Any:
        raise ZeroDivisionError("Amina")

    told: Any = SimpleNamespace(service=SimpleNamespace(desk=SimpleNamespace(answer=broken)), who=Who("a", "key"))
    one = OneOfMany.model_validate({"id": "t", "indicators": ["active_individuals"]})

    async def served() -> bytes:
        return await _line(told, one, None, asyncio.get_running_loop().create_future())  # type: ignore[arg-type]

    said = json.loads(asyncio.run(served()))
    assert (said["id"], said["status"], said["body"]["code"]) == ("t", 500, "defect")
    assert "Amina" not in json.dumps(said)


def test_who_waits_to_find_somebody_has_no_place_at_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()
    monkeypatch.setattr(cases, "find_people", lambda *_: found.wait(5))
    monkeypatch.setattr(cases, "people_as_json", lambda _: {})

    async def served() -> tuple[int, int]:
        desk = Desk(ServeSettings(slots=2))
        service: Any = SimpleNamespace(finding=Slots(1, 2), house=None)
        service.answer = lambda _, who, work: desk.answer(who.login, work, _never)
        words = cases.Find.model_validate({"purpose": "A test", "number": "1"})
        request: Any = None
        asked = [asyncio.create_task(cases.find(request, Asked(Who(n, "key"), service), words)) for n in "abc"]
        await asyncio.sleep(0.05)
        free = desk.slots.free
        with pytest.raises(Overloaded):
            await cases.find(request, Asked(Who("a", "key"), service), words)
        found.set()
        await asyncio.gather(*asked)
        desk.close()
        return free, service.finding.free

    assert asyncio.run(served()) == (1, 1)


def test_a_provider_that_cannot_be_reached_is_left_alone_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    now = [1000.0]

    def fetched(method: str, address: str, **_: Any) -> dict[str, Any]:
        asked.append(address)
        raise Unreachable

    monkeypatch.setattr(oidc, "_fetched", fetched)
    settings = OidcSettings("https://id.example.org", "dataport", audience="a")
    provider = Provider(settings, "https://x/signed-in", lambda: now[0])
    for _ in range(20):
        with pytest.raises(Unreachable):
            provider.bearer("a.b.c")
        with pytest.raises(Unreachable):
            provider.begin()
    assert len(asked) == 1
    now[0] += 10
    with pytest.raises(Unreachable):
        provider.begin()
    assert len(asked) == 2


@pytest.mark.parametrize("begun", ["", "s", "s.n", "s.n.", "s..v", ".n.v", "other.n.v"])
def test_a_sign_in_is_finished_with_all_that_it_was_begun_with(begun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "_fetched", lambda *_, **__: pytest.fail("The provider was asked."))
    provider = Provider(OidcSettings("https://id.example.org", "dataport"), "https://x/signed-in")
    with pytest.raises(NotVouched):
        provider.finish("s", "code", begun)


@pytest.mark.parametrize("scopes", [{"cases"}, set()])
def test_a_key_that_was_made_for_something_else_asks_nothing(scopes: set[Any]) -> None:
    with pytest.raises(Refused):
        asyncio.run(asking(Asked(Who("a", "key", scopes=frozenset(scopes)), None)))  # type: ignore[arg-type]


def test_an_export_is_fetched_with_the_rights_that_it_was_made_with_alone(tmp_path: Path) -> None:
    exports = Exports(tmp_path / "exports", 1.0)
    viewer = Viewer("a@example.org", ViewerClass.REGISTRATION, (), 3)
    one = exports.write(exports.begin(viewer.login, "csv"), iter([b"x"]), 1, rights_of(viewer))
    newer = Viewer("a@example.org", ViewerClass.REGISTRATION, (), 4)
    assert exports.file(one, rights_of(newer)).read_bytes() == b"x"
    less = Viewer("a@example.org", ViewerClass.STATISTICS, (), 4)
    with pytest.raises(NoExport):
        exports.file(one, rights_of(less))
    assert "rights" not in one.told()


def test_an_export_that_was_given_up_is_not_made(tmp_path: Path) -> None:
    exports = Exports(tmp_path / "exports", 1.0)
    one = exports.begin("a@example.org", "csv")
    exports.delete(one)
    with pytest.raises(NoExport):
        exports.write(one, iter([b"x"]), 1, "")
    exports.fail(one, "why")
    assert not list((tmp_path / "exports").iterdir())


def test_an_export_that_is_given_up_while_it_is_written_leaves_nothing(tmp_path: Path) -> None:
    exports = Exports(tmp_path / "exports", 1.0)
    one = exports.begin("a@example.org", "csv")

    def pieces() -> Iterator[bytes]:
        yield b"x"
        exports.delete(one)

    with pytest.raises(NoExport):
        exports.write(one, pieces(), 1, "")
    assert not list((tmp_path / "exports").iterdir())


async def _app(scope: Any, receive: Any, send: Any) -> None:
    kept = {"Cache-Control": "private, no-cache"} if scope["path"] == "/kept" else {}
    await PlainTextResponse("x", headers=kept)(scope, receive, send)


def test_what_does_not_say_that_it_may_be_kept_is_not() -> None:
    app = Guarding(_app, Metrics(), Proxies(()), is_secure=False, is_open=False)

    async def asked(path: str) -> list[str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return (await client.get(path)).headers.get_list("cache-control")

    assert asyncio.run(asked("/api/v1/session")) == ["no-store"]
    assert asyncio.run(asked("/kept")) == ["private, no-cache"]


@pytest.mark.parametrize("host", ["[", "x/static/y", "a@b", "", "x:99999999"])
def test_a_file_is_found_whatever_name_the_service_was_reached_by(host: str) -> None:
    static = Static()
    address = next(iter(static._assets.files))
    scope = {
        "type": "http",
        "method": "GET",
        "path": address,
        "headers": [(b"host", host.encode())],
        "query_string": b"",
    }
    assert static.file(Request(scope)).status_code == 200


def test_a_connection_on_which_nothing_is_asked_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Patient, "seconds", 0.3)

    async def served() -> tuple[bytes, ...]:
        config = uvicorn.Config(_app, port=0, http=Patient, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        config.load()
        serving = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]

        async def said(*pieces: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.2)
            found = await asyncio.wait_for(reader.read(), 3)
            writer.close()
            return found

        whole = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        try:
            return await asyncio.gather(said(), said(b"GET / HT", b"TP/1.1\r\nX: ", b"y"), said(whole[:9], whole[9:]))
        finally:
            server.should_exit = True
            await serving

    silent, slow, whole = asyncio.run(served())
    assert (silent, slow) == (b"", b"")
    assert whole.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "text",
    ["!!timestamp 'x'", "!!int ''", "!!bool q", "[" * 100_000, "? [a, b]\n: c",
     "{name: a, title: x, tiles: [{id: a, kind: number, title: t, place: [0, 0, 1, 1], "
     f"ask: {{indicators: [a], top: 0x{'f' * 5000}}}}}]}}"],
)  # fmt: skip
def test_a_text_that_is_no_dashboard_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadDashboard):
        read(text)


@pytest.mark.parametrize("more", [{"title": "\ud800"}, {"filters": ["\udfff"]}, {"title": {"\ud800": "x"}}])
def test_half_of_a_letter_is_no_text_of_a_dashboard(more: dict[str, Any]) -> None:
    with pytest.raises(BadDashboard):
        made({"name": "a", "title": "x", **more})
