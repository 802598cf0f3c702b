"""What a build does not start with, said clearly; the published version stays as it was."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dataport.errors import ContractBroken, DiskFull, ForeignStore, NewerHome
from dataport.landing.entries import LandedTable
from dataport.settings import mark_home, read_settings
from dataport.warehouse.build import build
from dataport.warehouse.room import needed_bytes
from dataport.warehouse.versions import published
from dataport.warehouse.working import RunPlan, Working
from tests.warehouse import stories
from tests.warehouse.conftest import World
from tests.warehouse.landings import Writer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    return shutil.copytree(world.home, tmp_path / "home")


def refused(home: Path, error: type[Exception], words: str, change: Callable[[Path], None], **how: bool) -> None:
    """The build is refused in these words after the change, and what was published stays."""
    pointer = (home / "published" / "CURRENT").read_bytes()
    change(home)
    before = {path: path.stat().st_mtime_ns for path in (home / "published").rglob("*")}
    with pytest.raises(error, match=words):
        build(*stories.home(home), **how)
    assert (home / "published" / "CURRENT").read_bytes() == pointer
    assert {path: path.stat().st_mtime_ns for path in (home / "published").rglob("*")} == before


def test_a_batch_is_missing_at_the_end(copy: Path) -> None:
    refused(
        copy, ContractBroken, "holds batch 5, which the ledger does not have",
        lambda home: (home / "landing" / "ledger" / "000005.json").unlink(),
    )  # fmt: skip


def test_a_landed_file_is_missing(copy: Path) -> None:
    Writer(copy / "landing").land(stories.datetime(2022, 3, 5), [stories.person("quiet", stories.datetime(2022, 3, 4))])
    refused(
        copy, ContractBroken, "000006/individual.parquet is missing or not as it was landed",
        lambda home: (home / "landing" / "batches" / "000006" / "individual.parquet").unlink(),
    )  # fmt: skip


def test_a_batch_is_missing_in_between(copy: Path) -> None:
    refused(
        copy, ContractBroken, "no sound entry 000003",
        lambda home: (home / "landing" / "ledger" / "000003.json").unlink(),
    )  # fmt: skip


def test_a_landing_of_another_store(copy: Path, tmp_path: Path) -> None:
    def exchange(home: Path) -> None:
        shutil.rmtree(home / "landing")
        writer = Writer(home / "landing")
        for nth in range(1, 6):
            writer.land(stories.CLOCKS[nth - 1], [stories.person(f"other-{nth}", stories.T0)] if nth == 1 else [])

    refused(copy, ForeignStore, "not the one that the published version was made from", exchange, full=True)


def test_no_room(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Writer(copy / "landing").land(stories.datetime(2022, 3, 5), [stories.person("quiet", stories.datetime(2022, 3, 4))])
    monkeypatch.setattr("dataport.warehouse.room.free_bytes", lambda _: 1000)
    pointer = (copy / "published" / "CURRENT").read_bytes()
    with pytest.raises(DiskFull, match=r"needs about [\d,]+ MB of free disk under home/, and there are 0 MB"):
        build(*stories.home(copy))
    assert (copy / "published" / "CURRENT").read_bytes() == pointer
    assert sorted(path.name for path in (copy / "published").glob("[0-9]*")) == ["000004"], "old versions made room"


def test_years_of_history_need_more_room_than_as_many_rows_without(tmp_path: Path) -> None:
    """Each event stands for versions of a person, and for what lies between two changes in every fact."""

    def needed(**rows: int) -> int:
        tables = tuple(LandedTable(name, count, 0, tmp_path / name, "") for name, count in rows.items())
        batch: Any = SimpleNamespace(number=1, tables=tables)
        plan = RunPlan(1, stories.T0, (batch,), frozenset((1,)), True, frozenset())
        return needed_bytes(plan, Working(tmp_path))

    without, with_years = needed(individual=1000, event=0), needed(individual=500, event=500)
    assert without == 230_000
    assert with_years == 230_000 + 850_000


def test_the_disk_fills_up_in_mid_build(copy: Path) -> None:
    """No file may grow beyond what it has: the operating system then says no, as it does when a disk is full."""
    Writer(copy / "landing").land(stories.datetime(2022, 3, 5), [stories.person("quiet", stories.datetime(2022, 3, 4))])
    before = published(copy / "published")

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))

    code = (
        "import sys; from pathlib import Path; from dataport.warehouse.build import build; "
        "build(Path(sys.argv[1]) / 'warehouse', Path(sys.argv[1]) / 'landing')"
    )
    words = [sys.executable, "-c", code, str(copy)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, preexec_fn=small_files)
    assert "DiskFull: There is no room left to write" in done.stderr, done.stderr
    assert published(copy / "published") == before
    again = build(*stories.home(copy))
    assert again.applied == (6,)


def test_a_home_of_a_later_version(copy: Path) -> None:
    mark_home(copy)
    assert read_settings(copy).home == copy
    (copy / "layout.json").write_text(json.dumps({"layout": 99}))
    (copy / "dataport.toml").write_text("a_setting_of_later = 1\n")
    (copy / "dataport.toml").chmod(0o600)
    with pytest.raises(NewerHome, match="written by a later version"):
        read_settings(copy)


def test_a_published_version_of_a_later_version(copy: Path) -> None:
    pointer = copy / "published" / "CURRENT"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"layout": 99}))
    refused(copy, NewerHome, "written by a later version", lambda _: None)
