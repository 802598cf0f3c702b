"""What the service makes of headers, addresses and bodies that could be read in two ways, or are meant to be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response, StreamingResponse

from dataport.errors import NobodySignedIn, Refused
from dataport.serve import guarding
from dataport.serve.answers import NoSuchForm, form_of
from dataport.serve.guarding import Guarding
from dataport.serve.headers import has_already, takes
from dataport.serve.metrics import Metrics
from dataport.serve.packing import Packing
from dataport.serve.people import People, Who
from dataport.serve.proxies import Proxies
from dataport.serve.sessions import Sessions
from dataport.state import Exports, NoExport, State

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("text/csv, application/json", "csv"),
        ("text/csv;q=0.5, application/json;q=0.5", "csv"),
        ("application/json;q=0.5, text/csv;q=0.50001", "csv"),
        ("text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5", "json"),
        ("*/*, application/json;q=0", "csv"),
        (f"{XLSX} ; q = 1", "xlsx"),
        ("application/json;charset=utf-8;q=0.9", "json"),
        ("TEXT/CSV", "csv"),
        ("*/*;q=0.1, application/*", "json"),
    ],
)
def test_what_is_said_of_a_form_by_its_name_goes_before_what_is_said_of_many(accept: str, form: str) -> None:
    assert form_of(None, accept) == form


@pytest.mark.parametrize(
    "accept", ["text/csv;q=nan", "text/csv;q=-1", "text/csv;q=x", "*/*;q=0", "text/*, text/csv;q=0", "text"]
)
def test_a_form_that_is_not_welcome_is_not_sent(accept: str) -> None:
    with pytest.raises(NoSuchForm):
        form_of(None, accept)


@pytest.mark.parametrize(
    ("accepted", "is_taken"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("br, *", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("x-gzip, br", False),
        ("identity", False),
        ("", False),
    ],
)
def test_what_is_packed_is_sent_to_who_takes_it(accepted: str, is_taken: bool) -> None:
    assert takes(accepted, "gzip") is is_taken


@pytest.mark.parametrize(
    ("told", "is_had"),
    [
        (['"a"'], True),
        (['W/"a"'], True),
        (['"b", W/"a"'], True),
        (['"b"', '"a"'], True),
        (["*"], True),
        (['"A"'], False),
        (["a"], False),
        (['"aa"'], False),
        ([], False),
    ],
)
def test_what_somebody_has_already_is_told_by_its_tag_however_it_was_handed_on(told: list[str], is_had: bool) -> None:
    raw = [(b"if-none-match", one.encode()) for one in told]
    assert has_already(Headers(raw=raw), '"a"') is is_had


@pytest.mark.parametrize(
    ("peer", "told", "origin"),
    [
        ("10.0.0.7", "203.0.113.5", "203.0.113.5"),
        ("::ffff:10.0.0.7", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.7", "6.6.6.6, ::ffff:203.0.113.5", "203.0.113.5"),
        ("10.0.0.7", "2001:DB8::1", "2001:db8::1"),
        ("10.0.0.7", "fe80::1%\x1b[2Jnobody", "10.0.0.7"),
        ("10.0.0.7", "203.0.113.5:4711", "10.0.0.7"),
        ("10.0.0.7", "10.0.0.7, 10.0.0.7", "10.0.0.7"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_where_a_request_came_from_is_an_address_and_nothing_else(peer: str, told: str, origin: str) -> None:
    assert Proxies(("10.0.0.7",)).origin(peer, {b"x-forwarded-for": told.encode()}) == origin


def asked(app: Any, **more: Any) -> httpx.Response:
    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=("10.0.0.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/", **more)

    return asyncio.run(sent())


async def _where(scope: Any, receive: Any, send: Any) -> None:
    await Response(scope["client"][0])(scope, receive, send)


def test_an_address_that_is_sent_before_the_one_of_the_proxy_is_not_taken() -> None:
    app = Guarding(_where, Metrics(), Proxies(("10.0.0.7",)), is_secure=False, is_open=False)
    for told in ([b"127.0.0.1, 203.0.113.5"], [b"127.0.0.1", b"203.0.113.5"], [b"203.0.113.5", b"10.0.0.7"]):
        headers = [(b"x-forwarded-for", one) for one in told]
        assert asked(app, headers=headers).text == "203.0.113.5"


async def _text(scope: Any, receive: Any, send: Any) -> None:
    await Response(b"x" * 2000, headers={"Accept-Ranges": "bytes"}, media_type="text/csv")(scope, receive, send)


def test_parts_are_not_offered_of_what_is_sent_packed() -> None:
    """A part is one of what is not packed: put behind the beginning of what is, it would be another file."""
    packed = asked(Packing(_text), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-ranges" not in packed.headers
    plain = asked(Packing(_text), headers={"Accept-Encoding": "gzip;q=0"})
    assert plain.headers["accept-ranges"] == "bytes"
    assert plain.content == packed.content


def test_who_does_not_read_what_is_sent_keeps_nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "_READING", 0.05)
    ended: list[str] = []

    async def pieces() -> Any:
        try:
            for _ in range(100):
                yield b"x" * 1000
        finally:
            ended.append("it")

    async def streamed(scope: Any, receive: Any, send: Any) -> None:
        await StreamingResponse(pieces())(scope, receive, send)

    async def sent(_: Any) -> None:
        if sent.calls > 2:  # type: ignore[attr-defined]
            await asyncio.sleep(60)
        sent.calls += 1  # type: ignore[attr-defined]

    async def receive() -> Any:
        await asyncio.sleep(60)

    sent.calls = 0  # type: ignore[attr-defined]
    app = Guarding(streamed, Metrics(), Proxies(()), is_secure=False, is_open=False)
    scope = {"type": "http", "method": "GET", "headers": [], "asgi": {"spec_version": "2.4"}}

    async def served() -> None:
        await app(scope, receive, sent)
        await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(served(), 5))
    assert ended == ["it"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_password_that_a_browser_keeps_is_not_sent_along_by_the_pages_of_others(site: str, tmp_path: Path) -> None:
    sessions = Sessions(State(tmp_path / "state.sqlite3"), 1.0)
    people = People(sessions, False, (lambda secret, _: Who("a", "key") if secret == "dp_k" else None,))

    def who(*more: tuple[bytes, bytes], header: str = "Basic eDpkcF9r") -> Who:
        headers = [(b"authorization", header.encode()), *more]
        return people.who(HTTPConnection({"type": "http", "headers": headers}), "GET")

    assert who().login == who((b"sec-fetch-site", b"same-origin")).login == "a"
    with pytest.raises(Refused):
        who((b"sec-fetch-site", site.encode()))
    # what a program sends, no browser sends by itself
    assert who((b"sec-fetch-site", site.encode()), header="Bearer dp_k").login == "a"
    with pytest.raises(NobodySignedIn):
        who(header="Basic eDpkcF94")


def test_the_file_of_an_export_that_was_just_given_up_is_not_there(tmp_path: Path) -> None:
    exports = Exports(tmp_path / "exports", 1.0)
    one = exports.write(exports.begin("a@example.org", "csv"), iter([b"x"]), 1, "")
    path = exports.file(one, "")
    with exports.opened(path) as file:
        exports.delete(one)
        assert file.read() == b"x"
    with pytest.raises(NoExport):
        exports.opened(path)
