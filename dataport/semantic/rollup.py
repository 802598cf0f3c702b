"""rollup: a fact counted already, as dated steps; what is kept of it, counted apart and added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dataport.semantic.held import Held


def true_of(column: str) -> str:
    """The column of a rollup that counts the rows of which a flag says yes."""
    return f"{column}_true"


def told_of(column: str) -> str:
    """The column of a rollup that counts the rows of which a flag says anything."""
    return f"{column}_known"


def total_of(column: str) -> str:
    """The column of a rollup that adds up a column of its fact."""
    return f"{column}_sum"


@dataclass(frozen=True, slots=True)
class Rollup:
    """An additive fact as dated steps by some of its columns: as of a day, the sum of the steps up to it.

    Attributes:
        of: the fact that it counts; its scope, entity and levels are those of that fact.
        monthly: the table of the same steps with those of a month put together under its first day.
        day, count: its columns of the date of a step and of the number of rows that came or went.
        columns: the columns of the fact that it keeps, the scope among them.
        flags: columns that say yes or no, of whose rows it counts those that say yes and those that say anything.
        sums: columns of numbers that are never unknown, which it adds up.
        held: where a file of one's own holds each of its tables.
    """

    name: str
    of: str
    table: str
    monthly: str
    day: str
    count: str
    columns: tuple[str, ...]
    flags: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, str]:
        return self.table, self.monthly

    @property
    def steps(self) -> tuple[str, ...]:
        """Its columns of steps, that of rows first."""
        flags = (name for flag in self.flags for name in (true_of(flag), told_of(flag)))
        return (self.count, *flags, *map(total_of, self.sums))
