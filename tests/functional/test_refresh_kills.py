"""The scheduled job is killed at any moment, again and again, while people read and days pass in the store.

Every answer belongs to one whole version; and in the end nothing is lost and nothing counted twice: the tables equal
those of a home that was built from the same landing in one go.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.jobs.runs import past_runs
from dataport.jobs.status import status
from dataport.settings import Settings, read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance
from dataport.warehouse.build import build
from tests.warehouse.conftest import checksums

from .conftest import killed, quiet

pytestmark = pytest.mark.xdist_group("refresh_kills")

KILLS = 100 if os.environ.get("DATAPORT_LONG") == "1" else 5
ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path, keyring: Path) -> Settings:
    home = tmp_path / "home"
    make_store(read_settings(home), scale=0.0002, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet)
    refresh(read_settings(home), quiet)
    return read_settings(home)


def day_passes(settings: Settings) -> None:
    store = connect(settings.sources[0].url.reveal())
    advance(store, 1, DEFAULT_SEED, quiet)
    store.close()


def stopped(reader: subprocess.Popen[str]) -> None:
    """Nothing of a test that failed goes on beside the next."""
    if reader.poll() is None:
        reader.kill()
        reader.communicate()


def test_kills_lose_nothing_and_readers_see_whole_versions(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    dice, ends, stop = random.Random(5), [], tmp_path / "stop"
    words = [sys.executable, "-m", "tests.functional.reading", str(settings.home), str(stop)]
    reader = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    request.addfinalizer(lambda: stopped(reader))
    started = time.monotonic()
    day_passes(settings)
    assert not killed("refresh", settings.home, 300)
    usual = time.monotonic() - started
    while sum(ends) < KILLS:
        day_passes(settings)
        ends.append(killed("refresh", settings.home, dice.uniform(0.1, 1.1) * usual))
    # a kill may come after the run has written down that it published, and before its process has ended
    outcomes = [run.outcome for run in past_runs(settings.runs)]
    assert outcomes[-1] in (("interrupted", "published") if ends[-1] else ("published",))
    assert "interrupted" in outcomes
    done = refresh(settings, quiet)
    stop.touch()
    told, problems = reader.communicate(timeout=120)
    assert reader.returncode == 0, problems

    answers = [line.split() for line in told.splitlines()]
    versions = [int(version) for version, _ in answers]
    assert versions == sorted(versions) and len(set(versions)) > 1
    of_version = defaultdict(set)
    for version, digest in answers:
        of_version[version].add(digest)
    assert all(len(digests) == 1 for digests in of_version.values())

    shutil.copytree(settings.landing, tmp_path / "again" / "landing")
    at_once = build(tmp_path / "again" / "warehouse", tmp_path / "again" / "landing")
    assert checksums(at_once) == checksums(done.build)
    assert status(settings).is_current
    print(f"killed {sum(ends)} of {len(ends)} refreshes; {len(answers)} answers from {len(of_version)} versions")
