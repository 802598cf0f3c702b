"""Conditions on levels: a closed, total, side-effect-free language.

A condition is two-valued. An unknown value is a member of its level like any other, so ``sex = 'F'`` and ``sex != 'F'``
together are everybody: ``!=`` and ``not in`` include the unknown, an ordering comparison with the unknown is false, and
``not`` is plain negation of that. SQL's third truth value never decides who is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Literal, TypeAlias

from dataport.semantic.numbers import DIGITS

Comparison: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value that is known once it is known who asks; only policies hold such."""

    name: str


Value: TypeAlias = str | int | float | Decimal | bool | date | Attribute


@dataclass(frozen=True, slots=True)
class Compare:
    """``level operator value``."""

    level: str
    operator: Comparison
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """``level in (values)``; never empty."""

    level: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """``level between low and high``, both ends included."""

    level: str
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class IsUnknown:
    """``level is unknown``."""

    level: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; of no parts: always."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; of no parts: never."""

    parts: tuple[Condition, ...]


Atom: TypeAlias = Compare | OneOf | Between | IsUnknown
Condition: TypeAlias = Atom | Not | AllOf | AnyOf

ALWAYS = AllOf(())
NEVER = AnyOf(())


def both(*conditions: Condition) -> Condition:
    """The conjunction, flattened, without the parts that always hold.

    >>> both(ALWAYS, IsUnknown("sex"))
    IsUnknown(level='sex')
    """
    parts = tuple(part for condition in conditions for part in conjuncts(condition))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The parts that must all hold."""
    if isinstance(condition, AllOf):
        return tuple(inner for part in condition.parts for inner in conjuncts(part))
    return (condition,)


def atoms(condition: Condition) -> Iterator[Atom]:
    """Every atom of the condition, left to right."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from atoms(part)
    elif isinstance(condition, Not):
        yield from atoms(condition.part)
    else:
        yield condition


def values_of(atom: Atom) -> tuple[Value, ...]:
    """The values that an atom compares its level with."""
    match atom:
        case Compare(_, _, value):
            return (value,)
        case OneOf(_, values):
            return values
        case Between(_, low, high):
            return low, high
        case _:
            return ()


def levels_of(condition: Condition) -> tuple[str, ...]:
    """Names of the levels a condition mentions, each once, in order."""
    return tuple(dict.fromkeys(atom.level for atom in atoms(condition)))


def mapped(condition: Condition, atom: Callable[[Atom], Condition]) -> Condition:
    """The same condition with something else in the place of each atom."""
    match condition:
        case AllOf(parts):
            return AllOf(tuple(mapped(part, atom) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(mapped(part, atom) for part in parts))
        case Not(part):
            return Not(mapped(part, atom))
        case _:
            return atom(condition)


def renamed(condition: Condition, names: Mapping[str, str]) -> Condition:
    """The same condition on other names: levels bound to the columns that hold them."""
    return mapped(condition, lambda one: replace(one, level=names[one.level]))


def in_words(condition: Condition) -> str:
    """The condition as a person would type it."""
    match condition:
        case Compare(level, operator, value):
            return f"{level} {operator} {_literal(value)}"
        case OneOf(level, values):
            return f"{level} in ({', '.join(map(_literal, values))})"
        case Between(level, low, high):
            return f"{level} between {_literal(low)} and {_literal(high)}"
        case IsUnknown(level):
            return f"{level} is unknown"
        case Not(part):
            return f"not ({in_words(part)})"
        case AllOf(parts):
            return " and ".join(_inner(part) for part in parts) or "everything"
        case AnyOf(parts):
            return " or ".join(_inner(part) for part in parts) or "nothing"


_LOGGED = 20


def for_the_log(condition: Condition, is_public: Callable[[str, str], bool]) -> Condition:
    """The condition with ``…`` for texts that no public list knows, which may be anything, and with short lists."""

    def said(level: str, value: Value) -> Value:
        return "…" if isinstance(value, str) and not is_public(level, value) else value

    def told(atom: Atom) -> Condition:
        match atom:
            case OneOf(level, values):
                more = (f"… {len(values) - _LOGGED} more",) if len(values) > _LOGGED else ()
                return OneOf(level, (*dict.fromkeys(said(level, value) for value in values[:_LOGGED]), *more))
            case Between(level, low, high):
                return Between(level, said(level, low), said(level, high))
            case Compare(level, operator, value):
                return Compare(level, operator, said(level, value))
            case IsUnknown():
                return atom

    return mapped(condition, told)


def _inner(part: Condition) -> str:
    return f"({in_words(part)})" if isinstance(part, AllOf | AnyOf) else in_words(part)


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        # without an exponent, unless it could not be read back otherwise
        text = f"{Decimal(str(value)):f}" if isfinite(value) else str(value)
        if sum(map(str.isdecimal, text)) > DIGITS:
            return str(value).lower()
        return text if "." in text else f"{text}.0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Attribute):
        return f"viewer.{value.name}"
    return "'" + str(value).replace("'", "''") + "'"
