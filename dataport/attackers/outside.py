"""The rule of insiders over all that is published, counted anew: what is left of a number outside a scope is enough.

Whoever counts some offices exactly can take these people from a published number of a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import occurring
from dataport.attackers.downloaded import Codes, Flags, Longs, Table
from dataport.attackers.exact import Violation
from dataport.attackers.register import Register
from dataport.copies import shared


def few_outside(register: Register, *, processes: int = 1) -> tuple[Violation, ...]:
    """Each table of the last month with new numbers of a secret of which a few persons, or groups, are left outside.

    Numbers of an earlier month were held against the scopes of that month.
    """
    month, scopes = len(register.seen.months) - 1, register.known.scopes
    tables = [one for one in register.seen.months[month] if one.is_sensitive] if scopes else []
    inside = inside_of(register, month, scopes)
    times = shared(lambda one: left_few(register, one, month, inside), tables, processes)
    found = [Violation("insider", month, (one.name,), few) for one, few in zip(tables, times, strict=True)]
    return tuple(one for one in found if one.times)


def inside_of(register: Register, month: int, scopes: Sequence[frozenset[int]]) -> Flags:
    """Scope by scope, which offices are in it."""
    # an office of some scope may have nobody
    offices = (register.known.months[month].units.max(initial=0), *(max(one, default=0) for one in scopes))
    units = int(max(offices)) + 1
    found = np.zeros((len(scopes), units), dtype=np.bool_)
    for nth, scope in enumerate(scopes):
        found[nth, sorted(scope)] = True
    return found


@dataclass(frozen=True, slots=True)
class _People:
    """The people of the new rows of a table.

    Attributes:
        row, unit, family: of each of them.
        pairs, persons: each row and office that occurs, as row times the number of offices and office; and how many.
    """

    row: Longs
    unit: Codes
    family: Longs
    pairs: Longs
    persons: Longs


def left_few(register: Register, table: Table, month: int, inside: Flags) -> int:
    """How many numbers of a month leave, outside some scope that holds some of it, few persons or too few groups."""
    scopes, units = inside.shape
    people = _people(register, table, month, units)
    row_of, unit_of = people.pairs // units, people.pairs % units
    held_by = [np.flatnonzero(inside[:, unit]) for unit in range(units)]
    times = np.array([len(held_by[unit]) for unit in unit_of.tolist()], dtype=np.int64)
    holders = np.concatenate([np.zeros(0, dtype=np.int64), *(held_by[unit] for unit in unit_of.tolist())])
    pairs, place = np.unique(np.repeat(row_of, times) * scopes + holders, return_inverse=True)
    within = np.bincount(place, weights=np.repeat(people.persons, times), minlength=len(pairs)).astype(np.int64)
    row, scope = pairs // scopes, pairs % scopes
    whole = np.bincount(row_of, weights=people.persons, minlength=len(table.keys)).astype(np.int64)
    rest = whole[row] - within
    few: Flags = (within > 0) & (rest > 0) & (rest < register.seen.fewest_persons)
    unsure = np.flatnonzero((within > 0) & (rest >= register.seen.fewest_persons) & (rest <= register.enough(month)))
    groups = _groups_outside(people, row[unsure], inside[scope[unsure]])
    few[unsure] = groups < register.seen.fewest_groups
    return len(np.unique(row[few]))


def _people(register: Register, table: Table, month: int, units: int) -> _People:
    people, own = register.known.months[month], register.rows(month, table)
    is_new = table.is_published & (table.since == month)
    here = np.flatnonzero(np.append(is_new, False)[own])
    row, unit = own[here], people.units[here]
    pairs = occurring(row * units + unit, len(table.keys) * units)
    return _People(row, unit, people.families[here], *pairs)


def _groups_outside(people: _People, rows: Longs, inside: Flags) -> Longs:
    """For some rows, each with the offices of a scope, of how many groups those outside are."""
    wanted = np.zeros(int(people.row.max(initial=-1)) + 2, dtype=np.bool_)
    wanted[rows] = True
    who = np.flatnonzero(wanted[people.row])
    who = who[np.argsort(people.row[who], kind="stable")]
    own = people.row[who]
    first, last = np.searchsorted(own, rows), np.searchsorted(own, rows, side="right")
    found = np.zeros(len(rows), dtype=np.int64)
    for nth in range(len(rows)):
        of_row = who[first[nth] : last[nth]]
        found[nth] = len(np.unique(people.family[of_row[~inside[nth, people.unit[of_row]]]]))
    return found
