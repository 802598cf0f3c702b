"""The columns of an answer, as they are computed from the measures of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from dataport.semantic.arithmetic import Arithmetic
from dataport.semantic.numbers import Number


@dataclass(frozen=True, slots=True)
class Shown:
    """The periods for which a measure is known: all of them where both ends are None, and none with ``never``."""

    first: date | None = None
    last: date | None = None
    never: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of a cell. A count of nothing is 0; a sum is null if ``support``, its count of known values, is 0."""

    name: str
    number: Number
    support: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A measure as it is."""

    name: str
    measure: Measured
    shown: Shown


@dataclass(frozen=True, slots=True)
class Computed:
    """Arithmetic of measures; null where one of them is null, and where it would divide by 0.

    Attributes:
        measures: those that the expression names.
        number: the type of the result.
    """

    name: str
    expression: Arithmetic
    measures: tuple[Measured, ...]
    number: Number
    shown: Shown


@dataclass(frozen=True, slots=True)
class Portion:
    """A measure divided by its sum over all rows with the same keys ``alike``; null where that sum is 0.

    The measure is additive and the rows hold every cell, the unknown ones too, so that the sum is the total itself.
    """

    name: str
    measure: Measured
    alike: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True, slots=True)
class Difference:
    """One column minus another; null where either is null."""

    name: str
    now: Value | Computed | Portion
    before: Value | Computed | Portion


Column: TypeAlias = Value | Computed | Portion | Difference
