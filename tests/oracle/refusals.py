"""Which rows a viewer may count for a question, or that they may not ask it."""

from __future__ import annotations

from collections.abc import Iterable

from dataport.access import Permission
from dataport.semantic import Catalog
from oracle.names import Names
from oracle.rows import Row

TIER_RANK = {"T0": 0, "T1": 1, "T2": 2}


class NotAllowed(Exception):
    """The question may not be asked by this viewer."""


class Scope:
    """What a viewer may count of each fact, for one set of mentioned names."""

    def __init__(
        self, names: Names, catalog: Catalog, permissions: Iterable[Permission], also: tuple[str, ...] = ()
    ) -> None:
        self._names, self._catalog, self._also = names, catalog, also
        self._permissions = tuple(permissions)
        for fact in names.facts:
            self._admitting_by_entity(fact)

    def require(self, fact: str) -> None:
        """NotAllowed unless rows of a fact may be counted for the question."""
        self._admitting_by_entity(fact)

    def holds(self, fact: str, row: Row) -> bool:
        """A row is in scope if, for every entity involved, some role that admits the whole question allows it."""
        return all(
            any(one.units is None or row[self._catalog.facts[fact].scope] in one.units for one in admitting)
            for admitting in self._admitting_by_entity(fact)
        )

    def is_whole(self, fact: str) -> bool:
        """Whether no row of the fact can be out of scope."""
        return all(any(one.units is None for one in admitting) for admitting in self._admitting_by_entity(fact))

    def _admitting_by_entity(self, fact: str) -> list[list[Permission]]:
        entities = [self._catalog.facts[fact].entity]
        entities += [level.entity for level in self._names.levels if level.entity] + list(self._also)
        entities += [entity for one in (*self._names.levels, *self._names.indicators) for entity in one.entities]
        found = []
        for entity in entities:
            admitting = [one for one in self._permissions if one.entity == entity and self._admits(one)]
            if not admitting:
                raise NotAllowed
            found.append(admitting)
        return found

    def _admits(self, one: Permission) -> bool:
        if not one.may_count:
            return False
        tiers = [member.tier for member in (*self._names.levels, *self._names.indicators)]
        places = [level.place_level for level in self._names.shown if level.place_level is not None]
        return all(TIER_RANK[tier] <= TIER_RANK[one.highest_tier] for tier in tiers) and all(
            place <= one.finest_place_level for place in places
        )
