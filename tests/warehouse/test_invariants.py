"""Every data test can fail: each is given something to find, in one go, and must find it.

And what fails never gets published.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dataport.errors import BuildFailed
from dataport.warehouse.build import build
from dataport.warehouse.dbt import Limits, run_dbt
from dataport.warehouse.project import project_folder
from dataport.warehouse.versions import published
from tests.warehouse import stories
from tests.warehouse.conftest import World
from tests.warehouse.landings import Writer, row

# Rows that break the tests which every table has of its kind: what is put in place of a good row's values.
WRONG = {
    "relationships": "'no such code'",
    "accepted_values": "'no such code'",
    "in_code_list": "'no such code'",
    "known_to": "-1",
}

# What breaks one rule alone of a test that asks several, of the rows of one key, and what the test then reports.
OF_ONE_KEY = {
    "intervals_fct_population": {
        "two begin at one instant": ("insert into fct_population from fct_population where {one} limit 1", "key"),
        "one goes on in the next": (
            "update fct_population set valid_to = valid_to + interval 1 second where {one} and valid_to < '9999-01-01'",
            "key",
        ),
        "one ends as it begins": ("update fct_population set valid_to = valid_from where {one}", "key"),
        "one has no end": ("update fct_population set valid_to = null where {one}", "key"),
        "one leaves something empty": ("update fct_population set has_valid_document = null where {one}", "key"),
        "one has no key": ("update fct_population set individual_key = null where {one}", None),
        "time is lost": ("delete from fct_population where {one}", None),
    },
    "grain_fct_registration_event": {
        "one is there twice": ("insert into fct_registration_event from fct_registration_event where {one}", "key"),
        "one leaves something empty": ("update fct_registration_event set recorded_at = null where {one}", "key"),
    },
}

# what is done to the working copies for the tests that are written by hand
BY_HAND = {
    "figures": {
        "assert_age_groups_hold_throughout": "update fct_population set age_group_code = '60+' where rowid = {fourth}",
        "assert_boundaries_have_one_cause": (
            "update fct_population set end_cause_code = null where valid_to < '9999-01-01'"
        ),
        "assert_changes_are_those_of_the_boundary": "update fct_population set start_changes = 0 where rowid = {third}",
        "assert_events_meet_boundaries": (
            "update fct_registration_event set boundary_at = boundary_at + interval 1 second"
        ),
        "assert_every_event_is_a_fact": "delete from fct_registration_event where rowid = {first}",
        "assert_facts_know_their_registration": (
            "update fct_specific_need set registration_key = -1 where rowid = {first}"
        ),
        "assert_group_quality_covers_the_groups": "delete from fct_group_quality where rowid = {first}",
        "assert_groups_count_their_members": "update fct_group set active_member_count = 99",
        "assert_lapses_hold_throughout": "update fct_population set has_recent_contact = true where rowid = {third}",
        "assert_quality_covers_the_judged": "delete from fct_quality where rowid = {first}",
        "assert_population_months_add_up": "delete from rollup_population_months where rowid = 0",
        "assert_population_steps_add_up": "update rollup_population_steps set step_count = step_count + 1",
        "assert_population_place_months_add_up": "delete from rollup_population_place_months where rowid = 0",
        "assert_population_place_steps_add_up": "update rollup_population_place_steps set step_count = step_count + 1",
        "assert_population_state_months_add_up": "delete from rollup_population_state_months where rowid = 0",
        "assert_population_state_steps_add_up": "update rollup_population_state_steps set step_count = step_count + 1",
        "assert_quality_months_add_up": "delete from rollup_quality_months where rowid = 0",
        "assert_quality_steps_add_up": "update rollup_quality_steps set k05_known = k05_known + 1",
        "assert_group_quality_months_add_up": "delete from rollup_group_quality_months where rowid = 0",
        "assert_group_quality_steps_add_up": "update rollup_group_quality_steps set k24_true = k24_true + 1",
        "warn_active_without_group": "update fct_population set group_key = null where individual_key % 2 = 0",
        "warn_born_after_recorded": "update fct_population set birth_date = '2100-01-01' where individual_key % 3 = 0",
        "warn_events_without_boundary": "update fct_registration_event set boundary_at = null where event_key % 2 = 0",
        "warn_several_focal_points": (
            "update fct_population set is_focal_point = true, group_key = 1, process_status_code = 'A' "
            "where valid_to > '9999-01-01' and individual_key % 2 = 1"
        ),
        "warn_quality_outgrows_the_population": (
            "insert into fct_population select one.* from fct_population as one, range(1001) limit 1001; "
            "insert into fct_quality select one.* from fct_quality as one, range(9999) "
            "limit (select 2 * count(*) from fct_population)"
        ),
    },
    "core": {
        "assert_links_join_two_stores": "insert into int_registration__linked values (1, -5, 1)",
        "warn_links_to_nobody": "insert into int_registration__confirmed values (7, 'moved', 1, null)",
        "assert_nothing_reaches_the_watermark": "update run_source set watermark = timestamp '2022-01-01'",
        "warn_several_open_memberships": (
            "update snap_registration__memberships set individual_key = 1 "
            "where valid_to > '9999-01-01' and membership_id like 'm-torn%'"
        ),
    },
    "records": {"assert_every_id_leads_to_its_case": "delete from bridge_case_id where field = 'individual_id'"},
}


def _aimed(file: duckdb.DuckDBPyConnection, statement: str) -> str:
    """The statement with rows that exist: deletions leave holes in the row numbers."""
    if "{" not in statement:
        return statement
    table = statement.removeprefix("delete from ").removeprefix("update ").split()[0]
    rows = file.execute(f"select rowid from {table} where true order by rowid limit 6").fetchall()
    words = ("first", "second", "third", "fourth", "fifth", "sixth")
    return statement.format(**{word: rowid for word, (rowid,) in zip(words, rows, strict=False)})


def _as_table(name: str) -> list[str]:
    if not name.startswith("stg_"):
        return []
    return [f"create table poisoned as from {name}", f"drop view {name}", f"alter table poisoned rename to {name}"]


def _poison(node: dict[str, Any], table: str) -> list[str]:
    """What breaks one generic test of one table."""
    kind = node["test_metadata"]["name"]
    if kind in WRONG:
        wrong = f"{WRONG[kind]} as {node['column_name']}"
        return [f"insert into {table} select * replace ({wrong}) from {table} limit 1"]
    if table.startswith(("stg_", "int_")):
        # what a run reads and makes on its way may be empty, and is a view in part
        return [*_as_table(table), f"insert into {table} default values", f"insert into {table} default values"]
    # two rows of a fact and one of a history, so that sums over both differ; of those that the test looks at
    looked_at = node["config"].get("where") or "true"
    return [f"insert into {table} from {table} where {looked_at} limit {1 if table.startswith('snap_') else 2}"]


@pytest.mark.parametrize(("test", "rule"), [(test, rule) for test, rules in OF_ONE_KEY.items() for rule in rules])
def test_a_test_that_asks_several_things_finds_each(world: World, test: str, rule: str) -> None:
    """Each rule is broken by itself, in what the test looks at, which is what the last run made again."""
    warehouse = world.home / "warehouse"
    (compiled,) = (warehouse / "target" / "compiled").rglob(f"{test}.sql")
    asked = compiled.read_text()
    table, key = test.partition("_")[2], "individual_key" if test.startswith("intervals") else "event_key"
    with duckdb.connect() as own:
        own.execute("attach ':memory:' as core; attach ':memory:' as figures")
        for schema in ("core", "figures"):
            own.execute(f"attach '{warehouse / 'work' / schema}.duckdb' as was (read_only)")
            own.execute(f"copy from database was to {schema}; detach was")
        own.execute("use figures")
        assert not own.execute(asked).fetchall()
        (person,) = own.execute(
            f"select {key} from {table} semi join core.int_individual__touched using (individual_key) "
            "group by all having count(*) > 1 or $once limit 1", {"once": key == "event_key"}
        ).fetchone() or (None,)  # fmt: skip
        breaks, reported = OF_ONE_KEY[test][rule]
        own.execute(breaks.format(one=f"{key} = {person}"))
        assert (person if reported else None,) in own.execute(asked).fetchall()


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    return shutil.copytree(world.home, tmp_path / "home")


def test_every_data_test_can_fail(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is given something to find, all at once, in a run that looks at everything; each must find it."""
    nodes = json.loads((copy / "warehouse" / "target" / "manifest.json").read_text())["nodes"]
    tests = {node["name"]: node for node in nodes.values() if node["resource_type"] == "test"}
    files: dict[str, list[str]] = {name: [] for name in ("core", "figures", "records", "keys")}
    for node in tests.values():
        if node.get("attached_node"):
            owner = nodes[node["attached_node"]]
            files[owner["database"]] += _poison(node, owner["alias"])
    for name, statements in files.items():
        with duckdb.connect(str(copy / "warehouse" / "work" / f"{name}.duckdb")) as file:
            for statement in [*BY_HAND.get(name, {}).values(), *statements]:
                file.execute(_aimed(file, statement))
    monkeypatch.setattr("dataport.warehouse.dbt.VERB", "test")
    with pytest.raises(BuildFailed):
        run_dbt(project_folder(), copy / "warehouse", "poisoned.log", Limits(), full=True)
    results = json.loads((copy / "warehouse" / "target" / "run_results.json").read_text())["results"]
    found = {result["unique_id"].split(".")[2]: result["status"] for result in results}
    expected = {name: "fail" if node["config"]["severity"] == "ERROR" else "warn" for name, node in tests.items()}
    assert {name: found.get(name) for name in tests if found.get(name) != expected[name]} == {}
    by_hand = {name for file in BY_HAND.values() for name in file}
    assert by_hand == {name for name, node in tests.items() if not node.get("attached_node")}


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
    with pytest.raises(BuildFailed, match="snapshot snap_registration__individuals") as caught:
        build(*stories.home(copy))
    assert "elsewhere" not in str(caught.value)
