"""Small registers for the rules of protected statistics: families of 6 to 15, sites of 3 to 30, rare flags, months."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa

from dataport.cube.build import protect
from dataport.cube.days import next_month_end
from dataport.cube.earlier import earlier_of
from dataport.cube.held import require_rules
from dataport.cube.reading import Read, read_months
from dataport.cube.ruling import Decided
from dataport.cube.secret import Secret
from dataport.cube.writing import said_together, served_together, write_snapshot
from dataport.disclosure.protected.lattice import Lattice, lattice
from dataport.disclosure.protected.served import Series
from dataport.house import House
from dataport.keyring import Key

FIRST = date(2021, 1, 31)
FOCAL = next(one for one in lattice().sensitive if not one.is_secret)
SECRET = Secret(Key("cube", 1, b"a secret of the tests"))
_TEXTS = (
    "unit", "unhcr_bureau", "country_of_asylum", "location_level_1", "location", "sex", "age_group_detailed",
    "country_of_origin", "population_type", "marital_status", "education_band", "accommodation",
)  # fmt: skip


_AGES = {"0-4": 2, "5-11": 8, "12-17": 15, "18-24": 21, "25-49": 40, "50-59": 55, "60+": 70}


@dataclass(frozen=True, slots=True)
class Person:
    person: int
    family: int
    country: str
    site: str
    sex: str | None
    age: str | None
    origin: str
    needs: int
    office: str = ""


def shape() -> Lattice:
    """The lattice with fewer hierarchies, so that everything can be looked at."""
    whole = lattice()
    kept = ("geography", "sex", "age", "country_of_origin")
    hierarchies = tuple(one for one in whole.hierarchies if one[0].hierarchy in kept)
    return replace(whole, hierarchies=hierarchies, sensitive=(whole.sensitive[1], FOCAL))


def first_month(seed: int) -> list[Person]:
    draw = random.Random(seed)
    people: list[Person] = []
    family = 0
    for country in ("KEN", "UGA"):
        for site in range(draw.randint(6, 10)):
            left = draw.randint(3, 30) if draw.random() < 0.7 else draw.randint(60, 200)
            origin = draw.choice(("SSD", "SOM", "COD"))
            while left > 0:
                family += 1
                for _ in range(min(left, draw.randint(6, 15) if draw.random() < 0.5 else draw.randint(1, 4))):
                    people.append(_person(draw, len(people) + 1, family, country, f"{country}{site}", origin))
                    left -= 1
    return people


def _person(draw: random.Random, number: int, family: int, country: str, site: str, origin: str) -> Person:
    return Person(
        number, family, country, site,
        draw.choices(("F", "M", None), (50, 49, 1))[0],
        draw.choice(("0-4", "5-11", "12-17", "18-24", "25-49", "50-59", "60+")) if draw.random() > 0.02 else None,
        origin if draw.random() < 0.9 else draw.choice(("SSD", "SOM", "COD", "BDI")),
        1 if draw.random() < 0.15 else 0,
    )  # fmt: skip


def months(seed: int, count: int) -> Iterator[tuple[date, list[Person]]]:
    """The same people month by month: some come with a family, some leave, some move, some are described anew."""
    draw = random.Random(seed + 1)
    people = first_month(seed)
    number, family, day = len(people), max(one.family for one in people), FIRST
    for _ in range(count):
        yield day, people
        day = next_month_end(day)
        people = [one for one in people if draw.random() > 0.01]
        sites = sorted({(one.country, one.site) for one in people})
        for place, one in enumerate(people):
            if draw.random() < 0.01:
                country, site = draw.choice(sites)
                people[place] = replace(one, country=country, site=site)
            elif draw.random() < 0.01:
                people[place] = replace(one, needs=1 - one.needs)
        for _ in range(draw.randint(0, 3)):
            family += 1
            country, site = draw.choice(sites)
            for _ in range(draw.randint(1, 9)):
                number += 1
                people.append(_person(draw, number, family, country, site, draw.choice(("SSD", "SOM"))))


def told_by_age(lived: Iterator[tuple[date, list[Person]]]) -> Iterator[tuple[date, list[Person]]]:
    """The same, a need only of the old: whoever has it of all ages is whoever has it of one age."""
    for day, people in lived:
        yield day, [replace(one, needs=int(one.age == "60+" and one.person % 3 > 0)) for one in people]


def moving_away() -> Iterator[tuple[date, list[Person]]]:
    """Everybody of one site moves to a new one, those of the other site leave the country, and one person comes."""
    alike = [Person(number, 1 + number // 4, "KEN", "first", "F", "25-49", "SSD", 0) for number in range(101)]
    stays, leaves, comes = alike[:40], [replace(one, site="second") for one in alike[40:100]], alike[100]
    yield FIRST, stays + leaves
    yield next_month_end(FIRST), [replace(one, site="third") for one in (*stays, comes)]


def away_and_back() -> Iterator[tuple[date, list[Person]]]:
    """Everybody of a country is away for a month, and half of them come back to another one.

    In the first month the country is printed and everywhere is not, for a few are elsewhere; in the second neither is;
    in the third everywhere is, which is whom the country was of and the few.
    """
    alike = [Person(number, 1 + number // 4, "KEN", "first", "F", "25-49", "SSD", 0) for number in range(60)]
    few = [Person(900 + number, 90 + number, "UGA", "other", "F", "25-49", "SOM", 0) for number in range(3)]
    second, third = next_month_end(FIRST), next_month_end(next_month_end(FIRST))
    yield FIRST, alike + few
    yield second, [*alike[:2], *few]
    yield third, alike[:30] + [replace(one, country="UGA", site="other") for one in alike[30:]] + few


def put_with_others() -> Iterator[tuple[date, list[Person]]]:
    """An origin that is told by itself, until it is rare and counted in Other, from which nearly all have gone."""
    origins = ["SSD"] * 90 + ["SOM"] * 22 + ["ERI"] * 12 + ["DJI"] * 9
    alike = [
        Person(number, 1 + number // 3, "KEN", "one", "FM"[number % 2], "25-49", origin, 0)
        for number, origin in enumerate(origins)
    ]
    yield FIRST, alike
    # as many more of the first origin as have gone of the others, that the whole may have a new number
    more = [Person(300 + number, 300 + number // 2, "KEN", "one", "F", "25-49", "SSD", 0) for number in range(40)]
    yield next_month_end(FIRST), [*alike[: 90 + 19], *alike[112:116], *more]


def told_but_for_a_few() -> Iterator[tuple[date, list[Person]]]:
    """Two countries alike, two of five with a need; all records but those of seven of these belong to one office."""
    alike = [
        Person(number, 1 + number // 4, ("KEN", "UGA")[number % 2], "one", "F", "25-49", "SSD", int(number % 5 < 2))
        for number in range(200)
    ]
    apart = [one.person for one in alike if one.needs][:7]
    yield FIRST, [replace(one, office="SO-KEN" if one.person in apart else "FO-KEN") for one in alike]


def _speaks(people: list[Person]) -> list[bool]:
    """The first member of each family, where that one is grown up."""
    first: dict[int, int] = {}
    for one in people:
        first.setdefault(one.family, one.person)
    return [first[one.family] == one.person and one.age == "25-49" for one in people]


def as_rows(people: list[Person]) -> pa.Table:
    """People as the build reads them from the figures."""
    columns = {
        "person": pa.array([one.person for one in people], pa.int64()),
        "family": pa.array([one.family for one in people], pa.int64()),
        "unit": [one.office or f"FO-{one.country}" for one in people],
        "unhcr_bureau": ["EHAGL"] * len(people),
        "country_of_asylum": [one.country for one in people],
        "location_level_1": [None] * len(people),
        "location": [one.site for one in people],
        "sex": [one.sex for one in people],
        "age_group_detailed": [one.age for one in people],
        "country_of_origin": [one.origin for one in people],
        **{
            name: ["X"] * len(people)
            for name in ("population_type", "marital_status", "education_band", "accommodation")
        },
        "has_specific_need": pa.array([one.needs > 0 for one in people]),
        "needs": pa.array([one.needs for one in people], pa.int64()),
        "is_focal_point": pa.array(_speaks(people)),
        "age": pa.array([_AGES.get(one.age) for one in people], pa.int16()),
    }
    texts = {name: pa.array(columns[name], pa.string()).dictionary_encode() for name in _TEXTS}
    return pa.table({**columns, **texts})


@dataclass(frozen=True, slots=True)
class Register:
    """What a build asks a home for, of registers by their days."""

    rows: Mapping[date, pa.Table]

    def active_persons(self, instant: datetime, needs: tuple[str, ...]) -> pa.Table:
        return self.rows[instant.date() - timedelta(days=1)]

    def units(self) -> frozenset[str]:
        return frozenset({"FO-KEN", "FO-UGA", "SO-KEN"})

    def exact_scopes(self) -> frozenset[frozenset[str]]:
        return frozenset({frozenset({"FO-KEN"})})


@dataclass(frozen=True, slots=True)
class Month:
    """One month as it was served."""

    day: date
    read: Read
    decided: Decided
    tables: dict[str, pa.Table]


def served(root: Path, lived: Iterator[tuple[date, list[Person]]], secret: Secret = SECRET) -> list[Month]:
    """Each month protected after the one before it, as a build would; somebody counts the office of Kenya exactly."""
    lattice_, series, found = shape(), Series(1, 1, "", "", ()), []
    known: dict[date, pa.Table] = {}
    for day, people in lived:
        known[day] = as_rows(people)
        earlier = earlier_of(root, series, secret.signing)
        put = served_together(root, series)
        read = read_months(cast(House, Register(known)), day, earlier.bases, secret, lattice_, put)
        decided, tables, _ = protect(read, earlier, secret, lattice_, day, 2)
        require_rules(read, earlier, tables, lattice_, day, 2)
        said = {"data_version": 1, "p_tables": {}, "policy_version": ""}
        series = write_snapshot(root, series, day, tables, secret, said, said_together(read.together))
        found.append(Month(day, read, decided, tables))
    return found


def persons_of(month: Month, table: str, has: bool | None) -> dict[tuple[object, ...], frozenset[int]]:
    """The persons of each cell of a table on the month's day, by the texts of its members."""
    rows = month.read.population
    names, columns = [], []
    for name in table.split("+") if table != "all" else []:
        level = lattice().level(name)
        if level is None:
            continue
        levels = next(one for one in shape().hierarchies if one[0].hierarchy == level.hierarchy)
        coding, finest = month.read.codings, levels[-1]
        codes = rows.finest[level.hierarchy]
        numbers = codes if level.name == finest.name else coding[finest.name].coarser[level.name][codes]
        names.append(name)
        columns.append([coding[name].members[one] for one in numbers.tolist()])
    who = np.ones(len(rows), dtype=bool)
    if has is not None:
        attribute = table.split("+")[-1]
        who = rows.sensitive[attribute] == has
    found: dict[tuple[object, ...], set[int]] = {}
    for place in np.flatnonzero(who).tolist():
        found.setdefault(tuple(column[place] for column in columns), set()).add(int(rows.persons[place]))
    return {cell: frozenset(persons) for cell, persons in found.items()}
