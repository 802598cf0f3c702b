"""decide: which rows of one entity a viewer may see through one door, given everything that a question mentions.

The store's grants come first: a policy judges, one by one, the roles that permit the door for the entity, so that two
roles never add up to more than either of them gives. What no policy permits is denied, and a forbid takes away from
what permits gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dataport.access.predicate import bound, simple
from dataport.access.viewer import Permission, Viewer
from dataport.errors import Refused
from dataport.semantic.condition import ALWAYS, NEVER, AllOf, AnyOf, Condition, Not
from dataport.semantic.model import Indicator, Level
from dataport.semantic.policy import TIERS, Door, Members, Policy

_DOING = {"count": "counting", "open": "opening"}


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What a question mentions.

    Attributes:
        levels: those that it names, and those through which they are reached.
        shown: those that it names.
        indicators: those asked for, and those that they are computed from.
        further: entities that it says something about without naming a level.
    """

    levels: tuple[Level, ...] = ()
    shown: tuple[Level, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    further: tuple[str, ...] = ()

    @property
    def entities(self) -> tuple[str, ...]:
        of_levels = (one for level in self.levels for one in (level.entity, *level.entities) if one)
        of_indicators = (one for indicator in self.indicators for one in indicator.entities)
        return tuple(dict.fromkeys((*of_levels, *of_indicators, *self.further)))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(level.name for level in self.levels) | {one.name for one in self.indicators}


@dataclass(frozen=True, slots=True)
class Judged:
    """What one policy said of one role, for explanations.

    Attributes:
        permission: what a role permits; None for a forbid, which is about the viewer and not about a role.
        rows: those that a permit gives or a forbid takes; NEVER where the policy does not apply.
        obstacle: why it does not apply.
    """

    policy: Policy
    permission: Permission | None
    rows: Condition
    obstacle: str | None = None

    @property
    def role(self) -> str | None:
        return self.permission.role if self.permission else None


@dataclass(frozen=True, slots=True)
class Decision:
    """The rows of an entity, as a condition on `scope` and levels, and how it came to that."""

    entity: str
    door: Door
    rows: Condition
    judged: tuple[Judged, ...]
    refusal: str | None


def decide(
    policies: Iterable[Policy],
    viewer: Viewer,
    entity: str,
    door: Door,
    mentioned: Mentioned,
    purpose: str | None = None,
) -> Decision:
    """Decide which rows of one entity the viewer may see. A decision with a refusal gives no rows."""
    about = [one for one in policies if _is_about(one, viewer, entity, door)]
    forbids = [_forbid(one, viewer, mentioned) for one in about if one.effect == "forbid"]
    everything = next((one for one in forbids if one.rows == ALWAYS), None)
    if everything:
        return Decision(entity, door, NEVER, tuple(forbids), everything.policy.reason)
    held = [one for one in viewer.permissions if one.entity == entity and _permits(one, door)]
    permits = list(_permits_of([one for one in about if one.effect == "permit"], held, viewer, mentioned, purpose))
    judged = (*permits, *forbids)
    if not any(one.obstacle is None for one in permits):
        return Decision(entity, door, NEVER, judged, _why_not(permits, bool(held), entity, door))
    given = AnyOf(tuple(one.rows for one in permits if one.obstacle is None))
    taken = AnyOf(tuple(one.rows for one in forbids))
    return Decision(entity, door, simple(AllOf((given, Not(taken)))), judged, None)


def rows_of(decision: Decision) -> Condition:
    """The rows of a decision.

    Raises:
        Refused: there is a refusal.
    """
    if decision.refusal:
        raise Refused(decision.refusal)
    return decision.rows


def _says_something(purpose: str | None) -> bool:
    """Whether a purpose has a letter or a digit in it: blanks and characters that do not print say nothing."""
    return any(one.isalnum() for one in purpose or "")


def _permits(permission: Permission, door: Door) -> bool:
    return permission.may_count if door == "count" else permission.may_open


def _is_about(policy: Policy, viewer: Viewer, entity: str, door: Door) -> bool:
    """Whether a policy is about a viewer, an entity and a door.

    A forbid applies as soon as the viewer has one of its roles. The roles of a permit are not looked at here, because
    `_permits_of` judges each role by itself.
    """
    who = policy.who
    if door not in policy.doors or (policy.on and entity not in policy.on):
        return False
    if who.classes and viewer.viewer_class.value not in who.classes:
        return False
    if who.logins and viewer.login not in who.logins:
        return False
    roles = {permission.role for permission in viewer.permissions}
    return policy.effect == "permit" or not who.roles or bool(roles & set(who.roles))


def _permits_of(
    permits: list[Policy], held: list[Permission], viewer: Viewer, mentioned: Mentioned, purpose: str | None
) -> Iterator[Judged]:
    for permission in held:
        attributes = {"units": permission.units, "role": permission.role, "login": viewer.login}
        for policy in permits:
            if policy.who.roles and permission.role not in policy.who.roles:
                continue
            obstacle = _obstacle(policy, permission, mentioned)
            if obstacle is None and policy.needs_purpose and not _says_something(purpose):
                obstacle = "Say what for: a purpose is needed (--purpose TEXT), and it is written down."
            rows = NEVER if obstacle else bound(policy.rows, attributes, missing=NEVER)
            yield Judged(policy, permission, rows, obstacle)


def _forbid(policy: Policy, viewer: Viewer, mentioned: Mentioned) -> Judged:
    if policy.members.names and not mentioned.names & set(policy.members.names):
        return Judged(policy, None, NEVER, "nothing that it is about was mentioned")
    # A forbid is judged for no single role, so only the login is known. One that needs any other attribute of the
    # viewer takes every row (fail closed).
    return Judged(policy, None, bound(policy.rows, {"login": viewer.login}, missing=ALWAYS))


def _why_not(permits: list[Judged], has_role: bool, entity: str, door: Door) -> str:
    first = next((one.obstacle for one in permits if one.obstacle), None)
    if first:
        return first
    records = f"{entity.replace('_', ' ')} records"
    if has_role:
        return f"No policy permits {_DOING[door]} {records} to this viewer."
    return f"None of this viewer's roles permits {_DOING[door]} {records}."


def _obstacle(policy: Policy, permission: Permission, mentioned: Mentioned) -> str | None:
    """The first member that a role or a policy does not admit, as a sentence; None if both admit all."""
    role = f"this viewer's role {permission.role!r} permits."
    rules = (Members(permission.highest_tier, permission.finest_place_level), policy.members)
    members: tuple[Level | Indicator, ...] = (*mentioned.levels, *mentioned.indicators)
    for rule in rules:
        for member in members:
            if TIERS.index(member.tier) > TIERS.index(rule.up_to):
                return f"{member.label} is more sensitive than {role}"
            if member.name in rule.names:
                return f"{member.label} is not for this viewer: {policy.reason}"
        # only levels that the question names count: a finer place by which a coarser one is looked up is not told
        for level in mentioned.shown:
            if level.place_level is not None and level.place_level > rule.places:
                return f"{level.label} is a finer place than {role}"
    return None
