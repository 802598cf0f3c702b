"""answers: an answer in the form that was asked for, in pieces, so that a large one is never there twice.

What can only be sent when all of it is there (xlsx, parquet) is written whole, to the disk where it is large, by a
thread that has a place as questions have.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from dataport import render
from dataport.disclosure import METADATA_KEY, Labels, SafeTable
from dataport.errors import DataportError, WrongRequest
from dataport.kept import KEPT_AS
from dataport.render.programs import as_json, inert_table, json_text, one_table
from dataport.serve.headers import has_already, wishes

_ARROW = "application/vnd.apache.arrow.stream"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"
# Form: its media type. The first is what is sent where anything is welcome.
FORMS = {"json": "application/json", "csv": "text/csv", "xlsx": _XLSX, "parquet": _PARQUET, "arrow": _ARROW}
_ROWS, _MANY_ROWS, _BYTES = 5_000, 500, 256 * 1024
# Forms that are written whole. What is larger than this while it is, lies on the disk, where it has no name.
_WHOLE, _IN_MEMORY = frozenset(("xlsx", "parquet")), 8 * 1024 * 1024
# A workbook takes some 500 bytes of memory for each cell while it is made.
_MOST_CELLS = 500_000
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


class NoSuchForm(DataportError):
    """None of the forms that were asked for is one in which answers are sent."""

    http_status = 406
    code = "no_such_form"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__(f"Answers are sent as {', '.join(FORMS)}: end the address with one of them, or ask by Accept.")


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of an answer.

    Attributes:
        cursor: where the next page begins; None at the end.
    """

    first: int
    until: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """In which form an answer is wanted."""

    form: str = "json"
    labels: Labels | None = None
    across: str | None = None
    page: Page | None = None


def form_of(suffix: str | None, accept: str) -> str:
    """The form that an address ends with, or the one that is most welcome.

    Raises:
        NoSuchForm: answers are sent in none of them.
    """
    if suffix is not None:
        if suffix not in FORMS:
            raise NoSuchForm
        return suffix
    told = wishes(accept) or {"*/*": 1.0}
    ranges = list(told)

    def welcome(form: str) -> tuple[float, int]:
        """How much, and where it was said: what is said of a type by its name goes before what is said of many."""
        media = FORMS[form]
        named = next((one for one in (media, f"{media.partition('/')[0]}/*", "*/*") if one in told), None)
        return (told[named], -ranges.index(named)) if named else (0.0, 0)

    best = max(FORMS, key=welcome)  # of equals the first
    if not welcome(best)[0]:
        raise NoSuchForm
    return best


def sent(request: Request, safe: SafeTable, wanted: Wanted, started: float) -> Response:
    """An answer as a response; or that the client has it already."""
    headers = headers_of(safe, wanted, started)
    if has_already(request.headers, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if wanted.form != "json":
        headers["Content-Disposition"] = f'attachment; filename="answer.{wanted.form}"'
    media = FORMS[wanted.form]
    if is_whole(safe, wanted):
        return of_file(request, _file(safe, wanted), headers, media)
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media)
    return StreamingResponse(written(safe, wanted), headers=headers, media_type=media)


def is_whole(safe: SafeTable, wanted: Wanted) -> bool:
    """Whether all of it is written before any of it is sent."""
    return safe.data.num_rows <= _ROWS or wanted.form in _WHOLE


def is_work(safe: SafeTable, wanted: Wanted) -> bool:
    """Whether writing it takes a while, so that it takes its turn as questions do."""
    return safe.data.num_rows > _MANY_ROWS or wanted.form in _WHOLE


def _file(safe: SafeTable, wanted: Wanted) -> IO[bytes]:
    """All of an answer; whoever reads it closes it."""
    out = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # it is closed when it has been sent
    if wanted.form in _WHOLE:
        _write_whole(safe, wanted, out)
    else:
        out.writelines(written(safe, wanted))
    return out


def _write_whole(safe: SafeTable, wanted: Wanted, out: IO[bytes]) -> None:
    if wanted.form == "xlsx":
        _require_few_cells(safe)
        render.form("workbook").write_workbook(safe, out, labels=wanted.labels, across=wanted.across)
    else:
        render.form("parquet").write_parquet(_described(safe, wanted), out)


def of_file(request: Request, file: IO[bytes], headers: dict[str, str], media: str) -> Response:
    """All of a file, or the part that was asked for: programs read some formats from their end."""
    size = file.seek(0, io.SEEK_END)
    headers = {**headers, "Accept-Ranges": "bytes"}
    part = _part(request, size, headers["ETag"])
    if part == range(0):
        file.close()
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    status, sent_part = (206, part) if part else (200, range(size))
    if part:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    headers["Content-Length"] = str(len(sent_part))
    if request.method == "HEAD":
        file.close()
        return Response(status_code=status, headers=headers, media_type=media)
    if len(sent_part) <= _BYTES:
        return Response(b"".join(_read(file, sent_part)), status, headers, media)
    return StreamingResponse(_read(file, sent_part), status, headers, media)


def _read(file: IO[bytes], part: range) -> Iterator[bytes]:
    with file:
        file.seek(part.start)
        for first in range(part.start, part.stop, _BYTES):
            yield file.read(min(_BYTES, part.stop - first))


def _part(request: Request, size: int, etag: str) -> range | None:
    """Which bytes are asked for; None for all of them, and none where there are no such bytes."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if not asked or asked.group(1) == asked.group(2) == "" or request.headers.get("if-range", etag) != etag:
        return None
    if not asked.group(1):
        return range(max(0, size - int(asked.group(2))), size) if int(asked.group(2)) and size else range(0)
    first, last = int(asked.group(1)), int(asked.group(2) or size)
    if asked.group(2) and last < first:
        return None  # what is no part at all is not heard
    return range(first, min(size, last + 1)) if first < size else range(0)


def headers_of(safe: SafeTable, wanted: Wanted, started: float) -> dict[str, str]:
    """What is said of an answer beside it. It may be kept by its reader alone, and is asked for again each time."""
    page = f"{wanted.page.first}-{wanted.page.until}" if wanted.page else ""
    parts = (str(safe.meta.get(KEPT_AS) or _told(safe)), wanted.form, wanted.labels or "", wanted.across or "", page)
    return {
        "ETag": f'"{sha256("|".join(parts).encode()).hexdigest()[:32]}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie, Accept",
        "Dataport-Data-Version": str(safe.meta["data_version"]),
        "Server-Timing": f"answer;dur={(time.perf_counter() - started) * 1000:.1f}",
    }


def _told(safe: SafeTable) -> str:
    """All that an answer says, which tells it from others where it is kept under no key."""
    return json_text(_without_time(as_json(safe)), indent=None)


def _without_time(said: dict[str, Any]) -> dict[str, Any]:
    """What a reader has already is told by its bytes: they are the same however long it took."""
    return {**said, "meta": {**said["meta"], "elapsed": None}}


def written(safe: SafeTable, wanted: Wanted) -> Iterator[bytes]:
    """An answer in its form, piece by piece."""
    if wanted.form == "json":
        yield from _json(safe, wanted)
    elif wanted.form == "csv":
        table = inert_table(one_table(safe, wanted.labels, wanted.across, described_too=False))
        yield from _through(table, lambda out, schema: pa_csv.CSVWriter(out, schema))
    elif wanted.form == "arrow":
        yield from _through(_described(safe, wanted), lambda out, schema: pa.ipc.new_stream(out, schema))
    else:
        file = _file(safe, wanted)
        yield from _read(file, range(file.seek(0, io.SEEK_END)))


def _described(safe: SafeTable, wanted: Wanted) -> pa.Table:
    """An answer as one table that says what it is; of the same answer it is the same each time: see `_without_time`."""
    table = one_table(safe, wanted.labels, wanted.across, described_too=True)
    said = _without_time(json.loads(table.schema.metadata[METADATA_KEY]))
    return table.replace_schema_metadata({METADATA_KEY: json.dumps(said, ensure_ascii=False).encode()})


def _require_few_cells(safe: SafeTable) -> None:
    cells = safe.data.num_rows * safe.data.num_columns
    if cells > _MOST_CELLS:
        raise WrongRequest(
            f"The answer has {cells:,} cells, and a workbook is made of {_MOST_CELLS:,} at most. Ask for less, or for "
            "csv or parquet."
        )


def _json(safe: SafeTable, wanted: Wanted) -> Iterator[bytes]:
    """The object of `dataport ask --format json`: columns, rows, status, totals, members, meta."""
    said = _without_time(as_json(safe, wanted.labels))
    rows, page = said.pop("rows"), wanted.page
    columns = json_text(said.pop("columns"), indent=None)
    if page:
        rows = rows[page.first : page.until]
        said["status"] = [
            {**one, "row": one["row"] - page.first} for one in said["status"] if page.first <= one["row"] < page.until
        ]
        said["meta"] = {**said["meta"], "page": {"first": page.first, "rows": len(rows), "cursor": page.cursor}}
    yield f'{{"columns":{columns},"rows":['.encode()
    for first in range(0, len(rows), _ROWS):
        told = json_text(rows[first : first + _ROWS], indent=None)[1:-1]
        yield (f",{told}" if first else told).encode()
    rest = json_text(said, indent=None)
    yield f"],{rest[1:]}\n".encode()


def _through(table: pa.Table, writer_of: Any) -> Iterator[bytes]:
    """A table through a writer of Arrow's, batch by batch."""
    out = io.BytesIO()
    with writer_of(out, table.schema) as writer:
        for batch in table.to_batches(_ROWS):
            writer.write_batch(batch)
            if out.tell() >= _BYTES:
                yield _taken(out)
    yield _taken(out)


def _taken(out: io.BytesIO) -> bytes:
    told = out.getvalue()
    out.seek(0)
    out.truncate()
    return told
