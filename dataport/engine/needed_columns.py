"""Whether a file of one's own has the tables and columns that a question reads, and what reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dataport.engine.algebra import (
    Lookup,
    Plan,
)
from dataport.engine.scan import Scan
from dataport.engine.tree import nodes_of
from dataport.errors import ContractBroken, did_you_mean
from dataport.semantic.held import Held
from dataport.semantic.model import Catalog, Dimension, Fact
from dataport.semantic.question import Question
from dataport.semantic.schema import Columns, Kind

_INSTANTS: tuple[Kind, ...] = ("date", "time", "zoned time")
# The type of a column that was made of nothing but null.
_NOTHING = '"NULL"'


@dataclass(frozen=True, slots=True)
class Needed:
    """A column that a question reads.

    Attributes:
        of: the fact or dimension, for people.
        table: as the definition calls it.
        held: where the table is.
        columns: those that the table has.
        use: what the definitions take the column for, for people.
        is_instant: whether it must be a date or an instant.
    """

    of: str
    table: str
    held: Held
    columns: Columns
    column: str
    use: str
    is_instant: bool = False


def check_columns(columns: Iterable[Needed]) -> None:
    """Hold the columns that a question reads against those of the file.

    Raises:
        ContractBroken: a column is missing, or is not of the type that its use needs.
    """
    for one in columns:
        _check(one)


def needed(plan: Plan, question: Question) -> tuple[Needed, ...]:
    """The columns of a file of one's own that a plan reads, and those by which its tables are checked."""
    found: list[Needed] = []
    for node in nodes_of(plan):
        match node:
            case Scan(fact=fact, columns=columns, rollup=None) if fact.held:
                found += _of_fact(fact, fact.held, columns, question)
            case Lookup(dimension=dimension, column=column) if dimension.held:
                found += _of_dimension(dimension, dimension.held, column, question.catalog)
    return tuple(found)


def _check(one: Needed) -> None:
    found = one.columns.get(one.column)
    if found is None:
        raise ContractBroken(
            f"{one.of} cannot be read: its table {one.table} has no column {one.column}, which is {one.use}."
            f"{did_you_mean(one.column, one.columns.by_name)} Name it in the definition as the file does."
        )
    if one.is_instant and found.kind not in _INSTANTS and found.name != _NOTHING:
        raise ContractBroken(
            f"{one.of} cannot be counted over time: the column {one.column} of its table {one.table}, which is "
            f"{one.use}, is {found.name}, no date and no instant. Let a view cast it, and name the view."
        )


def _of_fact(fact: Fact, held: Held, columns: Iterable[str], question: Question) -> Iterator[Needed]:
    wanted = [fact.unit, *([fact.scope] if fact.scope else []), *columns, *held.instants]
    for name in dict.fromkeys(wanted):
        instant = held.instants.get(name)
        column = instant.column if instant else name
        is_instant = instant is not None or column in fact.axes.values()
        use = " and ".join(uses_of(fact, column, question))
        yield Needed(f"The fact {fact.name}", fact.table, held, fact.columns, column, use, is_instant)


def uses_of(fact: Fact, column: str, question: Question) -> list[str]:
    """What a column of a fact is for, in the words of the definitions, for the question at hand first."""
    catalog = question.catalog
    uses = ["its unit"] * (column == fact.unit) + ["its scope"] * (column == fact.scope)
    uses += [f"its axis {name}" for name, axis in fact.axes.items() if axis == column]
    instants = (fact.held or Held("", "", "")).instants.values()
    uses += [f"the {one.role} of its validity" for one in instants if one.column == column]
    uses += [f"the level {name}" for name, level in catalog.levels.items() if level.on.get(fact.name) == column]
    for leaf in question.leaves:
        if leaf.measure.fact == fact.name and leaf.measure.column == column:
            uses.append(f"what the indicator {leaf.name} is made of")
    return uses or ["a key to something else"]


def _of_dimension(dimension: Dimension, held: Held, column: str, catalog: Catalog) -> Iterator[Needed]:
    levels = [
        f"the level {name}"
        for name, level in catalog.levels.items()
        if level.via and level.via.dimension == dimension.name and level.via.column == column
    ]
    of = f"The dimension {dimension.name}", dimension.table, held, dimension.columns
    yield Needed(*of, dimension.key, "its key")
    yield Needed(*of, column, " and ".join(levels))
    for instant in held.instants.values():
        yield Needed(*of, instant.column, f"the {instant.role} of its validity", is_instant=True)
