"""An insider: whoever sees the records of some offices exactly, and takes them from what is published of more."""

from __future__ import annotations

import numpy as np

from dataport.attackers.downloaded import Downloaded, Flags, Known, People
from dataport.attackers.outside import inside_of, left_few
from dataport.attackers.reconstruction import reconstructed
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured

# Of so many scopes, those with the most people: the more an insider knows, the less is left.
_MOST_SCOPES = 12


def insider(register: Register) -> Measured:
    """How many published numbers with a secret are of a few persons once the insider's own are taken off.

    Each is of the people of its month, whom the insider saw then.
    """
    seen = register.seen
    found = tried = 0
    tables = [one for one in seen.months[-1] if one.is_sensitive and one.is_published.any()]
    scopes = _largest(register.known)
    for month in range(len(seen.months)) if scopes else ():
        inside = inside_of(register, month, scopes)
        for table in tables:
            numbers = int(np.count_nonzero(table.is_published & (table.since == month)))
            tried += numbers * len(scopes)
            found += left_few(register, table, month, inside) if numbers else 0
    return Measured(found, None, tried, "numbers of a few persons outside what an insider sees")


def insider_reconstruction(register: Register) -> Measured:
    """Whoever sees most knows the secrets of these, and solves for those of everybody else."""
    seen, people = register.seen, register.known.months[-1]
    largest = _largest(register.known)
    if not largest:
        return Measured(0.0, None, 0, "nobody sees a part of the people")
    sure = _inside(people, largest[0])
    found = [
        reconstructed(register, level, sure)
        for level in seen.finest.values()
        if level.is_sensitive and _is_told(seen, level.name)
    ]
    found = [one for one in found if one.equations]
    if not found:
        return Measured(0.0, None, 0, "no number with a sensitive attribute is published")
    worst = max(found, key=lambda one: one.right - one.by_traits)
    says = f"precision about others beyond that by single traits: {worst.right:.2f} against {worst.by_traits:.2f}"
    return Measured(worst.right - worst.by_traits, worst.chance, int((~sure).sum()), says)


def _largest(known: Known) -> list[frozenset[int]]:
    people = known.months[-1]
    held = [(int(_inside(people, scope).sum()), nth) for nth, scope in enumerate(known.scopes)]
    some = [(size, nth) for size, nth in held if 0 < size < len(people)]
    return [known.scopes[nth] for _, nth in sorted(some, reverse=True)[:_MOST_SCOPES]]


def _inside(people: People, scope: frozenset[int]) -> Flags:
    return np.isin(people.units, list(scope))


def _is_told(seen: Downloaded, name: str) -> bool:
    return any(level.name == name for table in seen.months[-1] for level in table.levels)
