"""Units: shares are parts of one and read as percent; a difference of shares is percentage points, and no percent."""

from __future__ import annotations

from typing import Literal, TypeAlias

from dataport.semantic.arithmetic import Arithmetic, Minus, Of, Plus
from dataport.semantic.formula import Change, Derived
from dataport.semantic.model import Catalog, Indicator

SHARE, POINTS = "share", "percentage points"
# Units of which a difference is in points too, of numbers that are hundreds already.
PERCENT = frozenset({"%", "percent", "per cent", "percentage"})

# How a number reads: a share of 0.012 as 1.2 %, a difference of shares of 0.012 as +1.2 points, all others as they are.
Scale: TypeAlias = Literal["plain", "percent", "points"]


def measured_in(indicator: Indicator, catalog: Catalog) -> tuple[str, Scale]:
    """The unit of an indicator, and how its numbers read.

    What is by its formula a difference of shares is in percentage points, whatever its definition calls it.
    """
    scale = _scale(indicator, catalog)
    if scale == "points":
        return POINTS, scale
    match indicator.formula:
        case Change(of, _, relative=False) if catalog.indicators[of].unit in PERCENT:
            return POINTS, scale
    return indicator.unit, scale


def difference_in(unit: str, scale: Scale) -> tuple[str, Scale]:
    """The unit of what lies between two numbers of one unit, and how it reads."""
    if scale != "plain":
        return POINTS, "points"
    return (POINTS if unit in PERCENT else unit), scale


def _scale(indicator: Indicator, catalog: Catalog) -> Scale:
    match indicator.formula:
        case Change(of, _, relative=False):
            if _scale(catalog.indicators[of], catalog) != "plain":
                return "points"
        case Derived(expression):
            found = _of_expression(expression, catalog)
            if found == "points":
                return found
    return "percent" if indicator.unit == SHARE else "plain"


def _of_expression(expression: Arithmetic, catalog: Catalog) -> Scale:
    """How what is added up and taken away reads; whatever else is done to numbers makes other ones."""
    match expression:
        case Of(name):
            return _scale(catalog.indicators[name], catalog)
        case Plus(left, right) | Minus(left, right):
            both = {_of_expression(left, catalog), _of_expression(right, catalog)}
            if "plain" in both:
                return "plain"
            if isinstance(expression, Minus) and both != {"percent", "points"}:
                return "points"
            return "points" if both == {"points"} else "percent"
    return "plain"
