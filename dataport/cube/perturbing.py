"""perturbing: the noise of a count, looked up by the sum of the keys of whom it counts. Equal sets get equal noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from dataport.cube.population import Integers, Keys
from dataport.cube.secret import Secret
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.ptable import Parameters, Row, p_table

_WHOLE = 1 << 64
# Of persons, of persons where a sensitive attribute is told, of registration groups, and of sums.
KINDS = ("plain", "sensitive", "group", "sum")


@dataclass(frozen=True, slots=True)
class Pieces:
    """One row of a p-table as intervals of keys: a key below the nth bound and not below the one before has noise n."""

    bounds: Keys
    noise: Integers


@dataclass(frozen=True, slots=True)
class Noise:
    """A p-table made ready for keys, by one secret."""

    parameters: Parameters
    rows: tuple[Pieces, ...]

    def published(self, counts: Integers, keys: Keys) -> Integers:
        """The counts as they are published."""
        row = np.minimum(counts, len(self.rows) - 1)
        found = counts.copy()
        for number, pieces in enumerate(self.rows):
            here = np.flatnonzero(row == number)
            found[here] += pieces.noise[np.searchsorted(pieces.bounds, keys[here], side="right")]
        return found


def noise_of(kind: str, secret: Secret) -> Noise:
    """The noise of one kind of number."""
    parameters = parameters_of(kind)
    pieces = disclosure_limit("cube_split_interval")
    rows = tuple(_shuffled(row, kind, secret, pieces) for row in p_table(parameters).rows)
    return Noise(parameters, rows)


def parameters_of(kind: str) -> Parameters:
    """What the noise of one kind of number is made by: groups and sums have that of persons, by keys of their own."""
    limits = "sensitive" if kind == "sensitive" else "plain"
    most, variance, blocked = (disclosure_limit(f"cube_{limits}_{name}") for name in ("most", "variance", "blocked"))
    return Parameters(most, float(variance), 0 if kind == "sum" else blocked)


def _shuffled(row: Row, kind: str, secret: Secret, most_pieces: int) -> Pieces:
    """A row's intervals, long ones cut, in an order that the secret decides.

    In their own order the key would say how large the noise is: a difference of two sums of keys could be read from it.
    """
    pieces: list[tuple[bytes, int, float]] = []
    for noise, probability in zip(row.noise, row.probability.tolist(), strict=True):
        count = max(1, ceil(probability * most_pieces))
        for nth in range(count):
            order = secret.shuffle(f"{kind}|{row.count}|{noise}|{nth}")
            pieces.append((order, noise, probability / count))
    pieces.sort()
    total, bounds = 0.0, []
    for _, _, probability in pieces[:-1]:
        total += probability
        bounds.append(min(int(total * _WHOLE), _WHOLE - 1))
    noises: NDArray[np.int64] = np.array([noise for _, noise, _ in pieces], dtype=np.int64)
    return Pieces(np.array(bounds, dtype=np.uint64), noises)
