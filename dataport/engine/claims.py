"""claims: what definitions declare about the tables of a file of one's own, as far as a question relies on it.

The tables of a home are tested by the data tests of its build. Of a file of one's own nothing is known but its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dataport.engine.algebra import (
    Attained,
    Link,
    Lookup,
    Mark,
    Node,
    Plan,
)
from dataport.engine.scan import Scan
from dataport.engine.tree import sources
from dataport.semantic.held import Held, Instant
from dataport.semantic.model import Dimension, Fact
from dataport.semantic.schema import ColumnType


@dataclass(frozen=True, slots=True)
class Claim:
    """That a table has each key once (with a validity: once at any instant), and no row without what it needs.

    Attributes:
        said: what declares it, for people.
        place: where the table is: database, schema and table.
        key, role: the column, and what the definition calls it.
        start, end: the columns of its validity.
        scope: the column that leads to what permissions are about.
        kind: the type of a key that is compared by its day; None where it is compared as it is.
        is_required: whether each row must have a key.
        is_once: whether a key may be there only once. Where rows are only looked for, two are as good as one.
    """

    said: str
    place: tuple[str, str, str]
    key: str
    role: str
    start: Instant | None = None
    end: Instant | None = None
    scope: str | None = None
    kind: ColumnType | None = None
    is_required: bool = True
    is_once: bool = True


def claims_of(plan: Plan) -> tuple[Claim, ...]:
    """The claims that a plan relies on for the tables it reads, each once."""
    roots = (plan.rows, *(total.plan for total in plan.totals))
    return tuple(dict.fromkeys(claim for root in roots for claim in _claims(root, is_counted=True)))


def _claims(node: Node, *, is_counted: bool) -> Iterator[Claim]:
    """The claims of a node and of what it reads. Unless its rows are counted, a key may be missing or repeated."""
    match node:
        case Scan(fact=fact, rollup=None) if fact.held:
            yield _claim(f"The fact {fact.name}", fact, fact.held, fact.unit, "unit", fact.scope, is_counted)
        case Lookup(dimension=dimension) if dimension.held:
            kind = dimension.columns.get(dimension.key)
            claim = _claim(f"The dimension {dimension.name}", dimension, dimension.held, dimension.key, "key")
            yield replace(claim, kind=kind) if kind and kind.is_instant else claim
        case Link(owners=owners, key=key):
            fact = _fact_of(owners)
            if fact.held and key != fact.unit:
                # a member that found two owners would count twice; an owner without the link merely has no members
                yield replace(_claim(f"The fact {fact.name}", fact, fact.held, key, "link"), is_required=False)
    for source in sources(node):
        is_looked_for = isinstance(node, Mark | Attained) and source is node.members
        yield from _claims(source, is_counted=is_counted and not is_looked_for)


def _fact_of(node: Node) -> Fact:
    while not isinstance(node, Scan):
        node = sources(node)[0]
    return node.fact


def _claim(
    said: str, of: Fact | Dimension, held: Held, key: str, role: str, scope: str | None = None, is_once: bool = True
) -> Claim:
    start, end = (held.instants[of.validity.start], held.instants[of.validity.end]) if of.validity else (None, None)
    place = (held.database, held.schema, held.table)
    return Claim(said, place, key, role, start, end, scope, is_required=is_once, is_once=is_once)
