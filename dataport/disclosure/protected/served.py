"""served: the files that statistics are answered from. They hold published values and nothing else.

A snapshot is a signed manifest and one file of tables, each an Arrow stream at a place of its own, so that a lookup
reads one table and checks that one. What is not published is not there: zero, small and withheld cannot be told apart,
for the file itself does not tell them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hmac import compare_digest, digest
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataport.durable import read_record
from dataport.errors import Damaged, Refused
from dataport.keyring import Key

POINTER, MANIFEST, TABLES = "SERIES", "manifest.json", "tables.bin"
SIGNING = "sign"
# Columns beside the members: the number, and the day of its value where that is an earlier one.
PERSONS, AS_OF, HAS = "persons", "as_of", "has"
# The ages of the persons added up, in tables that have it, and the day of that sum likewise.
YEARS, YEARS_AS_OF = "years", "years_as_of"


class NotServed(Refused):
    """There are no protected statistics to answer from."""

    code = "not_served"

    def __init__(self) -> None:
        super().__init__(
            "No protected statistics are served here now, and a viewer of class statistics reads nothing else. The "
            "next are made with the first publication of a month, or by `dataport cube build`."
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One served month.

    Attributes:
        folder: of its files, within that of the cube.
        digest: of its manifest.
    """

    day: date
    folder: str
    digest: str


@dataclass(frozen=True, slots=True)
class Series:
    """The snapshots that one secret made, the oldest first."""

    number: int
    key_version: int
    fingerprint: str
    policy_version: str
    snapshots: tuple[Snapshot, ...]

    @property
    def last(self) -> Snapshot | None:
        return self.snapshots[-1] if self.snapshots else None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself.

    Attributes:
        p_tables: the parameters of the noise, by kind of count.
        tables: name to the place of a table: where it begins, how long it is, its checksum, and its number of rows.
    """

    day: date
    data_version: int
    p_tables: Mapping[str, str]
    key_version: int
    policy_version: str
    tables: Mapping[str, tuple[int, int, str, int]]


class ServedCube:
    """One served snapshot, open for lookups. It reaches its own two files and no others."""

    def __init__(self, root: Path, snapshot: Snapshot, signing: bytes) -> None:
        folder = root / snapshot.folder
        self.snapshot = snapshot
        self._path = folder / TABLES
        try:
            text = (folder / MANIFEST).read_bytes()
            told = json.loads(text)
            signature = told.pop("signature")
            known = hashlib.sha256(text).hexdigest() == snapshot.digest
            if not known or not compare_digest(signature, signature_of(told, signing)):
                raise ValueError
            self.manifest = _manifest(told)
        except (OSError, ValueError, KeyError, TypeError):
            raise _damaged() from None

    @property
    def day(self) -> date:
        return self.snapshot.day

    def names(self) -> tuple[str, ...]:
        """The names of the tables that it holds."""
        return tuple(self.manifest.tables)

    def table(self, name: str) -> pa.Table:
        """The published cells of one table: members, numbers, and the day of a value where it is an earlier one."""
        start, length, checksum, _ = self.manifest.tables[name]
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                content = file.read(length)
        except OSError:
            raise _damaged() from None
        if hashlib.sha256(content).hexdigest() != checksum:
            raise _damaged()
        return pa.ipc.open_stream(content).read_all()


@lru_cache(maxsize=64)
def opened(root: Path, snapshot: Snapshot, signing: bytes) -> ServedCube:
    """A served snapshot, its manifest read and checked once in a process: it is known by its digest, and never changes.

    Which snapshots are served is read anew for each question, and what is read of a table is checked each time.
    """
    return ServedCube(root, snapshot, signing)


def derived(key: Key, use: str) -> bytes:
    """A secret for one use, so that what is signed says nothing of the noise."""
    return digest(key.secret, use.encode(), "sha256")


def fingerprint(key: Key) -> str:
    """What tells one key from another and gives away neither."""
    return digest(key.secret, b"fingerprint", "sha256").hex()[:32]


def signature_of(told: Mapping[str, Any], signing: bytes) -> str:
    return hmac.new(signing, json.dumps(told, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def read_series(root: Path) -> Series | None:
    """The series that is served from a folder; None where there is none.

    Raises:
        Damaged: it is not as it was written.
    """
    try:
        told = read_record(root / POINTER)
        snapshots = tuple(
            Snapshot(date.fromisoformat(one["day"]), one["folder"], one["digest"]) for one in told["snapshots"]
        )
        return Series(told["number"], told["key_version"], told["fingerprint"], told["policy_version"], snapshots)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise _damaged() from None


def _manifest(told: Mapping[str, Any]) -> Manifest:
    return Manifest(
        day=date.fromisoformat(told["day"]),
        data_version=told["data_version"],
        p_tables=told["p_tables"],
        key_version=told["key_version"],
        policy_version=told["policy_version"],
        tables={name: (one[0], one[1], one[2], one[3]) for name, one in told["tables"].items()},
    )


def _damaged() -> Damaged:
    return Damaged(
        "The protected statistics that are served (cube/) are gone in part, or are not as they were signed, so what "
        "is gone is not shown. Bring the folder back from the home's backup; they are never made again."
    )
