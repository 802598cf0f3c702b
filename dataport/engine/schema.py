"""schema: the tables and columns of a file, from its own catalogue."""

from __future__ import annotations

import duckdb

from dataport.semantic.schema import Columns, ColumnType, Kind, Schema

# Only what a name without a schema finds; a system table is none of the file.
_COLUMNS = """
select table_name, column_name, data_type, numeric_precision, numeric_scale
from duckdb_columns()
where database_name = current_database() and schema_name = current_schema() and not internal
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
    """What an open file holds."""
    tables: dict[str, dict[str, ColumnType]] = {}
    with connection.cursor() as cursor:
        for table, column, name, precision, scale in cursor.execute(_COLUMNS).fetchall():
            tables.setdefault(table.casefold(), {})[column.casefold()] = column_type(name, precision, scale)
    return Schema({table: Columns(columns) for table, columns in tables.items()})


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
