"""together: a number less all numbers of its parts, of whichever months they are, tells of nobody or of enough.

A part that is withheld now and was printed before is told as it was, to whoever kept the files. So a line is looked at
twice: with what is printed today, and with the number of each cell that was printed last. It is of those who are in the
whole, as its number is, and not in one part, as the numbers of these are, or the other way round. Today's sets say that
of nearly everybody; who moved since is gone through, for the numbers of earlier months alone.

Nothing of this is held for all lines at once: there are millions of them, and at full size hundreds of thousands who
moved. A table is gone through with those above it, and again for the lines of which something changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dataport.copies import shared
from dataport.cube.few import Look, lines_of_few
from dataport.cube.finer import FinerTable
from dataport.cube.population import Flags, Integers
from dataport.cube.standing import Today
from dataport.disclosure.protected.lines import TOLD_BEFORE, least_first

# With fewer parts to go through than this, that is sooner done than shared.
_WORTH_SHARING = 1_000_000
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Found:
    """Of one table, the lines that tell of a few, and what is least missed of them.

    Attributes:
        goes, persons, pairs: of each line that has a new part, what goes, how many persons the part is, and the number
            of the pair of tables.
        alone: wholes that go without a part.
    """

    few: Integers = field(default_factory=_NONE.copy)
    goes: Integers = field(default_factory=_NONE.copy)
    persons: Integers = field(default_factory=_NONE.copy)
    pairs: Integers = field(default_factory=_NONE.copy)
    alone: Integers = field(default_factory=_NONE.copy)


@dataclass(slots=True)
class Together:
    """Every line of which something was printed before; of each table, those that tell of a few so far.

    Args:
        processes: how many share in it.
    """

    tables: Sequence[FinerTable]
    today: Today
    processes: int = 1
    _found: list[Found] = field(default_factory=list, init=False)
    _before: Flags | None = field(default=None, init=False)

    def withheld(self, published: Flags, cost: Integers) -> Integers:
        """Of each line that tells of a few, the new number that is least missed: of a part, or of the whole.

        What is published becomes less from one call to the next.
        """
        now, cost = with_decided(published), np.append(cost, [-1, -1])
        changed = None if self._before is None else self._before & ~now
        self._before = now
        if changed is None:
            self._found = [Found() for _ in self.tables]
        lines = [_concerned(one, changed) for one in self.tables]
        # the largest first, so that they are shared evenly
        looked = {nth: _work(self.tables[nth], one) for nth, one in enumerate(lines) if one is not None}
        largest_first = sorted(looked, key=lambda nth: -looked[nth])

        def gone_through(nth: int) -> Found:
            few = _few_now(self.tables[nth], self._found[nth].few, lines[nth], now, self.today)
            return _least_missed(self.tables[nth], few, now, cost) if len(few) else Found()

        processes = self.processes if sum(looked.values()) >= _WORTH_SHARING else 1
        for nth, one in zip(largest_first, shared(gone_through, largest_first, processes), strict=True):
            self._found[nth] = one
        return self._chosen()

    def _chosen(self) -> Integers:
        goes, persons, pairs, alone = (
            np.concatenate([_NONE, *(getattr(one, name) for one in self._found)])
            for name in ("goes", "persons", "pairs", "alone")
        )
        # of which as much is missed, pair by pair
        in_turn = np.argsort(pairs, kind="stable")
        return np.unique(np.concatenate([goes[in_turn][least_first(persons[in_turn])], alone]))


def with_decided(flags: Flags) -> Flags:
    """Flags of classes, with two more: of what is published whatever comes of the others, and of what is not."""
    return np.append(flags, [True, False])


def _work(finer: FinerTable, lines: Flags) -> int:
    """About how many parts some lines have."""
    return int(lines.sum()) * finer.above.size // max(1, len(lines))


def _concerned(finer: FinerTable, changed: Flags | None) -> Flags | None:
    """The lines that are to be looked at: all at first, then those of which something changed, if there are any."""
    if changed is None:
        return np.ones(len(finer.lines.classes), dtype=np.bool_)
    lines, parts = changed[finer.lines.classes], np.flatnonzero(changed[finer.parts.classes])
    lines[finer.above[:, parts]] = True
    return lines if lines.any() else None


def _few_now(finer: FinerTable, few: Integers, lines: Flags, published: Flags, today: Today) -> Integers:
    """The lines that tell of a few now, from those that did before; of other lines than some nothing changed."""
    stay = few[~lines[few]]
    return np.sort(np.concatenate([stay, lines_of_few(finer, lines, published, today)]))


def _least_missed(finer: FinerTable, few: Integers, published: Flags, cost: Integers) -> Found:
    """For lines that tell of a few, what is to be withheld."""
    is_few = np.zeros(len(finer.lines.classes), dtype=np.bool_)
    is_few[few] = True
    look = Look.of(finer, is_few)
    part, whole, classes = finer.parts.at(published), finer.lines.some(few).at(published), finer.lines.classes[few]
    # what is decided is not withheld here
    fresh_whole = whole.fresh & (classes < len(published) - 2)
    # a part that is as it was printed is told whether it is printed again or not
    tells_more = part.fresh & (~finer.parts.known | (finer.times > 0))
    entries = np.flatnonzero(tells_more[look.part])
    parts, lines = look.part[entries], look.line[entries]
    missed = np.sqrt(finer.persons[parts]) * np.where(finer.parts.known[parts], TOLD_BEFORE, 1)
    order = np.lexsort((missed, lines))
    with_part, first = np.unique(lines[order], return_index=True)
    chosen = parts[order[first]]
    goes, wholes = finer.parts.classes[chosen], classes[with_part]
    goes = np.where((cost[wholes] > cost[goes]) & fresh_whole[with_part], wholes, goes)
    fresh_whole[with_part] = False
    numbers = np.array([one.number for one in finer.wholes])
    pairs = numbers[finer.of_lines(few[with_part])]
    return Found(few, goes, finer.persons[chosen], pairs, classes[fresh_whole])
