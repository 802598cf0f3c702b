"""Published files: private, sealed, numbered, pruned."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dataport.warehouse import open_sealed
from dataport.warehouse.publish import publish, published
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


def test_figures_hold_no_identifier(world: World) -> None:
    """No column of a direct identifier, and no business id of a person, group or need."""
    with open_sealed(world.last.published.figures) as reader:
        columns = {name for (name,) in reader.execute("select column_name from duckdb_columns()").fetchall()}
    forbidden = {"individual_id", "individual_no", "group_id", "group_no", "former_no", "event_id", "specific_need_id"}
    forbidden |= {"family_name", "given_name", "fathers_name", "phone", "birth_city", "line", "number"}
    assert not columns & forbidden


def test_what_is_published_is_what_the_pointer_says(world: World, tmp_path: Path) -> None:
    working, root = Working(world.home / "warehouse" / "work"), tmp_path / "published"
    first = publish(working, root, frozenset({1, 2, 3, 4, 5}), "digest")
    assert published(root) == first
    assert first.row_counts["figures.fct_population"] > 100
    assert not list(root.glob(".partial*"))


def test_builds_are_pruned(world: World) -> None:
    root = world.home / "published"
    assert sorted(path.name for path in root.glob("[0-9]*")) == ["000002", "000003", "000004"]


def test_the_manifest_is_the_pointer(world: World) -> None:
    folder = world.last.published.figures.parent
    assert (folder / "manifest.json").read_bytes() == (folder.parent / "CURRENT").read_bytes()
