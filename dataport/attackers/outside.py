"""The rule of insiders over all that is published, counted anew: what is left of a number outside a scope is enough.

Whoever counts some offices exactly can take these people from a published number of a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dataport.attackers.downloaded import Downloaded, Flags, Known, Longs, Table
from dataport.attackers.exact import Violation
from dataport.attackers.register import Register, distinct


def few_outside(seen: Downloaded, known: Known) -> tuple[Violation, ...]:
    """Each table of the last month with new numbers of a secret of which a few persons, or groups, are left outside.

    Numbers of an earlier month were held against the scopes of that month.
    """
    register, month = Register(seen, known), len(seen.months) - 1
    units = int(max((one.units.max(initial=0) for one in known.months), default=0)) + 1
    inside = _inside(known.scopes, units)
    tables = [one for one in seen.months[month] if one.is_sensitive] if len(inside) else []
    found = [Violation("insider", month, (one.name,), _few(register, one, inside)) for one in tables]
    return tuple(one for one in found if one.times)


def _inside(scopes: tuple[frozenset[int], ...], units: int) -> Flags:
    """Scope by scope, which offices are in it."""
    found = np.zeros((len(scopes), units), dtype=np.bool_)
    for nth, scope in enumerate(scopes):
        found[nth, sorted(scope)] = True
    return found


@dataclass(frozen=True, slots=True)
class _Left:
    """The people of new rows, by row and office.

    Attributes:
        row, unit, persons: of each pair that occurs.
        start: where the groups of each pair begin among all groups, and where the last ones end.
        groups: the groups of each pair.
    """

    row: Longs
    unit: Longs
    persons: Longs
    start: Longs
    groups: Longs


def _few(register: Register, table: Table, inside: Flags) -> int:
    """How many new rows leave, outside some scope that holds some of them, a few persons or too few groups."""
    month = len(register.seen.months) - 1
    is_new = table.is_published & (table.since == month)
    left = _left(register, table, is_new, inside.shape[1])
    scopes, held_by = len(inside), [np.flatnonzero(inside[:, unit]) for unit in range(inside.shape[1])]
    times = np.array([len(held_by[unit]) for unit in left.unit.tolist()], dtype=np.int64)
    holders = np.concatenate([np.zeros(0, dtype=np.int64), *(held_by[unit] for unit in left.unit.tolist())])
    pairs, place = np.unique(np.repeat(left.row, times) * scopes + holders, return_inverse=True)
    within = np.bincount(place, weights=np.repeat(left.persons, times), minlength=len(pairs)).astype(np.int64)
    row, scope = pairs // scopes, pairs % scopes
    rest = np.bincount(left.row, weights=left.persons, minlength=len(table.keys)).astype(np.int64)[row] - within
    concerned = (within > 0) & (rest > 0)
    row, scope, rest = row[concerned], scope[concerned], rest[concerned]
    few: Flags = rest < register.seen.fewest_persons
    unsure = np.flatnonzero(~few & (rest <= register.enough(month)))
    groups = _groups_outside(left, row[unsure], inside[scope[unsure]])
    few[unsure] = groups < register.seen.fewest_groups
    return len(np.unique(row[few]))


def _left(register: Register, table: Table, is_new: Flags, units: int) -> _Left:
    month = len(register.seen.months) - 1
    people, own = register.known.months[month], register.rows(month, table)
    here = np.flatnonzero(np.append(is_new, False)[own])
    pairs = own[here] * units + people.units[here]
    occurring, persons = np.unique(pairs, return_counts=True)
    _, families = np.unique(people.families[here], return_inverse=True)
    size = int(families.max(initial=0)) + 1
    each = distinct(pairs * size + families)
    start = np.searchsorted(each, np.append(occurring, occurring[-1:] + 1) * size)
    return _Left(occurring // units, occurring % units, persons.astype(np.int64), start, each % size)


def _groups_outside(left: _Left, rows: Longs, inside: Flags) -> Longs:
    """For some rows, each with the offices of a scope, of how many groups those outside are."""
    found = np.zeros(len(rows), dtype=np.int64)
    for nth, groups in enumerate(_outside(left, rows, inside)):
        found[nth] = len(np.unique(groups))
    return found


def _outside(left: _Left, rows: Longs, inside: Flags) -> Iterator[Longs]:
    first, last = np.searchsorted(left.row, rows), np.searchsorted(left.row, rows, side="right")
    for nth in range(len(rows)):
        pairs = np.arange(first[nth], last[nth])
        pairs = pairs[~inside[nth, left.unit[pairs]]]
        each = [left.groups[left.start[pair] : left.start[pair + 1]] for pair in pairs.tolist()]
        yield np.concatenate(each) if each else np.zeros(0, dtype=np.int64)
