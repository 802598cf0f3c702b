"""Set equality: equal sets have equal noise, so two numbers that differ tell that somebody makes a difference.

The attacker looks for somebody whom one step singles out: of all who share what is known of them but for one trait,
they alone have that trait. The numbers of those with the secret, with and without that trait, differ only if they have
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dataport.attackers.counting import cells, counted, keys_of, member_codes, pairs_of_tables
from dataport.attackers.downloaded import Downloaded, Flags, Floats, Level, People, Table
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured

# Somebody with a secret: of a sensitive attribute's two members.
HAS = 1


class Service(Protocol):
    """What answers questions one by one."""

    def count(self, wanted: Mapping[str, frozenset[int]], sensitive: str) -> float | None:
        """How many have the attribute and one of these members of each level; None where that is not told."""


@dataclass(frozen=True, slots=True)
class CubeService:
    """A cube asked as a service: one member of each level, or no answer, and what is published is all there is."""

    seen: Downloaded
    month: int = -1

    def count(self, wanted: Mapping[str, frozenset[int]], sensitive: str) -> float | None:
        if any(len(members) != 1 for members in wanted.values()):
            return None
        for table in self.seen.months[self.month]:
            if {level.name for level in table.levels} == {*wanted, sensitive}:
                key = 0
                for level in table.levels:
                    key = key * level.size + (HAS if level.name == sensitive else next(iter(wanted[level.name])))
                place = int(np.searchsorted(table.keys, key))
                if place < len(table.keys) and table.keys[place] == key and table.is_published[place]:
                    return float(table.persons[place])
        return None


def set_equality(register: Register, service: Service | None = None, most: int = 300) -> Measured:
    """How many persons' secrets the oracle tells rightly: by free filters, and by pairs of published numbers."""
    seen, people = register.seen, register.known.months[-1]
    asked = service or CubeService(seen)
    claims: list[bool] = []
    for attribute in _attributes(seen):
        claims += list(_by_filters(seen, people, asked, attribute, most))
        claims += list(_by_pairs(register, attribute))
    base = np.mean([np.mean(people.finest[one.hierarchy]) for one in _attributes(seen)]) if claims else None
    says = f"persons whose secret is told by two numbers that differ, of {len(claims)} of whom something was claimed"
    return Measured(sum(claims), None if base is None else float(base), most, says)


def _attributes(seen: Downloaded) -> list[Level]:
    return [level for level in seen.finest.values() if level.is_sensitive]


def _by_filters(seen: Downloaded, people: People, service: Service, attribute: Level, most: int) -> Iterator[bool]:
    """Of persons whom one trait singles out among those alike, whether the claim that they have it is right."""
    traits = [level for level in seen.finest.values() if not level.is_sensitive]
    has = people.finest[attribute.hierarchy]
    for person, level, alike in _singled_out(people, seen.finest, traits, most):
        own = {one.name: frozenset({int(member_codes(people, seen.finest, one)[person])}) for one in alike}
        others = frozenset(range(level.size)) - {int(member_codes(people, seen.finest, level)[person])}
        with_them = service.count(own, attribute.name)
        without = service.count({**own, level.name: others}, attribute.name)
        if with_them is not None and without is not None and with_them != without:
            yield bool(has[person] == HAS)


def _singled_out(
    people: People, finest: Mapping[str, Level], traits: Sequence[Level], most: int
) -> Iterator[tuple[int, Level, list[Level]]]:
    """Persons who alone have a trait among those alike in all others, and who are not alone without it."""
    found = 0
    for level in traits:
        alike = [one for one in traits if one is not level]
        whole, part = keys_of(people, finest, alike), keys_of(people, finest, traits)
        many = counted(whole, whole, cells(alike)) >= 10
        alone = np.flatnonzero((counted(part, part, cells(traits)) == 1) & many)
        for person in alone.tolist():
            yield person, level, alike
            found += 1
            if found >= most:
                return


def _by_pairs(register: Register, attribute: Level) -> Iterator[bool]:
    """Of persons between a published number and one within it, both of those with the secret: one alone is told of."""
    tables = {_without(table, attribute): table for table in register.seen.months[-1] if attribute in table.levels}
    for parent, child, above in pairs_of_tables(list(tables.values())):
        shown = child.is_published & (above >= 0) & (child.keys >= 0)
        shown[shown] = parent.is_published[above[shown]]
        rows = np.flatnonzero(shown)
        if not len(rows) or attribute not in child.levels:
            continue
        has = _having(child, attribute)[rows]
        base = register.there(_base(parent, attribute))[above[rows]]
        base -= register.there(_base(child, attribute))[rows]
        truth = register.there(parent)[above[rows]] - register.there(child)[rows]
        differ = parent.persons[above[rows]] != child.persons[rows]
        for claim in np.flatnonzero(has & (base == 1) & differ).tolist():
            yield bool(truth[claim] == 1)


def _without(table: Table, attribute: Level) -> tuple[Level, ...]:
    return tuple(level for level in table.levels if level != attribute)


def _having(table: Table, attribute: Level) -> Flags:
    stride = cells(table.levels[table.levels.index(attribute) + 1 :])
    found: Flags = (table.keys // stride) % attribute.size == HAS
    return found


def _base(table: Table, attribute: Level) -> Table:
    """The same rows without the attribute: how many there are of whom it could be said."""
    levels = _without(table, attribute)
    place = table.levels.index(attribute)
    inner = cells(table.levels[place + 1 :])
    keys = (table.keys // (inner * attribute.size)) * inner + table.keys % inner
    nothing: Floats = np.full(len(keys), np.nan)
    return Table(levels, keys, nothing, table.since)
