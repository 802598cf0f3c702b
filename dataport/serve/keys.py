"""keys: a key of a program, as whom it is known."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from dataport.errors import DataportError
from dataport.serve.known import Known
from dataport.serve.people import Who
from dataport.state import AccessKeys

# A key's last use is written down so often at most.
_SECONDS = 60.0


class ByKey:
    """Knows the keys of a home."""

    def __init__(self, keys: AccessKeys) -> None:
        self._keys = keys
        self._known = Known(keys.find)
        self._lock = threading.Lock()
        self._noted: dict[str, float] = {}

    def __call__(self, secret: str, source: str) -> Who | None:
        found = self._known(secret)
        if found is None:
            return None
        if self._is_due(found.key_id):
            with suppress(DataportError):  # who asks is answered, whether or not that could be noted
                self._keys.used(found.key_id)
        return Who(found.login, f"key {found.key_id} from {source}", scopes=found.scopes)

    def _is_due(self, key_id: str) -> bool:
        now = time.monotonic()
        with self._lock:
            if now - self._noted.get(key_id, -_SECONDS) < _SECONDS:
                return False
            self._noted[key_id] = now
            return True
