"""What is brought over from a store, and whether the store still has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from dataport.errors import ContractBroken
from dataport.extract.adapter import Catalogue
from dataport.extract.damage import DAMAGED
from dataport.store.arrow import arrow_schema
from dataport.store.declared import Column, Kind, Table

_ORIGIN = (
    pa.field("source_id", pa.string()),
    pa.field("batch_number", pa.int64()),
    pa.field("low_clock", pa.timestamp("us")),
)
_DELETED = pa.field("is_deleted", pa.bool_())
TOMBSTONE = Table(
    "tombstone",
    "key",
    (Column("table_name"), Column("key"), Column("change_no", "integer"), Column("stamped_at", "timestamp")),
)


def living_schema(table: Table) -> pa.Schema:
    """What an adapter hands over of living rows: the table's landed columns, then which of them are damaged."""
    return arrow_schema(table.landed).append(DAMAGED)


def changes_schema(table: Table) -> pa.Schema:
    """What an adapter hands over of versions: as `living_schema`, then ``is_deleted``."""
    return living_schema(table).append(_DELETED)


def landed_schema(table: Table) -> pa.Schema:
    """What lands: the table's landed columns, which are damaged, where they came from, and ``is_deleted``."""
    return pa.schema([*living_schema(table), *_ORIGIN, _DELETED])


def repeated_columns(table: Table) -> list[str]:
    """The landed columns of few values: codes, units, accounts and where the rows came from."""
    return [*table.repeated, *(field.name for field in _ORIGIN)]


def check_contract(
    tables: Sequence[Table], catalogue: Catalogue, accepts: Mapping[Kind, frozenset[str]], journaled: bool
) -> tuple[str, ...]:
    """Compare what the tables declare with what the store has; returns notes on columns that are not brought over.

    Args:
        tables: the contract.
        catalogue: the store's own list.
        accepts: for each kind, the store types it can be read from.
        journaled: whether journals and tombstones are read too.

    Raises:
        ContractBroken: a table or column is missing or has another type; the message names it.
    """
    notes: list[str] = []
    for table in tables:
        notes += _check_table(table.name, table.landed, catalogue, accepts)
        if journaled:
            _check_table(f"{table.name}_journal", table.landed, catalogue, accepts)
    if journaled:
        _check_table("tombstone", TOMBSTONE.columns, catalogue, accepts)
    return tuple(notes)


def _check_table(
    name: str, columns: Sequence[Column], catalogue: Catalogue, accepts: Mapping[Kind, frozenset[str]]
) -> list[str]:
    found = catalogue.get(name)
    if found is None:
        raise _broken(f"has no table {name}")
    for column in columns:
        if column.name not in found:
            raise _broken(f"has no column {name}.{column.name}")
        if found[column.name] not in accepts[column.kind]:
            raise _broken(f"keeps {name}.{column.name} as {found[column.name]}, which is not a {column.kind}")
    new = sorted(set(found) - {column.name for column in columns})
    return [
        f"The store has a column {name}.{column} that the contract does not know: not brought over." for column in new
    ]


def _broken(what: str) -> ContractBroken:
    return ContractBroken(
        f"The registration store {what}. Nothing was extracted: mend the store, or the contract in store/schema.py."
    )
