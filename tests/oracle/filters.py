"""A request's filters as one condition, every country by the code that rows have."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

from dataport.semantic import Catalog, Request
from dataport.semantic.condition import AllOf, Condition, mapped
from dataport.semantic.parse import parse_condition

_SEED = Path(__file__).parent.parent.parent / "seeds" / "country.csv"


def filter_of(request: Request, catalog: Catalog) -> AllOf:
    def read(atom):
        level = catalog.levels.get(atom.level)
        if level is None or level.code_list not in ("country", "operation"):
            return atom
        if hasattr(atom, "values"):
            return replace(atom, values=tuple(_own(value) for value in atom.values))
        return replace(atom, value=_own(atom.value)) if hasattr(atom, "value") else atom

    parts: list[Condition] = [mapped(parse_condition(text), read) for text in request.where]
    return AllOf(tuple(parts))


def _own(text: object) -> object:
    own, by_iso = _codes()
    if text in own or not isinstance(text, str):
        return text
    system, _, code = text.rpartition(":")
    return code if system == "unhcr" else by_iso.get(code, text)


@cache
def _codes() -> tuple[set[str], dict[str, str]]:
    rows = list(csv.DictReader(_SEED.read_text(encoding="utf-8").splitlines()))
    return {row["country_code"] for row in rows}, {row["iso3_code"]: row["country_code"] for row in rows}
