"""A build that is killed alone takes dbt with it; what is only locked is not damaged; no work that was done is lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from elsewhere import opened_elsewhere

from dataport.errors import Busy, Damaged
from dataport.warehouse.build import build
from dataport.warehouse.opening import opened
from dataport.warehouse.versions import published
from tests.warehouse import stories
from tests.warehouse.conftest import World, checksums
from tests.warehouse.landings import Writer

ROOT = Path(__file__).parents[2]
BUILD = (
    "import sys; from pathlib import Path; from dataport.warehouse.build import build; "
    "build(Path(sys.argv[1]) / 'warehouse', Path(sys.argv[1]) / 'landing')"
)


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    """A home of one's own with a batch that is not built yet."""
    home = shutil.copytree(world.home, tmp_path / "home")
    Writer(home / "landing").land(stories.datetime(2022, 3, 5), [stories.person("quiet", stories.datetime(2022, 3, 4))])
    return home


def children(process: int) -> list[int]:
    """The processes that a process has started and that are there still."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            said = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(said[1]) == process and said[0] != "Z":
            found.append(int(entry.parent.name))
    return found


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def killed_within_dbt(home: Path, is_far: str) -> list[int]:
    """Start a build and kill it, and nothing else, once dbt has written of a model in its log; what it had started."""
    job = subprocess.Popen([sys.executable, "-c", BUILD, str(home)], cwd=ROOT, stderr=subprocess.DEVNULL)
    logs, deadline = home / "warehouse" / "logs", time.monotonic() + 120
    before = {path.name for path in logs.glob("*.log")} if logs.is_dir() else set()
    while time.monotonic() < deadline and job.poll() is None:
        if any(is_far in path.read_text() for path in logs.glob("*.log") if path.name not in before):
            break
        time.sleep(0.02)
    started = children(job.pid)
    assert started and job.poll() is None
    os.kill(job.pid, signal.SIGKILL)
    job.wait()
    return started


def ended(processes: list[int]) -> bool:
    """Whether they end within some seconds."""
    deadline = time.monotonic() + 10
    while any(map(is_running, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_running, processes))


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes where Linux shows them")
def test_dbt_ends_with_the_build_that_started_it_and_the_next_goes_on(copy: Path, world: World) -> None:
    started = killed_within_dbt(copy, "snap_registration__individuals")
    assert ended(started), "dbt goes on without anybody who waits for it"
    done = build(*stories.home(copy))
    assert done.applied == (6,) and not done.is_full, "what was there before the kill is there still"


@pytest.mark.parametrize("name", ["core", "keys", "figures"])
def test_a_working_file_that_is_locked_is_busy_and_nothing_is_discarded(copy: Path, name: str) -> None:
    work = copy / "warehouse" / "work"
    before = {file.name: file.stat().st_ino for file in work.iterdir()}
    with opened_elsewhere(work / f"{name}.duckdb") as holder:
        with pytest.raises(Busy, match=str(holder)) as raised:
            build(*stories.home(copy))
        # when it lets go, it folds the log in: that is its own doing
        assert {file.name: file.stat().st_ino for file in work.iterdir()} == before
    assert raised.value.exit_code == 5


@pytest.mark.parametrize(
    ("name", "harm"),
    [("core", "cut"), ("core", "emptied"), ("keys", "emptied"), ("figures", "flipped"), ("records", "foreign")],
)
def test_a_damaged_working_file_stops_the_build_with_the_way_out(copy: Path, name: str, harm: str) -> None:
    path = copy / "warehouse" / "work" / f"{name}.duckdb"
    content = path.read_bytes()
    harmed = {
        "cut": content[: len(content) // 2],
        "emptied": b"",
        "flipped": content[:4100] + bytes(30) + content[4130:8200] + bytes(30) + content[8230:],
        "foreign": b"something else" * 1000,
    }[harm]
    path.write_bytes(harmed)
    before = published(copy / "published")
    with pytest.raises(Damaged, match=r"damaged.*dataport repair"):
        build(*stories.home(copy))
    assert path.is_file() and (harm == "cut" or path.read_bytes() == harmed), "nothing is thrown away on suspicion"
    assert published(copy / "published") == before


def test_keys_that_are_gone_or_older_are_never_given_anew(copy: Path, world: World) -> None:
    """Another numbering would give one person's key to somebody else."""
    build(*stories.home(copy))
    keys = copy / "warehouse" / "work" / "keys.duckdb"
    now = keys.read_bytes()
    keys.unlink()
    Writer(copy / "landing").land(stories.datetime(2022, 3, 9), [stories.person("new", stories.datetime(2022, 3, 8))])
    with pytest.raises(Damaged, match="gone, or is not the one"):
        build(*stories.home(copy))
    keys.write_bytes(now)
    with duckdb.connect(str(keys)) as file:
        file.execute(
            "delete from map_individual where individual_key = (select max(individual_key) from map_individual)"
        )
    with pytest.raises(Damaged, match="gone, or is not the one"):
        build(*stories.home(copy))
    keys.write_bytes(now)
    assert build(*stories.home(copy)).applied == (7,)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_build_of_everything_that_is_killed_is_not_begun_again(copy: Path, world: World, is_first: bool) -> None:
    """Whether nothing was published yet, or everything is being made again: each history that was finished stays."""
    if is_first:
        shutil.rmtree(copy / "warehouse")
        shutil.rmtree(copy / "published")
    else:
        with duckdb.connect(str(copy / "warehouse" / "work" / "core.duckdb")) as core:
            core.execute("update run_origin set project_digest = 'earlier'")
        pointer = published(copy / "published").figures.parent
        assert pointer.is_dir()
    assert ended(killed_within_dbt(copy, "OK snapshotted main.snap_registration__places"))
    with opened(copy / "warehouse" / "work" / "core.duckdb") as core:
        finished = {name for (name,) in core.execute("select distinct node from applied_batch").fetchall()}
        core.execute("create table before_the_kill as select 1")
    assert "snap_registration__places" in finished
    done = build(*stories.home(copy))
    assert done.is_full
    with duckdb.connect(str(copy / "warehouse" / "work" / "core.duckdb"), read_only=True) as core:
        assert core.execute("from before_the_kill").fetchall() == [(1,)], "the same file was gone on with"
    shutil.copytree(copy / "landing", copy / "again" / "landing")
    at_once = build(*stories.home(copy / "again"))
    assert checksums(at_once) == checksums(done)


def test_histories_of_another_landing_are_not_gone_on_with(world: World, copy: Path, tmp_path: Path) -> None:
    """A build of one landing, and then another landing with the same numbers in its place."""
    build(*stories.home(copy))
    shutil.rmtree(copy / "published")
    other = tmp_path / "other"
    shutil.copytree(world.home / "landing", other / "landing")
    Writer(other / "landing").land(stories.datetime(2022, 3, 5), [stories.person("else", stories.datetime(2022, 3, 4))])
    shutil.rmtree(copy / "landing")
    shutil.copytree(other / "landing", copy / "landing")
    done = build(*stories.home(copy))
    assert done.is_full
    assert checksums(build(*stories.home(other)))["figures.build"] == checksums(done)["figures.build"]
    with duckdb.connect(str(copy / "warehouse" / "work" / "core.duckdb"), read_only=True) as core:
        [(persons,)] = core.execute(
            "select count(*) from snap_registration__individuals where batch_number = 6"
        ).fetchall()
    assert persons == 1, "the batch of the landing that is there, and of no other"
