"""probing: questions about numbers that are not told, drawn evenly from nobody, few and withheld beside others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import cells, decoded, said_at
from dataport.attackers.downloaded import Table
from dataport.attackers.register import Register
from dataport.cube.population import OTHER_CODE, Codings
from dataport.disclosure.protected.lattice import GEOGRAPHY
from dataport.disclosure.protected.members import cannot_be

_COUNTRY = "country_of_asylum"
_EACH, _MOST_CELLS = 2, 200_000


@dataclass(frozen=True, slots=True)
class Probe:
    """A number that is not told.

    Attributes:
        truth: what it is.
        members: the code of the member of each level.
    """

    truth: str
    members: Mapping[str, str]


def probes(register: Register, codings: Codings, seed: int = 9) -> Iterator[Probe]:
    """Numbers of countries by one or two traits; of each kind as many as of the others, from each table."""
    seen, draw = register.seen, np.random.default_rng(seed)
    for table in seen.months[-1]:
        if not _is_probed(table):
            continue
        universe = np.arange(cells(table.levels), dtype=np.int64)
        truth = register.persons_at(table.levels, universe)
        hidden = np.isnan(said_at(table, universe))
        kinds = {
            "nobody": hidden & (truth == 0),
            "few": hidden & (truth > 0) & (truth < seen.fewest_persons),
            "withheld": hidden & (truth >= seen.fewest_persons),
        }
        drawn = {kind: _drawn(draw, np.flatnonzero(flags), table, codings) for kind, flags in kinds.items()}
        for kind, found in drawn.items():
            yield from (Probe(kind, members) for members in found[: min(map(len, drawn.values()))])


def _is_probed(table: Table) -> bool:
    names = [level.name for level in table.levels if level.hierarchy == GEOGRAPHY]
    few = 2 <= len(table.levels) <= 3 and cells(table.levels) <= _MOST_CELLS
    return names == [_COUNTRY] and few and not (table.is_sensitive or table.is_of_groups)


def _drawn(draw: np.random.Generator, keys: np.ndarray, table: Table, codings: Codings) -> list[dict[str, str]]:
    """Some of these cells by the codes of their members; those that have no code, or can hold nobody, are left out."""
    found = []
    for key in draw.permutation(keys)[: _EACH * 4]:
        numbers = [int(codes[0]) for codes in decoded(np.array([key]), table.levels)]
        codes = {
            level.name: codings[level.name].members[number][-1]
            for level, number in zip(table.levels, numbers, strict=True)
        }
        named = {name: code for name, code in codes.items() if code is not None and code != OTHER_CODE}
        if len(named) == len(codes) and not cannot_be(dict(named)):
            found.append(named)
    return found[:_EACH]
