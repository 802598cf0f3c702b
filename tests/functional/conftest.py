"""Homes for the functional tests: built once per worker, because a build takes seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import forked
import pytest
from figures import WIDE, world, write_home
from postgres_server import PostgresServer

from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.settings import Settings, read_settings
from dataport.state import State, erase, subjects
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance

from .counting import World, read
from .serving import Served, serving

SCALE = 0.0007
DATES = (date(2021, 12, 31), date(2022, 1, 31), date(2022, 2, 28))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one home on one worker.

    pytest-xdist tells the scheduler a test's group by writing it behind the test's id, into a field that pytest reads
    no more since 9.2: without a word, every worker built every home. What xdist wrote is put where pytest looks.
    """
    for item in items:
        written = getattr(item, "_nodeid", item.nodeid)
        if written != item.nodeid:
            item._id = type(item._id).parse(written)  # type: ignore[attr-defined]


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def killed(verb: str, home: Path, seconds: float) -> bool:
    """Start a job and kill it, with dbt, after some time; False if it had finished, which is then well."""
    job = subprocess.Popen(
        [str(Path(sys.executable).with_name("dataport")), verb, "--home", str(home)],
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert job.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        return True
    return False


@dataclass
class Lived:
    """A home whose store has lived two months, and the store's own counts at each date."""

    settings: Settings
    worlds: dict[date, World]


@pytest.fixture(scope="session", autouse=True)
def forked_builds() -> None:
    forked.fork_builds()


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keys outside every home, and never those of the person who runs the tests."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    before = os.environ.get("DATAPORT_KEYRING")
    os.environ["DATAPORT_KEYRING"] = str(path)
    yield path
    os.environ.pop("DATAPORT_KEYRING")
    if before:
        os.environ["DATAPORT_KEYRING"] = before


def live(home: Path, url: str | None) -> Lived:
    """Create, refresh, let two months pass with a refresh after each; count in the store each time."""
    settings = read_settings(home)
    make_store(settings, scale=SCALE, onboarded=117, url=url, seed=DEFAULT_SEED, tell=quiet)
    settings = read_settings(home)
    store = connect(settings.sources[0].url.reveal())
    worlds: dict[date, World] = {}
    try:
        for day in DATES:
            if worlds:
                advance(store, (day - max(worlds)).days, DEFAULT_SEED, quiet)
            worlds[day] = read(store, day)
            refresh(settings, quiet)
    finally:
        store.close()
    return Lived(settings, worlds)


@pytest.fixture(scope="session")
def sqlite_home(tmp_path_factory: pytest.TempPathFactory, keyring: Path) -> Lived:
    return live(tmp_path_factory.mktemp("sqlite") / "home", None)


@pytest.fixture
def unsaid_home(sqlite_home: Lived) -> Iterator[Lived]:
    """The same home, of whose records nobody has said anything: other tests leave notes in it."""
    state = State(sqlite_home.settings.state)
    erase(state, subjects(state))
    yield sqlite_home
    erase(state, subjects(state))


@pytest.fixture(scope="session")
def served(sqlite_home: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo's service of the home that the other tests ask."""
    with serving(sqlite_home.settings.home, tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture(scope="session")
def postgres_home(tmp_path_factory: pytest.TempPathFactory, keyring: Path, postgres_server: PostgresServer) -> Lived:
    return live(tmp_path_factory.mktemp("postgres") / "home", postgres_server.fresh_database())


@pytest.fixture
def lived(request: Any) -> Lived:
    """The home of the kind that the test is parametrised with."""
    found: Callable[..., Lived] = request.getfixturevalue(f"{request.param}_home")
    return found  # type: ignore[return-value]


@pytest.fixture
def small_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private home of two hand-made rows, with keys of its own beside it; its default viewer sees everything."""
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys" / "keys.json"))
    home = tmp_path / "home"
    write_home(home, world([{}, {"sex_code": "M"}]), (WIDE,), datetime.now(UTC).replace(tzinfo=None))
    (home / "published" / "000001" / "records.duckdb").touch()
    (home / "dataport.toml").write_text(f"viewer = '{WIDE.login}'\n")
    close(home)
    return home


def close(home: Path) -> None:
    """Make a home private that was made by hand."""
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
