"""Doctor: what a source must allow so that all of it can be read, what of that it does, and what mends the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# `advised`: it works without, and something is the worse for it.
State = Literal["ok", "missing", "advised"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a source must allow.

    Attributes:
        what: the requirement, in words.
        state: whether it is met.
        mend: the statement or the act that meets it; nothing where it is met.
    """

    what: str
    state: State
    mend: str = ""


def met(what: str) -> Requirement:
    """A requirement that is met."""
    return Requirement(what, "ok")


def judged(what: str, is_met: bool, mend: str, *, is_needed: bool = True) -> Requirement:
    """A requirement, with what mends it where it is not met."""
    return met(what) if is_met else Requirement(what, "missing" if is_needed else "advised", mend)
