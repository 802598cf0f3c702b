"""The registration store: its schema, its clock and its connections. Nothing here invents people or reads them out."""

from __future__ import annotations

from dataport.store.base import FIRST_MOMENT, Store, Writer
from dataport.store.postgres import PostgresStore
from dataport.store.sqlite import SqliteStore
from dataport.store.url import parse_url

__all__ = ["FIRST_MOMENT", "Store", "Writer", "connect"]


def connect(url: str) -> Store:
    """The store at ``sqlite:///abs/path.sqlite`` or ``postgresql://…``; it need not have been created yet.

    Raises:
        WrongRequest: not the URL of a store.
        SourceUnavailable: the server cannot be reached; the message holds no credential.
    """
    parsed = parse_url(url)
    return SqliteStore(parsed) if parsed.kind == "sqlite" else PostgresStore(parsed)
