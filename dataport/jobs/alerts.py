"""alerts: telling a command of the operator's that a run failed. What it gets is a contract, see docs/operate.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from dataport.commands import hand_to
from dataport.errors import Busy, DataportError
from dataport.jobs.runs import Run, past_runs
from dataport.settings import Settings


@contextmanager
def alerting(settings: Settings, kind: str, note: Callable[[str], None], known: str | None = None) -> Iterator[None]:
    """Tell `alert_command` of a run in the block that failed, or that left a source out.

    A run that found another one under way is none. The run ends as it would have, whatever becomes of the command.

    Args:
        kind: which job.
        note: where it is said that the command failed.
        known: what was wrong with the run before, of which the command was told already; see `wrong_with`.
    """
    if not settings.words_of_alert_command:
        yield
        return
    began = datetime.now(UTC).replace(tzinfo=None)
    try:
        yield
    except Busy:
        raise
    except BaseException as problem:
        if _reason(problem) != known:
            _tell(settings, kind, began, _reason(problem), note)
        raise
    run = _run_since(settings, kind, began)
    if run and run.stopped and wrong_with(name for name, _ in run.stopped) != known:
        _tell(settings, kind, began, "Some sources were not read.", note)


def wrong_with(stopped: Iterable[str]) -> str | None:
    """What is wrong with a run that left sources out; None where it left none out."""
    return ", ".join(sorted(stopped)) or None


def _tell(settings: Settings, kind: str, began: datetime, reason: str, note: Callable[[str], None]) -> None:
    told = _told(settings, kind, began, reason, _run_since(settings, kind, began))
    line = (json.dumps(told) + "\n").encode()
    if problem := hand_to(settings.words_of_alert_command, line, settings.alert_seconds):
        note(f"Nobody was told that this run failed: `alert_command` {problem}.")


def _told(settings: Settings, kind: str, began: datetime, reason: str, run: Run | None) -> dict[str, Any]:
    """What the command gets: one object. It holds no value of a person, as no message does."""
    return {
        "event": "run_failed",
        "home": str(settings.home),
        "kind": kind,
        "started_at": (run.started_at if run else began).isoformat(timespec="seconds") + "Z",
        "ended_at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z",
        "outcome": run.outcome if run else "failed",
        "error": reason,
        "failed_tests": [{"test": test, "rows": rows} for test, rows in run.failed] if run else [],
        "stopped": [{"source_id": source, "reason": why} for source, why in run.stopped] if run else [],
    }


def _run_since(settings: Settings, kind: str, began: datetime) -> Run | None:
    """The newest record of this kind of run since a moment; None where the run did not get as far as one."""
    runs = reversed(past_runs(settings.runs))
    return next((run for run in runs if run.kind == kind and run.started_at >= began), None)


def _reason(problem: BaseException) -> str:
    if isinstance(problem, DataportError):
        return str(problem)
    return "Interrupted." if isinstance(problem, KeyboardInterrupt) else type(problem).__name__
