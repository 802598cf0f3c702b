"""lower, for numbers: casts, sums, quotients and quantiles that lose nothing of what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from sqlglot import exp

from dataport.engine.blocks import aliased, case, cast, column, day_of, is_known, microsecond, number
from dataport.engine.exact import Exact, needing
from dataport.semantic.numbers import DIGITS, DOUBLE, WHOLE, Number, decimals_of
from dataport.semantic.schema import ColumnType

# A binary fraction holds any number of 15 digits; one of them is left to spare.
_HELD = 14
Typed = tuple[exp.Expr, Number]


def as_number(value: exp.Expr, given: Number | None, kind: Number) -> exp.Expr:
    """A value cast to a type of number; unchanged where it has that type already."""
    if given == kind:
        return value
    if kind.kind == "decimal":
        return as_decimal(value, kind.scale)
    return cast(value, "BIGINT" if kind == WHOLE else "DOUBLE")


def as_decimal(value: exp.Expr, scale: int) -> exp.Expr:
    sizes = [exp.DataTypeParam(this=number(size)) for size in (DIGITS, scale)]
    return exp.Cast(this=value, to=exp.DataType(this=exp.DataType.Type.DECIMAL, expressions=sizes))


def summed(value: exp.Expr, kind: Number | None) -> exp.Expr:
    """A sum. For binary fractions it is a compensated one: what each step rounds away is added again."""
    if kind == DOUBLE:
        return needing(Exact.SUMS_OF_FRACTIONS, exp.Anonymous(this="FSUM", expressions=[value]))
    total = exp.Sum(this=value)
    return needing(Exact.SUMS_OF_DECIMALS, total) if kind is not None and kind.kind == "decimal" else total


def is_finite(value: exp.Expr) -> exp.Expr:
    """Whether a binary fraction is a number and no infinity."""
    return needing(Exact.FINITE_NUMBERS, exp.Anonymous(this="ISFINITE", expressions=[value]))


def quotient(left: Typed, right: Typed) -> exp.Expr:
    """A binary fraction; null over 0.

    Decimals are divided as whole numbers of their smallest unit, so that the result is rounded once: a third of 0.3 is
    0.1. Beside a binary fraction a decimal is one too: it would be scaled beyond what there is of them.
    """
    is_exact = left[1].is_exact and right[1].is_exact
    scale = max(left[1].scale, right[1].scale) if is_exact else 0
    over = exp.Nullif(this=_units(*right, scale) if scale else right[0], expression=exp.Literal.number(0))
    return exp.Div(this=_units(*left, scale), expression=over, typed=False)


def _units(value: exp.Expr, kind: Number, scale: int) -> exp.Expr:
    fraction = as_number(value, kind, DOUBLE)
    if not scale:
        return fraction
    many = exp.Mul(this=fraction, expression=cast(exp.Literal.number(10**scale), "DOUBLE"))
    return exp.Round(this=many) if kind.is_exact else exp.Paren(this=many)


def kept(name: str, kind: ColumnType | None) -> exp.Expr:
    """A column under its own name, in a type that all later steps can carry."""
    value = as_kept(column(name), kind)
    return value if isinstance(value, exp.Column) else aliased(value, name)


def as_kept(value: exp.Expr, kind: ColumnType | None) -> exp.Expr:
    """A column in a type that all later steps can carry; NaN and infinity are unknown."""
    if kind is None:
        return value
    if kind.kind == "double":
        return case((is_finite(value), cast(value.copy(), "DOUBLE")))
    if kind.is_fine:
        return microsecond(value)
    if kind.kind == "integer" and kind.digits > DIGITS:
        return as_decimal(value, 0)
    return cast(value, "TEXT") if kind.kind == "text" and kind.name != "VARCHAR" else value


def as_met(value: exp.Expr, kind: ColumnType | None) -> exp.Expr:
    """A column as it is compared with a key elsewhere: an instant by its day, as a level of days has it."""
    return day_of(as_kept(value, kind)) if kind and kind.is_instant else as_kept(value, kind)


def quantile(
    value: exp.Expr, portion: Decimal, reads: ColumnType | None, filtered: Callable[..., exp.Expr]
) -> exp.Expr:
    """A quantile: between the two values around its place, in proportion. The place is told exactly.

    An engine reckons the place in binary fractions: 0.29 of a hundred steps is 28.999999999999996 there, and between
    two values that lie far apart that shows. So its own quantile is taken for portions that are such fractions, as
    halves and quarters are, and of what those hold: of values of few digits, which are cast back, or of fractions.
    Otherwise the values are put in order, and the place is counted in decimals.
    """
    is_fraction = reads is None or reads.kind == "double"
    more = decimals_of(portion)
    if Fraction(float(portion)) != Fraction(portion):
        return _of_values(value, portion, None if is_fraction else reads.scale if reads else 0, filtered)
    if is_fraction:
        return filtered(_within(value, portion))
    assert reads
    if max(reads.digits, 1) + more <= _HELD:
        return as_decimal(filtered(_within(cast(value, "DOUBLE"), portion)), reads.scale + more)
    return _of_values(value, portion, reads.scale, filtered)


def _within(value: exp.Expr, portion: Decimal) -> exp.Expr:
    of = needing(Exact.QUANTILES, exp.PercentileCont(this=exp.Literal.number(f"{portion:f}")))
    return exp.WithinGroup(this=of, expression=exp.Order(expressions=[exp.Ordered(this=value, nulls_first=False)]))


def _of_values(value: exp.Expr, portion: Decimal, scale: int | None, filtered: Callable[..., exp.Expr]) -> exp.Expr:
    """The known values in order, and what stands at a place between two of them.

    Args:
        scale: of decimals; None: they are binary fractions, and so is what is between two of them.
    """
    more = decimals_of(portion)
    member = cast(value, "DOUBLE") if scale is None else as_decimal(value, scale)
    values = exp.Anonymous(this="LIST", expressions=[member])
    listed = exp.Anonymous(this="LIST_SORT", expressions=[filtered(values, is_known(value.copy()))])
    needing(Exact.QUANTILES if scale is None else Exact.QUANTILES_OF_DECIMALS, listed)
    last = exp.Paren(this=exp.Sub(this=exp.Anonymous(this="LEN", expressions=[listed]), expression=number(1)))
    place = exp.Mul(this=as_decimal(exp.Literal.number(f"{portion:f}"), more), expression=last)
    below = exp.Floor(this=place)
    rest: exp.Expr = exp.Paren(this=exp.Sub(this=place.copy(), expression=below))

    def at(step: int) -> exp.Expr:
        index = exp.Add(this=cast(below.copy(), "BIGINT"), expression=number(step))
        return exp.Anonymous(this="LIST_EXTRACT", expressions=[listed.copy(), index])

    above = exp.Coalesce(this=at(2), expressions=[at(1)])
    apart = exp.Paren(this=exp.Sub(this=above, expression=at(1)))
    if scale is None:
        return exp.Add(this=at(1), expression=exp.Mul(this=apart, expression=cast(rest, "DOUBLE")))
    return as_decimal(exp.Add(this=at(1), expression=exp.Mul(this=apart, expression=rest)), scale + more)
