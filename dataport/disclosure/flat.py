"""A SafeTable as one table that loses nothing: its rows, then its totals, and why a cell is not simply its value.

For formats that hold one table. Two columns follow those of the answer, whatever was asked, so that a program finds the
same ones each time:

* ``total_of``: in a total, the breakdowns that were added up, in the order asked, separated by commas; null in other
  rows. A null in a breakdown that is not named there is the unknown member.
* ``status``: ``COLUMN=CODE`` for each cell that is not simply its value, separated by semicolons; null where there is
  none. It is called ``cell_status`` where the answer has a breakdown or an indicator called `status`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from dataport.disclosure.labels import Facet, Labels, facets, spread
from dataport.disclosure.release import SafeTable
from dataport.disclosure.status import CellStatus
from dataport.semantic.names import CELL_STATUS, STATUS, TOTAL_OF

# The metadata key of an Arrow or Parquet file under which `described` stands, as JSON.
METADATA_KEY = b"dataport"


def flat(table: SafeTable, *, totals: bool = True, status: bool = True, labels: Labels | None = None) -> pa.Table:
    """The rows of an answer as one table.

    Args:
        totals: whether the rows of totals follow, and all rows have the column `TOTAL_OF`.
        status: whether the rows have the column with the codes of their cells.
        labels: whether members are told by code, by label or by both; None for the values as the data have them.
    """
    levels = [one.name for one in table.columns if one.role == "level"]
    parts = table.parts() if totals else table.parts()[:1]
    whole = pa.concat_tables([spread(one, table, labels) for one in parts], promote_options="default")
    taken = whole.column_names
    if totals:
        added = [",".join(filter(one.adds_up, levels)) if one.is_total else None for one in parts]
        named = (pa.array([of] * one.data.num_rows, pa.string()) for of, one in zip(added, parts, strict=True))
        whole = whole.append_column(TOTAL_OF, _texts(named))
    if status:
        name = CELL_STATUS if STATUS in taken else STATUS
        whole = whole.append_column(name, _texts(_said(one.data.num_rows, one.status) for one in parts))
    return whole


def told(table: SafeTable, *, totals: bool = True, status: bool = True, labels: Labels | None = None) -> pa.Table:
    """The table that `flat` makes, with `described` as its metadata."""
    return with_metadata(flat(table, totals=totals, status=status, labels=labels), described(table, labels))


def with_metadata(rows: pa.Table, said: Mapping[str, Any]) -> pa.Table:
    """A table with what is said of it as the metadata of its schema."""
    text = json.dumps(said, ensure_ascii=False, default=str)
    return rows.replace_schema_metadata({METADATA_KEY: text.encode()})


def _texts(parts: Iterable[pa.Array]) -> pa.ChunkedArray:
    return pa.chunked_array(list(parts), pa.string())


def _said(rows: int, codes: tuple[CellStatus, ...]) -> pa.Array:
    """The codes of some rows, one text for each that has any."""
    if not codes:
        return pa.nulls(rows, pa.string())
    said: dict[int, list[str]] = {}
    for one in codes:
        since = f"@{one.since}" if one.since else ""
        said.setdefault(one.row, []).append(f"{one.column}={one.code}{since}")
    return pa.array([";".join(said[row]) if row in said else None for row in range(rows)], pa.string())


def described(table: SafeTable, labels: Labels | None = None) -> dict[str, Any]:
    """What an answer says beside its numbers, as in its JSON. Of totals it gives the number of rows, not the rows."""
    return {
        "columns": [_described(one, labels) for one in facets(table, labels)],
        "status": codes_of(table.status),
        "totals": [
            {"levels": list(one.levels), "rows": one.data.num_rows, "status": codes_of(one.status)}
            for one in table.totals
        ],
        "members": {name: dict(labels) for name, labels in table.members.items()},
        "meta": dict(table.meta),
    }


def _described(facet: Facet, labels: Labels | None) -> dict[str, Any]:
    one = facet.column
    said = {"name": one.name, "label": one.label, "type": one.type, "unit": one.unit, "role": one.role}
    # where labels are asked for, a column says which level it shows, and to which system its codes belong
    return {**said, "of": facet.of, "system": one.system or None} if labels and one.role == "level" else said


def codes_of(status: tuple[CellStatus, ...]) -> list[dict[str, Any]]:
    """Codes of cells as plain values."""
    plain = ({"row": one.row, "column": one.column, "code": one.code} for one in status)
    return [
        said | ({"since": one.since.isoformat()} if one.since else {}) for said, one in zip(plain, status, strict=True)
    ]
