"""months: what was printed before is one more thing that a new number stands beside.

A printed value is for ever: whoever holds it can take it away from a new one. So a cell that changed by a few persons
keeps the value printed last, with its day; a cell whose new value would stand a few persons from any value printed in
the months held against it is withheld; and whatever was printed last month stands beside the cells above and below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dataport.copies import shared
from dataport.cube.before import Before
from dataport.cube.counting import Cells, Counter, Counts, cases_in, codes_of
from dataport.cube.earlier import Earlier, Noted, Printed, split_name
from dataport.cube.population import Flags, Integers, Population
from dataport.cube.reading import Read
from dataport.cube.standing import Moved, Moves, Moving, Older, Past
from dataport.disclosure.protected.lines import Thresholds

# The sides of a cell: everybody, who has an attribute, who has it not.
Side = tuple[str, bool | None]


@dataclass(frozen=True, slots=True)
class Change:
    """By how much each cell of a table differs from what it was."""

    joined: Integers
    left: Integers
    cases: Integers
    cases_joined: Integers
    cases_left: Integers
    persons_then: Integers
    keys_then: np.ndarray

    @property
    def persons(self) -> Integers:
        return self.joined + self.left

    def is_few(self, least: Thresholds) -> Flags:
        """Where it changed, and by fewer than may be told."""
        return (self.persons > 0) & ((self.persons < least.persons) | (self.cases < least.cases))


def change_of(cells: Cells, counts: Counts, side: Side, movers: Before, counter: Counter, where: Where) -> Change:
    """How the cells of one side differ between the two days; who moved within a cell did not change it."""
    size = len(cells)
    now, then = (np.where(each < size, each, -1) for each in (where.now, where.then))
    moved = now != then
    came, went = moved & (now >= 0), moved & (then >= 0)
    joined, left = np.bincount(now[came], minlength=size), np.bincount(then[went], minlength=size)
    families = np.concatenate(
        [counter.population.families[movers.now[came]], movers.earlier.families[movers.then[went]]]
    )
    where = np.concatenate([now[came], then[went]])
    side_of = np.arange(len(where)) < int(came.sum())
    cases = [cases_in(where[these], families[these], size) for these in (np.ones_like(side_of), side_of, ~side_of)]
    keys = counts.keys.copy()
    np.subtract.at(keys, now[came], counter.population.keys_of(*side)[movers.now[came]])
    np.add.at(keys, then[went], movers.earlier.keys_of(*side)[movers.then[went]])
    return Change(joined, left, *cases, counts.persons - joined + left, keys)


@dataclass(frozen=True, slots=True)
class _Known:
    """Those who moved since one day, by their numbers in `Moving`."""

    movers: Before
    who: Integers


def _moving(population: Population, every: list[Before]) -> tuple[Moving, list[_Known]]:
    """Whoever moved since any of the days, each once, and who of them did since each."""
    persons: list[Integers] = []
    families: list[Integers] = []
    for movers in every:
        here, gone = movers.now[movers.now >= 0], movers.then[movers.now < 0]
        for found, now, then in (
            (persons, population.persons, movers.earlier.persons),
            (families, population.families, movers.earlier.families),
        ):
            one = np.empty(len(movers.now), dtype=np.int64)
            one[movers.now >= 0], one[movers.now < 0] = now[here], then[gone]
            found.append(one)
    # the latest day first: to whom somebody belonged last
    who, first, numbers = np.unique(np.concatenate(persons[::-1]), return_index=True, return_inverse=True)
    places = np.minimum(np.searchsorted(population.persons, who), len(population) - 1)
    places = np.where(population.persons[places] == who, places, -1) if len(population) else np.full(len(who), -1)
    ends = np.cumsum([len(one) for one in persons[::-1]])
    parts = np.split(numbers, ends[:-1])[::-1]
    known = [_Known(movers, part) for movers, part in zip(every, parts, strict=True)]
    return Moving(np.concatenate(families[::-1])[first], places), known


def _moved(where: Where, one: _Known, known: Integers) -> tuple[Integers, Integers, Flags]:
    """Who joined and left those cells of which the number printed last is of the day of these movers.

    Args:
        known: for each cell, and each lost one after them, the day of that number.

    Returns:
        Row by row the cell, the number of the person, and whether they joined.
    """
    now, then, base = where.now, where.then, one.movers.day.toordinal()
    of_base = np.append(known == base, False)
    came, went = (np.flatnonzero((now != then) & of_base[each]) for each in (now, then))
    joined = np.arange(len(came) + len(went)) < len(came)
    return np.concatenate([now[came], then[went]]), one.who[np.concatenate([came, went])], joined


@dataclass(frozen=True, slots=True)
class Where:
    """The cell of each mover now and then: -1 for none, and beyond the cells of today a lost one."""

    now: Integers
    then: Integers

    @classmethod
    def of(cls, movers: Before, cells: Cells, lost: Cells, side: Side, counter: Counter) -> Where:
        now = _cell(counter.population, movers.now, cells, lost, side, counter)
        return cls(now, _cell(movers.earlier, movers.then, cells, lost, side, counter))


def _cell(
    population: Population, places: Integers, cells: Cells, lost: Cells, side: Side, counter: Counter
) -> Integers:
    """The cell of each mover on one day; -1 for who is not there, not on that side, or in no cell of today or lost."""
    found = np.full(len(places), -1, dtype=np.int64)
    there = np.flatnonzero(places >= 0)
    attribute, has = side
    if attribute:
        there = there[population.sensitive[attribute][places[there]] == has]
    codes = codes_of(population, cells.table, counter.codings, counter.lattice, places[there])
    for number, each in ((0, cells), (len(cells), lost)):
        place = np.minimum(np.searchsorted(each.codes, codes), max(0, len(each) - 1))
        known = each.codes[place] == codes if len(each) else np.zeros(len(codes), dtype=np.bool_)
        found[there[known]] = number + place[known]
    return found


def past_of(
    counter: Counter, cells: Mapping[str, Cells], read: Read, earlier: Earlier, least: Thresholds, processes: int = 1
) -> tuple[dict[tuple[str, str], Past], Moving]:
    """How each table stands to what was printed, and who moved since; what keeps its value is noted in `earlier`.

    Args:
        processes: how many share in it.
    """
    if not earlier.snapshots:
        none = np.zeros(0, dtype=np.int64)
        return {}, Moving(none, none)
    moving, every = _moving(read.population, [read.before[base] for base in earlier.bases])
    largest = max(counter.largest_case, *(one.largest_case for one in read.before.values()))
    every_table = [(attribute, name) for name, one in cells.items() for attribute in ("", *one.having)]

    def stands(table: tuple[str, str]) -> tuple[Past, Noted]:
        attribute, name = table
        own = Earlier(earlier.snapshots)
        sides = list(_sides(cells[name], attribute))
        return _past(counter, cells[name], attribute, sides, every, own, least, largest), own.noted

    found = {}
    for table, (past, noted) in zip(every_table, shared(stands, every_table, processes), strict=True):
        found[table] = past
        earlier.noted.add(noted)
    return found, moving


def _sides(cells: Cells, attribute: str) -> Iterator[tuple[Side, Counts]]:
    if not attribute:
        yield ("", None), cells.counts
    else:
        yield (attribute, True), cells.having[attribute]
        yield (attribute, False), cells.lacking[attribute]


@dataclass(slots=True)
class _Standing:
    """What is known of the cells of one table while its sides and months are gone through."""

    barred: Flags
    kept: Flags
    printed: Flags
    persons: Integers
    cases: Integers
    moved: list[Moved]
    places: dict[date, NDArray[np.int32]]
    older: dict[date, list[Moved]]
    known: Flags
    moves: list[Moves]
    lost: Cells | None = None

    @classmethod
    def of(cls, size: int) -> _Standing:
        barred, kept, printed, known = (np.zeros(size, dtype=np.bool_) for _ in range(4))
        persons, cases = (np.zeros(size, dtype=np.int64) for _ in range(2))
        return cls(barred, kept, printed, persons, cases, [], {}, {}, known, [])

    def begin(self, printed: Mapping[date, Printed], last: date) -> None:
        """One more side: both are printed of the same cells, of the same days."""
        size = len(self.barred)
        self.printed |= printed[last].is_printed
        self.moved.append(Moved.nobody(size))
        for day, here in _of_their_own(printed, last).items():
            if day not in self.places:
                self.places[day] = np.full(size, -1, dtype=np.int32)
                self.places[day][here] = np.arange(int(here.sum()))
            self.older.setdefault(day, []).append(Moved.nobody(int((self.places[day] >= 0).sum())))

    def past_of(self, gone: Callable[[date], tuple[Cells | None, ...]], last: date) -> Past:
        older = (Older(day, place, tuple(self.older[day]), gone(day)) for day, place in self.places.items())
        return Past(
            self.barred, self.kept, self.persons, self.cases, self.printed, tuple(self.moved), gone(last),
            tuple(older), self.known, self.lost, tuple(self.moves),
        )  # fmt: skip


def _of_their_own(printed: Mapping[date, Printed], last: date) -> dict[date, Flags]:
    """For each month before the last, what it printed and no later one printed again as it was."""
    days = sorted(printed, reverse=True)
    found = {}
    for nth, day in enumerate(days):
        one = printed[day]
        here = one.is_printed.copy()
        for later in (printed[other] for other in days[:nth]):
            here &= ~(later.is_printed & (later.base == one.base))
        if day != last:
            found[day] = here
    return found


def _past(
    counter: Counter,
    cells: Cells,
    attribute: str,
    sides: list[tuple[Side, Counts]],
    every: list[_Known],
    earlier: Earlier,
    least: Thresholds,
    largest: int,
) -> Past:
    standing = _Standing.of(len(cells))
    name = split_name(cells.table, attribute)
    for side, counts in sides:
        printed = {day: earlier.printed(name, side[1], day, cells, counter.codings) for day in earlier.snapshots}
        standing.begin(printed, earlier.last)
        lost, lost_bases = earlier.lost(name, side[1], cells, counter.codings)
        bases = np.append(_last_base(printed, len(cells)), lost_bases)
        moves = []
        for one in every:
            movers = one.movers
            where = Where.of(movers, cells, lost, side, counter)
            change = change_of(cells, counts, side, movers, counter, where)
            _held_against(standing, change, movers.day, earlier.last, printed, least)
            _note_older(standing, change, movers.day, printed)
            is_told = np.append(_printed_of(printed, movers.day, len(cells)), lost_bases == movers.day.toordinal())
            standing.barred |= _nearly_the_same(where, counts, change, is_told, least, largest)
            moves.append(_moved(where, one, bases))
        columns = [np.concatenate(column) for column in zip(*moves, strict=True)]
        standing.moves.append(Moves.of(*columns, len(bases)))
        standing.lost, standing.known = lost, standing.known | (bases[: len(cells)] > 0)
    # what keeps its value stands with that one: newer values of it are not printed
    standing.barred &= ~standing.kept
    earlier.keep(cells.table, attribute, standing.kept)
    return standing.past_of(lambda day: tuple(earlier.gone(name, has, day) for (_, has), _ in sides), earlier.last)


def _printed_of(printed: Mapping[date, Printed], base: date, size: int) -> Flags:
    """Of which cells any of the months printed the number of this day."""
    found = np.zeros(size, dtype=np.bool_)
    for one in printed.values():
        found |= one.is_printed & (one.base == base.toordinal())
    return found


def _nearly_the_same(
    where: Where, counts: Counts, change: Change, is_told: Flags, least: Thresholds, largest: int
) -> Flags:
    """Cells of which most are whom another cell of the table was printed of, so that few are between the two numbers.

    A category that is put together with others, once it is rare, is in them as it was printed; so is a place that
    everybody of another one moves to.

    Args:
        is_told: for each cell, and each lost one after them, whether its number of the day of these movers was printed.
        largest: how many members a case has at most.
    """
    size = len(counts.persons)
    rows = np.flatnonzero((where.now >= 0) & (where.now < size) & (where.then >= 0) & (where.now != where.then))
    rows = rows[is_told[where.then[rows]]]
    pairs, both = np.unique(where.then[rows] * max(1, size) + where.now[rows], return_counts=True)
    then, now = pairs // max(1, size), pairs % max(1, size)
    # everybody of a lost cell is among the movers
    was = np.append(change.persons_then, np.bincount(where.then[where.then >= 0], minlength=len(is_told))[size:])[then]
    apart = was + counts.persons[now] - 2 * both
    # of how many cases they are is not counted: what cannot be shown to be enough is not
    few = (apart < least.persons) | ((apart <= 2 * (least.cases - 1) * largest) & (2 * both > was))
    found = np.zeros(size, dtype=np.bool_)
    found[now[few & (apart > 0) & (2 * both > counts.persons[now])]] = True
    return found


def _last_base(printed: Mapping[date, Printed], size: int) -> Integers:
    """The day of the number that was printed last of each cell; 0 is none."""
    found = np.zeros(size, dtype=np.int64)
    for day in sorted(printed):
        found = np.where(printed[day].is_printed, printed[day].base, found)
    return found


def _note_older(standing: _Standing, change: Change, base: date, printed: Mapping[date, Printed]) -> None:
    """Who joined and left since what was printed in the months before the last, where it is of this day."""
    for day, sides in standing.older.items():
        place, so_far = standing.places[day], sides[-1]
        cells = np.flatnonzero((place >= 0) & (printed[day].base == base.toordinal()))
        if len(cells):
            at = place[cells]
            so_far.joined[at], so_far.left[at] = change.joined[cells], change.left[cells]
            so_far.cases_joined[at], so_far.cases_left[at] = change.cases_joined[cells], change.cases_left[cells]


def _held_against(
    standing: _Standing,
    change: Change,
    base: date,
    last: date,
    printed: Mapping[date, Printed],
    least: Thresholds,
) -> None:
    """One earlier day: which cells keep the value of it, and which may not have a new one because of it."""
    few = change.is_few(least)
    for day, one in printed.items():
        here = one.is_printed & (one.base == base.toordinal())
        # somebody was erased, so that the register no longer tells the past as it was: by whom it changed is unknown
        other = here & ((change.persons_then != one.persons) | (change.keys_then != one.keys))
        if day == last:
            kept = here & (few | other)
            standing.kept |= kept
            persons = np.where(other, np.maximum(change.persons, least.persons - 1), change.persons)
            cases = np.where(other, np.maximum(change.cases, least.cases - 1), change.cases)
            standing.persons = np.where(kept, np.maximum(standing.persons, persons), standing.persons)
            standing.cases = np.where(kept, np.maximum(standing.cases, cases), standing.cases)
            # of this side alone: that the other one changed puts nobody between two numbers of this one
            so_far = standing.moved[-1]
            standing.moved[-1] = Moved(
                np.where(here, change.joined, so_far.joined),
                np.where(here, change.left, so_far.left),
                np.where(here, change.cases_joined, so_far.cases_joined),
                np.where(here, change.cases_left, so_far.cases_left),
                so_far.is_few | kept,
            )
        else:
            standing.barred |= here & (few | other)


__all__ = ["Change", "change_of", "past_of"]
