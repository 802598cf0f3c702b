"""prune: give up published versions that nobody needs any more, and what jobs that were killed left behind."""

from __future__ import annotations

from dataclasses import dataclass

from dataport.durable import held, sweep_partial
from dataport.jobs.status import size_of
from dataport.settings import Settings
from dataport.warehouse.versions import prune


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed: published versions, and folders or files that were never finished; and how much that was."""

    versions: tuple[int, ...]
    leftovers: int
    size_bytes: int


def prune_home(settings: Settings, keep: int) -> Pruned:
    """Remove all but the newest versions. The published one stays, and so does what landed, of which all is made.

    Raises:
        Busy: a job is under way.
    """
    with held(settings.runs / ".lock", "A job"), held(settings.warehouse / ".lock", "A build"):
        folders = (settings.published, settings.warehouse)
        size = sum(map(size_of, folders))
        gone = prune(settings.published, keep)
        left = sum(map(sweep_partial, folders))
        return Pruned(gone, left, size - sum(map(size_of, folders)))
