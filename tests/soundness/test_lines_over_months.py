"""Lines over months as they are found table by table are those that are found person by person, one line at a time.

The reading here is slow and obvious: the set of persons behind every number of a line, as it is and as it was printed
last, and how often each person is counted by the whole less its parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from dataport.cube import few, statuses
from dataport.cube.counting import codes_of
from dataport.cube.finer import FinerTable, Printed
from dataport.cube.population import Flags, Integers
from dataport.cube.standing import Moves, Today
from dataport.cube.together import Together, with_decided
from dataport.disclosure.protected import lines as rules_of_lines
from dataport.disclosure.protected.lattice import CanonicalTable
from dataport.disclosure.protected.lines import TOLD_BEFORE, least_first
from soundness import protected_people
from soundness.protected_people import Person, months, served, shape

# Somebody who is here by their place in today's population; who is not there any more by a number below 0.
Persons = frozenset[int]


def _cells(table: CanonicalTable, codes: Integers, who: Flags, today: Today) -> list[Persons]:
    """Whom the cells of a table are of now."""
    found: dict[int, set[int]] = {int(code): set() for code in codes}
    every = codes_of(today.population, table, today.codings, today.lattice)
    for place in np.flatnonzero(who).tolist():
        found[int(every[place])].add(place)
    return [frozenset(one) for one in found.values()]


def _sides(finer: FinerTable, today: Today) -> list[tuple[Flags, Moves]]:
    if not finer.attribute:
        return [(np.ones(len(today.population), dtype=np.bool_), finer.moves[0])]
    has = today.population.sensitive[finer.attribute]
    if finer.has is not None:
        return [(has == finer.has, finer.moves[0])]
    return [(has, finer.moves[0]), (~has, finer.moves[1])]


def _then(now: Persons, moves: Moves, cell: int, today: Today) -> Persons:
    """Whom the number printed last of a cell is of."""
    rows = slice(int(moves.starts[cell]), int(moves.starts[cell + 1]))
    came: dict[bool, set[int]] = {True: set(), False: set()}
    for who, joined in zip(moves.who[rows].tolist(), moves.joined[rows].tolist(), strict=True):
        place = int(today.moving.places[who])
        came[joined].add(place if place >= 0 else -1 - who)
    return frozenset((now - came[True]) | came[False])


def _ways(part: Printed, whole: Printed) -> Iterator[tuple[Flags, Flags, Flags, Flags, bool]]:
    yield part.shown, part.kept, whole.shown, whole.kept, False
    for with_lost in (False, True):
        yield part.told, part.kept | part.gone, whole.told, whole.kept | whole.gone, with_lost


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its number and that of its pair of tables, its parts, who was in the lost ones, and who is in it."""

    line: int
    pair: int
    parts: list[int]
    gone: list[Persons]
    now: Persons
    then: Persons


class Plain:
    """One table beside the coarser ones, read line by line."""

    def __init__(self, finer: FinerTable, today: Today) -> None:
        self.finer, self.today = finer, today
        self.now, self.then, self.lost = [], [], []
        for who, moves in _sides(finer, today):
            cells = _cells(finer.cells.table, finer.cells.codes, who, today)
            self.now += cells
            self.then += [_then(one, moves, nth, today) for nth, one in enumerate(cells)]
            lost = range(len(cells), len(moves.starts) - 1)
            self.lost.append([_then(frozenset(), moves, nth, today) for nth in lost])
        self.of_person = {
            int(place) if place >= 0 else -1 - who: int(family)
            for who, (place, family) in enumerate(zip(today.moving.places, today.moving.families, strict=True))
        }

        self.lines = list(self._lines())

    def _lines(self) -> Iterator[Line]:
        who = np.ones(len(self.today.population), dtype=np.bool_)
        if self.finer.has is not None:
            who = self.today.population.sensitive[self.finer.attribute] == self.finer.has
        for nth, one in enumerate(self.finer.wholes):
            for cell, now in enumerate(_cells(one.cells.table, one.cells.codes, who, self.today)):
                line = int(self.finer.starts[nth]) + cell
                parts = np.flatnonzero(self.finer.above[nth] == line).tolist()
                lost = np.flatnonzero(self.finer.lost_lines[nth] == line).tolist()
                gone = [side[one] for side in self.lost for one in lost]
                yield Line(line, one.number, parts, gone, now, _then(now, one.moves, cell, self.today))

    def few(self, published: Flags) -> list[int]:
        """The lines that tell of a few."""
        part, whole, known = self.finer.parts.at(published), self.finer.lines.at(published), self.finer.parts.known
        found = []
        for one in self.lines:
            has_old = known[one.parts].any() or self.finer.lines.known[one.line] or len(one.gone) > 0
            is_new = part.fresh[one.parts].any() or whole.fresh[one.line]
            ways = _ways(part, whole) if has_old and is_new else ()
            if any(self._is_few(one, way) for way in ways):
                found.append(one.line)
        return found

    def _is_few(self, one: Line, way: tuple[Flags, Flags, Flags, Flags, bool]) -> bool:
        told, old, whole_told, whole_old, with_lost = way
        if not whole_told[one.line] or not told[one.parts].any():
            return False
        counted = Counter(one.then if whole_old[one.line] else one.now)
        for nth in (nth for nth in one.parts if told[nth]):
            counted.subtract(self.then[nth] if old[nth] else self.now[nth])
        for each in one.gone if with_lost else ():
            counted.subtract(each)
        told_of = {person for person, times in counted.items() if times}
        limits, hidden = self.today.limits, [nth for nth in one.parts if not told[nth]]
        if 0 < len(told_of) < limits.persons:
            return True
        most = max((int(self.finer.cases[nth]) for nth in hidden), default=0)
        fewer = sum(len(self.now[nth] - told_of) for nth in hidden)
        moved = (one.now ^ one.then).union(*(self.now[nth] ^ self.then[nth] for nth in one.parts), *one.gone)
        cases = {self.of_person[person] for person in told_of & moved}
        return len(told_of) >= limits.persons and most - fewer < limits.cases and len(cases) < limits.cases

    def least_missed(self, one: Line, published: Flags, cost: Integers) -> tuple[int, int] | None:
        """What goes of a line, and how many persons the part is that is least missed; 0 where there is none."""
        part, whole = self.finer.parts.at(published), self.finer.lines.at(published)
        above = int(self.finer.lines.classes[one.line])
        may_go = bool(whole.fresh[one.line]) and above < len(published) - 2
        known, persons = self.finer.parts.known, self.finer.persons
        new = [nth for nth in one.parts if part.fresh[nth] and (not known[nth] or self.finer.times[nth])]
        if not new:
            return (above, 0) if may_go else None
        least = min(new, key=lambda nth: sqrt(persons[nth]) * (TOLD_BEFORE if known[nth] else 1))
        own = int(self.finer.parts.classes[least])
        return above if cost[above] > cost[own] and may_go else own, int(persons[least])


def _goes(read: Sequence[Plain], told: Sequence[list[int]], published: Flags, cost: Integers) -> set[int]:
    """What is withheld of the lines that tell of a few, pair of tables by pair."""
    told_of = [(read[nth].lines[line], read[nth]) for nth, few_ in enumerate(told) for line in few_]
    in_turn = sorted(told_of, key=lambda one: (one[0].pair, one[0].line))
    found = [goes for line, one in in_turn if (goes := one.least_missed(line, published, cost))]
    with_part = [one for one in found if one[1]]
    first = least_first(np.array([persons for _, persons in with_part]))
    return {with_part[nth][0] for nth in first.tolist()} | {goes for goes, persons in found if not persons}


def _closing(lived: Iterator[tuple[date, list[Person]]]) -> Iterator[tuple[date, list[Person]]]:
    """The same, but after the first month a site is closed, and everybody of it is elsewhere: its cells are lost."""
    (first, people), *others = lived
    closed = Counter(one.site for one in people).most_common(1)[0][0]
    yield first, people
    for day, people in others:
        yield day, [replace(one, site=f"{one.country}0-new") if one.site == closed else one for one in people]


@pytest.mark.parametrize("rows_at_once", [2_000_000, 50])
def test_lines_are_told_of_as_they_are_one_by_one(
    rows_at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line in every round, those too that are not looked at again because nothing of them changed."""
    withheld, found = Together.withheld, Counter[str]()
    readers: list[tuple[Together, list[Plain]]] = []

    def compared(self: Together, published: Flags, cost: Integers) -> Integers:
        goes = withheld(self, published, cost)
        if not readers or readers[-1][0] is not self:
            readers.append((self, [Plain(one, self.today) for one in self.tables]))
        read = readers[-1][1]
        told = [one.few(with_decided(published)) for one in read]
        assert [one.few.tolist() for one in self._found] == told
        assert set(goes.tolist()) == _goes(read, told, with_decided(published), np.append(cost, [-1, -1]))
        lost = sum(len(each.lines[line].gone) for each, lines in zip(read, told, strict=True) for line in lines)
        found.update(lines=sum(map(len, told)), rounds=1, goes=len(goes), lost=lost)
        return goes

    kept = ("geography", "sex", "age")
    fewer = replace(shape(), hierarchies=tuple(one for one in shape().hierarchies if one[0].hierarchy in kept))
    monkeypatch.setattr(protected_people, "shape", lambda: fewer)
    monkeypatch.setattr(protected_people, "require_rules", lambda *_: None)
    # so that not all go in one round, and it matters which are the first
    monkeypatch.setattr(rules_of_lines, "_AT_ONCE", 1)
    monkeypatch.setattr(few, "_ROWS_AT_ONCE", rows_at_once)
    monkeypatch.setattr(statuses.Together, "withheld", compared)
    served(tmp_path, _closing(months(2, 3)))
    assert found["lines"] > 50 and found["goes"] > 10 and found["rounds"] > 10 and found["lost"] > 5, found
