"""What both kinds of store render alike from the declared schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataport.store.schema import Column, Kind, Table


def column_list(columns: Sequence[Column], prefix: str = "") -> str:
    """Quoted column names, comma separated; `prefix` is ``OLD.`` or ``NEW.`` within a trigger."""
    return ", ".join(f'{prefix}"{column.name}"' for column in columns)


def journal(table: Table, types: Mapping[Kind, str]) -> str:
    """The table of superseded versions: the same columns, and no constraint of its own."""
    columns = ", ".join(f'"{column.name}" {types[column.kind]}' for column in table.landed)
    return f'CREATE TABLE "{table.name}_journal" ({columns})'


def indexes(table: Table) -> list[str]:
    """Indexes beside the key: by change number, and for the store's own look-ups."""
    name = table.name
    return [
        f'CREATE INDEX "{name}_by_change" ON "{name}" (change_no)',
        f'CREATE INDEX "{name}_journal_by_change" ON "{name}_journal" (change_no)',
        *(f'CREATE INDEX "{name}_by_{column}" ON "{name}" ("{column}")' for column in table.indexed),
    ]
