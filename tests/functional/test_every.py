"""refresh --every: again and again, until it is told to end; what is kept does not grow with how often it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from dataport.cli.register import make_store
from dataport.errors import DataportError
from dataport.jobs import every
from dataport.jobs.every import refresh_every
from dataport.jobs.refresh import refresh
from dataport.jobs.runs import past_runs
from dataport.settings import Settings, read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance
from dataport.warehouse.versions import folders, prune

from .conftest import quiet
from .test_cli import run

pytestmark = pytest.mark.xdist_group("every")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, keyring: Path) -> Settings:
    home = tmp_path_factory.mktemp("every") / "home"
    make_store(read_settings(home), scale=0.0001, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet)
    found = read_settings(home)
    refresh(found, quiet)
    return found


def _days_pass(settings: Settings, days: int = 1) -> None:
    with closing(connect(settings.sources[0].url.reveal())) as store:
        advance(store, days, DEFAULT_SEED, quiet)


def test_runs_follow_each_other_and_a_failure_ends_nothing(settings: Settings) -> None:
    stop, came, file = Event(), [], Path(settings.sources[0].url.reveal().removeprefix("sqlite:///"))
    before = len(past_runs(settings.runs))
    for done in refresh_every(settings, 0.01, quiet, quiet, stop):
        came.append(done)
        if len(came) == 3:
            file.rename(file.with_suffix(".away"))
        if len(came) == 6:
            file.with_suffix(".away").rename(file)
            _days_pass(settings)
        if len(came) == 8:
            stop.set()
    problems = [isinstance(one, DataportError) for one in came]
    assert problems == [False] * 3 + [True] * 3 + [False] * 2
    assert [one.build.is_new for one in came if not isinstance(one, DataportError)] == [False] * 3 + [True, False]
    # three that found nothing are one, three that failed alike are one, then one that published and one that did not
    assert [one.outcome for one in past_runs(settings.runs)][before:] == [
        "unchanged",
        "failed",
        "published",
        "unchanged",
    ]


def test_the_command_is_told_of_the_first_of_those_that_fail_alike(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of what is wrong in another way beside it: a store that is away must not hide a build that fails."""
    wrong, stop, told = ["a", "a", "b", None, "a"], Event(), tmp_path / "told"

    def fail(*_: object, **__: object) -> object:
        if (problem := wrong.pop(0)) is not None:
            raise DataportError(problem)
        return done

    done = refresh(settings, quiet)
    monkeypatch.setattr(every, "refresh", fail)
    alerting = replace(settings, alert_command=f"tee -a {told}")
    for _ in refresh_every(alerting, 0.01, quiet, quiet, stop):
        if not wrong:
            stop.set()
    assert [json.loads(line)["error"] for line in told.read_text().splitlines()] == ["a", "b", "a"]


def test_versions_stay_for_as_long_as_something_may_be_open_on_them(settings: Settings) -> None:
    for _ in range(4):
        _days_pass(settings)
        refresh(settings, quiet, keep_for=timedelta(hours=1))
    numbers = [int(one.name) for one in folders(settings.published)]
    assert len(numbers) >= 5 > settings.keep_versions
    assert prune(settings.published, 1, timedelta(hours=1)) == ()
    # the second newest was replaced an hour ago, and so was each before it
    for folder in folders(settings.published)[:-1]:
        os.utime(folder / "manifest.json", times=(time.time() - 3700,) * 2)
    assert prune(settings.published, 1, timedelta(hours=1)) == tuple(numbers[:-2])
    assert prune(settings.published, 1) == (numbers[-2],)


def test_it_finishes_what_it_has_begun_and_ends_when_it_is_told(settings: Settings) -> None:
    _days_pass(settings)
    words = [sys.executable, "-m", "dataport", "refresh", "--every", "1h", "--format", "json", "--home"]
    job = subprocess.Popen([*words, str(settings.home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not any(one.outcome == "under way" for one in past_runs(settings.runs)):
        assert time.monotonic() < deadline and job.poll() is None
        time.sleep(0.05)
    job.send_signal(signal.SIGTERM)
    said, errors = job.communicate(timeout=120)
    assert job.returncode == 0, errors.decode()
    assert json.loads(said)["is_new"], "it was published before it ended"
    assert past_runs(settings.runs)[-1].outcome == "published"


@pytest.mark.parametrize("words", [("soon",), ("0s",), ("-5s",), ("30",), ("30s", "--full")])
def test_what_is_no_length_of_time_is_refused(settings: Settings, words: tuple[str, ...]) -> None:
    done = run("refresh", "--every", *words, home=settings.home)
    assert done.returncode == 2 and b"Traceback" not in done.stderr
