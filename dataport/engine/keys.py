"""What rows are grouped by and ordered by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dataport.semantic.model import Grain


@dataclass(frozen=True, slots=True)
class Key:
    """A column of the source under the name it has in the answer; the day of it, where it may hold instants."""

    name: str
    column: str
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class PeriodKey:
    """The period in which a date or instant lies; what lies before `first`, if given, is counted into that one."""

    column: str
    grain: Grain
    first: date | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One term of the order; unknown members come last, `ranking` is the order of a list of members."""

    name: str
    descending: bool = False
    ranking: tuple[str, ...] = ()
