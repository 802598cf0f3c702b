"""schema: the tables and columns of a file, from its own catalogue."""

from __future__ import annotations

import duckdb
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from dataport.engine.blocks import select, stored
from dataport.engines.duckdb.engine import DIALECT
from dataport.semantic.held import Held
from dataport.semantic.names import folded
from dataport.semantic.schema import Columns, ColumnType, Kind, Schema
from dataport.warehouse.sealed import OWN

_MAIN = "main"
_COLUMNS = f"""
select schema_name, table_name, column_name, data_type, numeric_precision, numeric_scale
from system.main.duckdb_columns() where database_name = '{OWN}' and not internal
"""
_VIEWS = f"""
select schema_name, view_name from system.main.duckdb_views() where database_name = '{OWN}' and not internal
"""
_INTEGERS = {
    "TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 39,
    "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10, "UBIGINT": 20, "UHUGEINT": 39,
}  # fmt: skip
_KINDS: dict[str, Kind] = {
    "FLOAT": "double",
    "DOUBLE": "double",
    "VARCHAR": "text",
    "ENUM": "text",
    "UUID": "text",
    "JSON": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "time",
    "TIMESTAMP_S": "time",
    "TIMESTAMP_MS": "time",
    "TIMESTAMP_NS": "time",
    "TIMESTAMP WITH TIME ZONE": "zoned time",
}


def read_schema(connection: duckdb.DuckDBPyConnection) -> Schema:
    """What a file holds that is attached as one's own."""
    tables: dict[str, dict[str, ColumnType]] = {}
    places: dict[str, tuple[str, str]] = {}
    twice: set[str] = set()
    with connection.cursor() as cursor:
        for schema, table, column, name, precision, scale in cursor.execute(_COLUMNS).fetchall():
            called = folded(table if schema == _MAIN else f"{schema}.{table}")
            if places.setdefault(called, (schema, table)) == (schema, table):
                tables.setdefault(called, {})[folded(column)] = column_type(name, precision, scale)
            else:
                twice.add(called)
        for schema, view in cursor.execute(_VIEWS).fetchall():
            called = folded(view if schema == _MAIN else f"{schema}.{view}")
            if places.get(called) == (schema, view) and (columns := _of_view(schema, view, cursor)):
                tables[called] = columns
    return Schema({table: Columns(columns) for table, columns in tables.items()}, places, frozenset(twice))


def _of_view(schema: str, view: str, connection: duckdb.DuckDBPyConnection) -> dict[str, ColumnType]:
    """The columns that a view has as its tables are now; none where it cannot be read.

    The catalogue says what they were when the view was made: a column that has become a fraction since would be cut.
    """
    rows = select([exp.Star()], stored(view, Held(OWN, schema, view)))
    try:
        found = connection.sql(rows.sql(dialect=DIALECT))
    except duckdb.Error:
        return {}
    pairs = zip(found.columns, found.types, strict=True)
    return {folded(name): column_type(str(kind), *_digits(kind)) for name, kind in pairs}


def _digits(kind: DuckDBPyType) -> tuple[int | None, int | None]:
    """Digits and scale of a decimal."""
    if kind.id != "decimal":
        return None, None
    digits, scale = (size for _, size in kind.children if isinstance(size, int))
    return digits, scale


def column_type(name: str, precision: int | None, scale: int | None) -> ColumnType:
    """A type as the engine writes it.

    >>> column_type("DECIMAL(10,2)", 10, 2)
    ColumnType(name='DECIMAL(10,2)', kind='decimal', digits=10, scale=2)
    """
    if name.endswith("]"):
        return ColumnType("LIST", "other")
    head = name.partition("(")[0]
    if head in _INTEGERS:
        return ColumnType(head, "integer", _INTEGERS[head])
    if head == "DECIMAL":
        return ColumnType(name, "decimal", precision or 0, scale or 0)
    return ColumnType(head, _KINDS.get(head, "other"))
