"""bases: versions that share what did not change.

DuckDB reads a file and the write-ahead log beside it as one. So a further version needs no copy of all its rows: it is
the file of an earlier version, its base, under a further name (a hard link), and a log of what has changed since then.
The working copies are such pairs too, and publishing one copies its log. A base is never written to again. Where a run
wrote to the working copy's own file, which DuckDB does with what is large, or the log has become long, the log is
folded in and the whole file is published as the next base.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dataport.durable import read_record, shares_bytes, write_record

# Whoever opens a version reads all of its log (1 MB in 20 to 50 ms), so it must stay short: by itself, or beside the
# file, of which the next base will be a copy. Where a copy shares the bytes of what it is copied from, the next base
# costs what differs, and the log is kept shorter.
SHORT, MOST_OF_BASE, MOST_OF_SHARED = 4_000_000, 0.05, 0.01
_NAME = "bases.json"


@dataclass(frozen=True, slots=True)
class Base:
    """A working copy's own file as it was when it was published, or taken from a version.

    Attributes:
        size, changed_at: of the file, in bytes and in nanoseconds as the file system tells them.
        sha256: of its bytes, and of the published file's.
    """

    size: int
    changed_at: int
    sha256: str

    @classmethod
    def of(cls, path: Path, sha256: str) -> Base:
        """The file as it is now, which is known to have this checksum."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns, sha256)


def log_of(path: Path) -> Path:
    """Where the log of a DuckDB file is, if it has one."""
    return path.with_name(f"{path.name}.wal")


def is_short(path: Path) -> bool:
    """Whether the log of a file is short enough beside it to be published by itself."""
    log, most = log_of(path), MOST_OF_SHARED if shares_bytes(path.parent) else MOST_OF_BASE
    return log.is_file() and log.stat().st_size <= max(SHORT, path.stat().st_size * most)


def remember(path: Path, sha256: str) -> None:
    """Write down that a working copy's own file is, byte by byte, one that was published."""
    known = _known(path.parent) | {path.name: asdict(Base.of(path, sha256))}
    write_record(path.parent / _NAME, known)


def base_of(path: Path) -> str | None:
    """The checksum of the published file that a working copy's own file still is; None where it was written to."""
    try:
        base = Base(**_known(path.parent)[path.name])
        return base.sha256 if Base.of(path, base.sha256) == base else None
    except (KeyError, TypeError, FileNotFoundError):
        return None


def _known(folder: Path) -> dict[str, Any]:
    try:
        return read_record(folder / _NAME)
    except (FileNotFoundError, ValueError):
        return {}
