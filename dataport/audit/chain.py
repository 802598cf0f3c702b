"""The chain: each line is sealed to the one before it, with the version of the key that it names."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataport.audit.lines import Line
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
    """The head of a log that ends with this line."""
    return Head(line["entry"]["number"], line["mac"])


def lag(last: Line | None, head: Head | None, keys: Keys) -> int | None:
    """How many looks the head of a log lags behind its last line: none, or one, whose writer could not move the head.

    None where the log does not end at its head at all.
    """
    if last is None or head is None:
        return 0 if last is None and head in (None, BEFORE_ANY) else None
    try:
        if head == head_of(last):
            return 0
        _require(last["entry"]["number"], last, head, 0, keys)
        return 1
    except (KeyError, TypeError, OutOfOrder):
        return None


def is_sealed(line: Line, before: Line | None, keys: Keys) -> bool:
    """Whether a line is sealed to the one before it, or to what it states to be lost, with one of these keys."""
    try:
        former = line["entry"].get("former")
        previous = former["mac"] if former else before["mac"] if before else BEFORE_ANY.mac
        key = keys.version(line["entry"]["key"])
        return key is not None and hmac.compare_digest(line["mac"], seal(previous, line["entry"], key))
    except (KeyError, TypeError, AttributeError):
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

    A log begins with look 1, or with an entry that states where a former log ended which is lost; no later line may
    state that, so that nothing before such a line can be cut off.

    Raises:
        OutOfOrder: at the first line that does not follow.
    """
    before, version = BEFORE_ANY, 0
    for place, line in enumerate(lines, start=1):
        try:
            former = line["entry"].get("former")
            if former and place > 1:
                raise OutOfOrder(f"line {place} {_CHANGED}")
            if former:
                before = Head(former["number"], former["mac"])
            _require(place, line, before, version, keys)
        except (KeyError, TypeError, AttributeError):
            raise OutOfOrder(f"line {place} {_CHANGED}") from None
        before, version = head_of(line), line["entry"]["key"]
        yield line


def _require(place: int, line: Line, before: Head, version: int, keys: Keys) -> None:
    """Refuse a line that does not follow a head, or one whose key is older than the key of the line before it."""
    entry = line["entry"]
    key = keys.version(entry["key"])
    if key is None:
        missing = f"version {entry['key']} of the audit key, which the keyring does not have"
        raise KeyMissing(f"line {place} is sealed with {missing}")
    is_next = entry["number"] == before.number + 1
    if not is_next or not hmac.compare_digest(line["mac"], seal(before.mac, entry, key)):
        raise OutOfOrder(f"line {place} {_CHANGED}")
    if key.version < version:
        # A key is replaced because it may be known: from then on it must seal nothing more.
        older = f"version {key.version} of the audit key, although the line before it has a newer one"
        raise OutOfOrder(f"line {place} is sealed with {older}")
