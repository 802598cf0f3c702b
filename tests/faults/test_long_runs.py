"""A hundred and twenty days of daily refreshes leave no more than the data: no file for a day without news.

The landing is driven through all of them always; the whole refresh in the long run (DATAPORT_LONG=1), which is
compared with a home that reads the same stores for the first time. DATAPORT_DAYS sets another number of days.
"""

from __future__ import annotations

import os
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from dataport.extract import Source, extract, extract_grants
from dataport.jobs.refresh import refresh
from dataport.landing import Landing
from dataport.settings import read_settings
from dataport.store import connect

from .replay import assert_nothing_is_lost, landed_rows, stored_rows
from .world import STORES, World, day_passes, make

pytestmark = pytest.mark.xdist_group("long_runs")

DAYS = int(os.environ.get("DATAPORT_DAYS", "120"))
LONG = os.environ.get("DATAPORT_LONG") == "1"


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def quiet_day(world: World, name: str) -> None:
    """Time passes, and nothing happens."""
    with closing(connect(world.url(name))) as store:
        store.set_clock(store.now() + timedelta(days=1))


def size(folder: Path, pattern: str = "*") -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())


def test_the_landing_of_many_days_is_little_more_than_their_changes(tmp_path: Path) -> None:
    """Every fourth day something happens in one store; each day both are read, and their permissions."""
    world = make(tmp_path, 4, persons=40)
    landing = Landing(world.home / "landing")
    for day in range(DAYS):
        for nth, name in enumerate(STORES):
            source = Source(name, "sqlite", world.url(name))
            extract_grants(source, landing)
            extract(source, landing)
            if day % 4 == 0 and nth == 0:
                day_passes(world, name, changes=6)
            else:
                quiet_day(world, name)
        if day % 10 == 9:
            with landing.locked():
                landing.compact({batch.number for batch in landing.batches()})
    batches = landing.batches()
    assert len(batches) == 2 * DAYS
    parquet = list((landing.root).rglob("*.parquet"))
    assert len(parquet) <= 80, "a day without news leaves no file, and small batches are put together"
    assert len(list((landing.root / "grants").glob("[0-9]*.json"))) <= 4
    assert size(landing.root) - size(landing.root, "*.parquet") <= 10_000 * len(batches), "entries, and their copies"
    for name in STORES:
        for table in ("individual", "specific_need"):
            high = max(batch.window.high for batch in batches if batch.source_id == name)
            assert landed_rows(landing.root, name, table) == stored_rows(world.store(name), table, high)
    for batch in batches:
        for table in batch.tables:
            table.verify()


@pytest.mark.skipif(not LONG, reason="takes as long as so many refreshes: make test-long")
def test_many_days_of_refreshes_are_no_larger_than_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys.json"))
    world = make(tmp_path, 5)
    settings = read_settings(world.home)
    for day in range(DAYS):
        refresh(settings, quiet)
        for name in STORES:
            (day_passes if day % 2 else quiet_day)(world, name)
    refresh(settings, quiet)
    assert_nothing_is_lost(world.home, {name: world.store(name) for name in STORES}, frozenset())
    (tmp_path / "again").mkdir(mode=0o700)
    toml = tmp_path / "again" / "dataport.toml"
    toml.write_text((world.home / "dataport.toml").read_text())
    toml.chmod(0o600)
    fresh = read_settings(tmp_path / "again")
    refresh(fresh, quiet)
    for folder, times in (("warehouse/work", 3), ("published", 5), ("warehouse/logs", 25), ("warehouse/target", 2)):
        now, then = size(settings.home / folder), size(fresh.home / folder)
        print(f"{folder}: {now:,} bytes after {DAYS} days, {then:,} when read at once")
        assert now <= times * then, folder
    assert len(list((settings.warehouse / "logs").iterdir())) <= 21
    assert len(list(settings.published.glob("[0-9]*"))) == 2
