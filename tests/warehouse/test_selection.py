"""A refresh makes what something new reaches and no more, and comes to the same figures as making everything."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from dataport.landing import Landing
from dataport.warehouse.build import build
from dataport.warehouse.selection import News, models_to_make
from tests.warehouse import stories
from tests.warehouse.conftest import World, checksums
from tests.warehouse.landings import Writer, row

NOTHING = News(frozenset(), has_new_day=False, has_new_links=False)


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    return shutil.copytree(world.home, tmp_path / "home")


def made(home: Path) -> set[str]:
    """The models, snapshots and seeds that the last run made."""
    results = json.loads((home / "warehouse" / "target" / "run_results.json").read_text())["results"]
    names = [one["unique_id"].split(".") for one in results]
    return {name for kind, _, name, *_ in names if kind not in ("test", "operation")}


def test_a_quiet_hour_makes_three_models_and_the_next_day_is_as_if_all_had_been_made(
    world: World, copy: Path, tmp_path: Path
) -> None:
    writer = Writer(copy / "landing")
    writer.land(datetime(2022, 3, 2, 9), [])
    build(*stories.home(copy))
    assert "fct_population" in made(copy), "what begins at a midnight was not known when that was the watermark"
    writer.land(datetime(2022, 3, 2, 11), [])
    quiet = build(*stories.home(copy))
    assert made(copy) == {"source_watermark", "build", "records_build"}
    assert quiet.published.watermark == datetime(2022, 3, 2, 11)
    assert {one.test for one in quiet.warnings} >= {one.test for one in world.last.warnings}, "dirt is not forgotten"
    writer.land(datetime(2022, 3, 5), [stories.person("quiet", datetime(2022, 3, 4))])
    last = build(*stories.home(copy))
    assert len(made(copy)) > 40
    shutil.copytree(copy / "landing", tmp_path / "again" / "landing")
    assert checksums(build(*stories.home(tmp_path / "again"))) == checksums(last)


def packed(home: Path) -> Path:
    assert Landing(home / "landing").compact(range(1, 100))
    return home


def moved(home: Path) -> Path:
    return home.rename(home.with_name("elsewhere"))


@pytest.mark.parametrize("happened", [packed, moved])
def test_what_is_not_reached_is_read_where_it_lies_now(
    happened: Callable[[Path], Path], copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Views of tables that have no news name the files of an earlier run: in a pack by now, or in another folder."""
    monkeypatch.setattr("dataport.landing.packs.LEAST_BATCHES", 2)
    writer = Writer(copy / "landing")
    for day, news in (
        (3, stories.person("one", datetime(2022, 3, 2))),
        (4, row("location", "P9", datetime(2022, 3, 3))),
    ):
        writer.land(datetime(2022, 3, day), [news])
        build(*stories.home(copy))
    copy = happened(copy)
    Writer(copy / "landing").land(
        datetime(2022, 3, 5), [row("specific_need", "N9", datetime(2022, 3, 4), individual_id="one")]
    )
    last = build(*stories.home(copy))
    assert "stg_registration__countries" not in made(copy), "what nothing reads is not made"
    shutil.copytree(copy / "landing", tmp_path / "again" / "landing")
    assert checksums(build(*stories.home(tmp_path / "again"))) == checksums(last)


def test_what_is_reached_follows_the_graph(world: World) -> None:
    manifest = world.home / "warehouse" / "target" / "manifest.json"
    assert set(models_to_make(manifest, NOTHING)) == {"source_watermark", "build", "records_build"}
    of_codes = set(models_to_make(manifest, News(frozenset({"code_value"}), False, False)))
    assert {"snap_registration__code_values", "dim_code"} <= of_codes and "fct_population" not in of_codes
    on_a_new_day = set(models_to_make(manifest, News(frozenset(), True, False)))
    assert {"fct_population", "int_individual__touched", "fct_document", "dim_date"} <= on_a_new_day
    assert not {name for name in on_a_new_day if name.startswith(("stg_", "snap_", "map_indiv"))}
    of_links = set(models_to_make(manifest, News(frozenset(), False, True)))
    assert {"int_registration__linked", "fct_population", "fct_assistance"} <= of_links
    of_people = set(models_to_make(manifest, News(frozenset({"individual", "event"}), True, False)))
    assert {"map_individual", "snap_registration__individuals", "fct_population", "dim_individual"} <= of_people


def test_without_a_graph_everything_is_made(world: World, tmp_path: Path) -> None:
    assert models_to_make(tmp_path / "manifest.json", NOTHING) == ()
    (tmp_path / "manifest.json").write_text("{}")
    assert models_to_make(tmp_path / "manifest.json", NOTHING) == ()


def test_after_a_run_that_did_not_end_everything_is_made(world: World, copy: Path) -> None:
    """What it left may be of other links, or hold more than what is published."""
    with duckdb.connect(str(copy / "warehouse" / "work" / "core.duckdb")) as core:
        core.execute("update run_build set build_number = build_number + 1")
    Writer(copy / "landing").land(datetime(2022, 3, 2, 9), [])
    build(*stories.home(copy))
    assert len(made(copy)) > 80
