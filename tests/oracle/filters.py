"""A request's filters as one condition, every country by the code that rows have."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from dataport.semantic import Catalog, Request
from dataport.semantic.condition import AllOf, Condition, mapped
from dataport.semantic.parse import parse_condition

_SEEDS = Path(__file__).parent.parent.parent / "seeds"


def filter_of(request: Request, catalog: Catalog) -> AllOf:
    def read(atom):
        level = catalog.levels.get(atom.level)
        if level is None or level.code_list is None:
            return atom
        own = _own if level.code_list in ("country", "operation") else partial(_listed, level.code_list)
        if hasattr(atom, "values"):
            return replace(atom, values=tuple(own(value) for value in atom.values))
        return replace(atom, value=own(atom.value)) if hasattr(atom, "value") else atom

    parts: list[Condition] = [mapped(parse_condition(text), read) for text in request.where]
    return AllOf(tuple(parts))


def _own(text: object) -> object:
    own, by_iso = _codes()
    if text in own or not isinstance(text, str):
        return text
    for row in _rows("country"):
        if text.lower() in (row["country_code"].lower(), row["country_name"].lower()):
            return row["country_code"]
    system, _, code = text.rpartition(":")
    return code if system == "unhcr" else by_iso.get(code, text)


def _listed(code_list: str, text: object) -> object:
    """The code of one of the common lists that a code or a label stands for."""
    rows = [row for row in _rows("code_value") if row["code_list"] == code_list]
    if text in [row["code"] for row in rows] or not isinstance(text, str):
        return text
    for row in rows:
        if text.lower() in (row["code"].lower(), row["label"].lower()):
            return row["code"]
    return text


def _codes() -> tuple[set[str], dict[str, str]]:
    rows = _rows("country")
    return {row["country_code"] for row in rows}, {row["iso3_code"]: row["country_code"] for row in rows}


@cache
def _rows(seed: str) -> list[dict[str, str]]:
    return list(csv.DictReader((_SEEDS / f"{seed}.csv").read_text(encoding="utf-8").splitlines()))
