"""thinning: how many numbers of a secret may be told beside the people that they are of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataport.cube.counting import Cells
from dataport.cube.population import Codings, Flags
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lattice import GEOGRAPHY


def thin_out(
    cells: Mapping[str, Cells], tables: dict[str, Flags], codings: Codings, beside: Mapping[str, Flags] | None = None
) -> None:
    """Density: in each country, published rows of an attribute are few beside its people; else the finest tables go.

    With more rows than that the records of the country can be solved for, whatever the noise.

    Args:
        tables: table by table, the rows that are wanted; of these remain those that may be.
        beside: those that are published whatever comes of these.
    """
    per_row = disclosure_limit("cube_persons_per_row")
    countries = codings["country_of_asylum"]
    people = np.zeros(countries.size, dtype=np.int64)
    whole = cells["country_of_asylum"]
    people[whole.codes] = whole.counts.persons
    rows = np.zeros(countries.size, dtype=np.int64)
    for name, flags in (beside or {}).items():
        if (country := _countries(cells[name], codings)) is not None:
            rows += 2 * np.bincount(country[flags], minlength=countries.size)
    # from the coarsest table to the finest: what no longer fits is left out, for this country alone
    for name in sorted(tables, key=lambda name: (cells[name].table.cost, len(cells[name]), name)):
        country = _countries(cells[name], codings)
        if country is None:
            continue
        added = 2 * np.bincount(country[tables[name]], minlength=countries.size)
        is_too_much = (added > 0) & ((rows + added) * per_row > people)
        tables[name] = tables[name] & ~is_too_much[country]
        rows += np.where(is_too_much, 0, added)


def _countries(cells: Cells, codings: Codings) -> np.ndarray | None:
    """The country of each cell; None for tables of larger places."""
    place = cells.table.place
    if place is None or place.hierarchy != GEOGRAPHY:
        return None
    numbers = cells.members[0]
    if place.name == "country_of_asylum":
        return numbers
    above = codings[place.name].coarser.get("country_of_asylum")
    return None if above is None else above[numbers]
