"""A SafeTable as one table that loses nothing: its rows, then its totals, with why cells are not simply their values.

For formats that hold one table. Two columns follow those of the answer, whatever was asked, so that a program finds the
same ones each time:

* ``total_of``: of a total, the breakdowns that were added up, in the order asked, with commas; null for other rows.
  A null of a breakdown that is not among them is the unknown member.
* ``status``: ``COLUMN=CODE`` for each cell that is not simply its value, with semicolons; null for none. It is called
  ``cell_status`` where the answer has a breakdown or an indicator called `status`.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from dataport.disclosure.release import CellStatus, SafeTable
from dataport.semantic.names import CELL_STATUS, STATUS, TOTAL_OF
from dataport.semantic.timeline import PERIOD

# The key of an Arrow or Parquet file under which `described` stands, as JSON.
METADATA_KEY = b"dataport"


def flat(table: SafeTable, *, totals: bool = True, status: bool = True) -> pa.Table:
    """The rows of an answer as one table, with what is said of it as metadata.

    Args:
        totals: whether the rows of totals are below, and `TOTAL_OF` is beside them.
        status: whether the codes of cells are beside them.
    """
    levels = [one.name for one in table.columns if one.role == "level" and one.name != PERIOD]
    parts = [_part(table.data, None, table.status)]
    if totals:
        # the finest first, that of everything last
        for one in reversed(table.totals):
            added_up = ",".join(name for name in levels if name not in one.levels)
            parts.append(_part(one.data, added_up, one.status))
    whole = pa.concat_tables(parts, promote_options="default")
    dropped = [*([] if totals else [TOTAL_OF]), *([] if status else [whole.column_names[-1]])]
    said = json.dumps(described(table), ensure_ascii=False, default=str)
    return whole.drop_columns(dropped).replace_schema_metadata({METADATA_KEY: said.encode()})


def _part(data: pa.Table, total_of: str | None, codes: tuple[CellStatus, ...]) -> pa.Table:
    """Some rows with both columns beside them."""
    said: list[list[str]] = [[] for _ in range(data.num_rows)]
    for one in codes:
        said[one.row].append(f"{one.column}={one.code}")
    status = CELL_STATUS if STATUS in data.column_names else STATUS
    data = data.append_column(TOTAL_OF, pa.array([total_of] * data.num_rows, pa.string()))
    return data.append_column(status, pa.array([";".join(one) or None for one in said], pa.string()))


def described(table: SafeTable) -> dict[str, Any]:
    """What is said of an answer beside its numbers, as in its JSON: rows of totals apart, which it only counts."""
    return {
        "columns": [
            {"name": one.name, "label": one.label, "type": one.type, "unit": one.unit, "role": one.role}
            for one in table.columns
        ],
        "status": codes_of(table.status),
        "totals": [
            {"levels": list(one.levels), "rows": one.data.num_rows, "status": codes_of(one.status)}
            for one in table.totals
        ],
        "members": {name: dict(labels) for name, labels in table.members.items()},
        "meta": dict(table.meta),
    }


def codes_of(status: tuple[CellStatus, ...]) -> list[dict[str, Any]]:
    """Codes of cells as plain values."""
    return [{"row": one.row, "column": one.column, "code": one.code} for one in status]
