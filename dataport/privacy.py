"""A home is its owner's alone: nothing is read from one that other accounts can read, or that belongs to another.

Everything here is made private from the start. A folder that was opened afterwards, copied without its modes or made by
hand is refused before anything in it is read: whoever could read a home's files has seen all of it past the doors.
"""

from __future__ import annotations

import errno
import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dataport.durable import make_private
from dataport.errors import NotPrivate

# The folders that hold the files which a question opens. What lies in the others is behind a folder that a question
# finds closed; a job has the time to look at everything.
_OPENED = ("audit", "grants", "published", "state")

_Found = tuple[Path, os.stat_result]


def require_private(home: Path, *, whole: bool = False) -> None:
    """Refuse a home that anybody but the account that runs this may read, or that belongs to somebody else.

    A home that does not exist yet, or is empty, holds nothing that could have been read.

    Args:
        home: the folder; a link to one is followed, as are links in it.
        whole: look at every file, not only at the top of it and at what a question opens.

    Raises:
        NotPrivate: says what is open, or whose it is, and what mends it.
    """
    try:
        for path, found in _looked_at(home, whole):
            _require_own(path, found)
            if found.st_mode & 0o077 and not _is_empty_home(path, home):
                raise NotPrivate(
                    f"{path} is open to other accounts, so nothing was read from this home. Close it with "
                    f"`chmod -R go= {_to_mend(path, home)}` and run this again."
                )
    except PermissionError as problem:
        raise NotPrivate(
            f"{problem.filename} cannot be looked at by {_account(os.geteuid())}, so nothing was read from this home. "
            "Run this as the account that the home belongs to."
        ) from None


def make_home(home: Path) -> None:
    """Make the folder of a new home, or close an empty one that was made for it."""
    make_private(home)
    if not any(home.iterdir()):
        home.chmod(0o700)


def _looked_at(home: Path, whole: bool) -> Iterator[_Found]:
    found = _found(home)
    if found is None or not stat.S_ISDIR(found.st_mode):
        return
    yield from _beneath(home, None if whole else 1, set())
    if not whole:
        for name in _OPENED:
            yield from _beneath(home / name, None, set())


def _beneath(path: Path, levels: int | None, seen: set[tuple[int, int]]) -> Iterator[_Found]:
    """A file or folder, then what lies in it, so many levels down; what goes away meanwhile is left out."""
    found = _found(path)
    if found is None:
        return
    yield path, found
    identity = (found.st_dev, found.st_ino)
    if not stat.S_ISDIR(found.st_mode) or levels == 0 or identity in seen:
        return
    seen.add(identity)
    inside: list[Path] = []
    with suppress(FileNotFoundError):
        inside = sorted(path.iterdir())
    for one in inside:
        yield from _beneath(one, None if levels is None else levels - 1, seen)


def _found(path: Path) -> os.stat_result | None:
    """What is at a path, links followed; None where there is nothing, or a link that leads nowhere."""
    try:
        return path.stat()
    except OSError as problem:
        if problem.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise


def _require_own(path: Path, found: os.stat_result) -> None:
    account = os.geteuid()
    if account != 0 and found.st_uid != account:
        raise NotPrivate(
            f"{path} belongs to {_account(found.st_uid)}, and this runs as {_account(account)}, so nothing was read "
            "from this home. Run this as the account that the home belongs to, or give another --home."
        )


def _is_empty_home(path: Path, home: Path) -> bool:
    return path == home and not any(home.iterdir())


def _to_mend(path: Path, home: Path) -> str:
    """The folder to close: the home, or what a link in it leads to outside."""
    top, target = home.resolve(), path.resolve()
    return shlex.quote(str(top if target.is_relative_to(top) else target))


def _account(number: int) -> str:
    try:
        return f"the account {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"account number {number}"
