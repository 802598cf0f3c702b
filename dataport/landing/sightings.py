"""Sightings: how far a store had come whenever it was looked at, and what held its changes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """What holds changes back that were made already.

    Attributes:
        name: what it is called in `extract --past`: a process, or a prepared transaction.
        words: what it is, as far as the account may know.
        since: the wall clock (UTC) at which it began, as far as the server tells.
        numbers: its own change numbers, the one that its changes bear first.
    """

    name: str
    words: str
    since: datetime | None
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A transaction that was held open, and that somebody has gone on without.

    Attributes:
        name: the process, or the prepared transaction.
        numbers: its change numbers, the one that its changes bear first.
        reason: why, as somebody said.
    """

    name: str
    numbers: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """How far a store had come when it was looked at, whether or not anything landed.

    Attributes:
        seen_at: wall clock, naive UTC.
        clock: the store's clock, naive UTC.
        high: the end of the change numbers that were complete.
        newest: the end of those that were given.
        held: what held the others back.
        strangers: living rows, by table, whose numbers were never given here (restored from another server): which of
            them had landed, only a comparison of everything finds out.
        is_compared: whether everything was compared then.
    """

    seen_at: datetime
    clock: datetime
    high: int
    newest: int
    held: Held | None = None
    strangers: tuple[tuple[str, int], ...] = ()
    is_compared: bool = False


def sighting_to_json(one: Sighting) -> dict[str, Any]:
    """A sighting as it is kept."""
    return {
        "seen_at": one.seen_at.isoformat(),
        "clock": one.clock.isoformat(),
        "high": one.high,
        "newest": one.newest,
        "held": one.held and _held_to_json(one.held),
        "strangers": [list(row) for row in one.strangers],
        "is_compared": one.is_compared,
    }


def sighting_from_json(entry: dict[str, Any]) -> Sighting:
    """The sighting of an entry. KeyError, TypeError or ValueError when it is not one."""
    return Sighting(
        datetime.fromisoformat(entry["seen_at"]),
        datetime.fromisoformat(entry["clock"]),
        int(entry["high"]),
        int(entry["newest"]),
        _held_from_json(entry["held"]) if entry["held"] else None,
        tuple((str(table), int(rows)) for table, rows in entry["strangers"]),
        bool(entry["is_compared"]),
    )


def passed_to_json(one: Passed) -> dict[str, Any]:
    """A passed transaction as the ledger keeps it."""
    return {"name": one.name, "numbers": list(one.numbers), "reason": one.reason}


def passed_from_json(entry: dict[str, Any]) -> Passed:
    """The passed transaction of an entry. KeyError, TypeError or ValueError when it is not one."""
    return Passed(entry["name"], tuple(map(int, entry["numbers"])), entry["reason"])


def _held_to_json(one: Held) -> dict[str, Any]:
    since = one.since and one.since.isoformat()
    return {"name": one.name, "words": one.words, "since": since, "numbers": list(one.numbers)}


def _held_from_json(entry: dict[str, Any]) -> Held:
    since = datetime.fromisoformat(entry["since"]) if entry["since"] else None
    return Held(entry["name"], entry["words"], since, tuple(map(int, entry["numbers"])))
