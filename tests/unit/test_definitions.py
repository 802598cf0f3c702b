"""Definitions that do not load say where and why: one wrong file per rule."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dataport.dictionary import CodeLists
from dataport.errors import BadDefinition
from dataport.semantic import DEFINITIONS, load_catalog

GOOD = """\
facts:
  visits:
    label: Visits
    table: fct_visit
    entity: visit
    unit: visit_key
    scope: office
    validity: {from: valid_from, to: valid_to}
dimensions:
  town: {table: dim_town, key: town_code, public: true, reason: a public list}
levels:
  town: {label: Town, tier: T0, on: {visits: town_code}}
  region: {label: Region, tier: T0, via: {base: town, dimension: town, column: region_code}}
indicators:
  all_visits:
    label: Visits
    description: All visits
    unit: visits
    tier: T0
    stock: {fact: visits, where: town = 'x'}
    over: end of day
  share: {label: S, description: S, unit: share, tier: T0, ratio: {numerator: all_visits, denominator: all_visits}}
"""

WRONG = {
    "a misspelt field": (
        "    label: Visits\n    table",
        "    lable: Visits\n    table",
        r"model.yml:3: .*'lable'.*Did you mean .*label",
    ),
    "a missing field": ("    unit: visit_key\n", "", r"model.yml:2: the field 'unit' is missing"),
    "an unknown section": ("levels:\n", "levls:\n", r"model.yml:11: there is no section 'levls'. Did you mean levels"),
    "neither stock nor flow": (
        "    validity: {from: valid_from, to: valid_to}\n",
        "",
        r"model.yml:2: a fact has a validity",
    ),
    "an unknown fact": ("{fact: visits, where", "{fact: visit, where", r"no fact called 'visit'. Did you mean visits"),
    "an unknown level in a filter": ("town = 'x'", "twon = 'x'", r"no breakdown called 'twon'. Did you mean town"),
    "a filter that is none": ("town = 'x'", "town ~ 'x'", r"model.yml:20: In the filter, at character 6"),
    "a level on nothing": (", on: {visits: town_code}", "", r"model.yml:12: a level stands `on` facts"),
    "an unknown dimension": ("dimension: town, column", "dimension: twn, column", r"no dimension called 'twn'"),
    "a level through itself": ("base: town", "base: region", r"'region' is reached through itself"),
    "an unknown tier": ("tier: T0, on", "tier: T9, on", r"'T9' is not one of T0, T1, T2"),
    "a stock that does not say over": ("    over: end of day\n", "", r"a stock states `over`"),
    "two kinds at once": (
        "    over: end of day\n",
        "    over: x\n    ratio: {numerator: a, denominator: b}\n",
        r"exactly one of",
    ),
    "a ratio of nothing": (
        "numerator: all_visits",
        "numerator: all_visit",
        r"no indicator called 'all_visit'. Did you",
    ),
    "a ratio of itself": ("numerator: all_visits", "numerator: share", r"'share' is computed from itself"),
    "a ratio of ratios": (
        "  share: {label",
        "  twice: {label: T, description: T, unit: x, tier: T0, derived: share / all_visits}\n  share: {label",
        r"'share' is itself a quotient",
    ),
    "arithmetic that is none": (
        "  share: {label",
        "  odd: {label: T, description: T, unit: x, tier: T0, derived: all_visits ^ 2}\n  share: {label",
        r"model.yml:22: In the expression, at character 12",
    ),
    "a whole number that is divided": (
        "  share: {label",
        "  half: {label: T, description: T, unit: x, tier: T0, type: integer, derived: 1 / 2}\n  share: {label",
        r"a quotient is no whole number",
    ),
    "a share of a quotient": (
        "  share: {label",
        "  odd: {label: T, description: T, unit: x, tier: T0, share: {of: share, within: total}}\n  share: {label",
        r"a share is taken of what can be added up",
    ),
    "a level and an indicator of one name": ("  share: {label", "  town: {label", r"'town' is a level too"),
    "a sum without a column": ("{fact: visits, where", "{fact: visits, aggregate: sum, where", r"a sum is of either"),
    "a bad name": ("  town: {label", "  Town!: {label", r"'Town!' is no name"),
    "the same field twice": (
        "    unit: visit_key\n",
        "    unit: a\n    unit: b\n",
        r"model.yml:7: 'unit' stands here twice",
    ),
    "a name that is no text": ("indicators:\n", "? [a, b]\n: c\nindicators:\n", r"model.yml:14: a name is a text"),
    "something within itself": (
        "indicators:\n",
        "more: &a {b: *a}\nindicators:\n",
        r"model.yml:14: this stands with",
    ),
    "no YAML": ("facts:\n", "facts: {\n", r"model.yml:\d+: this is not YAML"),
}


def _load(folder: Path, text: str) -> None:
    (folder / "model.yml").write_text(text)
    load_catalog(folder, {})


def test_the_good_file_is_good(tmp_path: Path) -> None:
    _load(tmp_path, GOOD)


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_names_its_line(tmp_path: Path, what: str) -> None:
    old, new, said = WRONG[what]
    assert GOOD.count(old) >= 1
    with pytest.raises(BadDefinition, match=said):
        _load(tmp_path, GOOD.replace(old, new, 1))


def test_an_empty_folder_and_a_name_defined_twice(tmp_path: Path) -> None:
    with pytest.raises(BadDefinition, match="no definitions"):
        load_catalog(tmp_path, {})
    (tmp_path / "more.yml").write_text("levels:\n  town: {label: Town, tier: T0, on: {visits: town_code}}\n")
    with pytest.raises(BadDefinition, match=r"more.yml:2: 'town' is defined twice; first at model.yml:12"):
        _load(tmp_path, GOOD)


def test_the_digest_tells_definitions_apart(tmp_path: Path) -> None:
    one = load_catalog(DEFINITIONS, CodeLists()).digest
    assert one == load_catalog(DEFINITIONS, CodeLists()).digest
    (tmp_path / "model.yml").write_text(GOOD)
    assert one != load_catalog(tmp_path, {}).digest


# The schema that editors complete definitions by says what the loader says.
SCHEMA = json.loads((DEFINITIONS.parent / "definitions.schema.json").read_text(encoding="utf-8"))
TESTS = Path(__file__).parents[1]
FILES = [*sorted(DEFINITIONS.rglob("*.yml")), TESTS / "generative" / "more.yml", TESTS / "shop" / "model.yml"]


class Core(yaml.SafeLoader):
    """YAML 1.2's booleans, as editors and the loader read them: ``on`` is a word."""


Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def problems(text: str) -> list[Any]:
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(yaml.load(text, Core)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_definition_is_of_the_schema(path: Path) -> None:
    assert problems(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    label: Visits\n    table", "    lable: Visits\n    table"),
        ("    unit: visit_key\n", ""),
        ("levels:\n", "levls:\n"),
        ("    validity: {from: valid_from, to: valid_to}\n", ""),
        (", on: {visits: town_code}", ""),
        ("tier: T0, on", "tier: T9, on"),
        ("    over: end of day\n", ""),
        ("    over: end of day\n", "    over: x\n    derived: a + b\n"),
        ("  town: {label", "  Town!: {label"),
    ],
)
def test_what_the_loader_refuses_by_its_shape_the_schema_refuses(old: str, new: str) -> None:
    assert problems(GOOD) == []
    assert problems(GOOD.replace(old, new, 1))


def test_definitions_name_the_schema_for_editors() -> None:
    for path in DEFINITIONS.rglob("*.yml"):
        assert path.read_text(encoding="utf-8").startswith(
            "# yaml-language-server: $schema=../definitions.schema.json\n"
        )
