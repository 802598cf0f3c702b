"""Parts: everybody by the cells of one table, so that whoever is between two numbers can be named cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import cells, keys_of
from dataport.attackers.downloaded import Codes, Level, Longs
from dataport.attackers.folk import Folk

# Up to so many possible cells of a table, the place of a key is looked up rather than searched for.
_LOOKED_UP = 5_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """Things by the cell that they are in.

    Attributes:
        starts: for each cell the first of its things; and the end of the last.
    """

    starts: Longs
    things: Longs

    @classmethod
    def of(cls, cell: Longs, things: Longs, size: int) -> Listed:
        """Things in their cells, of so many."""
        order = np.argsort(cell, kind="stable")
        return cls(np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=size))]), things[order])

    def of_cells(self, wanted: Longs) -> tuple[Longs, Longs]:
        """Everything in some cells, and for each thing the place of its cell among these."""
        first = self.starts[wanted]
        times = self.starts[wanted + 1] - first
        nth = np.repeat(np.arange(len(wanted)), times)
        return self.things[np.arange(len(nth)) + np.repeat(first - (np.cumsum(times) - times), times)], nth


@dataclass(frozen=True, slots=True)
class Parts:
    """Everybody by the cells of one table.

    Attributes:
        keys: of every cell that anybody is in in any month, or that any month lists; ascending.
        stay: how many stayers are in each cell.
        stayers: their groups, for the cells in which there are at most `few` of them; of others none.
        cell: month by month, the cell of each mover; -1 where they are not there.
        movers: month by month, the movers by their cells.
    """

    keys: Longs
    few: int
    stay: Longs
    stayers: Listed
    cell: tuple[Longs, ...]
    movers: tuple[Listed, ...]

    @classmethod
    def of(
        cls, folk: Folk, finest: Mapping[str, Level], levels: tuple[Level, ...], listed: Iterable[Longs], few: int
    ) -> Parts:
        """Everybody by the cells of a table of these levels.

        Args:
            listed: the keys that each month lists.
            few: of how many stayers in a cell their groups are wanted.
        """
        size = cells(levels)
        own = keys_of(folk.stayers, finest, levels)
        moving = [keys_of(one.people, finest, levels) for one in folk.movers]
        keys, stay, place_of = _occurring(own, [*moving, *listed], size)
        rare = (stay > 0) & (stay <= few)
        places = place_of(own)
        here = np.flatnonzero(rare[places])
        stayers = Listed.of(places[here], folk.stayers.families[here], len(keys))
        cell, movers = [], []
        for one, found in zip(folk.movers, moving, strict=True):
            at = place_of(found)
            all_ = np.full(len(folk.families), -1, dtype=np.int64)
            all_[one.who] = at
            cell.append(all_)
            movers.append(Listed.of(at, one.who, len(keys)))
        return cls(keys, few, stay, stayers, tuple(cell), tuple(movers))

    def places(self, keys: Longs) -> Longs:
        """The cell of each of some listed keys."""
        return np.searchsorted(self.keys, keys)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key stands among all that occur."""

    keys: Longs
    looked_up: Codes | None

    def __call__(self, keys: Longs) -> Longs:
        return np.searchsorted(self.keys, keys) if self.looked_up is None else self.looked_up[keys].astype(np.int64)


def _occurring(own: Longs, others: list[Longs], size: int) -> tuple[Longs, Longs, _Place]:
    """The keys that occur, how many of the first are of each, and where each stands."""
    if size <= _LOOKED_UP:
        times = np.bincount(own, minlength=size)
        occurs = times > 0
        for one in others:
            occurs[one] = True
        keys = np.flatnonzero(occurs)
        looked_up = np.zeros(size, dtype=np.int32)
        looked_up[keys] = np.arange(len(keys), dtype=np.int32)
        return keys, times[keys], _Place(keys, looked_up)
    distinct, times = np.unique(own, return_counts=True)
    keys = np.unique(np.concatenate([distinct, *others]))
    stay = np.zeros(len(keys), dtype=np.int64)
    stay[np.searchsorted(keys, distinct)] = times
    return keys, stay, _Place(keys, None)
