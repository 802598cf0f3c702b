"""reading: the register as it was on the days that a snapshot is about, and the scopes of who sees exact numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from dataport.cube.days import instant_of
from dataport.cube.population import Codings, Integers, Keys, Population, coded, codings_of, needs_in
from dataport.cube.recode import recoded, share_recoded
from dataport.cube.secret import Secret
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import Lattice
from dataport.house import House


@dataclass(frozen=True, slots=True)
class Read:
    """The population of the day, those of earlier days, and what is known beside them.

    Attributes:
        units: the offices, by the number that the population gives them.
        scopes: the sets of offices whose people some registration viewer counts exactly.
        recoded: the share of values that were put together as other.
    """

    population: Population
    before: Mapping[date, Population]
    codings: Codings
    units: tuple[str, ...]
    scopes: tuple[frozenset[str], ...]
    recoded: float


def read_months(house: House, day: date, bases: tuple[date, ...], secret: Secret, shape: Lattice) -> Read:
    """Read a day and the earlier days that it is held against, coded alike."""
    needs = needs_in(shape)
    rows = {one: house.active_persons(instant_of(one), needs) for one in (day, *bases)}
    units = tuple(sorted(house.units()))
    codings = codings_of(rows.values(), shape)
    persons, groups = _keys(rows.values(), "person", secret, "record"), _keys(rows.values(), "family", secret, "case")
    below = disclosure_limit("cube_recode_below")
    plain = {
        one: coded(table, one, _of(table, "person", *persons), codings, shape, units, _of(table, "family", *groups))
        for one, table in rows.items()
    }
    put = {one: recoded(population, codings, shape, below) for one, population in plain.items()}
    share = share_recoded(plain[day], put[day])
    return Read(put[day], {one: put[one] for one in bases}, codings, units, scopes_of(house), round(share, 4))


def scopes_of(house: House) -> tuple[frozenset[str], ...]:
    """Every set of offices that a registration viewer counts exactly, without those that hold everything.

    What somebody knows exactly and what is published beside it must not leave a few persons between them.
    """
    return tuple(sorted(house.exact_scopes(), key=sorted))


def _keys(tables: Iterable[pa.Table], column: str, secret: Secret, kind: str) -> tuple[Integers, Keys]:
    """The key of every person (or group) that is in any of the months, each made once."""
    owners = [table.column(column).to_numpy() for table in tables]
    every = np.unique(np.concatenate(owners))
    return every, secret.record_keys(every, kind)


def _of(table: pa.Table, column: str, every: Integers, keys: Keys) -> Keys:
    return keys[np.searchsorted(every, table.column(column).to_numpy())]
