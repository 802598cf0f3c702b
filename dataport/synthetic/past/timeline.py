"""timeline: on which day each change of each person was recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataport.synthetic import seeds
from dataport.synthetic.people import LAST_DAY
from dataport.synthetic.portion import Portion

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NEVER = -1

# The central system takes the day's changes in the afternoon; a day ends a second before midnight.
_SYNCHRONISED, _END_OF_DAY = 17 * 3600, 24 * 3600 - 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """One element per person of a portion: days since 1970 on which changes were recorded, `NEVER` where there is none.

    On each day at most one thing happens to a person; `seen` alone may fall on the day of another change, which then
    tells it too.

    Attributes:
        start: the day at whose end history begins.
        first: when the record was first there: the start of history, or its registration.
        decided: an asylum-seeker was recognised.
        left: the record was closed or put on hold.
        moved: the group moved to where it is now; from `old_row`, a row of the portion.
        seen: the last contact was recorded.
        corrected: a wrong day of birth was put right; `birth_error` days too early before.
    """

    start: int
    first: Ints
    decided: Ints
    left: Ints
    moved: Ints
    seen: Ints
    corrected: Ints
    old_row: Ints
    birth_error: Ints

    @property
    def changes(self) -> tuple[Ints, ...]:
        """The changes of an individual's own record."""
        return self.decided, self.left, self.moved, self.seen, self.corrected

    @property
    def is_opening(self) -> Flags:
        """Whose record is older than history: it is there at the start, and no event says why."""
        return self.first <= self.start

    def stamps(self, days: Ints) -> Ints:
        """The stamp of what was recorded on these days, in microseconds since 1970."""
        second = np.where(days <= self.start, _END_OF_DAY, _SYNCHRONISED)
        return (days * 86_400 + second) * 1_000_000


def timeline(part: Portion) -> Timeline:
    """Draw the days of a portion's changes; those of its final rows' own dates are taken from there."""
    assert part.path is not None
    start, found, random = part.path.start, part.dates, part.random
    years, count = len(part.path.ends) - 1, len(part.people)
    first = np.maximum(found.registration, start)
    left = np.where((part.people.status > 0) & (found.process_status > first), found.process_status, NEVER)
    open_until = np.where(left == NEVER, LAST_DAY + 1, left)
    is_decision = (found.legal_status > first) & (found.legal_status < open_until)
    decided = np.where(is_decision, found.legal_status, NEVER)
    old_row = random.integers(0, len(part.rows), count)[part.people.head]
    moved = _moves(part, first, decided, open_until, old_row, years)
    seen = _seen(part, first, open_until)
    corrected = first + 1 + np.floor(random.random(count) * (LAST_DAY - first)).astype(np.int64)
    wrong = part.people.has_birth_date & ~part.people.is_focal_point & (corrected < np.minimum(open_until, LAST_DAY))
    wrong &= random.random(count) < seeds.rate("flow", "correction") * years
    wrong &= (corrected != decided) & (corrected != moved) & (corrected != seen)
    return Timeline(
        start=start, first=first, decided=decided, left=left, moved=moved, seen=seen,
        corrected=np.where(wrong, corrected, NEVER), old_row=old_row, birth_error=random.integers(20, 700, count),
    )  # fmt: skip


def _moves(part: Portion, first: Ints, decided: Ints, open_until: Ints, old_row: Ints, years: int) -> Ints:
    """The day on which whole groups moved: never one on which something else happens to a member."""
    head, random = part.people.head, part.random
    day = first + 1 + np.floor(random.random(len(first)) * (LAST_DAY - first)).astype(np.int64)
    day = day[head]
    row = part.people.row
    places = np.unique(np.array(part.places()), return_inverse=True)[1]
    possible = (random.random(len(first)) < seeds.rate("flow", "transfer") * years)[head] & (day < LAST_DAY)
    spoiled = (day == first) | (day == decided) | (day >= open_until) | (places[old_row] == places[row])
    possible &= np.bincount(head, weights=spoiled, minlength=len(first))[head] == 0
    return np.where(possible & (first < day), day, NEVER)


def _seen(part: Portion, first: Ints, open_until: Ints) -> Ints:
    """The day on which the last contact was recorded: some devices come back from the field late."""
    contact, random = part.dates.last_contact, part.random
    late = (part.dates.channel == 1) & (random.random(len(first)) < seeds.rate("late_sync_share"))
    recorded = np.where(late, contact + random.integers(3, 31, len(first)), contact)
    last = np.minimum(open_until, LAST_DAY)
    return np.where((contact > first) & (contact <= last), np.minimum(recorded, last), NEVER)
