"""open: what a viewer may open, for a purpose. Rows of people are reached with a ScopedRecords and with nothing else.

Each role is judged by itself and by today's grant. Whether its holder may see a version of a record depends on the
attributes of its person or group in that version, and not on what they were before or became later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from types import MappingProxyType
from typing import TypeAlias

from dataport.access.decide import Decision, Judged, Mentioned, decide
from dataport.access.predicate import simple
from dataport.access.viewer import Permission, Viewer
from dataport.dictionary import sensitivities
from dataport.errors import Refused
from dataport.semantic.condition import AllOf, AnyOf, Condition, Not, levels_of, renamed
from dataport.semantic.model import Catalog
from dataport.semantic.policy import FINEST_PLACE, SCOPE, TIERS, Finds, Policy
from dataport.semantic.record import RecordModel

# The name of a kind of record that others belong to: of a person, of a group.
Owner: TypeAlias = str

# An address line is as fine as a place can be.
_FINEST_PLACES = frozenset({"line"})

_SEAL = object()


@dataclass(frozen=True, slots=True)
class RoleView:
    """What one role lets its holder see of an entity.

    Attributes:
        rows: for each owner, the rows as a condition on its columns. An owner without a column that a policy decides by
            is left out: none of its rows may be seen.
        hidden: fields that are not for this role, although it may open the record.
        finds: how many records it may find; None where it opens by number only.
    """

    role: str
    rows: Mapping[Owner, Condition]
    hidden: frozenset[str]
    row_limit: int
    finds: Finds | None = None


@dataclass(frozen=True, slots=True)
class ScopedRecords:
    """The records that a viewer may open, by entity. Only `open_records` can make one.

    Attributes:
        views: what each role lets its holder see; an entity that is not here may not be opened.
    """

    viewer: Viewer
    purpose: str
    views: Mapping[str, tuple[RoleView, ...]]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a ScopedRecords is made by access.open_records and by nothing else")

    @property
    def digest(self) -> str:
        """Equal for equal rows, fields and limits, on any day, in any process and under any version of the grants."""
        found = []
        for entity, views in self.views.items():
            for view in views:
                rows = sorted((owner, repr(on)) for owner, on in view.rows.items())
                found.append((entity, view.role, rows, sorted(view.hidden), view.row_limit))
        return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()[:16]


def open_records(
    viewer: Viewer, catalog: Catalog, purpose: str | None, held: Mapping[Owner, frozenset[str]]
) -> ScopedRecords:
    """What a viewer may open.

    Args:
        held: what the records of each owner hold, by column.

    Raises:
        Refused: no role of theirs permits opening records of persons, no purpose is stated, or the records do not hold
            what a policy decides by. It is refused rather than opened without that policy.
    """
    views: dict[str, tuple[RoleView, ...]] = {}
    # who may not open the first kind of owner, a person, opens nothing
    first = catalog.records.owners[0].name
    for entity in catalog.records.entities:
        decision = decide(catalog.policies, viewer, entity, "open", Mentioned(), purpose)
        if decision.refusal and entity == first:
            raise Refused(decision.refusal)
        if not decision.refusal:
            views[entity] = tuple(_views(decision, catalog, held))
    views[first] = tuple(view for view in views[first] if view.row_limit > 0)
    if not views[first]:
        raise Refused("This viewer's role opens no records of persons: it may open 0 at a time.")
    if not any(first in view.rows for view in views[first]):
        raise Refused("Records of persons cannot be opened: they do not hold what a policy decides by.")
    return ScopedRecords(viewer, (purpose or "").strip(), MappingProxyType(views), _SEAL)


def _views(decision: Decision, catalog: Catalog, columns: Mapping[Owner, frozenset[str]]) -> list[RoleView]:
    taken = AnyOf(tuple(one.rows for one in decision.judged if one.policy.effect == "forbid"))
    # a forbid about members hides their fields in every row, whichever rows the forbid is about
    names = {name for one in decision.judged if one.policy.effect == "forbid" for name in one.policy.members.names}
    kept_back = {column for name in names if name in catalog.levels for column in catalog.levels[name].on.values()}
    found = []
    for judged in decision.judged:
        permission = judged.permission
        if judged.policy.effect == "permit" and judged.obstacle is None and permission:
            rows = simple(AllOf((judged.rows, Not(taken))))
            on_owners = {one.name: _on_owner(rows, one, catalog, columns[one.name]) for one in catalog.records.owners}
            by_owner = {owner: on for owner, on in on_owners.items() if on is not None}
            hidden = _hidden(permission, judged.policy, catalog) | kept_back
            finds = _finds(judged, decision)
            found.append(RoleView(permission.role, MappingProxyType(by_owner), hidden, permission.row_limit, finds))
    return found


def _finds(judged: Judged, decision: Decision) -> Finds | None:
    """What a policy lets a role find: never more than the least that any policy names for the role."""
    if judged.policy.finds is None:
        return None
    named = [one.policy.finds for one in decision.judged if one.role == judged.role and one.policy.finds]
    return Finds(min(one.a_day for one in named), min(one.at_once for one in named))


def _on_owner(rows: Condition, owner: RecordModel, catalog: Catalog, held: frozenset[str]) -> Condition | None:
    """The rows as a condition on columns of the owner; None where it lacks one: then none of its rows may be seen."""
    assert owner.scope
    facts = [fact.name for fact in catalog.facts.values() if fact.entity == owner.entity]
    columns = {SCOPE: owner.scope}
    for name in levels_of(rows):
        if name != SCOPE:
            level = catalog.levels[name]
            found = [level.on[fact] for fact in facts if fact in level.on and level.on[fact] in held]
            if not found:
                return None
            columns[name] = found[0]
    return renamed(rows, columns)


def _hidden(permission: Permission, policy: Policy, catalog: Catalog) -> frozenset[str]:
    """Fields above the tier, finer than the place, or kept back by name."""
    tier = min(TIERS.index(permission.highest_tier), TIERS.index(policy.members.up_to))
    place = min(permission.finest_place_level, policy.members.places)
    above = {field for field, how in sensitivities().items() if how in TIERS and TIERS.index(how) > tier}
    finer = set(_FINEST_PLACES) if place < FINEST_PLACE else set()
    for level in catalog.levels.values():
        columns = set(level.on.values())
        if level.name in policy.members.names:
            above |= columns
        if level.place_level is not None and not level.base and level.place_level > place:
            finer |= columns
    return frozenset(above | finer)
