"""Averaging: many noisy numbers of one set of people, added up in many ways and months, become an exact one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import differing, pairs_of_tables, said_at
from dataport.attackers.downloaded import Downloaded, Floats, Known, Longs, Table
from dataport.attackers.equality import Service
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured


@dataclass(frozen=True, slots=True)
class _Estimate:
    """Weighted sums of what was said of each row of a table, and of the weights."""

    sums: Floats
    weights: Floats

    def add(self, rows: Longs, values: Floats, variance: Floats | float) -> None:
        np.add.at(self.sums, rows, values / variance)
        np.add.at(self.weights, rows, np.broadcast_to(1 / np.asarray(variance), np.shape(values)))


def averaging(register: Register, service: Service | None = None) -> Measured:
    """Which share of published counts is told exactly by all that is published of the same people.

    Where questions are answered one by one, those are added to it: the same people in two parts, parted anew each time.
    """
    seen, known = register.seen, register.known
    estimates = {table.name: _own(seen, table) for table in seen.months[-1]}
    _earlier(register, estimates)
    for parent, child, above in pairs_of_tables(seen.months[-1]):
        if len(differing(parent, child)) == 1:
            _added_up(register, parent, child, above, estimates[parent.name])
    exact = alone = tried = 0
    for table in seen.months[-1]:
        rows = np.flatnonzero(table.is_published & (table.persons > 0))
        truth = register.there(table)[rows]
        found = estimates[table.name]
        exact += int(np.count_nonzero(np.rint(found.sums[rows] / found.weights[rows]) == truth))
        alone += int(np.count_nonzero(table.persons[rows] == truth))
        tried += len(rows)
    asked, right = _by_parts(seen, known, service) if service else (0, 0)
    share = max(exact / max(1, tried), right / max(1, asked))
    return Measured(share, alone / max(1, tried), tried + asked, "share of published counts that are told exactly")


def _own(seen: Downloaded, table: Table) -> _Estimate:
    found = _Estimate(np.zeros(len(table.keys)), np.zeros(len(table.keys)))
    rows = np.flatnonzero(table.is_published)
    found.add(rows, table.persons[rows], _variance(seen, table))
    return found


def _earlier(register: Register, estimates: Mapping[str, _Estimate]) -> None:
    """What earlier months say of rows that hold the same people, as is known; an equal number says it once."""
    seen = register.seen
    for table in seen.months[-1]:
        now = register.there(table)
        values = [table.persons]
        for month, tables in enumerate(seen.months[:-1]):
            before = next((one for one in tables if one.name == table.name), None)
            if before is None:
                continue
            said = said_at(before, table.keys)
            is_same = register.there(table, month) == now
            is_new = ~np.isnan(said) & ~np.any([one == said for one in values], axis=0)
            rows = np.flatnonzero(is_same & is_new & table.is_published)
            estimates[table.name].add(rows, said[rows], _variance(seen, table))
            values.append(said)


def _added_up(register: Register, parent: Table, child: Table, above: Longs, estimate: _Estimate) -> None:
    """The parts of each row along one hierarchy, where as the roster says nobody is in a part that is not published."""
    shown = child.is_published & (above >= 0)
    size = len(parent.keys)
    parts = np.bincount(above[shown], minlength=size).astype(np.int64)
    total = np.bincount(above[shown], weights=child.persons[shown], minlength=size).astype(np.float64)
    inside = np.bincount(above[shown], weights=register.on_roster(child)[shown], minlength=size)
    # of both members of a sensitive attribute, each row holds the same people of the roster
    twice = 2 if child.is_sensitive and not parent.is_sensitive else 1
    rows = np.flatnonzero((inside == twice * register.on_roster(parent)) & (parts > 0) & parent.is_published)
    estimate.add(rows, total[rows], _variance(register.seen, child) * parts[rows].astype(np.float64))


def _variance(seen: Downloaded, table: Table) -> float:
    return max(seen.noise_of(table).variance, 1e-6)


def _by_parts(seen: Downloaded, known: Known, service: Service, targets: int = 40, parts: int = 60) -> tuple[int, int]:
    """Rows of those with a secret, each asked in two parts, parted another way each time."""
    draw = np.random.default_rng(11)
    attribute = next(level for level in seen.finest.values() if level.is_sensitive)
    split, kept = [level for level in seen.finest.values() if not level.is_sensitive][:2]
    asked = right = 0
    has = known.months[-1].finest[attribute.hierarchy] == 1
    for member in draw.integers(0, kept.size, targets).tolist():
        truth = int(np.count_nonzero(has & (known.months[-1].finest[kept.hierarchy] == member)))
        said = []
        for _ in range(parts):
            some = frozenset(np.flatnonzero(draw.random(split.size) < 0.5).tolist())
            rest = frozenset(range(split.size)) - some
            both = [
                service.count({kept.name: frozenset({member}), split.name: one}, attribute.name)
                for one in (some, rest)
                if one
            ]
            if None not in both:
                said.append(sum(one for one in both if one is not None))
        if said:
            asked += 1
            right += int(round(float(np.mean(said))) == truth)
    return asked, right
