"""Months that pass over invented people without a store around them: some come, go, move, age and are recorded anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dataport.cube.population import Flags, Integers

# What is recorded anew of a person at a time; a place goes with the office of it.
_TOGETHER = (
    ("location_level_1", "location", "unit"),
    ("marital_status",),
    ("education_band",),
    ("accommodation",),
    ("population_type",),
    ("has_specific_need", "needs"),
)
_AGE, _GROUP = "age", "age_group_detailed"


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares in a month: of families that leave and come, of persons of whom each thing is recorded anew."""

    leave: float = 0.004
    come: float = 0.006
    anew: float = 0.003


def a_month_later(rows: pa.Table, chance: np.random.Generator, rates: Rates) -> pa.Table:
    """The rows of the month after; who comes is like somebody who is there."""
    rows = rows.unify_dictionaries().combine_chunks()
    families = rows.column("family").to_numpy()
    gone, copied = (_of_families(families, share, chance) for share in (rates.leave, rates.come))
    stays, came = np.flatnonzero(~gone), np.flatnonzero(copied)
    own = np.concatenate([stays, came])
    persons, families = (_numbered(rows, name, own, len(stays)) for name in ("person", "family"))
    order = np.argsort(persons, kind="stable")
    own, country = own[order], rows.column("country_of_asylum").combine_chunks()
    neighbours = _neighbours(np.asarray(country.indices)[own], chance)
    sources = dict.fromkeys(rows.column_names, own)
    for names in _TOGETHER:
        taken = np.where(chance.random(len(own)) < rates.anew, own[neighbours()], own)
        sources |= dict.fromkeys(names, taken)
    made = pa.table({name: rows.column(name).take(pa.array(source)) for name, source in sources.items()})
    made = _older(made, chance)
    for name, values in (("person", persons), ("family", families)):
        made = made.set_column(made.column_names.index(name), name, pa.array(values[order]))
    return made


def _of_families(families: Integers, share: float, chance: np.random.Generator) -> Flags:
    known, place = np.unique(families, return_inverse=True)
    found: Flags = (chance.random(len(known)) < share)[place]
    return found


def _numbered(rows: pa.Table, name: str, own: Integers, stay: int) -> Integers:
    """The numbers of persons or families, new ones for who came."""
    numbers = rows.column(name).to_numpy()[own]
    new = np.unique(numbers[stay:], return_inverse=True)[1]
    return np.concatenate([numbers[:stay], int(rows.column(name).to_numpy().max()) + 1 + new])


def _neighbours(countries: Integers, chance: np.random.Generator) -> Callable[[], Integers]:
    """Somebody of the same country for each, another one each time."""
    order = np.argsort(countries, kind="stable")
    times = np.bincount(countries)
    starts = np.cumsum(times) - times
    return lambda: order[(starts[countries] + chance.random(len(countries)) * times[countries]).astype(np.int64)]


def _older(rows: pa.Table, chance: np.random.Generator) -> pa.Table:
    """A twelfth of those whose age is known had their birthday; who did is in the age group of somebody so old."""
    ages = rows.column(_AGE).fill_null(-1).to_numpy()
    group = rows.column(_GROUP).combine_chunks()
    codes = np.asarray(group.indices.fill_null(0))
    of_age = np.zeros(300, dtype=codes.dtype)
    of_age[ages[ages >= 0]] = codes[ages >= 0]
    older = np.where((ages >= 0) & (chance.random(len(ages)) < 1 / 12), ages + 1, ages)
    indices = pa.array(of_age[older.clip(0)], mask=older < 0)
    made = {_AGE: pa.array(older.astype(np.int16), mask=older < 0)}
    made[_GROUP] = pa.DictionaryArray.from_arrays(indices, group.dictionary)
    for name, values in made.items():
        rows = rows.set_column(rows.column_names.index(name), name, values)
    return rows
