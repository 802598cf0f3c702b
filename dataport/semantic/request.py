"""Request: a question in the words of the person who asks, before any name is bound."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias, get_args

from dataport.errors import WrongRequest
from dataport.semantic.model import GRAINS, Grain
from dataport.semantic.period import HINT, DateRange, RelativePeriod, parse_day

MAX_FILTERS = 20
MOST_ROWS = 1_000_000_000

Geography: TypeAlias = Literal["today", "as-was"]
Comparison: TypeAlias = Literal["previous", "year-ago"] | date


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One term of the order: an indicator or a breakdown, and its direction."""

    name: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> OrderBy:
        """``NAME``, ``NAME:asc`` or ``NAME:desc``."""
        if not isinstance(text, str):
            raise WrongRequest("An order is a text: NAME, NAME:asc or NAME:desc.")
        name, _, direction = text.partition(":")
        if direction not in ("", "asc", "desc"):
            raise WrongRequest(f"An order is NAME, NAME:asc or NAME:desc; {text!r} is none of them.")
        return cls(name, direction == "desc")


def parse_comparison(text: str) -> Comparison:
    """``previous``, ``year-ago`` or an ISO date."""
    return text if text in ("previous", "year-ago") else parse_day(text)  # type: ignore[return-value]


def parse_subtotal(text: str) -> tuple[str, ...]:
    """``LEVEL``, ``LEVEL,LEVEL`` or ``none``, which keeps no breakdown."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return () if names == ("none",) else names


def _is_text(text: object) -> bool:
    """Whether it is a text that can be written: half of a surrogate pair is none."""
    return isinstance(text, str) and not any("\ud800" <= one <= "\udfff" for one in text)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a person may say about one question.

    ``as_of`` and ``period`` exclude each other; ``grain`` turns the answer into a trend. ``top`` keeps the first rows;
    with ``other`` it keeps the first members of the first breakdown and puts the rest together. ``subtotals`` name
    breakdowns that are kept while the others are added up. ``across`` names the breakdown, or the period, whose members
    stand beside each other: a top then takes lines, each with all that stands in it.
    """

    indicators: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    as_of: date | None = None
    period: DateRange | RelativePeriod | None = None
    grain: Grain | None = None
    geography: Geography = "today"
    totals: bool = False
    order: tuple[OrderBy, ...] = ()
    top: int | None = None
    compare: Comparison | None = None
    other: bool = False
    subtotals: tuple[tuple[str, ...], ...] = ()
    across: str | None = None

    def __post_init__(self) -> None:
        self._check_types()
        if not self.indicators:
            raise WrongRequest("Name at least one indicator; `dataport catalog indicators` lists them.")
        if len(self.where) > MAX_FILTERS:
            raise WrongRequest(f"A question may have {MAX_FILTERS} filters at most; join some of them with `and`.")
        if self.as_of and self.period:
            raise WrongRequest("Give either one date (as of) or a period, not both.")
        if self.compare and self.grain:
            raise WrongRequest("A trend shows its earlier periods itself: leave the comparison out, or the grain.")
        if self.compare == "previous" and not self.period:
            raise WrongRequest(
                "The previous period is that before a period FROM..TO; give one, or compare with a date."
            )
        if self.top is not None and not 1 <= self.top <= MOST_ROWS:
            raise WrongRequest(f"The top may be 1 to {MOST_ROWS:,} members.")
        if self.other and (self.top is None or not self.by):
            raise WrongRequest("The others are those that a top leaves out: give --top N and a breakdown too.")
        stray = [name for names in self.subtotals for name in names if name not in self.by]
        if stray:
            raise WrongRequest(f"A subtotal keeps some of the breakdowns asked for; {stray[0]} is none of them.")

    def _check_types(self) -> None:
        """What a program gives may be of any type, and must not be answered as if it were another question."""
        for name in ("indicators", "by", "where"):
            if not all(map(_is_text, getattr(self, name))):
                raise WrongRequest(f"`{name}` is made of texts that can be written in UTF-8.")
        if not isinstance(self.period, DateRange | RelativePeriod | None):
            raise WrongRequest(f"{HINT}.")
        ends = (self.period.first, self.period.last) if isinstance(self.period, DateRange) else ()
        compared = () if isinstance(self.compare, str) else (self.compare,)
        if any(isinstance(one, datetime) or not isinstance(one, date | None) for one in (self.as_of, *compared, *ends)):
            raise WrongRequest("A day is a text such as '2021-12-31', or a date without a time.")
        words: tuple[tuple[str, object, tuple[object, ...]], ...] = (
            ("geography", self.geography, get_args(Geography)),
            ("grain", self.grain, (None, *GRAINS)),
        )
        for name, said, known in words:
            if said not in known:
                raise WrongRequest(f"`{name}` is one of {', '.join(str(one) for one in known if one)}.")
        if isinstance(self.compare, str) and self.compare not in ("previous", "year-ago"):
            raise WrongRequest("A comparison is with previous, year-ago or a day.")
        if self.top is not None and (isinstance(self.top, bool) or not isinstance(self.top, int)):
            raise WrongRequest("`top` is a whole number.")
        if self.across is not None and not _is_text(self.across):
            raise WrongRequest("`across` is the name of a breakdown.")
        if any(not isinstance(one, bool) for one in (self.totals, self.other)):
            raise WrongRequest("`totals` and `other` are true or false.")
        if any(not isinstance(one, OrderBy) or not isinstance(one.name, str) for one in self.order):
            raise WrongRequest("An order is NAME, NAME:asc or NAME:desc.")
        if any(not isinstance(one, str) for names in self.subtotals for one in names):
            raise WrongRequest("A subtotal is made of texts.")

    def in_words(self) -> str:
        """The request as it is typed after ``dataport ask``."""
        words = [*self.indicators, *(f"--by {name}" for name in self.by)]
        words += [f"--where {_quoted(text)}" for text in self.where]
        words += [f"--as-of {self.as_of}"] if self.as_of else []
        words += [f"--period {self.period}"] if self.period else []
        words += [f"--grain {self.grain}"] if self.grain else []
        words += [f"--compare {self.compare}"] if self.compare else []
        words += [f"--geography {self.geography}"] if self.geography != "today" else []
        words += ["--totals"] if self.totals else []
        words += [f"--subtotal {','.join(names) or 'none'}" for names in self.subtotals]
        words += [f"--top {self.top}"] if self.top else []
        words += ["--other"] if self.other else []
        words += [f"--pivot {self.across}"] if self.across else []
        words += [f"--order {one.name}{':desc' if one.descending else ''}" for one in self.order]
        return " ".join(words)


# What a shell does something with inside double quotes; a `!` before `=` or a space it leaves alone.
_UNSAFE = re.compile(r'["$`\\]|![^=\s]')


def _quoted(text: str) -> str:
    """As a shell takes it: in double quotes where that is safe, for filters hold single ones."""
    return shlex.quote(text) if _UNSAFE.search(text) else f'"{text}"'
