"""Every data test of severity error can fail: each invariant is broken by hand, in one go, and must be reported.

And what fails never gets published.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from dataport.errors import BuildFailed
from dataport.warehouse import build, published
from dataport.warehouse.dbt import Limits, run_dbt
from dataport.warehouse.project import project_folder
from tests.warehouse import stories
from tests.warehouse.conftest import World
from tests.warehouse.landings import Writer, row

# what is done to the working copies, and the tests that must notice
POISONS = {
    "figures": [
        ("insert into fct_population from fct_population limit 1", "grain_fct_population_individual_key__valid_from"),
        (
            "update fct_population set valid_to = valid_to + interval 1 day "
            "where valid_to < timestamp '9999-01-01' and end_cause_code <> 'deleted'",
            "intervals_fct_population_individual_key",
        ),
        (
            "update fct_population set valid_to = valid_from where rowid = {third}",
            "assert_population_covers_individuals",
        ),
        ("update fct_population set end_cause_code = null where valid_to < '9999-01-01'", "assert_causes_meet"),
        (
            "update fct_population set age_group_code = '60+' where rowid = {fourth}",
            "assert_age_groups_hold_throughout",
        ),
        (
            "update fct_population set start_cause_code = 'no such cause' where rowid = {fifth}",
            "relationships_fct_population_start_cause_code__cause_code__ref_boundary_cause_",
        ),
        ("update fct_group set active_member_count = 99", "assert_groups_count_their_members"),
        (
            "delete from fct_group where rowid = {first}",
            "assert_groups_cover_their_versions",
        ),
        ("insert into fct_group from fct_group limit 1", "grain_fct_group_group_key__valid_from"),
        (
            "delete from fct_registration_event where rowid = {first}",
            "assert_every_event_is_a_fact",
        ),
        (
            "delete from fct_specific_need where rowid = {first}",
            "assert_needs_cover_their_versions",
        ),
        ("insert into dim_code from dim_code limit 1", "grain_dim_code_code_list__code"),
    ],
    "core": [
        ("update run_source set watermark = timestamp '2022-01-01'", "assert_nothing_reaches_the_watermark"),
        (
            "insert into snap_registration__individuals from snap_registration__individuals limit 1",
            "grain_snap_registration__individuals_individual_key__valid_from",
        ),
        (
            "update snap_registration__memberships set valid_from = valid_to",
            "intervals_snap_registration__memberships_source_id__membership_id",
        ),
    ],
    "keys": [("insert into map_individual from map_individual limit 1", "grain_map_individual_individual_key")],
}


def _aimed(file: duckdb.DuckDBPyConnection, statement: str) -> str:
    """The statement with rows that exist: deletions leave holes in the row numbers."""
    if "{" not in statement:
        return statement
    table = statement.removeprefix("delete from ").removeprefix("update ").split()[0]
    rows = file.execute(f"select rowid from {table} order by rowid limit 6").fetchall()
    words = ("first", "second", "third", "fourth", "fifth", "sixth")
    return statement.format(**{word: rowid for word, (rowid,) in zip(words, rows, strict=False)})


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    return shutil.copytree(world.home, tmp_path / "home")


def test_every_invariant_is_watched(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, poisons in POISONS.items():
        with duckdb.connect(str(copy / "warehouse" / "work" / f"{name}.duckdb")) as file:
            for statement, _ in poisons:
                file.execute(_aimed(file, statement))
    monkeypatch.setattr("dataport.warehouse.dbt.VERB", "test")
    with pytest.raises(BuildFailed):
        run_dbt(project_folder(), copy / "warehouse", "poisoned.log", Limits())
    results = json.loads((copy / "warehouse" / "target" / "run_results.json").read_text())["results"]
    failed = {result["unique_id"].split(".")[2] for result in results if result["status"] == "fail"}
    expected = {test for poisons in POISONS.values() for _, test in poisons}
    assert expected <= failed


def test_a_failing_invariant_leaves_the_published_build_and_tells_no_data(copy: Path) -> None:
    """A stamp at the watermark: the source broke its promise, and as of the watermark the row would be missing."""
    before = published(copy / "published")
    high = stories.datetime(2022, 3, 5)
    Writer(copy / "landing").land(high, [row("individual", "SENTINEL", high, family_name="SENTINEL")])
    with pytest.raises(BuildFailed, match=r"assert_nothing_reaches_the_watermark \(\d rows\)") as caught:
        build(*stories.home(copy))
    assert "SENTINEL" not in str(caught.value)
    assert published(copy / "published") == before
    assert before.figures.is_file()


def test_a_model_that_breaks_is_named_without_the_engines_words(copy: Path) -> None:
    with duckdb.connect(str(copy / "warehouse" / "work" / "core.duckdb")) as core:
        core.execute("alter table snap_registration__individuals rename column family_name to elsewhere")
    Writer(copy / "landing").land(stories.datetime(2022, 3, 5), [stories.person("quiet", stories.datetime(2022, 3, 4))])
    with pytest.raises(BuildFailed, match="model snap_registration__individuals") as caught:
        build(*stories.home(copy))
    assert "elsewhere" not in str(caught.value)
