"""StockPath: how many people of an operation were active at the end of each of the years before.

The store's active people follow the published stocks of refugees and asylum-seekers of those years, scaled so that the
last year is what the plan says. People who are active at the end cannot explain a stock that was larger before: those
who have left since do, as far as the store holds enough of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt

from dataport.dictionary.seeds import read_seed
from dataport.errors import WrongRequest
from dataport.synthetic.people import LAST_DAY, Register

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LAST_YEAR = 2021
MOST_YEARS = 10

# Of those active at a year's end, so many a year are no longer at the end: some turnover even where stocks stand still.
_ATTRITION = 0.04


# A country follows its path when no year's end is further off than this.
_NEAR = 0.1


@dataclass(frozen=True, slots=True)
class StockPath:
    """The years to write, and what one operation's active people should have been.

    Attributes:
        ends: the last day of each year, from the one before history to 2021, as days since 1970.
        active: people active at each of these ends, of those that the operation's register stands for.
    """

    ends: Ints
    active: Floats

    @property
    def start(self) -> int:
        """The day at whose end history begins."""
        return int(self.ends[0])


@dataclass(frozen=True, slots=True)
class Stays:
    """When each person's group was registered, and when those who left did: days since 1970."""

    group_registration: Ints
    departure: Ints


def stock_path(country_code: str, active: int, years: int) -> StockPath:
    """The path of one operation; flat where no stock is published.

    Args:
        active: people active at the end of 2021.
        years: how many years before the end of 2021 are written.

    Raises:
        WrongRequest: fewer than one year or more than are published.
    """
    if not 1 <= years <= MOST_YEARS:
        raise WrongRequest(f"A history of {years} years cannot be written: stocks are there for 1 to {MOST_YEARS}.")
    wanted = range(LAST_YEAR - years, LAST_YEAR + 1)
    published = np.array([_stocks().get((country_code, year), 0) for year in wanted], dtype=np.float64)
    share = published / published[-1] if published[-1] else np.ones(len(published))
    ends = np.array([(date(year, 12, 31) - date(1970, 1, 1)).days for year in wanted], dtype=np.int64)
    return StockPath(ends, active * share)


def stays(register: Register, path: StockPath, random: np.random.Generator) -> Stays:
    """Give whole groups a registration, and those who left a departure, so that the active people follow the path."""
    heads = np.flatnonzero(register.is_focal_point)
    group = np.searchsorted(heads, register.head)
    staying = np.bincount(group, weights=register.status == 0, minlength=len(heads)) > 0
    remaining = _remaining(path)
    registered = np.empty(len(heads), dtype=np.int64)
    of_stayers = _registrations(register, group, np.flatnonzero(staying), remaining, path, random)
    registered[staying] = of_stayers
    left = np.flatnonzero(~staying)
    people_left = np.bincount(group, minlength=len(heads))[left]
    came, went = _comings_and_goings(path, remaining, int(people_left.sum()))
    order = _leaving_order(register, group, left, path, random)
    position = np.cumsum(people_left[order]) - people_left[order]
    old = people_left.sum() - came.sum()
    entry = _year_of(position, old, came)
    exit_ = _year_of(position, old, went)
    registered[left[order]] = _day_in(entry, path, random)
    departure = np.full(len(heads), LAST_DAY, dtype=np.int64)
    departure[left[order]] = _day_in(exit_, path, random)
    registered = np.maximum(registered, _grown(register, heads))
    return Stays(registered[group], np.maximum(departure, registered)[group])


class Followed:
    """How far the active people of each country follow their path: counted as they are loaded."""

    def __init__(self) -> None:
        self._wanted: dict[str, Floats] = {}
        self._found: dict[str, Ints] = {}
        self._ends: Ints = np.empty(0, dtype=np.int64)

    def add(self, country_code: str, path: StockPath, active: Ints) -> None:
        """Count the active people of some of a country's register at the path's year ends."""
        self._wanted[country_code], self._ends = path.active, path.ends
        self._found[country_code] = self._found.get(country_code, np.zeros(len(active), dtype=np.int64)) + active

    def notes(self) -> tuple[str, ...]:
        """In words: how far, and where not; nothing where no path was to be followed."""
        if not self._found:
            return ()
        codes = list(self._found)
        wanted = np.array([self._wanted[code][:-1] for code in codes])
        found = np.array([self._found[code][:-1] for code in codes])
        weight = np.array([self._wanted[code][-1] for code in codes])
        off = np.abs(found / np.maximum(wanted, 1.0) - 1.0).max(axis=1)
        off = np.where(np.abs(found - wanted).max(axis=1) <= 5, 0.0, off)
        near = off <= _NEAR
        first, last = (_year(end) for end in (self._ends[0], self._ends[-2]))
        total = np.abs(found.sum(axis=0) / np.maximum(wanted.sum(axis=0), 1.0) - 1.0).max()
        share = weight[near].sum() / max(weight.sum(), 1)
        told = (
            f"Active people at the ends of {first} to {last} follow the published stocks within {_NEAR:.0%} in "
            f"{near.sum()} of {len(codes)} countries, which hold {share:.0%} of the people; the sum of all is never "
            f"further off than {total:.0%}."
        )
        far = sorted(code for code, is_near in zip(codes, near, strict=True) if not is_near)
        if far:
            named = ", ".join(far[:8]) + (" and others" if len(far) > 8 else "")
            told += f" Not in {named}: more had left them than the store holds records of, or they are too small here."
        return (told,)


def _year(day: int) -> int:
    return (date(1970, 1, 1) + timedelta(days=int(day))).year


def _remaining(path: StockPath) -> Floats:
    """Of those active at the end of 2021, how many were there at each year's end."""
    years = len(path.ends) - 1
    least_since = np.minimum.accumulate(path.active[::-1])[::-1]
    return least_since * (1 - _ATTRITION) ** (years - np.arange(years + 1))


def _registrations(
    register: Register, group: Ints, chosen: Ints, remaining: Floats, path: StockPath, random: np.random.Generator
) -> Ints:
    """The registration day of groups that stay: as many people of them by each year's end as remain."""
    order = random.permutation(len(chosen))
    groups = chosen[order]
    number = np.full(int(group.max()) + 1, -1, dtype=np.int64)
    number[groups] = np.arange(len(groups))
    member = (register.status == 0) & (number[group] >= 0)
    place, birth = number[group[member]], register.birth[member]
    grown = _grown(register, np.flatnonzero(register.is_focal_point))[groups]
    year = np.full(len(groups), len(path.ends) - 1, dtype=np.int64)
    cut = 0
    for index, end in enumerate(path.ends[:-1]):
        there = np.bincount(place, weights=birth <= end, minlength=len(groups)) * (grown <= end)
        cut = max(cut, int(np.searchsorted(np.cumsum(there), remaining[index], side="right")))
        year[:cut] = np.minimum(year[:cut], index)
    days = np.empty(len(groups), dtype=np.int64)
    days[order] = _day_in(year, path, random)
    return days


def _comings_and_goings(path: StockPath, remaining: Floats, people: int) -> tuple[Floats, Floats]:
    """People who have left by now: how many came before or in each year, and how many went in each.

    Where the store does not hold enough of them, all of it is scaled down: what cannot be followed is not followed.
    """
    there = np.maximum(path.active - remaining, 0.0)
    there[-1] = 0.0
    turnover = _ATTRITION / 2 * path.active
    came = np.maximum(np.diff(there, prepend=0.0), 0.0)
    went = np.maximum(-np.diff(there, prepend=0.0), 0.0)
    came[1:] += turnover[1:]
    went[1:] += turnover[1:]
    share = min(1.0, people / max(came.sum(), 1.0))
    return came * share, went * share


def _leaving_order(register: Register, group: Ints, left: Ints, path: StockPath, random: np.random.Generator) -> Ints:
    """Who left first: nobody before the birth of the youngest; otherwise by lot."""
    youngest = np.zeros(int(group.max()) + 1, dtype=np.int64)
    np.maximum.at(youngest, group, register.birth)
    known = np.maximum(youngest[left], path.start)
    return np.lexsort((random.random(len(left)), known // 90))


def _year_of(position: Ints, before: float, people: Floats) -> Ints:
    """The index of the year in which the person at each position came (or went): 0 is before history begins."""
    edges = before + np.cumsum(people)
    return np.minimum(np.searchsorted(edges, position, side="right"), len(people) - 1)


def _day_in(year: Ints, path: StockPath, random: np.random.Generator) -> Ints:
    """A day of each indexed year; for index 0 a day of the years before, mostly recent ones."""
    earlier = path.start - np.floor(random.exponential(1400, len(year))).astype(np.int64)
    first = path.ends[np.maximum(year - 1, 0)] + 1
    within = first + np.floor(random.random(len(year)) * (path.ends[year] - first + 1)).astype(np.int64)
    return np.where(year == 0, earlier, within)


def _grown(register: Register, heads: Ints) -> Ints:
    """The day from which each head could have been registered as one."""
    birth = register.birth[heads]
    return birth + np.minimum((LAST_DAY - birth) * 6 // 10, 16 * 365)


@cache
def _stocks() -> dict[tuple[str, int], int]:
    return {(row["country_code"], int(row["year"])): int(row["people"]) for row in read_seed("published/stocks")}
