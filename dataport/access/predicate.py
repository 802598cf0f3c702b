"""Row predicates: what policies and grants allow, with what is known of the viewer filled in.

A predicate is true or false and never unknown: an unknown value is a value like any other. A row whose scope column is
null may be seen by a viewer without limits and by nobody else. An empty list allows nothing; to leave it out would
allow everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from dataport.semantic.condition import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Atom,
    Attribute,
    Compare,
    Condition,
    Not,
    OneOf,
    both,
    levels_of,
    mapped,
    values_of,
)


@dataclass(frozen=True, slots=True)
class Everything:
    """Every row."""


@dataclass(frozen=True, slots=True)
class Within:
    """Rows whose scope column holds one of the values; no row where there are no values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Rows for which a condition on columns holds, where a list of units is not enough."""

    condition: Condition


RowPredicate: TypeAlias = Everything | Within | Where


def predicate(conditions: Iterable[Condition], scope: str) -> RowPredicate:
    """Conditions on columns that must all hold, as one predicate in its simplest form."""
    found = simple(both(*map(simple, conditions)))
    if found == ALWAYS:
        return Everything()
    if found == NEVER:
        return Within(scope, ())
    if isinstance(found, OneOf) and found.level == scope:
        return Within(scope, tuple(sorted(str(value) for value in found.values)))
    return Where(found)


def condition_of(rows: RowPredicate) -> Condition:
    """A predicate written as a condition."""
    match rows:
        case Everything():
            return ALWAYS
        case Within(column, values):
            return OneOf(column, values) if values else NEVER
        case Where(condition):
            return condition


def columns_of(rows: RowPredicate) -> tuple[str, ...]:
    """The columns that a predicate reads."""
    return levels_of(condition_of(rows))


def simple(condition: Condition) -> Condition:
    """The same condition without parts that are always true or never; lists on one name are put together."""
    match condition:
        case AllOf(parts):
            return _all([simple(part) for part in parts])
        case AnyOf(parts):
            return _any([simple(part) for part in parts])
        case Not(part):
            inner = simple(part)
            if inner in (ALWAYS, NEVER):
                return NEVER if inner == ALWAYS else ALWAYS
            return inner.part if isinstance(inner, Not) else Not(inner)
        case OneOf(_, ()):
            return NEVER
        case _:
            return condition


def _all(parts: list[Condition]) -> Condition:
    if NEVER in parts:
        return NEVER
    lists = [part for part in parts if isinstance(part, OneOf)]
    met: list[Condition] = []
    for name in dict.fromkeys(one.level for one in lists):
        several = [one.values for one in lists if one.level == name]
        kept = tuple(value for value in several[0] if all(value in values for values in several[1:]))
        if not kept:
            return NEVER
        met.append(OneOf(name, kept))
    return both(*met, *(part for part in parts if not isinstance(part, OneOf)))


def _any(parts: list[Condition]) -> Condition:
    if ALWAYS in parts:
        return ALWAYS
    lists = [part for part in parts if isinstance(part, OneOf)]
    found: list[Condition] = [
        OneOf(name, tuple(dict.fromkeys(value for one in lists if one.level == name for value in one.values)))
        for name in dict.fromkeys(one.level for one in lists)
    ]
    found += [part for part in parts if not isinstance(part, OneOf) and part != NEVER]
    distinct = list(dict.fromkeys(found))
    return distinct[0] if len(distinct) == 1 else AnyOf(tuple(distinct))


class _Missing(Exception):
    """An attribute that is not known of this viewer."""


def bound(
    condition: Condition, attributes: Mapping[str, Iterable[str] | str | None], *, missing: Condition
) -> Condition:
    """A policy's condition for one viewer: attributes become their values.

    Args:
        attributes: a list of values, one value, or None for all values there are.
        missing: what the whole condition becomes where it speaks of an attribute that is not known.
    """
    try:
        return simple(mapped(condition, lambda atom: _bound(atom, attributes)))
    except _Missing:
        return missing


def _bound(atom: Atom, attributes: Mapping[str, Any]) -> Condition:
    asked = [value for value in values_of(atom) if isinstance(value, Attribute)]
    if not asked:
        return atom
    if any(one.name not in attributes for one in asked):
        raise _Missing
    match atom:
        case OneOf(level, written):
            lists = [_values(one, attributes) for one in written]
            if any(one is None for one in lists):
                return ALWAYS
            return OneOf(level, tuple(dict.fromkeys(value for one in lists for value in one or ())))
        case Compare(_, "=" | "!=", Attribute(name)) if isinstance(attributes[name], str):
            return replace(atom, value=attributes[name])
    raise _Missing  # all that can be compared with an attribute is `=` or `!=` one single value


def _values(one: Any, attributes: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What one entry of a list stands for: itself, or the values of an attribute; None for all values there are."""
    value = attributes[one.name] if isinstance(one, Attribute) else one
    if value is None or not isinstance(one, Attribute):
        return None if value is None else (value,)
    return (value,) if isinstance(value, str) else tuple(sorted(value))
