"""Outputs lose nothing that was asked: each format, read back, says what JSON says."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

import dataport
from dataport.api import Answer, Port
from dataport.cli.render import print_table, write_table
from dataport.disclosure import METADATA_KEY
from dataport.render.programs import as_json

MODEL = """
facts:
  f: {label: F, table: t, entity: e, unit: id, scope: o, validity: {from: a, to: b}}
levels:
  s: {label: S, tier: T0, on: {f: s}}
  status: {label: Status, tier: T0, on: {f: k}}
  old: {label: Old, tier: T0, type: boolean, on: {f: old}}
  size: {label: Size, tier: T0, type: integer, on: {f: x}}
indicators:
  n: {label: N, description: D, unit: persons, tier: T0, over: o, stock: {fact: f}}
  big: {label: B, description: D, unit: persons, tier: T0, over: o, internal: true, stock: {fact: f, where: size >= 5}}
  p: {label: P, description: D, unit: share, tier: T0, ratio: {numerator: big, denominator: n}}
"""
TABLE = """
create table t as select i as id, 'x' as o, case when i < 30 then 'a' when i < 33 then 'total' end as s,
    case i % 3 when 0 then '' when 1 then 'x;y,"z"' end as k, i % 2 = 0 as old, i % 10 as x,
    timestamp '2024-01-05' + to_days((i % 4)::int) as a, timestamp '9999-12-31' as b from range(40) r(i)
"""
TREND = {"grain": "month", "period": "2023-12-01..2024-02-29"}
QUESTIONS: list[dict[str, Any]] = [
    {"as_of": "2024-02-01"},
    {"as_of": "2024-02-01", "by": ["s"]},
    {"as_of": "2024-02-01", "by": ["s", "status"], "totals": True, "subtotals": [["status"]]},
    {"as_of": "2024-02-01", "by": ["old", "size"], "totals": True},
    {"as_of": "2024-01-06", "compare": "2024-01-04", "by": ["s"], "totals": True},
    {**TREND, "by": ["s"], "totals": True},
    {"as_of": "2024-02-01", "by": ["s"], "top": 1, "other": True, "totals": True},
    {"as_of": "2024-02-01", "by": ["s"], "where": ["n > 1000000"], "totals": True},
]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Port:
    folder = tmp_path_factory.mktemp("outputs")
    with duckdb.connect(str(folder / "x.duckdb")) as connection:
        connection.execute(TABLE)
    (folder / "defs").mkdir()
    (folder / "defs" / "model.yml").write_text(MODEL)
    history = (datetime(2024, 1, 1), datetime(2024, 4, 1))
    viewer = dataport.declared("me", ["e"])
    return dataport.open(database=folder / "x.duckdb", definitions=folder / "defs", viewer=viewer, history=history)


def answers(port: Port) -> list[Answer]:
    asked = [port.ask(["n", "p"], **words) for words in QUESTIONS]
    return [*asked, port.change("n", ("2024-01-04", "2024-01-06"), by=["s", "old"], totals=True),
            port.change("p", ("2024-01-06", "2024-01-08"), by=["s"], totals=True)]  # fmt: skip


def told(said: dict[str, Any]) -> list[list[Any]]:
    """What JSON says, as the rows of one table."""
    names = [one["name"] for one in said["columns"]]
    levels = [one["name"] for one in said["columns"] if one["role"] == "level" and one["name"] != "period"]
    parts = [(None, said["rows"], said["status"])]
    for total in reversed(said["totals"]):
        parts.append((",".join(one for one in levels if one not in total["levels"]), total["rows"], total["status"]))
    found = []
    for total_of, rows, status in parts:
        for number, row in enumerate(rows):
            codes = [f"{one['column']}={one['code']}" for one in status if one["row"] == number]
            found.append([*row, total_of, ";".join(codes) or None])
    assert all(len(row) == len(names) + 2 for row in found)
    return found


def written(table: Any, form: str, capfdbinary: Any) -> bytes:
    capfdbinary.readouterr()
    write_table(table, form)
    return bytes(capfdbinary.readouterr().out)


def plain(table: pa.Table) -> list[list[Any]]:
    return [[one.isoformat() if isinstance(one, date) else one for one in row.values()] for row in table.to_pylist()]


def test_json_says_what_its_columns_are(port: Port, capfdbinary: Any) -> None:
    for answer in answers(port):
        said = json.loads(written(answer.safe, "json", capfdbinary))
        assert [(one["name"], one["label"], one["unit"], one["role"]) for one in said["columns"]] == [
            (one.name, one.label, one.unit, one.role) for one in answer.safe.columns
        ]


def test_every_format_says_what_json_says(port: Port, capfdbinary: Any) -> None:
    codes, totals = set(), set()
    for answer in answers(port):
        said = json.loads(written(answer.safe, "json", capfdbinary))
        assert said == json.loads(json.dumps(as_json(answer.safe), default=str))
        expected = told(said)
        codes |= {code for *_, code in expected}
        totals |= {row[-2] for row in expected}
        parquet = pq.read_table(io.BytesIO(written(answer.safe, "parquet", capfdbinary)))
        arrow = pa.ipc.open_stream(written(answer.safe, "arrow", capfdbinary)).read_all()
        assert plain(parquet) == plain(arrow) == expected
        for table in (parquet, arrow, answer.to_arrow(), answer.to_arrow(totals=True, status=True)):
            metadata = json.loads(table.schema.metadata[METADATA_KEY])
            assert {name: metadata[name] for name in ("columns", "status", "members", "meta")} == {
                name: said[name] for name in ("columns", "status", "members", "meta")
            }
            assert [one["levels"] for one in metadata["totals"]] == [one["levels"] for one in said["totals"]]
        lines = list(csv.reader(io.StringIO(written(answer.safe, "csv", capfdbinary).decode())))
        assert lines[0] == parquet.column_names
        pairs = [list(zip(*both, strict=True)) for both in zip(lines[1:], expected, strict=True)]
        assert all(_read(cell, value) == ("" if value is None else value) for row in pairs for cell, value in row)
    assert {None, "s", "s,status", "old,size"} <= totals
    assert any("n=not_for_release" in (one or "") for one in codes)
    assert any("n=outside_history" in (one or "") for one in codes)


def _read(cell: str, value: Any) -> Any:
    """A cell of a CSV as the type of what it should be."""
    if cell == "" or value is None:
        return cell
    return {"true": True, "false": False}[cell] if isinstance(value, bool) else type(value)(cell)


def test_a_csv_tells_unknown_from_an_empty_member(port: Port, capfdbinary: Any) -> None:
    lines = written(port.ask(["n"], by=["status"], as_of="2024-02-01").safe, "csv", capfdbinary).decode().splitlines()
    assert lines[0] == '"status","n","total_of","cell_status"'
    assert sorted(line.partition(",")[0] for line in lines[1:]) == ["", '""', '"x;y']


def test_columns_are_the_same_whatever_was_asked(port: Port, capfdbinary: Any) -> None:
    for words in ({}, {"totals": True}):
        table = port.ask(["n"], by=["s"], as_of="2024-02-01", **words).safe
        head = written(table, "csv", capfdbinary).decode().splitlines()[0]
        assert head == '"s","n","total_of","status"'


def test_notes_of_a_csv_are_told_beside_it(port: Port, capfdbinary: Any) -> None:
    capfdbinary.readouterr()
    write_table(port.ask(["n"], by=["s"], as_of="2024-02-01", top=1).safe, "csv")
    assert b"the first 1 rows" in capfdbinary.readouterr().err


def test_a_total_beside_the_first_rows_says_that_it_is_of_all(port: Port) -> None:
    said = "what is not among the first counts in totals and shares"
    whole = port.ask(["n"], by=["s"], as_of="2024-02-01", top=1, totals=True)
    assert said in whole.meta["limits"]
    for words in ({"top": 1}, {"totals": True}, {"top": 1, "totals": True, "other": True}):
        assert said not in port.ask(["n"], by=["s"], as_of="2024-02-01", **words).meta["limits"]


def test_python_reaches_totals_and_status(port: Port) -> None:
    answer = port.ask(["n"], by=["s"], as_of="2024-02-01", totals=True)
    rows = [{"s": "a", "n": 30}, {"s": "total", "n": 3}, {"s": None, "n": 7}]
    assert answer.to_dicts() == answer.to_polars().to_dicts() == rows
    assert answer.to_dicts(totals=True)[-1] == {"s": None, "n": 40, "total_of": "s"}
    marked = answer.to_polars(status=True)
    assert marked.columns == ["s", "n", "status"]
    assert marked.filter(pl.col("status").is_not_null())["s"].to_list() == ["total", None]
    assert [(one.levels, one.data.to_pylist()) for one in answer.totals] == [((), [{"s": None, "n": 40}])]
    assert [(one.row, one.code) for one in answer.status] == [(1, "not_for_release"), (2, "not_for_release")]


def test_a_change_is_one_table_too(port: Port) -> None:
    change = port.change("n", ("2024-01-04", "2024-01-06"), by=["s"], totals=True)
    whole = change.to_polars(totals=True, status=True)
    assert whole.columns[-2:] == ["total_of", "status"]
    assert whole.filter(pl.col("total_of") == "s")["end"].to_list() == [20]


def printed(table: Any) -> str:
    """The table for people, on one wide terminal."""
    console = Console(width=300, file=io.StringIO())
    print_table(table, console)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def lines_of(table: Any) -> list[list[str]]:
    """Its rows as cells."""
    return [re.split(r"  +", line.strip()) for line in printed(table).splitlines() if line.strip()]


MEMBERS = ["Unknown", "unknown", "all", "other", "", " x", "[red]r[/red]", ":smile:", "a\nb", "'q'", "plain"]
MEMBERS += ["a\x1b[2J"]
OWN = """
facts: {f: {label: F, table: t, entity: e, unit: id, scope: o, axes: {d: d}}}
levels: {s: {label: "[b]S", tier: T0, on: {f: s}}}
indicators: {n: {label: N, description: D, unit: u, tier: T0, flow: {fact: f, axis: d}}}
"""


def test_a_member_that_reads_like_a_word_of_ours_is_told_from_it(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("create table t (id int, s text, d date, o text default 'x')")
        for number, member in enumerate([*MEMBERS, None]):
            connection.execute("insert into t (id, s, d) values (?, ?, date '2024-01-05')", [number, member])
    (tmp_path / "model.yml").write_text(OWN)
    port = dataport.open(database=tmp_path / "x.duckdb", definitions=tmp_path, viewer=dataport.declared("me", ["e"]))
    answer = port.ask(["n"], by=["s"], period="2024-01-01..2024-01-31", totals=True)
    shown = printed(answer.safe)
    expected = ["'Unknown'", "'unknown'", "'all'", "other", "''", "' x'", "[red]r[/red]", ":smile:", r"a\nb", "'''q'''"]
    assert {one[0] for one in lines_of(answer.safe) if one[1:] == ["1*"]} == {
        *expected,
        "plain",
        r"a\x1b[2J",
        "Unknown",
    }
    assert ["all", "13"] in lines_of(answer.safe)
    assert "[b]S" in shown


POINTS = (
    MODEL
    + """
  small: {label: Q, description: D, unit: share, tier: T0, derived: (n - big) / n}
  gap: {label: G, description: D, unit: share, tier: T0, type: number, derived: p - small}
  both: {label: B, description: D, unit: share, tier: T0, type: number, derived: p + small}
  hundred: {label: H, description: D, unit: percent, tier: T0, derived: 100 * big / n}
  moved: {label: M, description: D, unit: share, tier: T0, type: number, change: {of: p, since: previous}}
  relative: {label: R, description: D, unit: share, tier: T0, change: {of: p, since: previous, as: share}}
  moved_hundred: {label: M, description: D, unit: "%", tier: T0, type: number, change: {of: hundred, since: previous}}
  moved_n: {label: M, description: D, unit: persons, tier: T0, change: {of: n, since: previous}}
"""
)


@pytest.fixture(scope="module")
def shares(tmp_path_factory: pytest.TempPathFactory) -> Port:
    folder = tmp_path_factory.mktemp("shares")
    with duckdb.connect(str(folder / "x.duckdb")) as connection:
        # two of eight are big in January, three of eight in February
        connection.execute("""
            create table t as select i as id, 'x' as o, 'a' as s, 'k' as k, true as old, if(i < 2, 9, 0) as x,
                timestamp '2024-01-05' as a, if(i = 7, timestamp '2024-02-05', timestamp '9999-12-31') as b
            from range(8) r(i)
            union all select 7, 'x', 'a', 'k', true, 9, timestamp '2024-02-05', timestamp '9999-12-31'
        """)
    (folder / "model.yml").write_text(POINTS)
    history = (datetime(2023, 1, 1), datetime(2024, 4, 1))
    viewer = dataport.declared("me", ["e"])
    return dataport.open(database=folder / "x.duckdb", definitions=folder, viewer=viewer, history=history)


def test_a_difference_of_shares_is_percentage_points(shares: Port) -> None:
    safe = shares.ask(["p", "gap", "both", "hundred", "n"], as_of="2024-02-29", compare="2024-01-31").safe
    units = {one.name: one.unit for one in safe.columns}
    assert units == {
        **{"p": "share", "p_before": "share", "p_change": "percentage points"},
        **dict.fromkeys(("gap", "gap_before", "gap_change"), "percentage points"),
        **{"both": "share", "both_before": "share", "both_change": "percentage points"},
        **{"hundred": "percent", "hundred_before": "percent", "hundred_change": "percentage points"},
        **dict.fromkeys(("n", "n_before", "n_change"), "persons"),
    }
    cells = lines_of(safe)[2]
    assert cells == [
        *("37.5%*", "25.0%*", "+12.5 pp*", "-25.0 pp*", "-50.0 pp*", "+25.0 pp*", "100.0%*", "100.0%*", "0.0 pp*"),
        *("37.50*", "25.00*", "12.50*", "8*", "8*", "0*"),
    ]
    # programs get the difference of the numbers as it is
    (row,) = shares.ask(["p"], as_of="2024-02-29", compare="2024-01-31").to_dicts()
    assert row["p_change"] == row["p"] - row["p_before"] == 0.125


def test_an_indicator_that_is_a_change_of_a_share_is_in_points_and_a_relative_one_in_percent(shares: Port) -> None:
    asked = ["moved", "relative", "moved_hundred", "moved_n"]
    safe = shares.ask(asked, period="2024-02-01..2024-02-29").safe
    assert [one.unit for one in safe.columns] == ["percentage points", "share", "percentage points", "persons"]
    assert lines_of(safe)[2] == ["+12.5 pp*", "50.0%*", "12.50*", "0*"]


def test_a_share_taken_apart_moves_by_points(shares: Port, capfdbinary: Any) -> None:
    change = shares.change("p", ("2024-01-31", "2024-02-29"))
    assert {one.role: one.unit for one in change.safe.columns} == {
        "start": "share",
        "movement": "percentage points",
        "end": "share",
    }
    html = change._repr_html_()
    assert "25.0%*" in html and "+12.50 pp*" in html and "37.5%*" in html
