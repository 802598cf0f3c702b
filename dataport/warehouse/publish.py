"""Publishing: new files per build, and a pointer that is replaced whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dataport.durable import cloned, linked, make_private, rename, sweep_partial, sync, write_record
from dataport.errors import BuildFailed
from dataport.landing import Batch, ledger_digest
from dataport.settings import LAYOUT
from dataport.warehouse.bases import base_of, log_of, remember
from dataport.warehouse.dbt import Finding
from dataport.warehouse.links import Links
from dataport.warehouse.opening import opened
from dataport.warehouse.versions import MANIFEST, POINTER, UNPUBLISHED, Published, folders, read_entry
from dataport.warehouse.working import PUBLISHED_FILES, Working


def publish(
    working: Working,
    root: Path,
    batches: tuple[Batch, ...],
    project_digest: str,
    links: Links,
    known: Mapping[str, Path],
    warnings: Iterable[Finding] = (),
) -> Published:
    """Publish the working figures and records in a new numbered folder, and point at it.

    Args:
        known: the published files that it may be based on, by checksum; see `bases`.
        warnings: what the tests found in the source.

    Raises:
        BuildFailed: the two files are not of the same build.
    """
    make_private(root)
    sweep_partial(root)
    partial = root / ".partial-version"
    partial.mkdir(mode=0o700)
    files = {file: _put(working.path(file), partial / f"{file}.duckdb", known) for file in PUBLISHED_FILES}
    # what is told of a version is read from what is published, and not from what it was made of
    entry = _described(partial, working, batches, project_digest) | {"links": _joined(working, links)}
    entry["warnings"] = [[one.test, one.rows] for one in warnings]
    name = f"{entry['build_number']:06d}"
    entry |= {"files": files, "paths": {file: f"{name}/{file}.duckdb" for file in PUBLISHED_FILES}}
    write_record(partial / MANIFEST, entry)
    sync(partial)
    # until the pointer names it, a folder is none that was published
    write_record(root / UNPUBLISHED, {"folder": name})
    rename(partial, root / name)
    write_record(root / POINTER, entry)
    (root / UNPUBLISHED).unlink()
    return read_entry(root / POINTER).build


def bases(root: Path) -> dict[str, Path]:
    """The published files that a further version may be based on, by checksum."""
    found = {}
    for folder in folders(root):
        with suppress(FileNotFoundError, ValueError):
            for file in read_entry(folder / MANIFEST).files:
                if file.sha256 and file.is_whole(root):
                    found[file.sha256] = root / file.path
    return found


def _put(own: Path, target: Path, known: Mapping[str, Path]) -> dict[str, Any]:
    """Put a working copy among the published files: its log beside a base, or the whole of it."""
    base = base_of(own)
    if base in known and log_of(own).is_file() and linked(known[base], target):
        return {"bytes": target.stat().st_size, "sha256": base, "log": cloned(log_of(own), log_of(target))}
    said = cloned(own, target)
    if log_of(own).is_file():
        said["log"] = cloned(log_of(own), log_of(target))
    remember(own, said["sha256"])
    return said


def _described(partial: Path, working: Working, batches: tuple[Batch, ...], project_digest: str) -> dict[str, Any]:
    """What the manifest says of the files, read from the files themselves."""
    builds, counts = [], {}
    sources: list[tuple[Any, ...]] = []
    for file in PUBLISHED_FILES:
        with opened(partial / f"{file}.duckdb", read_only=True) as connection:
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
    with opened(working.path("core"), read_only=True) as core:
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
    with opened(working.path("core"), read_only=True) as core:
        [(registrations,)] = core.execute(
            "select count(distinct registration_key) from main.int_registration__linked"
        ).fetchall()
        to_nobody = core.execute(
            "select line_number from main.int_registration__confirmed "
            "where first_key is null or second_key is null order by line_number"
        ).fetchall()
    return {"digest": links.digest, "registrations": registrations, "to_nobody": [line for (line,) in to_nobody]}
