"""lookers: who looked at a case, for an answer to the person whom it is about. It is a look at the case itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataport.house import House
from dataport.records.case import open_case
from dataport.records.last_look import IN_PART
from dataport.records.opening import pseudonyms_ever
from dataport.records.told import Case
from dataport.visit import Asker

DOOR = "audit case"


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at a case, as the log has it: when, who, through which door, what for, and whether it was answered."""

    at: str
    viewer: str
    door: str
    purpose: str | None
    outcome: str


def looks_at(case_id: str, asker: Asker, house: House) -> tuple[Looked, ...]:
    """Every look at a case that the log has, under whichever version of the key, oldest first.

    Looks at a group in which somebody was are looks at the group; ask for it by its own number.

    Raises:
        NotVisible: there is no such case, or none that this viewer may see.
        DataportError: as `open_case`.
    """

    return open_case(case_id, DOOR, asker, house, lambda case, _: looks_of(case, house), reaching=IN_PART)


def looks_of(case: Case, house: House) -> tuple[Looked, ...]:
    """Every look at a case that somebody has opened, oldest first."""
    names = frozenset(pseudonyms_ever(case.main.entity, case.main.owner_key, house))
    entries = house.audit().entries()
    return tuple(_looked(one) for one in entries if not names.isdisjoint(str(one.get("question") or "").split()))


def _looked(entry: Mapping[str, Any]) -> Looked:
    at, viewer, door = (str(entry.get(name) or "") for name in ("at", "viewer", "door"))
    return Looked(at, viewer, door, entry.get("purpose"), str(entry.get("outcome")))
