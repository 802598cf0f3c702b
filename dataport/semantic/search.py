"""search: indicators and breakdowns by the words that people have for them, in definitions, which are public.

What the field calls a thing is data: a file `synonyms.csv` beside definitions has a word and what it means in them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from dataport.dictionary import folded
from dataport.semantic.listed import parts_of_kpis
from dataport.semantic.load import DEFINITIONS
from dataport.semantic.model import Catalog, Indicator, Level

SYNONYMS = "synonyms.csv"
Kind: TypeAlias = Literal["indicator", "breakdown"]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found.

    Attributes:
        through: the words that were found by what they mean, each with that.
    """

    kind: Kind
    name: str
    label: str
    description: str
    through: tuple[str, ...] = ()


def search(catalog: Catalog, words: Iterable[str], folder: Path = DEFINITIONS) -> tuple[Found, ...]:
    """What all the words stand for, by themselves or by a synonym: names first, then labels, then descriptions."""
    asked = [folded(one) for text in words for one in text.split()]
    known = synonyms(folder)
    # what a KPI is made of is found by its name alone
    hidden = parts_of_kpis(catalog).keys() - set(asked)
    things: list[tuple[Kind, Level | Indicator]] = [("breakdown", level) for level in catalog.levels.values()]
    things += [("indicator", catalog.indicator(name)) for name in catalog.public_indicators()]
    things = [(kind, one) for kind, one in things if one.name not in hidden]
    found: list[tuple[int, Found]] = []
    for kind, one in things if asked else ():
        texts = [folded(text) for text in (f"{one.name} {one.name.replace('_', ' ')}", one.label, one.description)]
        ranks = [_rank(word, texts, known) for word in asked]
        if None not in ranks:
            best = [rank for rank in ranks if rank]
            through = tuple(dict.fromkeys(said for _, said in best if said))
            found.append((max(rank for rank, _ in best), Found(kind, one.name, one.label, one.description, through)))
    return tuple(one for _, one in sorted(found, key=lambda one: one[0]))


def _rank(word: str, texts: list[str], known: Mapping[str, tuple[str, ...]]) -> tuple[int, str] | None:
    """Where a word is found first, and what it was taken for, if not for itself; None where it is not found."""
    for rank, text in enumerate(texts):
        if word in text:
            return rank, ""
    for meant in known.get(word, ()):
        for rank, text in enumerate(texts):
            if re.search(rf"\b{re.escape(meant)}", text):  # no settlement is a resettlement
                return rank, f"{word}: {meant}"
    return None


@cache
def synonyms(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """What each word of the field means in the definitions."""
    known: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.rglob(SYNONYMS)):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                word = folded(row["word"])
                known[word] = (*known.get(word, ()), folded(row["means"]))
    return known
