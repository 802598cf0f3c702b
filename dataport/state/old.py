"""old: what of the state has ended long ago, and is deleted by retention. What somebody still uses is not touched."""

from __future__ import annotations

from datetime import UTC, datetime

from dataport.state.database import State

# What has ended by a moment. An excuse ends by itself, too; a note says something of work that was done.
_ENDED = (
    ("assignment", "ended_at <= :by"),
    ("excuse", "ended_at <= :by or expires_on <= :by"),
    ("note", "made_at <= :by"),
    ("access_key", "ended_at <= :by or expires_at <= :by"),
)
_EARLIER = (
    "made_at <= :by and version < "
    "(select max(version) from saved_version as newer where newer.saved_id = saved_version.saved_id)"
)


def end_access(state: State, now: datetime | None = None) -> int:
    """End every session, and every key of a program, for who had signed out or lost a key since is not known any more.

    Returns:
        How many keys were valid.
    """
    if not state.path.exists():
        return 0
    at = (now or datetime.now(UTC).replace(tzinfo=None, microsecond=0)).isoformat()
    with state.writing() as connection:
        connection.execute("delete from session")
        return connection.execute(
            "update access_key set ended_by = 'a restoration', ended_at = ? where ended_at is null and expires_at > ?",
            (at, at),
        ).rowcount


def forget_old(state: State, *, ended_by: datetime, saved_by: datetime, now: datetime) -> int:
    """Delete what has ended, and earlier versions of what is saved; returns how many rows that was.

    Args:
        ended_by: what had ended, or was said, by then; sessions go as soon as they have ended.
        saved_by: earlier versions that were made by then; the newest of each thing stays.
    """
    if not state.path.exists():
        return 0
    with state.writing() as connection:
        gone = connection.execute("delete from session where ends_at <= ?", (now.isoformat(),)).rowcount
        for table, condition in _ENDED:
            gone += connection.execute(f"delete from {table} where {condition}", {"by": ended_by.isoformat()}).rowcount
        gone += connection.execute(f"delete from saved_version where {_EARLIER}", {"by": saved_by.isoformat()}).rowcount
    if gone:
        state.forget()
    return gone
