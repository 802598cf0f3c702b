"""Rules: how data that say two things are counted as one, where a definition by itself does not tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A choice that the warehouse makes before anything is counted, and why.

    Attributes:
        text: what counts, in sentences that somebody could count by.
        reason: why this and nothing else; it follows "because".
        model: the model that keeps it; it names the rule.
        facts, levels: whose rows and members it decides.
    """

    name: str
    label: str
    text: str
    reason: str
    model: str
    facts: tuple[str, ...]
    levels: tuple[str, ...]

    def concerns(self, facts: Iterable[str], levels: Iterable[str]) -> bool:
        """Whether it decides something of these facts or levels."""
        return bool({*self.facts} & {*facts} or {*self.levels} & {*levels})
