"""p-tables: by how much a true count is moved, and with which probability.

For each true count the noise is the distribution of greatest entropy with mean 0 and a variance of at most V, on the
counts that may be published: never more than D away, never negative, and never 1 to js. A zero is never moved. To the
left of no change the probabilities never fall (Fraser and Wooton 2005; Giessing 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dataport.errors import BuildFailed

Floats = NDArray[np.float64]

_TOLERANCE = 1e-9
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a p-table is made by.

    Attributes:
        most: D, the largest noise.
        variance: V, the largest variance of the noise.
        blocked: js: counts from 1 to it are never published.
    """

    most: int
    variance: float
    blocked: int

    @property
    def version(self) -> str:
        return f"D{self.most} V{self.variance:g} js{self.blocked}"


@dataclass(frozen=True, slots=True)
class Row:
    """The noise of one true count: values, ascending, with their probabilities."""

    count: int
    noise: tuple[int, ...]
    probability: Floats


@dataclass(frozen=True, slots=True)
class PTable:
    """The rows for the true counts 0, 1, …; the last one holds for every larger count too."""

    parameters: Parameters
    rows: tuple[Row, ...]


def p_table(parameters: Parameters, monotone: tuple[bool, ...] | None = None) -> PTable:
    """The p-table of these parameters, checked.

    Args:
        monotone: for the counts 1, 2, …, whether probabilities may not fall to the left of no change; by default none
            may.

    Raises:
        BuildFailed: no noise has mean 0 and so small a variance on these counts.
    """
    if parameters.variance <= (parameters.blocked + 1) ** 2 // 4:
        raise _too_small(1, parameters)  # a count amid those that never come out is moved by more than that
    last = parameters.most + (parameters.blocked + 1 if parameters.blocked else 0)
    rows = [Row(0, (0,), np.ones(1))]
    for count in range(1, last + 1):
        noise = _support(count, parameters)
        rises = monotone is None or monotone[count - 1]
        probability = _greatest_entropy(np.array(noise, dtype=np.float64), parameters.variance, rises)
        rows.append(Row(count, noise, probability))
    table = PTable(parameters, tuple(rows))
    require_sound(table)
    return table


def require_sound(table: PTable) -> None:
    """Mean, variance and support of every row.

    Raises:
        BuildFailed: one of them is not as the parameters say.
    """
    asked = table.parameters
    for row in table.rows:
        noise = np.array(row.noise, dtype=np.float64)
        published = noise + row.count
        sound = (
            abs(float(row.probability.sum()) - 1) < _TOLERANCE
            and abs(float(row.probability @ noise)) < 1e-7
            and float(row.probability @ noise**2) <= asked.variance + 1e-7
            and float(row.probability.min()) >= 0
            and float(np.abs(noise).max()) <= asked.most
            and not np.any((published < 0) | ((published >= 1) & (published <= asked.blocked)))
        )
        if not sound:
            raise _too_small(row.count, asked)


def _too_small(count: int, asked: Parameters) -> BuildFailed:
    return BuildFailed(
        f"No noise on the count {count} keeps to {asked.version}: the variance is too small for the counts that may be "
        "published. Choose others in the seed `disclosure_limit`."
    )


def _support(count: int, parameters: Parameters) -> tuple[int, ...]:
    published = range(max(count - parameters.most, 0), count + parameters.most + 1)
    return tuple(one - count for one in published if not 1 <= one <= parameters.blocked)


def _greatest_entropy(noise: Floats, variance: float, rises: bool) -> Floats:
    """The distribution on these values; neighbours whose order would be wrong are made equal, as few as need be."""
    blocks = [[place] for place in range(len(noise))]
    for _ in range(_ROUNDS):
        probability = _solved(noise, variance, blocks)
        falls = [
            nth
            for nth, (one, following) in enumerate(pairwise(blocks))
            if rises and noise[following[0]] <= 0 and probability[one[0]] > probability[following[0]] + 1e-12
        ]
        if not falls:
            return probability
        # the worst first: making two equal changes all the others
        worst = max(falls, key=lambda nth: probability[blocks[nth][0]] - probability[blocks[nth + 1][0]])
        blocks[worst : worst + 2] = [blocks[worst] + blocks[worst + 1]]
    raise BuildFailed("A p-table could not be made: its rows do not settle.")


def _solved(noise: Floats, variance: float, blocks: list[list[int]]) -> Floats:
    """Greatest entropy where the values of each block have one probability: exp(-a mean - b square), normed."""
    weights = np.array([len(one) for one in blocks], dtype=np.float64)
    moments = np.array([[noise[one].mean(), (noise[one] ** 2).mean()] for one in blocks])
    targets = np.array([0.0, variance])
    found, part = _newton(weights, moments, targets, free=2)
    if found[1] < 0:  # even the flattest noise varies less than it may
        found, part = _newton(weights, moments, targets, free=1)
    probability = np.empty(len(noise))
    for one, share in zip(blocks, part, strict=True):
        probability[one] = share
    return probability


def _newton(weights: Floats, moments: Floats, targets: Floats, free: int) -> tuple[Floats, Floats]:
    """The multipliers at which the moments are the targets (the last ones held at 0), and the probabilities there."""
    multipliers = np.zeros(2)
    value, part = _dual(multipliers, weights, moments, targets)
    for _ in range(_ROUNDS):
        mass = weights * part
        means = mass @ moments
        gradient = (targets - means)[:free]
        if np.abs(gradient).max() < 1e-13:
            break
        centred = (moments - means)[:, :free]
        curvature = centred.T @ (centred * mass[:, None]) + 1e-14 * np.eye(free)
        step = np.zeros(2)
        step[:free] = -np.linalg.solve(curvature, gradient)
        length = 1.0
        while length > 1e-12:
            further, further_part = _dual(multipliers + length * step, weights, moments, targets)
            if further <= value + 1e-4 * length * float(gradient @ step[:free]):
                break
            length /= 2
        multipliers = multipliers + length * step
        if abs(value - further) < 1e-16 and length < 1:
            break
        value, part = further, further_part
    return multipliers, part


def _dual(multipliers: Floats, weights: Floats, moments: Floats, targets: Floats) -> tuple[float, Floats]:
    exponents = -(moments @ multipliers)
    top = exponents.max()
    raw = np.exp(exponents - top)
    total = float(weights @ raw)
    return float(np.log(total) + top + multipliers @ targets), raw / total
