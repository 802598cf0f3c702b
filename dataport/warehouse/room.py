"""Room on the disk: asked before a build starts, and made of old versions before it is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

from dataport.errors import DiskFull
from dataport.warehouse.bases import MOST_OF_BASE, base_of
from dataport.warehouse.versions import prune
from dataport.warehouse.working import PUBLISHED_FILES, RunPlan, Working

# What a full build writes beside the landing, in bytes: for landed rows as measured at full size, for events as with
# five years of history, where each stands for versions and stretches of a person. And what a batch adds to the working
# copies, in bytes per landed byte.
_ROW, _EVENT, _BATCH = 230, 1_700, 8


def make_room(plan: RunPlan, working: Working, published_root: Path) -> None:
    """See that a build will find room, giving up old published versions for it if need be.

    Raises:
        DiskFull: there is not enough even so; says how much it needs.
    """
    needed = needed_bytes(plan, working)
    if free_bytes(published_root) < needed:
        prune(published_root, keep=1)
    if (free := free_bytes(published_root)) < needed:
        raise DiskFull(
            f"This build needs about {_size(needed)} of free disk under {published_root.parent.name}/, and there are "
            f"{_size(free)}."
        )


def needed_bytes(plan: RunPlan, working: Working) -> int:
    """About what a build writes: the copies it publishes, and what it adds to its own."""
    tables = [table for batch in plan.batches if batch.number in plan.pending for table in batch.tables]
    if plan.is_full:
        return sum(table.rows * (_ROW + (_EVENT if table.name == "event" else 0)) for table in tables)
    landed = sum(file.stat().st_size for file in {table.path for table in tables})
    own = [working.path(name) for name in PUBLISHED_FILES]
    copies = sum(path.stat().st_size * (MOST_OF_BASE if base_of(path) else 1) for path in own)
    return int(copies) + landed * _BATCH


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of a folder, or of the nearest of its parents that exists."""
    while not folder.is_dir():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
