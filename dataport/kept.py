"""kept: what a process that serves many keeps from one question to the next, each under all that it depends on.

An answer is kept for the account that was given it, under the question as it was bound, what it was asked of and by
which rights: an account never meets what another one's question left behind, not even in the time that its own takes.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeAlias

from dataport.access import ScopedQuestion, Viewer
from dataport.audit import AuditLog, Look, Together
from dataport.disclosure import SafeTable
from dataport.semantic import Catalog
from dataport.semantic.horizons import Horizons
from dataport.semantic.model import Indicator, Level

Key: TypeAlias = str

# What the meta data of an answer call the key under which it is kept.
KEPT_AS = "answer"

_MOST_BYTES = 256 * 1024 * 1024
# What an answer takes beside its numbers.
_BESIDE = 20_000


def key_of(scoped: ScopedQuestion, data_version: int) -> Key:
    """All that an answer depends on, as a digest: the same in every process of a home."""
    parts = [_canonical(scoped.question), _canonical(scoped.viewer), _canonical(scoped.scopes)]
    told = json.dumps([*parts, scoped.question.catalog.digest, data_version], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


def rights_of(viewer: Viewer) -> str:
    """All that an account may, as a digest: the same until something of it is given or withdrawn."""
    told = _canonical(replace(viewer, grants_version=0))
    return hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """A value as JSON that says everything of it, in one order."""
    match value:
        case None | bool() | int() | str() if not isinstance(value, Enum):
            return value
        case Indicator() | Level():  # what it means stands in the definitions, which have a digest
            return value.name
        case Catalog() | Horizons():  # of the definitions; and of the data version and the viewer's stores
            return None
        case Mapping():
            return sorted(([str(name), _canonical(one)] for name, one in value.items()), key=lambda pair: pair[0])
        case Set():
            return sorted((_canonical(one) for one in value), key=json.dumps)
        case tuple() | list():
            return [_canonical(one) for one in value]
        case _ if is_dataclass(value):
            return [type(value).__name__, *(_canonical(getattr(value, one.name)) for one in fields(value))]
    return [type(value).__name__, repr(value)]


class Kept:
    """Answers, and looks that are written together. Any thread may use it."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, Key], SafeTable] = OrderedDict()
        self._bytes, self._most_bytes = 0, most_bytes
        self._together = Together()

    def answer(self, login: str, key: Key) -> SafeTable | None:
        """What this account was answered under this key."""
        with self._lock:
            found = self._answers.get((login, key))
            if found is not None:
                self._answers.move_to_end((login, key))
            return found

    def keep(self, login: str, key: Key, answer: SafeTable) -> None:
        """Keep an answer for the account that it was given to; the ones that were asked for longest ago go."""
        size = _size(answer)
        if size > self._most_bytes // 8:
            return
        with self._lock:
            if (login, key) in self._answers:
                return
            self._answers[login, key] = answer
            self._bytes += size
            while self._bytes > self._most_bytes:
                _, gone = self._answers.popitem(last=False)
                self._bytes -= _size(gone)

    def write(self, look: Look, log: AuditLog) -> None:
        """Write a look with those of other threads; on disk, and its head anchored, before this returns."""
        self._together.write(look, log)


def _size(answer: SafeTable) -> int:
    return _BESIDE + int(sum(part.data.nbytes + 100 * len(part.status) for part in answer.parts()))
