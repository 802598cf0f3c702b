"""made: what is made of published numbers, and the days that it is of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from dataport.dictionary import disclosure_limit
from dataport.semantic.arithmetic import Arithmetic, Constant, Minus, Of, Over, Plus, Times

# A published number and the days that it is of: one, or several where it is made of cells of several; of nobody none.
Number = tuple[float, frozenset[date]]
EVERY_DAY: frozenset[date] = frozenset()


def quotient(part: Number | None, whole: Number | None) -> float | None:
    """A share of its two parts, where both and what is left are enough for one."""
    if part is None or whole is None or whole[0] < disclosure_limit("cube_rate_denominator"):
        return None
    rest = whole[0] - part[0]
    return part[0] / whole[0] if rest == 0 or rest >= disclosure_limit("onward_release_minimum") else None


def days_of(*numbers: Number | None) -> frozenset[date]:
    """Every day that any of them is of."""
    found = EVERY_DAY
    for one in numbers:
        if one and not one[1] <= found:
            found = found | one[1]
    return found


def value_of(arithmetic: Arithmetic, number: Callable[[str], Number]) -> float | None:
    """Arithmetic of published numbers; None where a quotient of them is not told."""
    match arithmetic:
        case Of(name):
            return number(name)[0]
        case Constant(value):
            return float(value) if isinstance(value, Decimal) else value
        case Over(Of(part), Of(whole)):
            both = number(part), number(whole)
            return quotient(*both) if both[0][0] <= both[1][0] else _ratio(*both)
        case Plus() | Minus() | Times() | Over():
            left, right = value_of(arithmetic.left, number), value_of(arithmetic.right, number)
            if left is None or right is None:
                return None
            match arithmetic:
                case Plus():
                    return left + right
                case Minus():
                    return left - right
                case Times():
                    return left * right
            return left / right if right >= disclosure_limit("cube_rate_denominator") else None
    return None


def _ratio(part: Number, whole: Number) -> float | None:
    """A quotient of which neither lies in the other."""
    return part[0] / whole[0] if whole[0] >= disclosure_limit("cube_rate_denominator") else None
