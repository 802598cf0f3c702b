"""columns: looked-up rows as the columns and statuses of an answer."""

from __future__ import annotations

from typing import Any, Protocol

import pyarrow as pa

from dataport.disclosure.protected.answer import ProtectedRows
from dataport.disclosure.status import CellStatus
from dataport.semantic.timeline import PERIOD

_TYPES: dict[str, Any] = {
    "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "text": pa.string(), "date": pa.date32(),
}  # fmt: skip


class Column(Protocol):
    """What is known of a column of an answer."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def role(self) -> str: ...


def told(rows: ProtectedRows, columns: tuple[Column, ...]) -> pa.Table:
    """The rows as the columns of the answer; a level that a total adds up is null."""
    found = {}
    for column in columns:
        if column.name == PERIOD and column.role == "level":
            values: list[Any] = list(rows.periods)
        elif column.role == "level":
            place = rows.kept.index(column.name) if column.name in rows.kept else None
            values = [None if place is None else row[place] for row in rows.members]
        else:
            values = [cell.value for cell in rows.cells[column.name]]
        found[column.name] = pa.array(values, _TYPES[column.type])
    return pa.table(found)


def statuses(rows: ProtectedRows) -> tuple[CellStatus, ...]:
    """Cells that are not shown, for which there is no snapshot, or whose value is of an earlier day."""
    found = []
    for row, cells in enumerate(zip(*rows.cells.values(), strict=True)):
        for name, cell in zip(rows.cells, cells, strict=True):
            if not cell.is_known:
                found.append(CellStatus(row, name, "outside_history"))
            elif cell.value is None:
                found.append(CellStatus(row, name, "withheld"))
            elif cell.since:
                found.append(CellStatus(row, name, "kept", cell.since))
    return tuple(found)
