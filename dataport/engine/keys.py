"""What rows are grouped by and ordered by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dataport.semantic.model import Grain


@dataclass(frozen=True, slots=True)
class Key:
    """A column of the source under the name it has in the answer; with ``is_day``, the day of what it holds."""

    name: str
    column: str
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class PeriodKey:
    """The period in which a date or instant lies; if ``first`` is given, what lies before it counts in that period."""

    column: str
    grain: Grain
    first: date | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One term of the order; unknown members come last. ``ranking`` lists members that have an order of their own."""

    name: str
    descending: bool = False
    ranking: tuple[str, ...] = ()
