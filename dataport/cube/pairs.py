"""pairs: the tables that stand beside each other over months, as lines over months need them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count

import numpy as np

from dataport.cube.finer import FinerTable, Shown, Whole
from dataport.cube.population import Flags
from dataport.cube.ruled import Ruled

# With more parts than this beside all coarser tables a table stands beside some of these at a time.
_AT_ONCE = 1_000_000


def printed_pairs(
    ruled: Ruled, attribute: str, able: Mapping[str, Flags], rows: Mapping[str, Flags] | None
) -> Iterator[FinerTable]:
    """Every table with the coarser ones, and everybody of rows with both sides of what they are split into.

    Args:
        able: the tables that are ruled; those of the attribute, where one is.
        rows: which rows are published of everybody, once that is decided; then it is not decided here again.
    """
    numbers = count()
    for name in able:
        above = tuple(ruled.coarser(name, able))
        yield from _of_one_kind(ruled, attribute, name, above, numbers)
    names = (attribute,) if attribute else sorted({one for one, _ in ruled.past if one})
    for one in names:
        for name in (name for other, name in ruled.past if other == one):
            above = (name, *ruled.coarser(name, ruled.cells))
            yield from _of_everybody(ruled, one, name, above, rows, numbers)


def _of_one_kind(
    ruled: Ruled, attribute: str, name: str, above: tuple[str, ...], numbers: Iterator[int]
) -> Iterator[FinerTable]:
    cells, fine = ruled.cells[name], ruled.past[attribute, name]
    part = Shown.of(ruled.classes[name], fine)
    sides = (True, False) if attribute else (None,)
    in_turn = {coarse: [next(numbers) for _ in sides] for coarse in above}
    for nth, has in enumerate(sides):
        counts = cells.counts if has is None else (cells.having if has else cells.lacking)[attribute]
        wholes = []
        for coarse in above:
            past = ruled.past[attribute, coarse]
            shown = Shown.of(ruled.classes[coarse], past)
            wholes.append(
                Whole(in_turn[coarse][nth], ruled.cells[coarse], ruled.above(name, coarse), shown, past.moves[nth])
            )
        for some in _in_shares(wholes, len(cells)):
            yield FinerTable.of(
                cells, (counts,), part, (fine.moves[nth],), fine.lost, some, ruled.today.codings, attribute, has
            )


def _of_everybody(
    ruled: Ruled,
    attribute: str,
    name: str,
    above: tuple[str, ...],
    rows: Mapping[str, Flags] | None,
    numbers: Iterator[int],
) -> Iterator[FinerTable]:
    """Rows of everybody beside the rows that are split. Before these are decided they are what was printed of them."""
    cells, fine = ruled.cells[name], ruled.past[attribute, name]
    published, not_ = len(ruled.importance), len(ruled.importance) + 1
    part = Shown.of(np.full(len(cells), not_) if rows is None else ruled.classes[name], fine, 2)
    wholes = []
    for coarse in above:
        past = ruled.past["", coarse]
        classes = ruled.classes[coarse] if rows is None else np.where(rows[coarse], published, not_)
        places = np.arange(len(cells), dtype=np.int32) if coarse == name else ruled.above(name, coarse)
        wholes.append(Whole(next(numbers), ruled.cells[coarse], places, Shown.of(classes, past), past.moves[0]))
    counts = (cells.having[attribute], cells.lacking[attribute])
    for some in _in_shares(wholes, 2 * len(cells)):
        yield FinerTable.of(cells, counts, part, fine.moves, fine.lost, some, ruled.today.codings, attribute)


def _in_shares(wholes: list[Whole], parts: int) -> Iterator[tuple[Whole, ...]]:
    at_once = max(1, _AT_ONCE // max(1, parts))
    return (tuple(wholes[first : first + at_once]) for first in range(0, len(wholes), at_once))
