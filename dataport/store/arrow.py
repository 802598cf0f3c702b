"""The store's columns as Arrow: types, schemas, and fitting what a caller gives to what a table declares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from dataport.errors import ContractBroken, did_you_mean
from dataport.store.declared import STAMPS, Column, Kind, Table
from dataport.store.schema import TABLES

TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}

# What the store itself decides about a row; nobody else may write it.
STORE_OWNED = ("change_no", "stamped_at")

_DECLARED: dict[str, Kind] = {column.name: column.kind for table in TABLES for column in table.landed}


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of declared columns. Every field is nullable: a tombstone fills hardly any of them."""
    return pa.schema([pa.field(column.name, TYPES[column.kind]) for column in columns])


def kind_of(name: str) -> Kind | None:
    """The kind that a result column's name promises, or None.

    A declared name has its declared kind; any other follows the grammar of names: ``_date`` is a date, ``_at`` and
    ``_on`` are timestamps, ``is_``, ``has_`` and ``may_`` are booleans.

    >>> kind_of("first_registration_date"), kind_of("n")
    ('date', None)
    """
    if name in _DECLARED:
        return _DECLARED[name]
    if name.endswith("_date"):
        return "date"
    if name.endswith(("_at", "_on")):
        return "timestamp"
    return "boolean" if name.startswith(("is_", "has_", "may_")) else None


def refuse_unknown(table: Table, names: Sequence[str], allowed: Sequence[str]) -> None:
    """Stop at the first name that a writer of this table may not set.

    Raises:
        ContractBroken: naming the table and the column.
    """
    for name in names:
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            raise ContractBroken(f"{table.name} has no column {name!r} that may be written.{hint}")


def fit(table: Table, batch: pa.RecordBatch, change_no: int, moment: datetime) -> pa.RecordBatch:
    """A loaded batch in the table's full shape: declared order and types, stamps filled in.

    Columns that are missing become NULL; device times that are missing become `moment`, as if entered at the desk.

    Raises:
        ContractBroken: a column the table does not have, or one that cannot be read as its kind.
    """
    given = dict(zip(batch.schema.names, batch.columns, strict=True))
    refuse_unknown(table, list(given), [c.name for c in table.landed if c.name != "change_no"])
    defaults = {"change_no": change_no, "stamped_at": moment, "created_on": moment, "modified_on": moment}
    arrays = [_column(table, column, given, defaults, batch.num_rows) for column in table.landed]
    return pa.record_batch(arrays, schema=arrow_schema(table.landed))


def _column(
    table: Table, column: Column, given: dict[str, pa.Array], defaults: dict[str, object], rows: int
) -> pa.Array:
    array, kind = given.get(column.name), TYPES[column.kind]
    if array is None:
        return pa.repeat(pa.scalar(defaults.get(column.name), type=kind), rows)
    try:
        return pc.cast(array, kind) if array.type != kind else array
    except pa.ArrowInvalid:
        raise ContractBroken(f"{table.name}.{column.name} holds a value that is not a {column.kind}.") from None


def smallest_stamp(batch: pa.RecordBatch) -> datetime | None:
    """The earliest stamp of a fitted batch; None when it has no rows."""
    return pc.min(batch.column(batch.schema.get_field_index(STAMPS[-1].name))).as_py()
