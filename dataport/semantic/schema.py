"""What a file holds, as it says itself: its tables, their columns and what type each has. No row is read for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from dataport.semantic.names import folded

Kind: TypeAlias = Literal["integer", "decimal", "double", "text", "boolean", "date", "time", "zoned time", "other"]


@dataclass(frozen=True, slots=True)
class ColumnType:
    """The type of one column.

    Attributes:
        name: as the engine writes it, without what an enumeration or a structure holds.
        kind: what can be done with it; `time` is an instant without a zone, `double` is binary fractions of any width.
        digits: of a number, how many its values have at most; 0 for doubles.
        scale: of a decimal, how many of them follow the point.
    """

    name: str
    kind: Kind
    digits: int = 0
    scale: int = 0

    @property
    def is_instant(self) -> bool:
        """Whether what it holds lies on a day, and is shown and met as that day."""
        return self.kind in ("time", "zoned time")

    @property
    def is_fine(self) -> bool:
        """Whether its instants have more digits than others: it is read as the microsecond in which each lies."""
        return self.name == "TIMESTAMP_NS"

    @property
    def puts_together(self) -> str:
        """Which different values would count as one, for people; nothing of a type in which equal means the same."""
        if self.is_fine:
            return "instants of one microsecond"
        # an engine compares spans by their length, with months of 30 days
        return "1 month and 30 days, or 1 day and 24 hours," if self.name == "INTERVAL" else ""

    def holds(self, text: str) -> bool:
        """Whether a column can hold what a text says. An engine rounds ``1.4`` to find the whole number 1."""
        if self.kind == "boolean":
            return text in ("true", "false")
        if self.kind not in ("integer", "decimal"):
            return True
        try:
            value = Decimal(text)
        except InvalidOperation:
            return False
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):  # endless, or no number
            return False
        further = -exponent - self.scale
        return further <= 0 or not any(digits[-further:])


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table by name, in which upper and lower case are one."""

    by_name: Mapping[str, ColumnType] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether they are known at all."""
        return bool(self.by_name)

    def get(self, name: str) -> ColumnType | None:
        return self.by_name.get(folded(name))


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables and views of one file by name, in which upper and lower case are one.

    Attributes:
        tables: those of another schema than `main` are called ``schema.table``.
        places: by the same names, schema and table as the file writes them.
        twice: names that two tables have, such as ``a.b`` in `main` and ``b`` in ``a``.
    """

    tables: Mapping[str, Columns]
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    twice: frozenset[str] = frozenset()

    def columns(self, table: str) -> Columns | None:
        """None for a table that there is not."""
        return self.tables.get(folded(table))
