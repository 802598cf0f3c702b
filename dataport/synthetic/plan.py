"""plan: how many people of each kind the synthetic store holds, cell by cell, before a single row is invented.

At scale 1 the active individuals of every published cell equal the published figure. At a smaller scale the cells are
rounded along one systematic order from one random start per operation: a country's total then differs from
published x scale by less than 1, every cell's expectation is published x scale, but a single cell may be off by 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from dataport.errors import WrongRequest
from dataport.synthetic import seeds
from dataport.synthetic.seeds import Operation, PublishedRow

# The twelve published cells and, last, the people without sex and age.
CELLS = (*seeds.PUBLISHED_CELLS, "unknown")
DEFAULT_SEED = 20211231

# A registration store covers little of the stateless: they are mostly counted by states.
_REGISTERED_SHARE = {"STA": 0.3}

Counts = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """The people of one operation.

    Attributes:
        rows: the rows that its people come from: the calibrated ones first, then other population types.
        calibrated_count: how many of the rows are calibrated.
        active: individuals with process status A, by row and cell of `CELLS`.
        others: individuals in any other process status, by row and cell.
    """

    operation: Operation
    rows: tuple[PublishedRow, ...]
    calibrated_count: int
    active: Counts
    others: Counts

    @property
    def records(self) -> int:
        """Individuals in every process status."""
        return int(self.active.sum() + self.others.sum())


@dataclass(frozen=True, slots=True)
class Plan:
    """What a synthetic store is to hold.

    Attributes:
        scale: the share of the published population, above 0 and at most 1.
        onboarded: how many operations are in the store.
        seed: everything random follows from it.
    """

    scale: float
    onboarded: int
    seed: int
    operations: tuple[OperationPlan, ...]

    @property
    def is_exact(self) -> bool:
        """Whether every published cell is met exactly."""
        return self.scale == 1

    @property
    def records(self) -> int:
        """Individuals in every process status."""
        return sum(operation.records for operation in self.operations)

    @property
    def active(self) -> int:
        """Individuals with process status A."""
        return sum(int(operation.active.sum()) for operation in self.operations)


def plan(scale: float, onboarded: int | None = None, seed: int = DEFAULT_SEED) -> Plan:
    """Decide the people of a store.

    Args:
        scale: share of the published population, 0 < scale <= 1.
        onboarded: the first so many operations in onboarding order; all of them unless given.
        seed: the same seed and scale give the same plan.

    Raises:
        WrongRequest: the scale or the number of operations is out of range.
    """
    known = seeds.operations()
    onboarded = len(known) if onboarded is None else onboarded
    if not 0 < scale <= 1:
        raise WrongRequest(
            f"A scale of {scale} makes no store: the people are a share of those published. Use 0 < scale <= 1."
        )
    if not 1 <= onboarded <= len(known):
        raise WrongRequest(
            f"{onboarded} operations cannot be onboarded: there are {len(known)}. Use 1 to {len(known)}."
        )
    return Plan(scale, onboarded, seed, tuple(_plan_operation(known[i], scale, seed) for i in range(onboarded)))


def plan_some(scale: float, operation_codes: Sequence[str], seed: int = DEFAULT_SEED) -> Plan:
    """The plan of the named operations alone, each as it is in the plan of all."""
    chosen = [operation for operation in seeds.operations() if operation.operation_code in set(operation_codes)]
    return Plan(scale, len(chosen), seed, tuple(_plan_operation(operation, scale, seed) for operation in chosen))


def round_systematically(weights: Weights, start: float, total: int | None = None) -> Counts:
    """Whole numbers whose running sums follow those of the weights, each within 1 of its own.

    Args:
        weights: expected counts, in a fixed order.
        start: the random start, 0 <= start < 1; over uniform starts each count's expectation is its weight.
        total: what the weights are scaled to, when given.
    """
    running = np.cumsum(weights.ravel())
    if total is not None and running.size and running[-1] > 0:
        running *= total / running[-1]
    # The start keeps off the ends of its interval, so that whole running sums stay whole however floats fall.
    edges = np.floor(running + (1e-6 + start * (1 - 2e-6))).astype(np.int64)
    return np.diff(edges, prepend=0).reshape(weights.shape)


def _plan_operation(operation: Operation, scale: float, seed: int) -> OperationPlan:
    rows, calibrated_count, whole = _at_scale_one(operation)
    random = seeds.stream(seed, operation.onboarding_order, 1)
    weights = whole.astype(np.float64)
    not_active = operation.record_target - operation.active_target
    active = round_systematically(weights * scale, random.random())
    others = round_systematically(weights * (not_active / max(whole.sum(), 1) * scale), random.random())
    return OperationPlan(operation, rows, calibrated_count, active, others)


@cache
def _at_scale_one(operation: Operation) -> tuple[tuple[PublishedRow, ...], int, Counts]:
    """The rows of an operation, how many are calibrated, and its active individuals by row and cell."""
    calibrated = _rows_of("demographics_2021").get(operation.country_code, ())
    other = _rows_of("other_2021").get(operation.country_code, ())
    exact = _cells(calibrated)
    missing = operation.active_target - int(exact.sum())
    weights = _spread_unknown(_cells(other), exact) * np.array(
        [[_REGISTERED_SHARE.get(row.population_type_code, 1.0)] for row in other]
    ).reshape(-1, 1)
    filled = round_systematically(weights, 0.5, total=missing)
    return (*calibrated, *other), len(calibrated), np.concatenate([exact, filled])


@cache
def _rows_of(name: str) -> dict[str, tuple[PublishedRow, ...]]:
    found: dict[str, list[PublishedRow]] = {}
    for row in seeds.published(name):
        found.setdefault(row.country_of_asylum_code, []).append(row)
    return {country: tuple(rows) for country, rows in found.items()}


def _cells(rows: Sequence[PublishedRow]) -> Counts:
    """People by row and cell, the remainder without sex and age last."""
    counts = np.array([[*row.cells, row.total - sum(row.cells)] for row in rows], dtype=np.int64)
    return counts.reshape(-1, len(CELLS))


def _spread_unknown(cells: Counts, exact: Counts) -> Weights:
    """Spread people of unknown age or sex over the cells by the operation's own profile, else by that of all.

    Only for other population types, whose published rows mostly have no ages: the store knows its people better.
    """
    profile = exact[:, :12].sum(axis=0)
    if profile.sum() < 1000:
        profile = _cells(seeds.published("demographics_2021"))[:, :12].sum(axis=0)
    known = np.delete(profile, [5, 11]).astype(np.float64).reshape(2, 5)
    spread = np.zeros((len(cells), 2, 6))
    spread[:, :, :5] = cells[:, :12].reshape(-1, 2, 6)[:, :, :5]
    spread[:, :, :5] += cells[:, [5, 11], None] * (known / known.sum(axis=1, keepdims=True))
    spread[:, :, :5] += cells[:, 12, None, None] * (known / known.sum())
    return np.concatenate([spread.reshape(-1, 12), np.zeros((len(cells), 1))], axis=1)
