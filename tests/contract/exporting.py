"""A site that exports its store every night: each table as a dated file, all of it or what changed since yesterday."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from dataport.store import Store
from dataport.store.arrow import arrow_schema
from dataport.store.schema import TABLES

Rows = dict[str, dict[str, Any]]


class Export:
    """Writes the files of a day; remembers those of the day before, to tell what changed."""

    def __init__(self, folder: Path, form: str = "parquet", rows: str = "full") -> None:
        self.folder, self.form, self.rows = folder, form, rows
        self.before: Mapping[str, Rows] = {}

    def write(self, store: Store, day: date, only: Collection[str] = ()) -> None:
        """Export the store as it is, under a date."""
        now = {}
        for table in TABLES:
            found = store.query(f'SELECT * FROM "{table.name}" ORDER BY "{table.key}"').to_pylist()
            now[table.name] = {row[table.key]: row for row in found}
            if only and table.name not in only:
                continue
            rows, infix = found, ""
            if self.rows == "changed":
                before = self.before.get(table.name)
                infix = ".full" if before is None else ".changed"
                rows = found if before is None else [row for row in found if before.get(row[table.key]) != row]
                gone = [] if before is None else [key for key in before if key not in now[table.name]]
                rows = [
                    *({**row, "is_deleted": False} for row in rows),
                    *({table.key: key, "is_deleted": True} for key in gone),
                ]
            schema = arrow_schema(table.landed)
            if self.rows == "changed":
                schema = schema.append(pa.field("is_deleted", pa.bool_()))
            self.put(table.name, f"{day}{infix}", pa.Table.from_pylist(rows, schema))
        self.before = now

    def put(self, table: str, name: str, rows: pa.Table) -> Path:
        """One file, whole, as it lies there when the night is over."""
        path = self.folder / table / f"{name}.{self.form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.form == "parquet":
            pq.write_table(rows, path)
        else:
            csv.write_csv(rows, path)
        settle(path)
        return path


def settle(path: Path, seconds: float = 3600) -> None:
    """Let a file have been written some time ago."""
    os.utime(path, (time.time() - seconds, time.time() - seconds))
