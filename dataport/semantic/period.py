"""period: the days that a text names. ``2021``, ``2021-Q3``, ``2021-03``, ``FROM..TO``, ``last-12-months``.

A calendar period is whole wherever it is asked. What is said from today (``last-month``, ``this-year``) is counted from
the last day that is known, never from the clock of the machine: the same data give the same answer on every day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from dataport.errors import WrongRequest
from dataport.semantic.calendar import MONTHS, months_before, period_end, period_start
from dataport.semantic.model import GRAINS, Grain

HINT = "A period is FROM..TO, such as 2022-01-01..2022-02-28, or 2021, 2021-Q3, 2021-03, last-month, last-12-months"
_DAY = timedelta(days=1)
_SPOKEN = re.compile(r"(last|this)-(?:([0-9]{1,4})-)?([a-z]+)")


@dataclass(frozen=True, slots=True)
class DateRange:
    """First and last day, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise WrongRequest(f"The period ends ({self.last}) before it begins ({self.first}). Turn the two around.")

    @classmethod
    def parse(cls, text: str) -> DateRange:
        """A calendar period, or ``FROM..TO`` of two days or calendar periods.

        Raises:
            WrongRequest: the text names no days, with what can be written.
        """
        if not isinstance(text, str):
            raise WrongRequest(f"{HINT}.")
        first, dots, last = text.strip().partition("..")
        begins = _named(first.strip(), text) if dots else _calendar(first)
        if begins is None:
            raise WrongRequest(f"{HINT}; {text.strip()!r} is none of them.")
        return cls(begins.first, (_named(last.strip(), text) if dots else begins).last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class RelativePeriod:
    """A period said from the last day that is known.

    Attributes:
        count: how many calendar periods, each of them over on that day; 0 for the one that the day lies in, so far.
    """

    count: int
    grain: Grain

    def up_to(self, known: date) -> DateRange:
        """Its days, where `known` is the last day that anything is known of.

        Raises:
            WrongRequest: it begins before all days.
        """
        if not self.count:
            return DateRange(period_start(known, self.grain), known)
        try:
            after = period_start(known + _DAY, self.grain)
            return DateRange(_periods_before(after, self.count, self.grain), after - _DAY)
        except (ValueError, OverflowError):
            raise WrongRequest(f"{self} begins before all days that can be asked about. Ask for fewer.") from None

    def __str__(self) -> str:
        if self.count < 2:
            return f"{'last' if self.count else 'this'}-{self.grain}"
        return f"last-{self.count}-{self.grain}s"


def _periods_before(first: date, count: int, grain: Grain) -> date:
    if grain in MONTHS:
        return months_before(first, count * MONTHS[grain])
    return first - timedelta(days=count * (7 if grain == "week" else 1))


def parse_period(text: str) -> DateRange | RelativePeriod:
    """The days that a text names.

    Raises:
        WrongRequest: it names none, with what can be written.
    """
    # as a person says it, and as DHIS2 writes it: last 12 months, LAST_12_MONTHS
    said = re.sub(r"[\s_]+", "-", text.strip().lower()) if isinstance(text, str) else ""
    spoken = _SPOKEN.fullmatch(said)
    return _spoken(text.strip(), *spoken.groups()) if spoken else DateRange.parse(text)


def parse_day(text: str) -> date:
    """An ISO date, or WrongRequest."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise WrongRequest(f"{text.strip()!r} is not a date. Write dates as 2021-12-31.") from None


def parse_ends(first: str | date, last: str | date) -> DateRange:
    """From the first day of what begins a period to the last day of what ends it."""
    ends = [_named(one.strip(), one) if isinstance(one, str) else DateRange(one, one) for one in (first, last)]
    return DateRange(ends[0].first, ends[1].last)


def _spoken(text: str, which: str, count: str | None, word: str) -> RelativePeriod:
    grain = next((one for one in GRAINS if word in (one, f"{one}s")), None)
    if grain is None or (which == "this" and count) or (count and not int(count)):
        grains = ", ".join(GRAINS)
        raise WrongRequest(
            f"{text!r} is not a period. After `last-` comes a number and one of {grains}, as in last-12-months or "
            "last-quarter; after `this-` one of them, as in this-year."
        )
    return RelativePeriod(0 if which == "this" else int(count or 1), grain)


# How the calendar periods are written, each with its grain and its first day; the numbers of a text may be of none.
_WRITTEN: tuple[tuple[str, Grain, Callable[[int, int], date]], ...] = (
    (r"([0-9]{4})()", "year", lambda year, _: date(year, 1, 1)),
    (r"([0-9]{4})-?q([0-9]+)", "quarter", lambda year, quarter: date(year, quarter * 3 - 2, 1)),
    (r"([0-9]{4})-([0-9]{1,2})", "month", lambda year, month: date(year, month, 1)),
    (r"([0-9]{4})-?w([0-9]{1,2})", "week", lambda year, week: date.fromisocalendar(year, week, 1)),
)


def _calendar(text: str) -> DateRange | None:
    """The days of a calendar period; None for what is not written as one."""
    for pattern, grain, first_day in _WRITTEN:
        if found := re.fullmatch(pattern, text.lower()):
            year, number = found.groups()
            try:
                first = first_day(int(year), int(number or 0))
                return DateRange(first, period_end(first, grain))
            except (ValueError, OverflowError):
                raise WrongRequest(f"There is no {grain} {text}. {HINT}.") from None
    return None


def _named(text: str, whole: str) -> DateRange:
    """The days of what begins or ends a period: a calendar period, or one day."""
    if found := _calendar(text):
        return found
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongRequest(f"{text!r} is not a date. {HINT}; {whole.strip()!r} is none of them.") from None
    return DateRange(day, day)
