"""prune: give up published versions that nobody needs any more, and what jobs that were killed left behind."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from dataport.durable import held
from dataport.settings import Settings
from dataport.warehouse.publish import prune


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
        before, size = _versions(settings), _size(settings)
        prune(settings.published, keep)
        left = [one for folder in (settings.published, settings.warehouse) for one in folder.glob(".partial-*")]
        for one in left:
            if one.is_dir():
                shutil.rmtree(one)
            else:
                one.unlink()
        gone = sorted(before - _versions(settings))
        return Pruned(tuple(gone), len(left), size - _size(settings))


def _versions(settings: Settings) -> set[int]:
    return {int(one.name) for one in settings.published.glob("[0-9]*") if one.is_dir() and one.name.isdigit()}


def _size(settings: Settings) -> int:
    folders = (settings.published, settings.warehouse)
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
