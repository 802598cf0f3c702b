"""retention: what people leave behind is deleted when it has been kept for as long as the policy of its store says.

How long stands in the seed `retention_limit`, with its reasons, or in the settings of a home. Exports end by
themselves, by the hour that each was given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dataport.audit import Look, Removed, open_log
from dataport.dictionary import retention_limit
from dataport.errors import DataportError, WrongRequest
from dataport.settings import Settings
from dataport.state import Exports, State, forget_old
from dataport.visit import machine_account

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Retained:
    """What was deleted: exports, rows of the state, and looks."""

    exports: int
    rows: int
    looks: Removed | None


def retain(settings: Settings, now: datetime | None = None) -> Retained:
    """Delete what is older than the policy of its store.

    Raises:
        WrongRequest: looks are set to go sooner than any home may.
        DataportError: a store cannot be written, or the log is not in order.
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    days = {name: _days(settings, name) for name in ("saved_days", "state_days", "looks_days")}
    least = retention_limit("looks_least_days")
    if days["looks_days"] < least:
        raise WrongRequest(f"`looks_days` of [retention] is {days['looks_days']}; looks are kept for {least} at least.")
    exports = Exports(settings.exports, settings.serve.export_hours).sweep()
    state = State(settings.state)
    ended, saved = (now - timedelta(days=days[name]) for name in ("state_days", "saved_days"))
    rows = forget_old(state, ended_by=ended, saved_by=saved, now=now)
    return Retained(exports, rows, _looks(settings, now - timedelta(days=days["looks_days"])))


def retention_trouble(settings: Settings, progress: Progress) -> tuple[str, ...]:
    """The same within the nightly job, which goes on whatever comes of it; what went wrong, in words."""
    try:
        done = retain(settings)
    except DataportError as problem:
        return (f"What is old was not deleted: {problem}",)
    if done.exports or done.rows:
        progress(f"retention: {done.exports} exports and {done.rows} rows of the state were old")
    if done.looks:
        progress(f"retention: looks {done.looks.first:,} to {done.looks.last:,} were old")
    return ()


def _days(settings: Settings, name: str) -> int:
    return getattr(settings.retention, name) or retention_limit(name)


def _looks(settings: Settings, before: datetime) -> Removed | None:
    if not settings.audit_log.exists() or not settings.keyring.exists():
        return None
    for path in settings.audit_log.parent.glob(f"{settings.audit_log.stem}-before-*"):
        # what was left of a log that was lost
        if path.stat().st_mtime <= before.replace(tzinfo=UTC).timestamp():
            path.unlink()
    log = open_log(settings)

    def look(removed: Removed) -> Look:
        said = f"looks {removed.first} to {removed.last} ({removed.since[:10]} to {removed.until[:10]}) were removed"
        return Look(
            door="retention",
            viewer="",
            os_user=machine_account(),
            viewer_class=None,
            purpose=None,
            question=said,
            digest=log.digest(said),
            data_version=None,
            grants_version=None,
            outcome="removed",
        )

    return log.remove(before.date(), look)
