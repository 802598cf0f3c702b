"""The registration store: its schema, its clock and its connections. Nothing here invents people or reads them out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dataport.store.base import FIRST_MOMENT, Store, Writer
from dataport.store.invented import is_invented
from dataport.store.url import StoreUrl, parse_url

# Kind of store: the module and class of its connection, imported when one is opened, for drivers are slow to load.
STORES = {"sqlite": ("sqlite", "SqliteStore"), "postgres": ("postgres", "PostgresStore")}

__all__ = ["FIRST_MOMENT", "Store", "Writer", "connect", "is_invented"]


def connect(url: str) -> Store:
    """The store at ``sqlite:///abs/path.sqlite`` or ``postgresql://…``; it need not have been created yet.

    Raises:
        WrongRequest: not the URL of a store.
        SourceUnavailable: the server cannot be reached; the message holds no credential.
    """
    parsed = parse_url(url)
    module, name = STORES[parsed.kind]
    made: Callable[[StoreUrl], Store] = getattr(import_module(f"dataport.store.{module}"), name)
    return made(parsed)
