"""pairs: the tables that stand beside each other over months, as lines over months need them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from dataport.cube.population import Flags
from dataport.cube.ruled import Ruled
from dataport.cube.together import Pair, Shown


def printed_pairs(
    ruled: Ruled, attribute: str, able: Mapping[str, Flags], rows: Mapping[str, Flags] | None
) -> Iterator[Pair]:
    """Every table with a coarser one, and everybody of a row with both sides of what it is split into by an attribute.

    Args:
        able: the tables that are ruled; those of the attribute, where one is.
        rows: which rows are published of everybody, once that is decided; then it is not decided here again.
    """
    for name in able:
        for coarse in ruled.coarser(name, able):
            yield from _of_one_kind(ruled, attribute, name, coarse)
    names = (attribute,) if attribute else sorted({one for one, _ in ruled.past if one})
    for one in names:
        for name in (name for other, name in ruled.past if other == one):
            for coarse in (name, *ruled.coarser(name, ruled.cells)):
                yield _of_everybody(ruled, one, name, coarse, rows)


def _of_one_kind(ruled: Ruled, attribute: str, name: str, coarse: str) -> Iterator[Pair]:
    fine, whole = ruled.past[attribute, name], ruled.past[attribute, coarse]
    cells = ruled.cells[name]
    part, above = Shown.of(ruled.classes[name], fine), ruled.above(name, coarse)
    shown = Shown.of(ruled.classes[coarse], whole)
    for nth, has in enumerate((True, False) if attribute else (None,)):
        counts = cells.counts if has is None else (cells.having if has else cells.lacking)[attribute]
        moves = (fine.moves[nth],), whole.moves[nth]
        yield Pair(cells, ruled.cells[coarse], above, (counts,), part, shown, *moves, fine.lost, attribute, has)


def _of_everybody(ruled: Ruled, attribute: str, name: str, coarse: str, rows: Mapping[str, Flags] | None) -> Pair:
    """A row of everybody beside the rows that are split. Before these are decided they are what was printed of them."""
    cells, fine, whole = ruled.cells[name], ruled.past[attribute, name], ruled.past["", coarse]
    published, not_ = len(ruled.importance), len(ruled.importance) + 1
    if rows is None:
        classes, wholes = np.full(len(cells), not_), ruled.classes[coarse]
    else:
        classes, wholes = ruled.classes[name], np.where(rows[coarse], published, not_)
    above = np.arange(len(cells), dtype=np.int32) if coarse == name else ruled.above(name, coarse)
    return Pair(
        cells,
        ruled.cells[coarse],
        np.tile(above, 2),
        (cells.having[attribute], cells.lacking[attribute]),
        Shown.of(classes, fine, 2),
        Shown.of(wholes, whole),
        fine.moves,
        whole.moves[0],
        fine.lost,
        attribute,
    )
