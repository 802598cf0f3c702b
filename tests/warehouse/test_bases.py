"""Versions share a base: a further one is the same file under another name, and a log of what changed since."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from dataport.cli.register import make_store
from dataport.durable import cloned, file_sha256, shares_bytes
from dataport.errors import Damaged
from dataport.jobs.refresh import refresh
from dataport.landing import Landing
from dataport.settings import read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance
from dataport.warehouse import bases
from dataport.warehouse.bases import base_of, log_of
from dataport.warehouse.build import _recovered, build
from dataport.warehouse.links import NO_LINKS
from dataport.warehouse.mending import broken_versions, mend_versions
from dataport.warehouse.opening import opened
from dataport.warehouse.publish import bases as published_bases
from dataport.warehouse.publish import publish
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import Published, newest, published, read_entry
from dataport.warehouse.working import PUBLISHED_FILES, RunPlan, Working
from tests.warehouse.conftest import World, checksums

LONG, DAYS = os.environ.get("DATAPORT_LONG") == "1", int(os.environ.get("DATAPORT_DAYS", "60"))
VERSIONS = ("000002", "000003", "000004")


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    """A home of one's own to try things in."""
    return shutil.copytree(world.home, tmp_path / "home")


def put(home: Path, root: Path) -> Published:
    """Publish the working copies of a home once more, elsewhere."""
    working = Working(home / "warehouse" / "work")
    return publish(working, root, Landing(home / "landing").batches(), "digest", NO_LINKS, published_bases(root))


def counts(build: Published) -> dict[str, int]:
    """What is in the files of a version, as its manifest would count it."""
    found = {}
    for name in PUBLISHED_FILES:
        with open_sealed(getattr(build, name)) as file:
            for (table,) in file.execute("select table_name from duckdb_tables()").fetchall():
                [(found[f"{name}.{table}"],)] = file.execute(f'select count(*) from "{table}"').fetchall()
    return found


def test_a_further_version_is_its_base_and_what_changed_since(world: World) -> None:
    root = world.home / "published"
    for name in PUBLISHED_FILES:
        files = [root / version / f"{name}.duckdb" for version in VERSIONS]
        assert len({file.stat().st_ino for file in files}) == 1, "one file under three names"
        logs = [log_of(file).stat().st_size for file in files]
        assert logs == sorted(logs) and logs[-1] < files[0].stat().st_size
        assert file_sha256(files[0]) == file_sha256(world.home / "warehouse" / "work" / f"{name}.duckdb")


def test_each_version_stays_as_it_was_published(world: World) -> None:
    for version in VERSIONS:
        entry = read_entry(world.home / "published" / version / "manifest.json")
        assert counts(entry.build) == entry.build.row_counts
        assert all(file.is_whole(world.home / "published", deep=True) for file in entry.files)
    told = [read_entry(world.home / "published" / version / "manifest.json").build.row_counts for version in VERSIONS]
    assert told[0] != told[1], "the stories add rows"


def test_a_log_that_is_long_is_folded_into_the_next_base(
    world: World, copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    working, root = Working(copy / "warehouse" / "work"), copy / "published"
    batches = Landing(copy / "landing").batches()
    last = RunPlan(4, datetime(2022, 1, 1), batches, frozenset(), False, frozenset(one.number for one in batches))
    working.seal(last, (), published_bases(root))
    assert log_of(working.path("figures")).is_file(), "it is short, and its base is there"
    monkeypatch.setattr(bases, "SHORT", 0)
    monkeypatch.setattr(bases, "MOST_OF_BASE", 0.0)
    monkeypatch.setattr(bases, "MOST_OF_SHARED", 0.0)
    working.seal(last, (), published_bases(root))
    assert not log_of(working.path("figures")).exists() and base_of(working.path("figures")) is None
    new = put(copy, tmp_path / "elsewhere")
    assert not list(new.figures.parent.glob("*.wal"))
    assert counts(new) == counts(world.last.published)
    assert base_of(working.path("figures")) == file_sha256(new.figures), "what follows is based on this one"


def _is_written_to(working: Working) -> None:
    os.utime(working.path("figures"))


def _is_forgotten(working: Working) -> None:
    (working.folder / "bases.json").unlink()


def _is_unreadable(working: Working) -> None:
    (working.folder / "bases.json").write_text("{")


@pytest.mark.parametrize("no_base", [_is_written_to, _is_forgotten, _is_unreadable])
def test_without_a_base_that_is_sure_the_whole_is_copied(copy: Path, no_base: Callable[[Working], None]) -> None:
    working, before = Working(copy / "warehouse" / "work"), published(copy / "published")
    no_base(working)
    shutil.rmtree(before.figures.parent)
    new = put(copy, copy / "published")
    assert new.figures.stat().st_nlink == 1 and new.figures.stat().st_ino != working.path("figures").stat().st_ino
    assert counts(new) == new.row_counts


def test_a_file_system_without_further_names_has_copies(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no such thing here")

    shutil.rmtree(published(copy / "published").figures.parent)
    monkeypatch.setattr(os, "link", refuse)
    new = put(copy, copy / "published")
    assert new.figures.stat().st_nlink == 1 and log_of(new.figures).is_file()
    assert counts(new) == new.row_counts
    assert newest(copy / "published") == new


@pytest.fixture
def sharing(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system whose files can share their bytes; skipped where none can be made."""
    image, folder = tmp_path / "xfs", tmp_path / "mounted"
    make = shutil.which("mkfs.xfs", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not make or os.geteuid():
        pytest.skip("making a file system takes root and mkfs.xfs")
    with image.open("wb") as file:
        file.truncate(320_000_000)
    folder.mkdir()
    subprocess.run([make, "-q", "-m", "reflink=1", str(image)], check=True)
    if subprocess.run(["mount", "-o", "loop", str(image), str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_file_and_its_copy_share_their_bytes_where_they_can(sharing: Path) -> None:
    source, target = sharing / "source", sharing / "target"
    content = os.urandom(40_000_000)
    source.write_bytes(content)
    os.sync()
    free = shutil.disk_usage(sharing).free
    assert shares_bytes(sharing) and [one.name for one in sharing.iterdir()] == ["source"]
    said = cloned(source, target)
    os.sync()
    assert free - shutil.disk_usage(sharing).free < 1_000_000
    assert said == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    source.write_bytes(b"another")
    assert target.read_bytes() == content and target.stat().st_mode & 0o777 == 0o600


def test_a_home_where_files_share_their_bytes_has_the_same_versions(world: World, sharing: Path) -> None:
    home = shutil.copytree(world.home, sharing / "home")
    _is_forgotten(Working(home / "warehouse" / "work"))
    shutil.rmtree(published(home / "published").figures.parent)
    os.sync()
    free = shutil.disk_usage(sharing).free
    new = put(home, home / "published")
    os.sync()
    assert free - shutil.disk_usage(sharing).free < new.figures.stat().st_size / 2
    assert counts(new) == counts(world.last.published) == new.row_counts


def test_a_copy_of_a_file_is_one_where_bytes_cannot_be_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no such thing here")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    assert not shares_bytes(tmp_path)
    (tmp_path / "source").write_bytes(b"all of it")
    said = cloned(tmp_path / "source", tmp_path / "target")
    assert said == {"bytes": 9, "sha256": hashlib.sha256(b"all of it").hexdigest()}
    assert (tmp_path / "target").read_bytes() == b"all of it"
    with pytest.raises(FileExistsError):
        cloned(tmp_path / "source", tmp_path / "target")


@pytest.mark.parametrize(("shares", "is_short"), [(True, False), (False, True)])
def test_a_log_is_kept_shorter_where_the_next_base_costs_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shares: bool, is_short: bool
) -> None:
    path = tmp_path / "figures.duckdb"
    path.write_bytes(bytes(10_000))
    log_of(path).write_bytes(bytes(300))
    monkeypatch.setattr(bases, "SHORT", 0)
    monkeypatch.setattr(bases, "shares_bytes", lambda _: shares)
    assert bases.is_short(path) is is_short


@pytest.mark.parametrize(("ahead", "is_same"), [("true", False), ("false", True)])
def test_a_long_insert_stays_in_the_log_where_a_run_says_so(tmp_path: Path, ahead: str, is_same: bool) -> None:
    """What `writes_ahead` relies on: without it, DuckDB writes whole row groups into the file of the version's base."""
    path = tmp_path / "figures.duckdb"
    with opened(path) as file:
        file.execute("create table numbers as from range(1000) as t(number)")
    base = file_sha256(path)
    with opened(path, keeps_log=True) as file:
        file.execute(f"set global enable_optimistic_write = {ahead}")
        file.execute("insert into numbers from range(300_000)")
    assert (file_sha256(path) == base) == is_same
    left = file_sha256(path)
    with opened(path, keeps_log=True) as file:
        file.execute("insert into numbers values (1)")
    assert file_sha256(path) == left, "a log that is read back stays one"
    with opened(path, read_only=True) as file:
        assert file.execute("select count(*) from numbers").fetchone() == (301_001,)


def test_only_a_run_of_little_keeps_to_the_logs(world: World) -> None:
    batches = Landing(world.home / "landing").batches()
    little = RunPlan(9, datetime(2022, 1, 1), batches, frozenset({1}), False, frozenset({2}))
    assert little.is_little and not replace(little, is_full=True).is_little
    many = tuple(replace(one, tables=(replace(one.tables[0], rows=500_001),)) for one in batches)
    assert not replace(little, batches=many).is_little
    with opened(world.home / "warehouse" / "work" / "core.duckdb", read_only=True) as core:
        assert core.execute("select is_little from run_build").fetchone() == (True,)


def _gone(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [_gone, _cut, _flipped])
@pytest.mark.parametrize("name", ["figures.duckdb", "figures.duckdb.wal", "records.duckdb.wal"])
def test_a_damaged_part_is_told_and_taken_from_the_working_copy(
    world: World, copy: Path, name: str, harm: Callable[[Path], None]
) -> None:
    root = copy / "published"
    harm(root / "000004" / name)
    if harm is not _flipped:
        with pytest.raises(Damaged, match=name):
            published(root)
    assert f"000004/{name}" in broken_versions(root)
    said = [one.what for one in mend_versions(root, copy / "warehouse", Landing(copy / "landing").batches())]
    assert said == [f"000004/{name} was taken from the working copy again, byte by byte the same."]
    assert not broken_versions(root) and counts(published(root)) == world.last.published.row_counts


def test_a_shared_base_that_is_damaged_is_mended_in_every_version(world: World, tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "home" / "published"
    shutil.copytree(world.home, home)
    for version in VERSIONS[1:]:
        (root / version / "figures.duckdb").unlink()
        (root / version / "figures.duckdb").hardlink_to(root / VERSIONS[0] / "figures.duckdb")
    _flipped(root / VERSIONS[0] / "figures.duckdb")
    assert len(broken_versions(root)) == 3
    mended = list(mend_versions(root, home / "warehouse", Landing(home / "landing").batches()))
    assert len(mended) == 3 and not broken_versions(root)
    assert published(root).build_number == 4


def test_a_log_that_belongs_to_no_version_is_not_read(copy: Path, tmp_path: Path) -> None:
    """The engine would read it with the file, and every number could be another."""
    working, root = Working(copy / "warehouse" / "work"), tmp_path / "elsewhere"
    for name in PUBLISHED_FILES:
        with opened(working.path(name)) as file:
            file.execute("checkpoint")
    new = put(copy, root)
    stray = log_of(new.figures)
    with opened(new.figures, keeps_log=True) as file:
        file.execute("delete from fct_population")
    assert stray.is_file() and counts(new) != new.row_counts
    with pytest.raises(Damaged, match=stray.name):
        published(root)
    [mended] = mend_versions(root, copy / "warehouse", Landing(copy / "landing").batches())
    assert mended.what == f"{new.figures.parent.name}/{stray.name} belongs to no version, and was removed."
    assert published(root) == new and counts(new) == new.row_counts


def test_a_log_of_another_file_is_damage_and_no_number(tmp_path: Path) -> None:
    """A file of the same size and shape whose rows say something else: the engine knows that the log is not its own."""
    for name in ("own", "other"):
        with opened(tmp_path / f"{name}.duckdb") as file:
            file.execute("create table t as select range as k, ? as said from range(1000)", [name])
    with opened(tmp_path / "own.duckdb", keeps_log=True) as file:
        file.execute("delete from t where k < 10")
    assert (tmp_path / "own.duckdb").stat().st_size == (tmp_path / "other.duckdb").stat().st_size
    shutil.copyfile(log_of(tmp_path / "own.duckdb"), log_of(tmp_path / "other.duckdb"))
    with pytest.raises(Damaged), opened(tmp_path / "other.duckdb", read_only=True):
        pass


def test_a_working_copy_without_its_log_is_an_older_one_and_is_replaced(world: World, copy: Path) -> None:
    working, current = Working(copy / "warehouse" / "work"), published(copy / "published")
    log_of(working.path("figures")).unlink()
    assert working.applied("figures") == {1}
    assert _recovered(working, current) == current.batches
    assert working.applied("figures") == current.batches
    assert base_of(working.path("figures")) == current.checksums["figures"]
    assert file_sha256(log_of(working.path("figures"))) == current.logs["figures"]
    with pytest.raises(Damaged):
        working.replace("figures", current.figures, current.checksums["figures"], "0" * 64)
    assert working.applied("figures") is None, "what is not as it was published is not gone on with"


def test_a_version_that_is_given_up_leaves_the_base_to_the_others(copy: Path) -> None:
    root = copy / "published"
    for version in VERSIONS[1:]:
        (root / version / "figures.duckdb").unlink()
        (root / version / "figures.duckdb").hardlink_to(root / VERSIONS[0] / "figures.duckdb")
    with open_sealed(root / VERSIONS[0] / "figures.duckdb") as reader:
        shutil.rmtree(root / VERSIONS[0])
        assert reader.execute("select count(*) > 0 from fct_population").fetchall() == [(True,)]
    assert counts(published(root)) == published(root).row_counts


@pytest.mark.skipif(not LONG, reason="takes as long as so many refreshes: make test-long")
def test_sixty_days_are_each_what_is_built_in_one_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys.json"))
    settings = read_settings(tmp_path / "home")
    make_store(settings, scale=0.0001, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet)
    settings, kept = read_settings(settings.home), set()
    for day in range(DAYS):
        done = refresh(settings, quiet).build
        assert done
        kept.add(done.published.checksums["figures"])
        again = tmp_path / "again"
        shutil.rmtree(again, ignore_errors=True)
        shutil.copytree(settings.landing, again / "landing")
        ours, theirs = checksums(done), checksums(build(again / "warehouse", again / "landing"))
        assert {table for table in ours | theirs if ours.get(table) != theirs.get(table)} == set(), f"day {day}"
        with closing(connect(settings.sources[0].url.reveal())) as store:
            advance(store, 1, DEFAULT_SEED, quiet)
    assert 1 < len(kept) < DAYS / 2, "several bases, each of many versions"


def quiet(_: str) -> None:
    """Progress that nobody reads."""
