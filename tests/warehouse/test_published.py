"""Published files: private, sealed, numbered, pruned."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from dataport.dictionary import RECORDS_ONLY, sensitivities
from dataport.landing import Landing
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
    first = publish(working, root, Landing(world.home / "landing").batches(), "digest")
    assert published(root) == first
    assert first.row_counts["figures.fct_population"] > 100
    assert not list(root.glob(".partial*"))


def test_builds_are_pruned(world: World) -> None:
    root = world.home / "published"
    assert sorted(path.name for path in root.glob("[0-9]*")) == ["000002", "000003", "000004"]


def test_the_manifest_is_the_pointer(world: World) -> None:
    folder = world.last.published.figures.parent
    assert (folder / "manifest.json").read_bytes() == (folder.parent / "CURRENT").read_bytes()
