"""Invented people for attackers: 20 sites of which some are tiny, families, a frequent secret and a rare one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dataport.attackers.downloaded import Codes, Level, People

SITES, COUNTRIES, ORIGINS = 20, 2, 12
_COUNTRY_OF = np.array([0] * 12 + [1] * 8, dtype=np.int32)
_PROVINCE_OF = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4], dtype=np.int32)
# Of every ten thousand people, those of each site: tiny ones beside large ones.
_SIZES = (2000, 1500, 900, 40, 1200, 500, 60, 10, 700, 300, 25, 90, 1000, 600, 400, 30, 350, 250, 35, 10)
_BROAD = np.array([0, 0, 0, 1, 1, 1, 2], dtype=np.int32)


def _level(name: str, hierarchy: str, depth: int, size: int, above: dict[str, Codes] | None = None) -> Level:
    return Level(name, hierarchy, depth, size, above or {}, is_sensitive=hierarchy in ("disability", "rare"))


# The names and depths are those of the real lattice, which finds its tables by them.
BUREAU = _level("unhcr_bureau", "geography", 1, 1)
_ONE = {"unhcr_bureau": np.zeros(SITES, dtype=np.int32)}
COUNTRY = _level("country_of_asylum", "geography", 2, COUNTRIES, {"unhcr_bureau": _ONE["unhcr_bureau"][:COUNTRIES]})
PROVINCE = _level(
    "location_level_1",
    "geography",
    3,
    5,
    {"unhcr_bureau": _ONE["unhcr_bureau"][:5], "country_of_asylum": np.array([0, 0, 0, 1, 1], dtype=np.int32)},
)
SITE = _level(
    "location", "geography", 4, SITES, {**_ONE, "country_of_asylum": _COUNTRY_OF, "location_level_1": _PROVINCE_OF}
)
SEX = _level("sex", "sex", 1, 2)
BROAD = _level("age_broad", "age", 1, 3)
AGE = _level("age_group", "age", 2, 7, {"age_broad": _BROAD})
ORIGIN = _level("country_of_origin", "country_of_origin", 1, ORIGINS)
SCHOOL = _level("education_band", "education_band", 1, 4)
DISABILITY = _level("disability", "disability", 1, 2)
RARE = _level("rare", "rare", 1, 2)
FINEST = {one.hierarchy: one for one in (SITE, SEX, AGE, ORIGIN, SCHOOL, DISABILITY, RARE)}


def invented(seed: int = 1, persons: int = 30_000) -> People:
    """People of one month, in families that live together and mostly come from one country."""
    draw = np.random.default_rng(seed)
    sizes = draw.choice([1, 2, 3, 4, 5, 6, 9, 15], p=[0.3, 0.15, 0.15, 0.15, 0.1, 0.1, 0.04, 0.01], size=persons)
    families = np.repeat(np.arange(persons), sizes)[:persons]
    shares = np.array(_SIZES) / sum(_SIZES)
    site = draw.choice(SITES, p=shares, size=persons)[families].astype(np.int32)
    likely = 1 / np.arange(1, ORIGINS + 1) ** 1.5
    origin = draw.choice(ORIGINS, p=likely / likely.sum(), size=persons)[families]
    origin = ((origin + site % 3) % ORIGINS).astype(np.int32)
    age = draw.choice(7, p=[0.16, 0.22, 0.12, 0.28, 0.12, 0.06, 0.04], size=persons).astype(np.int32)
    school = draw.choice(4, p=[0.3, 0.4, 0.2, 0.1], size=persons).astype(np.int32)
    finest = {
        "geography": site,
        "sex": draw.integers(0, 2, persons).astype(np.int32),
        "age": age,
        "country_of_origin": origin,
        "education_band": school,
    }
    people = People(np.arange(persons, dtype=np.int64), families.astype(np.int64), finest, site)
    return with_secrets(people, seed)


def with_secrets(people: People, seed: int) -> People:
    """The same people, their secrets drawn anew with the same chances."""
    draw = np.random.default_rng((seed, 2))
    chance = 0.05 + 0.03 * people.finest["age"] + 0.02 * (people.finest["education_band"] == 0)
    secrets = {
        "disability": (draw.random(len(people)) < chance).astype(np.int32),
        "rare": (draw.random(len(people)) < 0.0008).astype(np.int32),
    }
    return replace(people, finest={**people.finest, **secrets})


def a_month_later(people: People, seed: int, moving: float = 0.01) -> People:
    """A month later: some families have left, others came, a few persons' secrets changed."""
    draw = np.random.default_rng((seed, 3))
    numbers = np.unique(people.families)
    leaves = np.isin(people.families, draw.choice(numbers, size=int(len(numbers) * moving), replace=False))
    new = invented(seed + 1000, int(len(people) * moving))
    finest = {one: np.concatenate([codes[~leaves], new.finest[one]]) for one, codes in people.finest.items()}
    persons = np.concatenate([people.persons[~leaves], new.persons + people.persons.max() + 1])
    families = np.concatenate([people.families[~leaves], new.families + people.families.max() + 1])
    return People(persons, families, finest, np.concatenate([people.units[~leaves], new.units]))
