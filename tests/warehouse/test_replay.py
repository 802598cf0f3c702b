"""History does not depend on when the job ran, nor on how often."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from dataport.durable import held
from dataport.errors import Busy, ContractBroken, NoHome
from dataport.landing import Landing
from dataport.warehouse.build import Build, build
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import published
from tests.warehouse import stories
from tests.warehouse.conftest import World, checksums
from tests.warehouse.landings import Writer

IN_ORDER = {
    **dict.fromkeys(("dim_individual", "bridge_membership", "dim_address", "dim_document"), "individual_key"),
    **dict.fromkeys(("records_specific_need", "dim_event"), "individual_key"),
    **dict.fromkeys(("dim_group", "dim_assistance"), "group_key"),
    "bridge_case_id": "case_id",
}


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    """A home of one's own to try things in; the files of the ledger name paths relative to it."""
    return shutil.copytree(world.home, tmp_path / "home")


def test_batch_by_batch_equals_all_at_once(world: World, tmp_path: Path) -> None:
    stories.land(Writer(tmp_path / "landing"), 1, 5)
    at_once = build(*stories.home(tmp_path))
    assert at_once.applied == (1, 2, 3, 4, 5)
    ours, theirs = checksums(world.last), checksums(at_once)
    assert {table for table in ours | theirs if ours.get(table) != theirs.get(table)} == set()
    assert histories(world.home) == histories(tmp_path)
    assert out_of_order(at_once) == {}


def out_of_order(build: Build) -> dict[str, int]:
    """Per table of the records: rows that do not lie in the order of the key by which a case is looked up."""
    found = {}
    with open_sealed(build.published.records) as file:
        for table, key in IN_ORDER.items():
            [(found[table],)] = file.execute(
                f"select count(*) from (select {key} as key, lag({key}) over (order by rowid) as before from {table}) "
                "where before > key"
            ).fetchall()
    return {table: rows for table, rows in found.items() if rows}


def histories(home: Path) -> dict[str, tuple[int, int]]:
    """Per snapshot and map of keys: rows, and a checksum that does not depend on their order."""
    found = {}
    for name, like in (("core", "snap_%"), ("keys", "map_%")):
        with duckdb.connect(str(home / "warehouse" / "work" / f"{name}.duckdb"), read_only=True) as file:
            for (table,) in file.execute(
                "select table_name from duckdb_tables() where table_name like ?", [like]
            ).fetchall():
                [found[table]] = file.execute(f"select count(*), sum(hash(t)) from {table} as t").fetchall()
    return found


@pytest.mark.parametrize("first", [1, 2, 3, 4] if os.environ.get("DATAPORT_LONG") == "1" else [3])
def test_a_replay_from_any_earlier_point(world: World, tmp_path: Path, first: int) -> None:
    """Some batches at once, then all the others at once: a home that was not refreshed for a while."""
    writer = Writer(tmp_path / "landing")
    stories.land(writer, 1, first)
    build(*stories.home(tmp_path))
    stories.land(writer, first + 1, 5)
    caught_up = build(*stories.home(tmp_path))
    assert not caught_up.is_full
    ours, theirs = checksums(world.last), checksums(caught_up)
    assert {table for table in ours | theirs if ours.get(table) != theirs.get(table)} == set()


def test_a_full_replay_changes_nothing_but_the_build_number(world: World, copy: Path) -> None:
    replay = build(*stories.home(copy), full=True)
    assert replay.is_full
    assert replay.applied == ()
    assert replay.published.build_number == world.last.published.build_number + 1
    assert checksums(replay) == checksums(world.last)


def test_a_replay_of_packed_batches_is_the_same(world: World, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches that were put into one file: all of them again, and some of them, from an older published version."""
    monkeypatch.setattr("dataport.landing.packs.LEAST_BATCHES", 2)
    landing = Landing(copy / "landing")
    assert landing.compact(range(1, 6)) == 3, "the newest with a row stays as it landed"
    root = copy / "published"
    (root / "CURRENT").write_bytes((root / "000002" / "manifest.json").read_bytes())
    for folder in ("000003", "000004"):
        shutil.rmtree(root / folder)
    some = build(*stories.home(copy))
    assert some.applied == (3, 4, 5) and not some.is_full
    assert checksums(some) == checksums(world.last)
    assert histories(copy) == histories(world.home)
    assert checksums(build(*stories.home(copy), full=True)) == checksums(world.last)
    assert histories(copy) == histories(world.home)


def test_nothing_to_apply_is_no_build(world: World) -> None:
    again = build(*stories.home(world.home))
    assert not again.is_new
    assert again.published == world.last.published


def test_a_run_that_died_after_the_models_is_taken_up_again(world: World, copy: Path) -> None:
    """The pointer goes back to before the last batch; the working copies have applied it already."""
    published_root = copy / "published"
    (published_root / "CURRENT").write_bytes((published_root / "000003" / "manifest.json").read_bytes())
    shutil.rmtree(published_root / "000004")
    again = build(*stories.home(copy))
    assert again.applied == (5,)
    assert not again.is_full
    assert checksums(again) == checksums(world.last)


def test_a_changed_landed_file_is_refused_and_the_published_build_stays(world: World, copy: Path) -> None:
    before = published(copy / "published")
    table = next(table for table in Landing(copy / "landing").batches()[2].tables if table.name == "event")
    table.path.write_bytes(table.path.read_bytes()[:-1] + b"?")
    with pytest.raises(ContractBroken, match=r"000003/event\.parquet is missing or not as it was landed"):
        build(*stories.home(copy), full=True)
    assert published(copy / "published") == before


def test_two_builds_at_once(world: World) -> None:
    with (
        held(world.home / "warehouse" / ".lock", "A build"),
        pytest.raises(Busy, match="A build is under way already"),
    ):
        build(*stories.home(world.home))


def test_nothing_landed(tmp_path: Path) -> None:
    with pytest.raises(NoHome, match="Nothing has landed yet"):
        build(*stories.home(tmp_path))
    with pytest.raises(NoHome, match="Nothing has been published here yet"):
        published(tmp_path / "published")
