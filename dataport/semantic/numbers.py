"""Of what type numbers are, and what arithmetic makes of them: whole and decimal numbers stay exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dataport.semantic.arithmetic import Arithmetic, Constant, Days, Minus, Of, Over, Plus, Times
from dataport.semantic.schema import ColumnType

# Digits of the widest decimal that engines and files have.
DIGITS = 38
# The largest number of 64 bits.
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Number:
    """Whole numbers of 64 bits, decimals of 38 digits of which some follow the point, or binary fractions."""

    kind: Literal["whole", "decimal", "double"]
    scale: int = 0

    @property
    def is_exact(self) -> bool:
        return self.kind != "double"

    @property
    def is_whole(self) -> bool:
        return self.is_exact and self.scale == 0


WHOLE = Number("whole")
DOUBLE = Number("double")


def decimal(scale: int) -> Number:
    return Number("decimal", scale)


def sum_of(column: ColumnType) -> Number:
    """The type of a sum of a column. What has ten digits is not summed beyond 64 bits in any file."""
    match column.kind:
        case "double":
            return DOUBLE
        case "decimal":
            return decimal(column.scale)
    return decimal(0) if column.digits > 10 else WHOLE


def quantile_of(column: ColumnType, portion: Decimal) -> Number:
    """The type of a quantile: between two values, in proportion, there is a number with as many more decimals."""
    return DOUBLE if column.kind == "double" else decimal(column.scale + decimals_of(portion))


def decimals_of(value: Decimal) -> int:
    """How many digits follow the point, as it is written."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def constant(value: Decimal) -> Number:
    scale = decimals_of(value)
    return WHOLE if not scale and abs(value) <= LARGEST else decimal(scale)


def reckoned(expression: Arithmetic, of: Callable[[str], Number]) -> Number:
    """The type of arithmetic; a quotient, and whatever is made of one, is a binary fraction.

    Args:
        of: the type of what has a name.
    """
    match expression:
        case Of(name):
            return of(name)
        case Constant(value):
            return constant(value)
        case Days():
            return WHOLE
        case Over():
            return DOUBLE
        case Plus(left, right) | Minus(left, right):
            return added(reckoned(left, of), reckoned(right, of))
        case Times(left, right):
            return multiplied(reckoned(left, of), reckoned(right, of))


def added(left: Number, right: Number) -> Number:
    if not (left.is_exact and right.is_exact):
        return DOUBLE
    return WHOLE if left == right == WHOLE else decimal(max(left.scale, right.scale))


def multiplied(left: Number, right: Number) -> Number:
    return decimal(left.scale + right.scale) if left.is_exact and right.is_exact else DOUBLE
