"""Faults of every kind, at seeded points, over refreshes of two sources: nothing is lost, doubled, or shown.

A short run always; the long one (DATAPORT_LONG=1) has seventeen of each kind. It can be split and resumed by its seed:
DATAPORT_FAULTS=seed:count. What is compared is worked out from the stores' own journals, by `replay`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

import dataport
from dataport.errors import Refused

from .injected import KINDS, Run
from .replay import assert_nothing_is_lost, counted, end_of, versions
from .world import STORES, day_passes, enable, make

pytestmark = pytest.mark.xdist_group("faults_injected")

EACH = 17 if os.environ.get("DATAPORT_LONG") == "1" else 1
SEED, POINTS = (int(one) for one in os.environ.get("DATAPORT_FAULTS", f"20:{EACH * len(KINDS)}").split(":"))


def assert_whole(run: Run) -> None:
    """What is published is what the stores have, and each account is shown the rows of its own store."""
    world = run.world
    stores = {name: world.store(name) for name in STORES}
    assert_nothing_is_lost(world.home, stores, frozenset(run.restored))
    for name in STORES:
        journal = versions(stores[name], end_of(world.home / "landing", name))
        active = sum(states[-1][1] is not None and states[-1][1][0] == "A" for states in journal.values())
        port = dataport.open(home=world.home, viewer=f"all.{name}@example.org")
        [row] = port.ask(["active_individuals"]).to_dicts()
        assert row["active_individuals"] == active, f"all.{name} is shown other rows than those of its store"
    assert sum(counted(world.home).values()) >= 100


def test_faults_lose_nothing_double_nothing_and_show_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys.json"))
    run = Run(make(tmp_path, SEED))
    run.recover()
    started = time.monotonic()
    day_passes(run.world, "first")
    run.recover()
    run.usual = time.monotonic() - started
    kinds = [kind for _ in range(POINTS // len(KINDS) + 1) for kind in KINDS][:POINTS]
    run.world.dice.shuffle(kinds)
    for nth, kind in enumerate(kinds):
        locked = STORES[nth % 2]
        enable(run.world, locked, f"locked.{locked}@example.org", nth // 2 % 2 == 1)
        for name in STORES:
            day_passes(run.world, name)
        kind(run)
        run.recover()
        assert_whole(run)
        port = dataport.open(home=run.world.home, viewer=f"locked.{locked}@example.org")
        if nth // 2 % 2 == 1:
            assert port.ask(["active_individuals"]).to_dicts()
        else:
            with pytest.raises(Refused):
                port.ask(["active_individuals"])
        if len(KINDS) < POINTS:
            with capsys.disabled():
                print(f"{nth + 1} {run.told[-1]} ({time.monotonic() - started:,.0f} s)", flush=True)
    # what the landing holds by now, of stores that were restored too, can be read from its beginning
    shutil.rmtree(run.world.home / "warehouse" / "work")
    for name in STORES:
        day_passes(run.world, name)
    run.recover()
    assert_whole(run)
    with capsys.disabled():
        drawn = ", ".join(f"{kind} {count}" for kind, count in sorted(Counter(one.__name__ for one in kinds).items()))
        print(f"\n{len(kinds)} faults ({drawn}) over {run.jobs} jobs in {time.monotonic() - started:,.0f} s")
