"""Truth: what was planted, record by record: rules, keys and columns, never a person's value."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from dataport.durable import make_private

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("rule_name", "table_name", "column_name", "key", "individual_id", "group_id",
                                      "operation_code")]
)  # fmt: skip


class Truth:
    """A private Parquet file that grows by row groups; without a folder what is planted is only counted."""

    def __init__(self, folder: Path | None, name: str = "created") -> None:
        self.planted: Counter[str] = Counter()
        self.path = folder / f"{name}.parquet" if folder else None
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Truth:
        if self.path:
            make_private(self.path.parent)
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
            self._writer = pq.ParquetWriter(self.path, SCHEMA, compression="zstd")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.close()

    def add(self, planted: pa.Table) -> None:
        """Write down what was planted in a portion."""
        self.planted.update(planted["rule_name"].to_pylist())
        if self._writer and planted.num_rows:
            self._writer.write_table(planted)
