"""What the bytes of a home are for: by place, table and column, and what is held twice and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq

from dataport.errors import Busy, Damaged, DataportError
from dataport.jobs.status import size_of
from dataport.landing import Landing
from dataport.settings import Settings, SourceSettings
from dataport.store import connect
from dataport.warehouse.bases import log_of
from dataport.warehouse.opening import opened
from dataport.warehouse.versions import FILES, folders

# As DuckDB writes a file.
_BLOCK_BYTES = 262_144
# Column of a row that is about a whole table, and of one about a whole file.
WHOLE, REST = "", "(metadata and free blocks)"

_WHY = {
    "landing": "What the stores told, batch by batch, for replays and audits; small batches are put together.",
    "work/core": "Histories of every record and what lies between them and the facts, for the next refresh.",
    "work/keys": "Which key each record has, for ever.",
    "work/figures": "The published figures once more, which the next refresh goes on from; mends a damaged version.",
    "work/records": "The published records once more, for the same reasons.",
    "figures": "Facts and dimensions that questions are answered from; without any direct identifier.",
    "records": "Versions of records for who may open them: the histories of the core, without what is the job's own.",
    "logs": "What changed since the base that versions share.",
    "state": "Working lists, excuses, notes, scorecards handed out: what people made, and nothing can make again.",
}


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes on the disk.

    Attributes:
        place: ``landing``, ``work/core``, ``figures``, ``logs`` and the like.
        table: empty where it is of a whole place.
        column: empty where it is of a whole table.
        why: what it is for; only of a whole place.
    """

    place: str
    table: str
    column: str
    size_bytes: int
    why: str = ""


def sizes(settings: Settings) -> Iterator[Size]:
    """Every place of a home with its tables and columns, the largest first within each.

    Files that several versions share count once. A working copy that a build has open is told as a whole, and a store
    that cannot be reached not at all.
    """
    for source in settings.sources:
        yield from _of_store(source)
    yield from _told("landing", size_of(settings.landing), _landed(settings.landing))
    for name in ("core", "keys", *FILES):
        path = settings.warehouse / "work" / f"{name}.duckdb"
        if path.is_file():
            yield from _told(f"work/{name}", size_of(path) + size_of(log_of(path)), _laid_out(path))
    counted: set[tuple[int, int]] = set()
    versions = folders(settings.published)
    for name in FILES:
        files = [folder / f"{name}.duckdb" for folder in versions]
        columns = _laid_out(files[-1]) if files else {}
        yield from _told(name, sum(size_of(file, counted) for file in files), columns)
    logs = [log_of(folder / f"{name}.duckdb") for folder in versions for name in FILES]
    yield from _told("logs", sum(size_of(log, counted) for log in logs if log.is_file()), {})
    state = settings.state.parent
    if held := size_of(state):
        yield from _told("state", held, {})
    apart = (settings.landing, settings.warehouse / "work", state)
    others = size_of(settings.home, counted) - sum(map(size_of, apart))
    yield Size("everything else", "", "", max(others, 0), "Stores made here, logs of runs and looks, permissions.")


def _of_store(source: SourceSettings) -> Iterator[Size]:
    """Tables with their indexes of a store, whoever keeps it; nothing of a folder of files, which is the exporter's."""
    with suppress(DataportError), closing(connect(source.url.reveal())) as store:
        tables = store.sizes()
        place = f"store {source.source_id}"
        yield Size(place, "", "", sum(tables.values()), "The registration store itself, its journals and indexes.")
        yield from (Size(place, name, WHOLE, size) for name, size in sorted(tables.items(), key=lambda one: -one[1]))


def _told(place: str, whole: int, columns: dict[tuple[str, str], int]) -> Iterator[Size]:
    yield Size(place, "", "", whole, _WHY[place])
    tables: dict[str, int] = defaultdict(int)
    for (table, _), size in columns.items():
        tables[table] += size
    for table in sorted(tables, key=lambda one: -tables[one]):
        yield Size(place, table, WHOLE, tables[table])
        own = [(column, size) for (of, column), size in columns.items() if of == table]
        yield from (Size(place, table, column, size) for column, size in sorted(own, key=lambda one: -one[1]))
    rest = whole - sum(tables.values())
    if tables and rest > 0:
        yield Size(place, REST, WHOLE, rest)


def _landed(root: Path) -> dict[tuple[str, str], int]:
    """Compressed bytes of the columns of what has landed, by table."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    seen = set()
    for batch in Landing(root).batches():
        for table in batch.tables:
            if table.path in seen or not table.path.is_file():
                continue
            seen.add(table.path)
            metadata = pq.ParquetFile(table.path).metadata
            for group in range(metadata.num_row_groups):
                for number in range(metadata.num_columns):
                    chunk = metadata.row_group(group).column(number)
                    found[table.name, chunk.path_in_schema.split(".")[0]] += chunk.total_compressed_size
    return found


def _laid_out(path: Path) -> dict[tuple[str, str], int]:
    """Bytes of the columns of a DuckDB file, from where their segments begin in its blocks."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    begins: list[tuple[int, int, tuple[str, str]]] = []
    try:
        with opened(path, read_only=True) as file:
            tables = file.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where not internal and database_name = current_database()"
            ).fetchall()
            for schema, table in tables:
                segments = file.execute(
                    "select column_name, block_id, block_offset, len(additional_block_ids) "
                    "from pragma_storage_info(?) where persistent and block_id is not null",
                    [f"{schema}.{table}"],
                ).fetchall()
                for column, block, offset, further in segments:
                    found[table, column] += (further or 0) * _BLOCK_BYTES
                    if block >= 0:
                        begins.append((block, offset, (table, column)))
    except (Busy, Damaged):
        return {}
    begins.sort(key=lambda one: one[:2])
    # a file in which nothing stands yet has no segments
    for (block, offset, of), following in pairwise([*begins, (-1, 0, ("", ""))]):
        end = following[1] if following[0] == block else _BLOCK_BYTES
        found[of] += end - offset
    return {of: size for of, size in found.items() if size}
