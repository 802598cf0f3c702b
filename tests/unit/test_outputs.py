"""Outputs lose nothing that was asked: each format, read back, says what JSON says."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dataport
from dataport.api import Answer, Port
from dataport.cli.render import as_json, write_table
from dataport.disclosure import METADATA_KEY

MODEL = """
facts:
  f: {label: F, table: t, entity: e, unit: id, scope: s, validity: {from: a, to: b}}
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
create table t as select i as id, case when i < 30 then 'a' when i < 33 then 'total' end as s,
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
