"""The service in this process: rows out of scope change no byte of it, and nothing that is sent to it is a defect."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from figures import WIDE, Row, viewer, world, write_home
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from dataport.serve.app import make_app
from dataport.serve.run import Place, service_of
from dataport.serve.service import Service
from dataport.settings import Settings

KENYA = viewer(["KEN-CO"], login="ken")
OURS: list[Row] = [
    {"business_unit_id": "KEN-CO", "country_of_asylum_code": "KEN", "sex_code": sex} for sex in ("F", "F", "M")
]
ASKED: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/v1/query", {"indicators": ["active_individuals"], "by": ["sex"], "totals": True}),
    ("POST", "/api/v1/query.csv", {"indicators": ["active_individuals"], "by": ["country_of_asylum"]}),
    ("POST", "/api/v1/query", {"indicators": ["active_individuals"], "by": ["country_of_asylum"], "limit": 1}),
    ("POST", "/api/v1/query", {"indicators": ["active_individuals"], "where": ["country_of_asylum = 'UGA'"]}),
    ("POST", "/api/v1/query", {"indicators": ["no_such"]}),
    ("POST", "/api/v1/explain", {"indicators": ["active_individuals"], "by": ["sex"]}),
    ("GET", "/api/v1/values/country_of_asylum", None),
    ("GET", "/api/v1/status", None),
)


def home_of(folder: Path, rows: list[Row], keyring: Path) -> Settings:
    home = write_home(folder, world(rows), (KENYA, WIDE), datetime.now(UTC).replace(tzinfo=None, year=2026))
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return Settings(home=home, keyring=keyring, grants_max_age_hours=1e6)


def inside(settings: Settings, use: Callable[[Service, httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """Use a service of a home in this process, as somebody who is signed in there."""

    async def used() -> Any:
        service = service_of(settings, Place())
        secret = service.people.sessions.begin(KENYA.login)
        session = service.people.sessions.find(secret)
        assert session
        headers = {"X-CSRF-Token": session.token, "Cookie": f"{service.people.cookie}={secret}"}
        transport = httpx.ASGITransport(make_app(service))
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:
                return await use(service, client)
        finally:
            service.desk.close()
            service.house.close()

    return asyncio.run(used())


async def told(_: Service, client: httpx.AsyncClient) -> list[Any]:
    found = []
    for method, path, words in ASKED * 2:  # the second time from what is kept
        answer = await client.request(method, path, json=words)
        kept = {name: answer.headers.get(name) for name in ("etag", "content-length", "dataport-data-version")}
        found.append((answer.status_code, kept, answer.content))
    return found


def test_rows_out_of_scope_change_no_byte_and_no_etag(tmp_path: Path) -> None:
    elsewhere: list[Row] = [
        {"business_unit_id": "UGA-CO", "country_of_asylum_code": code, "sex_code": "M"}
        for code in ("UGA", "KEN", "UGA")
    ]
    keyring = tmp_path / "keys.json"
    one = inside(home_of(tmp_path / "one", OURS, keyring), told)
    other = inside(home_of(tmp_path / "other", [*OURS, *elsewhere], keyring), told)
    assert one == other
    assert [status for status, _, _ in one[: len(ASKED)]] == [200, 200, 200, 200, 422, 200, 200, 200]
    assert one[: len(ASKED)] == one[len(ASKED) :]


def test_what_one_account_was_answered_is_not_found_by_another(tmp_path: Path) -> None:
    settings = home_of(tmp_path / "home", [*OURS, {"business_unit_id": "UGA-CO"}], tmp_path / "keys.json")

    async def asked(service: Service, client: httpx.AsyncClient) -> list[int]:
        words = {"indicators": ["active_individuals"]}
        own = await client.post("/api/v1/query", json=words)
        secret = service.people.sessions.begin("ben")
        stranger = await client.get(
            "/api/v1/query?indicators=active_individuals", headers={"Cookie": f"{service.people.cookie}={secret}"}
        )
        again = await client.post("/api/v1/query", json=words)
        assert stranger.json()["code"] == "unknown_viewer"
        return [one.json()["rows"][0][0] for one in (own, again)]

    assert inside(settings, asked) == [3, 3]


def test_the_file_of_an_export_is_a_look_and_who_is_nobody_is_told_nothing(tmp_path: Path) -> None:
    settings = home_of(tmp_path / "home", OURS, tmp_path / "keys.json")

    async def asked(service: Service, client: httpx.AsyncClient) -> tuple[str, list[str], set[tuple[int, str]]]:
        begun = (
            await client.post("/api/v1/exports", json={"indicators": ["active_individuals"], "form": "csv"})
        ).json()
        while (await client.get(begun["address"])).json()["status"] == "under way":
            await asyncio.sleep(0.01)
        file = await client.get(begun["file"])
        doors = [str(one["door"]) for one in service.house.audit().entries()]
        secret = service.people.sessions.begin("ben")
        stranger = {"Cookie": f"{service.people.cookie}={secret}"}
        nothing = [
            await client.get(one, headers=stranger) for one in ("/api/v1/status", begun["address"], begun["file"])
        ]
        return file.text, doors, {(one.status_code, one.json()["code"]) for one in nothing}

    text, doors, nothing = inside(settings, asked)
    assert text.splitlines()[1].startswith("3,")
    assert doors == ["ask", "export"]
    assert nothing == {(403, "unknown_viewer")}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "indicators",
    "indicator",
    "by",
    "where",
    "as_of",
    "period",
    "grain",
    "compare",
    "totals",
    "subtotals",
    "order",
    "top",
    "other",
    "across",
    "labels",
    "limit",
    "cursor",
    "between",
    "id",
    "purpose",
    "questions",
    "form",
    "kpi",
    "name",
    "question",
    "since",
    "number",
]
WORDS = st.dictionaries(
    st.sampled_from(NAMES),
    st.just(["active_individuals"]) | st.just(["sex"]) | st.just("2022-02-28") | st.just("x") | ANYTHING,
    max_size=6,
)
PATHS = (
    "query", "query.csv", "query.xlsx", "queries", "change", "explain", "exports", "questions", "dashboards",
    "cases/show", "cases/history", "cases/compare", "cases/changes", "cases/family", "cases/find", "quality/records",
)  # fmt: skip


def test_nothing_that_is_sent_is_a_defect(tmp_path: Path) -> None:
    settings_ = home_of(tmp_path / "home", OURS, tmp_path / "keys.json")

    async def attacked(_: Service, client: httpx.AsyncClient) -> None:
        loop = asyncio.get_running_loop()

        def try_it() -> None:
            @settings(max_examples=40, deadline=None, database=None, derandomize=True)
            @given(st.sampled_from(PATHS), WORDS | ANYTHING)
            def sent(path: str, body: Any) -> None:
                content = json.dumps(body).encode("utf-8", "surrogatepass")
                asked = client.post(f"/api/v1/{path}", content=content, headers={"Content-Type": "application/json"})
                answer = asyncio.run_coroutine_threadsafe(asked, loop).result(60)
                # the files of this home are made by hand, without records
                is_file = answer.status_code == 500 and answer.json()["code"] == "engine_failed"
                assert answer.status_code < 500 or is_file, (path, body, answer.text)
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] == "application/problem+json"
                    assert answer.json()["code"]

            sent()

        await asyncio.to_thread(try_it)

    inside(settings_, attacked)


def test_the_description_is_one_that_schemathesis_reads_and_holds(tmp_path: Path) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    settings_ = home_of(tmp_path / "home", OURS, tmp_path / "keys.json")

    async def read(_: Service, client: httpx.AsyncClient) -> Any:
        return (await client.get("/openapi.json")).json()

    schema = schemathesis.openapi.from_dict(inside(settings_, read))
    schema.validate()
    assert len(list(schema.get_all_operations())) > 20


# How many requests are made of each operation: some fifty operations, so 10,000 in the long run.
_EXAMPLES = 220 if os.environ.get("DATAPORT_LONG") else 3


def test_schemathesis_finds_no_defect(tmp_path: Path) -> None:
    """Requests as the description says that they may be, and as it says that they may not."""
    schemathesis = pytest.importorskip("schemathesis")
    settings_ = home_of(tmp_path / "home", OURS, tmp_path / "keys.json")
    modes = list(schemathesis.GenerationMode)
    sent: Counter[int] = Counter()

    async def attacked(_: Service, client: httpx.AsyncClient) -> None:
        loop = asyncio.get_running_loop()
        schema = schemathesis.openapi.from_dict((await client.get("/openapi.json")).json())

        def send(case: Any) -> None:
            words = case.as_transport_kwargs(base_url="http://here")
            words["headers"] = {name: _sendable(str(one)) for name, one in (words.get("headers") or {}).items()}
            if "data" in words:
                words["content"] = words.pop("data")
            words = {name: one for name, one in words.items() if name in _WORDS and one is not None}
            answer = asyncio.run_coroutine_threadsafe(client.request(**words), loop).result(60)
            sent[answer.status_code] += 1
            is_file = answer.status_code == 500 and answer.json()["code"] == "engine_failed"  # as above
            assert answer.status_code < 500 or is_file, (words["method"], words["url"], answer.text)

        def try_it() -> None:
            for operation in schema.get_all_operations():
                for mode in modes:
                    cases = operation.ok().as_strategy(generation_mode=mode)
                    _each(cases, send)

        await asyncio.to_thread(try_it)

    inside(settings_, attacked)
    assert sum(sent.values()) > 100
    assert {200, 422} <= set(sent)


_WORDS = ("method", "url", "params", "headers", "json", "content")


def _sendable(value: str) -> bytes:
    return value.encode("latin-1", "replace")


def _each(cases: Any, send: Callable[[Any], None]) -> None:
    @settings(
        max_examples=_EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(cases)
    def one(case: Any) -> None:
        send(case)

    with suppress(Unsatisfiable):  # there is nothing that it says may not be
        one()
