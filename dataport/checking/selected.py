"""selected: what a statement yields, as it says itself: its columns, their types where it casts them, and its literals.

Only what our models use is understood. What is not is None, and nothing is told of it: a check that guesses
would cry wolf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from sqlglot import exp

# Column to type as dbt writes it; empty where it is not said.
Selected: TypeAlias = Mapping[str, str]

_ONLY_LEFT = ("SEMI", "ANTI")


def selected(node: exp.Expr, tables: Mapping[str, Selected]) -> Selected | None:
    """The columns that a query yields.

    Args:
        tables: what is known of the tables that it may name.
    """
    known = dict(tables)
    with_ = node.args.get("with_") or node.args.get("with")
    is_recursive = bool(with_ and with_.args.get("recursive"))
    for cte in with_.expressions if with_ else ():
        # What a recursive query yields is what its first part does.
        first = cte.this.left if isinstance(cte.this, exp.SetOperation) and is_recursive else cte.this
        if (found := selected(first, known)) is not None:
            known[cte.alias] = found
        else:
            known.pop(cte.alias, None)
    if isinstance(node, exp.Subquery):
        return selected(node.this, known)
    if isinstance(node, exp.SetOperation):
        return _both(node, known)
    return _projected(node, known) if isinstance(node, exp.Select) else None


def _both(node: exp.SetOperation, known: Mapping[str, Selected]) -> Selected | None:
    left, right = selected(node.left, known), selected(node.right, known)
    if left is None or right is None:
        return left if not node.args.get("by_name") else None
    return {**right, **left} if node.args.get("by_name") else left


def _projected(node: exp.Select, known: Mapping[str, Selected]) -> Selected | None:
    sources = dict(_sources(node, known))
    found: dict[str, str] = {}
    for one in node.expressions:
        star = one if isinstance(one, exp.Star) else one.this if isinstance(one, exp.Column) else None
        if isinstance(star, exp.Star):
            of = sources.values() if star is one else (sources.get(one.table),)
            left_out = {name.name for name in (star.args.get("except_") or star.args.get("except") or ())}
            for columns in of:
                if columns is None:
                    return None
                found |= {name: kind for name, kind in columns.items() if name not in left_out and name not in found}
        elif one.alias_or_name:
            found[one.alias_or_name] = _kind(one, sources)
        else:
            return None
    return found


def _sources(node: exp.Select, known: Mapping[str, Selected]) -> Iterator[tuple[str, Selected | None]]:
    start = node.args.get("from_") or node.args.get("from")
    if start:
        yield start.this.alias_or_name, _of(start.this, known)
    for join in node.args.get("joins") or ():
        if str(join.args.get("kind") or "").upper() not in _ONLY_LEFT:
            yield join.this.alias_or_name, _of(join.this, known)


def _of(source: exp.Expr, known: Mapping[str, Selected]) -> Selected | None:
    if isinstance(source, exp.Table):
        return known.get(source.name)
    return selected(source, known) if isinstance(source, exp.Subquery) else None


def _kind(projection: exp.Expr, sources: Mapping[str, Selected | None]) -> str:
    value = projection.unalias()
    if isinstance(value, exp.Cast):
        return value.to.sql(dialect="duckdb").lower().replace("text", "varchar")
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
    """Each column that is null where another has one of some codes, with those codes: the macro `known`."""
    for case in node.find_all(exp.Case):
        branches, default = case.args["ifs"], case.args.get("default")
        test = branches[0].this if len(branches) == 1 and default is None else None
        if isinstance(test, exp.Not) and isinstance(test.this, exp.In) and test.this.this == branches[0].args["true"]:
            named = case.parent.alias if isinstance(case.parent, exp.Alias) else ""
            if named:
                yield named, frozenset(str(one.this) for one in test.this.expressions)


def compared(node: exp.Expr) -> Iterator[tuple[str, str]]:
    """Each column that is compared with a text literal, with the literal."""
    for one in node.find_all(exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In):
        sides = (one.this, *(one.expressions or (one.expression,)))
        columns = [side.name for side in sides if isinstance(side, exp.Column)]
        columns += [part.name for side in sides if isinstance(side, exp.Coalesce) for part in side.find_all(exp.Column)]
        # `a.code in ('', '-')` asks whether there is a code at all
        values = [str(side.this) for side in sides if isinstance(side, exp.Literal) and side.is_string]
        yield from ((column, value) for column in columns for value in values if value not in ("", "-"))
