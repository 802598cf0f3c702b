"""Every example of the reference answers as it says, every key of the language has one, and the page is as rendered."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pytest
import yaml

import dataport
from dataport.api import Port
from dataport.errors import BadDefinition, DataportError
from dataport.semantic import DEFINITIONS
from defining.examples import EXAMPLES, Example
from defining.library import HISTORY, MODEL, made
from defining.render import PAGE, page
from defining.wrong import WRONG

SCHEMA = json.loads((DEFINITIONS.parent / "definitions.schema.json").read_text(encoding="utf-8"))
ENTITIES = ["loan", "member", "reminder", "household"]


def _port(folder: Path, adds: str) -> Port:
    with duckdb.connect(str(folder / "library.duckdb")) as file:
        file.execute(made())
    (folder / "model").mkdir()
    (folder / "model" / "library.yml").write_text(MODEL, encoding="utf-8")
    (folder / "model" / "example.yml").write_text(dedent(adds) or "{}", encoding="utf-8")
    return dataport.open(
        database=folder / "library.duckdb",
        definitions=folder / "model",
        viewer=dataport.declared("librarian", ENTITIES),
        history=HISTORY,
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.says[:50])
def test_an_example_answers_as_it_says(tmp_path: Path, example: Example) -> None:
    port = _port(tmp_path, example.adds)
    if example.refused:
        with pytest.raises(DataportError) as refusal:
            port.ask(list(example.ask), **example.words)
        assert str(refusal.value) == example.refused
        return
    answer = port.ask(list(example.ask), **example.words)
    told = [[_text(value) for value in row.values()] for row in answer.to_dicts()]
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in example.answer.strip().splitlines()]
    assert (list(answer.to_arrow().column_names), told) == (head, rows)


@pytest.mark.parametrize(("adds", "message"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, adds: str, message: str) -> None:
    with pytest.raises(BadDefinition) as refusal:
        _port(tmp_path, adds).ask("loans", period="2024-01-01..2024-03-31")
    assert str(refusal.value) == message


def test_every_key_of_the_language_has_an_example() -> None:
    used = {key for model in (*_models(), *_kept()) for key in _keys(model)}
    assert not {f"{part}.{key}" for part, key in _stated()} - used


def test_the_page_is_as_rendered() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m defining.render, in tests/"


def _text(value: Any) -> str:
    return "-" if value is None else str(value)


def _models() -> list[Any]:
    return [_read(MODEL), *(_read(dedent(one.adds)) for one in EXAMPLES if one.adds)]


def _kept() -> list[Any]:
    """The definitions that come with the project: what only a home has is shown from them."""
    return [_read(path.read_text(encoding="utf-8")) for path in sorted(DEFINITIONS.rglob("*.yml"))]


def _read(text: str) -> Any:
    """As text alone, so that `on` is a word."""
    return yaml.load(text, yaml.BaseLoader)


def _stated() -> list[tuple[str, str]]:
    return [(part, key) for part, form in SCHEMA["$defs"].items() for key in form.get("properties", {})]


def _keys(model: Any) -> list[str]:
    """`indicator.stock` and the like, of all entries of a model."""
    found = []
    for section, entries in model.items():
        part = "policy" if section == "policies" else section.removesuffix("s")
        if section != "code_lists":
            found += [f"{part}.{key}" for entry in entries.values() for key in entry]
    return found
