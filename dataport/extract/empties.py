"""The files that tables without a row share, made again where one was lost."""

from __future__ import annotations

import shutil

from dataport.extract.contract import landed_schema, repeated_columns
from dataport.landing import LandedTable, Landing
from dataport.landing.draft import Draft
from dataport.store.schema import BY_NAME


def remake_empty(landing: Landing, table: LandedTable) -> bool:
    """Make the shared file of a table without a row again; False where it would not be byte by byte the same."""
    if table.name not in BY_NAME:
        return False
    declared = BY_NAME[table.name]
    shelf = landing.root / ".empty"
    shutil.rmtree(shelf, ignore_errors=True)
    try:
        draft = Draft(shelf, 1)
        made = draft.write(table.name, landed_schema(declared), [], repeated_columns(declared))
    finally:
        shutil.rmtree(shelf, ignore_errors=True)
    return (made.path, made.sha256) == (table.path, table.sha256)
