"""The tree of a condition: what a check says, typed, of the fields of one record and of the day.

Three values: a comparison with what is missing is unknown, and `and`, `or`, `not` go on from there as in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

FieldType: TypeAlias = Literal["text", "integer", "boolean", "date"]
Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of the record that is judged, or of whom it belongs to."""

    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Written:
    """A value that is written in the condition, or a threshold by its name."""

    value: str | int | bool | date


@dataclass(frozen=True, slots=True)
class Today:
    """The day on which the record is judged."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values of one type."""

    left: FieldOf
    operator: Operator
    right: FieldOf | Written | Today


@dataclass(frozen=True, slots=True)
class Among:
    """Whether a field has one of the values."""

    field: FieldOf
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Whether a field says nothing: null, empty, a dash, or a code that means unknown. Never itself unknown."""

    field: FieldOf


@dataclass(frozen=True, slots=True)
class Aged:
    """Completed years since a date, today, compared with a number of years."""

    since: FieldOf
    operator: Literal["<", ">="]
    years: int


@dataclass(frozen=True, slots=True)
class Older:
    """Whether so many months have passed since a date: from that day on, it is."""

    since: FieldOf
    months: int


@dataclass(frozen=True, slots=True)
class No:
    """The contrary."""

    term: Term


@dataclass(frozen=True, slots=True)
class Every:
    """All of them."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of them at least."""

    terms: tuple[Term, ...]


Term: TypeAlias = Compare | Among | Missing | Aged | Older | No | Every | Either
Leaf: TypeAlias = Compare | Among | Missing | Aged | Older


def leaves_of(term: Term) -> Iterator[Leaf]:
    """The comparisons of a condition, from the left."""
    match term:
        case No(inner):
            yield from leaves_of(inner)
        case Every(terms) | Either(terms):
            for one in terms:
                yield from leaves_of(one)
        case _:
            yield term


def fields_in(term: Term) -> Iterator[FieldOf]:
    """The fields that a condition names, from the left."""
    for leaf in leaves_of(term):
        match leaf:
            case Compare(left, _, right):
                yield left
                if isinstance(right, FieldOf):
                    yield right
            case Among(field, _) | Missing(field):
                yield field
            case Aged(since, _, _) | Older(since, _):
                yield since
