"""unknown values: what a question leaves out or counts as unknown because of what a column holds, counted and said.

Of a number: values that are no finite number. Of a date by which rows are counted: rows without one, which belong to no
period. Both are counted over all rows in scope, whatever the filters are: a filter on the value may have left out just
these rows, and the answer says so too.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dataport.access import ScopedQuestion
from dataport.engine.algebra import Filter, Lookup, Node, Plan
from dataport.engine.blocks import Parameters, aliased, column, select, stored
from dataport.engine.lower import Lowered, read_in_scope
from dataport.engine.lower_numbers import is_finite
from dataport.engine.scan import Scan
from dataport.engine.seal import Statement, seal
from dataport.engine.times import During
from dataport.engine.tree import nodes_of
from dataport.semantic.model import Dimension
from dataport.semantic.names import hidden
from dataport.tables import RawTable

Run = Callable[[Statement], RawTable]


def unknown_values(plan: Plan, scoped: ScopedQuestion, run: Run) -> tuple[str, ...]:
    """The notes of an answer about values that cannot be counted; none where every value can be.

    Args:
        run: carries a sealed statement out.
    """
    endless: dict[tuple[str, str], Scan] = {}
    looked_up: dict[tuple[str, str], Dimension] = {}
    undated: dict[tuple[str, str], Scan] = {}
    for node in nodes_of(plan):
        if isinstance(node, Scan):
            types = node.table.types
            fractions = [name for name in node.columns if (kind := types.get(name)) and kind.kind == "double"]
            endless |= {(node.name, name): node for name in fractions}
        elif isinstance(node, Lookup):
            kind = node.dimension.columns.get(node.column)
            if kind and kind.kind == "double":
                looked_up[node.dimension.name, node.column] = node.dimension
        elif isinstance(node, Filter) and isinstance(node.time, During) and (scan := _scan_of(node)):
            undated[scan.name, node.time.axis] = scan
    notes = []
    for (_, name), scan in endless.items():
        if many := _many(_is_endless(name), name, scan, scoped, run):
            notes.append(_said_of_numbers(many, scan.table.name, name))
    for (_, name), dimension in looked_up.items():
        if many := _many_in(_is_endless(name), name, dimension, scoped, run):
            notes.append(_said_of_numbers(many, dimension.table, name))
    for (_, name), scan in undated.items():
        if many := _many(exp.Is(this=column(name), expression=exp.Null()), name, scan, scoped, run):
            rows, are = ("row", "is") if many == 1 else ("rows", "are")
            notes.append(f"{many:,} {rows} of {scan.table.name} without {name} {are} in no period, and not counted")
    return tuple(notes)


def _scan_of(node: Filter) -> Scan | None:
    """The rows that a time narrows, where they stand in a table."""
    source: Node = node.source
    while isinstance(source, Filter):
        source = source.source
    return source if isinstance(source, Scan) else None


def _said_of_numbers(many: int, table: str, name: str) -> str:
    values, count = ("value", "counts") if many == 1 else ("values", "count")
    are = "is no finite number" if many == 1 else "are no finite numbers"
    return f"{many:,} {values} of {table}.{name} {are} (NaN, infinity) and {count} as unknown"


def _is_endless(name: str) -> exp.Expr:
    return exp.Not(this=is_finite(column(name)))


def _many(test: exp.Expr, name: str, scan: Scan, scoped: ScopedQuestion, run: Run) -> int:
    parameters = Parameters()
    rows = read_in_scope(scan, [_counted(test, name)], parameters)
    return _run(Lowered(rows, (), parameters.values), scoped, run)


def _many_in(test: exp.Expr, name: str, dimension: Dimension, scoped: ScopedQuestion, run: Run) -> int:
    """The same of a dimension, which is read for everybody."""
    return _run(Lowered(select([_counted(test, name)], stored(dimension.table, dimension.held)), (), {}), scoped, run)


def _counted(test: exp.Expr, name: str) -> exp.Expr:
    counted = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=test))
    return aliased(counted, hidden(name, "unknown"))


def _run(lowered: Lowered, scoped: ScopedQuestion, run: Run) -> int:
    many: int = run(seal(lowered, scoped)).data.column(0)[0].as_py()
    return many
