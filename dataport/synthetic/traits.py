"""Traits of people as positions in code lists: marriage, education, occupation, origin's religion and ethnicity.

No licensed aggregate exists for most of them, so they follow age and sex by assumption; `synthetic_rate.csv` has the
published rates of what is missing.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt

from dataport.synthetic import seeds
from dataport.synthetic.people import Register

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MARITAL = ("SN", "MA", "WD", "DV", "SR", "EG", "CL")
EDUCATION = ("NE", "IN", "KG", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "TC", "UG", "PG")
_RELIGIONS = ("SUN", "MUS", "CHR", "ORT", "ROM", "PRO", "PEN", "SIT")  # the list has many that few people hold
EMPLOYMENT = ("E", "NE", "S")
_ADULT_EDUCATION = (
    0.24,
    0.04,
    0.0,
    0.02,
    0.03,
    0.03,
    0.04,
    0.05,
    0.10,
    0.05,
    0.08,
    0.05,
    0.04,
    0.03,
    0.09,
    0.04,
    0.06,
    0.01,
)


def missing(name: str, count: int, random: np.random.Generator) -> Flags:
    """Who lacks a field, at its documented rate."""
    return random.random(count) < seeds.rate("missing", name)


def marital_statuses(register: Register, random: np.random.Generator) -> Ints:
    """Positions in `MARITAL`: married where the spouse is in the group, else by age."""
    age, draw = register.age, random.random(len(register))
    alone = np.select(
        [age < 18, age < 25, age < 60],
        [0, np.where(draw < 0.85, 0, np.where(draw < 0.92, 1, 5)), _pick(draw, (0.42, 0.30, 0.12, 0.08, 0.08))],
        _pick(draw, (0.08, 0.25, 0.55, 0.06, 0.06)),
    )
    return np.where(register.has_spouse, np.where(draw < 0.04, 6, 1), alone)


def education_levels(age: npt.NDArray[np.float64], random: np.random.Generator) -> Ints:
    """Positions in `EDUCATION`: the grade of one's age, mostly a little behind, and a mixture for adults."""
    count = len(age)
    grade = np.floor(age).astype(np.int64) - 6 - random.integers(0, 4, count)
    at_school = np.where(random.random(count) < 0.22, 0, np.clip(grade, 0, 12))
    school = np.where(at_school > 0, at_school + 2, 0)
    adult = _pick(random.random(count), _ADULT_EDUCATION)
    return np.select([age < 4, age < 6.5, age < 18], [0, np.where(random.random(count) < 0.4, 2, 0), school], adult)


@cache
def occupations() -> tuple[str, ...]:
    """The codes of the list that name one occupation (four digits), in order."""
    return tuple(code for code in seeds.codes("occupation") if len(code) == 4 and code.isdigit())


def occupation_positions(count: int, random: np.random.Generator) -> Ints:
    """Positions in `occupations`: a few are common, most are rare."""
    common = np.floor(len(occupations()) * random.random(count) ** 3).astype(np.int64)
    # Spread the common ones over the list instead of taking its first group of professions.
    return common * 101 % len(occupations())


@cache
def of_origin(code_list: str, origin: str, choices: int) -> tuple[str, ...]:
    """A few codes of a list that belong to an origin: invented, but the same everywhere."""
    known = _RELIGIONS if code_list == "religion" else seeds.codes(code_list)
    start = int.from_bytes(hashlib.sha256(f"{code_list} {origin}".encode()).digest()[:4], "big")
    return tuple(known[(start + step * step * 7) % len(known)] for step in range(choices))


def _pick(draw: npt.NDArray[np.float64], shares: tuple[float, ...]) -> Ints:
    edges = np.cumsum(shares)[:-1] / sum(shares)
    return np.searchsorted(edges, draw, side="right")
