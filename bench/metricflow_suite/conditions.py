"""A filter of MetricFlow, which is SQL, as a condition of Dataport that is true of the same rows.

SQL has a third truth value, Dataport two: ``x != 'a'`` holds of an unknown x here and not there. So a negation is
pushed down to what it negates, and where that would hold of the unknown, ``not x is unknown`` is said too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

import sqlglot
from sqlglot import exp

from bench.metricflow_suite.manifests import NotExpressible

# The name of a level for a name in a filter, and its type.
Level = tuple[str, str]
_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def names_in(sql: str) -> tuple[str, ...]:
    """The names that a filter mentions."""
    return tuple(dict.fromkeys(one.name for one in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Column)))


def condition(sql: str, level: Callable[[str], Level]) -> str:
    """The condition in words of the request's language."""
    return _said(sqlglot.parse_one(sql, dialect="duckdb"), level, False)


def _said(node: exp.Expr, level: Callable[[str], Level], is_negated: bool) -> str:
    match node:
        case exp.Paren():
            return _said(node.this, level, is_negated)
        case exp.Not():
            return _said(node.this, level, not is_negated)
        case exp.And() | exp.Or():
            joined = "and" if isinstance(node, exp.And) != is_negated else "or"
            return f"({_said(node.this, level, is_negated)} {joined} {_said(node.expression, level, is_negated)})"
        case exp.Column():
            return f"{level(node.name)[0]} = {'false' if is_negated else 'true'}"
        case exp.Is() if isinstance(node.expression, exp.Null):
            return f"{'not ' * is_negated}{level(_column(node.this))[0]} is unknown"
        case exp.In():
            name, kind = level(_column(node.this))
            members = f"{name} in ({', '.join(_literal(one, kind) for one in node.expressions)})"
            return f"(not {members} and not {name} is unknown)" if is_negated else members
        case exp.Binary() if type(node) in _OPERATORS:
            name, kind = level(_column(node.this))
            operator = _OPPOSITE[_OPERATORS[type(node)]] if is_negated else _OPERATORS[type(node)]
            compared = f"{name} {operator} {_literal(node.expression, kind)}"
            return f"({compared} and not {name} is unknown)" if operator == "!=" else compared
    raise NotExpressible(f"a filter with {type(node).__name__} in it")


def _column(node: exp.Expr) -> str:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if not isinstance(node, exp.Column):
        raise NotExpressible(f"a filter on {type(node).__name__} of a column")
    return node.name


def _literal(node: exp.Expr, kind: str) -> str:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if not isinstance(node, exp.Literal):
        raise NotExpressible(f"a comparison with {type(node).__name__}")
    if kind == "date":
        instant = datetime.fromisoformat(node.name)
        if instant.time() != time.min:
            raise NotExpressible("a time within the day")
        return f"'{instant.date()}'"
    return "'" + node.name.replace("'", "''") + "'" if node.is_string else node.name
