"""Files of one's own with columns of every type: each answer is the judge's to the last digit, or a refusal of ours."""

from __future__ import annotations

import math
import struct
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import own
from owned import fact, indicator, level, model, opened

from dataport.errors import DataportError

AGGREGATES = ("count", "count_distinct", "sum", "average", "median", "quantile")
ZONE = "TIMESTAMP WITH TIME ZONE"
_INTEGERS = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "HUGEINT": (-(2**127), 2**127 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "USMALLINT": (0, 2**16 - 1),
    "UINTEGER": (0, 2**32 - 1),
    "UBIGINT": (0, 2**64 - 1),
    "UHUGEINT": (0, 2**128 - 1),
}
_DECIMALS = ((1, 0), (4, 0), (5, 2), (9, 9), (18, 3), (38, 0), (38, 10), (38, 38))
_DAYS = st.dates(date(2023, 12, 30), date(2024, 4, 2))
_MOMENTS = st.datetimes(datetime(2023, 12, 30), datetime(2024, 4, 2)).map(lambda one: one.replace(microsecond=0))
_FLOATS = st.sampled_from([0.0, 0.1, 0.5, -2.25, 1e10, 3.0, -3.0, math.inf, -math.inf, math.nan])


@dataclass(frozen=True)
class Kind:
    """A type of a column.

    Attributes:
        values: what may stand there, besides nothing.
        level: what a level over it is declared as; None where there can be none.
    """

    name: str
    values: st.SearchStrategy[Any]
    level: str | None

    def written(self, value: Any) -> str:
        """A value as SQL writes it."""
        if value is None:
            return "null"
        text = f"{value:f}" if isinstance(value, Decimal) else str(value).replace("'", "''")
        text = text + "+00" if self.name == ZONE else text
        return f"cast('{text}' as {self.name})"


def _narrow(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _whole(low: int, high: int) -> st.SearchStrategy[int]:
    near = st.integers(max(low, -5), min(high, 5))
    return near | st.sampled_from([low, high, high - 1])


def _decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    return _whole(-most, most).map(lambda one: Decimal((one < 0, tuple(map(int, str(abs(one)))), -scale)))


KINDS = (
    *(Kind(name, _whole(*ends), "integer") for name, ends in _INTEGERS.items()),
    *(Kind(f"DECIMAL({digits},{scale})", _decimals(digits, scale), "number") for digits, scale in _DECIMALS),
    Kind("FLOAT", _FLOATS.map(_narrow), "number"),
    Kind("DOUBLE", _FLOATS, "number"),
    Kind("BOOLEAN", st.booleans(), "boolean"),
    Kind("VARCHAR", st.sampled_from(["", "a", "A", "ä", " ", "o'x", "%", "NULL", "(other)", "nan"]), "text"),
    Kind("ENUM('x', 'y', 'Ä')", st.sampled_from(["x", "y", "Ä"]), "text"),
    Kind("UUID", st.integers(1, 3).map(lambda one: f"00000000-0000-4000-8000-00000000000{one}"), "text"),
    Kind("DATE", _DAYS, "date"),
    *(Kind(name, _MOMENTS, "date") for name in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", ZONE)),
    Kind("JSON", st.sampled_from(["1", '{"a": 1}', '"o\'x"', "[]"]), "text"),
    Kind('"NULL"', st.none(), "text"),
    # what has no members and no numbers: its values can be told apart and counted, and that is all
    Kind("TIME", st.sampled_from([time(0), time(12, 30)]), None),
    Kind("TIME WITH TIME ZONE", st.sampled_from(["00:00:00+00", "12:30:00+01"]), None),
    Kind("TIME_NS", st.sampled_from(["00:00:00", "00:00:00.000000001"]), None),
    Kind("TIMESTAMPTZ_NS", st.sampled_from(["2024-01-05 10:00:00+00", "2024-01-05 10:00:00.000000001+00"]), None),
    Kind("INTERVAL", st.sampled_from(["0 days", "1 day", "24 hours", "1 month", "30 days"]), None),
    Kind("BLOB", st.sampled_from(["a", "b"]), None),
    Kind("BIT", st.sampled_from(["1", "01", "101"]), None),
    Kind("BIGNUM", st.sampled_from([0, 10**60, -(10**60)]), None),
    Kind("GEOMETRY", st.sampled_from(["POINT (1 2)", "POINT (2 1)"]), None),
    Kind("VARIANT", st.sampled_from(["1", "a"]), None),
    Kind("INTEGER[]", st.sampled_from(["[]", "[1, 2]"]), None),
    Kind("INTEGER[2]", st.sampled_from(["[1, 2]", "[2, 1]"]), None),
    Kind("STRUCT(a INTEGER, b INTEGER[])", st.sampled_from(["{'a': 1, 'b': [1]}", "{'a': 1, 'b': []}"]), None),
    Kind("MAP(VARCHAR, INTEGER)", st.sampled_from(["{a=1}", "{a=2}", "{}"]), None),
    Kind("UNION(n INTEGER, t VARCHAR)", st.sampled_from(["1", "a"]), None),
    Kind("TUPLE(INTEGER, VARCHAR)", st.sampled_from(["(1, a)", "(1, b)"]), None),
)
# Types of DuckDB that no column of a table can have.
_NO_COLUMN = {"TYPE"}
AXES = tuple(one for one in KINDS if one.level == "date")


def _table(rows: list[dict[str, Any]], kind: Kind, axis: Kind) -> str:
    written = [f"({n}, '{row['s']}', {axis.written(row['d'])}, {kind.written(row['x'])})" for n, row in enumerate(rows)]
    made = f"create table t (id bigint, s varchar, d {axis.name}, x {kind.name});"
    return made + (f" insert into t values {', '.join(written)};" if written else "")


def _model(aggregate: str, kind: Kind) -> str:
    of = "" if aggregate == "count" else f", aggregate: {aggregate}, column: x"
    of += ", quantile: 0.25" if aggregate == "quantile" else ""
    levels = level("s") + (level("lx", "on: {f: x}", kind.level) if kind.level else "")
    return model(fact(axes="{d: d}"), levels, indicator("n", f"flow: {{fact: f, axis: d{of}}}"))


def _is(told: Any, judged: Any) -> bool:
    """Exact where the judge is; of binary fractions as near as they get."""
    if judged is None or (isinstance(judged, float) and math.isnan(judged)):
        return told is None
    if isinstance(told, float) and not isinstance(told, bool):
        return told is not None and math.isclose(told, float(judged), rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(judged, float):
        return told is not None and math.isclose(float(told), judged, rel_tol=1e-9)
    return told == judged if not isinstance(judged, Fraction) else told is not None and Fraction(told) == judged


def _member(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def _answered(sql: str, yaml: str, words: dict[str, Any]) -> list[tuple[Any, ...]] | DataportError:
    with tempfile.TemporaryDirectory() as folder:
        try:
            answer = opened(Path(folder), sql, yaml).ask(["n"], **words)
        except DataportError as refusal:
            return refusal
        return [tuple(row.values()) for row in answer.to_dicts()]


def test_every_type_that_the_engine_has_is_tried() -> None:
    """A type that a later version adds is added here, or said to be no column's."""
    with duckdb.connect() as connection:
        there = {name for (name,) in connection.execute("select distinct logical_type from duckdb_types()").fetchall()}
    heads = (one.name.partition("(")[0].strip('"') for one in KINDS)
    tried = {"LIST" if name.endswith("[]") else "ARRAY" if name.endswith("]") else name for name in heads}
    # JSON is a text to the engine
    assert there - _NO_COLUMN == tried - {"JSON"}


# pytest escapes a name twice where tests are read twice in one process, as mutmut does: the name stays in ASCII
@pytest.mark.parametrize("kind", KINDS, ids=[one.name.encode("ascii", "xmlcharrefreplace").decode() for one in KINDS])
def test_an_answer_is_the_judges_or_a_refusal(kind: Kind) -> None:
    """Whatever type a column has, and however little of it is known."""
    outcomes = Counter[str]()

    @settings(max_examples=max(settings.default.max_examples // 4, 8))
    @given(st.data())
    def judged(data: st.DataObject) -> None:
        axis = data.draw(st.sampled_from(AXES), "axis")
        row = st.fixed_dictionaries(
            {"s": st.sampled_from("ab"), "d": st.none() | axis.values, "x": st.none() | kind.values}
        )
        rows = data.draw(st.lists(row, max_size=7), "rows")
        aggregate = data.draw(st.sampled_from(AGGREGATES), "aggregate")
        by = data.draw(st.sampled_from(["", "s", *(["lx"] if kind.level else [])]), "by")
        words: dict[str, Any] = {"period": "2024-01-01..2024-03-31", **({"by": [by]} if by else {})}
        told = _answered(_table(rows, kind, axis), _model(aggregate, kind), words)
        if isinstance(told, DataportError):
            assert "cannot do this" not in str(told) and "could not finish" not in str(told), str(told)
            outcomes["refused"] += 1
            return
        outcomes["answered"] += 1
        first, last = date(2024, 1, 1), date(2024, 3, 31)
        within = lambda row: row["d"] is not None and first <= own.day_of(row["d"]) <= last  # noqa: E731
        column = {"": None, "s": "s", "lx": "x"}[by]
        key = lambda row: own.member(row[column]) if column else None  # noqa: E731
        wanted = {
            _member(cell): own.number(aggregate, several, "x", Fraction(1, 4 if aggregate == "quantile" else 2))
            for cell, several in own.cells(rows, within, key).items()
        }
        if by and aggregate == "count_distinct":  # a cell in which nothing was counted is absent
            wanted = {cell: many for cell, many in wanted.items() if many}
        if not by:
            wanted = wanted or {None: own.number(aggregate, [], "x")}
        found = {_member(cell[0]) if by else None: cell[-1] for cell in told}
        assert len(found) == len(told), f"one cell twice: {told}"
        assert set(found) == set(wanted), (told, wanted)
        wrong = {cell: (found[cell], wanted[cell]) for cell in found if not _is(found[cell], wanted[cell])}
        assert not wrong, f"{aggregate} of {kind.name}: told and judged {wrong}"

    judged()
    # of the few examples that are tried on each mutant most may be refused
    assert outcomes["answered"] >= 2 or settings.default.max_examples < 50, outcomes


_LINKED = model(
    fact(validity="{from: a, to: b}") + fact("g", "u", validity="{from: a, to: b}"),
    level("s", "on: {f: s, g: s}") + level("r", "on: {g: r}, through: {of: [f], fact: g, link: k}"),
    indicator("n", "stock: {fact: f}"),
)
_FINE = st.sampled_from([f"2024-01-05 10:00:00.00000000{nanosecond}" for nanosecond in (0, 1, 2)])
_LINKS = tuple(Kind(one.name, _FINE, None) if one.name == "TIMESTAMP_NS" else one for one in KINDS)
# those whose values an engine may take for each other
_NEAR = [one for one in _LINKS if one.name in ("TIMESTAMP_NS", "TIME_NS", "TIMESTAMPTZ_NS", "INTERVAL", "DOUBLE")]


@pytest.mark.parametrize("kinds", [_LINKS, *([one] for one in _NEAR)], ids=["any", *(one.name for one in _NEAR)])
def test_a_link_leads_to_what_has_the_same_value_or_is_refused(kinds: Sequence[Kind]) -> None:
    """Whatever type it has: nothing is found by a value that is merely near, and nothing by one that is unknown."""

    @settings(max_examples=max(settings.default.max_examples // 4, 4))
    @given(st.data())
    def leading(data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(kinds), "kind")
        values = kind.values | kind.values | st.none()
        owners, members = (data.draw(st.lists(values, min_size=1, max_size=4), name) for name in ("t", "u"))
        _agree_on_a_link(kind, owners, members)

    leading()


def _agree_on_a_link(kind: Kind, owners: list[Any], members: list[Any]) -> None:
    sql = ""
    for name, links in (("t", owners), ("u", members)):
        sql += f"create table {name} (id bigint, s varchar, a date, b date, r varchar, k {kind.name});"
        for number, link in enumerate(links):
            sql += f"insert into {name} values ({number}, 'a', null, null, 'z', {kind.written(link)});"
    found = {own.member(one) for one in members} - {None} if kind.level == "number" else {*members} - {None}
    for where, is_wanted in (("r = 'z'", True), ("r != 'z'", False)):
        told = _answered(sql, _LINKED, {"as_of": "2024-02-01", "where": [where]})
        if isinstance(told, DataportError):
            assert "cannot do this" not in str(told) and "could not finish" not in str(told), str(told)
            continue
        assert told == [(sum((one in found) == is_wanted for one in owners),)], (kind.name, where)
