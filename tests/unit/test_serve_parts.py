"""Parts of the service by themselves: tokens, places at the engine, work that is stopped, looks written together."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request

from dataport.audit import AuditFailed, AuditLog, Look, Together
from dataport.audit.heads import Heads
from dataport.engines.duckdb import DuckDB
from dataport.engines.duckdb.failures import failed
from dataport.errors import (
    Damaged,
    DataportError,
    DiskFull,
    NoHome,
    NotPrivate,
    Overloaded,
    SourceUnavailable,
    Stopped,
    WrongRequest,
)
from dataport.keyring import Key, Keys
from dataport.serve import oidc
from dataport.serve.answers import NoSuchForm, _part, form_of
from dataport.serve.desk import Desk, HungUp
from dataport.serve.metrics import is_from_here
from dataport.serve.oidc import NotVouched, Provider
from dataport.serve.problems import of_error
from dataport.serve.proxies import Proxies
from dataport.serve.run import Place, _listening
from dataport.serve.slots import Slots
from dataport.serve.tokens import ByToken
from dataport.settings import OidcSettings, ServeSettings
from dataport.turn import Turn, running, taking

ISSUER, CLIENT, AUDIENCE = "https://id.example.org", "dataport", "https://dataport.example.org"
OURS, THEIRS = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})
LOOK = Look("ask", "a@example.org", "os", "registration", None, "q", "d", 1, 1, "answered", 3)


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "1", "exp": now + 600, "email": "a@example.org", **more}


def token(told: dict[str, Any], key: Any = OURS, algorithm: str = "RS256", kind: str = "JWT") -> str:
    return jwt.encode({"alg": algorithm, "kid": "1", "typ": kind}, told, key, algorithms=[algorithm])


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    told: dict[str, Any] = {
        f"{ISSUER}/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"},
        f"{ISSUER}/keys": {"keys": [OURS.as_dict(private=False)]},
    }
    asked: list[str] = []
    monkeypatch.setattr(oidc, "_fetched", lambda method, address, **_: asked.append(address) or told[address])
    settings = OidcSettings(
        ISSUER, CLIENT, audience=AUDIENCE, cases_scope="dataport.cases", organisation={"hd": "example.org"}
    )
    found = Provider(settings, "https://x/signed-in")
    found.asked = asked  # type: ignore[attr-defined]
    return found


def test_a_token_is_of_the_account_that_it_says(provider: Provider) -> None:
    assert provider.bearer(token(claims())).login == "a@example.org"
    assert not provider.bearer(token(claims())).is_of_organisation
    assert provider.bearer(token(claims(hd="example.org"))).is_of_organisation


SCOPES = [
    ({}, ["ask"]),
    ({"scope": "openid dataport.ask"}, ["ask"]),
    ({"scope": "openid dataport.cases"}, ["ask", "cases"]),
    ({"scp": ["dataport.cases"]}, ["ask", "cases"]),
    ({"scope": 5}, ["ask"]),
    ({"scope": "dataport.casesX"}, ["ask"]),
]


@pytest.mark.parametrize(("more", "opened"), SCOPES)
def test_a_token_opens_cases_only_where_it_was_given_for_that(
    more: dict[str, Any], opened: list[str], provider: Provider
) -> None:
    who = ByToken(provider)(token(claims(**more)), "somewhere")
    assert who
    assert sorted(who.scopes) == opened


def test_tokens_are_heard_where_it_is_said_for_whom_they_are_made(provider: Provider) -> None:
    without = Provider(OidcSettings(ISSUER, CLIENT), "https://x/signed-in")
    for audience in (CLIENT, AUDIENCE, None):
        assert ByToken(without)(token(claims(aud=audience)), "somewhere") is None
    unset = Provider(OidcSettings(ISSUER, CLIENT, audience=AUDIENCE), "https://x/signed-in")
    assert not unset.bearer(token(claims(scope="None"))).opens_cases


PROGRAMS = [
    ({"azp": CLIENT}, True, True),
    ({"client_id": CLIENT}, True, True),
    ({"azp": AUDIENCE}, True, True),
    ({"azp": "a-program"}, False, True),
    ({"client_id": "a-program"}, False, True),
    ({"cid": "a-program"}, False, True),
    ({"azp": "a-program", "client_id": "a-program"}, False, True),
    ({"azp": "a-program", "cid": "a customer's number"}, False, True),
    ({"azp": "a-program", "client_id": "another"}, False, False),
    ({"azp": "A-Program"}, False, False),
    ({"azp": ""}, False, False),
    ({}, True, False),
]


@pytest.mark.parametrize(("said", "by_default", "where_listed"), PROGRAMS)
def test_a_program_is_heard_that_the_settings_name(
    said: dict[str, str], by_default: bool, where_listed: bool, provider: Provider
) -> None:
    """Whom a token was made for is one thing, and which program it was given to another."""
    settings = OidcSettings(ISSUER, CLIENT, audience=AUDIENCE, clients=("a-program",))
    for found, is_heard in ((provider, by_default), (Provider(settings, "https://x/signed-in"), where_listed)):
        who = ByToken(found)(token(claims(**said), kind="at+jwt"), "somewhere")
        assert (who is not None) is is_heard


SIGN_INS = [
    ({"aud": CLIENT}, True),
    ({"aud": [CLIENT]}, True),
    ({"aud": CLIENT, "azp": CLIENT}, True),
    ({"aud": [CLIENT, "another"], "azp": CLIENT}, True),
    ({"aud": [CLIENT, "another"]}, False),
    ({"aud": CLIENT, "azp": "a-program"}, False),
    ({"aud": "a-program", "azp": "a-program"}, False),
]


@pytest.mark.parametrize(("said", "is_ours"), SIGN_INS)
def test_a_sign_in_is_one_at_this_service_whichever_programs_are_heard(
    said: dict[str, Any], is_ours: bool, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = OidcSettings(ISSUER, CLIENT, audience=AUDIENCE, clients=("a-program",))
    found, fetched = Provider(settings, "https://x/signed-in"), oidc._fetched
    told = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", "token_endpoint": f"{ISSUER}/token"}
    answers = {f"{ISSUER}/.well-known/openid-configuration": told}
    answers[f"{ISSUER}/token"] = {"id_token": token(claims(nonce="n", **said))}
    monkeypatch.setattr(oidc, "_fetched", lambda way, at, **more: answers.get(at) or fetched(way, at, **more))
    if is_ours:
        assert found.finish("s", "code", "s.n.v").login == "a@example.org"
    else:
        with pytest.raises(NotVouched):
            found.finish("s", "code", "s.n.v")


def _by_hand(told: dict[str, Any], algorithm: str, secret: bytes) -> str:
    """A token as no library would make one."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    head = f"{part(json.dumps({'alg': algorithm, 'kid': '1'}).encode())}.{part(json.dumps(told).encode())}"
    return f"{head}.{part(hmac.digest(secret, head.encode(), 'sha256')) if secret else ''}"


NOT_VOUCHED: dict[str, Callable[[], str]] = {
    "expired": lambda: token(claims(exp=int(time.time()) - 600)),
    "without an end": lambda: token({name: one for name, one in claims().items() if name != "exp"}),
    "for somebody else": lambda: token(claims(aud="another")),
    "by somebody else": lambda: token(claims(iss="https://elsewhere.example")),
    "with a foreign key": lambda: token(claims(), THEIRS),
    "with the public key as a secret": lambda: _by_hand(claims(), "HS256", OURS.as_pem(private=False)),
    "unsigned": lambda: _by_hand(claims(), "none", b""),
    "for another client": lambda: token(claims(aud=[AUDIENCE, "another"], azp="another")),
    "given to a program that is not heard": lambda: token(claims(client_id="another")),
    "given to one that is heard and one that is not": lambda: token(claims(azp=CLIENT, client_id="another")),
    "given to one that is not heard, in Okta's word": lambda: token(claims(cid="another")),
    "given to one that is not heard, in Entra's word": lambda: token(claims(appid="another")),
    "given to nothing that can be read": lambda: token(claims(azp=[CLIENT])),
    "of a sign-in elsewhere": lambda: token(claims(at_hash="h")),
    "that says that somebody signed out": lambda: token(claims(), kind="logout+jwt"),
    "for the sign-in at a browser": lambda: token(claims(aud=CLIENT)),
    "of somebody who signed in at a browser": lambda: token(claims(nonce="n")),
    "an address nobody made sure of": lambda: token(claims(email_verified=False)),
    "an address that a text says nobody made sure of": lambda: token(claims(email_verified="false")),
    "of no account": lambda: token(claims(email=" ")),
    "of a list": lambda: token(claims(email=["a@example.org"])),
    "changed": lambda: token(claims())[:-4] + "AAAA",
    "no token": lambda: "a.b.c",
    "endless": lambda: "a." * 20_000,
}


@pytest.mark.parametrize("kind", NOT_VOUCHED)
def test_a_token_that_cannot_be_trusted_is_nobodys(kind: str, provider: Provider) -> None:
    with pytest.raises(NotVouched):
        provider.bearer(NOT_VOUCHED[kind]())


def test_keys_are_read_anew_for_a_strange_token_once_a_minute_at_most(provider: Provider) -> None:
    for _ in range(20):
        with pytest.raises(NotVouched):
            provider.bearer(token(claims(), THEIRS))
    assert provider.asked.count(f"{ISSUER}/keys") == 1  # type: ignore[attr-defined]


def test_who_waits_is_served_account_by_account() -> None:
    async def served() -> list[str]:
        slots, order = Slots(1, 10), []
        await slots.take("x")

        async def one(account: str) -> None:
            await slots.take(account)
            order.append(account)
            slots.give_back()

        waiting = [asyncio.create_task(one(account)) for account in "aaaab"]
        await asyncio.sleep(0)
        slots.give_back()
        await asyncio.gather(*waiting)
        assert (slots.free, slots.waiting) == (1, 0)
        return order

    assert asyncio.run(served()) == ["a", "b", "a", "a", "a"]


def test_the_greediest_make_room_in_a_full_queue() -> None:
    async def served() -> tuple[list[Any], Any]:
        slots = Slots(1, 3)
        await slots.take("x")
        greedy = [asyncio.create_task(slots.take("a")) for _ in range(3)]
        await asyncio.sleep(0)
        modest = asyncio.create_task(slots.take("b"))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await slots.take("a")
        for _ in range(3):
            slots.give_back()
        return await asyncio.gather(*greedy, return_exceptions=True), await modest

    greedy, _ = asyncio.run(served())
    assert [type(one) for one in greedy] == [type(None), type(None), Overloaded]


def long_statement() -> None:
    connection = duckdb.connect()
    try:
        with connection.cursor() as cursor, running(cursor.interrupt):
            cursor.execute("select sum(a.range * b.range) from range(10000000) a, range(10000000) b").fetchall()
    except duckdb.Error as problem:
        raise failed(problem) from None
    finally:
        connection.close()


async def _never() -> None:
    await asyncio.sleep(3600)


def test_a_statement_ends_when_its_time_is_over_or_nobody_waits() -> None:
    async def asked(seconds: float, gone: Callable[[], Any]) -> float:
        desk = Desk(ServeSettings(slots=1, seconds=seconds))
        started = time.monotonic()
        with pytest.raises((Stopped, HungUp)):
            await desk.answer("a", long_statement, gone)
        await asyncio.sleep(0.05)
        assert desk.slots.free == 1
        desk.close()
        return time.monotonic() - started

    assert asyncio.run(asked(0.3, _never)) < 1.3
    assert asyncio.run(asked(60, lambda: asyncio.sleep(0.3))) < 1.3


def test_what_was_stopped_begins_nothing_more() -> None:
    turn = Turn()
    turn.stop()
    with taking(turn), pytest.raises(Stopped):
        DuckDB(duckdb.connect()).run(duckdb, {})  # type: ignore[arg-type]  # it is not even looked at


def log_of(folder: Path, seconds: float) -> AuditLog:
    command = ("sleep", str(seconds)) if seconds else ()
    return AuditLog(folder / "looks.jsonl", Heads(folder / "heads.json", command), Keys((Key("audit", 1, b"k" * 32),)))


def test_a_slow_command_for_heads_is_waited_for_together(tmp_path: Path) -> None:
    together, started = Together(), time.monotonic()
    threads = [threading.Thread(target=together.write, args=(LOOK, log_of(tmp_path, 0.3))) for _ in range(30)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert time.monotonic() - started < 3
    verdict = log_of(tmp_path, 0).verify()
    assert (verdict.intact, verdict.looks) == (True, 30)


def test_a_writing_that_stopped_half_way_is_completed_and_no_more_than_that(tmp_path: Path) -> None:
    log = log_of(tmp_path, 0)
    log.write(LOOK)
    before = (tmp_path / "heads.json").read_bytes()
    log.write(LOOK, LOOK, LOOK)
    lines = (tmp_path / "looks.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "heads.json").write_bytes(before)
    assert log.verify().intact  # the head lags by what was written together
    for kept in (3, 2):
        (tmp_path / "looks.jsonl").write_text("".join(lines[:kept]))
        assert log.verify().intact
    log.write(LOOK)
    assert log.verify().intact
    assert "completes" in (tmp_path / "looks.jsonl").read_text()
    log.write(LOOK)
    (tmp_path / "heads.json").write_bytes(before)
    assert not log.verify().intact  # by more than that, it was cut or restored
    with pytest.raises(AuditFailed):
        log.write(LOOK)


def test_a_look_that_cannot_be_written_is_nobodys_answer(tmp_path: Path) -> None:
    (tmp_path / "looks.jsonl").mkdir()
    with pytest.raises(AuditFailed):
        Together().write(LOOK, log_of(tmp_path, 0))


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("text/html,*/*;q=0.1", "json"),
        ("text/csv;q=0.1,application/json", "json"),
    ],
)
def test_the_most_welcome_form_is_sent(accept: str, form: str) -> None:
    assert form_of(None, accept) == form


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "x" * 5000])
def test_a_form_that_there_is_not_is_said(accept: str) -> None:
    with pytest.raises(NoSuchForm):
        form_of(None, accept)


def test_where_the_home_is_and_what_is_wrong_with_it_is_said_in_the_log_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    where = "/srv/dataport/audit/head"
    for kind in (AuditFailed, Damaged, NoHome, NotPrivate, SourceUnavailable, DiskFull, DataportError):
        answer = of_error(kind(f"{where} is gone."))
        assert answer.status_code == kind.http_status and kind.code in bytes(answer.body).decode()
        assert where not in bytes(answer.body).decode()
        assert where in caplog.records[-1].getMessage()
    assert of_error(DiskFull()).status_code == 507
    assert "sexx" in bytes(of_error(WrongRequest("There is no sexx.")).body).decode()


def test_only_named_proxies_say_where_a_request_came_from() -> None:
    proxies = Proxies(("10.0.0.0/24",))
    forwarded = {b"x-forwarded-for": b"6.6.6.6, 203.0.113.5, 10.0.0.3"}
    assert proxies.origin("10.0.0.7", forwarded) == "203.0.113.5"
    assert proxies.origin("192.0.2.1", forwarded) == "192.0.2.1"
    assert proxies.origin("10.0.0.7", {b"x-forwarded-for": b"<script>"}) == "10.0.0.7"
    with pytest.raises(WrongRequest):
        Proxies(("everybody",))


PARTS = [
    (None, None),
    ("bytes=0-9", range(10)),
    ("bytes=90-", range(90, 100)),
    ("bytes=90-500", range(90, 100)),
    ("bytes=-10", range(90, 100)),
    ("bytes=-500", range(100)),
    ("bytes=100-", range(0)),
    ("bytes=101-", range(0)),
    ("bytes=101-500", range(0)),
    ("bytes=-0", range(0)),
    ("bytes=9-1", None),
    ("bytes=-", None),
    ("bytes=0-1,5-6", None),
    ("rows=0-1", None),
    ("bytes=99999999999999999999-", None),
]


@pytest.mark.parametrize(("asked", "sent_part"), PARTS)
def test_the_part_of_a_file_that_is_sent(asked: str | None, sent_part: range | None) -> None:
    headers = [(b"range", asked.encode())] if asked else []
    request = Request({"type": "http", "headers": headers})
    assert _part(request, 100, '"tag"') == sent_part
    other = Request({"type": "http", "headers": [*headers, (b"if-range", b'"other"')]})
    assert _part(other, 100, '"tag"') is None


@pytest.mark.parametrize(
    ("host", "headers", "is_here"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.1"}, False),
        ("127.0.0.1", {"forwarded": "for=10.0.0.1"}, False),
        ("10.0.0.1", {}, False),
        ("nowhere", {}, False),
    ],
)
def test_who_may_read_metrics_without_a_key(host: str, headers: dict[str, str], is_here: bool) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert is_from_here(Request({"type": "http", "headers": raw, "client": (host, 1)})) is is_here


def test_what_is_written_is_sent_at_once() -> None:
    """Or the end of each answer waits until the client has acknowledged its beginning: 40 ms."""

    async def sent_at_once(place: Place) -> bool:
        listening, there = _listening(place)
        found = asyncio.get_running_loop().create_future()

        def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(met, sock=listening):
            _, writer = await asyncio.open_connection(there.host, there.port)
            writer.close()
            return bool(await found)

    assert asyncio.run(sent_at_once(Place("127.0.0.1", 0)))
