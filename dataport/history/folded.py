"""folded: a history day by day, in which what happened alike to several members is told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from dataport.history.timeline import Entry

# Of fewer members their names are as short as saying that it is all of them.
_ALL_FROM, _BUT = 4, 2


@dataclass(frozen=True, slots=True)
class Act:
    """What several members, or one, became in the same way on one day."""

    entries: tuple[Entry, ...]

    @property
    def first(self) -> Entry:
        """One of them: the words, the details and who recorded it are those of all."""
        return self.entries[0]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom it is about."""
        return tuple(dict.fromkeys(one.subject for one in self.entries))

    @property
    def everybody(self) -> int | None:
        """How many there are where it is about everybody who was in the group then; None where it is not."""
        present, told = self._present()
        return len(present) if len(present) >= _ALL_FROM and present == told else None

    @property
    def all_but(self) -> frozenset[int]:
        """Who of a larger group is left out, where that is shorter to say."""
        present, told = self._present()
        rest = present - told
        is_shorter = bool(told) and told < present and len(rest) <= _BUT and len(present) >= _ALL_FROM + _BUT
        return rest if is_shorter else frozenset()

    def _present(self) -> tuple[frozenset[int], frozenset[int]]:
        return self.first.present, frozenset(one.person for one in self.entries if one.person is not None)

    @property
    def times(self) -> str:
        """When the store came to know of it, UTC."""
        first, last = (f"{one.recorded_at:%H:%M}" for one in (self.entries[0], self.entries[-1]))
        return f"{first} UTC" if first == last else f"{first} to {last} UTC"


@dataclass(frozen=True, slots=True)
class Day:
    """The acts that the store came to know of on one day, UTC."""

    day: date
    acts: tuple[Act, ...] = field(repr=False)


def folded(entries: Sequence[Entry]) -> tuple[Day, ...]:
    """A history by day, in its order."""
    days: dict[date, dict[object, list[Entry]]] = {}
    for one in entries:
        alike = (one.words, one.details, one.kind, one.happened_on, one.by, one.channel, one.late_days)
        # a group is not one of its members
        days.setdefault(one.recorded_at.date(), {}).setdefault((*alike, one.person is None), []).append(one)
    return tuple(Day(day, tuple(Act(tuple(acts)) for acts in by.values())) for day, by in days.items())
