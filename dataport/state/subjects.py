"""subjects: the records that what people made speaks of, and how it goes when they go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from dataport.state.database import State
from dataport.state.schema import SUBJECT


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A record by its kind and its key in the published records, which is the same for ever and nobody's number."""

    kind: str
    key: int = field(repr=False)


def subjects(state: State) -> frozenset[Subject]:
    """Every record that something was said of."""
    found: set[Subject] = set()
    with state.reading() as connection:
        for table in _speaking(connection):
            rows = connection.execute(f"select distinct {', '.join(SUBJECT)} from {table}")
            found |= {Subject(*row) for row in rows}
    return frozenset(found)


def erase(state: State, gone: Iterable[Subject]) -> int:
    """Delete whatever was said of some records; returns how many rows that was. Nothing of them stays in the file."""
    listed, rows = sorted(gone), 0
    if not listed or not state.path.exists():
        return 0
    with state.writing() as connection:
        for table in _speaking(connection):
            matching = " and ".join(f"{name} = ?" for name in SUBJECT)
            for one in listed:
                rows += connection.execute(f"delete from {table} where {matching}", (one.kind, one.key)).rowcount
    state.forget()
    return rows


def _speaking(connection: sqlite3.Connection) -> list[str]:
    """The tables whose rows are about a record, whichever there are."""
    tables = [name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")]
    return [table for table in tables if set(SUBJECT) <= _columns(connection, table)]


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"pragma table_info({table})")}
