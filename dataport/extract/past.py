"""past: going on without a transaction that is held open, when somebody says that it is abandoned."""

from __future__ import annotations

from dataclasses import dataclass

from dataport.errors import WrongRequest
from dataport.extract.adapter import Snapshot
from dataport.landing import Passed


@dataclass(frozen=True, slots=True)
class Past:
    """What somebody said: go on without this, and why."""

    name: str
    reason: str


def gone_past(source_id: str, snapshot: Snapshot, past: Past) -> Passed:
    """The transaction that is meant, with its numbers, which are remembered: what it commits later lands as late.

    Raises:
        WrongRequest: nothing of that name holds changes back; says what does.
    """
    for held in snapshot.holders:
        if held.name == past.name:
            return Passed(held.name, held.numbers, past.reason)
    there = "; ".join(f"{held.name}: {held.words}" for held in snapshot.holders)
    raise WrongRequest(
        f"Nothing called {past.name!r} holds back changes of {source_id!r}. "
        + (f"What does is {there}." if there else "Nothing does now: extract it without --past.")
    )
