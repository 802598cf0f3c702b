"""The chain: each line is sealed to the one before it, with the version of the key that it names."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataport.audit.lines import Line, behind
from dataport.audit.verdict import STATES, removed_of
from dataport.keyring import Key, Keys


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log ends: the number and the seal of its last line."""

    number: int
    mac: str


BEFORE_ANY = Head(0, "0" * 64)
_CHANGED = "was changed, inserted, or follows one that was removed"


class OutOfOrder(Exception):
    """The first line that does not follow the one before it; says which, and what is wrong with it."""


class KeyMissing(OutOfOrder):
    """The first line of which nothing can be said, because the version of the key that it names is not there."""


def seal(previous: str, entry: Mapping[str, Any], key: Key) -> str:
    """The seal of an entry behind the line whose seal is `previous`."""
    text = previous + json.dumps(entry, ensure_ascii=False, sort_keys=True)
    return hmac.new(key.secret, text.encode(), hashlib.sha256).hexdigest()


def head_of(line: Line) -> Head:
    """The head of a log that ends with this line; of one that states what was removed, where that ended."""
    if removed := removed_of(line["entry"]):
        return Head(removed.last, removed.mac)
    return Head(line["entry"]["number"], line["mac"])


def lag(tail: Sequence[Line], head: Head | None, keys: Keys) -> int | None:
    """How many looks the head of a log lags behind its last line: none, or those whose writer could not move the head.

    A writer writes one look, or some together, and then moves the head; so it lags by those, and each says that it is
    one of them. None where the log does not end at its head at all.

    Args:
        tail: the last line, those that were written with it, and the one before them.
    """
    if not tail or head is None:
        return 0 if not tail and head in (None, BEFORE_ANY) else None
    try:
        if head == head_of(tail[-1]):
            return 0
        together = tail[-(behind(tail[-1]) + 1) :]
        before = head
        for place, line in enumerate(together):
            if behind(line) != place:
                return None
            _require(line["entry"]["number"], line, before, 0, keys)
            before = head_of(line)
        return len(together)
    except (KeyError, TypeError, ValueError, OutOfOrder):
        return None


def is_sealed(line: Line, before: Line | None, keys: Keys) -> bool:
    """Whether a line is sealed to the one before it, or to what it states to be lost, with one of these keys."""
    try:
        former = line["entry"].get("former") or line["entry"].get("removed")
        previous = former["mac"] if former else head_of(before).mac if before else BEFORE_ANY.mac
        key = keys.version(line["entry"]["key"])
        return key is not None and hmac.compare_digest(line["mac"], seal(previous, line["entry"], key))
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def sealed_by(lines: Iterable[Line], keys: Keys) -> bool:
    """Whether any line at all is sealed with one of these keys."""
    before: Line | None = None
    for line in lines:
        if is_sealed(line, before, keys):
            return True
        before = line
    return False


def follow(lines: Iterable[Line], keys: Keys) -> Iterator[Line]:
    """The lines, each as soon as it is known to follow the one before it.

    A log begins with look 1, with an entry that states where a former log ended which is lost, or with one that states
    what was removed when it was old; no later line may state either, so that nothing before it can be cut off. What was
    removed is stated by a look behind it, too, so that the statement cannot be made where the head cannot be moved.

    Raises:
        OutOfOrder: at the first line that does not follow; at the end where no look says what the first line states.
    """
    before, version = BEFORE_ANY, 0
    unconfirmed: str | None = None
    for place, line in enumerate(lines, start=1):
        try:
            former, removed = line["entry"].get("former"), removed_of(line["entry"])
            if (former or removed) and place > 1:
                raise OutOfOrder(f"line {place} {_CHANGED}")
            if former:
                before = Head(former["number"], former["mac"])
            if removed:
                _require_seal(place, line, removed.mac, keys)
                unconfirmed = line["mac"]
            else:
                _require(place, line, before, version, keys)
            if unconfirmed and line["entry"].get(STATES) == unconfirmed:
                unconfirmed = None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise OutOfOrder(f"line {place} {_CHANGED}") from None
        before, version = head_of(line), removed.key if removed else line["entry"]["key"]
        yield line
    if unconfirmed:
        raise OutOfOrder("no look says that those before its first line were removed")


def _require(place: int, line: Line, before: Head, version: int, keys: Keys) -> None:
    """Refuse a line that does not follow a head, or one whose key is older than the key of the line before it."""
    key = _require_seal(place, line, before.mac, keys)
    if line["entry"]["number"] != before.number + 1:
        raise OutOfOrder(f"line {place} {_CHANGED}")
    if key.version < version:
        # A key is replaced because it may be known: from then on it must seal nothing more.
        older = f"version {key.version} of the audit key, although the line before it has a newer one"
        raise OutOfOrder(f"line {place} is sealed with {older}")


def _require_seal(place: int, line: Line, previous: str, keys: Keys) -> Key:
    """The key that a line is sealed with, behind a line of that seal."""
    entry = line["entry"]
    key = keys.version(entry["key"])
    if key is None:
        missing = f"version {entry['key']} of the audit key, which the keyring does not have"
        raise KeyMissing(f"line {place} is sealed with {missing}")
    if not hmac.compare_digest(line["mac"], seal(previous, entry, key)):
        raise OutOfOrder(f"line {place} {_CHANGED}")
    return key
