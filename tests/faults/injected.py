"""The faults: each harms a home, its stores or the job that runs, at a point that the dice say."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from elsewhere import opened_elsewhere

from tests.faults.world import STORES, World, day_passes

DATAPORT = str(Path(sys.executable).with_name("dataport"))
Job = subprocess.CompletedProcess[bytes]


@dataclass
class Run:
    """What the faults know of the world that they are let loose on.

    Attributes:
        usual: how long a refresh takes.
        restored: stores that were restored from a backup at some time.
        told: what happened, one line per fault.
        jobs: how many jobs were run.
    """

    world: World
    usual: float = 10.0
    restored: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    jobs: int = 0

    def job(self, *words: str, before: Callable[[], None] | None = None) -> Job:
        """Run a job of the home to its end."""
        self.jobs += 1
        command = [DATAPORT, *words, "--home", str(self.world.home)]
        return subprocess.run(command, capture_output=True, preexec_fn=before)

    def recover(self) -> None:
        """Refresh until all is well, by the ways out that messages name, and by no other."""
        said = ""
        for _ in range(5):
            done = self.job("refresh")
            said = done.stderr.decode()
            assert "defect" not in said and "Traceback" not in said, said
            if done.returncode == 0:
                return
            if "dataport repair" in said:
                mended = self.job("repair")
                assert mended.returncode == 0, (mended.stdout + mended.stderr).decode()
            elif "--after-restore" in said:
                compared = self.job("extract", "--after-restore")
                assert compared.returncode == 0, compared.stderr.decode()
        raise AssertionError(f"no way out was found: {said}")


def kill(run: Run) -> None:
    """The job is killed alone: what it started must not go on."""
    moment = run.world.dice.uniform(0.05, 1.15) * run.usual
    job = subprocess.Popen(
        [DATAPORT, "refresh", "--home", str(run.world.home)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    run.jobs += 1
    try:
        job.wait(moment)
        run.told.append("kill: came too late")
    except subprocess.TimeoutExpired:
        os.kill(job.pid, signal.SIGKILL)
        job.wait()
        run.told.append(f"kill: after {moment:.1f} s")


def fill(run: Run) -> None:
    """No file may grow beyond some size: the operating system says no, as it does when a disk is full."""
    limit = int(10 ** run.world.dice.uniform(4.7, 6.6))  # the store's own smallest file is of 32 KiB

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = run.job("refresh", before=small_files)
    said = done.stderr.decode()
    assert "defect" not in said and "Traceback" not in said, said
    assert done.returncode == 0 or "no room left" in said or "dataport repair" in said, said
    run.told.append(f"fill: files of at most {limit:,} bytes, exit code {done.returncode}")


def cut(run: Run) -> None:
    """A file of the home ends too early."""
    path = _chosen(run)
    size = path.stat().st_size
    left = run.world.dice.randrange(size)
    with _put_back_if_nowhere_else(run, path):
        with path.open("rb+") as file:
            file.truncate(left)
        _seen(run, path, f"cut: {path.relative_to(run.world.home)} to {left:,} of {size:,} bytes")


def flip(run: Run) -> None:
    """A bit of a file of the home is another."""
    path = _chosen(run)
    at = run.world.dice.randrange(path.stat().st_size)
    with _put_back_if_nowhere_else(run, path):
        with path.open("rb+") as file:
            file.seek(at)
            [byte] = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ (1 << run.world.dice.randrange(8))]))
        _seen(run, path, f"flip: {path.relative_to(run.world.home)} at {at:,}")


def delay(run: Run) -> None:
    """Something that a job needs is held by somebody else, or is away, for as long as the job runs."""
    dice, name = run.world.dice, run.world.dice.choice(STORES)
    match dice.choice(("writer", "away", "working file", "job")):
        case "writer":
            with closing(sqlite3.connect(run.world.store(name), isolation_level=None)) as file:
                file.execute("BEGIN EXCLUSIVE")
                done = run.job("extract")
                file.execute("ROLLBACK")
            what = f"a writer held the store {name}"
        case "away":
            path = run.world.store(name)
            path.rename(path.with_suffix(".away"))
            done = run.job("refresh")
            path.with_suffix(".away").rename(path)
            assert done.returncode == 1 and f"source {name} was not read".encode() in done.stderr, done.stderr
            what = f"the store {name} was away"
        case "working file":
            path = (
                run.world.home / "warehouse" / "work" / f"{dice.choice(('core', 'keys', 'figures', 'records'))}.duckdb"
            )
            with opened_elsewhere(path) as process:
                done = run.job("refresh")
            assert done.returncode == 5 and str(process).encode() in done.stderr, done.stderr
            what = f"work/{path.name} was open elsewhere"
        case _:
            other = subprocess.Popen([DATAPORT, "refresh", "--home", str(run.world.home)], stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.3, 0.8) * run.usual)
            done = run.job("refresh")
            assert other.wait() == 0 and done.returncode in (0, 5), done.stderr
            what = "two refreshes ran at once"
    assert b"defect" not in done.stderr, done.stderr
    run.told.append(f"delay: {what}, exit code {done.returncode}")


def restore(run: Run) -> None:
    """A store, or a part of the home, is brought back from a backup that is some days old."""
    dice, name = run.world.dice, run.world.dice.choice(STORES)
    what = dice.choice(("store", "work", "published"))
    if what == "store":
        with closing(sqlite3.connect(run.world.store(name))) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(run.world.store(name), run.world.folder / "backup.sqlite")
        day_passes(run.world, name)
        run.recover()
        shutil.copyfile(run.world.folder / "backup.sqlite", run.world.store(name))
        for suffix in ("-wal", "-shm"):
            run.world.store(name).with_name(run.world.store(name).name + suffix).unlink(missing_ok=True)
        day_passes(run.world, name, changes=20)
        run.restored.add(name)
        run.told.append(f"restore: the store {name}")
        return
    folder = run.world.home / ("warehouse/work" if what == "work" else "published")
    shutil.copytree(folder, run.world.folder / "backup")
    run.recover()
    shutil.rmtree(folder)
    (run.world.folder / "backup").rename(folder)
    for one in STORES:
        day_passes(run.world, one)
    run.told.append(f"restore: {folder.relative_to(run.world.home)}")


KINDS: tuple[Callable[[Run], None], ...] = (kill, fill, cut, flip, delay, restore)


def _chosen(run: Run) -> Path:
    """A file that the home rests on."""
    home = run.world.home
    last = max((home / "published").glob("[0-9]*"))
    groups = (
        [home / "published" / "CURRENT", *last.iterdir()],
        list((home / "warehouse" / "work").glob("*.duckdb")),
        list((home / "landing" / "ledger").glob("[0-9]*.json")),
        list((home / "landing" / "batches").glob("*/*.parquet")),
        [home / "grants" / "CURRENT", max((home / "grants").glob("[0-9]*.duckdb"))],
    )
    return run.world.dice.choice(sorted(path for path in run.world.dice.choice(groups) if path.stat().st_size))


@contextmanager
def _put_back_if_nowhere_else(run: Run, path: Path) -> Iterator[None]:
    """What landed and was published is nowhere else: it is said so, and comes back from a backup."""
    content = path.read_bytes()
    yield
    if path.suffix == ".parquet":
        mended = run.job("repair")
        assert b"restored from a backup" in mended.stdout and mended.returncode == 1, mended.stdout
        path.write_bytes(content)


def _seen(run: Run, path: Path, told: str) -> None:
    """A deep look names it; of a working file, if what is harmed is in use."""
    done = run.job("status", "--deep", "--format", "json")
    is_named = path.name.encode() in done.stdout or b"permissions (grants/)" in done.stdout
    if "work" not in path.parts and path.suffix != ".duckdb":
        assert done.returncode == 1 and is_named, f"{told}: {done.stdout.decode()}"
    if b"dataport repair" in done.stdout:
        mended = run.job("repair")
        assert mended.returncode in (0, 1), mended.stderr
    run.told.append(f"{told}, {'named' if is_named else 'in no use'}")
