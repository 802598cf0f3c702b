"""Policies: who may see what, as data. They are loaded with the definitions they speak of and evaluated by `access`.

Everything that no permit gives is denied; a forbid takes from what permits give. A row is visible where
``(a permit holds) is true and (a forbid holds) is not true``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from dataport.semantic.condition import Attribute, Condition, OneOf

Tier: TypeAlias = Literal["T0", "T1", "T2"]
Effect: TypeAlias = Literal["permit", "forbid"]
Door: TypeAlias = Literal["count", "open"]

TIERS: tuple[Tier, ...] = ("T0", "T1", "T2")
# How fine a place can be: 0 is the country, and each level lies within the one above it.
FINEST_PLACE = 6
EFFECTS: tuple[Effect, ...] = ("permit", "forbid")
DOORS: tuple[Door, ...] = ("count", "open")
# What the rows of a policy may say of who asks: the units and the name of the role that is being judged, and the login.
ATTRIBUTES = ("units", "role", "login")
# The column of each fact that leads to what permissions are about, whatever the fact calls it.
SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a policy is about; of an empty list: everybody."""

    classes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Members:
    """Which levels and indicators a policy is about.

    Attributes:
        up_to, places: a permit admits no member above this tier and no place finer than this level.
        names: a permit admits none of these; a forbid with names holds where one of them is mentioned, else always.
    """

    up_to: Tier = TIERS[-1]
    places: int = FINEST_PLACE
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finds:
    """How much a role may find people whose number it does not have.

    Attributes:
        a_day: how many times its holder may look for somebody on one day, UTC.
        at_once: how many persons it is told of each time, at most.
    """

    a_day: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule.

    Attributes:
        on: the entities whose rows it is about; of an empty list: all.
        rows: on `scope` and on levels that stand on facts; its values may be attributes of who asks.
        needs_purpose: a permit that holds only where a purpose is stated.
        finds: of a permit to open: how much may be found; None where what it permits is opened by its number only.
        reason: why, in a sentence; it is what a refusal says.
    """

    name: str
    effect: Effect
    who: Who
    on: tuple[str, ...]
    rows: Condition
    members: Members
    doors: tuple[Door, ...]
    needs_purpose: bool
    reason: str
    finds: Finds | None = None


# What holds where a folder of definitions says nothing: rows of the units that a role names, and nothing else.
AS_GRANTED = Policy(
    "as_granted",
    "permit",
    Who(("registration",)),
    (),
    OneOf(SCOPE, (Attribute("units"),)),
    Members(),
    ("count",),
    False,
    "What a grant gives may be counted.",
)
