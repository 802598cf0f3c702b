"""unknown numbers: how many values of a question's columns are no finite number, and so count as unknown.

It is counted over the rows in scope, whatever their date, so that an answer says it also of rows that a filter on the
number has left out for it.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dataport.access import ScopedQuestion
from dataport.engine.algebra import Plan, Scan
from dataport.engine.blocks import Parameters, aliased, column
from dataport.engine.lower import Lowered, read_in_scope
from dataport.engine.seal import Statement, seal
from dataport.engine.tree import nodes_of
from dataport.semantic.names import hidden
from dataport.tables import RawTable


def unknown_numbers(plan: Plan, scoped: ScopedQuestion, run: Callable[[Statement], RawTable]) -> tuple[str, ...]:
    """What an answer says of them; nothing where every number is one.

    Args:
        run: carries a sealed statement out.
    """
    found: dict[tuple[str, str], Scan] = {}
    for node in nodes_of(plan):
        if isinstance(node, Scan):
            types = node.fact.columns
            fractions = [name for name in node.columns if (kind := types.get(name)) and kind.kind == "double"]
            found |= {(node.fact.name, name): node for name in fractions}
    counts = {key: _many(key[1], scan, scoped, run) for key, scan in found.items()}
    return tuple(_said(many, found[key].fact.table, key[1]) for key, many in counts.items() if many)


def _said(many: int, table: str, name: str) -> str:
    values, count = ("value", "counts") if many == 1 else ("values", "count")
    are = "is no finite number" if many == 1 else "are no finite numbers"
    return f"{many:,} {values} of {table}.{name} {are} (NaN, infinity) and {count} as unknown"


def _many(name: str, scan: Scan, scoped: ScopedQuestion, run: Callable[[Statement], RawTable]) -> int:
    endless = exp.Not(this=exp.Anonymous(this="ISFINITE", expressions=[column(name)]))
    counted = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=endless))
    parameters = Parameters()
    rows = read_in_scope(scan, [aliased(counted, hidden(name, "endless"))], parameters)
    statement = seal(Lowered(rows, (), parameters.values), scoped)
    many: int = run(statement).data.column(0)[0].as_py()
    return many
