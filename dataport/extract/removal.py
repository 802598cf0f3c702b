"""Removals: a source that has lost much of a table stops until somebody says that it is meant.

Rows that are missing by accident (a table restored in part, an account that no longer sees everything) look like
deletions. Those of a register are few; what is more than a set share of a table waits for a word. Permissions never
wait: one that was withdrawn must be gone at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dataport.dictionary import extract_limit
from dataport.errors import RemovalHeld
from dataport.store.declared import Contract


@dataclass(frozen=True, slots=True)
class Loss:
    """How many records of a table go, of how many there were."""

    table: str
    removed: int
    before: int

    @property
    def is_large(self) -> bool:
        """Whether it is more than may go without a word."""
        share = self.removed * 100 > extract_limit("removed_percent") * self.before
        return may_be_large(self.removed) and share

    def __str__(self) -> str:
        return f"{self.removed:,} of {self.before:,} records of {self.table}"


def may_be_large(removed: int) -> bool:
    """Whether so many removals of a table are worth counting what there was before."""
    return removed > extract_limit("removed_rows")


def require_accepted(source_id: str, contract: Contract, losses: Iterable[Loss], accepted: bool) -> tuple[str, ...]:
    """Stop at large losses that nobody has accepted; those that somebody has are told in notes.

    Permissions are never held: one that was withdrawn must be gone at once.

    Raises:
        RemovalHeld: saying how much of which tables would go, and what to do.
    """
    large = [loss for loss in losses if loss.is_large and not contract.is_permission(loss.table)]
    if not large:
        return ()
    words = ", ".join(map(str, large))
    if accepted:
        return (f"Much was removed at once, and somebody has accepted it: {words}.",)
    raise RemovalHeld(
        f"The source {source_id!r} has lost {words}: more than {extract_limit('removed_percent')} % at once. Nothing "
        "of it was extracted, and it waits. Find out what removed them; if they are to go here too, say so: "
        "`dataport extract --accept-removal` (or `dataport refresh --accept-removal`)."
    )
