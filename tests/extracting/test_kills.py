"""The extract is killed again and again, at any step and moment; run once more, it is as if nothing had been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dataport.extract import Source, extract
from dataport.landing import Landing
from dataport.store import Store, connect
from dataport.synthetic import advance, create, plan

from .replay import assert_nothing_is_lost

pytestmark = pytest.mark.xdist_group("kills")

# In the ordinary run five on each kind of store, in the long one fifty.
KILLS = 50 if os.environ.get("DATAPORT_LONG") == "1" else 5
TABLES = ("individual", "registration_group", "membership", "address", "document", "specific_need", "event")
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def living(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Source]]:
    """A store with a few hundred people, whose days go on."""
    kind = request.param
    url = f"sqlite://{tmp_path}/store.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with closing(connect(url)) as store:
        create(store, plan(0.00005))
        yield store, Source("main", kind, url)


def extracted(
    source: Source, landing: Landing, step: int, seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """An extract in a process of its own, which kills itself at a step, or is killed after some seconds."""
    words = [sys.executable, "-m", "tests.extracting.killed", str(landing.root), str(step)]
    told = f"{source.kind}\n{source.url}"
    try:
        return subprocess.run(words, cwd=ROOT, input=told, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, -signal.SIGKILL)


def undisturbed(source: Source, landing: Landing) -> tuple[int, float]:
    """The steps of a whole extract, and how long its process takes."""
    began = time.monotonic()
    done = extracted(source, landing, 0)
    assert done.returncode == 0, done.stderr
    return int(done.stdout), time.monotonic() - began


def killed(source: Source, landing: Landing, dice: random.Random, steps: int, seconds: float) -> str:
    """One extract, killed at a step or at a moment; says how it ended."""
    if dice.random() < 0.6:
        how, done = "at a step", extracted(source, landing, dice.randint(1, steps))
    else:
        how, done = "at a moment", extracted(source, landing, 0, dice.uniform(0.4, 1.0) * seconds)
    return how if done.returncode == -signal.SIGKILL else "done before"


def test_kills_leave_no_trace(living: tuple[Store, Source], tmp_path: Path) -> None:
    store, source = living
    landing, dice = Landing(tmp_path / "landing"), random.Random(3)
    steps, seconds = undisturbed(source, Landing(tmp_path / "undisturbed"))
    assert steps > 40
    ends: dict[str, int] = {}
    while sum(ends.values()) - ends.get("done before", 0) < KILLS:
        before = landing.batches() if ends else ()
        how = killed(source, landing, dice, steps, seconds)
        ends[how] = ends.get(how, 0) + 1
        assert landing.batches()[: len(before)] == before, "what has landed does not change"
        if sum(ends.values()) % 2:
            advance(store, 1)
    extract(source, landing)
    assert_nothing_is_lost(store, landing, TABLES)
    print(f"{source.kind}: killed {ends}, {len(landing.batches())} batches, nothing lost")
