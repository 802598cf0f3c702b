"""The record of runs: what each job did, how long it took and what its tests found. One small file per run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dataport.durable import make_private, write_json
from dataport.errors import BuildFailed, Busy, DataportError
from dataport.jobs.sources import Stopped
from dataport.landing import Batch
from dataport.warehouse.build import Build

_KEEP = 200
# Beside "under way", which turns into "interrupted" once the process is gone.
GOOD = ("published", "unchanged")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job, as written down.

    Attributes:
        kind: ``refresh``, ``build``, ``extract`` or ``reconcile``.
        started_at, ended_at: wall clock, naive UTC; no end while it is under way, or if it was killed.
        outcome: ``published``, ``unchanged`` (nothing was new), ``landed``, ``failed``, ``under way``, ``interrupted``.
        data_version: the build that it published or found.
        batches, rows: what it landed or applied.
        seconds: wall time of its parts.
        passed: data tests that found nothing.
        warnings, failed: data tests that found something, with the number of rows.
        error: why it failed, in words.
        stopped: sources that were not read, each with the reason.
        unreported: reports that were not made, in words.
    """

    kind: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    data_version: int | None = None
    batches: tuple[int, ...] = ()
    rows: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    passed: int = 0
    warnings: tuple[tuple[str, int], ...] = ()
    failed: tuple[tuple[str, int], ...] = ()
    error: str | None = None
    stopped: tuple[tuple[str, str], ...] = ()
    unreported: tuple[str, ...] = ()


class Notes:
    """What a job says of itself while it runs."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {"outcome": "landed", "batches": [], "rows": 0, "seconds": {}}

    def landed(self, batches: tuple[Batch, ...], seconds: float) -> None:
        """These batches were landed."""
        self.told["batches"] += [batch.number for batch in batches]
        self.told["rows"] += sum(batch.rows for batch in batches)
        self.told["seconds"]["extract"] = round(seconds, 2)

    def stopped(self, sources: tuple[Stopped, ...]) -> None:
        """These sources were not read."""
        self.told["stopped"] = [[one.source_id, one.reason] for one in sources]

    def unreported(self, problems: tuple[str, ...]) -> None:
        """These reports were not made, each with why."""
        self.told["unreported"] = list(problems)

    def built(self, build: Build) -> None:
        """This was built, or found to be up to date."""
        self.told |= {
            "outcome": "published" if build.is_new else "unchanged",
            "data_version": build.published.build_number,
            "batches": sorted({*self.told["batches"], *build.applied}),
            "passed": build.passed,
            "warnings": [[finding.test, finding.rows] for finding in build.warnings],
        }
        self.told["seconds"] |= {part: round(seconds, 2) for part, seconds in build.seconds.items()}


@contextmanager
def recorded(folder: Path, kind: str) -> Iterator[Notes]:
    """Write down a run: that it began, and then how it ended. A run that found another one under way is none.

    Args:
        folder: where the records are.
        kind: which job.
    """
    make_private(folder)
    started = _now()
    path = folder / f"{started:%Y%m%dT%H%M%S%f}-{kind}.json"
    entry: dict[str, Any] = {"kind": kind, "started_at": started.isoformat(), "process": os.getpid()}
    entry["process_began"] = _began(os.getpid())
    write_json(path, entry | {"outcome": "under way"})
    notes = Notes()
    try:
        yield notes
    except Busy:
        path.unlink()
        raise
    except BaseException as problem:
        reason = str(problem) if isinstance(problem, DataportError) else type(problem).__name__
        failed = problem.failed if isinstance(problem, BuildFailed) else ()
        ended = {"outcome": "failed", "error": reason, "failed": [list(one) for one in failed]}
        write_json(path, entry | notes.told | ended | {"ended_at": _now().isoformat()})
        raise
    else:
        write_json(path, entry | notes.told | {"ended_at": _now().isoformat()})
    finally:
        for old in _files(folder)[:-_KEEP]:
            old.unlink(missing_ok=True)


def past_runs(folder: Path) -> tuple[Run, ...]:
    """Every run that is still written down and can be read, oldest first."""
    return tuple(run for path in _files(folder) if (run := _read(path)))


def unreadable_runs(folder: Path) -> tuple[Path, ...]:
    """Records of runs that cannot be read."""
    return tuple(path for path in _files(folder) if path.exists() and _read(path) is None)


def forget_repeated(folder: Path) -> None:
    """Of the last two runs the later one, where both came to the same end and neither brought anything."""
    *_, before, last = [None, None, *_files(folder)]
    if before and last:
        earlier, later = _read(before), _read(last)
        if earlier and later and _said(earlier) == _said(later) and later.outcome != "published":
            before.unlink(missing_ok=True)


def _said(run: Run) -> tuple[object, ...]:
    return run.kind, run.outcome, run.data_version, run.batches, run.failed, run.error, run.stopped


def _read(path: Path) -> Run | None:
    try:
        return _run(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _run(entry: dict[str, Any]) -> Run:
    ended = entry.get("ended_at")
    under_way = entry["outcome"] == "under way"
    return Run(
        kind=entry["kind"],
        started_at=datetime.fromisoformat(entry["started_at"]),
        ended_at=datetime.fromisoformat(ended) if ended else None,
        outcome="interrupted" if under_way and not _is_alive(entry) else entry["outcome"],
        data_version=entry.get("data_version"),
        batches=tuple(entry.get("batches", ())),
        rows=entry.get("rows", 0),
        seconds=entry.get("seconds", {}),
        passed=entry.get("passed", 0),
        warnings=tuple((test, rows) for test, rows in entry.get("warnings", ())),
        failed=tuple((test, rows) for test, rows in entry.get("failed", ())),
        error=entry.get("error"),
        stopped=tuple((source_id, reason) for source_id, reason in entry.get("stopped", ())),
        unreported=tuple(entry.get("unreported", ())),
    )


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.json"))


def _is_alive(entry: dict[str, Any]) -> bool:
    """Whether the process of a run is there; another that has its number by now is not it."""
    try:
        os.kill(entry["process"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return entry.get("process_began") in (None, _began(entry["process"]))


def _began(process: int) -> str | None:
    """When a process began, as Linux says; None elsewhere."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
