"""Leftovers: who is withheld is not told, but by how many they became more or fewer from one month to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataport.attackers.counting import left_over, pairs_of_tables, said_at
from dataport.attackers.downloaded import Downloaded, Flags, Floats, Longs, Table
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured


def leftovers(register: Register) -> Measured:
    """How often the change of a total less those of its parts is the true change of those who are in none of them.

    Told in the last month and the one before, of the parts that both of them print. Whoever tries it takes what seems
    to be a change of a few, for nothing else tells of few; a guess is the change that most of these lines truly have.
    """
    claimed = right = few = met = tried = 0
    truths = Counter[int]()
    seen = register.seen
    for line in _lines(register):
        claims = _is_few(np.rint(line.told), seen)
        truly = _is_few(line.truth, seen)
        is_right = np.rint(line.told) == line.truth
        claimed += int(claims.sum())
        right += int(np.count_nonzero(claims & is_right))
        few += int(truly.sum())
        met += int(np.count_nonzero(truly & is_right))
        tried += len(line.truth)
        truths.update(line.truth[claims].tolist())
    guessed = max(truths.values(), default=0)
    says = f"share of {claimed:,} seeming changes of a few withheld that are so; of {few:,} true ones {met:,} are told"
    return Measured(right / max(1, claimed), guessed / max(1, claimed), tried, says, share_of=claimed)


def _is_few(change: NDArray[Any], seen: Downloaded) -> Flags:
    found: Flags = (change != 0) & (abs(change) < seen.fewest_persons)
    return found


@dataclass(frozen=True, slots=True)
class _Lines:
    """Totals less parts, as they changed: what is told of that, and the truth."""

    told: Floats
    truth: Floats


@dataclass(slots=True)
class _Moves:
    """How the numbers of the last month's tables differ from those of the month before, each table once."""

    register: Register
    _found: dict[str, tuple[Floats, Longs] | None] = field(default_factory=dict)

    def of(self, table: Table) -> tuple[Floats, Longs] | None:
        """What is told of it, not a number where a month prints none, and the truth; None for a table that is new."""
        if table.name not in self._found:
            self._found[table.name] = self._moved(table)
        return self._found[table.name]

    def _moved(self, table: Table) -> tuple[Floats, Longs] | None:
        before = next((one for one in self.register.seen.months[-2] if one.name == table.name), None)
        if before is None:
            return None
        moved = self.register.there(table) - self.register.there(table, -2)
        return table.persons - said_at(before, table.keys), moved


def _lines(register: Register) -> Iterator[_Lines]:
    if len(register.seen.months) < 2:
        return
    moves = _Moves(register)
    for parent, child, above in pairs_of_tables(register.seen.months[-1]):
        whole, parts = moves.of(parent), moves.of(child)
        if whole is None or parts is None:
            continue
        shown = ~np.isnan(parts[0]) & (above >= 0)
        told, truth = (left_over(*both, shown, above) for both in zip(whole, parts, strict=True))
        is_line = ~np.isnan(whole[0]) & (np.bincount(above[shown], minlength=len(parent.keys)) > 0)
        yield _Lines(told[is_line], truth[is_line])
