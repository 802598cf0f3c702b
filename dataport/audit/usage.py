"""usage: how much each account looked on each day, and what of it is unusual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Day:
    """The looks of one account on one day (UTC).

    Attributes:
        cases: how many different records it opened.
        alarms: limits that were passed, in words.
    """

    day: str
    viewer: str
    looks: int
    cases: int
    refused: int
    alarms: tuple[str, ...] = ()


def usage(entries: Iterable[Mapping[str, Any]], limits: Mapping[str, int]) -> tuple[Day, ...]:
    """Looks by day and account, oldest first.

    Args:
        limits: how many of each (``looks``, ``cases``, ``refused``) are usual.
    """
    looks, refused = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    opened: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        if entry.get("removed"):
            continue  # no look: it says which were removed
        whose = str(entry.get("at"))[:10], str(entry.get("viewer") or "")
        looks[whose] += 1
        refused[whose] += entry.get("outcome") not in ("answered", "interrupted", "removed")
        words = str(entry.get("question") or "").split()
        opened.setdefault(whose, set()).update(word for word in words if word.startswith("~"))
    found = []
    for day, viewer in sorted(looks):
        whose = (day, viewer)
        cases = len(opened[whose])
        counted = {"looks": looks[whose], "cases": cases, "refused": refused[whose]}
        alarms = tuple(f"{n:,} {what}, more than {limits[what]:,}" for what, n in counted.items() if n > limits[what])
        found.append(Day(day, viewer, looks[whose], cases, refused[whose], alarms))
    return tuple(found)
