"""The service behind nginx, with the lines that docs/operate.md prints; names, ports and files are of this machine."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .browsing import ANALYST, ROOT
from .conftest import STATISTICIAN

PAGE = ROOT / "docs" / "operate.md"
# Where requests come from, which is this machine all the same.
ELSEWHERE = "127.0.0.5"
ASKED = "/api/v1/query?indicators=active_individuals&by=sex&by=age_group"
# Some tens of thousands of rows: more than is written before any of it is sent.
BY = ("country_of_asylum", "country_of_origin", "sex", "age_group")
LARGE = (
    f"/api/v1/query.arrow?indicators=active_individuals&{'&'.join(f'by={one}' for one in BY)}&grain=month&period=2021"
)


@dataclass
class Behind:
    """A service behind a proxy: by which address it is reached, with which certificate, and where its log is."""

    address: str
    certificate: Path
    log: Path
    home: Path
    keys: dict[str, str]
    _clients: list[httpx.Client] = field(default_factory=list)

    def client(self, login: str | None = ANALYST, **more: Any) -> httpx.Client:
        """Somebody elsewhere, with a key where it is an account."""
        headers = {"Authorization": f"Bearer {self.keys[login]}"} if login else {}
        verify = ssl.create_default_context(cafile=str(self.certificate))
        transport = httpx.HTTPTransport(local_address=ELSEWHERE, verify=verify)
        found = httpx.Client(base_url=self.address, transport=transport, timeout=60, headers=headers, **more)
        self._clients.append(found)
        return found

    def clients_of_looks(self, last: int = 1) -> list[str]:
        words = [sys.executable, "-m", "dataport", "audit", "show", "--last", str(last), "--format", "json"]
        done = subprocess.run([*words, "--home", str(self.home)], stdout=subprocess.PIPE, check=True)
        return [one["client"] for one in json.loads(done.stdout)["looks"]]


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """Of this machine's name, made here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "dataport.pem", folder / "dataport.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    return pem, secret


def printed(folder: Path, port: int, upstream: str) -> str:
    """What the page prints, with the places of this machine."""
    blocks: list[str] = re.findall(r"^```nginx\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (text,) = blocks
    pem, key = certificate(folder)
    for told, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80", f"listen 127.0.0.1:{free()}"),
        ("dataport.example.org", "localhost"),
        ("/etc/ssl/dataport.pem", str(pem)),
        ("/etc/ssl/dataport.key", str(key)),
        ("http://10.0.0.8:8000", upstream),
    ):
        assert told in text or told == "listen 80", told
        text = text.replace(told, here)
    return text


@contextmanager
def nginx(folder: Path, port: int, upstream: str) -> Iterator[None]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("NO NGINX: install nginx-light, or run `make test-clients` as root. This did NOT run.")
    temporary = "".join(f"{one}_temp_path {folder}/{one};\n" for one in ("client_body", "proxy"))
    of_machine = f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(
        f"{of_machine}http {{\naccess_log off;\n{temporary}{printed(folder, port, upstream)}}}\n"
    )
    folder.chmod(0o755)
    process = subprocess.Popen(
        [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def behind(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder, port, own, issued = tmp_path_factory.mktemp("nginx"), free(), free(), free()
    command = [sys.executable, "-m", "dataport"]
    keys = {}
    for login in (ANALYST, STATISTICIAN):
        words = [*command, "keys", "create", "--as", login, "--name", "nginx", "--format", "json", "--home", str(home)]
        keys[login] = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)["key"]
    issuer = f"http://localhost:{issued}"
    oidc = {"issuer": issuer, "client_id": "dataport", "client_secret": "s", "claim": "sub"}
    settings = {"public_url": f"https://localhost:{port}", "trusted_proxies": ["127.0.0.1"], "oidc": oidc}
    mock = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(issued)]
    with nginx(folder, port, f"http://127.0.0.1:{own}"), (folder / "log").open("w") as log:
        provider = subprocess.Popen(mock, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        served = subprocess.Popen(
            [*command, "serve", "--port", str(own), "--format", "json", "--home", str(home)],
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | {"DATAPORT_SERVE": json.dumps(settings)},
        )
        try:
            assert served.stdout and served.stdout.readline(), (folder / "log").read_text()
            found = Behind(f"https://localhost:{port}", folder / "dataport.pem", folder / "log", home, keys)
            with found.client(None) as anybody:
                for _ in range(100):
                    try:
                        httpx.get(f"{issuer}/.well-known/openid-configuration")
                        assert anybody.get("/readyz").text == "ready\n"
                        break
                    except httpx.TransportError:
                        time.sleep(0.1)
            yield found
        finally:
            for one in (served, provider):
                one.terminate()
                one.wait(60)
            if served.stdout:
                served.stdout.close()


def test_an_answer_comes_through_and_its_tag_is_known_again(behind: Behind) -> None:
    with behind.client() as client:
        told = client.get(ASKED)
        assert (told.status_code, len(told.json()["rows"]) > 5) == (200, True)
        assert told.headers["strict-transport-security"]
        for tag in (told.headers["etag"], f"W/{told.headers['etag']}"):
            again = client.get(ASKED, headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
        assert client.head(ASKED).headers["etag"] == told.headers["etag"]


def test_where_a_request_came_from_is_what_nginx_saw_whatever_was_sent(behind: Behind) -> None:
    with behind.client() as client:
        for told in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": "6.6.6.6, 127.0.0.1"}):
            assert client.get(ASKED, headers=told).status_code == 200
            (seen,) = behind.clients_of_looks()
            assert seen.endswith(f"from {ELSEWHERE}")


def test_metrics_need_a_key_through_a_proxy_that_is_on_this_machine(behind: Behind) -> None:
    with behind.client(None) as anybody:
        assert anybody.get("/metrics").status_code == 401
    with behind.client() as client:
        assert client.get("/metrics").status_code == 403


def test_somebody_signs_in_through_it_and_their_cookie_is_for_this_host_alone(behind: Behind) -> None:
    with behind.client(None) as browser:
        there = browser.get("/sign-in")
        assert (there.status_code, "localhost" in there.headers["location"]) == (303, True)
        back = httpx.post(there.headers["location"], data={"sub": ANALYST})
        assert back.headers["location"].startswith(f"{behind.address}/signed-in")
        arrived = browser.get(back.headers["location"])
        assert (arrived.status_code, arrived.headers["location"]) == (303, "/")
        cookies = "\n".join(arrived.headers.get_list("set-cookie"))
        assert "__Host-dataport_session=" in cookies
        assert cookies.count("Secure") == cookies.count("HttpOnly") == len(arrived.headers.get_list("set-cookie"))
        session = browser.get("/api/v1/session").json()
        assert session["login"] == ANALYST
        words = {"indicators": ["active_individuals"]}
        assert browser.post("/api/v1/query", json=words).status_code == 403
        assert browser.post("/api/v1/query", json=words, headers={"X-CSRF-Token": session["csrf"]}).status_code == 200
        assert browser.post("/api/v1/sign-out", headers={"X-CSRF-Token": session["csrf"]}).status_code == 204


def test_a_large_answer_comes_in_pieces_and_whole(behind: Behind) -> None:
    with behind.client(STATISTICIAN) as client, client.stream("GET", LARGE) as answer:
        assert answer.status_code == 200
        pieces = list(answer.iter_raw())
    table = pa.ipc.open_stream(io.BytesIO(b"".join(pieces))).read_all()
    assert table.num_rows > 5_000
    assert len(pieces) > 1


def test_who_hangs_up_at_nginx_is_not_worked_for(behind: Behind) -> None:
    """What was begun for them is given up, and others are answered."""
    with behind.client(STATISTICIAN) as client:
        for _ in range(3):
            with client.stream("GET", LARGE) as answer:
                next(answer.iter_raw())
        assert client.get(ASKED).status_code == 200
    said = behind.log.read_text()
    assert "A defect" not in said
    assert "Traceback" not in said


def test_the_file_of_an_export_is_fetched_in_parts(behind: Behind) -> None:
    with behind.client() as client:
        words = {"indicators": ["active_individuals"], "by": ["sex", "age_group"], "form": "csv"}
        begun = client.post("/api/v1/exports", json=words)
        assert begun.status_code == 202
        at = begun.headers["location"]
        for _ in range(200):
            if client.get(at).json()["status"] != "under way":
                break
            time.sleep(0.05)
        plain = {"Accept-Encoding": "identity"}
        whole = client.get(f"{at}/file", headers=plain)
        assert whole.headers["cache-control"] == "no-store"
        tag = whole.headers["etag"]
        first = client.get(f"{at}/file", headers={**plain, "Range": "bytes=0-9", "If-Range": tag})
        rest = client.get(f"{at}/file", headers={**plain, "Range": "bytes=10-", "If-Range": tag})
        assert (first.status_code, rest.status_code) == (206, 206)
        assert first.content + rest.content == whole.content
        assert client.get(f"{at}/file", headers={**plain, "Range": "bytes=9999999-"}).status_code == 416


def test_what_is_too_large_is_refused_on_its_way(behind: Behind) -> None:
    with behind.client() as client:
        typed = {"Content-Type": "application/json"}
        assert client.post("/api/v1/query", content=b"x" * (5 * 2**20), headers=typed).status_code == 413
