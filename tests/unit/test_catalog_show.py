"""catalog show: what it says is what is counted, inner inputs and rules included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from figures import catalog

from dataport.cli.catalog import show
from dataport.cli.catalog_show import indicator_told, level_told
from dataport.dictionary import project_root
from dataport.semantic.condition import ALWAYS
from dataport.semantic.formula import Simple
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
    assert {rule.name for rule in CATALOG.rules} == {"open_memberships", "focal_points", "linked_records"}
