"""Writing so that a power cut leaves either the old state or the new one, and so that only the owner may read."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from dataport.errors import Busy

_CHECKSUM = "checksum"
_CHUNK = 8 * 1024 * 1024
# What Linux calls it when two files are to share their bytes (linux/fs.h); Python has no name for it.
_FICLONE = 0x40049409


def make_private(folder: Path) -> None:
    """A folder, with its parents, that only its owner may enter; an existing one keeps its mode."""
    for missing in [*reversed(folder.parents), folder]:
        missing.mkdir(exist_ok=True, mode=0o700)


def sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's entries, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename(old: Path, new: Path) -> None:
    """Rename within one folder, and bring that to the disk."""
    old.replace(new)
    sync(new.parent)


def linked(old: Path, new: Path) -> bool:
    """Give a file that never changes a further name; False where the file system cannot."""
    try:
        os.link(old, new)
    except OSError:
        return False
    sync(new.parent)
    return True


def sweep_partial(folder: Path) -> int:
    """Remove what a writer that was killed left unfinished in a folder; returns how much there was."""
    left = list(folder.glob(".partial-*"))
    for one in left:
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()
    return len(left)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copied(source: Path, target: Path) -> dict[str, Any]:
    """Make a private byte copy that is on the disk when this returns; returns its size and its checksum."""
    digest, size = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as old, os.fdopen(handle, "wb") as new:
        while chunk := old.read(_CHUNK):
            digest.update(chunk)
            size += new.write(chunk)
        new.flush()
        os.fsync(new.fileno())
    return {"bytes": size, "sha256": digest.hexdigest()}


def cloned(source: Path, target: Path) -> dict[str, Any]:
    """As `copied`; but both share their bytes on the disk until one is written to, where the file system can do that.

    XFS and Btrfs can, ext4 cannot.
    """
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as old, os.fdopen(handle, "rb+") as new, suppress(OSError):
        fcntl.ioctl(new, _FICLONE, old.fileno())
        os.fsync(new.fileno())
        return {"bytes": old.seek(0, os.SEEK_END), "sha256": hashlib.file_digest(new, "sha256").hexdigest()}
    target.unlink()
    return copied(source, target)


def shares_bytes(folder: Path) -> bool:
    """Whether the copies that `cloned` makes in a folder share their bytes."""
    with tempfile.TemporaryFile(dir=folder) as one, tempfile.TemporaryFile(dir=folder) as other:
        one.write(b"shared")
        one.flush()
        try:
            fcntl.ioctl(other, _FICLONE, one.fileno())
        except OSError:
            return False
        return True


def write_json(path: Path, content: dict[str, Any]) -> None:
    """A private JSON file that is there whole or not at all."""
    partial = path.with_name(f".partial-{path.name}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    rename(partial, path)


def write_record(path: Path, content: dict[str, Any]) -> None:
    """As `write_json`, with a checksum of the content in it, so that `read_record` notices any change."""
    write_json(path, with_checksum(content))


def with_checksum(content: dict[str, Any]) -> dict[str, Any]:
    """A record as it is written: with a checksum of what it says."""
    return content | {_CHECKSUM: _checksum(content)}


def add_record(path: Path, content: dict[str, Any]) -> None:
    """One more line, with a checksum of its own, in a private file of records; on the disk when this returns.

    A line that a crash cut short stands by itself and is passed over.
    """
    line = json.dumps(with_checksum(content))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(("" if _ends_whole(path) else "\n") + line + "\n")
        file.flush()
        os.fsync(file.fileno())


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of records that are as they were written."""
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        with suppress(ValueError):
            yield _whole(json.loads(line))


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) in (b"", b"\n")


def read_record(path: Path) -> dict[str, Any]:
    """What `write_record` wrote. Records of earlier versions bear no checksum and are taken as they are.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is not as it was written.
    """
    return _whole(json.loads(path.read_text(encoding="utf-8")))


def _whole(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ValueError("not a record")
    if content.pop(_CHECKSUM, None) not in (None, _checksum(content)):
        raise ValueError("not as it was written")
    return content


def _checksum(content: dict[str, Any]) -> str:
    """Of what the content means, however it is spaced and ordered."""
    same = json.loads(json.dumps(content))
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()


@contextmanager
def new_file(path: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """A private file to be written in the block: there whole afterwards, or not at all if the block fails.

    Raises:
        FileExistsError: there is something of that name, and nobody said to replace it.
    """
    if not replace:
        # takes the name, so that nobody's file of the same name is written over meanwhile
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    partial = path.with_name(f".partial-{secrets.token_hex(4)}-{path.name}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        rename(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        if not replace:
            path.unlink(missing_ok=True)
        raise


@contextmanager
def held(path: Path, work: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock at `path` for the block; it falls with the process, however that ends.

    Args:
        path: the lock file.
        work: what the lock is for, in words, for the message.
        wait: seconds to wait for another holder.

    Raises:
        Busy: another process holds it; the message names its id.
    """
    make_private(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, work, time.monotonic() + wait)
        mine = str(os.getpid()).encode()
        if os.pread(handle, 32, 0) != mine:  # who took it last is told; to change a file costs more than to read it
            os.ftruncate(handle, 0)
            os.pwrite(handle, mine, 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, work: str, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(handle, 32, 0).decode(errors="replace") or "unknown"
                raise Busy(f"{work} is under way already (process {holder}). Try again when it has finished.") from None
        time.sleep(0.02)
