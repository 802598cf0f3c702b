"""Types of a file of one's own: what is asked of it is exact in what it is made of, or refused when it is opened."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from owned import (
    FLOW,
    HALF_YEAR,
    MONTHS,
    STOCK,
    asked_rows,
    events,
    fact,
    flow,
    indicator,
    level,
    model,
    opened,
    rows,
    simple_model,
)

from dataport.errors import BadDefinition, WrongRequest
from dataport.semantic.condition import Compare, in_words

TOTAL = indicator("total", flow("sum"))
COUNT = indicator("n", "flow: {fact: f, axis: d}")
AVERAGE = indicator("average", flow("average"))
MEDIAN = indicator("median", flow("median"))
LARGE = 2**63 - 1
JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))


@pytest.mark.parametrize(
    ("values", "kind", "right"),
    [
        (("1.25", "2.50"), "decimal(5,2)", Decimal("3.75")),
        (("0.5", "0.2"), "double", 0.7),
        (("0.5", "0.25"), "float", 0.75),
        ((str(LARGE), "2"), "bigint", LARGE + 2),
        ((str(2 * LARGE + 1), "2"), "ubigint", 2 * LARGE + 3),
        (("1" + "0" * 37, "1"), "hugeint", 10**37 + 1),
        (("1" + "0" * 37, "1"), "uhugeint", 10**37 + 1),
        (("127", "127"), "tinyint", 254),
        (("true", "false", "true"), "boolean", 2),
        (("9" * 19 + "." + "9" * 18, "0." + "0" * 17 + "1"), "decimal(38,18)", Decimal(10**19)),
        (("1e16", "1", "-1e16"), "double", 1.0),
    ],
)
def test_a_sum_is_exact_in_what_it_sums(tmp_path: Path, values: tuple[str, ...], kind: str, right: object) -> None:
    assert asked_rows(tmp_path, events(*values, kind=kind), simple_model(TOTAL), "total") == [(right,)]


@pytest.mark.parametrize(
    ("values", "kind", "right"),
    [
        (("1.0", "1.1"), "decimal(2,1)", Decimal("1.05")),
        (("1", "2"), "decimal(4,0)", Decimal("1.5")),
        ((str(2**53 + 1),), "bigint", 2**53 + 1),
        ((str(2**62), str(2**62 + 1)), "bigint", Decimal(2**63 + 1) / 2),
        (("0.1", "0.2"), "decimal(18,3)", Decimal("0.15")),
        (("1", "2", "4"), "double", 2.0),
        (("0", "0.123456789", "1"), "double", 0.123456789),
        (("null", "3"), "bigint", 3),
        (("null",), "decimal(18,3)", None),
    ],
)
def test_a_median_is_not_cut(tmp_path: Path, values: tuple[str, ...], kind: str, right: object) -> None:
    assert asked_rows(tmp_path, events(*values, kind=kind), simple_model(MEDIAN), "median") == [(right,)]


def test_a_quantile_lies_between_two_values_in_proportion(tmp_path: Path) -> None:
    for kind in ("integer", "bigint"):
        quantile = indicator("q", "flow: {fact: f, axis: d, aggregate: quantile, quantile: 0.9, column: x}")
        assert asked_rows(tmp_path, events("1", "2", "3", "4", kind=kind), simple_model(quantile), "q") == [
            (Decimal("3.7"),)
        ]


def test_an_average_of_decimals_is_rounded_once(tmp_path: Path) -> None:
    assert asked_rows(tmp_path, events("0.1", "0.1", "0.1"), simple_model(AVERAGE), "average") == [(0.1,)]
    huge = events(str(LARGE), "1", kind="hugeint")
    assert asked_rows(tmp_path, huge, simple_model(AVERAGE), "average") == [((LARGE + 1) / 2,)]


def test_arithmetic_keeps_what_it_is_given(tmp_path: Path) -> None:
    made = [
        indicator("less", "derived: total - n"),
        indicator("half", "derived: total * 0.5"),
        indicator("tenth", "derived: 0.1 * n"),
        indicator("square", "derived: total * total"),
        indicator("mean", "derived: total / n"),
    ]
    found = asked_rows(
        tmp_path, events("1.25", "2.50"), simple_model(TOTAL, COUNT, *made), "less", "half", "tenth", "square", "mean"
    )
    exact = ("1.75", "1.875", "0.2", "14.0625")
    assert found == [(*map(Decimal, exact), 1.875)]


def test_a_change_and_a_comparison_keep_what_they_compare(tmp_path: Path) -> None:
    change = indicator("c", "change: {of: total, since: previous}")
    share = indicator("r", "change: {of: total, since: previous, as: share}")
    later = events("1.25", "2.50") + "insert into t values (3, 'a', date '2024-02-05', 0.50)"
    asked = {"period": "2024-01-01..2024-02-29", "grain": "month"}
    assert asked_rows(tmp_path, later, simple_model(TOTAL, change, share), "c", "r", **asked)[1] == (
        FEBRUARY,
        Decimal("-3.25"),
        -3.25 / 3.75,
    )
    compared = {"period": "2024-02-01..2024-02-29", "compare": "previous"}
    assert asked_rows(tmp_path, later, simple_model(TOTAL), "total", **compared) == [
        (Decimal("0.50"), Decimal("3.75"), Decimal("-3.25"))
    ]


def test_to_date_and_others_keep_decimals(tmp_path: Path) -> None:
    later = (
        events("1.25", "2.50")
        + "insert into t values (3, 'b', date '2024-02-05', 0.50), (4, 'c', date '2024-03-05', 0.2)"
    )
    to_date = indicator("to_date", "cumulative: {fact: f, axis: d, aggregate: sum, column: x}")
    assert asked_rows(tmp_path, later, simple_model(to_date), "to_date", **MONTHS) == [
        (JANUARY, Decimal("3.75")),
        (FEBRUARY, Decimal("4.25")),
        (MARCH, Decimal("4.45")),
    ]
    asked = {"period": "2024-01-01..2024-06-30", "by": ["s"], "top": 1, "other": True}
    assert [row[1] for row in asked_rows(tmp_path, later, simple_model(TOTAL), "total", **asked)] == [
        Decimal("3.75"),
        Decimal("0.7"),
    ]


def test_what_is_no_number_is_not_summed(tmp_path: Path) -> None:
    text = r"the sum 'total' is of numbers; the column 'x' of 'f' \(table 't'\) is VARCHAR"
    with pytest.raises(BadDefinition, match=text):
        opened(tmp_path, events("'1'", kind="varchar"), simple_model(TOTAL))


def test_a_type_that_would_cut_is_refused(tmp_path: Path) -> None:
    for values, kind in ((("1.25",), "decimal(5,2)"), (("0.5",), "double")):
        with pytest.raises(BadDefinition, match="'total' states the type integer, and is made of"):
            opened(tmp_path, events(*values, kind=kind), simple_model(indicator("total", flow("sum"), "integer")))
    whole = simple_model(indicator("total", flow("sum"), "number"))
    assert asked_rows(tmp_path, events("1", "2"), whole, "total") == [(3,)]


@pytest.mark.parametrize(
    ("kind", "value", "stated"),
    [
        ("integer", "1", "text"),
        ("varchar", "'2024-01-01'", "date"),
        ("double", "1", "integer"),
        ("blob", "'a'", None),
        ("interval", "'1 day'", None),
        ("integer[]", "[1]", None),
        ("decimal(4,1)", "1.5", "integer"),
    ],
)
def test_a_level_of_another_type_is_refused(tmp_path: Path, kind: str, value: str, stated: str | None) -> None:
    with pytest.raises(BadDefinition, match=r"the column 'x' of 'f' \(table 't'\) is") as problem:
        opened(tmp_path, events(value, kind=kind), simple_model(COUNT, levels=level("x", "on: {f: x}", stated)))
    # what no level can hold is said so; of what some level can, which type to state
    said = "cannot be shown" if stated is None else "State `type: "
    assert said in str(problem.value)


@pytest.mark.parametrize(
    ("kind", "value", "member", "filter_"),
    [
        ("integer", "7", 7, "x = 7"),
        ("enum('p', 'q')", "'q'", "q", "x = 'q'"),
        ("uuid", "'00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001", "x != 'a'"),
        ("decimal(20,2)", "123456789012345678.91", Decimal("123456789012345678.91"), "x > 123456789012345678.90"),
        ("hugeint", str(2**70), 2**70, f"x = {2**70}"),
        ("boolean", "true", True, "x = true"),
        ("double", "0.1", 0.1, "x = 0.1"),
    ],
)
def test_a_level_without_a_type_has_that_of_its_column(
    tmp_path: Path, kind: str, value: str, member: object, filter_: str
) -> None:
    asked = {"period": "2024-01-01..2024-06-30", "by": ["x"], "where": [filter_]}
    found = simple_model(COUNT, levels=level("x", "on: {f: x}"))
    assert asked_rows(tmp_path, events(value, kind=kind), found, "n", **asked) == [(member, 1)]


@pytest.mark.parametrize("kind", ["integer", "double", "decimal(4,1)", "boolean", "date"])
@pytest.mark.parametrize("stated", [True, False])
def test_a_list_is_of_texts(tmp_path: Path, kind: str, stated: bool) -> None:
    """Of anything else no label was ever shown, Arrow could not hold what members are called, and JSON was none."""
    sql = events("date '2024-01-05'" if kind == "date" else "true" if kind == "boolean" else "1", kind=kind)
    of = {"double": "number", "decimal(4,1)": "number"}.get(kind, kind)
    listed = level("x", "on: {f: x}, code_list: these", of if stated else None)
    yaml = simple_model(COUNT, levels=listed) + "code_lists:\n  these: {'1': One, 'true': Yes, '2024-01-05': Day}\n"
    with pytest.raises(BadDefinition, match=f"the level 'x' is {of}, and the codes of a list are texts"):
        opened(tmp_path, sql, yaml)


def test_a_list_names_the_codes_of_a_text(tmp_path: Path) -> None:
    yaml = simple_model(COUNT, levels=level("x", "on: {f: x}, code_list: these")) + "code_lists: {these: {'1': One}}\n"
    answer = opened(tmp_path, events("'1'", kind="varchar"), yaml).ask("n", by="x", **HALF_YEAR)
    assert answer.safe.members == {"x": {"1": "One"}}


def test_a_filter_on_numbers_is_exact(tmp_path: Path) -> None:
    yaml = simple_model(TOTAL, COUNT)
    asked = {"period": "2024-01-01..2024-06-30"}
    total = events("12345678901234567.89", kind="decimal(20,2)")
    for filter_, left in (("> 12345678901234567.88", 1), ("> 12345678901234567.89", 0), ("= 12345678901234567.89", 1)):
        assert len(asked_rows(tmp_path, total, yaml, "total", **asked, where=[f"total {filter_}"])) == left, filter_
    assert asked_rows(tmp_path, total, yaml, "n", **asked, where=["n > 0.5"]) == [(1,)]
    with pytest.raises(WrongRequest):
        asked_rows(tmp_path, total, yaml, "n", **asked, where=["n > '1'"])


def test_a_stock_of_binary_fractions_is_counted_date_by_date(tmp_path: Path) -> None:
    """What was large and has gone leaves nothing behind, and takes nothing along."""
    sql = (
        "create table t as from (values (1, 'a', timestamp '2024-01-05', timestamp '2024-02-05', 1e16),"
        " (2, 'a', timestamp '2024-01-05', timestamp '9999-12-31', 1::double)) v(id, s, a, b, x);"
    )
    held = indicator("held", "stock: {fact: f, aggregate: sum, column: x}")
    found = asked_rows(tmp_path, sql, simple_model(held, facts=STOCK), "held", **MONTHS)
    assert found[1:] == [(FEBRUARY, 1.0), (MARCH, 1.0)]


def test_a_table_that_is_not_there_is_told_when_the_file_is_opened(tmp_path: Path) -> None:
    with pytest.raises(BadDefinition, match=r"model.yml:2: the file has no table 't'\. .*it has events"):
        opened(tmp_path, events("1").replace("table t", "table events"), simple_model(TOTAL))
    with pytest.raises(BadDefinition, match="the table 't' of 'f' has no column 'y'"):
        opened(tmp_path, events("1"), simple_model(indicator("total", flow("sum", "y"))))


SIDES = model(
    FLOW + fact("g", "u", axes="{d: d}"),
    level("s", "on: {f: s, g: s}") + level("x", "on: {f: x, g: x}"),
    COUNT + indicator("k", "flow: {fact: g, axis: d}"),
)


def _two(left: str, right: str, x: str = "3", y: str = "0.25") -> str:
    return events(x, kind=left) + events(y, kind=right).replace("table t", "table u")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("hugeint", "decimal(4,2)"), ("decimal(38,0)", "decimal(4,2)"), ("decimal(38,2)", "decimal(38,4)"),
        ("bigint", "decimal(38,30)"), ("double", "decimal(4,2)"), ("double", "bigint"),
    ],
)  # fmt: skip
def test_a_level_of_two_facts_loses_no_digit_of_either(tmp_path: Path, left: str, right: str) -> None:
    """The engine would find a type for both by itself, and cut 0.25 to 0."""
    for sql in (_two(left, right), _two(right, left, "0.25", "3")):
        with pytest.raises(BadDefinition, match=r"the level 'x' would .* Make them one type in a view"):
            opened(tmp_path, sql, SIDES)


def test_a_level_of_two_facts_has_one_type_for_both(tmp_path: Path) -> None:
    found = [(Decimal("0.25"), 0, 1), (Decimal(3), 1, 0)]
    asked = {"period": "2024-01-01..2024-06-30", "by": ["x"]}
    for left, right in (("bigint", "decimal(20,18)"), ("decimal(36,0)", "decimal(4,2)"), ("tinyint", "decimal(3,2)")):
        assert asked_rows(tmp_path, _two(left, right), SIDES, "n", "k", **asked) == found
    wide = _two("uhugeint", "hugeint", str(2**126), "-1")
    assert asked_rows(tmp_path, wide, SIDES, "n", "k", **asked) == [(-1, 0, 1), (2**126, 1, 0)]


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (f"{2**53}::double", f"{2**53 + 1}::bigint", "exact here and a binary fraction there"),
        ("1::bigint", "'1'", "of several types"),
        ("1::hugeint", "1.25::decimal(4,2)", "38 digits"),
        ("date '2024-01-01'", "1", "of several types"),
    ],
)
def test_a_key_meets_keys_of_its_own_type(tmp_path: Path, left: str, right: str, said: str) -> None:
    """Whether it leads to a dimension or to what somebody has: equal is what is equal to the last digit."""
    sql = (
        f"create table t as select 1 as id, 'a' as s, date '2024-01-01' as a, null::date as b, {left} as k;"
        f"create table u as select 1 as id, 'a' as s, date '2024-01-01' as a, null::date as b, {right} as k, 'z' as r;"
    )
    through = model(
        STOCK + fact("g", "u", validity="{from: a, to: b}"),
        level("s", "on: {f: s, g: s}") + level("r", "on: {g: r}, through: {of: [f], fact: g, link: k}"),
        indicator("n", "stock: {fact: f}"),
    )
    with pytest.raises(BadDefinition, match=f"the link 'k' .*{said}"):
        opened(tmp_path, sql, through)
    dimension = "dimensions:\n  g: {table: u, key: k, public: true, reason: r}\n"
    levels = level("k", "on: {f: k}") + level("r", "via: {base: k, dimension: g, column: r}")
    with pytest.raises(BadDefinition, match="leads"):
        opened(tmp_path, sql, dimension + simple_model(indicator("n", "stock: {fact: f}"), levels=levels, facts=STOCK))


def test_a_condition_of_a_definition_has_the_types_of_the_file_too(tmp_path: Path) -> None:
    """Without a stated type, wherever the level stands in the definitions."""
    for test, count in (("x > 1", 2), ("x between 0.5 and 1.25", 2), ("x != 0.5", 2), ("x in (0.5, 2.5)", 2)):
        part = indicator("n", f'flow: {{fact: f, axis: d, where: "{test}"}}')
        yaml = f"indicators:\n{part}levels:\n{level('x', 'on: {f: x}')}{level('s')}facts:\n{FLOW}"
        assert asked_rows(tmp_path, events("1.25", "2.5", "0.5"), yaml, "n") == [(count,)], test


def test_an_age_is_whole_without_saying_so(tmp_path: Path) -> None:
    sql = "create table t as select 1 as id, 'a' as s, date '2020-01-05' as x, date '2024-01-01' as a, null::date as b"
    yaml = simple_model(
        indicator("n", "stock: {fact: f}"), levels=level("age", "on: {f: x}, computed: age"), facts=STOCK
    )
    assert asked_rows(tmp_path, sql, yaml, "n", as_of="2024-02-01", by=["age"]) == [(4, 1)]


def test_a_binary_fraction_is_compared_with_numbers_of_any_size(tmp_path: Path) -> None:
    yaml = simple_model(TOTAL, COUNT, levels=level("x", "on: {f: x}"))
    asked = {"period": "2024-01-01..2024-06-30"}
    sql = events("1e20", kind="double")
    for test, count in ((f"> {10**19}", 1), (f"= {10**20}", 1), (f"< {10**37}", 1), (f"> {10**21}", 0)):
        assert asked_rows(tmp_path, sql, yaml, "n", **asked, where=[f"x {test}"]) == [(count,)]
        assert len(asked_rows(tmp_path, sql, yaml, "total", **asked, where=[f"total {test}"])) == count


@pytest.mark.parametrize("value", [1e300, -1e21, 1e-300, 1.2345678901234567e-30, 1e-7, 0.1 + 0.2])
def test_a_binary_fraction_is_found_by_what_an_answer_tells_of_it(tmp_path: Path, value: float) -> None:
    """However a program writes it: with an exponent, and in the words of the question."""
    yaml = simple_model(COUNT, levels=level("x", "on: {f: x}"))
    port = opened(tmp_path, events(repr(value), "1", kind="double"), yaml)
    ((told, _),) = [row for row in rows(port, "n", **HALF_YEAR, by=["x"]) if row[0] != 1]
    for written in (repr(told), in_words(Compare("x", "=", value)).removeprefix("x = ")):
        assert rows(port, "n", **HALF_YEAR, where=[f"x = {written}"]) == [(1,)], written


def test_a_number_that_a_column_cannot_hold_is_refused_however_it_is_written(tmp_path: Path) -> None:
    levels = level("x", "on: {f: x}")
    for kind, test in (("double", "x < 1e309"), ("decimal(9,2)", "x < 1e300"), ("decimal(9,2)", "x > 1e-300")):
        with pytest.raises(WrongRequest, match="A number in this filter is too"):
            asked_rows(tmp_path, events("1", kind=kind), simple_model(COUNT, levels=levels), "n", where=[test])


@pytest.mark.parametrize(("kind", "right"), [("double", 3.0), ("decimal(5,2)", Decimal("3.00"))])
def test_a_view_has_the_types_that_its_tables_have_now(tmp_path: Path, kind: str, right: object) -> None:
    """The catalogue keeps those of the day on which a view was made, by which a half would be made whole."""
    raw = events("1", "2").replace("table t", "table raw")
    altered = (
        f"create view v as select * from raw; create view t(id, s, d, x) as from v; alter table raw alter x type {kind}"
    )
    halves = f"{raw}; {altered}; update raw set x = 1.5"
    assert asked_rows(tmp_path, halves, simple_model(TOTAL), "total") == [(right,)]
    with pytest.raises(BadDefinition, match="would be cut"):
        opened(tmp_path, halves, simple_model(indicator("total", flow("sum"), "integer")))
    renamed = f"{raw}; create view t as select * from raw; alter table raw rename x to y"
    with pytest.raises(BadDefinition, match="has no column 'x'"):
        opened(tmp_path, renamed, simple_model(TOTAL))


_TOGETHER = [
    ("timestamp_ns", "'2024-01-01 00:00:00.000000001'", "'2024-01-01'", "instants of one microsecond as one"),
    ("interval", "'1 month'", "'30 days'", "1 month and 30 days, or 1 day and 24 hours, as one"),
]


@pytest.mark.parametrize(("kind", "one", "other", "said"), _TOGETHER)
def test_values_that_an_engine_puts_together_are_not_counted_as_one(
    tmp_path: Path, kind: str, one: str, other: str, said: str
) -> None:
    distinct = simple_model(indicator("n", flow("count_distinct")))
    with pytest.raises(BadDefinition, match=f"'n' would count {said}; the column 'x'"):
        opened(tmp_path, events(one, other, kind=kind), distinct)
    texts = events(one, other, kind=kind) + "alter table t alter x type text"
    assert asked_rows(tmp_path, texts, distinct, "n") == [(2,)]


@pytest.mark.parametrize(("kind", "one", "other", "said"), _TOGETHER)
def test_values_that_an_engine_puts_together_are_no_link(
    tmp_path: Path, kind: str, one: str, other: str, said: str
) -> None:
    """What one row has would be what another one has too: whoever filters by it, composes of it or converts to it."""
    sql = (
        f"create table t as from (values (1, 'a', {one}::{kind}), (2, 'a', {other}::{kind})) v(id, s, k);"
        "alter table t add a date default '2024-01-01'; alter table t add b date; alter table t add size int;"
        "create table u as select *, 'z' r from t where id = 1; create table w as from t"
    )
    facts = STOCK + fact("g", "u", validity="{from: a, to: b}") + fact("h", "w", axes="{a: a}")
    through = level("r", "on: {g: r}, through: {of: [f], fact: g, link: k}")
    size = level("size", "on: {f: size}, composed_of: {fact: g, link: k}", "integer")
    came = indicator("came", "conversion: {of: {fact: h, axis: a}, to: {fact: g}, link: k, within_days: 3}")
    count, scope = indicator("n", "stock: {fact: f}"), level("s", "on: {f: s, g: s, h: s}")
    yamls = (model(facts, scope + through, count), model(facts, scope + size, count), model(facts, scope, came))
    for yaml in yamls:
        with pytest.raises(BadDefinition, match=f"the link 'k' would take {said}"):
            opened(tmp_path, sql, yaml)
    texts = f"{sql}; alter table t alter k type text; alter table u alter k type text; alter table w alter k type text"
    assert rows(opened(tmp_path, texts, yamls[0]), "n", as_of="2024-02-01", where=["r = 'z'"]) == [(1,)]


def test_a_span_of_time_is_no_scope(tmp_path: Path) -> None:
    """A permission for 1 day would open the rows of 24 hours. A fine instant is compared as it stands."""
    sql = "create table t as from (values (1, '{}'::{}, date '2024-01-05'), (2, '{}', date '2024-01-05')) v(id, s, d)"
    yaml = model(FLOW, level("d", "on: {f: d}"), COUNT)
    with pytest.raises(BadDefinition, match="the scope 's' would take 1 month and 30 days, or 1 day and 24 hours, as"):
        opened(tmp_path, sql.format("1 day", "interval", "24 hours"), yaml)
    fine = sql.format("2024-01-01 00:00:00.000000001", "timestamp_ns", "2024-01-01")
    assert rows(opened(tmp_path, fine, yaml, units=["2024-01-01"]), "n", **HALF_YEAR) == [(1,)]


@pytest.mark.parametrize(
    ("kind", "units", "right"),
    [
        ("int", ["1"], 1),
        ("int", ["1.4"], 0),
        ("int", ["x", "2"], 1),
        ("hugeint", ["1" + "0" * 35], 0),
        ("decimal(4,1)", ["1.00"], 1),
        ("decimal(4,1)", ["1.04"], 0),
        ("boolean", ["yes"], 0),
        ("boolean", ["true"], 2),
    ],
)
def test_a_scope_is_opened_by_what_it_holds_and_not_by_what_is_rounded_to_it(
    tmp_path: Path, kind: str, units: list[str], right: int
) -> None:
    sql = f"create table t as select id, s::{kind} s, date '2024-01-05' d from (values (1, 1), (2, 2)) v(id, s)"
    assert rows(opened(tmp_path, sql, simple_model(COUNT), units=units), "n", **HALF_YEAR) == [(right,)]


@pytest.mark.parametrize(
    "kind", ["decimal(38,0)", "decimal(38,1)", "decimal(38,20)", "decimal(9,2)", "hugeint", "tinyint"]
)
@pytest.mark.parametrize(
    ("first", "right"),
    [("1.04", 0), ("1.0000000000000000001", 0), ("1", 1), ("1.0", 1), ("0.96, 9999999999, 2", 1)],
)
def test_a_long_list_of_numbers_is_compared_to_the_last_digit(
    tmp_path: Path, kind: str, first: str, right: int
) -> None:
    """A list has one type, to whose digits an engine would cut both sides: 1.04 would be 1."""
    several = ", ".join([first, *(f"{whole}.5" for whole in range(70))])
    yaml = simple_model(TOTAL, COUNT, levels=level("x", "on: {f: x}", "number"))
    port = opened(tmp_path, events("1", "2", kind=kind), yaml)
    assert rows(port, "n", **HALF_YEAR, where=[f"x in ({several})"]) == [(right,)]
    assert rows(port, "n", **HALF_YEAR, where=[f"x not in ({several})"]) == [(2 - right,)]
    summed = ", ".join(["2.96", first.replace("1", "3", 1), *(f"{whole}.5" for whole in range(70))])
    found = rows(port, "total", **HALF_YEAR, where=[f"total in ({summed})"])
    assert len(found) == (first in ("1", "1.0"))
