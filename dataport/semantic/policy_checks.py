"""What a policy says must be able to happen: a permit that nobody can ever meet, or a forbid that cannot be worked out,
is refused when it is loaded, and is not found out by somebody who is denied what they should see.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, assert_never

from dataport.semantic.condition import (
    AllOf,
    AnyOf,
    Atom,
    Attribute,
    Between,
    Compare,
    Condition,
    IsUnknown,
    Not,
    OneOf,
    atoms,
    levels_of,
    values_of,
)
from dataport.semantic.model import Catalog
from dataport.semantic.policy import SCOPE, Policy

# What is known of one role is a list of units; the role and the login are one text each.
_LISTS = frozenset({"units"})
# Rows of more distinguishable kinds than this are taken to exist; a policy that a person wrote has a few dozen.
_MOST_KINDS = 20_000
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def problems_of(policy: Policy, draft: Catalog) -> Iterator[str]:
    """Why a policy can never do what it says, in sentences; none where it can."""
    yield from _attributes(policy)
    if policy.needs_purpose and "count" in policy.doors:
        yield "whoever counts states no purpose, so a permit that needs one is for the door open alone."
    if not can_hold(policy.rows):
        yield "its rows contradict themselves: no row can ever be of that kind."
    if "count" in policy.doors:
        yield from _not_held(policy, draft)


def can_hold(condition: Condition) -> bool:
    """Whether some row, of some viewer, could meet a condition: one of each kind that its values tell apart."""
    kinds: dict[object, list[Any]] = {}
    for atom in atoms(condition):
        if _asks(atom):
            # which units somebody has is not known before they ask: it may come to either
            kinds[atom] = [True, False]
        else:
            kinds.setdefault(atom.level, [None, _Another()]).extend(
                near for value in values_of(atom) for near in _near(value)
            )
    tried = [list(dict.fromkeys(values)) for values in kinds.values()]
    if math.prod(map(len, tried)) > _MOST_KINDS:
        return True
    return any(_holds(condition, dict(zip(kinds, row, strict=True))) for row in itertools.product(*tried))


class _Another:
    """A value that no condition names, and that has no size."""


def _near(value: Any) -> list[Any]:
    """A value and its neighbours on both sides, where it has any."""
    if isinstance(value, date):
        return [value - timedelta(days=1), value, value + timedelta(days=1)]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        exact, little = Decimal(str(value)), Decimal("1e-9")
        return [exact - 1, value, exact + 1, exact - little, exact + little]
    return [value]


def _holds(condition: Condition, row: Mapping[object, Any]) -> bool:
    match condition:
        case AllOf(parts):
            return all(_holds(part, row) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, row) for part in parts)
        case Not(part):
            return not _holds(part, row)
    if _asks(condition):
        return bool(row[condition])
    value = row[condition.level]
    match condition:
        case IsUnknown():
            return value is None
        case OneOf(_, values):
            return value in values
        case Between(_, low, high):
            return _is_sized(value) and bool(low <= value <= high)
        case Compare(_, "=", other):
            return bool(value == other)
        case Compare(_, "!=", other):
            return bool(value != other)
        case Compare(_, sign, other):
            return _is_sized(value) and _ORDER[sign](value, other)
    assert_never(condition)


def _is_sized(value: Any) -> bool:
    return value is not None and not isinstance(value, _Another)


def _asks(atom: Atom) -> bool:
    return any(isinstance(value, Attribute) for value in values_of(atom))


def _attributes(policy: Policy) -> Iterator[str]:
    """A permit judges one role at a time and knows its units; a forbid is about a viewer with all of their roles."""
    for atom in atoms(policy.rows):
        for value in values_of(atom):
            if not isinstance(value, Attribute):
                continue
            if policy.effect == "forbid" and value.name != "login":
                yield (
                    f"viewer.{value.name} is that of one role, and a forbid holds whichever role it is: it can speak "
                    "of viewer.login. Write it as the rows of a permit, or name the rows."
                )
            if isinstance(atom, Compare) and value.name in _LISTS:
                written = "in" if atom.operator == "=" else "not in"
                yield f"viewer.{value.name} is a list: write {atom.level} {written} viewer.{value.name}."


def _not_held(policy: Policy, draft: Catalog) -> Iterator[str]:
    """Entities that a policy names, of which no fact holds what it judges their rows by: all of them were denied."""
    for entity in policy.on:
        facts = [one for one in draft.facts.values() if entity in (one.entity, one.attributes_of)]
        for name in dict.fromkeys(levels_of(policy.rows)):
            if name != SCOPE and not any(fact.name in draft.levels[name].on for fact in facts):
                yield f"{name!r} is not held by any fact about {entity}, so its rows cannot be judged by it."
