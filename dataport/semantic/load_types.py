"""load, for types: what definitions say is held against the columns that the file has, read without any row."""

from __future__ import annotations

from dataport.errors import did_you_mean
from dataport.semantic.names import folded
from dataport.semantic.schema import Columns, Schema
from dataport.semantic.yaml_entries import Entry


def columns_of(table: Entry, schema: Schema | None) -> Columns:
    """The columns of a table; none where the file is not known."""
    if schema is None:
        return Columns()
    if folded(table.text()) in schema.twice:
        raise table.error(f"the file has two tables called {table.text()!r}: call one of them otherwise in a view.")
    columns = schema.columns(table.text())
    if columns is None:
        elsewhere = [name for name in schema.tables if name.endswith("." + folded(table.text()))]
        near = f" Did you mean {' or '.join(elsewhere)}?" if elsewhere else did_you_mean(table.text(), schema.tables)
        names = ", ".join(sorted(name for name in schema.tables if "." not in name)) or "none"
        raise table.error(f"the file has no table {table.text()!r}.{near} In its main schema it has {names}.")
    return columns
