"""An answer as Parquet, with what is said of it in the metadata of its schema."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pa_parquet


def write_parquet(table: pa.Table, out: BinaryIO) -> None:
    """Write a table as one Parquet file."""
    pa_parquet.write_table(table, out)
