"""A file of one's own and its definitions, in the few lines of SQL and YAML that a test is about."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

import dataport
from dataport.api import Answer, Port

HISTORY = (datetime(2024, 1, 1), datetime(2024, 7, 1))
HALF_YEAR = {"period": "2024-01-01..2024-06-30"}
MONTHS = {"period": "2024-01-01..2024-03-31", "grain": "month"}
JANUARY = date(2024, 1, 5)


def opened(folder: Path, sql: str, yaml: str, history: tuple[datetime, datetime] = HISTORY, **viewer: Any) -> Port:
    """A port to a file that some SQL makes, in a folder of its own."""
    folder = folder / f"file_{len(list(folder.iterdir()))}"
    (folder / "model").mkdir(parents=True)
    with duckdb.connect(str(folder / "own.duckdb")) as connection:
        connection.execute(f"set timezone = 'UTC'; {sql}")
    (folder / "model" / "model.yml").write_text(yaml, encoding="utf-8")
    who = dataport.declared("me", ["e"], **viewer)
    return dataport.open(database=folder / "own.duckdb", definitions=folder / "model", viewer=who, history=history)


def rows(port: Port, *indicators: str, **words: Any) -> list[tuple[Any, ...]]:
    """The rows of an answer."""
    return [tuple(row.values()) for row in port.ask(indicators, **words).to_dicts()]


def asked(folder: Path, sql: str, yaml: str, *indicators: str, **words: Any) -> Answer:
    """The answer of a file that is asked once; about half a year, where no words say otherwise."""
    return opened(folder, sql, yaml).ask(indicators, **(words or HALF_YEAR))


def asked_rows(folder: Path, sql: str, yaml: str, *indicators: str, **words: Any) -> list[tuple[Any, ...]]:
    """The rows of a file that is asked once."""
    return [tuple(row.values()) for row in asked(folder, sql, yaml, *indicators, **words).to_dicts()]


def fact(name: str = "f", table: str = "t", **more: str) -> str:
    """A fact of a model, with its unit `id` and its scope `s`."""
    further = "".join(f", {key}: {value}" for key, value in more.items())
    return f"  {name}: {{label: F, table: {table}, entity: e, unit: id, scope: s{further}}}\n"


def level(name: str, body: str = "on: {f: s}", kind: str | None = None) -> str:
    """A level of a model; of the type of its columns, if it states none."""
    return f"  {name}: {{label: L, tier: T0{f', type: {kind}' if kind else ''}, {body}}}\n"


def indicator(name: str, body: str, kind: str | None = None) -> str:
    """An indicator of a model."""
    over = ", over: at the end" if body.startswith(("stock", "period_average")) else ""
    typed = f", type: {kind}" if kind else ""
    return f"  {name}: {{label: I, description: D, unit: u, tier: T0{typed}{over}, {body}}}\n"


def flow(aggregate: str, column: str = "x") -> str:
    """What is made of a column of the events of a model."""
    return f"flow: {{fact: f, axis: d, aggregate: {aggregate}, column: {column}}}"


def model(facts: str, levels: str, indicators: str) -> str:
    """The parts of a model."""
    return f"facts:\n{facts}levels:\n{levels}indicators:\n{indicators}"


FLOW = fact(axes="{d: d}")
STOCK = fact(validity="{from: a, to: b}")


def simple_model(*indicators: str, levels: str = "", facts: str = FLOW) -> str:
    """A model of one fact with its scope as a level."""
    return model(facts, level("s") + levels, "".join(indicators))


def events(*values: str, kind: str = "") -> str:
    """A table of events of 5 January with a number `x` each, as SQL writes them."""
    cast = f"::{kind}" if kind else ""
    listed = ", ".join(f"({number}, 'a', date '2024-01-05', {one}{cast})" for number, one in enumerate(values, 1))
    return f"create table t as from (values {listed}) v(id, s, d, x);"
