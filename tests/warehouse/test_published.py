"""Published files: private, sealed, numbered, pruned."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from dataport.checking import check_home
from dataport.dictionary import RECORDS_ONLY, project_root, sensitivities
from dataport.errors import NoHome
from dataport.landing import Landing
from dataport.warehouse.links import NO_LINKS
from dataport.warehouse.publish import publish
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import published
from dataport.warehouse.working import Working
from tests.warehouse.conftest import World


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/hostname')",
        "copy (select 1) to '/nowhere/x.csv'",
        "attach '/nowhere/x.duckdb'",
        "set enable_external_access = true",
        "set memory_limit = '8GB'",
        "delete from fct_population",
        "install httpfs",
    ],
)
def test_a_sealed_reader_reaches_nothing_else(world: World, statement: str) -> None:
    with open_sealed(world.last.published.figures) as reader, pytest.raises(duckdb.Error):
        reader.execute(statement)


def test_files_are_private(world: World) -> None:
    for folder in ("warehouse", "published"):
        for path in (world.home / folder).rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path


def columns(path: Path) -> dict[str, set[str]]:
    """The columns of each table of a published file; the list of applied batches apart."""
    found: dict[str, set[str]] = defaultdict(set)
    with open_sealed(path) as reader:
        for table, column in reader.execute(
            "select table_name, column_name from duckdb_columns() where not internal"
        ).fetchall():
            if table != "applied_batch":
                found[table].add(column)
    return found


def test_every_published_field_has_a_sensitivity_and_figures_hold_none_that_belongs_to_records(world: World) -> None:
    known = sensitivities()
    for path in (world.last.published.figures, world.last.published.records):
        for table, names in columns(path).items():
            assert not names - set(known), f"{table}: the seed field_sensitivity does not say how sensitive these are"
    for table, names in columns(world.last.published.figures).items():
        assert not {name for name in names if known[name] in RECORDS_ONLY}, table
    assert any(known[name] == "direct" for name in columns(world.last.published.records)["dim_individual"])


def test_what_is_published_is_what_the_pointer_says(world: World, tmp_path: Path) -> None:
    working, root = Working(world.home / "warehouse" / "work"), tmp_path / "published"
    first = publish(working, root, Landing(world.home / "landing").batches(), "digest", NO_LINKS, {})
    assert published(root) == first
    assert first.row_counts["figures.fct_population"] > 100
    assert not list(root.glob(".partial*"))


def test_builds_are_pruned(world: World) -> None:
    root = world.home / "published"
    assert sorted(path.name for path in root.glob("[0-9]*")) == ["000002", "000003", "000004"]


def test_the_manifest_is_the_pointer(world: World) -> None:
    folder = world.last.published.figures.parent
    assert (folder / "manifest.json").read_bytes() == (folder.parent / "CURRENT").read_bytes()


def test_a_published_home_is_what_its_project_promises(world: World, tmp_path: Path) -> None:
    """`dataport check` holds both files against the contracts and the definitions; an older project's home differs."""
    assert check_home(world.home / "published", must_exist=True) == ()
    assert check_home(tmp_path, must_exist=False) is None
    with pytest.raises(NoHome):
        check_home(tmp_path, must_exist=True)


def test_a_home_of_another_project_is_told_to_be_built_again(world: World, tmp_path: Path) -> None:
    root = tmp_path / "project"
    for part in ("models", "snapshots", "seeds", "macros"):
        shutil.copytree(project_root() / part, root / part)
    shutil.copy(project_root() / "dbt_project.yml", root)
    contract = root / "models" / "marts" / "core" / "fct_group.yml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("- name: active_member_count", "- name: member_count", 1), encoding="utf-8")
    records = root / "models" / "marts" / "records" / "dim_document.yml"
    records.write_text(records.read_text(encoding="utf-8").replace("data_type: date", "data_type: timestamp", 1))
    found = check_home(world.home / "published", must_exist=True, root=root)
    assert found is not None
    assert [(one.place.file, one.kind) for one in found] == [
        ("models/marts/core/fct_group.yml", "field"),
        ("models/marts/core/fct_group.yml", "field"),
        ("models/marts/records/dim_document.yml", "type"),
    ]
    assert "fct_group has no column 'member_count'" in found[1].what
    assert all(one.mend == "Build again: `dataport build`." for one in found)
