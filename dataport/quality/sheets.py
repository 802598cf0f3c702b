"""sheets: tables of this room as a CSV, in which nothing can be run."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any, BinaryIO

from dataport.quality.tables import Cell, Table
from dataport.texts import inert


def write_csv(table: Table, out: BinaryIO, *, raw: bool = False) -> None:
    """Write a table as CSV; texts that a spreadsheet would run are made inert unless they are wanted raw."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([one.name for one in table.columns])
    for row in table.rows:
        writer.writerow([_as_csv(cell, raw) for cell in row])
    text.detach()


def _as_csv(cell: Cell, raw: bool) -> Any:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and not raw:
        return inert(cell)
    return cell.isoformat() if isinstance(cell, date) else cell
