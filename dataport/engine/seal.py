"""seal: walk the finished trees and abort if any physical table stands outside its guard.

The check does not trust the planner or the lowering: it reads the tree that will be run, looks at every table in it,
and compares what narrows it with the scope the guard gave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from dataport.access import Everything, RowPredicate, ScopedQuestion, Where
from dataport.engine.lower import Lowered, Query
from dataport.engine.meaning import means, members_of
from dataport.engine.protocol import Bound
from dataport.semantic.held import Held
from dataport.semantic.question import Question


class UnsealedError(AssertionError):
    """A defect of ours: a statement would have read rows outside its guard. It is never run."""


@dataclass(frozen=True, slots=True)
class Sealed(Bound):
    """One checked query: its tree, and the parameters it uses."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the engine runs: the rows, and each total with the levels it spans.

    Attributes:
        question: what it asks, to say what it was about where the engine stops.
    """

    rows: Sealed
    totals: tuple[tuple[tuple[str, ...], Sealed], ...]
    question: Question

    @property
    def queries(self) -> tuple[Sealed, ...]:
        """Every query that is run for the statement."""
        return (self.rows, *(total for _, total in self.totals))


def seal(lowered: Lowered, scoped: ScopedQuestion) -> Statement:
    """The statement, if every table in it is guarded.

    Raises:
        UnsealedError: some table is not; nothing is run.
    """
    totals = tuple((levels, _sealed(tree, lowered, scoped)) for levels, tree in lowered.totals)
    return Statement(_sealed(lowered.rows, lowered, scoped), totals, scoped.question)


def _sealed(tree: Query, lowered: Lowered, scoped: ScopedQuestion) -> Sealed:
    nodes = tuple(tree.walk())
    check(tree, lowered.parameters, scoped, nodes)
    return Sealed.to(lowered.parameters, tree, nodes)


def check(tree: Query, parameters: Mapping[str, Any], scoped: ScopedQuestion, nodes: Sequence[exp.Expr] = ()) -> None:
    """Raise UnsealedError for the first table that is neither guarded nor public.

    Args:
        nodes: all of the tree, where it has been walked already.
    """
    catalog = scoped.question.catalog
    public = {_place(one.table, one.held) for one in catalog.dimensions.values() if one.public}
    tables = {name: [_place(fact.table, fact.held)] for name, fact in catalog.facts.items()}
    for name, rollup in catalog.rollups.items():
        tables[name] = [_place(table, rollup.held.get(table)) for table in rollup.tables]
    # one table may be several facts, each with a scope of its own
    scopes: dict[tuple[str, str, str], list[RowPredicate]] = {}
    for name, scope in scoped.scopes.items():
        for one in tables[name]:
            scopes.setdefault(one, []).append(scope)
    for table in (node for node in nodes or tree.walk() if isinstance(node, exp.Table)):
        if _is_common_table(table):
            continue
        place = (table.catalog, table.db, table.name)
        if place not in scopes and place not in public:
            raise UnsealedError("a statement names a table that its question may not read")
        if place in scopes and not any(_is_guarded(table, scope, parameters) for scope in scopes[place]):
            raise UnsealedError(f"a statement reads {table.name} outside its guard")


def _place(table: str, held: Held | None) -> tuple[str, str, str]:
    """Where a table is: its database and schema are named for a file of one's own only."""
    return (held.database, held.schema, held.table) if held else ("", "", table)


def _is_common_table(table: exp.Table) -> bool:
    """Whether the name is that of a WITH that can be seen from here: those shadow physical tables.

    An entry of a WITH sees the entries before it; its own name inside it is the physical table.
    """
    below: exp.Expr = table
    above = below.parent
    if table.db:
        return False
    while above is not None:
        if any(one.alias == table.name for one in _seen(above, below)):
            return True
        below, above = above, above.parent
    return False


def _seen(above: exp.Expr, below: exp.Expr) -> list[exp.Expr]:
    """The entries of a WITH that `below`, a part of `above`, can name."""
    if isinstance(above, exp.With):
        return above.expressions[: [one is below for one in above.expressions].index(True)]
    with_ = above.args.get("with_")
    return with_.expressions if with_ and with_ is not below else []


def _is_guarded(table: exp.Table, scope: RowPredicate, parameters: Mapping[str, Any]) -> bool:
    select = table.find_ancestor(exp.Select)
    from_ = select.args.get("from_") if select else None
    if select is None or select.args.get("joins") or from_ is None or from_.this is not table:
        return False
    if isinstance(scope, Everything):
        return True
    where = select.args.get("where")
    if isinstance(scope, Where):
        return where is not None and means(where.this, scope.condition, parameters)
    tests = list(where.this.flatten()) if where and isinstance(where.this, exp.And) else [where.this] if where else []
    return any(_narrows(test, scope.column, frozenset(scope.values), parameters) for test in tests)


def _narrows(test: exp.Expr, column: str, allowed: frozenset[str], parameters: Mapping[str, Any]) -> bool:
    """Whether a test keeps rows of allowed scope values only."""
    if isinstance(test, exp.Boolean) and not test.this:
        return True
    if not isinstance(test, exp.In) or not isinstance(test.this, exp.Column) or test.this.table:
        return False
    values = members_of(test, parameters)
    return test.this.name == column and bool(values) and all(item in allowed for item in values)
