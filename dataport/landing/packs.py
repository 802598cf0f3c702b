"""Packs: many small batches in one file per table. A row says which batch it is of; the ledger stays as it is.

A quiet year of daily batches is thousands of small files. Once they are published, those of one source are put
together: the same rows in the same order, compared before the small files go. A replay, an erasure and an audit find
each batch as before: its rows in the pack, and what landed, with its checksums, in its entry of the ledger.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataport.durable import file_sha256, make_private, read_record, rename, sync, write_record
from dataport.errors import Damaged
from dataport.landing.entries import Batch, LandedTable

# Fewer small batches than these are not worth a pack; larger ones stay as they are.
LEAST_BATCHES, MOST_ROWS = 20, 20_000
_COPY, _FOLDER = "entry.json", "pack-"


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One table of a pack: the file, and its checksum."""

    path: Path
    sha256: str


def packed_files(root: Path) -> Mapping[tuple[int, str], PackedFile]:
    """The file in which the rows of a batch's table are now, by number of the batch and name of the table.

    Raises:
        Damaged: the entry of a pack cannot be read.
    """
    found: dict[tuple[int, str], PackedFile] = {}
    for path in sorted((root / "packs").glob("[0-9]*.json")):
        try:
            entry = read_record(path)
            files = {one["name"]: PackedFile(root / one["path"], one["sha256"]) for one in entry["tables"]}
            found |= {(number, name): file for number in entry["batches"] for name, file in files.items()}
        except (ValueError, KeyError, TypeError):
            raise Damaged(
                f"The entry packs/{path.name} of packed batches cannot be read. Restore it from a backup."
            ) from None
    return found


def pack_folders(root: Path) -> list[Path]:
    """The folders of packs, oldest first."""
    return sorted(folder for folder in (root / "batches").glob(f"{_FOLDER}[0-9]*") if folder.is_dir())


def mend_packs(root: Path) -> tuple[int, ...]:
    """Put entries of packs that are gone or damaged back from their copies; returns which."""
    found = []
    for folder in pack_folders(root):
        entry = root / "packs" / f"{folder.name.removeprefix(_FOLDER)}.json"
        try:
            read_record(entry)
        except (OSError, ValueError):
            try:
                write_record(entry, read_record(folder / _COPY))
            except (OSError, ValueError):
                continue
            found.append(int(entry.stem))
    return tuple(found)


def with_packs(batches: tuple[Batch, ...], packed: Mapping[tuple[int, str], PackedFile]) -> tuple[Batch, ...]:
    """The batches, with the files in which their rows are now."""
    return tuple(replace(batch, tables=tuple(_placed(batch, packed))) for batch in batches) if packed else batches


def _placed(batch: Batch, packed: Mapping[tuple[int, str], PackedFile]) -> Iterator[LandedTable]:
    for table in batch.tables:
        file = packed.get((batch.number, table.name)) if table.rows else None
        yield replace(table, path=file.path, packed_sha256=file.sha256) if file else table


def to_pack(batches: tuple[Batch, ...], published: Collection[int]) -> tuple[Batch, ...]:
    """Small published batches of one source that are enough for a pack; none where no source has so many.

    The newest changes of a source stay as they landed: each window begins by holding them against the store.
    """
    for source in sorted({batch.source_id for batch in batches}):
        own = [batch for batch in batches if batch.source_id == source]
        newest = max((one.number for one in own if one.rows and one.window.low < one.window.high), default=0)
        small = tuple(
            one
            for one in own
            if 0 < one.rows <= MOST_ROWS and one.number < newest and one.number in published and not _is_packed(one)
        )
        if len(small) >= LEAST_BATCHES:
            return small
    return ()


def pack(root: Path, batches: tuple[Batch, ...]) -> bool:
    """Put batches together; False where their files are not of one form. Call under the landing's lock.

    Raises:
        Damaged: a file is not as it was landed.
    """
    shelf = root / "packs"
    make_private(shelf)
    files = root / "batches"  # whoever looks for the rows of a table finds all of them there, and once
    there = [int(path.stem) for path in shelf.glob("[0-9]*.json")]
    number = max([*there, *(int(one.name.removeprefix(_FOLDER)) for one in pack_folders(root))], default=0) + 1
    partial, final = files / f".partial-pack-{number:06d}", files / f"{_FOLDER}{number:06d}"
    for left in files.glob(".partial-pack-*"):  # by a crash
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir(mode=0o700)
    names = dict.fromkeys(table.name for batch in batches for table in batch.tables if table.rows)
    entries: list[dict[str, Any]] = []
    for name in names:
        parts = [(batch, table) for batch in batches for table in batch.tables if table.name == name and table.rows]
        path = partial / f"{name}.parquet"
        if not _written(parts, path):
            shutil.rmtree(partial)
            return False
        where = (final / path.name).relative_to(root).as_posix()
        entries.append({"name": name, "path": where, "sha256": file_sha256(path)})
    said = {"number": number, "source_id": batches[0].source_id, "batches": [one.number for one in batches]}
    write_record(partial / _COPY, said | {"tables": entries})
    sync(partial)
    rename(partial, final)
    write_record(shelf / f"{number:06d}.json", said | {"tables": entries})
    _dropped(root)
    return True


def drop_packed(root: Path) -> None:
    """Remove what a crash may have left: small files whose rows are in a pack."""
    _dropped(root)


def _dropped(root: Path) -> None:
    for number, name in packed_files(root):
        (root / "batches" / f"{number:06d}" / f"{name}.parquet").unlink(missing_ok=True)


def _written(parts: list[tuple[Batch, LandedTable]], path: Path) -> bool:
    """Write the rows of some files, one after the other, and compare what was written with them."""
    tables: list[pa.Table] = []
    for batch, table in parts:
        table.verify()
        rows = pq.read_table(table.path)
        if pc.unique(rows["batch_number"]).to_pylist() != [batch.number]:
            return False
        tables.append(rows)
    if any(not one.schema.equals(tables[0].schema) for one in tables):
        return False  # of another version
    together = pa.concat_tables(tables)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    pq.write_table(together, path, compression="zstd", write_statistics=False)
    sync(path)
    return bool(pq.read_table(path).equals(together))


def _is_packed(batch: Batch) -> bool:
    return any(table.packed_sha256 for table in batch.tables)
