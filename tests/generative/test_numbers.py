"""Sums, averages and medians of random columns of every type of number, held against Python's own exact arithmetic."""

from __future__ import annotations

import statistics
import tempfile
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from owned import HALF_YEAR, STOCK, asked_rows, events, flow, indicator, opened, simple_model
from owned import rows as rows_of

_YAML = simple_model(*(indicator(name, flow(name)) for name in ("sum", "average", "median")))
_PORTIONS = ("0.1", "0.25", "0.29", "0.57", "0.9", "0.95", "0.999")
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


@given(
    st.sampled_from(["integer", "decimal(12,0)", "decimal(12,2)", "decimal(24,4)", "double", "float"]),
    st.sampled_from(_PORTIONS),
    st.integers(1, 400),
    st.data(),
)
def test_a_quantile_is_at_its_place_however_far_the_next_value_is(
    kind: str, portion: str, rows: int, data: st.DataObject
) -> None:
    """In binary fractions a place of 29 is 28.999999999999996: of two values that lie far apart it takes too little."""
    first = data.draw(st.integers(0, rows) | st.just(int(Fraction(portion) * (rows - 1))))
    low, high = data.draw(st.tuples(*[st.sampled_from([-2_000_000_000, -1, 0, 1, 3, 2_000_000_000])] * 2).map(sorted))
    sql = f"""create table t as select i id, 'a' s, date '2024-01-05' d,
    (case when i < {first} then {low} else {high} end)::{kind} x from range({rows}) r(i)"""
    yaml = simple_model(
        indicator("m", f"flow: {{fact: f, axis: d, aggregate: quantile, column: x, quantile: {portion}}}")
    )
    with tempfile.TemporaryDirectory() as folder:
        ((found,),) = asked_rows(Path(folder), sql, yaml, "m")
    values = [low] * min(first, rows) + [high] * (rows - first)
    place = Fraction(portion) * (rows - 1)
    below = values[int(place)]
    wanted = below + (values[min(int(place) + 1, rows - 1)] - below) * (place - int(place))
    room = abs(wanted) * Fraction(1, 2**50) if kind in ("double", "float") else 0
    assert abs(Fraction(found) - wanted) <= room


@given(st.floats(-1e300, 1e300), st.sampled_from(["decimal(9,2)", "decimal(30,10)", "decimal(38,20)", "bigint"]))
def test_a_quotient_with_a_binary_fraction_is_that_of_two(fraction: float, kind: str) -> None:
    sql = f"create table t as select 1 id, 'a' s, date '2024-01-05' d, {fraction!r}::double x, 3::{kind} z"
    sides = indicator("a", flow("sum")) + indicator("b", flow("sum", "z"))
    ratios = indicator("q", "ratio: {numerator: a, denominator: b}")
    ratios += indicator("r", "ratio: {numerator: b, denominator: a}")
    with tempfile.TemporaryDirectory() as folder:
        port = opened(Path(folder), sql, simple_model(sides, ratios))
        assert rows_of(port, "q", **HALF_YEAR) == [(fraction / 3,)]
        if abs(fraction) > 1e-300:
            assert rows_of(port, "r", **HALF_YEAR) == [(3 / fraction,)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("ab"), st.floats(-100, 100)), min_size=1, max_size=8))
def test_a_change_of_a_quotient_of_binary_fractions_adds_up(stays: list[tuple[str, str, float]]) -> None:
    """Each sum is rounded by itself, so that those of the parts are not to the last bit that of the whole."""
    held = {"a": ("2024-01-01", "2024-02-10"), "b": ("2024-02-05", "2024-06-01")}
    said = ", ".join(
        f"({nth}, '{place}', timestamp '{held[when][0]}', timestamp '{held[when][1]}', {value!r}::double)"
        for nth, (place, when, value) in enumerate(stays)
    )
    both = indicator("x", "stock: {fact: f, aggregate: sum, column: x}") + indicator("n", "stock: {fact: f}")
    yaml = simple_model(both, indicator("r", "ratio: {numerator: x, denominator: n}"), facts=STOCK)
    with tempfile.TemporaryDirectory() as folder:
        port = opened(Path(folder), f"create table t as from (values {said}) v(id, s, a, b, x)", yaml)
        told = port.change("r", ("2024-01-31", "2024-02-29"), by=["s"], totals=True).to_dicts(totals=True)
    for row in told:
        parts = [row[name] or 0.0 for name in ("numerator", "denominator", "mix")]
        if row["start"] is not None and row["end"] is not None:
            assert abs(row["start"] + sum(parts) - row["end"]) <= 1e-10
