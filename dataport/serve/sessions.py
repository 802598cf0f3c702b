"""sessions: who is signed in at a browser, and links that sign somebody in once."""

from __future__ import annotations

import hashlib
import secrets
import threading

from dataport.serve.known import Known
from dataport.state import Session, State
from dataport.state import Sessions as KeptSessions


class Sessions:
    """The sessions of a home, as one process knows them."""

    def __init__(self, state: State, hours: float) -> None:
        self._kept = KeptSessions(state, hours)
        self._known = Known(self._kept.find)
        self._lock = threading.Lock()
        self._links: dict[str, str] = {}

    def begin(self, login: str, *, is_of_organisation: bool = False) -> str:
        """Sign somebody in; the secret that the browser keeps."""
        return self._kept.begin(login, is_of_organisation=is_of_organisation)[0]

    def find(self, secret: str) -> Session | None:
        """The session of a browser's secret; None where there is none, or it has ended."""
        return self._known(secret) if secret else None

    def end(self, secret: str) -> None:
        """Sign out."""
        self._kept.end(secret)
        self._known.forget(secret)

    def link(self, login: str) -> str:
        """A secret that signs somebody in once, at this process."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._links[_digest(secret)] = login
        return secret

    def follow(self, secret: str) -> str | None:
        """Who is signed in by a link; the first time alone."""
        with self._lock:
            return self._links.pop(_digest(secret), None)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
