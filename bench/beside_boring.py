"""python -m bench.beside_boring FIGURES PYTHON: the same questions asked of boring-semantic-layer, over the same file.

PYTHON is an interpreter of an environment of its own with ``boring-semantic-layer`` (0.3.18) and
``ibis-framework[duckdb]``. It compiles each question many times when warm; its SQL is run here, on views of the rows
that are valid at the date asked, for it has no as-of, and the answers are compared.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.beside import beside

THEIRS = Path(__file__).parent / "boring" / "ask.py"
# In words: one of the models of `boring/ask.py`, its dimensions, its measures.
Words = tuple[str, list[str], list[str]]
QUESTIONS: dict[str, Words] = {
    "a stock": ("population", [], ["active"]),
    "a stock by country": ("population", ["asylum"], ["active"]),
    "a stock by bureau": ("persons", ["country.bureau"], ["population.active"]),
    "three shares by country": ("population", ["asylum"], ["share_women", "share_children", "share_older"]),
    "average group size by bureau": ("groups", ["country.bureau"], ["grp.group_size"]),
    "persons and needs by bureau": (
        "two_by_country",
        ["country.bureau"],
        ["population_first.active", "need_first.active_needs"],
    ),
    "persons, needs and groups by bureau": (
        "three_by_country",
        ["country.bureau"],
        ["population_first.active", "need_first.active_needs", "grp_first.active_groups"],
    ),
}
TRAPS: dict[str, tuple[str, Words]] = {
    "persons and needs by bureau, the statuses as filters of the models": (
        "persons and needs by bureau",
        ("filtered_needs_of_persons", ["country.bureau"], ["population.active", "need.active_needs"]),
    ),
    "persons and needs by bureau, each need joined to its person": (
        "persons and needs by bureau",
        ("needs_of_persons", ["country.bureau"], ["everybody.active", "any_need.active_needs"]),
    ),
    "persons and needs by bureau, both joined to their country": (
        "persons and needs by bureau",
        ("needs_in_countries", ["country.bureau"], ["everybody.active", "any_need.active_needs"]),
    ),
    "share of women by country, the status in the measure": (
        "share of women by country",
        ("everybody", ["asylum"], ["share_women"]),
    ),
    "persons and needs by sex, each summed up by sex first": (
        "persons and needs by sex",
        ("two_by_sex", ["population_first.sex"], ["population_first.active", "need_first.active_needs"]),
    ),
}

if __name__ == "__main__":
    beside("boring-semantic-layer", Path(sys.argv[1]), [sys.argv[2], str(THEIRS)], QUESTIONS, TRAPS)
