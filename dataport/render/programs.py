"""An answer for programs: as JSON, or as one table for CSV, Parquet and Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import pyarrow as pa

from dataport import render
from dataport.disclosure import Labels, SafeTable, described, flat, spread, told, with_metadata
from dataport.texts import inert, inert_json

# Decimals are written as numbers, to the last digit.
_EXACT = msgspec.json.Encoder(
    decimal_format="number", enc_hook=lambda value: dict(value) if isinstance(value, Mapping) else str(value)
)


def json_text(value: Any, *, indent: int | None = 0) -> str:
    """Something as JSON in which nothing stands that does not print, and every decimal to its last digit.

    Args:
        indent: none for a program, which wants no blanks.
    """
    told = _EXACT.encode(value)
    return inert_json((told if indent is None else msgspec.json.format(told, indent=indent)).decode())


def as_json(table: SafeTable, labels: Labels | None = None) -> dict[str, Any]:
    """The contract's object: columns, rows, status, totals, meta; and the names of the members that occur."""
    said = described(table, labels)
    main, *whole = table.parts()
    rows = _rows(spread(main, table, labels))
    totals = [
        {**one, "rows": _rows(spread(total, table, labels))}
        for one, total in zip(said["totals"], reversed(whole), strict=True)
    ]
    return {"columns": said["columns"], "rows": rows, **said, "totals": totals}


def _rows(data: pa.Table) -> list[list[Any]]:
    columns = [[_plain(value) for value in column.to_pylist()] for column in data.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def one_table(table: SafeTable, labels: Labels | None, across: str | None, *, described_too: bool) -> pa.Table:
    """The answer as one table.

    Args:
        across: the level whose members go across.
        described_too: with what is said of it as the metadata of its schema.
    """
    if across:
        pivot = render.form("pivot")
        rows: pa.Table = pivot.as_table(pivot.pivoted(table, across), labels)
        # of an answer, whichever way it lies: the columns and the codes of cells are other ones here
        said = {name: one for name, one in described(table, labels).items() if name in ("members", "meta")}
        return with_metadata(rows, {"across": across, **said}) if described_too else rows
    return told(table, labels=labels) if described_too else flat(table, labels=labels)


def inert_table(table: pa.Table) -> pa.Table:
    """A table whose texts do nothing in a spreadsheet or on a terminal; each different text is looked at once."""
    columns = []
    for column in table.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            values = column.combine_chunks().dictionary_encode()
            told = pa.array([inert(one) for one in values.dictionary.to_pylist()], column.type)
            column = pa.DictionaryArray.from_arrays(values.indices, told).dictionary_decode()
        columns.append(column)
    return pa.table(columns, names=[inert(name) for name in table.column_names])
