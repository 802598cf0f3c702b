"""Mending a landing: ledger entries from their copies, copies from their entries, and batches that are begun again."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dataport.durable import make_private, new_file, read_record, records, rename, sync, with_checksum, write_record
from dataport.errors import Damaged
from dataport.landing.entries import Batch, batch_from_json
from dataport.landing.landing import COPIES, Landing

_ASIDE = "damaged-"


def broken_entries(landing: Landing, rested_on: Collection[int] = ()) -> tuple[int, ...]:
    """Numbers of the ledger whose entry is gone or cannot be read; call under the landing's lock.

    Args:
        rested_on: batches that must be there, because what is published was made from them.
    """
    sound = {number for number in _numbers(landing) if _sound(landing, number)}
    after = max([*_numbers(landing), *rested_on], default=0)
    # an entry that was lost from the end: its copy is there, and so are all of its files
    while (copy := _copy(landing, after + 1)) and _is_whole(copy):
        after += 1
    return tuple(number for number in range(1, after + 1) if number not in sound)


def put_back(landing: Landing, number: int) -> bool:
    """Put an entry back from its copy; False where there is none."""
    entry = next((one for one in reversed(_copies(landing)) if one.get("number") == number), None)
    if entry is None or _copy(landing, number) is None:
        return False
    path = _entry_path(landing, number)
    if path.exists():
        rename(path, path.with_name(_ASIDE + path.name))
    write_record(path, entry)
    return True


def copy_entries(landing: Landing) -> bool:
    """See that every sound entry has its copy; returns whether something was missing."""
    entries = [read_record(_entry_path(landing, number)) for number in _numbers(landing) if _sound(landing, number)]
    if [entry for entry in _copies(landing) if entry in entries] == entries and (not entries or _has_copies(landing)):
        return False
    _write_copies(landing, entries)
    return bool(entries)


def withdraw(landing: Landing, first: int) -> int:
    """Take the batches from a number on out of the ledger, keeping what there is of them aside; returns the last.

    The store still has their changes: the next extract lands them again. Call under the landing's lock.
    """
    numbers = [number for number in _numbers(landing) if number >= first]
    aside = landing.root / "withdrawn" / f"{first:06d}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    make_private(aside)
    for number in reversed(numbers):  # from the end: a ledger has no gap at any moment
        _entry_path(landing, number).replace(aside / f"{number:06d}.json")
        folder = landing.root / "batches" / f"{number:06d}"
        if folder.is_dir():
            folder.replace(aside / folder.name)
    sync(landing.root / "ledger")
    kept = [number for number in _numbers(landing) if _sound(landing, number)]
    _write_copies(landing, [read_record(_entry_path(landing, number)) for number in kept])
    return numbers[-1]


def broken_grants(landing: Landing) -> tuple[Path, ...]:
    """Readings of permissions that cannot be read any more."""
    found = []
    for path in sorted((landing.root / "grants").glob("[0-9]*.json")):
        try:
            read_record(path)
        except ValueError:
            found.append(path)
    return tuple(found)


def set_aside(path: Path) -> None:
    """Take a damaged record out of the way."""
    rename(path, path.with_name(_ASIDE + path.name))


def _numbers(landing: Landing) -> list[int]:
    return sorted(int(path.stem) for path in (landing.root / "ledger").glob("[0-9]*.json") if path.stem.isdigit())


def _entry_path(landing: Landing, number: int) -> Path:
    return landing.root / "ledger" / f"{number:06d}.json"


def _sound(landing: Landing, number: int) -> bool:
    try:
        return batch_from_json(read_record(_entry_path(landing, number)), landing.root).number == number
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _copies(landing: Landing) -> list[dict[str, Any]]:
    return list(records(landing.root / "ledger" / COPIES))


def _has_copies(landing: Landing) -> bool:
    return (landing.root / "ledger" / COPIES).is_file()


def _copy(landing: Landing, number: int) -> Batch | None:
    """The last copy of an entry of that number."""
    entry = next((one for one in reversed(_copies(landing)) if one.get("number") == number), None)
    with suppress(ValueError, KeyError, TypeError):
        return batch_from_json(entry, landing.root) if entry else None
    return None


def _is_whole(batch: Batch) -> bool:
    try:
        for table in batch.tables:
            table.verify()
    except Damaged:
        return False
    return True


def _write_copies(landing: Landing, entries: list[dict[str, Any]]) -> None:
    with new_file(landing.root / "ledger" / COPIES, replace=True) as file:
        for entry in entries:
            file.write(json.dumps(with_checksum(entry)).encode() + b"\n")
