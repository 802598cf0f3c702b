"""verdict: what is to be said of a log: how much is in order, what is lost, and what was removed when it was old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOT_DETECTABLE = (
    "a rewrite by somebody who holds a version of the audit key and can change the head kept outside home; the end of "
    "the log cut off by somebody who can write both it and that head, for which no key is needed; the removal of the "
    "log together with that head; what was cut off before `dataport audit adopt` took the log on; and reading the "
    "files of home without the doors. Heads that `audit_anchor_command` carries away show the first three where they "
    "are kept; they are not compared here."
)

# In the look that ends a removal: the seal of the line that states what was removed.
STATES = "states"


@dataclass(frozen=True, slots=True)
class Loss:
    """Looks that are gone for good: those of a former log, as the first line of the one that follows it states."""

    looks: int
    at: str
    os_user: str
    reason: str


@dataclass(frozen=True, slots=True)
class Removed:
    """Looks that were removed when they were old enough, as the first line of what is left states.

    Attributes:
        first, last: the numbers of the first and the last of them.
        since, until: when those two were taken.
        mac: the seal of the last, to which the line that follows it is sealed.
        key: with which version of the key that was sealed.
        lost: what the first of them stated to be lost before it.
    """

    first: int
    last: int
    since: str
    until: str
    mac: str
    key: int
    lost: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying the log found.

    Attributes:
        looks: how many looks are in order.
        problem, advice: the first thing that is not in order, and what to do about it.
        lost: what this log states to be lost from before it began; no problem, but never forgotten.
        removed: what was removed from its beginning when it was old; no problem either.
    """

    intact: bool
    looks: int
    problem: str | None = None
    advice: str | None = None
    lost: Loss | None = None
    removed: Removed | None = None


def removed_of(entry: Mapping[str, Any]) -> Removed | None:
    """What a first line states to have been removed before it; None where it is another line.

    Raises:
        KeyError, TypeError, ValueError: it is no such statement.
    """
    told = entry.get("removed")
    if told is None:
        return None
    found = Removed(**told)
    numbers = (found.first, found.last, found.key)
    if not all(type(one) is int for one in numbers) or not 0 < found.first <= found.last or type(found.mac) is not str:
        raise ValueError
    return found


def loss_of(entry: Mapping[str, Any]) -> Loss | None:
    """What the first line of a new chain states to be lost, or what was removed when it was old stated."""
    told = (entry.get("removed") or {}).get("lost") or entry
    if not told.get("former"):
        return None
    return Loss(told["former"]["number"], told["at"], told["os_user"], told["purpose"] or "")
