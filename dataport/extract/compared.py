"""compared: one table of a store beside what has landed of it, and what it lacks written into a draft."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from dataport.durable import make_private
from dataport.extract.adapter import Snapshot
from dataport.extract.comparison import Comparison
from dataport.extract.move import Move, Progress
from dataport.extract.removal import Loss, added_up
from dataport.landing import Batch, LandedTable
from dataport.store.declared import Table


def compare(
    table: Table,
    batches: Sequence[Batch],
    snapshot: Snapshot,
    folder: Path,
    move: Move,
    progress: Progress,
    *,
    by_number: bool,
) -> tuple[LandedTable, Loss]:
    """Compare one table and draft what it lacks; returns that with how much of what had landed is gone.

    Gone at once; where that is little, and could be much together with what went lately, since the first of that.

    Args:
        batches: what has landed of the source.
        folder: for what the comparison keeps on disk.
        by_number: whether a row that has another number or stamp than the landed one is another version.
    """
    landed_files = (found for batch in batches for found in batch.tables if found.name == table.name and found.rows)
    files = list(dict.fromkeys(found.path for found in landed_files))  # several batches may share a file
    with closing(Comparison(table, files, snapshot, folder, by_number=by_number)) as comparison:
        bounds = comparison.bounds()
        ranges = comparison.ranges_that_differ(bounds)
        if len(bounds):
            progress(f"{table.name}: {len(ranges)} of {len(bounds) + 1} ranges to compare row by row")
        landed = move.table(table, comparison.differences(bounds, ranges) if ranges else ())
        move.notes += comparison.notes
        loss = Loss(table.name, landed.tombstones, comparison.landed_rows())
        lately = () if loss.is_large else added_up(table.name, batches, landed.tombstones)
        if lately:
            loss = Loss(table.name, *comparison.lost_since(lately[0].number), lately[0].window.low_clock.date())
        return landed, loss


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """A private folder for a comparison, gone afterwards; what a crash left of an earlier one goes first."""
    folder = root / ".reconcile"
    shutil.rmtree(folder, ignore_errors=True)
    make_private(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
