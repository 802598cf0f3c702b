"""The files that DuckDB has open: published figures and records, and files of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dataport.engine.own_file import OwnFile
from dataport.engine.records import Records
from dataport.engine.run import Figures
from dataport.engines.duckdb.engine import DuckDB
from dataport.engines.duckdb.opening import open_file
from dataport.engines.duckdb.schema import read_schema
from dataport.engines.duckdb.written import WrittenFile, read_written
from dataport.semantic import Horizon
from dataport.semantic.record import RecordModels
from dataport.semantic.schema import Schema
from dataport.warehouse.sealed import OWN, open_sealed


def published_figures(
    path: Path,
    data_version: int,
    sources: Mapping[str, Horizon] | None = None,
    rows: Mapping[str, int] | None = None,
    *,
    has_links: bool = False,
) -> Figures:
    """The figures of a published file; see `Figures`."""
    return Figures(DuckDB(open_sealed(path)), data_version, sources=sources, has_links=has_links, rows=rows)


def published_records(path: Path, data_version: int, models: RecordModels) -> Records:
    """The records of a published file."""
    return Records(DuckDB(open_sealed(path)), data_version, models)


def own_file(path: Path, definitions: Path, horizon: Horizon) -> OwnFile:
    """A DuckDB file of one's own, with the folder of definitions for it. It is opened when it is first asked."""
    return OwnFile(path, definitions, horizon, attach)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of one's own, attached."""

    engine: DuckDB
    database: str = OWN

    def schema(self) -> Schema:
        return read_schema(self.engine.connection)

    def written(self) -> WrittenFile:
        return read_written(self.engine.connection)


def attach(path: Path) -> AttachedFile:
    """Attach a file, read-only and sealed.

    Raises:
        WrongRequest: there is no such file, or none that this Dataport can read.
        Busy: it is open for writing.
    """
    return AttachedFile(DuckDB(open_file(path)))
