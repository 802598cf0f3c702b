"""Who is known at the service, and as whom: by keys, by tokens, by an identity provider; over two processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from forked import run, run_anew

from dataport.store import connect

from .conftest import Lived
from .serving import ANALYST, REGISTRAR, Served, started

pytestmark = pytest.mark.xdist_group("homes")
ASKED = {"indicators": ["active_individuals"]}


@dataclass
class Known:
    """A service that is no demo's, the home it serves, and the provider by which people sign in."""

    served: Served
    home: Path
    issuer: str

    def asked(self, **options: object) -> httpx.Response:
        return httpx.post(f"{self.served.address}/api/v1/query", json=ASKED, timeout=60, **options)  # type: ignore[arg-type]


def key(home: Path, login: str, *more: str) -> dict[str, str]:
    done = run("keys", "create", "--as", login, "--name", "A test", "--format", "json", "--home", str(home), *more)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def known(sqlite_home: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    issuer = f"http://localhost:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    provider = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    oidc = {"issuer": issuer, "client_id": "dataport", "client_secret": "s", "organisation": {"iss": issuer}}
    folder = tmp_path_factory.mktemp("known")
    serve = json.dumps({"oidc": {**oidc, "claim": "sub"}, "slots": 2})
    home = sqlite_home.settings.home
    try:
        with started(home, folder, "--workers", "2", DATAPORT_SERVE=serve) as served:
            _wait_for(issuer)
            yield Known(served, home, issuer)
    finally:
        provider.terminate()
        provider.wait(30)


def _wait_for(issuer: str) -> None:
    for _ in range(100):
        try:
            httpx.get(f"{issuer}/.well-known/openid-configuration")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the provider does not start")


@contextmanager
def signed_in(known: Known, sub: str) -> Iterator[httpx.Client]:
    """A browser that has signed in at the provider as somebody."""
    with httpx.Client(base_url=known.served.address, timeout=60) as browser:
        there = browser.get("/sign-in")
        assert there.status_code == 303
        assert "code_challenge_method=S256" in there.headers["location"]
        back = httpx.post(there.headers["location"], data={"sub": sub})
        assert back.status_code == 302, back.text
        arrived = browser.get(back.headers["location"])
        assert arrived.status_code == 303, arrived.text
        yield browser


def test_a_key_is_told_once_and_known_as_its_account(known: Known) -> None:
    made = key(known.home, ANALYST)
    assert made["key"].startswith("dp_")
    assert known.asked(headers=bearer(made["key"])).json()["meta"]["viewer"] == ANALYST
    assert known.asked(auth=("excel", made["key"])).status_code == 200
    listed = json.loads(run("keys", "list", "--format", "json", "--home", str(known.home)).stdout)["keys"]
    (one,) = [one for one in listed if one["id"] == made["id"]]
    assert one["last_used_at"]
    assert made["key"] not in json.dumps(listed)
    stored = b"".join(path.read_bytes() for path in (known.home / "state").iterdir())
    assert made["key"].rpartition("_")[2].encode() not in stored


def test_a_key_that_is_revoked_expired_or_changed_is_nobodys(known: Known) -> None:
    made = key(known.home, ANALYST)
    assert known.asked(headers=bearer(made["key"])).status_code == 200
    assert run("keys", "revoke", made["id"], "--home", str(known.home)).returncode == 0
    assert run("keys", "revoke", made["id"], "--home", str(known.home)).returncode == 2
    time.sleep(2.1)
    for secret in (made["key"], f"{made['key']}x", f"dp_{made['id']}_x", "dp_", "x" * 20_000):
        assert known.asked(headers=bearer(secret)).status_code == 401
    past = run("keys", "create", "--as", ANALYST, "--name", "x", "--expires", "2020-01-01", "--home", str(known.home))
    assert past.returncode == 2
    nobody = run("keys", "create", "--as", "nobody@example.org", "--name", "x", "--home", str(known.home))
    assert nobody.returncode == 3


def test_a_key_opens_no_case_unless_it_was_made_for_that(known: Known, sqlite_home: Lived) -> None:
    store = connect(sqlite_home.settings.sources[0].url.reveal())
    sql = "SELECT individual_no FROM individual WHERE business_unit_id LIKE '%-KEN-1' LIMIT 1"
    number = store.query(sql)["individual_no"][0].as_py()
    store.close()
    plain = bearer(key(known.home, REGISTRAR)["key"])
    opening = bearer(key(known.home, REGISTRAR, "--scope", "cases", "--scope", "ask")["key"])
    address, words = f"{known.served.address}/api/v1/cases/show", {"id": number, "purpose": "A test of the service"}
    refused = httpx.post(address, json=words, headers=plain)
    assert (refused.status_code, refused.json()["code"]) == (403, "refused")
    found = httpx.post(address, json=words, headers=opening, timeout=60)
    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-store"
    said = json.loads(
        run(
            "case", "show", number, "--as", REGISTRAR, "--purpose", "x", "--format", "json", "--home", str(known.home)
        ).stdout
    )
    assert found.json()["main"] == said["main"]
    elsewhere = [httpx.post(address, json={**words, "id": one}, headers=opening) for one in ("UGA-00000001", "nobody")]
    assert elsewhere[0].status_code == 404
    assert elsewhere[0].content == elsewhere[1].content
    for way, more in {"history": {}, "family": {}, "changes": {"since": "2021-12-31"}}.items():
        assert (
            httpx.post(
                f"{known.served.address}/api/v1/cases/{way}", json={**words, **more}, headers=opening
            ).status_code
            == 200
        )
    between = {**words, "between": ["2021-12-31", "2022-01-31"]}
    assert httpx.post(address.replace("show", "compare"), json=between, headers=opening).status_code == 200
    without = httpx.post(address, json={"id": number, "purpose": " "}, headers=opening)
    assert without.status_code == 403
    assert number not in known.served.log.read_text()


def test_an_export_is_a_private_file_that_ends(known: Known) -> None:
    mine, others = bearer(key(known.home, ANALYST)["key"]), bearer(key(known.home, REGISTRAR)["key"])
    address = f"{known.served.address}/api/v1/exports"
    begun = httpx.post(address, json={**ASKED, "by": ["sex"], "form": "csv"}, headers=mine)
    assert begun.status_code == 202
    at = known.served.address + begun.headers["location"]
    for _ in range(100):
        if (found := httpx.get(at, headers=mine).json())["status"] != "under way":
            break
        time.sleep(0.1)
    assert found["status"] == "done", found
    file = httpx.get(f"{at}/file", headers=mine)
    assert file.text.startswith('"sex","active_individuals"')
    assert {httpx.get(f"{at}{path}", headers=others).status_code for path in ("", "/file")} == {404}
    for path in ("/../keys", "/%2e%2e%2f%2e%2e%2fdataport.toml", "/x/file", "/" + "0" * 32):
        assert httpx.get(f"{address}{path}", headers=mine).status_code in (404, 405)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (known.home / "exports").iterdir())
    assert httpx.delete(at, headers=mine).status_code == 204
    assert httpx.get(at, headers=mine).status_code == 404


def test_somebody_signs_in_at_the_provider(known: Known) -> None:
    with signed_in(known, ANALYST) as browser:
        found = browser.get("/api/v1/session").json()
        assert (found["login"], found["viewer_class"]) == (ANALYST, "registration")
        assert browser.get("/api/v1/query?indicators=active_individuals").status_code == 200
        assert browser.post("/api/v1/sign-out", headers={"X-CSRF-Token": found["csrf"]}).status_code == 204


def test_a_sign_in_that_was_begun_elsewhere_is_nobodys(known: Known) -> None:
    with httpx.Client(base_url=known.served.address) as browser:
        there = browser.get("/sign-in")
    back = httpx.post(there.headers["location"], data={"sub": ANALYST})
    assert httpx.get(back.headers["location"]).status_code == 403
    assert httpx.get(f"{known.served.address}/signed-in?state=x&code=y").status_code == 403


def test_an_account_of_the_organisation_that_no_store_has_is_of_class_statistics(known: Known) -> None:
    with signed_in(known, "somebody@elsewhere.example") as browser:
        found = browser.get("/api/v1/session").json()
        assert (found["viewer_class"], found["may_open"]) == ("statistics", [])
        told = browser.get("/api/v1/query?indicators=active_individuals")
        # what is protected, where the home has it; never an exact number
        assert told.status_code == 403 or told.json()["meta"]["protected"]


def test_an_account_that_is_disabled_is_nobody_whoever_vouches_for_it(known: Known) -> None:
    for sub in ("former.hq@example.org", "Former.HQ@example.org"):
        with signed_in(known, sub) as browser:
            assert browser.get("/api/v1/query?indicators=active_individuals").json()["code"] == "unknown_viewer"
            assert browser.get("/api/v1/session").json()["login"] is None
            # what others share with its role, its unit or everybody is not shown to it
            for path in ("dashboards", "questions"):
                assert browser.get(f"/api/v1/{path}").json()["code"] == "unknown_viewer"


def test_nothing_starts_for_nobody_or_in_clear_text(sqlite_home: Lived, tmp_path: Path, known: Known) -> None:
    away = run_anew("serve", "--host", "0.0.0.0", "--port", "0", "--home", str(known.home))
    assert (away.returncode, b"clear text" in away.stderr) == (3, True)
    half = json.dumps({"certificate": "/nowhere.pem"})
    assert run_anew("serve", "--home", str(known.home), DATAPORT_SERVE=half).returncode == 2


def test_metrics_are_told_to_a_key_that_was_made_for_them_wherever_it_comes_from(known: Known) -> None:
    """A proxy on this machine need not say that it is one, and what it forwards comes from anywhere."""
    address = f"{known.served.address}/metrics"
    asks, watches = (bearer(key(known.home, ANALYST, "--scope", one)["key"]) for one in ("ask", "metrics"))
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, headers=asks).json()["code"] == "refused"
    told = httpx.get(address, headers=watches)
    assert "dataport_http_requests_total" in told.text
    assert "example.org" not in told.text
    assert known.asked(headers=watches).status_code == 403
    for path in ("status", "catalog", "exports/x", "dashboards", "quality/scorecard"):
        assert httpx.get(f"{known.served.address}/api/v1/{path}", headers=watches).status_code == 403


def test_no_secret_is_in_the_log(known: Known) -> None:
    said = known.served.log.read_text()
    assert "dp_" not in said
    assert "Traceback" not in said
    assert "code=" not in said
