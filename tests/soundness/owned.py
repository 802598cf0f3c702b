"""A file of one's own and its definitions, in the few lines that a test is about."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

import dataport
from dataport.api import Answer, Port

HISTORY = (datetime(2024, 1, 1), datetime(2024, 7, 1))
HALF_YEAR = {"period": "2024-01-01..2024-06-30"}
MONTHS = {"period": "2024-01-01..2024-03-31", "grain": "month"}
FLOW = "facts:\n  f: {label: F, table: t, entity: e, unit: id, scope: s, axes: {d: d}}\n"
STOCK = "facts:\n  f: {label: F, table: t, entity: e, unit: id, scope: s, validity: {from: a, to: b}}\n"
JANUARY = date(2024, 1, 5)
_NUMBERS = itertools.count()


def level(name: str, body: str, kind: str | None = None) -> str:
    return f"  {name}: {{label: L, tier: T0{f', type: {kind}' if kind else ''}, {body}}}\n"


def indicator(name: str, body: str, kind: str | None = None) -> str:
    over = ", over: at the end" if body.startswith(("stock", "period_average")) else ""
    stated = f", type: {kind}" if kind else ""
    return f"  {name}: {{label: L, description: D, unit: u, tier: T0{stated}{over}, {body}}}\n"


def model(*indicators: str, levels: str = "", facts: str = FLOW) -> str:
    return f"{facts}levels:\n{level('s', 'on: {f: s}')}{levels}indicators:\n{''.join(indicators)}"


def flow(aggregate: str, column: str = "x") -> str:
    return f"flow: {{fact: f, axis: d, aggregate: {aggregate}, column: {column}}}"


def events(*values: str, kind: str = "") -> str:
    """A table of events of 5 January with a number `x` each, as SQL writes them."""
    cast = f"::{kind}" if kind else ""
    rows = ", ".join(f"({number}, 'a', date '2024-01-05', {one}{cast})" for number, one in enumerate(values, 1))
    return f"create table t as from (values {rows}) v(id, s, d, x);"


def opened(folder: Path, sql: str, yaml: str) -> Port:
    place = folder / str(next(_NUMBERS))
    (place / "definitions").mkdir(parents=True)
    with duckdb.connect(str(place / "x.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(sql)
    (place / "definitions" / "model.yml").write_text(yaml)
    viewer = dataport.declared("me", ["e"])
    return dataport.open(database=place / "x.duckdb", definitions=place / "definitions", viewer=viewer, history=HISTORY)


def asked(folder: Path, sql: str, yaml: str, *indicators: str, **words: Any) -> Answer:
    return opened(folder, sql, yaml).ask(list(indicators), **(words or HALF_YEAR))


def rows(folder: Path, sql: str, yaml: str, *indicators: str, **words: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in asked(folder, sql, yaml, *indicators, **words).to_dicts()]
