"""What a table of a store is, as data: its columns, their kinds, its key, and the stamps that every one has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "integer", "boolean", "date", "timestamp"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind and whether it must be filled.

    Attributes:
        is_end: whether it is a date with which something ends, which may lie before or after all others.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One entity of the store.

    Attributes:
        name: the table's name.
        key: the business key, unique among the living rows.
        columns: the entity's own columns, key included, in the order of the contract.
        indexed: columns that the store's own work looks up.
        scope: the column that says which unit a row belongs to, where it has one of its own.
    """

    name: str
    key: str
    columns: tuple[Column, ...]
    indexed: tuple[str, ...] = ()
    scope: str = ""

    @property
    def identifying(self) -> tuple[str, ...]:
        """The columns without which nobody can say what a row is, or whose: its key, and the keys of its owners."""
        links = (one.name for one in self.columns if one.required and one.name.endswith("_id"))
        return (self.key, *(name for name in links if name not in (self.key, self.scope)))

    @property
    def repeated(self) -> tuple[str, ...]:
        """The landed columns of few values: codes, units and accounts."""
        codes = (one.name for one in self.landed if one.name.endswith("_code") and one.name != self.key)
        accounts = (one.name for one in STAMPS if one.name.endswith("_by"))
        return (*codes, *((self.scope,) if self.scope else ()), *accounts)

    @property
    def landed(self) -> tuple[Column, ...]:
        """All columns an extract brings over: the entity's own, then the stamps."""
        return self.columns + STAMPS


@dataclass(frozen=True, slots=True)
class Contract:
    """What is brought over from a kind of source.

    Attributes:
        tables: every table, in the order in which they land.
        permissions: those of them that say who may do what. They are read on their own, and lose rows without a word.
        code_lists: the public code list of every column that has one.
    """

    tables: tuple[Table, ...]
    permissions: tuple[Table, ...] = ()
    code_lists: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> Table:
        """The table of that name. KeyError where there is none."""
        return {table.name: table for table in self.tables}[name]

    def is_permission(self, name: str) -> bool:
        """Whether a table says who may do what."""
        return any(table.name == name for table in self.permissions)


def columns(text: str) -> tuple[Column, ...]:
    """Columns from ``name[:kind][!]`` words, so that a table reads as a list of its fields.

    The kind ``end`` is a date with which something ends.

    >>> columns("sex_code birth_date:date level:integer!")[2]
    Column(name='level', kind='integer', required=True, is_end=False)
    """
    out = []
    for word in text.split():
        name, _, kind = word.rstrip("!").partition(":")
        own = "date" if kind == "end" else kind or "text"
        out.append(Column(name, own, word.endswith("!"), kind == "end"))  # type: ignore[arg-type]
    return tuple(out)


# created_on, modified_on: by the device's clock, UTC. change_no: the server's change number. stamped_at: by the store's
# own clock, never decreasing and strictly increasing within one record; set by trigger.
STAMPS = columns(
    "created_on:timestamp! created_by modified_on:timestamp! modified_by entry_channel_code "
    "change_no:integer! stamped_at:timestamp!"
)
