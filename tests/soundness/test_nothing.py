"""Nothing is not 0: sums of nothing, what is made of them, and what is no number at all."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from owned import FLOW, HALF_YEAR, STOCK, asked, asked_rows, events, flow, indicator, level, opened, rows, simple_model

from dataport.cli.render import write_table
from dataport.errors import BadDefinition

TOTAL = indicator("total", flow("sum"))
COUNT = indicator("n", "flow: {fact: f, axis: d}")
NOTHING = events("null::decimal(5,2)")


@pytest.mark.parametrize(
    "body",
    [
        "ratio: {numerator: total, denominator: n}",
        "derived: total + n",
        "derived: n - total",
        "derived: 2 * total",
        "share: {of: total, within: total}",
        flow("average"),
        flow("median"),
        flow("sum"),
    ],
)
def test_what_is_made_of_a_sum_of_nothing_is_nothing(tmp_path: Path, body: str) -> None:
    assert asked_rows(tmp_path, NOTHING, simple_model(TOTAL, COUNT, indicator("made", body)), "made") == [(None,)]


def test_a_cell_without_a_sum_is_nothing_beside_one_that_has_it(tmp_path: Path) -> None:
    sql = events("null::decimal(5,2)") + "insert into t values (2, 'b', date '2024-01-06', 1.5)"
    made = simple_model(
        TOTAL, COUNT, indicator("share", "share: {of: total, within: total}"), indicator("sum", "derived: total + n")
    )
    answer = opened(tmp_path, sql, made).ask(["share", "sum"], by=["s"], totals=True, **HALF_YEAR)
    assert [tuple(row.values()) for row in answer.to_dicts()] == [("a", None, None), ("b", 1.0, Decimal("2.5"))]
    assert answer.safe.totals[0].data.column("sum").to_pylist() == [Decimal("3.50")]


def test_a_comparison_with_nothing_is_nothing_and_with_no_rows_of_a_count_is_not(tmp_path: Path) -> None:
    sql = events("1.5") + "insert into t values (2, 'a', date '2024-02-06', null)"
    words = {"period": "2024-02-01..2024-02-29", "compare": "previous", "totals": True, "by": ["s"]}
    answer = opened(tmp_path, sql, simple_model(TOTAL, COUNT)).ask(["total", "n"], **words)
    right = (None, Decimal("1.5"), None, 1, 1, 0)
    assert [tuple(row.values())[1:] for row in answer.to_dicts()] == [right]
    assert [tuple(row.values())[1:] for row in answer.safe.totals[0].data.to_pylist()] == [right]
    change = indicator("c", "change: {of: total, since: previous}")
    assert asked_rows(tmp_path, sql, simple_model(TOTAL, change), "c", period="2024-02-01..2024-02-29") == [(None,)]
    later = events("1.5")
    counted = asked_rows(tmp_path, later, simple_model(COUNT), "n", period="2024-02-01..2024-02-29", compare="previous")
    assert counted == [(0, 1, -1)]


def test_a_quotient_whose_numerator_is_nothing_on_a_day_is_none_on_it(tmp_path: Path) -> None:
    sql = (
        "create table t as from (values (1, 'a', timestamp '2024-01-05', timestamp '2024-02-05', null),"
        " (2, 'a', timestamp '2024-02-05', timestamp '9999-12-31', 1.5)) v(id, s, a, b, x);"
    )
    yaml = simple_model(
        indicator("held", "stock: {fact: f, aggregate: sum, column: x}"),
        indicator("there", "stock: {fact: f}"),
        indicator("each", "ratio: {numerator: held, denominator: there}"),
        facts=STOCK,
    )
    told = opened(tmp_path, sql, yaml).change("each", ("2024-01-31", "2024-02-29")).to_dicts()[0]
    assert (told["start"], told["end"]) == (None, 1.5)
    assert {value for name, value in told.items() if name not in ("start", "end", "total_of", "status")} <= {None}


@pytest.mark.parametrize("endless", ["'nan'", "'inf'", "'-inf'"])
@pytest.mark.parametrize("kind", ["double", "float"])
def test_what_is_no_finite_number_is_unknown_and_said(tmp_path: Path, kind: str, endless: str) -> None:
    sql = events("3", endless, kind=kind)
    yaml = simple_model(
        TOTAL,
        COUNT,
        indicator("average", flow("average")),
        indicator("median", flow("median")),
        indicator("kinds", flow("count_distinct")),
        levels=level("x", "on: {f: x}"),
    )
    answer = asked(tmp_path, sql, yaml, "total", "average", "median", "kinds")
    assert [tuple(row.values()) for row in answer.to_dicts()] == [(3.0, 3.0, 3.0, 1)]
    assert "1 value of t.x is no finite number (NaN, infinity) and counts as unknown" in answer.meta["limits"]
    by = asked(tmp_path, sql, yaml, "n", by=["x"], **HALF_YEAR)
    assert [tuple(row.values()) for row in by.to_dicts()] == [(3.0, 1), (None, 1)]
    for filter_, count in (("x > 2", 1), ("x < 2", 0), ("x is unknown", 1), ("x != 3", 1)):
        assert asked_rows(tmp_path, sql, yaml, "n", where=[filter_], **HALF_YEAR) == [(count,)], filter_
    assert not [one for one in asked(tmp_path, events("3", kind=kind), yaml, "total").meta["limits"] if "finite" in one]


def test_zero_has_no_sign_and_outlets_lose_no_digit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(tmp_path, events("'-0.0'", kind="double"), simple_model(TOTAL), "total")
    assert str(answer.to_dicts()[0]["total"]) == "0.0"
    huge = asked(tmp_path, events("12345678901234567890.12", kind="decimal(38,2)"), simple_model(TOTAL), "total")
    write_table(huge.safe, "json")
    text = capsys.readouterr().out
    assert "[12345678901234567890.12]" in text
    assert json.loads(text, parse_float=Decimal)["rows"] == [[Decimal("12345678901234567890.12")]]
    write_table(huge.safe, "table")
    assert "12,345,678,901,234,567,890.12" in capsys.readouterr().out


@pytest.mark.parametrize("test", ["x > 2", "x <= 2", "not x < 2", "x between 0 and 9", "x is unknown"])
def test_rows_are_not_judged_by_the_size_of_what_may_be_no_number(tmp_path: Path, test: str) -> None:
    """An engine takes NaN for larger than every number: a policy would permit it."""
    policy = f"policies:\n  p: {{effect: permit, who: {{class: all}}, rows: {test!r}, doors: [count], reason: r}}\n"
    yaml = simple_model(indicator("n", "flow: {fact: f, axis: d}"), levels=level("x", "on: {f: x}")) + policy
    with pytest.raises(BadDefinition, match="rows cannot be judged by their size"):
        opened(tmp_path, events("'nan'", "3", kind="double"), yaml)
    assert rows(opened(tmp_path, events("1", "3", kind="decimal(3,1)"), yaml), "n", **HALF_YEAR)


@pytest.mark.parametrize("test", ["x = '2024-01-05'", "x < '2024-02-01'", "x in ('2024-01-05')"])
def test_nor_by_the_day_of_an_instant_that_is_finer_than_its_days(tmp_path: Path, test: str) -> None:
    policy = f'policies:\n  p: {{effect: permit, who: {{class: all}}, rows: "{test}", doors: [count], reason: r}}\n'
    yaml = simple_model(indicator("n", "flow: {fact: f, axis: d}"), levels=level("x", "on: {f: x}")) + policy
    with pytest.raises(BadDefinition, match="finer than a microsecond"):
        opened(tmp_path, events("'2024-01-05 00:00:00.000000001'", kind="timestamp_ns"), yaml)
    for fine, rule in (("timestamp_ns", "x is unknown"), ("timestamp", test)):
        opened(tmp_path, events("'2024-01-05'", kind=fine), yaml.replace(test, rule))


def test_what_is_no_number_is_said_where_it_is_looked_up_too(tmp_path: Path) -> None:
    sql = events("1", "2") + " create table g as from (values ('a', 'nan'::double), ('b', 'inf')) v(k, r)"
    facts = FLOW + "dimensions:\n  g: {table: g, key: k, public: true, reason: r}\n"
    yaml = simple_model(COUNT, levels=level("rate", "via: {base: s, dimension: g, column: r}"), facts=facts)
    answer = opened(tmp_path, sql, yaml).ask(["n"], where=["rate > 0"], **HALF_YEAR)
    assert answer.to_dicts() == [{"n": 0}]
    assert "2 values of g.r are no finite numbers (NaN, infinity) and count as unknown" in answer.meta["limits"]


def test_a_column_of_nothing_but_null_is_unknown_wherever_it_stands(tmp_path: Path) -> None:
    yaml = simple_model(COUNT, TOTAL, levels=level("x", "on: {f: x}"))
    for sql in (
        events("null"),
        events("1").replace("table t", "table u") + "create view t as select id, s, d, null as x from u;",
    ):
        port = opened(tmp_path, sql, yaml)
        assert rows(port, "n", "total", **HALF_YEAR, by=["x"]) == [(None, 1, None)]
        assert rows(port, "n", **HALF_YEAR, by=["x", "s"], totals=True) == [(None, "a", 1)]
        assert rows(port, "n", **HALF_YEAR, where=["x is unknown"]) == [(1,)]
        assert rows(port, "n", **HALF_YEAR, where=["x = 'a'"]) == [(0,)]
