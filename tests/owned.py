"""A file of one's own with a model, from a few lines of SQL and YAML: for what holds whatever the file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

import dataport
from dataport.api import Port

HISTORY = (datetime(2024, 1, 1), datetime(2024, 7, 1))


def opened(folder: Path, sql: str, model: str, history: tuple[datetime, datetime] = HISTORY, **viewer: Any) -> Port:
    """A port to a file that some SQL makes, in a folder of its own."""
    folder = folder / f"file_{len(list(folder.iterdir()))}"
    (folder / "model").mkdir(parents=True)
    with duckdb.connect(str(folder / "own.duckdb")) as connection:
        connection.execute(f"set timezone = 'UTC'; {sql}")
    (folder / "model" / "model.yml").write_text(model, encoding="utf-8")
    who = dataport.declared("me", ["e"], **viewer)
    return dataport.open(database=folder / "own.duckdb", definitions=folder / "model", viewer=who, history=history)


def rows(port: Port, *indicators: str, **words: Any) -> list[tuple[Any, ...]]:
    """The rows of an answer."""
    return [tuple(row.values()) for row in port.ask(indicators, **words).to_dicts()]


def fact(name: str = "f", table: str = "t", **more: str) -> str:
    """A fact of a model, with its unit `id` and its scope `s`."""
    further = "".join(f", {key}: {value}" for key, value in more.items())
    return f"  {name}: {{label: F, table: {table}, entity: e, unit: id, scope: s{further}}}\n"


def level(name: str, body: str = "on: {f: s}", kind: str = "text") -> str:
    """A level of a model."""
    return f"  {name}: {{label: L, tier: T0, type: {kind}, {body}}}\n"


def indicator(name: str, body: str, kind: str | None = None) -> str:
    """An indicator of a model."""
    over = ", over: at the end" if body.startswith(("stock", "period_average")) else ""
    typed = f", type: {kind}" if kind else ""
    return f"  {name}: {{label: I, description: D, unit: u, tier: T0{typed}{over}, {body}}}\n"


def model(facts: str, levels: str, indicators: str) -> str:
    """The parts of a model."""
    return f"facts:\n{facts}levels:\n{levels}indicators:\n{indicators}"
