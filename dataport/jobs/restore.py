"""restore: a home from its backup, at its own place or another; with its keys and its log's head, if they are given."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from dataport.audit import Verdict, open_log
from dataport.audit.chain import Head
from dataport.durable import linked, make_private, new_file, rename
from dataport.errors import Damaged, WrongRequest
from dataport.jobs.backup import Backup, File, copy_verified, partial_of, read_backup, verify_backup
from dataport.keyring import holds
from dataport.settings import FILE_NAME, Settings, read_settings
from dataport.state import State, end_access

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restoration.

    Attributes:
        backup: what was restored.
        log: what is to be said of the log of looks at its new place.
        notes: what somebody must know or do, in words.
    """

    backup: Backup
    log: Verdict
    notes: tuple[str, ...]


def restore(folder: Path, home: Path, keys: Path | None, progress: Progress) -> Restored:
    """Put a home back from its backup: whole, or not at all.

    Args:
        folder: the backup.
        home: where the home is to be; nothing may be there.
        keys: the backup of its keys and its log's head; without it those that are there must be the home's.

    Raises:
        WrongRequest: it is no backup; or something is there already, or another keyring.
        DataportError: a file of the backup is not as it was backed up.
    """
    found, _ = read_backup(folder)
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise WrongRequest(f"{home} is there already, and was left as it is. Move it away, or give another --home.")
    if keys:
        verify_backup(keys, progress, "keys")
    partial, first = partial_of(home), dict[File, Path]()
    try:
        for number, (name, file) in enumerate(found.files.items(), start=1):
            same = first.setdefault(file, partial / name) if _may_be_shared(name) else partial / name
            make_private((partial / name).parent)
            if same == partial / name or not linked(same, partial / name):
                copy_verified(folder / "home" / name, partial / name, file)
            progress(f"restore: {number:,} of {len(found.files):,} files")
        notes = _moved(partial, found.home, home.absolute())
        settings = read_settings(partial)
        # before the home is at its place: nobody comes in by what may have been taken back since
        notes += _ended(settings)
        if keys:
            _put_keys(settings, keys)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if home.is_dir():
        home.rmdir()
    rename(partial, home.absolute())
    return _taken_up(found, read_settings(home), keys, notes)


def _may_be_shared(name: str) -> bool:
    """Whether it is a published file, which never changes: those that are alike may be one."""
    return name.startswith("published/") and name.endswith(".duckdb")


def _moved(partial: Path, old: Path, new: Path) -> list[str]:
    """Where the home is another folder than it was: addresses of what lies in it are those of its new place."""
    path = partial / FILE_NAME
    if old == new or not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    moved = text
    for before, after in ((str(old), str(new)), (quote(str(old)), quote(str(new)))):
        for kind in ("sqlite:///", "sqlite://", "file://"):
            moved = moved.replace(f"{kind}{before}/", f"{kind}{after}/")
    if moved == text:
        return []
    path.write_text(moved, encoding="utf-8")
    return [f"The address of the store in {FILE_NAME} is now below {new}, where it was below {old}."]


def _put_keys(settings: Settings, keys: Path) -> None:
    """The keyring where the home's settings look for it; one that is there must hold the same keys."""
    if settings.keyring.exists():
        if not holds(settings.keyring, keys / "keys.json"):
            raise WrongRequest(
                f"Another keyring is at {settings.keyring}, and was left as it is. Name another place for that of this "
                "home: DATAPORT_KEYRING, or `keyring` in dataport.toml."
            )
        return
    make_private(settings.keyring.parent)
    with new_file(settings.keyring) as file:
        file.write((keys / "keys.json").read_bytes())


def _ended(settings: Settings) -> list[str]:
    """What let somebody in ends; a state that cannot be read lets nobody in, and is restored as it was."""
    try:
        ended = end_access(State(settings.state))
    except Damaged as problem:
        return [str(problem)]
    if not ended:
        return []
    return [
        f"{ended} keys of programs were ended: which of them had been revoked since this backup cannot be told. "
        "Make new ones (`dataport keys create`). Everybody signs in anew."
    ]


def _taken_up(found: Backup, settings: Settings, keys: Path | None, notes: list[str]) -> Restored:
    log = open_log(settings)
    if keys:
        head = read_backup(keys, "keys")[1].get("head")
        log.take_up(Head(head["number"], head["mac"]) if head else None)
    verdict = log.verify()
    if verdict.intact:
        notes.append("What was asked since this backup was made is not in its log.")
    notes.append("Run `dataport status`, then `dataport refresh`: it goes on from what had landed.")
    return Restored(found, verdict, tuple(notes))
