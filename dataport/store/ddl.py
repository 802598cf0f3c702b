"""What both kinds of store render alike from the declared schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataport.store.declared import Column, Kind, Table


def column_list(columns: Sequence[Column], prefix: str = "") -> str:
    """Quoted column names, comma separated; `prefix` is ``OLD.`` or ``NEW.`` within a trigger."""
    return ", ".join(f'{prefix}"{column.name}"' for column in columns)


def journal(name: str, columns: Sequence[Column], types: Mapping[Kind, str]) -> str:
    """The table of superseded versions of a table: the same columns, and no constraint of its own."""
    defined = ", ".join(f'"{column.name}" {types[column.kind]}' for column in columns)
    return f'CREATE TABLE "{name}_journal" ({defined})'


def indexes(table: Table, changes: str = "") -> list[str]:
    """Indexes beside the key: by change number (of the `changes`, a condition), and for the store's own look-ups."""
    name = table.name
    return [
        f'CREATE INDEX "{name}_by_change" ON "{name}" (change_no){changes}',
        f'CREATE INDEX "{name}_journal_by_change" ON "{name}_journal" (change_no){changes}',
        *(f'CREATE INDEX "{name}_by_{column}" ON "{name}" ("{column}")' for column in table.indexed),
    ]
