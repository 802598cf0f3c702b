"""Looks in a file for another system: JSON lines, CSV or Parquet, with the fields that chain them."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from dataport.audit import Look
from dataport.errors import DataportError, WrongRequest
from dataport.named_file import named_file
from dataport.texts import inert, inert_json

Entry = Mapping[str, Any]

EXPORTS = ("jsonl", "csv", "parquet")
# Which form a file has, by how its name ends.
BY_NAME = {f".{one}": one for one in EXPORTS}
_AT_ONCE = 10_000

# A look's own fields stand between those that chain it to the others.
_SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("at", pa.timestamp("us", "UTC")),
        ("key", pa.int64()),
        *((one.name, pa.int64() if "int" in str(one.type) else pa.string()) for one in fields(Look)),
        ("former_number", pa.int64()),
        ("former_mac", pa.string()),
        ("mac", pa.string()),
    ]
)


def write_looks(entries: Iterable[Entry], form: str, output: Path | None, *, overwrite: bool, raw: bool = False) -> int:
    """Write looks to a private file, or to standard output; how many they were.

    Raises:
        WrongRequest: the file cannot be written, or is there and nobody said to replace it; or the format is for
            programs and standard output a terminal.
    """
    form = f"raw {form}" if raw else form
    if output is None:
        if form == "parquet" and sys.stdout.isatty():
            raise WrongRequest("parquet is for programs: name a file with --output.")
        return _WRITERS[form](entries, sys.stdout.buffer)
    with named_file(output, replace=overwrite) as file:
        return _WRITERS[form](entries, file)


def _jsonl(entries: Iterable[Entry], file: BinaryIO) -> int:
    count = 0
    for entry in entries:
        file.write((inert_json(json.dumps(entry, ensure_ascii=False)) + "\n").encode())
        count += 1
    return count


def _csv(entries: Iterable[Entry], file: BinaryIO, *, raw: bool = False) -> int:
    count, text = 0, io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_SCHEMA.names)
    for entry in map(_flat, entries):
        values = (entry.get(name) for name in _SCHEMA.names)
        writer.writerow([one if raw or not isinstance(one, str) else inert(one) for one in values])
        count += 1
    text.detach()
    return count


def _parquet(entries: Iterable[Entry], file: BinaryIO) -> int:
    count = 0
    with pa_parquet.ParquetWriter(file, _SCHEMA) as writer:
        for block in _blocks(map(_flat, entries)):
            try:
                rows = [entry | {"at": datetime.fromisoformat(entry["at"])} for entry in block]
                writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
            except (pa.ArrowException, KeyError, TypeError, ValueError):
                raise DataportError("A line of this log does not fit into a table. Export it as jsonl.") from None
            count += len(block)
    return count


_WRITERS: dict[str, Callable[[Iterable[Entry], BinaryIO], int]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "raw csv": partial(_csv, raw=True),
    "parquet": _parquet,
}


def _blocks(entries: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(entries)
    while block := list(islice(remaining, _AT_ONCE)):
        yield block


def _flat(entry: Entry) -> dict[str, Any]:
    """An entry in columns; what went before one, lost or removed when it was old, by its last number and seal."""
    former, removed = entry.get("former"), entry.get("removed")
    told = former if isinstance(former, dict) else {}
    if isinstance(removed, dict):
        told = {"number": removed.get("last"), "mac": removed.get("mac")}
    return dict(entry) | {"former_number": told.get("number"), "former_mac": told.get("mac")}
