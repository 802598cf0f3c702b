"""Extracting from a folder of dated files, ``<table>/<date>.parquet`` or ``.csv``: a site that can only export.

Each day is one window, in the order of the days. Its rows are those of the end of that day, so the clock of such a
source is the date of its files. A file holds every row of its table (what is missing was deleted), or, where its name
or the options say so, the rows that changed (``is_deleted`` says which are gone). Of changes between two exports only
the last is known, so history depends on the schedule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from msgspec import Meta, Struct, convert, to_builtins

from dataport.errors import ContractBroken, DataportError, SourceUnavailable, WrongRequest
from dataport.extract.adapter import Batches, Catalogue, Removals, Seen, Snapshot, Source
from dataport.extract.contract import changes_schema, check_contract, living_schema
from dataport.extract.doctor import Requirement, judged, met
from dataport.extract.folder_files import (
    DELETED,
    GIVEN,
    DatedFile,
    Form,
    columns_of,
    dated_files,
    reading,
    rows_of,
    unfinished,
)
from dataport.landing import Held, Passed, Sighting
from dataport.store.declared import Contract, Kind, Table
from dataport.store.schema import REGISTRATION

_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)
_REMEMBERED_DAYS = 60
_KINDS: tuple[Kind, ...] = ("text", "integer", "boolean", "date", "timestamp")


class FolderOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What may be set of a folder.

    Attributes:
        rows: what a file holds whose name does not say it (``<date>.full.csv``, ``<date>.changed.csv``).
        encoding, delimiter, null, ends_lines: how its CSV files are written.
        settle_seconds: a file that was written to more lately may not be whole yet.
        may_skip_days: whether a day without files is a day without changes.
        store: what the folder is called; its path, unless it moves.
    """

    rows: Literal["full", "changed"] = "full"
    encoding: str = "utf-8"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    null: str = ""
    ends_lines: bool = True
    settle_seconds: Annotated[float, Meta(ge=0)] = 60.0
    may_skip_days: bool = False
    store: str = ""

    @property
    def form(self) -> Form:
        return Form(self.encoding, self.delimiter, self.null, self.ends_lines)


class FolderAdapter:
    """Reads a folder of exported files without ever writing to it."""

    kind = "folder"
    contract = REGISTRATION
    options = FolderOptions
    every_version = False
    in_commit_order = True
    # text may say anything: what it does not is damage
    accepts: dict[Kind, frozenset[str]] = {kind: frozenset({kind, "csv", "text", "nothing"}) for kind in _KINDS}

    def __init__(self, source: Source) -> None:
        self._folder = _folder_of(source.url)
        self._given = source.options

    @contextmanager
    def snapshot(self, seen: Seen | None = None) -> Iterator[Snapshot]:
        yield FolderSnapshot(self._folder, convert(self._given, FolderOptions), self.contract, seen)

    def doctor(self) -> Sequence[Requirement]:
        options = convert(self._given, FolderOptions)
        return list(_examined(self._folder, options, self.contract, self.accepts))


class FolderSnapshot:
    """The files of one day: the first that is whole and was not read yet, or else the last that was."""

    server = ""
    holders: tuple[Held, ...] = ()
    settled: tuple[Passed, ...] = ()

    def __init__(self, folder: Path, options: FolderOptions, contract: Contract, seen: Seen | None) -> None:
        self._options, self._contract = options, contract
        # of files that hold only changes, as they were read
        self._gone: dict[str, list[str]] = {}
        with reading("the folder of the source"):
            if not folder.is_dir():
                raise SourceUnavailable(
                    "The folder of the source is not there. Check its address, and that the disk it lies on is mounted."
                )
        self._files, self.notes = _listed(folder, options, contract)
        self.identity = f"folder:{options.store or folder.resolve()}"
        last = date.fromordinal(seen.high - 1) if seen and seen.high else None
        self._day = self._chosen(seen, last)
        self._is_read = self._day == last
        self.high = self.newest = self._day.toordinal() + 1
        self.clock = datetime.combine(self._day, _LAST_SECOND)
        self.first_stamp = self.clock
        self._own = {name: files[self._day] for name, files in self._files.items() if self._day in files}
        written = [self._own[table.name].written_at for table in contract.permissions if table.name in self._own]
        self.exported_at = datetime.fromtimestamp(min(written) / 1e9, UTC).replace(tzinfo=None) if written else None
        self.changed = () if seen is None else self._changed_since(seen.marks)
        # what is seen for permissions alone is not remembered
        self.marks = self._marks(seen.marks) if seen else {}

    def is_same(self, identity: str) -> bool:
        return identity == self.identity

    def sighting(self) -> Sighting:
        return Sighting(datetime.now(UTC).replace(tzinfo=None), self.clock, self.high, self.newest)

    def catalogue(self) -> Catalogue:
        found = {name: columns_of(file, self._options.form) for name, file in self._own.items()}
        given = {column.name: column.kind for column in self._contract.tables[0].landed if column.name in GIVEN}
        return {
            name: {**{column: kind for column, kind in columns.items() if column != DELETED}, **given}
            for name, columns in found.items()
        }

    def require_whole(self, tables: Sequence[Table], journaled: bool) -> None:
        for table in tables:
            if table.name not in self._own and self._is_read:
                self._file(table)
            if table.name not in self._own:
                raise ContractBroken(
                    f"The folder has no file of the table {table.name} for {self._day}. Nothing was extracted: have it "
                    f"exported as {table.name}/{self._day}.csv or .parquet."
                )

    def removals(self, table: Table, low: int, high: int) -> Removals:
        return Removals(0, 0)  # what is gone is known once everything was compared

    def changes(self, table: Table, low: int, high: int) -> Batches:
        schema = changes_schema(table)
        for batch in self.living(table, (), (0,)):
            deleted = pa.repeat(pa.scalar(False), batch.num_rows)
            yield pa.record_batch([*batch.columns, deleted], schema=schema)

    def late(self, table: Table, low: int) -> Batches:
        yield from ()

    def whole(self, table: Table) -> Batches:
        file = self._file(table)
        if not file.is_full:
            raise ContractBroken(
                f"{file.name} holds only what changed, and this table is read whole: what was withdrawn must be gone. "
                f"Have it exported as {table.name}/<date>.full.csv or .full.parquet."
            )
        rows = pa.Table.from_batches(self._rows(file, table), living_schema(table))
        yield from rows.sort_by(table.key).to_batches()

    def living(self, table: Table, bounds: Sequence[str], ranges: Sequence[int]) -> Batches:
        file, schema = self._file(table), living_schema(table)
        if file.is_full:
            yield from self._rows(file, table)
            return
        kept, self._gone[table.name] = self._last_said(table)
        yield from kept.select(schema.names).to_batches()

    def is_whole(self, table: Table) -> bool:
        """Whether the file of a table has all of its rows, and not only those that changed."""
        return self._file(table).is_full

    def gone(self, table: Table) -> list[str] | None:
        if self._file(table).is_full:
            return None
        if table.name not in self._gone:
            self._gone[table.name] = self._last_said(table)[1]
        return self._gone[table.name]

    def checksums(self, table: Table, bounds: Sequence[str]) -> None:
        return None

    def pending(self, table: Table) -> list[str]:
        return []

    def most_versions(self, table: Table, low: int, high: int) -> int:
        return 1

    def _file(self, table: Table) -> DatedFile:
        if table.name not in self._own:
            raise ContractBroken(
                f"The file of the table {table.name} for {self._day}, the last day that was read, is no longer there, "
                "so there is nothing to compare with. Put it back, or wait for the next export."
            )
        return self._own[table.name]

    def _rows(self, file: DatedFile, table: Table) -> Iterator[pa.RecordBatch]:
        return rows_of(file, table, self._options.form, (self.high - 1, self.clock))

    def _last_said(self, table: Table) -> tuple[pa.Table, list[str]]:
        """Of a file of changes: the last row of each key that is not gone, and the keys that are."""
        batches = list(self._rows(self._file(table), table))
        if not batches:
            return pa.Table.from_batches([], living_schema(table)), []
        rows = pa.Table.from_batches(batches)
        keys = rows[table.key].to_pylist()
        deleted = rows[DELETED].to_pylist() if DELETED in rows.column_names else [False] * len(keys)
        last = {key: place for place, key in enumerate(keys) if key is not None}
        places = [*(n for n, key in enumerate(keys) if key is None), *last.values()]
        living = sorted(place for place in places if not deleted[place])
        return rows.take(pa.array(living, pa.int64())), [key for key, place in last.items() if deleted[place]]

    def _chosen(self, seen: Seen | None, last: date | None) -> date:
        """The day that is read.

        Raises:
            SourceUnavailable: there is no day of which every table has a whole file.
            ContractBroken: changes of a day would be lost.
        """
        tables = self._contract.tables if seen else self._contract.permissions
        days = sorted({day for files in self._files.values() for day in files if last is None or day > last})
        if seen is None:
            days.reverse()  # permissions are those of the newest day
        incomplete: list[tuple[date, str]] = []
        for day in days:
            if why := self._lacks(tables, day):
                incomplete.append((day, why))
                continue
            if seen is not None:
                self._require_no_gap(day, last, [one for one, _ in incomplete])
                self.notes += tuple(
                    f"The files of {one} were left out ({said}); what changed then is dated to {day}."
                    for one, said in incomplete
                )
            return day
        if last is not None:
            return last
        why = incomplete[-1][1] if incomplete else "it holds no dated file"
        raise SourceUnavailable(
            f"The folder of the source has no day of which every table has a whole file: {why}. Nothing was extracted: "
            "wait until the export is done, or mend it. `dataport doctor` tells all that is missing."
        )

    def _lacks(self, tables: Sequence[Table], day: date) -> str:
        """Why a day cannot be read, in words; nothing where it can."""
        missing = [table.name for table in tables if day not in self._files[table.name]]
        if missing:
            others = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            return f"{day} has no file of {', '.join(missing[:3])}{others}"
        said = (
            unfinished(self._files[table.name][day], self._options.form, self._options.settle_seconds)
            for table in tables
        )
        return next((why for why in said if why), "")

    def _require_no_gap(self, day: date, last: date | None, left_out: Sequence[date]) -> None:
        """Stop where what changed on a day that has no files would never be known."""
        changed = [name for name, files in self._files.items() if day in files and not files[day].is_full]
        if last is None and changed:
            raise ContractBroken(
                f"The first files of {changed[0]} ({day}) hold only what changed, so what was there before would be "
                f"missing. Nothing was extracted: have it exported whole, as {changed[0]}/{day}.full.csv or "
                ".full.parquet."
            )
        if not changed or last is None:
            return
        gap = [last + n * _DAY for n in range(1, (day - last).days)]
        lost = [one for one in gap if one in left_out or not self._options.may_skip_days]
        if lost:
            raise ContractBroken(
                f"The folder has no whole files of {lost[0]}, and those of {day} hold only what changed: the changes "
                f"of {len(lost)} day(s) would be lost. Nothing was extracted. Have them exported, or {day} whole "
                f"(<table>/{day}.full.csv); where nothing changes on days without files, set may_skip_days = true."
            )

    def _marks(self, before: Mapping[str, str]) -> Mapping[str, str]:
        if not self._own:
            return before  # the files of the last day that was read are no longer there
        read = [*(before.get("read", "").split(",") if before.get("read") else []), self._day.isoformat()]
        return {
            "options": self._digest(),
            "day": self._day.isoformat(),
            "read": ",".join(sorted(set(read))[-_REMEMBERED_DAYS:]),
            **{f"file:{name}": f"{file.size}:{file.written_at}:{file.digest()}" for name, file in self._own.items()},
        }

    def _changed_since(self, before: Mapping[str, str]) -> tuple[str, ...]:
        """What was read and is no longer as it was. Files that were taken away since are no change."""
        found = []
        if before.get("options", self._digest()) != self._digest():
            found.append("its options were changed")
        day = date.fromisoformat(before["day"]) if "day" in before else None
        for name, files in self._files.items():
            mark = before.get(f"file:{name}")
            if day in files and mark and not _is_as_marked(files[day], mark):
                found.append(f"{files[day].name} was changed after it was read")
        read = before.get("read", "").split(",") if before.get("read") else []
        for files in self._files.values():
            late = [
                one for one in files if read and read[0] <= one.isoformat() <= read[-1] and one.isoformat() not in read
            ]
            if any(not files[one].is_full for one in late):
                found.append(f"{files[min(late)].name} came after a later day had been read")
        return tuple(found)

    def _digest(self) -> str:
        said = to_builtins(self._options) | {"settle_seconds": 0, "may_skip_days": False}
        return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:24]


def _is_as_marked(file: DatedFile, mark: str) -> bool:
    size, written_at, digest = mark.split(":")
    return int(size) == file.size and (int(written_at) == file.written_at or digest == file.digest())


def _listed(
    folder: Path, options: FolderOptions, contract: Contract
) -> tuple[dict[str, dict[date, DatedFile]], tuple[str, ...]]:
    """The dated files of every table, and a note where there are others."""
    found, strange = {}, []
    for table in contract.tables:
        found[table.name], others = dated_files(folder, table.name, options.rows == "full")
        strange += others
    if not strange:
        return found, ()
    return found, (f"{len(strange)} files are no dated files, and were not read: {', '.join(strange[:3])}.",)


def _folder_of(url: str) -> Path:
    """The folder behind ``file:///abs/folder``.

    Raises:
        WrongRequest: any other address.
    """
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path.strip("/"):
        raise WrongRequest("This is not the address of a folder. Give file:///absolute/folder.")
    return Path(unquote(parts.path))


def _examined(
    folder: Path, options: FolderOptions, contract: Contract, accepts: Mapping[Kind, frozenset[str]]
) -> Iterator[Requirement]:
    yield met("its history is that of its files: of changes between two exports only the last is known")
    snapshot, problem = _tried(lambda: FolderSnapshot(folder, options, contract, Seen()))
    yield judged("there is a day of which every table has a whole file", snapshot is not None, problem)
    newest, problem = _tried(lambda: FolderSnapshot(folder, options, contract, None))
    yield judged("the files of permissions can be found", newest is not None, problem)
    if newest is not None:
        catalogue = newest.catalogue()
        for table in contract.tables:
            if table.name not in catalogue:
                continue

            def check(table: Table = table) -> object:
                return check_contract([table], catalogue, accepts, journaled=False)

            _, problem = _tried(check)
            if problem:
                yield Requirement(f"the files of {table.name} have the declared columns", "missing", problem)
        partial = [table.name for table in contract.permissions if not newest.is_whole(table)]
        mend = f"export {', '.join(partial)} whole: <table>/<date>.full.csv"
        yield judged("permissions come whole, so that one that was withdrawn is gone", not partial, mend)
        for note in newest.notes:
            yield Requirement("nothing but dated files lies in it", "advised", note)
    is_private = folder.is_dir() and not folder.stat().st_mode & 0o007
    yield judged("nobody else can read the folder", is_private, f"chmod o-rwx {folder}", is_needed=False)


def _tried(work: Callable[[], object]) -> tuple[object, str]:
    try:
        return work(), ""
    except DataportError as problem:
        return None, str(problem)
