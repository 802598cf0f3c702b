"""Sums, averages and medians of random columns of every type of number, held against Python's own exact arithmetic."""

from __future__ import annotations

import statistics
import tempfile
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from owned import asked_rows, events, flow, indicator, simple_model

_YAML = simple_model(*(indicator(name, flow(name)) for name in ("sum", "average", "median")))
_INTEGERS = {"tinyint": 7, "integer": 31, "bigint": 63, "hugeint": 120}


@st.composite
def exact_columns(draw: st.DrawFn) -> tuple[str, list[Decimal | None]]:
    """A type of whole numbers or decimals, and values of it, some unknown."""
    kind = draw(st.sampled_from([*_INTEGERS, "decimal"]))
    if kind == "decimal":
        width = draw(st.integers(1, 30))
        scale = draw(st.integers(0, width))
        kind, low, high = f"decimal({width},{scale})", -(10**width) + 1, 10**width - 1
    else:
        bits = _INTEGERS[kind]
        scale, low, high = 0, -(2**bits), 2**bits - 1
    units = draw(st.lists(st.none() | st.integers(low, high), min_size=1, max_size=6))
    return kind, [None if one is None else Decimal(f"{one}e-{scale}") for one in units]


@given(exact_columns())
def test_exact_columns_are_exact(column: tuple[str, list[Decimal | None]]) -> None:
    kind, values = column
    said = ["null" if one is None else f"'{one:f}'" for one in values]
    known = [Fraction(one) for one in values if one is not None]
    with tempfile.TemporaryDirectory() as folder, localcontext(prec=80):
        ((total, average, median),) = asked_rows(
            Path(folder), events(*said, kind=kind), _YAML, "sum", "average", "median"
        )
    if not known:
        assert (total, average, median) == (None, None, None)
        return
    assert Fraction(total) == sum(known)
    assert Fraction(median) == statistics.median(known)
    mean = Fraction(sum(known), len(known))
    assert abs(Fraction(average) - mean) <= abs(mean) * Fraction(1, 2**51)


@given(st.sampled_from([("double", 64), ("float", 32)]), st.data())
def test_binary_fractions_are_added_up_as_what_they_are(kind: tuple[str, int], data: st.DataObject) -> None:
    name, width = kind
    one = st.floats(-(2.0**90), 2.0**90, width=width) | st.just(float("nan")) | st.just(float("inf"))  # type: ignore[arg-type]
    values = data.draw(st.lists(st.none() | one, min_size=1, max_size=6))
    said = ["null" if value is None else f"'{value!r}'" for value in values]
    known = [Fraction(value) for value in values if value is not None and abs(value) < float("inf")]
    with tempfile.TemporaryDirectory() as folder:
        ((total, average, median),) = asked_rows(
            Path(folder), events(*said, kind=name), _YAML, "sum", "average", "median"
        )
    if not known:
        assert (total, average, median) == (None, None, None)
        return
    room = sum(map(abs, known)) * Fraction(1, 2**50)
    assert abs(Fraction(total) - sum(known)) <= room
    assert abs(Fraction(average) - Fraction(sum(known), len(known))) <= room
    assert abs(Fraction(median) - statistics.median(known)) <= room
