"""Dated files of a folder: which there are, whether they are whole, and their rows as the contract declares them.

A file that is being written ends too early: a Parquet file without its last mark, a CSV without the end of its last
line, any file that was written to a moment ago. What cannot be read of a row lands as damaged; a line that is no row of
the file is set aside.
"""

from __future__ import annotations

import csv
import errno
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from dataport.durable import file_sha256
from dataport.errors import ContractBroken, DataportError, SourceUnavailable
from dataport.extract.contract import living_schema
from dataport.extract.damage import DAMAGED, named
from dataport.extract.folder_values import fitted, kind_of
from dataport.store.declared import Column, Table

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(full|changed))?\.(parquet|csv)")
_IN_THE_MAKING = (".tmp", ".part", ".partial", ".filepart", ".crdownload")
_UNREADABLE = (
    OSError,
    pa.ArrowException,
    UnicodeError,
    LookupError,
    ValueError,
    ArithmeticError,
    csv.Error,
    MemoryError,
)
_MARK = b"PAR1"
_BLOCK = 4 << 20
_ROWS = 65_536
DELETED = "is_deleted"
# What a source that tells no numbers and stamps is given by the date of its files.
GIVEN = ("change_no", "stamped_at")


@dataclass(frozen=True, slots=True)
class Form:
    """How the CSV files of a folder are written.

    Attributes:
        null: what stands, without quotes, for nothing.
        ends_lines: whether the last line ends like the others.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    null: str = ""
    ends_lines: bool = True


@dataclass(frozen=True, slots=True)
class DatedFile:
    """One table's file of one day.

    Attributes:
        is_full: whether it holds every row of that day, not only those that changed.
        size, written_at: as the file system tells them; `written_at` in nanoseconds.
    """

    table: str
    day: date
    path: Path
    is_full: bool
    size: int
    written_at: int

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return f"{self.table}/{self.path.name}"

    @property
    def is_parquet(self) -> bool:
        return self.path.suffix == ".parquet"

    def digest(self) -> str:
        """What it holds, as a checksum."""
        with reading(self.name):
            return file_sha256(self.path)

    def require_still(self) -> None:
        """Stop where the file was written to since it was found.

        Raises:
            SourceUnavailable: it is not what it was.
        """
        with reading(self.name):
            found = self.path.stat()
        if (found.st_size, found.st_mtime_ns) != (self.size, self.written_at):
            raise SourceUnavailable(
                f"The file {self.name} was written to while it was read. Nothing was extracted: extract again when the "
                "export is done."
            )


def dated_files(folder: Path, table: str, full: bool) -> tuple[dict[date, DatedFile], list[str]]:
    """The files of one table by their day, and the names of those that are none.

    Args:
        full: what a file holds whose name does not say it.

    Raises:
        ContractBroken: a table has two files of one day.
        SourceUnavailable: the folder cannot be read.
    """
    found: dict[date, DatedFile] = {}
    strange: list[str] = []
    with reading(table):
        if not (folder / table).is_dir():
            return found, strange
        entries = sorted(os.scandir(folder / table), key=lambda entry: entry.name)
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(_IN_THE_MAKING):
                continue
            match, day = _NAME.fullmatch(entry.name), None
            if match:
                try:
                    day = date.fromisoformat(match[1])
                except ValueError:
                    day = None
            if match is None or day is None or not entry.is_file():
                strange.append(f"{table}/{entry.name}")
                continue
            if day in found:
                raise ContractBroken(
                    f"The table {table} has two files of {day}: {found[day].path.name} and {entry.name}. Nothing was "
                    "extracted: leave the one that counts."
                )
            stat = entry.stat()
            is_full = full if match[2] is None else match[2] == "full"
            found[day] = DatedFile(table, day, Path(entry.path), is_full, stat.st_size, stat.st_mtime_ns)
    return found, strange


def unfinished(file: DatedFile, form: Form, settle_seconds: float) -> str:
    """Why a file does not look whole, in words; nothing where it does."""
    if time.time() - file.written_at / 1e9 < settle_seconds:
        return f"{file.name} was written to less than {settle_seconds:g} seconds ago"
    with reading(file.name), file.path.open("rb") as opened:
        if file.is_parquet:
            begin = opened.read(4)
            opened.seek(max(0, file.size - 4))
            return "" if file.size > 8 and begin == opened.read(4) == _MARK else f"{file.name} is no whole Parquet file"
        end = "\n".encode(form.encoding if form.encoding.lower() not in ("utf-16", "utf_16") else "utf-16-le")
        opened.seek(max(0, file.size - len(end)))
        if not file.size:
            return f"{file.name} is empty"
        if form.ends_lines and opened.read() not in (end, b"\r"):
            return f"{file.name} ends in the middle of a line (or set ends_lines = false among its options)"
    return ""


def columns_of(file: DatedFile, form: Form) -> dict[str, str]:
    """The columns of a file, each with the kind that it is kept as: ``csv`` may be any.

    Raises:
        ContractBroken: a column is there twice.
    """
    with reading(file.name):
        if file.is_parquet:
            schema = pq.read_schema(file.path)
            pairs = [(field.name, kind_of(field.type)) for field in schema]
        else:
            encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
            # what is read ahead of the rows may hold text of another encoding, which lands as damaged
            with file.path.open(encoding=encoding, errors="replace", newline="") as text:
                pairs = [(name, "csv") for name in next(csv.reader(text, delimiter=form.delimiter), [])]
    names = [name for name, _ in pairs]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ContractBroken(
            f"{file.name} has the column {doubled[0]!r} twice. Nothing was extracted: mend the export."
        )
    return dict(pairs)


def rows_of(file: DatedFile, table: Table, form: Form, stamps: tuple[int, datetime]) -> Iterator[pa.RecordBatch]:
    """The rows of a file in the columns of `contract.living_schema`, and ``is_deleted`` where it has that.

    Args:
        stamps: the change number and the stamp that all of them are given.
    """
    has_deleted = not file.is_full and DELETED in columns_of(file, form)
    wanted = [column for column in table.landed if column.name not in GIVEN]
    wanted += [Column(DELETED, "boolean")] if has_deleted else []
    schema = living_schema(table)
    if has_deleted:
        schema = schema.append(pa.field(DELETED, pa.bool_()))
    with reading(file.name):
        for raw in _raw(file, wanted, form):
            yield _declared(raw, table, wanted, schema, stamps)
    file.require_still()


@contextmanager
def reading(what: str) -> Iterator[None]:
    """What the file system or a reader of files raises, as an error of ours without their words, which quote rows."""
    try:
        yield
    except DataportError:
        raise
    except _UNREADABLE as problem:
        raise SourceUnavailable(f"Reading {what} failed: {_why(problem)}") from None


def _why(problem: BaseException) -> str:
    if isinstance(problem, PermissionError):
        return "this account may not read it. Let it read the folder and every file in it."
    if isinstance(problem, FileNotFoundError):
        return "it was taken away meanwhile. Extract again when the export is done."
    if isinstance(problem, OSError) and problem.errno in (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENODEV):
        return "the disk or the network that it lies on does not answer. Check it, and extract again."
    if isinstance(problem, LookupError):
        return "nobody knows the encoding that its options name. Mend `encoding`."
    if isinstance(problem, UnicodeError):
        return "it is not in the encoding that its options name. Mend `encoding`, or the export."
    if isinstance(problem, MemoryError):
        return "there is not enough memory for it. Extract again when more is free."
    return "it is damaged, or no file of its kind. Have it exported anew."


def _raw(file: DatedFile, wanted: Sequence[Column], form: Form) -> Iterator[dict[str, pa.Array] | int]:
    """The columns of a file as it keeps them, batch by batch; a number is that of lines which are no rows."""
    names = [column.name for column in wanted]
    if file.is_parquet:
        with pq.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(_ROWS, columns=names):
                yield dict(zip(batch.schema.names, batch.columns, strict=True))
        return
    broken = [0]

    def count(_: Any) -> str:
        broken[0] += 1
        return "skip"

    if _has_header_alone(file, form):
        return
    with pacsv.open_csv(
        file.path,
        read_options=pacsv.ReadOptions(encoding=form.encoding, block_size=_BLOCK, use_threads=False),
        parse_options=pacsv.ParseOptions(
            delimiter=form.delimiter, newlines_in_values=True, invalid_row_handler=count
        ),
        convert_options=pacsv.ConvertOptions(
            check_utf8=False, column_types=dict.fromkeys(names, pa.binary()), include_columns=names,
            strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[form.null],
        ),
    ) as reader:  # fmt: skip
        for batch in reader:
            is_two = _is_two_lines(batch)
            broken[0] += pc.sum(is_two).as_py() or 0
            batch = batch.filter(pc.invert(is_two))
            yield dict(zip(batch.schema.names, batch.columns, strict=True))
    if broken[0]:
        yield broken[0]


def _is_two_lines(batch: pa.RecordBatch) -> pa.Array:
    """Which rows are a line that was cut within quotes and the next one, which then is part of its value.

    Such a value has the end of a line and a quote in it: together nothing that a register holds, but what Arrow makes
    of both lines where it finds as many columns in them as there should be.
    """
    found = pa.repeat(pa.scalar(False), batch.num_rows)
    for column in batch.columns:
        both = pc.and_(pc.match_substring(column, "\n"), pc.match_substring(column, '"'))
        found = pc.or_(found, pc.fill_null(both, False))
    return found


def _has_header_alone(file: DatedFile, form: Form) -> bool:
    with file.path.open("rb") as opened:
        opened.readline()
        return not opened.read(64).strip(b"\r\n\0") and form.encoding not in ("utf-16", "utf-32")


def _declared(
    raw: dict[str, pa.Array] | int,
    table: Table,
    wanted: Sequence[Column],
    schema: pa.Schema,
    stamps: tuple[int, datetime],
) -> pa.RecordBatch:
    if isinstance(raw, int):
        columns = {field.name: pa.nulls(raw, field.type) for field in schema}
        columns[DAMAGED.name] = pa.repeat(pa.scalar(table.key), raw)
        return pa.record_batch(list(columns.values()), schema=schema)
    rows = len(raw[table.key])
    columns, damage = {}, {}
    for column in wanted:
        columns[column.name], damage[column.name] = fitted(column, raw[column.name])
    damage.pop(DELETED, None)
    for name, value in zip(GIVEN, stamps, strict=True):
        columns[name] = pa.repeat(pa.scalar(value, schema.field(name).type), rows)
    columns[DAMAGED.name] = named(damage, rows)
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)
