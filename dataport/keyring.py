"""The keys: in a private file outside home, versioned, one secret per purpose.

A key of a later purpose than the file is made on its first use; until then the file has no version of it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dataport.durable import held, make_private, write_json
from dataport.errors import DataportError, WrongRequest

PURPOSES = ("audit", "pseudonyms", "records", "sampling", "erasure", "cube")
# Purposes that keyrings of earlier versions do not have: their first key is made when it is first used.
_MADE_LATER = ("cube",)
# Beside the keys: what each was last used for, by home, where that must not be forgotten with the home.
_NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Key:
    """One secret and its version, which is written beside everything made with it."""

    purpose: str
    version: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """Every version of one secret, oldest first: the newest is used, the others still read what was made with them."""

    versions: tuple[Key, ...]

    @property
    def newest(self) -> Key:
        return self.versions[-1]

    def version(self, number: int) -> Key | None:
        """The key of a version; None if the keyring does not have it."""
        return next((key for key in self.versions if key.version == number), None)


def open_key(path: Path, purpose: str) -> Key:
    """The newest key of a purpose; as `open_keys`."""
    return open_keys(path, purpose).newest


def open_keys(path: Path, purpose: str) -> Keys:
    """All versions of a purpose's key (none of one that is made later); the file is made if it does not exist.

    Raises:
        DataportError: the file is readable by others, or is no keyring.
    """
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise DataportError(f"The keys in {path} can be read by others. Run `chmod 600 {path}` and ask again.")
    try:
        everything = json.loads(path.read_text(encoding="utf-8"))
        found: dict[str, str] = everything.get(purpose, {}) if purpose in _MADE_LATER else everything[purpose]
        keys = [Key(purpose, int(version), bytes.fromhex(secret)) for version, secret in found.items()]
        least = max(len(keys), 0 if purpose in _MADE_LATER else 1)
        if not all(key.secret for key in keys) or len({key.version for key in keys}) < least:
            raise ValueError
        return Keys(tuple(sorted(keys, key=lambda key: key.version)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataportError(f"{path} is not a keyring. Put the right file there; nothing was changed.") from None


def with_key(path: Path, purpose: str) -> Key:
    """The newest key of a purpose, which is made if there is none yet."""
    keys = open_keys(path, purpose)
    return keys.newest if keys.versions else _added(path, purpose)


def rotate(path: Path, purpose: str) -> Key:
    """Add a newer version of a purpose's key, which is used from now on; the older ones still read what they made.

    Raises:
        WrongRequest: there is no such purpose.
        DataportError: the file is no keyring.
    """
    if purpose not in PURPOSES:
        raise WrongRequest(f"There is no key for {purpose!r}. There is one for each of {', '.join(PURPOSES)}.")
    with_key(path, purpose)
    return _added(path, purpose, further=True)


def _added(path: Path, purpose: str, *, further: bool = False) -> Key:
    """One more key; without `further` only where there is none, so that of two processes one makes the first."""
    with held(path.with_name(f".{path.name}.lock"), "A change of the keys", wait=10.0):
        known = open_keys(path, purpose).versions
        if further or not known:
            found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
            number = known[-1].version + 1 if known else 1
            found.setdefault(purpose, {})[str(number)] = secrets.token_hex(32)
            write_json(path, found)
    return open_keys(path, purpose).newest


def noted(path: Path, key: Key, home: Path) -> str | None:
    """What was last written down beside a key of its use in a home; None where nothing was."""
    found: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8")).get(_NOTES, {})
    return found.get(_note_of(key, home))


def note(path: Path, key: Key, home: Path, said: str) -> None:
    """Write down beside a key what a home has used it for: the home itself can be put back as it was before."""
    with held(path.with_name(f".{path.name}.lock"), "A change of the keys", wait=10.0):
        everything: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        everything.setdefault(_NOTES, {})[_note_of(key, home)] = said
        write_json(path, everything)


def _note_of(key: Key, home: Path) -> str:
    return f"{key.purpose} {key.version} {home.resolve()}"


def holds(path: Path, other: Path) -> bool:
    """Whether a keyring has every key of another one: it is the same, or a newer one."""
    return all(
        key in open_keys(path, purpose).versions for purpose in PURPOSES for key in open_keys(other, purpose).versions
    )


def versions(path: Path) -> dict[str, tuple[int, ...]]:
    """The versions that there are of each key; not the keys."""
    return {purpose: tuple(key.version for key in open_keys(path, purpose).versions) for purpose in PURPOSES}


def _create(path: Path) -> None:
    """Write fresh keys; of two processes doing so at once, one wins and both read the same file."""
    make_private(path.parent)
    keys = {purpose: {"1": secrets.token_hex(32)} for purpose in PURPOSES}
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
