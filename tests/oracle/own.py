"""A slow judge of one table of somebody's own: loops over rows of Python values, exact as long as the values are.

What is no finite number is unknown like null. What is not known is counted as a row and reckoned with by nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]


def cells(rows: Iterable[Row], within: Callable[[Row], bool], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """The rows that are asked about, by what they are broken down by."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        if within(row):
            found.setdefault(key(row), []).append(row)
    return found


def known(rows: Iterable[Row], column: str) -> list[Any]:
    """The values of a column that say something."""
    values = [row[column] for row in rows]
    return [value for value in values if value is not None and not _is_not_finite(value)]


def number(aggregate: str, rows: list[Row], column: str, share: Fraction = Fraction(1, 2)) -> Any:
    """One number of some rows; None where there is nothing to reckon with."""
    values = known(rows, column)
    match aggregate:
        case "count":
            return len(rows)
        case "count_distinct":
            return len(set(values))
        case "sum":
            return _total(values) if values else None
        case "average":
            return _over(_total(values), len(values)) if values else None
        case _:
            return _quantile(sorted(values), share) if values else None


def member(value: Any) -> Any:
    """What a value is called where it is broken down by: an instant by its day, what is no finite number as unknown."""
    if value is None or _is_not_finite(value):
        return None
    return value.date() if isinstance(value, datetime) else value


def day_of(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _is_not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _is_binary(values: Iterable[Any]) -> bool:
    return any(isinstance(value, float) for value in values)


def _total(values: list[Any]) -> Any:
    """Exact of whole numbers and decimals; of binary fractions as near as they get."""
    if not _is_binary(values):
        return sum(map(Fraction, values))
    return math.fsum(values)


def _over(total: Any, count: int) -> Any:
    return total / count


def _quantile(ordered: list[Any], share: Fraction) -> Any:
    """Between the two values that a share lies between, as far as it lies between them."""
    place = share * (len(ordered) - 1)
    below = place.numerator // place.denominator
    rest = place - below
    low = ordered[below]
    if not rest:
        return low if _is_binary([low]) else Fraction(low)
    high = ordered[below + 1]
    if _is_binary([low, high]):
        return low if low == high else low + (high - low) * float(rest)
    return Fraction(low) + (Fraction(high) - Fraction(low)) * rest
