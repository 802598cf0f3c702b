"""Rows, the value of a level for a row, and conditions with two truth values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

from dataport.semantic import Catalog
from dataport.semantic.condition import AllOf, AnyOf, Between, Compare, Condition, IsUnknown, Not, OneOf
from dataport.semantic.formula import Composition
from dataport.semantic.model import Through

Row: TypeAlias = Mapping[str, Any]
Has: TypeAlias = Callable[[Through, Condition, Row], bool]
Members: TypeAlias = Callable[[str, Composition, Row], int | None]
Tables: TypeAlias = Mapping[str, tuple[Row, ...]]


class Reader:
    """Reads levels from rows on one day, looking members up in the dimensions as they were at one instant.

    `members` counts those of a group that a viewer may count, or is None where all may be counted.
    """

    def __init__(
        self, catalog: Catalog, tables: Tables, places_at: datetime, day: date | None, members: Members | None = None
    ) -> None:
        self._catalog, self._tables, self._places_at = catalog, tables, places_at
        self._day, self._members = day, members

    def value(self, fact: str, row: Row, level_name: str) -> Any:
        """The member of a level that a row belongs to; None is the unknown member."""
        level = self._catalog.levels[level_name]
        if level.bands:
            return _band(self.value(fact, row, level.bands.base), level.bands.edges)
        if level.composed_of and self._members:
            return self._members(fact, level.composed_of, row)
        if level.computed:
            return _age(row[level.on[fact]], self._day)
        if level.via is None:
            held = row[level.on[fact]]
            return held.date() if level.type == "date" and isinstance(held, datetime) else held
        key = self.value(fact, row, level.via.base)
        dimension = self._catalog.dimensions[level.via.dimension]
        for member in self._tables[dimension.table]:
            is_valid = dimension.validity is None or (
                member[dimension.validity.start] < self._places_at <= member[dimension.validity.end]
            )
            if key is not None and member[dimension.key] == key and is_valid:
                return member[level.via.column]
        return None

    def holds(self, condition: Condition, fact: str, row: Row, has: Has | None = None) -> bool:
        """Whether a condition is true of a row; of the unknown, only `is unknown` and `!=` are.

        `has` says whether a row has a thing on another fact of which a condition is true.
        """
        match condition:
            case AllOf(parts):
                return all(self.holds(part, fact, row, has) for part in parts)
            case AnyOf(parts):
                return any(self.holds(part, fact, row, has) for part in parts)
            case Not(part):
                return not self.holds(part, fact, row, has)
        level = self._catalog.levels[condition.level]
        if has and level.through and fact in level.through.of:
            match condition:
                case IsUnknown():
                    return not has(level.through, AllOf(()), row)
                case Compare(name, "!=", other):
                    return not has(level.through, Compare(name, "=", other), row)
            return has(level.through, condition, row)
        return _holds(condition, self.value(fact, row, condition.level))


def _age(born: date | None, day: date | None) -> int | None:
    """Birthdays that have come, one after another."""
    if born is None or born > day:
        return None
    years = 0
    while _birthday(born, years + 1) <= day:
        years += 1
    return years


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def _band(number: int | None, edges: tuple[int, ...]) -> str | None:
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        if number is not None and low <= number and (high is None or number < high):
            return f"{low}+" if high is None else str(low) if high == low + 1 else f"{low}-{high - 1}"
    return None


def is_true_of(condition: Condition, values: Mapping[str, Any]) -> bool:
    """The same for numbers by name."""
    match condition:
        case AllOf(parts):
            return all(is_true_of(part, values) for part in parts)
        case AnyOf(parts):
            return any(is_true_of(part, values) for part in parts)
        case Not(part):
            return not is_true_of(part, values)
    return _holds(condition, values[condition.level])


def _holds(condition: Condition, value: Any) -> bool:
    """Whether one comparison is true of one value."""
    match condition:
        case IsUnknown():
            return value is None
        case OneOf(_, values):
            return value in [_like(value, one) for one in values]
        case Between(_, low, high):
            return value is not None and _like(value, low) <= value <= _like(value, high)
        case Compare(_, "=", other):
            return value == _like(value, other)
        case Compare(_, "!=", other):
            return value != _like(value, other)
        case Compare(_, operator, other):
            return value is not None and _compares(value, operator, _like(value, other))


def _like(value: Any, written: Any) -> Any:
    """Dates are written as text."""
    is_text_of_date = isinstance(value, date) and isinstance(written, str)
    return date.fromisoformat(written) if is_text_of_date else written


def _compares(value: Any, operator: str, other: Any) -> bool:
    answers = {"<": value < other, "<=": value <= other, ">": value > other, ">=": value >= other}
    return answers[operator]
