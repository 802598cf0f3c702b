"""A batch in the making: files in a hidden folder, which count for nothing until the ledger names them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataport.durable import file_sha256, make_private, rename, sync
from dataport.landing.entries import LandedTable

# Rows per row group: DuckDB's own vector group, so that each is one unit of parallel work.
_GROUP_ROWS = 122_880


class Draft:
    """Tables being written for one number of one shelf (``batches``, ``grants``).

    Use under the landing's lock: first `sweep` away what a crash left, then `write` each table, then `shelve`.
    """

    def __init__(self, shelf: Path, number: int, *, shares_empty: bool = True) -> None:
        """Begin one.

        Args:
            shares_empty: whether tables without a row share one file, so that quiet days leave none.
        """
        self._empties = shelf.parent / "empty" if shares_empty else None
        self._partial = shelf / f".partial-{number:06d}"
        self._final = shelf / f"{number:06d}"
        make_private(shelf)
        self._partial.mkdir(mode=0o700)

    def write(
        self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch], repeated: Sequence[str] = ()
    ) -> LandedTable:
        """Stream one table into its file, a row group at a time; returns it under its final path.

        Args:
            repeated: columns of few values, which are kept as a dictionary. For the others (identifiers, moments) the
                attempt would cost a third of the time and a fifth of the space.
        """
        path = self._partial / f"{name}.parquet"
        rows = tombstones = 0
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
        with pq.ParquetWriter(
            path, schema, compression="zstd", write_statistics=False, use_dictionary=list(repeated) or False
        ) as writer:
            for group in _groups(batches, schema):
                rows += group.num_rows
                tombstones += _tombstones(group)
                writer.write_table(group, row_group_size=group.num_rows)
        if not rows and self._empties:
            return self._empty(name, path, self._empties)
        sync(path)
        return LandedTable(name, rows, tombstones, self._final / path.name, file_sha256(path))

    def shelve(self) -> None:
        """Give the folder its final name. It still counts for nothing: the ledger entry is the commit."""
        sync(self._partial)
        rename(self._partial, self._final)

    def _empty(self, name: str, written: Path, shelf: Path) -> LandedTable:
        """A table without a row, in the file that all of its kind share."""
        checksum = file_sha256(written)
        shared = shelf / f"{name}-{checksum[:12]}.parquet"
        if shared.is_file() and file_sha256(shared) == checksum:
            written.unlink()
        else:
            make_private(shelf)
            sync(written)
            written.replace(shared)
            sync(shelf)
        return LandedTable(name, 0, 0, shared, checksum)

    def drop(self) -> None:
        """Throw the draft away."""
        shutil.rmtree(self._partial, ignore_errors=True)


def sweep(shelf: Path, counted: Collection[Path]) -> None:
    """Remove what a crashed run left on a shelf: drafts, and folders that are not among the `counted` ones."""
    for folder in shelf.iterdir() if shelf.is_dir() else ():
        if folder.is_dir() and folder not in counted:
            shutil.rmtree(folder)


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The batches gathered into tables big enough for a row group."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
        if sum(part.num_rows for part in waiting) >= _GROUP_ROWS:
            yield pa.Table.from_batches(waiting, schema)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting, schema)


def _tombstones(group: pa.Table) -> int:
    return pc.sum(group["is_deleted"]).as_py() or 0 if "is_deleted" in group.column_names else 0
