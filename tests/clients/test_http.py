"""The service as programs of others meet it: curl, httpx, pyarrow, polars, R, and an OpenID provider that is one."""

from __future__ import annotations

import html
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import polars as pl
import pyarrow as pa
import pytest

from .browsing import ANALYST, NODE

ASKED = "indicators=active_individuals&by=sex&by=age_group"
WORDS = {"indicators": ["active_individuals"], "by": ["sex", "age_group"]}
TABLE = ["sex", "age_group", "active_individuals"]
AUDIENCE = "https://dataport.example.org"


@dataclass(frozen=True)
class Service:
    """A service that is no demo's: its address, a key, and the provider by which people sign in."""

    address: str
    key: str
    issuer: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def rows(self) -> list[list[object]]:
        """The answer that every client is to read."""
        told = httpx.post(f"{self.address}/api/v1/query", json=WORDS, headers=self.headers, timeout=60).json()
        assert len(told["rows"]) > 5
        return list(told["rows"])


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def service(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    command = [sys.executable, "-m", "dataport"]
    made = subprocess.run(
        [*command, "keys", "create", "--as", ANALYST, "--name", "Clients", "--format", "json", "--home", str(home)],
        stdout=subprocess.PIPE,
        check=True,
    )
    issuer, port = f"http://localhost:{_free()}", _free()
    oidc = {
        "issuer": issuer, "client_id": "dataport", "client_secret": "a secret of the tests",
        "audience": AUDIENCE, "clients": ["a-program"], "cases_scope": "dataport.cases",
    }  # fmt: skip
    settings = {"oidc": oidc, "public_url": f"http://127.0.0.1:{port}"}
    with (tmp_path_factory.mktemp("service") / "log").open("w+") as log:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port), "--format", "json", "--home", str(home)],
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | {"DATAPORT_SERVE": json.dumps(settings)},
        )
        assert process.stdout
        try:
            first = process.stdout.readline()
            log.seek(0)
            assert first, log.read()
            yield Service(json.loads(first)["address"], json.loads(made.stdout)["key"], issuer)
        finally:
            process.terminate()
            process.wait(60)
            process.stdout.close()


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"NO {name.upper()}: install {package}, or run `make test-clients` as root. This did NOT run.")
    return found


def _ran(*words: str, **environment: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_reads_json_and_csv_and_is_told_that_nothing_changed(service: Service, tmp_path: Path) -> None:
    curl = _program("curl", "curl")
    known = ("--header", f"Authorization: Bearer {service.key}")
    address = f"{service.address}/api/v1/query"
    told = json.loads(_ran(curl, "--silent", "--fail", *known, f"{address}?{ASKED}"))
    assert told["rows"] == service.rows
    csv = _ran(curl, "--silent", "--fail", "--compressed", *known, f"{address}.csv?{ASKED}")
    assert len(csv.splitlines()) == len(told["rows"]) + 1
    basic = _ran(curl, "--silent", "--fail", "--user", f"x:{service.key}", f"{address}?{ASKED}")
    assert json.loads(basic)["rows"] == told["rows"]
    etag = tmp_path / "etag"
    _ran(curl, "--silent", *known, "--etag-save", str(etag), "--output", os.devnull, f"{address}?{ASKED}")
    again = (
        *known,
        "--etag-compare",
        str(etag),
        "--output",
        os.devnull,
        "--write-out",
        "%{http_code} %{size_download}",
    )
    assert _ran(curl, "--silent", *again, f"{address}?{ASKED}") == "304 0"
    nobody = _ran(curl, "--silent", "--write-out", "%{http_code}", "--output", os.devnull, f"{address}?{ASKED}")
    assert nobody == "401"


def test_httpx_reads_a_stream_as_it_comes_and_a_batch_line_by_line(service: Service) -> None:
    many = {"questions": [{"id": name, **WORDS, "by": [name]} for name in ("sex", "age_group", "country_of_origin")]}
    with httpx.stream("POST", f"{service.address}/api/v1/queries", json=many, headers=service.headers) as answer:
        lines = [json.loads(line) for line in answer.iter_lines()]
    assert {(one["id"], one["status"]) for one in lines} == {(one["id"], 200) for one in many["questions"]}


def test_pyarrow_reads_the_arrow_stream(service: Service) -> None:
    address = f"{service.address}/api/v1/query.arrow?{ASKED}"
    with httpx.stream("GET", address, headers=service.headers) as answer:
        table = pa.ipc.open_stream(io.BytesIO(answer.read())).read_all()
    assert table.column_names[:3] == TABLE
    assert [list(one.values())[:3] for one in table.to_pylist()] == service.rows


def test_polars_reads_parquet_and_csv(service: Service) -> None:
    """Its own reader of addresses sends no key (polars 2.1): what is fetched is given to it."""
    address, known = f"{service.address}/api/v1/query", service.headers
    parquet = pl.read_parquet(io.BytesIO(httpx.get(f"{address}.parquet?{ASKED}", headers=known).content))
    csv = pl.read_csv(httpx.get(f"{address}.csv?{ASKED}", headers=known).content, infer_schema_length=10_000)
    for frame in (parquet, csv):
        assert [list(row[:3]) for row in frame.select(TABLE).iter_rows()] == service.rows


R = """
library(httr2)
asked <- request(Sys.getenv("ADDRESS")) |>
  req_url_path_append("api/v1/query.csv") |>
  req_url_query(indicators = "active_individuals", by = "sex") |>
  req_auth_bearer_token(Sys.getenv("KEY"))
table <- read.csv(text = resp_body_string(req_perform(asked)))
cat(names(table)[1:2], sum(table$active_individuals, na.rm = TRUE), sep = "\\n")
refused <- req_perform(req_error(req_auth_bearer_token(asked, "dp_no"), is_error = function(resp) FALSE))
cat("", resp_status(refused), resp_content_type(refused), sep = "\\n")
"""


def test_r_reads_csv_with_httr2(service: Service, tmp_path: Path) -> None:
    script = tmp_path / "asked.R"
    script.write_text(R)
    program = _program("Rscript", "r-base-core and r-cran-httr2")
    said = _ran(program, "--vanilla", str(script), ADDRESS=service.address, KEY=service.key).split()
    told = httpx.get(
        f"{service.address}/api/v1/query?indicators=active_individuals&by=sex", headers=service.headers, timeout=60
    ).json()
    assert said[:2] == ["sex", "active_individuals"]
    assert float(said[2]) == sum(number for _, number in told["rows"] if number is not None)
    assert said[3:] == ["401", "application/problem+json"]


@pytest.fixture
def provider(service: Service) -> Iterator[str]:
    """A provider that is certified, in a process of its own."""
    module = NODE / "oidc-provider" / "lib" / "index.js"
    if not module.is_file() or not shutil.which("node"):
        pytest.skip("NO OPENID PROVIDER: it comes by npm, with `make test-clients`. This did NOT run.")
    words = ["node", str(Path(__file__).with_name("provider.mjs")), service.issuer.rpartition(":")[2]]
    process = subprocess.Popen(
        [*words, f"{service.address}/signed-in", ANALYST],
        env=os.environ | {"OIDC_PROVIDER": str(module)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            httpx.get(f"{service.issuer}/.well-known/openid-configuration")
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield service.issuer
    process.terminate()
    process.wait(30)


def _submitted(browser: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    """What a browser sends when the one form of a page is filled in."""
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert action, page.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    return browser.post(urljoin(str(page.url), html.unescape(action[1])), data={**hidden, **fields})


def test_somebody_signs_in_at_a_certified_provider(service: Service, provider: str) -> None:
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        page = browser.get(f"{service.address}/sign-in")
        assert str(page.url).startswith(provider)
        consent = _submitted(browser, page, login=ANALYST, password="any")
        home = _submitted(browser, consent)
        assert (str(home.url), home.status_code) == (f"{service.address}/", 200)
        session = browser.get(f"{service.address}/api/v1/session").json()
        assert (session["login"], session["viewer_class"]) == (ANALYST, "registration")
        told = browser.post(
            f"{service.address}/api/v1/query", json=WORDS, headers={"X-CSRF-Token": session["csrf"]}
        ).json()
        assert told["rows"] == service.rows
        elsewhere = httpx.get(str(home.history[-1].url))
        assert elsewhere.status_code in (400, 403)


def test_a_program_is_known_by_its_own_client_at_a_certified_provider(service: Service, provider: str) -> None:
    """One that the settings name; another's token, made for this service all the same, is nobody's."""

    def token(program: str, **more: str) -> str:
        words = {"grant_type": "client_credentials", "resource": AUDIENCE, **more}
        told = httpx.post(f"{provider}/token", data=words, auth=(program, "a secret of a program"))
        assert told.status_code == 200, told.text
        return str(told.json()["access_token"])

    def asked(secret: str, path: str = "query", words: object = WORDS) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.post(f"{service.address}/api/v1/{path}", json=words, headers=headers, timeout=60)

    told = asked(token("a-program")).json()
    assert (told["rows"], told["meta"]["viewer"]) == (service.rows, ANALYST)
    other = asked(token("another-program"))
    assert (other.status_code, other.json()["code"]) == (401, "not_signed_in")
    opening = {"id": "nobody", "purpose": "A test of programs"}
    assert asked(token("a-program"), "cases/show", opening).json()["code"] == "refused"
    for_cases = asked(token("a-program", scope="dataport.cases"), "cases/show", opening)
    assert "This key was not made for this" not in for_cases.text
