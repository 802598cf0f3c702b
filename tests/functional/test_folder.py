"""A home whose one source is a folder of nightly files answers what the store answers at the end of each day."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dataport.jobs.refresh import refresh
from dataport.jobs.status import status
from dataport.settings import read_settings
from dataport.store import Store, connect
from dataport.synthetic import advance, create, plan

from .conftest import quiet
from .test_cli import answer

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from exporting import Export

pytestmark = pytest.mark.xdist_group("folder")


def active(store: Store) -> int:
    found: Any = store.query("SELECT count(*) AS n FROM individual WHERE process_status_code = 'A'")["n"][0].as_py()
    return int(found)


def test_a_folder_day_by_day(tmp_path: Path, keyring: Path) -> None:
    home, counted = tmp_path / "home", dict[date, int]()
    home.mkdir(mode=0o700)
    (home / "dataport.toml").write_text(
        'viewer = "statistician.hq@example.org"\n'
        f'[[sources]]\nsource_id = "site"\nkind = "folder"\nurl = "file://{tmp_path}/out"\n'
    )
    (home / "dataport.toml").chmod(0o600)
    settings, export = read_settings(home), Export(tmp_path / "out", "csv")
    with closing(connect(f"sqlite://{tmp_path}/site.sqlite")) as store:
        create(store, plan(0.0002, 73, 2))
        for day in range(3):
            if day:
                advance(store, 20, 2, quiet)
            counted[store.now().date()] = active(store)
            export.write(store, store.now().date())
    done = refresh(settings, quiet)
    assert len(done.batches) == 3 and not done.stopped
    assert len(set(counted.values())) > 1
    for day, count in counted.items():
        asked = answer(home, "active_individuals", "--as-of", day.isoformat())
        assert asked["rows"][0][0] == count, day
    [source] = status(settings).sources
    assert not source.every_version
