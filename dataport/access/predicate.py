"""Row predicates: what a grant allows, evaluated as far as the viewer's own data go.

Two-valued by construction: a row whose scope column is null is nobody's but the unlimited viewer's. An empty list
allows nothing; it is never left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Everything:
    """Every row."""


@dataclass(frozen=True, slots=True)
class Within:
    """Rows whose scope column holds one of the values; of no values: no row."""

    column: str
    values: tuple[str, ...]


RowPredicate: TypeAlias = Everything | Within


def union(column: str, parts: Iterable[RowPredicate]) -> RowPredicate:
    """Rows that any part allows; of no parts: none."""
    values: set[str] = set()
    for part in parts:
        if isinstance(part, Everything):
            return part
        values.update(part.values)
    return Within(column, tuple(sorted(values)))


def intersection(column: str, parts: Iterable[RowPredicate]) -> RowPredicate:
    """Rows that every part allows."""
    limited = [set(part.values) for part in parts if isinstance(part, Within)]
    return Within(column, tuple(sorted(set.intersection(*limited)))) if limited else Everything()


def allows(predicate: RowPredicate, value: str | None) -> bool:
    """Whether a row with this scope value is allowed: the meaning of a predicate, for tests and for explanations."""
    return isinstance(predicate, Everything) or value in predicate.values
