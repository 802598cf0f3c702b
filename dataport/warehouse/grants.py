"""Grants: who may count and open what, as they were published; see `granting` for how they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dataport.durable import read_record
from dataport.errors import Damaged, NoHome
from dataport.warehouse.opening import reads_through

POINTER = "CURRENT"


@dataclass(frozen=True, slots=True)
class GrantsVersion:
    """One published version of the grants.

    Attributes:
        version: rises by one.
        path: the file; it never changes.
        read_at: wall clock (naive UTC) at which the oldest of its sources was read.
        read: the same of each source; empty where an earlier version wrote it down for none.
        changed_at: of the file, in nanoseconds as the file system tells them, where it was read from there: whoever
            keeps what the file says holds it to that.
    """

    version: int
    path: Path
    read_at: datetime
    read: Mapping[str, datetime] = field(default_factory=dict)
    changed_at: int = 0


def published_grants(grants_root: Path) -> GrantsVersion:
    """The newest published grants.

    Raises:
        NoHome: none have been published there.
        Damaged: what was published is gone, or not as it was.
    """
    try:
        entry = read_record(grants_root / POINTER)
    except FileNotFoundError:
        if not versions_in(grants_root):
            raise NoHome("No permissions have been read here yet. Run `dataport refresh`.") from None
        raise _damaged(grants_root) from None
    except ValueError:
        raise _damaged(grants_root) from None
    try:
        moment = datetime.fromisoformat
        read = {source: moment(at) for source, at in entry.get("read", {}).items()}
        path = grants_root / entry["path"]
        file = path.stat()
        if file.st_size != entry.get("bytes", file.st_size):
            raise ValueError("the file is not as long as it was")
        return GrantsVersion(entry["version"], path, moment(entry["read_at"]), read, file.st_mtime_ns)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise _damaged(grants_root) from None


def grants_are_whole(grants_root: Path) -> bool:
    """Whether what was published can be read to its end, or nothing was."""
    try:
        return reads_through(published_grants(grants_root).path)
    except NoHome:
        return True
    except Damaged:
        return False


def versions_in(grants_root: Path) -> list[Path]:
    """The files of all published grants that are there, the oldest first."""
    return sorted(path for path in grants_root.glob("[0-9]*.duckdb") if path.stem.isdigit())


def _damaged(grants_root: Path) -> Damaged:
    return Damaged(
        f"The published permissions ({grants_root.name}/) are gone or damaged, so nobody is answered. Run "
        "`dataport repair`, which publishes again what was read last."
    )
