"""Parts: everybody by the cells of one table, so that whoever is between two numbers can be named cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import cells, keys_of
from dataport.attackers.downloaded import Codes, Level, Longs
from dataport.attackers.folk import Folk

# Up to so many possible cells of a table, the place of a key is looked up rather than searched for.
LOOKED_UP = 5_000_000


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
        few: of how many stayers in a cell the groups are known.
        stay: how many stayers are in each cell.
        stayers: their groups, for the cells in which there are few of them; of others none.
        who: those few, by their places among the stayers.
        cell: month by month, the cell of each mover; -1 where they are not there.
        movers: month by month, the movers by their cells.
    """

    keys: Longs
    few: int
    stay: Longs
    stayers: Listed
    who: Codes
    cell: tuple[Longs, ...]
    movers: tuple[Listed, ...]

    @classmethod
    def of(cls, folk: Folk, finest: Mapping[str, Level], levels: tuple[Level, ...], seen: Cellwise) -> Parts:
        """Everybody by the cells of a table of these levels."""
        moving = [keys_of(one.people, finest, levels) for one in folk.movers]
        size = cells(levels)
        keys = _occurring([seen.keys, *moving, *seen.listed], size)
        place_of = _Place.of(keys, size)
        stay = np.zeros(len(keys), dtype=np.int64)
        stay[place_of(seen.keys)] = seen.persons
        stay -= np.bincount(place_of(moving[-1]), minlength=len(keys))
        among = seen.among
        places = place_of(keys_of(folk.stayers, finest, levels, among))
        here = np.flatnonzero(((stay > 0) & (stay <= seen.few))[places])
        who = here.astype(np.int32) if among is None else among[here]
        cell, movers = [], []
        for one, found in zip(folk.movers, moving, strict=True):
            at = place_of(found)
            all_ = np.full(len(folk.families), -1, dtype=np.int64)
            all_[one.who] = at
            cell.append(all_)
            movers.append(Listed.of(at, one.who, len(keys)))
        stayers = Listed.of(places[here], folk.stayers.families[who], len(keys))
        return cls(keys, seen.few, stay, stayers, who, tuple(cell), tuple(movers))

    def places(self, keys: Longs) -> Longs:
        """The cell of each of some listed keys."""
        return np.searchsorted(self.keys, keys)


@dataclass(frozen=True, slots=True)
class Cellwise:
    """What is known of the cells of a table before anybody is put into them.

    Attributes:
        keys, persons: everybody of the last month by cells.
        listed: the keys that each month lists.
        few: of how many stayers in a cell their groups are wanted.
        among: the places of stayers, those of such cells among them; none: all. Whoever is one of few in a cell is so
            in every finer one.
    """

    keys: Longs
    persons: Longs
    listed: tuple[Longs, ...]
    few: int
    among: Codes | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key stands among all that occur."""

    keys: Longs
    looked_up: Codes | None

    @classmethod
    def of(cls, keys: Longs, size: int) -> _Place:
        if size > LOOKED_UP:
            return cls(keys, None)
        looked_up = np.zeros(size, dtype=np.int32)
        looked_up[keys] = np.arange(len(keys), dtype=np.int32)
        return cls(keys, looked_up)

    def __call__(self, keys: Longs) -> Longs:
        return np.searchsorted(self.keys, keys) if self.looked_up is None else self.looked_up[keys].astype(np.int64)


def _occurring(several: list[Longs], size: int) -> Longs:
    """Every key that occurs, ascending."""
    if size > LOOKED_UP:
        return np.unique(np.concatenate(several))
    occurs = np.zeros(size, dtype=np.bool_)
    for one in several:
        occurs[one] = True
    return np.flatnonzero(occurs)
