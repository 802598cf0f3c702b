"""catalog show: what it says is what is counted, inner inputs and rules included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import pytest
from click.testing import CliRunner
from figures import catalog
from spec.examples import FILE, written

from dataport.cli.catalog import catalog as catalog_command
from dataport.cli.catalog import show
from dataport.dictionary import project_root
from dataport.render.catalog import indicator_told, level_told
from dataport.semantic import search
from dataport.semantic.condition import ALWAYS
from dataport.semantic.formula import Simple
from dataport.semantic.listed import listed_indicators
from dataport.semantic.parse import parse_condition
from dataport.semantic.resolve import bind

CATALOG = catalog()


def _parts(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield told
    for part in told["made_of"]:
        yield from _parts(part)


@pytest.mark.parametrize("name", list(CATALOG.indicators))
def test_the_exact_condition_of_every_indicator_is_told_and_can_be_read_back(name: str) -> None:
    told = indicator_told(CATALOG.indicators[name], CATALOG)
    parts = {part["name"]: part for part in _parts(told)}
    leaves = list(CATALOG.leaves(CATALOG.indicators[name]))
    assert {leaf.name for leaf in leaves} <= set(parts)
    for leaf in leaves:
        assert isinstance(leaf.formula, Simple)
        part, measure = parts[leaf.name], leaf.formula.measure
        read = bind(parse_condition(part["condition"]), CATALOG) if part["condition"] else ALWAYS
        assert read == measure.where
        assert (part["fact"]["name"], part["axis"]) == (measure.fact, leaf.formula.axis)
        assert bool(part["attains"]) == bool(leaf.formula.attains)
    assert told == json.loads(json.dumps(told))


@pytest.mark.parametrize("name", [*CATALOG.indicators, *CATALOG.levels])
def test_everything_is_shown_on_a_screen_of_eighty_columns(name: str) -> None:
    done = CliRunner().invoke(show, [name], env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 80 and "{" not in done.output
    assert CliRunner().invoke(show, [name, "--format", "json"]).exit_code == 0


def test_inner_inputs_are_told_with_the_indicator_and_by_themselves() -> None:
    shown = CliRunner().invoke(show, ["share_of_children"], env={"COLUMNS": "200"}).output
    assert "active_with_known_age (internal): stock, rows of population where process_status = 'A' and not (" in shown
    assert "an input of other indicators" in CliRunner().invoke(show, ["active_with_known_age"]).output


@pytest.mark.parametrize("name", ["active_individuals", "average_group_size", "share_of_children"])
def test_which_of_several_open_memberships_counts_is_told_with_its_reason(name: str) -> None:
    (rule,) = [one for one in indicator_told(CATALOG.indicators[name], CATALOG)["rules"] if "membership" in one["name"]]
    assert "latest effective date" in rule["text"] and "least id" in rule["text"] and rule["reason"]
    assert rule in level_told(CATALOG.levels["is_focal_point"], CATALOG)["rules"]


def test_every_rule_is_named_by_the_model_that_keeps_it() -> None:
    for rule in CATALOG.rules:
        (model,) = (project_root() / "models").rglob(f"{rule.model}.sql")
        assert f"rule {rule.name}" in model.read_text(encoding="utf-8")
    assert {rule.name for rule in CATALOG.rules} == {
        "open_memberships", "focal_points", "linked_records", "within_a_unit",
    }  # fmt: skip


def test_every_indicator_has_an_example_that_is_answered_so_by_the_fixed_world() -> None:
    """The file is what the engine answers today: an example shows an answer without a look at anybody."""
    assert FILE.read_text(encoding="utf-8") == written(), "write it anew: `python -m spec.examples` in tests/"
    kept = json.loads(FILE.read_text(encoding="utf-8"))["examples"]
    assert list(kept) == list(CATALOG.public_indicators())
    assert all(one["rows"] and one["command"].startswith(f"dataport ask {name}") for name, one in kept.items())


def test_an_example_can_be_copied_and_is_shown_with_its_answer() -> None:
    name = "documented_within_90_days"
    (example,) = (indicator_told(CATALOG.indicators[name], CATALOG)["example"],)
    for width in ("60", "80"):
        lines = CliRunner().invoke(show, [name], env={"COLUMNS": width}).output.splitlines()
        assert example["command"] in lines
        assert any("Kenya (KEN)" in line and example["rows"][0][1] in line for line in lines)


def test_lists_are_lists_in_json() -> None:
    for name in [*CATALOG.indicators, *CATALOG.levels]:
        told = json.loads(CliRunner().invoke(show, [name, "--format", "json"]).output)
        assert all(key.isidentifier() for key in told)
        for key in ("entities", "breakdowns", "filters_only", "rules", "made_of", "members"):
            assert isinstance(told.get(key, []), list)
        assert told.get("members", [])[:1] in ([], [{"code": ANY, "label": ANY}])
    filters = level_told(CATALOG.levels["need_category"], CATALOG)["filters"]
    assert (filters["of"], filters["link"]) == (["population"], "individual_key")


def test_what_a_kpi_is_made_of_is_listed_by_who_asks_for_all_and_told_by_the_kpi() -> None:
    parts = ("kpi_k05_failing", "kpi_k05_judged")
    for words, names in (([], (*parts, "k05")), (["indicators"], parts), (["breakdowns"], ("k05",))):
        some, everything = (CliRunner().invoke(catalog_command, [*words, *more]).output for more in ([], ["--all"]))
        assert "kpi_k05" in some or words == ["breakdowns"]
        assert not set(names) & set(re.sub(r"[^\w\s]", " ", some).split()) and "with --all" in some
        assert set(names) <= set(re.sub(r"[^\w\s]", " ", everything).split())
    told = json.loads(CliRunner().invoke(catalog_command, ["indicators", "--format", "json"]).output)["indicators"]
    assert [one["name"] for one in told] == list(listed_indicators(CATALOG))
    assert [one["name"] for one in told if one["name"].startswith("kpi_")] == [one.indicator for one in CATALOG.kpis]
    shown_by_it = CliRunner().invoke(show, ["kpi_k05"]).output
    assert all(name in shown_by_it for name in parts)
    assert {one.name for one in search(CATALOG, ["photograph"])} & {"kpi_k05", *parts, "k05"} == {"kpi_k05"}
    assert "kpi_k05_judged" in {one.name for one in search(CATALOG, ["kpi_k05_judged"])}


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_catalog_is_by_subject_and_breaks_no_name_and_no_word(width: int) -> None:
    for words in ([], ["indicators"], ["breakdowns"], ["search", "children"], ["indicators", "--subject", "needs"]):
        done = CliRunner().invoke(catalog_command, words, env={"COLUMNS": str(width)})
        assert done.exit_code == 0
        text = re.sub(r"[^\w\s]", " ", done.output)
        assert all(name in text.split() for name in listed_indicators(CATALOG)) or words not in ([], ["indicators"])
        if width >= 60:
            assert max(map(len, done.output.splitlines())) <= width
            assert not {"unaccompan", "individua", "ied"} & set(text.split()), "a word is broken"
    assert "no subject called" in str(CliRunner().invoke(catalog_command, ["indicators", "--subject", "x"]).exception)
