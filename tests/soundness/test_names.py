"""Names that meet: an indicator, a level, a column or a table that is called as something of ours, or of another one.

An indicator means the same alone and beside others, whatever things are called; what would be visible twice is refused.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dataport
from dataport.api import Port
from dataport.errors import BadDefinition, WrongRequest

HISTORY = (datetime(2022, 1, 1), datetime(2024, 7, 1))
HALF_YEAR = {"period": "2024-01-01..2024-06-30"}


class File:
    """A small file and its definitions: three events in two places, one of them with an unknown amount."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def port(self, sql: str, yaml: str) -> Port:
        self._count += 1
        folder = self._folder / str(self._count)
        (folder / "defs").mkdir(parents=True)
        with duckdb.connect(str(folder / "x.duckdb")) as connection:
            connection.execute(sql)
        (folder / "defs" / "model.yml").write_text(yaml, encoding="utf-8")
        return self.again(None)

    def again(self, units: list[str] | None) -> Port:
        """The last file, opened for a viewer of some units."""
        folder, viewer = self._folder / str(self._count), dataport.declared("me", ["e"], units=units)
        return dataport.open(database=folder / "x.duckdb", definitions=folder / "defs", viewer=viewer, history=HISTORY)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(name: str) -> str:
    """A text of YAML."""
    return "'" + name.replace("'", "''") + "'"


EVENTS = [
    (1, "a", "u", "2024-01-05", 10),
    (2, "a", "v", "2024-01-06", None),
    (3, "b", None, "2024-02-06", 5),
    (4, "b", "u", "2024-02-07", 7),
]
COLUMNS = {"unit": "id", "place": "s", "kind": "k", "day": "d", "amount": "x"}


def table(name: str = "t", columns: dict[str, str] = COLUMNS) -> str:
    values = ", ".join("(" + ", ".join("null" if one is None else repr(one) for one in row) + ")" for row in EVENTS)
    names = ", ".join(quoted(columns[one]) for one in ("unit", "place", "kind", "day", "amount"))
    day = quoted(columns["day"])
    return (
        f"create table {quoted(name)} as select * replace (cast({day} as date) as {day}) "
        f"from (values {values}) v({names})"
    )


def model(
    indicators: str = "",
    name: str = "t",
    columns: dict[str, str] = COLUMNS,
    places: str = "place",
    kinds: str = "kind",
    levels: str = "",
) -> str:
    at = {one: text(column) for one, column in columns.items()}
    return f"""
facts:
  f: {{label: F, table: {text(name)}, entity: e, unit: {at["unit"]}, scope: {at["place"]}, axes: {{day: {at["day"]}}}}}
levels:
  {places}: {{label: P, tier: T0, on: {{f: {at["place"]}}}}}
  {kinds}: {{label: K, tier: T0, on: {{f: {at["kind"]}}}}}
{levels}
indicators:
  n: {{label: N, description: D, unit: u, tier: T0, flow: {{fact: f, axis: day}}}}
  tot:
    label: T
    description: D
    unit: u
    tier: T0
    flow: {{fact: f, axis: day, aggregate: sum, column: {at["amount"]}}}
{indicators}
"""


def indicator(name: str, body: str = "flow: {fact: f, axis: day, where: place = 'b'}") -> str:
    return f"  {name}: {{label: L, description: D, unit: u, tier: T0, {body}}}\n"


def rows(port: Port, *indicators: str, **words: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in port.ask(indicators, **words).to_dicts()]


@pytest.mark.parametrize(
    "name", ["tot_rows", "tot_known", "n_previous", "n_year_ago", "aligned", "source", "has_1", "p1"]
)
def test_an_indicator_called_as_something_hidden_changes_nothing(file: File, name: str) -> None:
    changes = indicator("c", "change: {of: n, since: previous}") + indicator("y", "change: {of: tot, since: year-ago}")
    port = file.port(table(), model(indicator(name) + changes))
    asked = {"period": "2024-02-01..2024-02-29"}
    assert rows(port, "n", "tot", "c", name, **asked) == [(2, 12, 0, 2)]
    alone = [rows(port, one, **asked)[0][0] for one in ("n", "tot", "c", "y", name)]
    assert rows(port, "n", "tot", "c", "y", name, **asked) == [tuple(alone)]


@pytest.mark.parametrize("name", ["tot_rows", "opened", "closed", "has_1", "counted", "aligned", "why", "key", "fact"])
def test_a_level_called_as_something_hidden_is_that_level(file: File, name: str) -> None:
    port = file.port(table(), model(kinds=name))
    assert rows(port, "n", "tot", by=[name], **HALF_YEAR) == [("u", 2, 17), ("v", 1, None), (None, 1, 5)]
    trend = rows(port, "n", "tot", by=[name], period="2024-01-01..2024-02-29", grain="month")
    assert [(one, many) for one, _, many, _ in trend] == [("u", 1), ("u", 1), ("v", 1), ("v", 0), (None, 0), (None, 1)]


@pytest.mark.parametrize("name", ["period", "total_of", "cell_status", "month", "day", "none", "start", "mix", "not"])
def test_a_level_that_would_be_taken_for_something_of_ours_is_refused(file: File, name: str) -> None:
    with pytest.raises(BadDefinition, match=rf"model\.yml:6: '{name}' is .*call this level otherwise"):
        file.port(table(), model(kinds=name))


@pytest.mark.parametrize("name", ["period", "total_of", "n_before", "n_change"])
def test_an_indicator_that_would_be_visible_twice_is_refused(file: File, name: str) -> None:
    with pytest.raises(BadDefinition, match=rf"model\.yml:\d+: '{name}' is .*call this indicator otherwise"):
        file.port(table(), model(indicator(name)))


def test_a_level_called_as_a_column_of_a_comparison_is_refused(file: File) -> None:
    with pytest.raises(BadDefinition, match="'n_before' is the column of 'n' in a comparison"):
        file.port(table(), model(kinds="n_before"))


TABLES = [
    *["aligned", "source", "counted", "legs", "cells", "spine", "summed", "marked", "crossed", "T", "é", "a.b"],
    'a "b" c',
]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_called_as_a_part_of_a_statement_is_that_table(file: File, name: str) -> None:
    port = file.port(table(name), model(name=name))
    assert rows(port, "n", "tot", by=["place"], **HALF_YEAR) == [("a", 2, 10), ("b", 2, 12)]
    trend = {"period": "2024-01-01..2024-02-29", "grain": "month"}
    assert [one[1:] for one in rows(port, "n", "tot", **trend)] == [(2, 10), (2, 12)]


def test_a_view_is_a_table(file: File) -> None:
    port = file.port(table() + "; create view counted as select * from t where id < 4", model(name="counted"))
    assert rows(port, "n", **HALF_YEAR) == [(3,)]


@pytest.mark.parametrize("name", ["opened", "has_1", "source", "place of the day", "D", "n", "period"])
def test_a_column_called_as_something_beside_rows_is_that_column(file: File, name: str) -> None:
    for role in ("unit", "place", "kind", "day", "amount"):
        columns = {**COLUMNS, role: name} | ({"day": "zz"} if name == "D" and role != "day" else {})
        port = file.port(table(columns=columns), model(columns=columns))
        assert rows(port, "n", "tot", by=["kind"], **HALF_YEAR) == [("u", 2, 17), ("v", 1, None), (None, 1, 5)]


def test_a_column_in_two_spellings_is_refused(file: File) -> None:
    with pytest.raises(BadDefinition, match=r"model\.yml:3: the column 'k' is written 'K' too"):
        file.port(table(), model(levels="  other_kind: {label: K, tier: T0, on: {f: K}}"))


def test_a_column_with_our_own_mark_is_refused(file: File) -> None:
    columns = {**COLUMNS, "kind": "has¦1"}
    with pytest.raises(BadDefinition, match=r"model\.yml:3: no table or column may be called 'has¦1'"):
        file.port(table(columns=columns), model(columns=columns))


STOCK = """
create table things as from (values
    (1, 'a', true, 'x', date '2000-01-01', timestamp '2024-01-01', timestamp '9999-12-31'),
    (2, 'a', false, 'y', date '1990-01-01', timestamp '2024-01-01', timestamp '9999-12-31'),
    (3, 'b', true, 'y', date '1980-01-01', timestamp '2024-01-01', timestamp '9999-12-31')
) v(id, s, {flag}, why, born, a, b);
create table needs as from (values (1, 'a', 'q', timestamp '2024-01-01', timestamp '9999-12-31')) v(id, s, {need}, a, b)
"""
STOCKS = """
facts:
  f: {{label: F, table: things, entity: e, unit: id, scope: s, validity: {{from: a, to: b}}}}
  g: {{label: G, table: needs, entity: e, unit: id, scope: s, validity: {{from: a, to: b}}}}
levels:
  flag: {{label: L, tier: T0, type: boolean, on: {{f: '{flag}'}}}}
  why: {{label: L, tier: T0, on: {{f: why}}}}
  age: {{label: L, tier: T0, type: integer, computed: age, on: {{f: born}}}}
  need: {{label: L, tier: T0, on: {{g: '{need}'}}, through: {{of: [f], fact: g, link: id}}}}
indicators:
  n: {{label: L, description: D, unit: u, tier: T0, over: o, stock: {{fact: f}}}}
  n_rows: {{label: L, description: D, unit: u, tier: T0, over: o, stock: {{fact: f, where: flag = true}}}}
  daily: {{label: L, description: D, unit: u, tier: T0, over: o, period_average: {{fact: f}}}}
"""


@pytest.mark.parametrize("flag", ["has_1", "age of the day", "days of the period", "source", "beside", "_key"])
def test_a_column_called_as_a_mark_is_not_the_mark(file: File, flag: str) -> None:
    port = file.port(STOCK.format(flag=quoted(flag), need=quoted(flag)), STOCKS.format(flag=flag, need=flag))
    has_need = {"where": ["need = 'q'"], "as_of": "2024-03-01"}
    assert rows(port, "n", by=["flag"], as_of="2024-03-01") == [(False, 1), (True, 2)]
    assert rows(port, "n", by=["flag"], **has_need) == [(True, 1)]
    assert rows(port, "n", by=["flag"], where=["need != 'q'"], as_of="2024-03-01") == [(False, 1), (True, 1)]
    assert rows(port, "n", by=["age", "flag"], **has_need) == [(24, True, 1)]
    assert rows(port, "daily", by=["flag"], **HALF_YEAR) == [(False, 1.0), (True, 2.0)]


def test_a_change_by_a_level_called_as_a_part_of_it(file: File) -> None:
    port = file.port(
        STOCK.format(flag="flag", need="need") + "; insert into things values "
        "(4, 'b', true, 'x', null, timestamp '2024-03-01', timestamp '9999-12-31')",
        STOCKS.format(flag="flag", need="need"),
    )
    told = port.change("n", ("2024-01-31", "2024-03-31"), by=["why"]).to_dicts()
    assert told == [
        {"why": "x", "start": 1, "began": 1, "end": 2},
        {"why": "y", "start": 2, "began": 0, "end": 2},
    ]


OTHERS = """create table t as from (values (1, '(other)', date '2024-01-05'), (2, '(other)', date '2024-01-06'),
    (3, 'b', date '2024-01-06'), (4, 'b', date '2024-01-06'), (5, 'b', date '2024-01-06'), (6, 'c', date '2024-02-06'),
    (7, null, date '2024-02-06')) v(id, s, d)"""
OF_OTHERS = """
facts: {f: {label: F, table: t, entity: e, unit: id, scope: s, axes: {d: d}}}
levels: {s: {label: S, tier: T0, on: {f: s}, code_list: these}}
code_lists: {these: {(other): Ours, b: B, c: C}}
indicators: {n: {label: N, description: D, unit: u, tier: T0, flow: {fact: f, axis: d}}}
"""


def test_a_member_called_as_the_others_is_told_from_them_or_refused(file: File) -> None:
    of_all = OTHERS + "; alter table t add column office text default 'x'"
    port = file.port(of_all, OF_OTHERS.replace("scope: s", "scope: office"))
    answer = port.ask(["n"], by=["s"], **HALF_YEAR)
    assert [tuple(one.values()) for one in answer.to_dicts()] == [("(other)", 2), ("b", 3), ("c", 1), (None, 1)]
    assert answer.safe.members["s"]["(other)"] == "Ours"
    others = port.ask(["n"], by=["s"], top=1, other=True, **HALF_YEAR)
    # that member is one of the others here
    assert [tuple(one.values()) for one in others.to_dicts()] == [("b", 3), ("(other)", 4)]
    assert others.safe.members["s"]["(other)"] == "Other"
    trend = {"period": "2024-01-01..2024-02-29", "grain": "month"}
    for more in (HALF_YEAR, {**HALF_YEAR, "totals": True}, trend):
        with pytest.raises(WrongRequest, match=r"A member of s is itself called '\(other\)'"):
            port.ask(["n"], by=["s"], top=2, other=True, **more)
    kept = rows(port, "n", by=["s"], where=["s != '(other)'"], top=2, other=True, **HALF_YEAR)
    assert kept == [("b", 3), ("c", 1), ("(other)", 1)]


NASTY = [
    "tot_rows",
    "tot_known",
    "n_rows",
    "n_known",
    "n_previous",
    "n_year_ago",
    "c_previous",
    "source",
    "aligned",
    "legs",
    "counted",
    "opened",
    "closed",
    "beside",
    "ranked",
    "is_ranked",
    "cells",
    "spine",
    "summed",
    "marked",
    "crossed",
    "key",
    "member",
    "owner",
    "began",
    "ended",
    "unit",
    "at",
    "why",
    "has_1",
    "attained_1",
    "p1",
    "fact",
    "others",
    "status",
    "year",
    "label",
    "select",
    "from",
    "rowid",
    "n_others",
    "place_others",
    "kind_before",
    "t",
    "x",
    "id",
    "s",
    "d",
    "k",
]
COLUMN_NAMES = [
    *NASTY,
    "Period",
    "period",
    "n",
    "tot",
    "place",
    "kind",
    "has 1",
    "of_n",
    'a"b',
    "a.b",
    "fact.x",
    "É",
    "é",
]
FLOW = "flow: {fact: f, axis: day, where: place = 'b'}"
MADE = (FLOW, "change: {of: n, since: previous}", "derived: tot + n")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_each_alone_is_each_beside_all_others(file: File, data: st.DataObject) -> None:
    """Whatever indicators, levels, columns and the table are called: alone and together they are the same numbers."""
    names = data.draw(st.lists(st.sampled_from(NASTY), min_size=5, max_size=5, unique=True))
    place, kind, *more = names
    columns = data.draw(st.lists(st.sampled_from(COLUMN_NAMES), min_size=5, max_size=5, unique_by=str.lower))
    by_role = dict(zip(COLUMNS, columns, strict=True))
    called = data.draw(st.sampled_from(COLUMN_NAMES))
    made = "".join(indicator(name, body.replace("place", place)) for name, body in zip(more, MADE, strict=True))
    try:
        port = file.port(table(called, by_role), model(made, called, by_role, place, kind))
    except BadDefinition:
        return  # refused is no wrong number
    plain = file.port(table(), model("".join(map(indicator, ("a", "b", "c"), MADE))))
    asked = ["n", "tot", *more]
    for words in ({}, {"by": [kind]}, {"by": [kind, place], "totals": True}, {"by": [kind], "grain": "month"}):
        period = {"period": "2024-02-01..2024-03-31"}
        expected = rows(plain, "n", "tot", "a", "b", "c", **_renamed(words, {kind: "kind", place: "place"}), **period)
        together = rows(port, *asked, **words, **period)
        assert together == expected
        key_count = len(together[0]) - len(asked)
        for number, one in enumerate(asked):
            alone = {row[:-1]: row[-1] for row in rows(port, one, **words, **period)}
            for row in together:
                assert alone.get(row[:key_count], row[key_count + number]) == row[key_count + number]


def _renamed(words: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {**words, **({"by": [names[one] for one in words["by"]]} if "by" in words else {})}


def test_one_table_may_be_two_facts_each_with_a_scope_of_its_own(file: File) -> None:
    """Both are narrowed for a viewer of some rows, and the file is opened twice in one process."""
    second = "  g: {label: G, table: T, entity: e, unit: id, scope: k, axes: {day: d}}\nlevels:"
    both = model(indicator("m", "flow: {fact: g, axis: day}")).replace("levels:", second, 1)
    both = both.replace("on: {f: 's'}", "on: {f: 's', g: s}")
    filled = table() + "; update t set k = 'w' where k is null"
    assert rows(file.port(filled, both), "n", "m", by=["place"], **HALF_YEAR) == [("a", 2, 2), ("b", 2, 2)]
    limited = file.again(["a", "u"])
    assert rows(limited, "n", "m", by=["place"], **HALF_YEAR) == [("a", 2, 1), ("b", 0, 1)]


def test_letters_with_marks_are_other_letters(file: File) -> None:
    more = "; alter table t add column É varchar; alter table t add column é int; update t set É = 'q', é = 7"
    levels = "  upper: {label: U, tier: T0, on: {f: É}}\n  lower: {label: L, tier: T0, type: integer, on: {f: é}}\n"
    port = file.port(table() + more + "; create table É (x int)", model(levels=levels))
    assert rows(port, "n", by=["upper", "lower"], **HALF_YEAR) == [("q", 7, 4)]


def test_a_level_called_scope_is_refused_beside_policies(file: File) -> None:
    assert rows(file.port(table(), model(kinds="scope")), "n", by=["scope"], **HALF_YEAR)[0] == ("u", 2)
    with pytest.raises(BadDefinition, match=r"model\.yml:6: policies call .* 'scope': call this level otherwise"):
        file.port(table(), model(kinds="scope") + "policies: {p: {}}\n")


def test_a_table_of_another_schema_is_that_table_and_two_of_one_name_are_refused(file: File) -> None:
    other = "create schema a; " + table("b").replace('table "b"', 'table a."b"')
    assert rows(file.port(other + "; create table b (x int)", model(name="a.b")), "n", **HALF_YEAR) == [(4,)]
    with pytest.raises(BadDefinition, match=r"model\.yml:3: the file has two tables called 'a\.b'"):
        file.port(other + "; " + table("a.b"), model(name="a.b")).ask(["n"], **HALF_YEAR)
