"""scan: what a plan begins with: the rows of a fact that the viewer may count, with each person once."""

from __future__ import annotations

from dataclasses import dataclass

from dataport.access import RowPredicate, ScopedQuestion
from dataport.semantic.held import Held
from dataport.semantic.model import Fact, Identity, Validity
from dataport.semantic.rollup import Rollup
from dataport.semantic.schema import Columns

NOT_KNOWN = Columns()


@dataclass(frozen=True, slots=True)
class Table:
    """A stored table.

    Attributes:
        held: where a file of one's own holds it.
        types: its columns as far as they are known.
    """

    name: str
    held: Held | None = None
    types: Columns = NOT_KNOWN


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of one fact that the viewer may count, from its table or a rollup; nothing else reads a fact."""

    table: Table
    fact: Fact
    scope: RowPredicate
    columns: tuple[str, ...]
    rollup: Rollup | None = None

    @classmethod
    def of(cls, fact: Fact, scoped: ScopedQuestion, columns: tuple[str, ...]) -> Scan:
        """The fact itself, within the viewer's scope."""
        return cls(Table(fact.table, fact.held, fact.columns), fact, scoped.scopes[fact.name], columns)

    @property
    def name(self) -> str:
        """The name that the definitions have for the table that is read."""
        return self.rollup.name if self.rollup else self.fact.name


@dataclass(frozen=True, slots=True)
class RecordSpans:
    """For persons with several records that the viewer may count: when each of these stands for its person.

    One row per registration and stretch of time; at any instant a registration has one at most.
    """

    records: Scan
    registration: str
    rank: str
    validity: Validity


@dataclass(frozen=True, slots=True)
class OneRecord:
    """The rows of records that stand for their person, cut to the time in which they do. No row is multiplied.

    With ``is_crossed`` a person goes on as one unit where one record takes over from another.
    """

    source: Scan
    spans: RecordSpans
    identity: Identity
    fact: Fact
    is_crossed: bool
