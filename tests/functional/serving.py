"""A service of a home on loopback, in a process of its own, and somebody who is signed in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ANALYST, STATISTICIAN = "analyst.ken@example.org", "statistician.hq@example.org"
REGISTRAR = "registrar.ken@example.org"
# Signs out in a test, and is nobody's in the others.
LEAVING = "clerk.ken@example.org"
EVERYBODY = (STATISTICIAN, ANALYST, REGISTRAR, LEAVING)


@dataclass
class Served:
    """A service, its process, and who is signed in at it."""

    address: str
    process: subprocess.Popen[str]
    log: Path
    links: dict[str, str]
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def as_(self, login: str) -> httpx.Client:
        """A browser in which somebody is signed in; its requests bear the token of our own pages."""
        if login not in self._clients:
            client = httpx.Client(base_url=self.address, timeout=60)
            assert client.get(self.links[login]).status_code == 303
            client.headers["X-CSRF-Token"] = client.get("/api/v1/session").json()["csrf"]
            self._clients[login] = client
        return self._clients[login]

    def close(self) -> None:
        """Let all browsers go."""
        for client in self._clients.values():
            client.close()


@contextmanager
def serving(home: Path, folder: Path, *options: str) -> Iterator[Served]:
    """A demo's service, at which some may sign in."""
    named = [word for login in EVERYBODY for word in ("--as", login)]
    with started(home, folder, "--demo", *named, *options) as served:
        yield served


@contextmanager
def started(home: Path, folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Start a service and end it with the block."""
    log = folder / "serve.log"
    command = [sys.executable, "-m", "dataport", "serve", "--port", "0", "--format", "json", "--home", str(home)]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=out, text=True, env=os.environ | environment
        )
    assert process.stdout
    try:
        first = process.stdout.readline()
        assert first, log.read_text()
        said: dict[str, Any] = json.loads(first)
        served = Served(said["address"], process, log, {one["login"]: one["link"] for one in said["links"]})
        yield served
        served.close()
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()
