"""What definitions declare of a file of one's own is true of it, or what leans on it is refused; open ends are open."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from owned import fact, indicator, level, model, opened, rows

from dataport.engine import own_file
from dataport.engine.claim_check import breaches
from dataport.engines.duckdb.written import CLOCKS, LOTS, SESSIONS
from dataport.errors import BadDefinition, ContractBroken

SPAN = "{from: a, to: b}"
FOREVER = "timestamp '9999-12-31'"
STOCK = model(
    fact(validity=SPAN) + fact("g", "u", axes="{d: d}"),
    level("s", "on: {f: s, g: s}"),
    indicator("n", "stock: {fact: f}")
    + indicator("average", "period_average: {fact: f}")
    + indicator("events", "flow: {fact: g, axis: d}"),
)
EVENTS = "; create table u as from (values (1, 'a', date '2024-02-01'), (2, 'b', date '2024-02-02')) v(id, s, d)"
QUARTER = {"period": "2024-01-01..2024-03-31"}
MONTHS = {**QUARTER, "grain": "month"}


def _spans(*values: str) -> str:
    return f"create table t as from (values {', '.join(values)}) v(id, s, a, b)" + EVENTS


def _refusal(port: Any, *indicators: str, **words: Any) -> str:
    with pytest.raises(ContractBroken) as refused:
        port.ask(indicators, **words)
    return str(refused.value)


def _shown(folder: Path, message: str) -> list[int]:
    """The ids of the rows that the statement of a refusal shows, to somebody who opens the file by itself."""
    statement = re.search(r"SELECT .*?;", message)
    assert statement
    (path,) = folder.glob("file_*/own.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        return [row[0] for row in connection.execute(statement[0]).fetchall()]


@pytest.mark.parametrize("kind", ["timestamp", "date", "timestamptz", "timestamp_s", "timestamp_ns"])
@pytest.mark.parametrize("end", ["null", "'infinity'", "'2200-01-01'"])
@pytest.mark.parametrize("start", ["'2024-01-05'", "null", "'-infinity'", "'1700-01-01'"])
def test_an_open_end_is_open_however_it_is_written(tmp_path: Path, kind: str, start: str, end: str) -> None:
    if kind == "timestamp_ns" and "infinity" not in start + end:
        start = start.replace("1700", "1970")
    port = opened(
        tmp_path, _spans(f"(1, 'a', {start}::{kind}, {end}::{kind}), (2, 'a', '2024-02-10', '2024-03-01')"), STOCK
    )
    assert rows(port, "n", as_of="2024-02-20") == [(2,)]
    assert [count for _, count in rows(port, "n", **MONTHS)] == [1, 2, 1]
    assert [count for _, count in rows(port, "n", period="2024-01-29..2024-02-18", grain="week")] == [1, 2, 2]
    days = 87 if start == "'2024-01-05'" else 91
    assert rows(port, "average", **QUARTER) == [(pytest.approx((days + 20) / 91),)]
    moved = port.change("n", ("2024-02-01", "2024-02-20")).to_dicts()
    assert (moved[0]["start"], moved[0]["end"]) == (1, 2)


@pytest.mark.parametrize("kind", ["timestamp", "date"])
def test_what_has_ended_before_all_time_holds_never(tmp_path: Path, kind: str) -> None:
    never = _spans(
        f"(1, 'a', null::{kind}, '-infinity'::{kind}), (2, 'a', 'infinity', null), "
        "(3, 'a', '0044-01-01 (BC)', '0040-01-01 (BC)')"
    )
    port = opened(tmp_path, never, STOCK)
    assert rows(port, "n", as_of="2024-02-01") == [(0,)]
    assert [count for _, count in rows(port, "n", **MONTHS)] == [0, 0, 0]
    assert rows(port, "average", **QUARTER) == [(0.0,)]


def test_a_row_that_ends_as_it_begins_holds_at_no_instant(tmp_path: Path) -> None:
    instant = "timestamp '2024-02-01'"
    port = opened(
        tmp_path,
        _spans(
            f"(1, 'a', {instant}, {instant}), (1, 'a', {instant}, null), (2, 'b', {instant}, {instant})",
            f"(1, 'c', timestamp '2024-01-10', {instant})",
        ),
        STOCK,
    )
    assert rows(port, "n", by=["s"], as_of="2024-02-01") == [("a", 1)]
    assert rows(port, "n", by=["s"], **MONTHS) == [
        (who, date(2024, month, 1), count)
        for who, counts in (("a", (0, 1, 1)), ("c", (1, 0, 0)))
        for month, count in enumerate(counts, start=1)
    ]
    assert rows(port, "average", by=["s"], **QUARTER) == [
        ("a", pytest.approx(60 / 91)),
        ("c", pytest.approx(22 / 91)),
    ]
    moved = port.change("n", ("2024-01-15", "2024-02-15"), by=["s"]).to_dicts()
    assert [(row["s"], row["start"], row["end"]) for row in moved] == [("a", 0, 1), ("c", 1, 0)]


def test_a_unit_twice_at_an_instant_is_refused_with_counts_and_the_way_to_see_it(tmp_path: Path) -> None:
    twice = _spans(
        "(1, 'a', timestamp '2024-01-05', null::timestamp)", "(1, 'b', timestamp '2024-02-05', null)",
        "(2, 'a', timestamp '2024-01-01', timestamp '2024-01-10')",
        "(2, 'a', timestamp '2024-01-03', timestamp '2024-01-04')",
        "(2, 'a', timestamp '2024-01-05', timestamp '2024-01-06')",
        "(3, 'a', timestamp '2024-01-01', timestamp '2024-02-01')",
        "(3, 'b', timestamp '2024-02-01', null)", "(4, 'a', timestamp '2024-01-01', null)",
    )  # fmt: skip
    port = opened(tmp_path, twice, STOCK)
    said = _refusal(port, "n", as_of="2024-03-01")
    assert "begin while another row with the same unit (id) still holds: 3 (of 2 units)" in said
    assert _shown(tmp_path, said) == [1, 1, 2, 2, 2]
    assert rows(port, "events", **QUARTER) == [(2,)], "what does not lean on it is answered"
    assert ": 3 (of 2 units)" in _refusal(port, "events", "n", **QUARTER)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("(1, 'a', timestamp '2024-03-05', timestamp '2024-02-01')", "end before they begin (b is before a): 1."),
        ("(null, 'a', timestamp '2024-03-05', timestamp '2024-04-01')", "have no unit (id is null): 1."),
        (
            "(1, null, timestamp '2024-03-05', timestamp '2024-04-01')",
            "have no scope (s is null), so they are nobody's: 1.",
        ),
    ],
)
def test_a_row_that_lacks_what_is_declared_refuses_what_leans_on_it(tmp_path: Path, values: str, said: str) -> None:
    port = opened(tmp_path, _spans("(7, 'b', timestamp '2024-01-01', null)", values), STOCK)
    refusal = _refusal(port, "n", **MONTHS)
    assert said in refusal
    assert len(_shown(tmp_path, refusal)) == 1
    assert rows(port, "events", **QUARTER) == [(2,)]


def test_who_sees_some_rows_is_not_told_how_many_there_are(tmp_path: Path) -> None:
    twice = _spans("(1, 'a', timestamp '2024-01-05', null)", "(1, 'a', timestamp '2024-01-06', null)")
    port = opened(tmp_path, twice, STOCK, units=["b"])
    assert not re.search(r": \d", _refusal(port, "n", as_of="2024-03-01"))


def test_an_event_is_in_its_table_once(tmp_path: Path) -> None:
    port = opened(
        tmp_path, _spans("(1, 'a', timestamp '2024-01-05', null)") + "; insert into u from u where id = 1", STOCK
    )
    said = _refusal(port, "events", **QUARTER)
    assert "have the same unit (id) as another row: 2 (of 1 units)" in said
    assert _shown(tmp_path, said) == [1, 1]
    assert rows(port, "n", as_of="2024-02-01") == [(1,)]


REACHED = model(
    fact(axes="{d: d}"),
    level("s") + level("r", "via: {base: s, dimension: g, column: r}"),
    indicator("n", "flow: {fact: f, axis: d}"),
)
FLOWS = "create table t as from (values (1, 'a', date '2024-01-05'), (2, 'b', date '2024-02-05')) v(id, s, d); "


def _dimension(validity: str = "") -> str:
    return REACHED + f"dimensions:\n  g: {{table: g, key: k, public: true, reason: r{validity}}}\n"


def test_a_key_is_in_its_dimension_once(tmp_path: Path) -> None:
    port = opened(
        tmp_path, FLOWS + "create table g as from (values ('a', 'x'), ('a', 'x'), ('b', 'y')) v(k, r)", _dimension()
    )
    assert "have the same key (k) as another row: 2 (of 1 keys)" in _refusal(port, "n", by=["r"], **QUARTER)
    assert rows(port, "n", by=["s"], **QUARTER) == [("a", 1), ("b", 1)]


def test_a_dimension_with_a_validity_has_a_key_once_at_an_instant(tmp_path: Path) -> None:
    spans = ", validity: {from: a, to: b}"
    good = """create table g as from (values ('a', 'x', null::date, date '2024-01-20'),
        ('a', 'z', date '2024-01-20', null), ('b', 'y', null, null)) v(k, r, a, b)"""
    port = opened(tmp_path, FLOWS + good, _dimension(spans))
    assert rows(port, "n", by=["r"], **QUARTER) == [("y", 1), ("z", 1)]
    assert rows(port, "n", by=["r"], geography="as-was", period="2024-01-01..2024-01-10") == [("x", 1)]
    port = opened(
        tmp_path, FLOWS + good.replace("'a', 'z', date '2024-01-20'", "'a', 'z', date '2024-01-19'"), _dimension(spans)
    )
    assert "still holds: 1 (of 1 keys)" in _refusal(port, "n", by=["r"], **QUARTER)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("create table t (id int, s text, day date)", "has no column d, which is its axis d. Did you mean"),
        ("create table t (idd int, s text, d date)", "has no column id, which is its unit. Did you mean idd"),
        ("create table t (id int, s text, d text)", "which is its axis d, is VARCHAR, no date and no instant"),
        ("create table t (id int, s text, d time)", "is TIME, no date"),
    ],
)
def test_what_the_file_does_not_have_is_said(tmp_path: Path, sql: str, said: str) -> None:
    assert said in _refusal(opened(tmp_path, sql + "; create table g (k text, r text)", _dimension()), "n", **QUARTER)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("create table tt (id int)", "has no table 't'. Did you mean tt?"),
        ("create schema x; create table x.t (id int)", "has no table 't'. Did you mean x.t?"),
    ],
)
def test_a_table_that_the_file_does_not_have_is_said_when_it_is_opened(tmp_path: Path, sql: str, said: str) -> None:
    with pytest.raises(BadDefinition, match=re.escape(said)):
        opened(tmp_path, sql, REACHED)


def test_a_table_of_another_schema_is_named_with_it(tmp_path: Path) -> None:
    sql = FLOWS + "create schema x; create table x.g as from (values ('a', 'X')) v(k, r)"
    port = opened(tmp_path, sql, _dimension().replace("table: g", "table: X.g"))
    assert rows(port, "n", by=["r"], **QUARTER) == [("X", 1), (None, 1)]


def test_a_macro_in_the_file_changes_no_function(tmp_path: Path) -> None:
    macros = """
    create macro sum(x) as 0; create macro "+"(x, y) as 77; create macro greatest(x, y) as null;
    create macro date_diff(x, y, z) as 1; create macro duckdb_columns() as table select 1 as x;
    create macro year(x) as 1;
    """
    port = opened(tmp_path, macros + _spans("(1, 'a', timestamp '2024-01-05', null)"), STOCK)
    assert rows(port, "n", as_of="2024-02-01") == [(1,)]
    assert rows(port, "average", **QUARTER) == [(pytest.approx(87 / 91),)]
    assert [count for _, count in rows(port, "n", **MONTHS)] == [1, 1, 1]


def test_a_file_that_changes_between_questions_is_checked_again(tmp_path: Path) -> None:
    port = opened(tmp_path, _spans("(1, 'a', timestamp '2024-01-05', null)"), STOCK)
    assert rows(port, "n", as_of="2024-02-01") == [(1,)]
    (path,) = tmp_path.glob("file_*/own.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into t from t")
    assert "still holds: 1 (of 1 units)" in _refusal(port, "n", as_of="2024-02-01")
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute(_spans("(1, 'a', date '2024-01-05', null)", "(2, 'a', date '2024-01-05', null)"))
    assert rows(port, "n", as_of="2024-02-01") == [(2,)]


ROLLED = (
    STOCK
    + """rollups:
  r: {of: f, table: days, monthly: months, day: on_day, count: how_many, columns: [s]}
"""
)
STEPS = """
create table days as
    select s, day as on_day, sum(n)::bigint as how_many from (
        select s, coalesce(a::date, date '1900-01-01') as day, 1 as n from t
        union all select s, b::date, -1 from t where b is not null and isfinite(b)
    ) group by all having sum(n) <> 0;
create table months as select s, date_trunc('month', on_day)::date as on_day, sum(how_many)::bigint as how_many
    from days group by all;
"""
ROLLED_ROWS = (
    "(1, 'a', null::timestamp, timestamp '2024-02-10 08:00')",
    "(2, 'a', timestamp '2024-01-05 10:00', null)",
    "(3, 'b', timestamp '2023-06-05', timestamp '2024-01-31')",
    "(4, 'b', timestamp '2024-02-01', timestamp '2024-02-01')",
    "(5, 'c', timestamp '2024-09-01', timestamp 'infinity')",
)


def test_a_rollup_that_adds_up_to_its_fact_answers_as_it_does(tmp_path: Path) -> None:
    port = opened(tmp_path, _spans(*ROLLED_ROWS) + "; " + STEPS, ROLLED)
    plain = opened(tmp_path, _spans(*ROLLED_ROWS), STOCK)
    for words in ({"as_of": "2024-01-31"}, {"as_of": "2024-02-10"}, {"as_of": "2024-06-30"}, MONTHS):
        assert rows(port, "n", by=["s"], **words) == rows(plain, "n", by=["s"], **words)


@pytest.mark.parametrize("table", ["days", "months"])
@pytest.mark.parametrize(
    "wrong", ["delete from {} where s = 'b'", "update {} set how_many = how_many + 1", "insert into {} from {} limit 1"]
)
def test_a_rollup_that_does_not_add_up_is_refused(tmp_path: Path, table: str, wrong: str) -> None:
    port = opened(tmp_path, _spans(*ROLLED_ROWS) + "; " + STEPS + wrong.format(table, table), ROLLED)
    said = _refusal(port, "n", as_of="2024-02-10")
    assert "The rollup r cannot be counted" in said and "another number of steps" in said
    assert _shown(tmp_path, said)
    assert rows(port, "average", **QUARTER)


@pytest.mark.parametrize("table", ["days", "months"])
def test_a_rollup_is_held_to_its_fact_up_to_the_last_day_that_is_known(tmp_path: Path, table: str) -> None:
    """History ends with June; what is wrong in June alone is wrong."""
    steps = _spans(*ROLLED_ROWS, "(6, 'a', timestamp '2024-06-30 09:00', null)") + "; " + STEPS
    for before_june, is_refused in (("<", True), (">=", True), (">", False)):
        where = f"on_day {before_june} date '2024-06-01'" if before_june != ">" else "on_day > date '2024-07-01'"
        port = opened(tmp_path, f"{steps} update {table} set how_many = how_many + 1 where {where}", ROLLED)
        if is_refused:
            assert "another number of steps" in _refusal(port, "n", as_of="2024-02-10")
        else:
            assert rows(port, "n", as_of="2024-02-10")


@pytest.mark.parametrize("wrong", ["", "delete from other.days where s = 'b'"])
def test_a_rollup_in_another_schema_is_held_to_its_fact_too(tmp_path: Path, wrong: str) -> None:
    """Neither a table of the same name in the main schema nor one of the file's own default is taken for it."""
    steps = STEPS.replace("table days", "table other.days").replace("table months", "table other.months")
    steps = steps.replace("from days", "from other.days")
    decoys = "create table days as select 'a' as s, date '2024-01-01' as on_day, 9 as how_many;"
    named = ROLLED.replace("table: days, monthly: months", "table: other.days, monthly: other.months")
    port = opened(tmp_path, _spans(*ROLLED_ROWS) + "; create schema other; " + steps + decoys + wrong, named)
    if wrong:
        said = _refusal(port, "n", as_of="2024-02-10")
        assert "The rollup r cannot be counted" in said and '"other"."days"' in said
        assert _shown(tmp_path, said)
    else:
        plain = opened(tmp_path, _spans(*ROLLED_ROWS), STOCK)
        assert rows(port, "n", by=["s"], **MONTHS) == rows(plain, "n", by=["s"], **MONTHS)


HOUSEHOLDS = """
facts:
  h: {label: H, table: h, entity: e, unit: hid, scope: s, validity: {from: since, to: until}}
  o: {label: O, table: h, entity: e, unit: hid, scope: s, axes: {opened: opened}}
  p: {label: P, table: p, entity: e, unit: pid, scope: s, validity: {from: a, to: b}}
levels:
  s: {label: L, tier: T0, on: {h: s, p: s, o: s}}
  size: {label: L, tier: T0, type: integer, on: {h: size}, composed_of: {fact: p, link: hid}}
  kind: {label: L, tier: T0, on: {p: kind}, through: {of: [h], fact: p, link: hid}}
indicators:
  n: {label: I, description: D, unit: u, tier: T0, over: at the end, stock: {fact: h}}
  members: {label: I, description: D, unit: u, tier: T0, over: at the end,
            stock: {fact: h, aggregate: sum, column: size, composed_of: {fact: p, link: hid}}}
  joined: {label: I, description: D, unit: u, tier: T0,
           conversion: {of: {fact: o, axis: opened}, to: {fact: p, where: "kind = 'x'"}, link: hid, within_days: 10}}
"""
OPEN_HOUSES = """
create table h as from (values (1, 'a', 2, date '2024-01-05', null::date, null::date),
    (2, 'a', 1, date '2024-01-06', date '2024-01-06', date 'infinity')) v(hid, s, size, opened, since, until);
create table p as from (values (1, 1, 'a', 'x', timestamp '-infinity', null::timestamp),
    (2, 1, 'a', 'y', timestamp '2024-01-10', null), (3, 2, 'b', 'y', null, null)) v(pid, hid, s, kind, a, b);
"""


def test_open_ends_are_open_through_links_compositions_and_conversions(tmp_path: Path) -> None:
    """Members have another validity than their group, by other columns and of another type."""
    wide, narrow = opened(tmp_path, OPEN_HOUSES, HOUSEHOLDS), opened(tmp_path, OPEN_HOUSES, HOUSEHOLDS, units=["a"])
    for port, sizes in ((wide, [(2, 1), (1, 1)]), (narrow, [(2, 1), (0, 1)])):
        assert rows(port, "n", where="kind = 'x'", as_of="2024-02-01") == [(1,)]
        assert sorted(rows(port, "n", by="size", as_of="2024-02-01")) == sorted(sizes)
        assert rows(port, "joined", **QUARTER) == [(0.5,)]
    assert rows(wide, "members", as_of="2024-02-01") == [(3,)]
    assert rows(narrow, "members", as_of="2024-02-01") == [(2,)]
    assert rows(narrow, "members", as_of="2024-01-08") == [(1,)]
    assert [count for _, count in rows(narrow, "members", period="2024-01-01..2024-01-14", grain="week")] == [1, 2]


def test_a_member_finds_one_owner(tmp_path: Path) -> None:
    """The link is no unit of the group: that two of them share it is no breach of what it declares by itself."""
    twice = OPEN_HOUSES + "; alter table h add column hno int; update h set hno = hid; update h set hid = 1"
    unit = HOUSEHOLDS.replace("unit: hid", "unit: hno")
    assert rows(opened(tmp_path, twice, unit), "members", as_of="2024-02-01") == [(3,)]
    narrow = opened(tmp_path, twice, unit, units=["a"])
    assert "same link (hid)" in _refusal(narrow, "members", as_of="2024-02-01")


def test_a_collation_puts_no_members_together_and_opens_no_scope(tmp_path: Path) -> None:
    sql = """create table t (id int, s text collate nocase, d date, x text);
    insert into t values (1, 'a', '2024-01-05', 'p'), (2, 'A', '2024-01-05', 'P')"""
    yaml = model(fact(axes="{d: d}"), level("s") + level("x", "on: {f: x}"), indicator("n", "flow: {fact: f, axis: d}"))
    raw = sql.replace("table t ", "table raw ").replace("into t", "into raw")
    for made in (sql, raw + "; create view t as from raw"):
        for units in (None, ["a"]):
            said = _refusal(opened(tmp_path, made, yaml, units=units), "n", **QUARTER)
            assert "the column s of its table t" in said and "collation" in said
    free = raw + "; create view t as select * replace (decode(encode(s)) as s) from raw"
    assert rows(opened(tmp_path, free, yaml, units=["a"]), "n", by="x", **QUARTER) == [("p", 1)]


@pytest.mark.parametrize(
    "lots", ["where random() < 2", "where lots(id)", "using sample 1 rows", "where id in (from v)"]
)
def test_a_view_that_draws_lots_is_no_table(tmp_path: Path, lots: str) -> None:
    sql = f"""{FLOWS} alter table t rename to raw; create macro lots(x) as x < 10 + Random ();
    create view v as select id from raw where uuid() is not null; create view t as select * from raw {lots}"""
    yaml = model(fact(axes="{d: d}"), level("s"), indicator("n", "flow: {fact: f, axis: d}"))
    assert "draws lots" in _refusal(opened(tmp_path, sql, yaml), "n", **QUARTER)


@pytest.mark.parametrize("name", ["t", "raw"])
def test_a_column_that_draws_lots_is_none(tmp_path: Path, name: str) -> None:
    sql = f"""create macro lots(x) as x + Random(); create table {name}
    (id int, s text, d date, x double default random(), lot double generated always as (lots(id)));
    insert into {name} values (1, 'a', '2024-02-01', 1); {"" if name == "t" else "create view t as from raw"}"""
    yaml = model(
        fact(axes="{d: d}"), level("s"), indicator("n", "flow: {fact: f, axis: d, aggregate: sum, column: lot}")
    )
    assert "draws lots" in _refusal(opened(tmp_path, sql, yaml), "n", **QUARTER)


def test_what_gives_something_else_each_time_is_known() -> None:
    """Every function that the engine calls volatile is one that draws lots, or stops, or gives nothing at all."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "select distinct function_name from duckdb_functions() where stability = 'VOLATILE'"
        ).fetchall()
    assert {name for (name,) in found} - {"error", "sleep_ms", "write_log"} <= set(LOTS)


@pytest.mark.parametrize(
    "asks",
    [
        "where current_database() = 'own'",
        "where id < coalesce(getvariable('most'), 9)",
        "where current_setting('timezone') <> 'x'",
        "where current_user <> 'x'",
        "where own_user() <> 'x'",
    ],
)
def test_a_view_that_asks_for_the_session_is_no_table(tmp_path: Path, asks: str) -> None:
    """It has other rows where it was made than here."""
    sql = f"""{FLOWS} alter table t rename to raw; create macro own_user() as Current_User;
    create view t as select * from raw {asks}"""
    yaml = model(fact(axes="{d: d}"), level("s"), indicator("n", "flow: {fact: f, axis: d}"))
    assert "asks for the session" in _refusal(opened(tmp_path, sql, yaml), "n", **QUARTER)


def test_what_the_engine_makes_of_clocks_and_sessions_is_known() -> None:
    """Its own macros are in a view under their names, not as what they are made of."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "select distinct function_name from duckdb_functions() where function_type = 'macro' "
            "and regexp_matches(lower(macro_definition), 'current_|now\\(|today|getvariable|_setting|session|user')"
        ).fetchall()
    assert {name for (name,) in found} <= {*CLOCKS, *SESSIONS, *LOTS}


@pytest.mark.parametrize(
    ("clock", "again"),
    [("current_timestamp", 1), ("now()", 1), ("get_current_timestamp()", 1), ("moment()", 1), ("'2999-01-01'", 0)],
)
def test_a_view_that_looks_at_the_clock_is_checked_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: str, again: int
) -> None:
    """Nobody writes to the file, and yet a second row of a unit appears."""
    looks: list[object] = []
    monkeypatch.setattr(own_file, "breaches", lambda claim, engine: looks.append(claim) or breaches(claim, engine))
    yaml = model(fact(axes="{d: d}"), level("s"), indicator("n", "flow: {fact: f, axis: d}"))
    sql = f"""create table raw as from (values (1, 'a', date '2024-02-01', timestamptz '2024-02-01'),
    (1, 'a', date '2024-02-01', timestamptz '3000-01-01')) v(id, s, d, seen); create macro moment() as now();
    create view t as select * from raw where seen < {clock}"""
    port = opened(tmp_path, sql, yaml)
    assert rows(port, "n", **QUARTER) == rows(port, "n", **QUARTER) == [(1,)]
    assert len(looks) == 1 + again


def test_a_table_that_drew_lots_when_it_was_filled_is_one(tmp_path: Path) -> None:
    sql = """create sequence q;
    create table t (id int default nextval('q'), s text, d date, lot double default random());
    insert into t (s, d) values ('a', '2024-01-05')"""
    yaml = model(fact(axes="{d: d}"), level("s"), indicator("n", "flow: {fact: f, axis: d}"))
    assert rows(opened(tmp_path, sql, yaml), "n", **QUARTER) == [(1,)]
