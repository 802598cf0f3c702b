"""Every address of the service, as its description has them: who may, and that nothing that is sent is passed over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dataport.serve.service import Service
from dataport.state import AccessKeys, Scope, State

from .test_serving import KENYA, OURS, home_of, inside

# What is answered to nobody: how to sign in.
OPEN = {("get", "/api/v1/session")}
WORDS = {"indicators": ["active_individuals"]}
SCOPES_TRIED: tuple[Scope, Scope] = ("metrics", "ask")


def addresses(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every method of every address, with something in its place where it has a name in it."""
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            if (method, path) not in OPEN:
                yield method, path.replace("{number}", "1").replace("{export_id}", "0" * 32), told


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("everywhere")
    return home_of(folder / "home", OURS, folder / "keys.json")


def test_nobody_is_told_who_they_are_not_before_anything_of_theirs_is_read(home: Any) -> None:
    """Neither a body that is none nor a word that there is not is looked at before who sends it."""

    async def asked(_: Service, client: httpx.AsyncClient) -> list[tuple[Any, ...]]:
        found = []
        for method, path, _told in addresses((await client.get("/openapi.json")).json()):
            client.headers.pop("cookie", None)
            for headers in ({}, {"Authorization": "Bearer dp_x"}, {"Authorization": "Bearer a.b.c"}):
                for content in (None, b'{"indicators": [', b"[" * 10_000):
                    typed = {"Content-Type": "application/json"} if content else {}
                    answer = await client.request(
                        method, f"{path}?colour=red", content=content, headers={**headers, **typed}
                    )
                    found.append((method, path, answer.status_code, answer.json()["code"], answer.content))
        return found

    found = inside(home, asked)
    assert len(found) > 300
    assert {one[2:4] for one in found} == {(401, "not_signed_in")}
    assert len({one[4] for one in found}) == 1


def test_a_word_that_an_address_does_not_take_is_refused_and_not_passed_over(home: Any) -> None:
    async def asked(_: Service, client: httpx.AsyncClient) -> list[tuple[Any, ...]]:
        found = []
        for method, path, _told in addresses((await client.get("/openapi.json")).json()):
            answer = await client.request(method, f"{path}?colour=red&as_of_=2022-01-31")
            found.append((method, path, answer.status_code, answer.json()["code"]))
        return found

    found = inside(home, asked)
    assert {one[2:] for one in found} == {(422, "wrong_request")}, found


TWO_WAYS = [
    ("POST", "/api/v1/query?as_of=2022-01-31", WORDS),
    ("POST", "/api/v1/query?suffix=csv", WORDS),
    ("POST", "/api/v1/change?suffix=csv", {"indicator": "active_individuals", "between": ["2022-01-31", "2022-02-28"]}),
    ("GET", "/api/v1/query?indicators=active_individuals&suffix=csv", None),
    ("GET", "/api/v1/query?indicators=active_individuals&as_of=2022-01-31&as_of=2022-02-28", None),
    ("GET", "/api/v1/quality/scorecard?unit=KEN-CO&unit=UGA-CO", None),
    ("GET", "/api/v1/values/sex?limit=1&limit=2", None),
    ("GET", "/api/v1/catalog?short=true&short=false", None),
    ("POST", "/api/v1/query", b'{"indicators": ["active_individuals"], "as_of": "2022-01-31", "as_of": "2022-02-28"}'),
    ("POST", "/api/v1/query", b'{"indicators": ["active_individuals"], "as\\u005fof": "2022-01-31", "as_of": null}'),
    ("POST", "/api/v1/queries", b'{"questions": [{"id": "a", "id": "b", "indicators": ["active_individuals"]}]}'),
    ("POST", "/api/v1/query", b'{"indicators": ["active_individuals"], "top": NaN}'),
    ("POST", "/api/v1/query", b'{"indicators": ["active_individuals"], "top": Infinity}'),
]


@pytest.mark.parametrize(("method", "path", "sent"), TWO_WAYS)
def test_what_could_be_read_in_two_ways_is_refused(method: str, path: str, sent: Any, home: Any) -> None:
    async def asked(_: Service, client: httpx.AsyncClient) -> httpx.Response:
        if isinstance(sent, bytes):
            return await client.request(method, path, content=sent, headers={"Content-Type": "application/json"})
        return await client.request(method, path, json=sent)

    answer = inside(home, asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_request"), answer.text


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "*"])
def test_a_body_that_the_page_of_another_site_could_send_is_none(media: str, home: Any) -> None:
    async def asked(_: Service, client: httpx.AsyncClient) -> int:
        content = b'{"indicators": ["active_individuals"]}'
        headers = {"Content-Type": media} if media else {}
        return (await client.post("/api/v1/query", content=content, headers=headers)).status_code

    assert inside(home, asked) == 422


def test_the_words_of_an_address_are_described_as_those_of_a_body(home: Any) -> None:
    async def read(_: Service, client: httpx.AsyncClient) -> Any:
        return (await client.get("/openapi.json")).json()

    described = inside(home, read)
    for path in ("query", "change", "explain"):
        told = described["paths"][f"/api/v1/{path}"]
        ref = told["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        body = described["components"]["schemas"][ref]
        by_address = {one["name"]: one for one in told["get"]["parameters"]}
        assert set(by_address) == set(body["properties"])
        assert {name for name, one in by_address.items() if one["required"]} == set(body["required"])
    assert not described["paths"]["/api/v1/query"]["post"].get("parameters")


def test_a_key_that_is_revoked_answers_no_further_question_of_a_batch(home: Any) -> None:
    many = {"questions": [{"id": str(one), **WORDS, "top": one + 1} for one in range(30)]}

    async def asked(service: Service, client: httpx.AsyncClient) -> tuple[list[int], int]:
        secret = service.people.sessions.begin(KENYA.login)
        session = service.people.sessions.find(secret)
        assert session
        headers = {"Cookie": f"{service.people.cookie}={secret}", "X-CSRF-Token": session.token}
        slots, client.headers["cookie"] = service.desk.slots, ""
        taken = slots.free
        for _ in range(taken):
            await slots.take("another")

        async def end() -> None:
            """Let the batch begin, and no question of it be worked out before the session has ended."""
            while not slots.waiting:
                await asyncio.sleep(0.01)
            slots.give_back()
            await slots.take("another")
            while slots.waiting < 2:
                await asyncio.sleep(0.01)
            service.people.sessions.end(secret)
            for _ in range(taken):
                slots.give_back()

        answer, _none = await asyncio.gather(client.post("/api/v1/queries", json=many, headers=headers), end())
        return [json.loads(line)["status"] for line in answer.text.splitlines()], answer.status_code

    lines, status = inside(home, asked)
    assert status == 200
    assert lines == [401] * 30


def test_a_key_of_a_collector_reads_metrics_and_opens_nothing_else(home: Any) -> None:
    """Nor does anybody read metrics without one, wherever they are."""
    ends = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=1)

    async def asked(_: Service, client: httpx.AsyncClient) -> tuple[set[tuple[int, str]], list[int]]:
        del client.headers["cookie"]
        keys = AccessKeys(State(home.state))
        watching, asking = (
            {"Authorization": f"Bearer {made.key}"}
            for made in (
                keys.make(KENYA.login, "A test", scopes=frozenset((one,)), made_by="tests", expires_at=ends)
                for one in SCOPES_TRIED
            )
        )
        described = (await client.get("/openapi.json")).json()
        found = set()
        for method, path, _told in addresses(described):
            answer = await client.request(method, path, headers=watching)
            found.add((answer.status_code, answer.json()["code"]))
        metrics = [await client.get("/metrics", headers=one) for one in ({}, asking, watching)]
        return found, [one.status_code for one in metrics]

    found, metrics = inside(home, asked)
    assert found == {(403, "refused")}
    assert metrics == [401, 403, 200]


def test_other_methods_say_nothing_of_what_there_is(home: Any) -> None:
    """Neither what is asked nor who asks makes a difference to what is answered to a method that there is not."""

    async def asked(_: Service, client: httpx.AsyncClient) -> list[tuple[int, bytes]]:
        cookie, found = client.headers["cookie"], []
        for told in (cookie, ""):
            client.headers["cookie"] = told
            for method in ("OPTIONS", "TRACE", "PATCH"):
                for path in (
                    "/api/v1/query",
                    "/api/v1/questions/1",
                    f"/api/v1/exports/{'0' * 32}",
                    "/api/v1/cases/show",
                ):
                    answer = await client.request(method, path)
                    found.append((answer.status_code, answer.content))
        return found

    found = inside(home, asked)
    assert len(set(found)) == 1
    assert found[0][0] == 405
