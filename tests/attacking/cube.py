"""The cube's own rules over invented people: the service that no attacker may succeed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from attacking.invented import AGE, BROAD, BUREAU, COUNTRY, DISABILITY, ORIGIN, PROVINCE, RARE, SCHOOL, SEX, SITE
from dataport.attackers.downloaded import Downloaded, Known, Level, People
from dataport.cube.before import Before
from dataport.cube.build import protect
from dataport.cube.days import next_month_end
from dataport.cube.downloading import downloaded, known_of, people_of
from dataport.cube.earlier import earlier_of
from dataport.cube.population import OTHER_CODE, Coding, Codings, Population
from dataport.cube.reading import Read
from dataport.cube.recode import Together, put_together, recoded
from dataport.cube.secret import Secret
from dataport.cube.writing import write_snapshot
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import Lattice, LatticeLevel, Sensitive
from dataport.disclosure.protected.served import Series
from dataport.keyring import Key

_GEOGRAPHY = (BUREAU, COUNTRY, PROVINCE, SITE)
# What has rare members put together has two more in front: unknown and other.
_RECODED = (ORIGIN, SCHOOL)


def _level(level: Level, cost: int) -> LatticeLevel:
    kind = "place" if level in _GEOGRAPHY else "trait"
    return LatticeLevel(level.name, level.hierarchy, level.depth, kind, cost, level in _RECODED)


LATTICE = Lattice(
    (
        (_level(BUREAU, 0), _level(COUNTRY, 0), _level(PROVINCE, 1), _level(SITE, 2)),
        (_level(SEX, 1),),
        (_level(BROAD, 1), _level(AGE, 1)),
        (_level(ORIGIN, 1),),
        (_level(SCHOOL, 1),),
    ),
    (Sensitive(DISABILITY.name, "", 2), Sensitive(RARE.name, "", 2)),
    disclosure_limit("cube_budget"),
)


def _coding(level: Level) -> Coding:
    codes = [(f"{level.name} {number}",) for number in range(level.size)]
    if level in _RECODED:
        return Coding(((None,), (OTHER_CODE,), *codes), {})
    if level not in _GEOGRAPHY:
        return Coding(tuple(codes), level.above)
    above = [one for one in _GEOGRAPHY if one.depth < level.depth]
    paths = [
        (*(f"{one.name} {level.above[one.name][number]}" for one in above), *name) for number, name in enumerate(codes)
    ]
    return Coding(tuple(paths), level.above)


CODINGS = Codings({one.name: _coding(one) for one in (*_GEOGRAPHY, SEX, BROAD, AGE, ORIGIN, SCHOOL)})


def protected(months: Sequence[People], secret: bytes = b"s" * 32, insiders: bool = True) -> tuple[Downloaded, Known]:
    """Everything that the cube publishes of these months, each protected after the one before it."""
    key, series = Secret(Key("cube", 1, secret)), Series(1, 1, "", "", ())
    units = tuple(f"office {number}" for number in range(SITE.size))
    scopes = tuple(frozenset({unit}) for unit in units) if insiders else ()
    served, populations, day = [], {}, date(2020, 12, 31)
    together: Together | None = None
    with TemporaryDirectory() as folder:
        for people in months:
            day = next_month_end(day)
            populations[day], together = _population(people, key, day, together)
            earlier = earlier_of(Path(folder), series, key.signing)
            before = {base: Before.of(populations[day], populations[base]) for base in earlier.bases}
            read = Read(populations[day], before, CODINGS, units, scopes, together, 0.0)
            _, tables, _ = protect(read, earlier, key, LATTICE, day)
            said = {"data_version": 1, "p_tables": {}, "policy_version": ""}
            series = write_snapshot(Path(folder), series, day, tables, key, said, {})
            served.append((day, {name: table.drop_columns(["true", "key"]) for name, table in tables.items()}))
    told = [people_of(one) for one in populations.values()]
    return downloaded(served, CODINGS, LATTICE), known_of(told, scopes, units)


def _population(people: People, key: Secret, day: date, before: Together | None) -> tuple[Population, Together]:
    finest = {hierarchy: codes for hierarchy, codes in people.finest.items() if hierarchy not in ("disability", "rare")}
    finest |= {one.hierarchy: people.finest[one.hierarchy] + np.int32(2) for one in _RECODED}
    population = Population(
        day=day,
        persons=people.persons,
        families=people.families,
        keys=key.record_keys(people.persons),
        finest=finest,
        sensitive={name: people.finest[name] == 1 for name in ("disability", "rare")},
        units=people.units,
    )
    together = put_together(population, CODINGS, LATTICE, disclosure_limit("cube_recode_below"), before)
    return recoded(population, CODINGS, LATTICE, together), together
