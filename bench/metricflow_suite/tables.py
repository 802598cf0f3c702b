"""The suite's tables: as they are for its own queries, and the same with what definitions need of a file.

Definitions want a key of each fact, and a column by which permissions could narrow its rows. Most of the suite's tables
have neither, so each gets a number of its rows and a column that is the same in all of them; and what a measure works
out of a row (``expr: "1"``) is a column, as MetricFlow's own statements make it one. The suite's calendar also has the
week, the month and the like of each of its days. Nothing else differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bench.metricflow_suite.manifests import Measure, Model
from bench.metricflow_suite.repository import TABLES, documents

CALENDAR = "mf_time_spine"
CALENDAR_DATES = ("week", "month", "quarter", "year")
CALENDAR_PARTS = {f"extract_{part}": part for part in ("year", "quarter", "month", "day", "doy")} | {
    "extract_dow": "isodow"
}
KEY, SCOPE, ONE = "row_number_in_file", "everybody", "one"
_TYPES = {"STRING": "VARCHAR", "TIME": "TIMESTAMP", "FLOAT": "DOUBLE", "INT": "BIGINT", "BOOLEAN": "BOOLEAN"}
LEVEL_TYPES = {"VARCHAR": "text", "TIMESTAMP": "date", "DOUBLE": "number", "BIGINT": "integer", "BOOLEAN": "boolean"}


@dataclass(frozen=True, slots=True)
class Tables:
    """The suite's tables in a file, and which types their columns have."""

    path: Path
    columns: dict[tuple[str, str], str]

    def level_type(self, table: str, column: str) -> str:
        if table == CALENDAR and column in (*CALENDAR_DATES, *CALENDAR_PARTS):
            return "date" if column in CALENDAR_DATES else "integer"
        return LEVEL_TYPES[self.columns[table, column]]

    def span(self, table: str, column: str) -> tuple[date, date]:
        """The first and the last day in a column."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            ((first, last),) = connection.sql(f'select min("{column}"), max("{column}") from "{table}"').fetchall()
        return _day(first), _day(last)


def _day(found: object) -> date:
    return found.date() if isinstance(found, datetime) else date.fromisoformat(str(found))


def loaded(root: Path, path: Path) -> Tables:
    """All of the suite's tables in a new file."""
    columns: dict[tuple[str, str], str] = {}
    with duckdb.connect(str(path)) as connection:
        for _, document in documents(root / TABLES):
            snapshot = document["table_snapshot"]
            types = {one["name"]: _TYPES[one["type"]] for one in snapshot["column_definitions"]}
            columns |= {(snapshot["table_name"], name): kind for name, kind in types.items()}
            _load(connection, snapshot["table_name"], types, snapshot["rows"])
    return Tables(path, columns)


def _load(connection: duckdb.DuckDBPyConnection, table: str, types: dict[str, str], rows: list[list[Any]]) -> None:
    """All values are texts in the suite, and are read as the types that its columns state."""
    read = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in types.items())
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    texts = pa.table([pa.array(column, pa.string()) for column in columns], names=list(types))
    connection.register("texts", texts)
    connection.execute(f'create table "{table}" as select {read} from texts')
    connection.unregister("texts")


def for_definitions(tables: Tables, models: Iterable[Model], path: Path) -> None:
    """A file with the same tables and the columns that definitions need."""
    worked_out: dict[str, dict[str, str]] = {}
    for model in models:
        made = {
            column_of(one): _expression(one)
            for one in model.measures.values()
            if column_of(one) not in (one.expression, ONE)
        }
        worked_out.setdefault(model.table, {}).update(made)
    worked_out[CALENDAR] = {one: f"date_trunc('{one}', ds)::date" for one in CALENDAR_DATES}
    worked_out[CALENDAR] |= {name: f"extract({part} from ds)" for name, part in CALENDAR_PARTS.items()}
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{tables.path}' as suite (read_only)")
        for table in dict.fromkeys(name for name, _ in tables.columns):
            more = {KEY: "row_number() over ()", SCOPE: "'all'", ONE: "1::bigint"} | worked_out.get(table, {})
            added = ", ".join(f'{expression} as "{name}"' for name, expression in more.items())
            connection.execute(f'create table "{table}" as select *, {added} from suite."{table}"')


def _expression(measure: Measure) -> str:
    """What a measure works out of a row, as SQL."""
    return f"({measure.expression} is true)::bigint" if measure.aggregate == "sum_boolean" else measure.expression


def column_of(measure: Measure) -> str:
    """The column that a measure adds up: its own, that of ones, or one that is worked out of a row."""
    if measure.expression == "1":
        return ONE
    if measure.aggregate == "sum_boolean":
        return f"{measure.name}__number"
    return measure.expression if measure.expression.isidentifier() else f"{measure.name}__expression"
