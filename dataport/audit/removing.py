"""removing: looks that are old enough are removed from the beginning of a log, whole months at a time; or set aside.

What is left begins with a line that states which looks were removed, when they were taken and where they ended, sealed
as every line is: the chain goes on from there. The last look of the log holds the seal of that line, so that nobody can
cut a log off in this way who cannot also move its head, whichever key they have.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

from dataport.audit.chain import head_of, seal
from dataport.audit.lines import Line, written
from dataport.audit.verdict import Removed, removed_of
from dataport.durable import new_file
from dataport.keyring import Key


def removable(lines: Iterable[Line], before: date) -> Removed | None:
    """The looks at the beginning of a log that are of months which ended before a day; None where there are none."""
    first = last = earlier = None
    month = before.replace(day=1).isoformat()
    for line in takewhile(lambda one: str(one["entry"]["at"]) < month or one["entry"].get("removed"), lines):
        if found := removed_of(line["entry"]):
            earlier = found
            continue
        first, last = first or line, line
    if first is None or last is None:
        return None
    end, entry = head_of(last), first["entry"]
    former = {name: entry[name] for name in ("former", "at", "os_user", "purpose")} if entry.get("former") else None
    return Removed(
        first=earlier.first if earlier else entry["number"],
        last=end.number,
        since=earlier.since if earlier else entry["at"],
        until=last["entry"]["at"],
        mac=end.mac,
        key=last["entry"]["key"],
        lost=former or (earlier.lost if earlier else None),
    )


def statement(removed: Removed, at: str, key: Key) -> Line:
    """The line that states what was removed. Its seal stands in the look that follows it: see `follow`."""
    entry: Mapping[str, Any] = {"at": at, "key": key.version, "door": "retention", "removed": asdict(removed)}
    return {"entry": entry, "mac": seal(removed.mac, entry, key)}


def without(lines: Iterable[Line], removed: Removed, stated: Line) -> Iterator[str]:
    """A log as it is written without what was removed: the line that states it, and those that are left."""
    yield written(stated["entry"], stated["mac"])
    for line in lines:
        if removed_of(line["entry"]) is None and head_of(line).number > removed.last:
            yield written(line["entry"], line["mac"])


def set_aside(path: Path, number: int, size: int) -> dict[str, str]:
    """Keep what is left of a log under another name; that name and its checksum, or nothing where nothing is."""
    if not size:
        return {}
    kept = path.with_name(f"{path.stem}-before-{number:06d}{path.suffix}")
    with path.open("rb") as log, new_file(kept, replace=True) as file:
        shutil.copyfileobj(log, file)
    with kept.open("rb") as file:
        return {"kept_as": kept.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
