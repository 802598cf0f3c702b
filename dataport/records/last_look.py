"""last_look: how far a look at a case reached, and up to where its viewer had been told of it before.

A look tells of what was known when it was taken: what is new since then is what was recorded after the moment up to
which its data went, not after the moment at which somebody read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dataport.house import House
from dataport.records.opening import pseudonyms_ever
from dataport.records.told import Case
from dataport.semantic import Horizon
from dataport.visit import well_formed


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a look goes.

    Attributes:
        until: the last day that it tells of; None for everything that is known.
        is_whole: whether it tells of the whole case; one that leaves something out is no look to go on from.
    """

    until: date | None = None
    is_whole: bool = True

    def on(self, case: Case, horizon: Horizon) -> str | None:
        """The moment of recorded time up to which it tells everything, as the log keeps it."""
        # of whom a limit leaves out nothing is told
        if not self.is_whole or "limited_to" in case.meta:
            return None
        return (horizon.closing(self.until) if self.until else horizon.watermark).isoformat()


EVERYTHING = Reach()
IN_PART = Reach(is_whole=False)


@dataclass(frozen=True, slots=True)
class LastLook:
    """The look of a viewer at a case that told them the most of it.

    Attributes:
        at: when it was taken, by the wall clock (UTC).
        reached: the moment of recorded time up to which it told.
    """

    at: str
    reached: datetime


def last_look(case: Case, login: str, house: House) -> LastLook | None:
    """The look of this viewer at this case that reached the furthest; None where none says how far it reached.

    Its line may have been made with any version of the key, but with the rights of today: what somebody could not see
    then was not told, and what they saw with more stands beside what they see now.
    """
    names = frozenset(pseudonyms_ever(case.main.entity, case.main.owner_key, house))
    found: LastLook | None = None
    for entry in house.audit().entries():
        is_alike = entry.get("viewer") == well_formed(login)[:200] and entry.get("rights") == case.rights
        if is_alike and _is_of(entry, names):
            reached = datetime.fromisoformat(entry["reaches"])
            if found is None or reached >= found.reached:
                found = LastLook(str(entry["at"]), reached)
    return found


def _is_of(entry: Mapping[str, Any], names: frozenset[str]) -> bool:
    words = str(entry.get("question") or "").split()
    is_answered = entry.get("outcome") == "answered" and str(entry.get("door")).startswith("case ")
    return is_answered and bool(entry.get("reaches")) and not names.isdisjoint(words)
