"""RawTable: rows between two stages that must not be printed by accident."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True, repr=False)
class RawTable:
    """An Arrow table that does not print its rows.

    Logs, tracebacks and debuggers call ``repr``; a row of a person must not reach them that way.
    """

    data: pa.Table

    def __repr__(self) -> str:
        return f"RawTable({self.data.num_rows} rows: {', '.join(self.data.column_names)})"
