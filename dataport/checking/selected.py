"""selected: what a statement yields, as it says itself: its columns, their types where it casts them, and its literals.

Only what our models use is understood. What is not is None, and nothing is told of it: a check that guesses
would cry wolf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from sqlglot import exp

from dataport.warehouse.project import MODELS_DIALECT

# Column to type as dbt writes it; empty where it is not said.
Selected: TypeAlias = Mapping[str, str]

_ONLY_LEFT = ("SEMI", "ANTI")


def selected(node: exp.Expr, tables: Mapping[str, Selected], strays: set[str] | None = None) -> Selected | None:
    """The columns that a query yields.

    Args:
        tables: what is known of the tables that it may name.
        strays: gets the columns that it names and that none of its tables has, as far as all of them are known.
    """
    return _Reading(set() if strays is None else strays).query(node, tables)


class _Reading:
    """One statement, read from the inside out: each query by what is known of the tables it names."""

    def __init__(self, strays: set[str]) -> None:
        self._strays = strays

    def query(self, node: exp.Expr, tables: Mapping[str, Selected]) -> Selected | None:
        known = dict(tables)
        with_ = node.args.get("with_") or node.args.get("with")
        is_recursive = bool(with_ and with_.args.get("recursive"))
        for cte in with_.expressions if with_ else ():
            found = self._recursive(cte, known) if is_recursive else self.query(cte.this, known)
            known.pop(cte.alias, None)
            if found is not None:
                known[cte.alias] = found
        if isinstance(node, exp.Subquery):
            return self.query(node.this, known)
        if isinstance(node, exp.SetOperation):
            return self._both(node, known)
        return self._projected(node, known) if isinstance(node, exp.Select) else None

    def _recursive(self, cte: exp.Expr, known: Mapping[str, Selected]) -> Selected | None:
        """What a recursive query yields is what its first part does; its second part reads that."""
        if not isinstance(cte.this, exp.SetOperation):
            return self.query(cte.this, known)
        first = self.query(cte.this.left, known)
        if first is not None:
            self.query(cte.this.right, {**known, cte.alias: first})
        return first

    def _both(self, node: exp.SetOperation, known: Mapping[str, Selected]) -> Selected | None:
        left, right = self.query(node.left, known), self.query(node.right, known)
        if left is None or right is None:
            return left if not node.args.get("by_name") else None
        return {**right, **left} if node.args.get("by_name") else left

    def _projected(self, node: exp.Select, known: Mapping[str, Selected]) -> Selected | None:
        around = {alias: (columns, is_kept) for alias, columns, is_kept in self._sources(node, known)}
        self._strays |= set(_strays(node, {alias: columns for alias, (columns, _) in around.items()}))
        sources = {alias: columns for alias, (columns, is_kept) in around.items() if is_kept}
        found: dict[str, str] = {}
        for one in node.expressions:
            star = one if isinstance(one, exp.Star) else one.this if isinstance(one, exp.Column) else None
            if isinstance(star, exp.Star):
                of = sources.values() if star is one else (sources.get(one.table),)
                left_out = {name.name for name in (star.args.get("except_") or star.args.get("except") or ())}
                for columns in of:
                    if columns is None:
                        return None
                    new = {name: kind for name, kind in columns.items() if name not in left_out}
                    found = {**new, **found}
            elif one.alias_or_name:
                found[one.alias_or_name] = _kind(one, sources)
            else:
                return None
        return found

    def _sources(self, node: exp.Select, known: Mapping[str, Selected]) -> Iterator[tuple[str, Selected | None, bool]]:
        """The tables of a query: what each is called, its columns, and whether a star stands for those too."""
        start = node.args.get("from_") or node.args.get("from")
        if start:
            yield start.this.alias_or_name, self._of(start.this, known), True
        for join in node.args.get("joins") or ():
            is_kept = str(join.args.get("kind") or "").upper() not in _ONLY_LEFT
            yield join.this.alias_or_name, self._of(join.this, known), is_kept

    def _of(self, source: exp.Expr, known: Mapping[str, Selected]) -> Selected | None:
        if isinstance(source, exp.Table):
            return known.get(source.name)
        return self.query(source, known) if isinstance(source, exp.Subquery) else None


def _strays(node: exp.Select, around: Mapping[str, Selected | None]) -> Iterator[str]:
    """The columns that a query names and that its tables, all of which are known, do not have.

    A query within an expression may speak of the tables around it, and is passed by; so is what stands before a point
    and is no table: it is a column with parts.
    """
    inside = node.parent if isinstance(node.parent, exp.Subquery | exp.Exists | exp.In) else None
    if isinstance(inside, exp.Exists | exp.In) or (inside and not isinstance(inside.parent, exp.From | exp.Join)):
        return
    names = {name for columns in around.values() for name in columns or ()}
    own = {one.alias for one in node.expressions} | set(around)
    is_known = all(columns is not None for columns in around.values())
    for column in node.find_all(exp.Column):
        if isinstance(column.this, exp.Star) or column.find_ancestor(exp.Select) is not node:
            continue
        if column.table:
            of = around.get(column.table)
            if of is not None and column.name not in of:
                yield column.name
        elif is_known and column.name not in names and column.name not in own:
            yield column.name


def _kind(projection: exp.Expr, sources: Mapping[str, Selected | None]) -> str:
    value = projection.unalias()
    if isinstance(value, exp.Cast):
        return value.to.sql(dialect=MODELS_DIALECT).lower().replace("text", "varchar")
    if not isinstance(value, exp.Column):
        return ""
    if value.table:
        return (sources.get(value.table) or {}).get(value.name, "")
    kinds = {columns[value.name] for columns in sources.values() if columns and value.name in columns}
    return kinds.pop() if len(kinds) == 1 else ""


def results(node: exp.Expr) -> Iterator[tuple[str, str]]:
    """Each column that some part of a statement yields a text literal in, with the literal."""
    for query in node.find_all(exp.Select):
        for name, projection in zip(_names(query), query.expressions, strict=False):
            for literal in _literals(projection):
                if name:
                    yield name, literal


def _names(query: exp.Select) -> list[str]:
    """What the columns of a query are called: as in the first of those that it is put together with."""
    top: exp.Expr = query
    while isinstance(top.parent, exp.SetOperation):
        top = top.parent
    if isinstance(top, exp.SetOperation) and top.args.get("by_name"):
        top = query
    while isinstance(top, exp.SetOperation):
        top = top.left
    return [one.alias_or_name for one in top.expressions] if isinstance(top, exp.Select) else []


def _literals(node: exp.Expr) -> Iterator[str]:
    if isinstance(node, exp.Literal) and node.is_string:
        yield str(node.this)
    elif isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            yield from _literals(branch.args["true"])
        if node.args.get("default") is not None:
            yield from _literals(node.args["default"])
    elif isinstance(node, exp.Coalesce | exp.Array | exp.Explode | exp.Unnest):
        for part in (node.this, *node.expressions):
            if isinstance(part, exp.Expr):
                yield from _literals(part)
    elif isinstance(node, exp.Alias | exp.Paren | exp.Cast):
        yield from _literals(node.this)


def unknowns(node: exp.Expr) -> Iterator[tuple[str, frozenset[str]]]:
    """Each column that is null where another has one of some codes, with those codes: `known`, or NULLIF around it."""
    for case in node.find_all(exp.Case):
        branches, default = case.args["ifs"], case.args.get("default")
        test = branches[0].this if len(branches) == 1 and default is None else None
        if isinstance(test, exp.Not) and isinstance(test.this, exp.In) and test.this.this == branches[0].args["true"]:
            codes = {str(one.this) for one in test.this.expressions}
            outer = case.parent
            if isinstance(outer, exp.Nullif) and isinstance(outer.expression, exp.Literal):
                codes.add(str(outer.expression.this))
                outer = outer.parent
            if isinstance(outer, exp.Alias):
                yield outer.alias, frozenset(codes)


def compared(node: exp.Expr) -> Iterator[tuple[str, str]]:
    """Each column that is compared with a text literal, with the literal."""
    for one in node.find_all(exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In):
        sides = (one.this, *(one.expressions or (one.expression,)))
        columns = [side.name for side in sides if isinstance(side, exp.Column)]
        columns += [part.name for side in sides if isinstance(side, exp.Coalesce) for part in side.find_all(exp.Column)]
        # `a.code in ('', '-')` asks whether there is a code at all
        values = [str(side.this) for side in sides if isinstance(side, exp.Literal) and side.is_string]
        yield from ((column, value) for column in columns for value in values if value not in ("", "-"))
