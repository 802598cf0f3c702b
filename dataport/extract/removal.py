"""Removals: a source that has lost much of a table stops until somebody says that it is meant.

Rows that are missing by accident (a table restored in part, an account that no longer sees everything) look like
deletions. Those of a register are few; what is more than a set share of a table waits for a word. So does what is
little each night and much in a month: what goes is added to what went in the days before. Permissions never wait: one
that was withdrawn must be gone at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dataport.dictionary import extract_limit
from dataport.errors import RemovalHeld
from dataport.extract.adapter import Snapshot
from dataport.landing import Batch, LandedTable, Window
from dataport.store.declared import Contract

# What is counted in a large table takes minutes, so it is counted only where it may matter. Of how many records a table
# had, the ledger knows the rows that its largest batch brought: no table has so many versions of each record, or has
# shrunk so far, that they are more than so many times the records.
_ROWS_OF_A_RECORD = 20


@dataclass(frozen=True, slots=True)
class Loss:
    """How many records of a table go, of how many there were.

    Attributes:
        table: its name.
        removed, before: how many go, of how many.
        since: the day from which on they went; None where all go at once.
    """

    table: str
    removed: int
    before: int
    since: date | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is more than may go without a word."""
        share = self.removed * 100 > extract_limit("removed_percent") * self.before
        return may_be_large(self.removed) and share

    def __str__(self) -> str:
        since = f" since {self.since}" if self.since else ""
        return f"{self.removed:,} of {self.before:,} records of {self.table}{since}"


def may_be_large(removed: int) -> bool:
    """Whether so many removals of a table are worth counting what there was before."""
    return removed > extract_limit("removed_rows")


def added_up(table: str, batches: Sequence[Batch], removed: int) -> tuple[Batch, ...]:
    """The last batches of a source, if what went with them from a table may be much together with what goes now.

    The first is never one of them: what it brought was not lost here.

    Args:
        removed: at most so many records go now. Where none do nothing is judged.
    """
    if not removed:
        return ()
    first = _begin(table, batches)
    most = removed + sum(one.tombstones for one in _of(table, batches[first:]))
    if not may_be_large(most):
        return ()
    largest = max((one.rows for one in _of(table, batches[:first])), default=0)
    may_be = most * 100 * _ROWS_OF_A_RECORD > extract_limit("removed_percent") * largest
    return tuple(batches[first:]) if may_be else ()


def losses_of(
    contract: Contract, tables: Iterable[LandedTable], snapshot: Snapshot, window: Window, batches: Sequence[Batch]
) -> Iterator[Loss]:
    """What a window takes away, by itself or with what went lately; counted in the store only where it may be much."""
    for landed in tables:
        table = contract.named(landed.name)
        if contract.is_permission(table.name):
            continue
        if may_be_large(landed.tombstones):
            found = snapshot.removals(table, window.low, window.high)
            loss = Loss(table.name, found.removed, found.removed + found.living)
            if loss.is_large:
                yield loss
                continue
        if lately := added_up(table.name, batches, landed.tombstones):
            found = snapshot.removals(table, lately[0].window.low, window.high)
            # what went past the triggers the store itself cannot tell: a comparison did, in an empty window
            repairs = [batch for batch in lately if batch.window.low == batch.window.high]
            removed = found.removed + sum(one.tombstones for one in _of(table.name, repairs))
            yield Loss(table.name, removed, removed + found.living, lately[0].window.low_clock.date())


def require_accepted(source_id: str, contract: Contract, losses: Iterable[Loss], accepted: bool) -> tuple[Loss, ...]:
    """Stop at large losses that nobody has accepted; returns those that somebody has.

    Permissions are never held: one that was withdrawn must be gone at once.

    Raises:
        RemovalHeld: saying how much of which tables would go, and what to do.
    """
    large = tuple(loss for loss in losses if loss.is_large and not contract.is_permission(loss.table))
    if accepted or not large:
        return large
    words = ", ".join(map(str, large))
    when = f"within {extract_limit('removed_days')} days" if any(loss.since for loss in large) else "at once"
    raise RemovalHeld(
        f"The source {source_id!r} has lost {words}: more than {extract_limit('removed_percent')} % {when}. Nothing "
        "new of it was extracted, and it waits. Find out what removed them; if they are to go here too, say so: "
        "`dataport extract --accept-removal` (or `dataport refresh --accept-removal`). Then the count begins anew."
    )


def _begin(table: str, batches: Sequence[Batch]) -> int:
    """The place of the first batch since which losses of a table are added up.

    Days are counted back from the last batch, not from now: what is held would go through by itself one day. None is
    older than the last such loss that somebody has accepted, nor than a restoration of the store: what had gone before
    it may be back, and its change numbers are now those of other changes.
    """
    place = len(batches)
    while place > 1 and table not in batches[place - 1].accepted:
        age = batches[-1].window.high_clock.date() - batches[place - 1].window.high_clock.date()
        if age >= timedelta(days=extract_limit("removed_days")):
            break
        place -= 1
        if batches[place].restarted:
            break
    return place


def _of(table: str, batches: Iterable[Batch]) -> list[LandedTable]:
    return [one for batch in batches for one in batch.tables if one.name == table]
