"""reading: the register as it was on the days that a snapshot is about, and the scopes of who sees exact numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from dataport.cube.before import Before
from dataport.cube.days import instant_of
from dataport.cube.population import (
    Codings,
    Population,
    coded,
    codings_of,
    codings_together,
    needs_in,
    renumbered,
)
from dataport.cube.recode import Together, put_together, recoded, share_recoded
from dataport.cube.secret import Secret
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import Lattice
from dataport.house import House


@dataclass(frozen=True, slots=True)
class Read:
    """The population of the day, what of those of earlier days is not the same, and what is known beside them.

    Attributes:
        units: the offices, by the number that the population gives them.
        scopes: the sets of offices whose people some registration viewer counts exactly.
        together: which categories of the day were put together as other.
        recoded: the share of values that were.
    """

    population: Population
    before: Mapping[date, Before]
    codings: Codings
    units: tuple[str, ...]
    scopes: tuple[frozenset[str], ...]
    together: Together
    recoded: float


def read_months(
    house: House,
    day: date,
    bases: tuple[date, ...],
    secret: Secret,
    shape: Lattice,
    served: Mapping[date, Together] | None = None,
) -> Read:
    """Read a day and the earlier days that it is held against, coded alike; one of these at a time is held whole.

    Args:
        served: what was put together as other in the months that are served. Another day follows the last before it.
    """
    served = served or {}
    units = tuple(sorted(house.units()))
    population, codings, together, share = _read(house, day, units, shape, served)
    population = _with_keys(population, secret)
    before: dict[date, Before] = {}
    for base in bases:
        earlier, own, _, _ = _read(house, base, units, shape, served)
        both = codings_together(codings, own, shape)
        population, before = _renumbered(population, before, renumbered(codings, both, shape))
        one = Before.of(population, earlier.recoded_by(renumbered(own, both, shape)))
        before[base] = replace(one, earlier=_with_keys(one.earlier, secret))
        codings = both
    return Read(population, before, codings, units, scopes_of(house), together, round(share, 4))


def _read(
    house: House, day: date, units: tuple[str, ...], shape: Lattice, served: Mapping[date, Together]
) -> tuple[Population, Codings, Together, float]:
    """The people of a day by the members that occur then, what of these is put together, and what share that is."""
    rows = house.active_persons(instant_of(day), needs_in(shape))
    codings = codings_of([rows], shape)
    plain = coded(rows, day, None, codings, shape, units)
    del rows
    if (together := served.get(day)) is None:
        last = max((one for one in served if one < day), default=None)
        below = disclosure_limit("cube_recode_below")
        together = put_together(plain, codings, shape, below, served[last] if last else None)
    put = recoded(plain, codings, shape, together)
    return put, codings, together, share_recoded(plain, put)


def _renumbered(
    population: Population, before: Mapping[date, Before], maps: Mapping[str, np.ndarray]
) -> tuple[Population, dict[date, Before]]:
    """The same by other numbers of the members, where any has another."""
    if all(np.array_equal(one, np.arange(len(one))) for one in maps.values()):
        return population, dict(before)
    earlier = {day: replace(one, earlier=one.earlier.recoded_by(maps)) for day, one in before.items()}
    return population.recoded_by(maps), earlier


def _with_keys(population: Population, secret: Secret) -> Population:
    families, place = np.unique(population.families, return_inverse=True)
    return replace(
        population,
        keys=secret.record_keys(population.persons),
        group_keys=secret.record_keys(families, "case")[place],
    )


def scopes_of(house: House) -> tuple[frozenset[str], ...]:
    """Every set of offices that a registration viewer counts exactly, without those that hold everything.

    What somebody knows exactly and what is published beside it must not leave a few persons between them.
    """
    return tuple(sorted(house.exact_scopes(), key=sorted))
