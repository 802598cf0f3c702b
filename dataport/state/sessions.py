"""sessions: who is signed in at a browser, which has a secret that nobody guesses; here is what knows it again."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dataport.state.database import State

_COLUMNS = "login, name, token, is_of_organisation, ends_at"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in.

    Attributes:
        name: by which the log of looks calls it; nobody is signed in by it.
        token: what our own pages send with whatever is not only reading.
        is_of_organisation: whether an identity provider of the organisation vouches for the account.
        ends_at: from when on it is nobody's (UTC).
    """

    login: str
    name: str
    token: str = field(repr=False)
    is_of_organisation: bool
    ends_at: datetime


class Sessions:
    """The sessions of a home, of whichever process."""

    def __init__(self, state: State, hours: float, now: Callable[[], datetime] | None = None) -> None:
        self._state, self._hours = state, timedelta(hours=hours)
        self._now = now or (lambda: datetime.now(UTC).replace(tzinfo=None))

    def begin(self, login: str, *, is_of_organisation: bool = False) -> tuple[str, Session]:
        """Sign somebody in: the secret that the browser keeps, and the session. Those that have ended are deleted."""
        secret, now = secrets.token_urlsafe(32), self._now()
        found = Session(login, secrets.token_hex(4), secrets.token_urlsafe(32), is_of_organisation, now + self._hours)
        with self._state.writing() as connection:
            connection.execute("delete from session where ends_at <= ?", (now.isoformat(),))
            connection.execute(
                f"insert into session (digest, {_COLUMNS}) values (?, ?, ?, ?, ?, ?)",
                (_digest(secret), login, found.name, found.token, int(is_of_organisation), found.ends_at.isoformat()),
            )
        return secret, found

    def find(self, secret: str) -> Session | None:
        """The session of a browser's secret; None where there is none, or it has ended."""
        with self._state.reading() as connection:
            row = connection.execute(f"select {_COLUMNS} from session where digest = ?", (_digest(secret),)).fetchone()
        found = _session(row) if row else None
        return found if found and found.ends_at > self._now() else None

    def end(self, secret: str) -> None:
        """Sign out."""
        with self._state.writing() as connection:
            connection.execute("delete from session where digest = ?", (_digest(secret),))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(row: tuple[Any, ...]) -> Session:
    login, name, token, is_of_organisation, ends_at = row
    return Session(login, name, token, bool(is_of_organisation), datetime.fromisoformat(ends_at))
