"""Publishing: new files per build, and a pointer that is replaced whole."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from dataport.durable import make_private, rename, sync, write_json
from dataport.errors import BuildFailed, NewerHome, NoHome
from dataport.landing import Batch, ledger_digest
from dataport.settings import LAYOUT
from dataport.warehouse.links import Links
from dataport.warehouse.working import PUBLISHED_FILES, Working

_CHUNK = 8 * 1024 * 1024
_POINTER = "CURRENT"


@dataclass(frozen=True, slots=True)
class SourceRange:
    """What one source can answer: recorded time from `history_start` up to `watermark`, naive UTC."""

    source_id: str
    history_start: datetime
    watermark: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """What confirmed links did in a build.

    Attributes:
        digest: of the links that it was made with.
        registrations: how many registrations have two records.
        to_nobody: lines of links that name a record which no store has.
    """

    digest: str = ""
    registrations: int = 0
    to_nobody: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """One published build.

    Attributes:
        build_number: the data version.
        figures, records: the files; they never change and may be unlinked once newer builds are out.
        history_start, watermark: the range of recorded time that every source can answer, naive UTC.
        built_at: wall clock, naive UTC.
        sources: the same range per source.
        row_counts: ``{"figures.fct_population": 12, …}``.
        batches: numbers of the applied batches.
        project_digest: of the dbt project that made it.
        ledger_digest: of the ledger entries of those batches: which landing it was made from.
        damaged: how many records as they are now have a value that could not be kept: source, table, column, rows.
        links: which records it counts as one person's.
    """

    build_number: int
    figures: Path
    records: Path
    history_start: datetime
    watermark: datetime
    built_at: datetime
    sources: tuple[SourceRange, ...]
    row_counts: dict[str, int]
    batches: frozenset[int]
    project_digest: str
    ledger_digest: str
    damaged: tuple[tuple[str, str, str, int], ...] = ()
    links: Joined = Joined()


def published(root: Path) -> Published:
    """The newest published build.

    Raises:
        NoHome: nothing has been published there.
    """
    found = newest(root)
    if found is None:
        raise NoHome("Nothing has been published here yet. Run `dataport build` (or `dataport refresh`).")
    return found


def newest(root: Path) -> Published | None:
    """The newest published build; None where nothing has been published."""
    try:
        entry = json.loads((root / _POINTER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return _from_json(entry, root)


def publish(
    working: Working, root: Path, batches: tuple[Batch, ...], project_digest: str, links: Links, keep: int = 3
) -> Published:
    """Copy the working figures and records to a new numbered folder and point at it.

    Raises:
        BuildFailed: the two files are not of the same build.
    """
    make_private(root)
    entry = _described(working, batches, project_digest) | {"links": _joined(working, links)}
    name = f"{entry['build_number']:06d}"
    partial = root / f".partial-{name}"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(root / name, ignore_errors=True)  # left by a crash between the rename and the pointer
    partial.mkdir(mode=0o700)
    entry["paths"] = {file: f"{name}/{file}.duckdb" for file in PUBLISHED_FILES}
    for file in PUBLISHED_FILES:
        _copy(working.path(file), partial / f"{file}.duckdb")
    write_json(partial / "manifest.json", entry)
    sync(partial)
    rename(partial, root / name)
    write_json(root / _POINTER, entry)
    prune(root, keep)
    return _from_json(entry, root)


def _described(working: Working, batches: tuple[Batch, ...], project_digest: str) -> dict[str, Any]:
    """What the manifest says of the files, read from the files themselves."""
    builds, counts = [], {}
    sources: list[tuple[Any, ...]] = []
    for file in PUBLISHED_FILES:
        with duckdb.connect(str(working.path(file)), read_only=True) as connection:
            builds.append(connection.execute("from main.build").fetchall())
            tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
            for (table,) in tables:
                [(counts[f"{file}.{table}"],)] = connection.execute(f'select count(*) from main."{table}"').fetchall()
            if file == "figures":
                sources = connection.execute("from main.source_watermark order by source_id").fetchall()
    if builds[0] != builds[1] or len(builds[0]) != 1:
        raise BuildFailed("The working figures and records are not of the same build. Build again with --full.")
    number, built_at, history_start, watermark = builds[0][0]
    return {
        "build_number": number,
        "built_at": built_at.isoformat(),
        "history_start": history_start.isoformat(),
        "watermark": watermark.isoformat(),
        "sources": [
            {"source_id": source_id, "history_start": start.isoformat(), "watermark": mark.isoformat()}
            for source_id, start, mark in sources
        ],
        "row_counts": counts,
        "batches": [batch.number for batch in batches],
        "project_digest": project_digest,
        "ledger_digest": ledger_digest(batches),
        "damaged": _damaged(working),
        "layout": LAYOUT,
    }


def _damaged(working: Working) -> list[tuple[str, str, str, int]]:
    """What is damaged in the records as they are now, from their histories."""
    found: list[tuple[str, str, str, int]] = []
    with duckdb.connect(str(working.path("core")), read_only=True) as core:
        histories = core.execute(
            "select table_schema, table_name from information_schema.columns "
            "where column_name = 'damaged_columns' and table_name like 'snap\\_%' escape '\\' order by all"
        ).fetchall()
        for schema, history in histories:
            rows = core.execute(
                "select source_id, name, count(*) from ("
                "select source_id, unnest(string_split(damaged_columns, ',')) as name "
                f'from "{schema}"."{history}" '
                "where damaged_columns is not null and valid_to >= timestamp '9999-12-31' and not is_deleted) "
                "group by all order by all"
            ).fetchall()
            found += [(source, history.split("__", 1)[1], column, count) for source, column, count in rows]
    return found


def _joined(working: Working, links: Links) -> dict[str, Any]:
    with duckdb.connect(str(working.path("core")), read_only=True) as core:
        [(registrations,)] = core.execute(
            "select count(distinct registration_key) from main.int_registration__linked"
        ).fetchall()
        to_nobody = core.execute(
            "select line_number from main.int_registration__confirmed "
            "where first_key is null or second_key is null order by line_number"
        ).fetchall()
    return {"digest": links.digest, "registrations": registrations, "to_nobody": [line for (line,) in to_nobody]}


def _copy(source: Path, target: Path) -> None:
    """A private byte copy that is on the disk when this returns."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as old, os.fdopen(handle, "wb") as new:
        shutil.copyfileobj(old, new, _CHUNK)
        new.flush()
        os.fsync(new.fileno())


def prune(root: Path, keep: int) -> None:
    """Unlink all but the newest builds, at least one; a reader that has one open keeps its bytes."""
    builds = sorted(folder for folder in root.glob("[0-9]*") if folder.is_dir())
    for folder in builds[: -max(keep, 1)]:
        shutil.rmtree(folder)


def _from_json(entry: dict[str, Any], root: Path) -> Published:
    if entry.get("layout", 0) > LAYOUT:
        raise NewerHome
    moment = datetime.fromisoformat
    return Published(
        build_number=entry["build_number"],
        figures=root / entry["paths"]["figures"],
        records=root / entry["paths"]["records"],
        history_start=moment(entry["history_start"]),
        watermark=moment(entry["watermark"]),
        built_at=moment(entry["built_at"]),
        sources=tuple(
            SourceRange(source["source_id"], moment(source["history_start"]), moment(source["watermark"]))
            for source in entry["sources"]
        ),
        row_counts=entry["row_counts"],
        batches=frozenset(entry["batches"]),
        project_digest=entry["project_digest"],
        ledger_digest=entry.get("ledger_digest", ""),
        damaged=tuple((source, table, column, int(rows)) for source, table, column, rows in entry.get("damaged", ())),
        links=_joined_from_json(entry.get("links", {})),
    )


def _joined_from_json(entry: dict[str, Any]) -> Joined:
    return Joined(entry.get("digest", ""), entry.get("registrations", 0), tuple(entry.get("to_nobody", ())))
