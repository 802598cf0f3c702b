"""backup: a home in one folder and its keys in another, each there whole or not at all, and back from there.

What is in the home's folder can be given to whoever stores backups: without the keys nobody can forge its log. The head
of the log stays with the keys, as it does in service: a log that was cut in the backup is found against it.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from dataport.audit import open_log
from dataport.durable import copied, file_sha256, held, linked, make_private, rename, sync, write_json
from dataport.errors import DataportError, NewerHome, NoHome, WrongRequest
from dataport.keyring import open_keys
from dataport.settings import LAYOUT, Settings

Progress = Callable[[str], None]

FORMAT = 1
_MANIFEST, _HOME, _KEYS = "manifest.json", "home", "keys.json"
_CHUNK = 8 * 1024 * 1024
_LARGEST_MANIFEST = 1_000_000_000
# What is made again whenever it is needed.
_MADE_AGAIN = frozenset({"exports", "warehouse/tmp", "warehouse/target", "warehouse/logs"})
_SQLITE, _BESIDE_SQLITE = b"SQLite format 3\0", ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a backup: its size and checksum."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes:
        home: where the home was.
        files: by their names below it.
    """

    home: Path
    made_at: datetime
    files: dict[str, File]

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files.values())


def backup(settings: Settings, folder: Path, keys: Path, progress: Progress) -> Backup:
    """Copy a home, and apart from it its keys with the head of its log. Questions go on meanwhile; jobs wait.

    Raises:
        WrongRequest: a folder is there already, or the two are not apart from each other and from the home.
        Busy: a job is under way.
        DataportError: a copy is not what was copied.
    """
    _require_apart(settings, folder, keys)
    partial, partial_keys = partial_of(folder), partial_of(keys)
    with ExitStack() as stack:
        for lock, work in ((settings.runs, "A job"), (settings.landing, "An extract"), (settings.warehouse, "A build")):
            if lock.is_dir() or lock == settings.runs:
                stack.enter_context(held(lock / ".lock", work))
        files = _copy_home(settings, partial / _HOME, progress)
        head = open_log(settings).copy(partial / _HOME / "audit" / settings.audit_log.name)
        if head is not None or (partial / _HOME / "audit").is_dir():
            files |= {f"audit/{settings.audit_log.name}": _told(partial / _HOME / "audit" / settings.audit_log.name)}
    _require_same(partial / _HOME, files, progress)
    made_at = datetime.now(UTC).replace(tzinfo=None)
    said = {"format": FORMAT, "layout": LAYOUT, "made_at": made_at.isoformat(timespec="seconds")}
    entries = {name: [one.size, one.sha256] for name, one in sorted(files.items())}
    write_json(partial / _MANIFEST, said | {"kind": "home", "home": str(settings.home), "files": entries})
    key = _copy(settings.keyring, partial_keys / _KEYS)
    told = None if head is None else {"number": head.number, "mac": head.mac}
    write_json(
        partial_keys / _MANIFEST, said | {"kind": "keys", "head": told, "files": {_KEYS: [key.size, key.sha256]}}
    )
    # the keys first: a home that is there has its keys beside it
    rename(partial_keys, keys)
    rename(partial, folder)
    return Backup(settings.home, made_at, files)


def read_backup(folder: Path, kind: str = "home") -> tuple[Backup, dict[str, Any]]:
    """What a folder says that it holds, and the rest of its manifest.

    Raises:
        WrongRequest: it is no backup of this kind, or is not whole.
        NewerHome: a later version of Dataport made it.
    """
    try:
        if (folder / _MANIFEST).stat().st_size > _LARGEST_MANIFEST:
            raise ValueError
        entry = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if entry["kind"] != kind:
            raise ValueError
        if entry["format"] > FORMAT or entry["layout"] > LAYOUT:
            raise NewerHome
        files = {_safe_name(name): File(size, sha) for name, (size, sha) in entry["files"].items()}
        return Backup(Path(entry.get("home", "")), datetime.fromisoformat(entry["made_at"]), files), entry
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        what = "a home" if kind == "home" else "keys"
        raise WrongRequest(
            f"{folder} holds no whole backup of {what}. Name a folder that `dataport backup` made."
        ) from None


def verify_backup(folder: Path, progress: Progress, kind: str = "home") -> Backup:
    """Read all of a backup, and hold it against its checksums.

    Raises:
        WrongRequest: it is no backup.
        DataportError: a file is missing, or not as it was backed up.
    """
    found, _ = read_backup(folder, kind)
    _require_same(folder / _HOME if kind == "home" else folder, found.files, progress)
    return found


def _require_apart(settings: Settings, folder: Path, keys: Path) -> None:
    if not settings.home.is_dir():
        raise NoHome("There is no Dataport home at this place: nothing is to be backed up.")
    home, folder, keys = settings.home.resolve(), folder.resolve(), keys.resolve()
    for one, other in ((folder, keys), (keys, folder), (folder, home), (keys, home)):
        if one == other or one.is_relative_to(other):
            raise WrongRequest(
                "The home and its keys are backed up apart: name two folders of which neither lies in the other or in "
                "the home."
            )
    for one in (folder, keys):
        if one.exists():
            raise WrongRequest(f"{one} is there already, and was left as it is. Name a folder that is not there yet.")
    open_keys(settings.keyring, "audit")


def partial_of(folder: Path) -> Path:
    """An empty folder beside the one that is to be; what a backup that was killed left there goes."""
    make_private(folder.resolve().parent)
    partial = folder.resolve().with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    return partial


def _copy_home(settings: Settings, target: Path, progress: Progress) -> dict[str, File]:
    """Everything but the log, which has a lock of its own, and what is made again."""
    target.mkdir(mode=0o700)
    files: dict[str, File] = {}
    first: dict[tuple[int, int], str] = {}
    with ExitStack() as stack:
        for folder in (settings.landing / "grants", settings.grants):
            if folder.is_dir():
                stack.enter_context(held(folder / ".lock", "A publication of grants", wait=30.0))
        for name, path in _files_of(settings.home, ("grants", "landing/grants")):
            files[name] = _copy(path, target / name)
    for name, path in _files_of(settings.home):
        if name not in files and name != f"audit/{settings.audit_log.name}":
            # versions share files, and so do their copies
            known, found = path.stat(), None
            same = first.setdefault((known.st_dev, known.st_ino), name)
            if same != name:
                make_private((target / name).parent)
                found = files[same] if linked(target / same, target / name) else None
            files[name] = found or _copy(path, target / name)
            progress(f"backup: {len(files):,} files")
    return files


def _files_of(home: Path, rooms: tuple[str, ...] = ("",)) -> Iterator[tuple[str, Path]]:
    """The files that count, links followed, by their names below the home."""
    for room in rooms:
        for top, folders, names in os.walk(home / room, followlinks=True):
            below = Path(top).relative_to(home)
            folders[:] = sorted(
                one for one in folders if not _is_left_over(one) and (below / one).as_posix() not in _MADE_AGAIN
            )
            for name in sorted(names):
                if not _is_left_over(name) and not name.endswith(_BESIDE_SQLITE):
                    yield (below / name).as_posix(), Path(top) / name


def _is_left_over(name: str) -> bool:
    """Whether a name is that of a lock, or of something whose writer has not finished it."""
    return name.startswith(".partial-") or name.endswith((".partial", ".lock", "-lock"))


def _copy(source: Path, target: Path) -> File:
    """A private copy that is on the disk; of a SQLite store a consistent one, whoever writes to it."""
    make_private(target.parent)
    with source.open("rb") as old:
        is_store = old.read(len(_SQLITE)) == _SQLITE
        old.seek(0)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as new:
            if not is_store:
                shutil.copyfileobj(old, new, _CHUNK)
            new.flush()
            os.fsync(new.fileno())
    if is_store:
        with closing(sqlite3.connect(source)) as store, closing(sqlite3.connect(target)) as copy:
            store.backup(copy)
        sync(target)
    # a copy of what changed meanwhile is what the copy says; a file that never changes is held against its source
    return _told(target if is_store else source)


def copy_verified(source: Path, target: Path, file: File) -> None:
    """Copy a file of a backup, if it is as it was backed up.

    Raises:
        DataportError: it is not.
    """
    make_private(target.parent)
    if source.is_file():
        copied(source, target)
    _require_same(target.parent, {target.name: file}, lambda _: None)


def _told(path: Path) -> File:
    return File(path.stat().st_size, file_sha256(path))


def _require_same(folder: Path, files: dict[str, File], progress: Progress) -> None:
    """Read every copy once more."""
    for number, (name, file) in enumerate(files.items(), start=1):
        path = folder / name
        if not path.is_file() or _told(path) != file:
            raise DataportError(
                f"The file {name} of this backup is missing or not as it was backed up, so that it cannot be relied "
                "upon. Make another backup, or use an older one; nothing else was changed."
            )
        progress(f"verified {number:,} of {len(files):,} files")


def _safe_name(name: str) -> str:
    """A name of a file below the home, and nowhere else."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise ValueError
    return name
