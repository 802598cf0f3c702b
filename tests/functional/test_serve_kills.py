"""Whatever is killed while a service answers: every client gets a whole answer, or an error that is one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from forked import run

from dataport.store import connect
from dataport.synthetic import advance

from .conftest import Lived
from .serving import ANALYST, Served, started
from .test_serve_known import bearer, key

pytestmark = [
    pytest.mark.xdist_group("homes"),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found by /proc"),
]
BY = ("sex", "age_group", "country_of_origin", "population_type", "marital_status")


@dataclass
class Came:
    """What came to clients that asked again and again."""

    answers: list[httpx.Response] = field(default_factory=list)
    errors: list[httpx.TransportError] = field(default_factory=list)

    def require_whole_or_clear(self) -> None:
        """Every answer is whole, or says what is the matter."""
        assert self.answers
        for one in self.answers:
            told = one.json()
            if one.status_code == 200:
                assert str(told["meta"]["data_version"]) == one.headers["dataport-data-version"]
                assert told["rows"]
            else:
                assert (one.status_code, told["status"]) == (503, 503), told
                assert one.headers["retry-after"]

    @property
    def versions(self) -> set[str]:
        return {one.headers["dataport-data-version"] for one in self.answers if one.status_code == 200}


@dataclass
class Alive:
    """A service of two processes, over a copy of the home that other tests ask."""

    served: Served
    home: Path
    key: str

    @property
    def workers(self) -> list[int]:
        pid = self.served.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    @contextmanager
    def asked(self, clients: int = 4) -> Iterator[Came]:
        """Some clients that ask without end while the block lasts, each on connections of its own."""
        came, is_over, headers = Came(), threading.Event(), bearer(self.key)

        def ask(first: int) -> None:
            number = first
            while not is_over.is_set():
                number += clients
                words = {"indicators": ["active_individuals"], "by": [BY[number % len(BY)]], "top": 1_000 + number}
                try:
                    with httpx.Client(timeout=60, headers=headers) as client:
                        came.answers.append(client.post(f"{self.served.address}/api/v1/query", json=words))
                except httpx.TransportError as error:
                    came.errors.append(error)
                    time.sleep(0.05)

        threads = [threading.Thread(target=ask, args=(one,)) for one in range(clients)]
        for one in threads:
            one.start()
        try:
            yield came
        finally:
            is_over.set()
            for one in threads:
                one.join()

    def until(self, came: Came, more: int = 8) -> None:
        """Wait for so many more answers."""
        wanted, ends = len(came.answers) + more, time.monotonic() + 90
        while len(came.answers) < wanted and time.monotonic() < ends:
            time.sleep(0.05)
        assert len(came.answers) >= wanted, came.errors[-1:]

    def is_in_order(self) -> bool:
        return bool(json.loads(run("audit", "verify", "--format", "json", "--home", str(self.home)).stdout)["intact"])


@pytest.fixture(scope="module")
def alive(sqlite_home: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alive]:
    folder, old = tmp_path_factory.mktemp("killed"), sqlite_home.settings.home
    home = folder / "home"
    shutil.copytree(old, home)
    toml = home / "dataport.toml"
    toml.write_text(toml.read_text().replace(str(old), str(home)))
    assert run("audit", "adopt", "--home", str(home)).returncode == 0
    made = key(home, ANALYST)["key"]
    with started(home, folder, "--workers", "2") as served:
        yield Alive(served, home, made)


def test_a_refresh_that_is_killed_leaves_what_is_asked_as_it_is(alive: Alive) -> None:
    store = connect(f"sqlite:///{alive.home}/registration.sqlite")
    advance(store, 1, 1, lambda _: None)
    store.close()
    words = [sys.executable, "-m", "dataport", "refresh", "--home", str(alive.home)]
    with alive.asked(2) as came:
        alive.until(came)
        job = subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        alive.until(came, 16)
        is_killed = job.poll() is None
        if is_killed:
            os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        alive.until(came)
        if is_killed:
            assert len(came.versions) == 1
        assert subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        alive.until(came, 16)
    came.require_whole_or_clear()
    assert not came.errors
    assert {one.status_code for one in came.answers} == {200}
    assert len(came.versions) == 2
    newest = max(came.versions, key=int)
    assert came.answers[-1].headers["dataport-data-version"] == newest


def test_a_worker_that_is_killed_is_replaced_and_no_answer_is_half_one(alive: Alive) -> None:
    with alive.asked() as came:
        alive.until(came)
        before = alive.workers
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        alive.until(came, 40)
        ends = time.monotonic() + 60
        while len(set(alive.workers) - {before[0]}) < 2 and time.monotonic() < ends:
            time.sleep(0.1)
        assert before[0] not in alive.workers
        assert len(alive.workers) == 2
        alive.until(came)
    came.require_whole_or_clear()
    assert alive.is_in_order()


def test_a_service_that_is_killed_ends_with_all_its_workers(alive: Alive) -> None:
    with alive.asked() as came:
        alive.until(came)
        workers = alive.workers
        alive.served.process.kill()
        alive.served.process.wait(60)
        ends = time.monotonic() + 60
        while any(Path(f"/proc/{one}").exists() for one in workers) and time.monotonic() < ends:
            time.sleep(0.1)
        assert not [one for one in workers if Path(f"/proc/{one}").exists()]
    came.require_whole_or_clear()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{alive.served.address}/healthz")
    assert alive.is_in_order()
