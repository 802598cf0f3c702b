"""The columns of an answer, as they are computed from the measures of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from dataport.semantic.arithmetic import Arithmetic


@dataclass(frozen=True, slots=True)
class Shown:
    """Periods for which a measure is known; both None when it is known whatever the period."""

    first: date | None = None
    last: date | None = None
    never: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A measure as it is: a count of nothing is 0, a sum of nothing (no row in `support`) is null."""

    name: str
    measure: str
    type: Literal["integer", "number"]
    shown: Shown
    support: str | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """Arithmetic of measures, where what is not there counts 0; null over nothing. ``days``: of each period."""

    name: str
    expression: Arithmetic
    type: Literal["integer", "number"]
    shown: Shown
    days: tuple[tuple[date | None, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """A measure over its sum in all rows that are alike in some keys; null over nothing.

    The measure is additive and the rows hold every cell, the unknown ones too, so that the sum is the total itself.
    """

    name: str
    measure: str
    alike: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True, slots=True)
class Difference:
    """One column less another; null where either is."""

    name: str
    now: Value | Computed | Portion
    before: Value | Computed | Portion


Column: TypeAlias = Value | Computed | Portion | Difference
