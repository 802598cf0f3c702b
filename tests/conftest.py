"""Fixtures that every kind of test may use."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from postgres_server import NoServerError, PostgresServer, start_server

# What is built once for a whole session, by folder and fixture, and the group of the tests that use it.
_BUILT_ONCE = {
    ("functional", "sqlite_home"): "homes",
    ("functional", "postgres_home"): "homes on postgres",
    ("warehouse", "world"): "world",
}

# Groups and files of what takes minutes each: kills at any moment, faults, damage, days that pass, several stores, a
# wheel. `make test-heavy` runs them, and CI after the others while its time lasts; `make test` leaves them out.
_HEAVY = {
    "refresh_kills", "interruptions", "kills", "histories", "faults", "faults_injected", "long_runs", "damage", "every",
    "repair", "reconcile", "sources", "planted", "history",
}  # fmt: skip
_HEAVY_FILES = {"test_locks.py", "test_ties.py", "test_links.py", "test_narrow.py"}

# A machine that has so many seconds for all that is heavy leaves out what it has not begun by then, and says so.
_SECONDS = float(os.environ.get("DATAPORT_HEAVY_SECONDS", "inf"))
_STARTED = time.monotonic()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("heavy") and time.monotonic() - _STARTED > _SECONDS:
        pytest.skip("NO TIME LEFT: this heavy test did NOT run.")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one home run in one worker, or each worker would build it."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            group = _BUILT_ONCE.get((item.path.parent.name, name))
            if group and not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(group))
        belongs = item.get_closest_marker("xdist_group")
        builds = item.path.parent.name == "warehouse" and item.path.name in _HEAVY_FILES
        if builds or (belongs and belongs.args[0] in _HEAVY):
            item.add_marker(pytest.mark.heavy)


@pytest.fixture(autouse=True)
def same_umask() -> Iterator[None]:
    """A command that runs in this process makes what follows private; the test after it does not begin with that."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this test process; skips, loudly, where there can be none."""
    try:
        server = start_server()
    except NoServerError as why:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(f"Under CI the PostgreSQL tests must run: {why}.")
        pytest.skip(f"NO POSTGRESQL: {why}. These tests did NOT run.")
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """The URL of a fresh, empty database."""
    return postgres_server.fresh_database()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once more, at the end, what was not tested."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    for why, words in (
        ("NO POSTGRESQL", "PostgreSQL tests were skipped."),
        ("NO TIME LEFT", "heavy tests were skipped: run them by `make test-heavy` on a faster machine."),
    ):
        if count := sum(why in one for one in skipped):
            terminalreporter.write_line(f"WARNING: {count} {words}", red=True, bold=True)
