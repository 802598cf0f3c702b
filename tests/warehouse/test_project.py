"""What decides whether everything has to be made again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dataport.tether import run_tethered
from dataport.warehouse.dbt import Limits, run_dbt
from dataport.warehouse.project import project_digest, project_folder
from tests.warehouse.conftest import World


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for part in ("models", "snapshots", "macros", "seeds"):
        shutil.copytree(project_folder() / part, tmp_path / part)
    shutil.copy(project_folder() / "dbt_project.yml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "path", ["dbt_project.yml", "models/marts/core/fct_group.sql", "macros/codes.sql", "seeds/boundary_cause.csv"]
)
def test_what_a_build_is_made_by_changes_the_digest(project: Path, path: str) -> None:
    before = project_digest(project)
    with (project / path).open("a") as file:
        file.write("\n")
    assert project_digest(project) != before


def test_seeds_that_dbt_does_not_load_decide_nothing(project: Path) -> None:
    before = project_digest(project)
    (project / "seeds" / "location.csv").write_text("location_code\n")
    (project / "seeds" / "brand_new.csv").write_text("a\n")
    assert project_digest(project) == before


def test_a_project_may_be_installed_elsewhere(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """dbt remembers where it has read each seed: of a program that was installed anew, that place is gone."""
    monkeypatch.setattr("dataport.warehouse.dbt.run_tethered", run_tethered)
    home = tmp_path / "home"
    shutil.copytree(world.home, home, symlinks=True)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    for part in ("models", "snapshots", "macros", "seeds", "tests"):
        shutil.copytree(project_folder() / part, first / part, ignore=shutil.ignore_patterns("*.py"))
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(project_folder() / name, first)
    run_dbt(first, home / "warehouse", "first.log", Limits(), ["age_group"])
    first.rename(second)
    run_dbt(second, home / "warehouse", "second.log", Limits(), ["age_group"])
    # where it has not moved, it is not read anew
    read = (home / "warehouse" / "target" / "partial_parse.msgpack").stat()
    run_dbt(second, home / "warehouse", "third.log", Limits(), ["age_group"])
    assert (home / "warehouse" / "target" / "project.json").stat().st_mtime_ns < read.st_mtime_ns


def test_every_published_table_leads_back_to_the_landing(world: World) -> None:
    """The lineage that `dataport docs` shows; what is made of seeds and of the run alone is named."""
    manifest = json.loads((world.home / "warehouse" / "target" / "manifest.json").read_text())
    marts = [name for name, node in manifest["nodes"].items() if node["path"].startswith("marts/")]
    assert len(marts) > 20

    def sources(name: str) -> set[str]:
        above = manifest["parent_map"][name]
        return {one for one in above if one.startswith("source.")}.union(*(sources(one) for one in above))

    without = {name.split(".")[-1] for name in marts if not any(".landing." in one for one in sources(name))}
    assert without == {"dim_age_group", "dim_check"}
    assert "source.dataport.landing.document" in sources("model.dataport.fct_document")
