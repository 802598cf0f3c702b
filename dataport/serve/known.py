"""known: what was found out of a secret, remembered for a moment, so that not every request reads a file for it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# How long somebody may still be let in by another process of the same home after they signed out, or were shut out.
_SECONDS = 2.0
_MOST = 10_000


class Known(Generic[T]):
    """What a secret is known as, for some seconds; one that is nobody's is looked for each time."""

    def __init__(self, find: Callable[[str], T | None], now: Callable[[], float] = time.monotonic) -> None:
        self._find, self._now = find, now
        self._lock = threading.Lock()
        self._found: dict[bytes, tuple[float, T]] = {}

    def __call__(self, secret: str) -> T | None:
        digest, now = hashlib.sha256(secret.encode()).digest(), self._now()
        with self._lock:
            kept = self._found.get(digest)
        if kept and now - kept[0] < _SECONDS:
            return kept[1]
        found = self._find(secret)
        with self._lock:
            if len(self._found) >= _MOST:
                self._found.clear()
            if found is None:
                self._found.pop(digest, None)
            else:
                self._found[digest] = (now, found)
        return found

    def forget(self, secret: str) -> None:
        """Look for it the next time."""
        with self._lock:
            self._found.pop(hashlib.sha256(secret.encode()).digest(), None)
