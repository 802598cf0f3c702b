"""One number per group of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dataport.semantic.condition import Condition
from dataport.semantic.numbers import DOUBLE, Number
from dataport.semantic.schema import ColumnType


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One number per group of rows where the condition holds.

    ``count`` counts rows, or the known values of a column. The other functions take the known values of their column.

    Attributes:
        reads: the type of the column, where it is known.
        number: the type of the result, where it is known.
        has_few_values: whether the column of a quantile holds some hundred different values at most, as ages do.
        weight: the column that tells how many rows each one stands for, where rows that are alike were put together.
    """

    name: str
    function: Literal["count", "count_distinct", "sum", "quantile"]
    column: str | None
    where: Condition
    quantile: Decimal = Decimal("0.5")
    reads: ColumnType | None = None
    number: Number | None = None
    has_few_values: bool = False
    weight: str | None = None


def are_by_value(aggregates: Sequence[Aggregate]) -> bool:
    """Whether all of them can be had from how often each value of one column occurs, of which there are few."""
    quantiles = [one for one in aggregates if one.function == "quantile"]
    others = [one for one in aggregates if one.function != "quantile"]
    return (
        bool(quantiles)
        and all(one.has_few_values for one in quantiles)
        and len({one.column for one in quantiles}) == 1
        and all(one.function == "count" or (one.function == "sum" and one.number != DOUBLE) for one in others)
    )
