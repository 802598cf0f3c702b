"""secret: the cube's own key, and what is derived from it: record keys, case keys, shuffles and signatures.

A second secret beside numbers that were made with the first would average the noise out, so a key that is lost, older
or another's is refused, and a newer one begins a new series after the old one is withdrawn. For the same reason a key
begins one series of a home and no other: which month it has printed last is written down beside it, outside the home.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import date
from hmac import digest
from pathlib import Path

import numpy as np

from dataport.cube.population import Integers, Keys
from dataport.disclosure.protected.served import SIGNING, Series, derived, fingerprint
from dataport.errors import DataportError
from dataport.keyring import Key, note, noted, open_keys, rotate, with_key

PURPOSE = "cube"


class KeyLost(DataportError):
    """The key that the served statistics were made with is not the one in the keyring."""

    code = "cube_key_lost"


class SeriesLost(DataportError):
    """The key has printed more than the home knows of: its series is gone, or was put back as it was before."""

    code = "cube_series_lost"

    def __init__(self, until: date, last: date | None) -> None:
        known = f"ends with {last:%Y-%m}" if last else "has no record of them (SERIES)"
        super().__init__(
            f"The cube's key has printed protected statistics up to {until:%Y-%m}, and cube/ of this home {known}: it "
            "was lost in part, or was put back from an older backup. What is built of such a month now would stand "
            "beside what somebody may have kept of it, and the two would tell more than either. Bring the newest "
            "backup of cube/ back; if it is lost for good, `dataport keys rotate cube` gives up all served statistics, "
            "and the next build begins anew."
        )


@dataclass(frozen=True, slots=True)
class Secret:
    """The key of a series."""

    key: Key = field(repr=False)

    @property
    def version(self) -> int:
        return self.key.version

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key)

    def record_keys(self, owners: Integers, kind: str = "record") -> Keys:
        """The first 64 bits of HMAC-SHA256 over each stable key."""
        secret = derived(self.key, kind)
        found = np.empty(len(owners), dtype=np.uint64)
        inner = hmac.new(secret, digestmod=hashlib.sha256)
        for nth, owner in enumerate(owners.tolist()):
            one = inner.copy()
            one.update(b"%d" % owner)
            found[nth] = int.from_bytes(one.digest()[:8], "big")
        return found

    def shuffle(self, place: str) -> bytes:
        """What decides the order of the pieces of one row of a p-table."""
        return digest(derived(self.key, "shuffle"), place.encode(), "sha256")

    @property
    def signing(self) -> bytes:
        return derived(self.key, SIGNING)


def new_secret(keyring: Path, home: Path, before: Series | None) -> Secret:
    """The secret of a series that begins: one that has printed nothing in this home.

    Args:
        before: the series that was given up, if any was.

    Raises:
        SeriesLost: the newest key has printed something, and nothing was given up.
    """
    require_record(keyring, home, before)
    key = with_key(keyring, PURPOSE)
    while before and (key.version <= before.key_version or _printed_until(keyring, key, home)):
        key = rotate(keyring, PURPOSE)
    return Secret(key)


def require_record(keyring: Path, home: Path, series: Series | None) -> None:
    """That there is a record of a series, of one that was given up too, if the newest key has printed anything.

    Raises:
        SeriesLost: there is none.
    """
    keys = open_keys(keyring, PURPOSE).versions if series is None and keyring.exists() else ()
    if keys and (until := _printed_until(keyring, keys[-1], home)):
        raise SeriesLost(until, None)


def require_memory(keyring: Path, home: Path, secret: Secret, last: date | None) -> None:
    """Hold the months of a series against what is written down beside its key.

    Raises:
        SeriesLost: it has printed more.
    """
    until = _printed_until(keyring, secret.key, home)
    if until and (last is None or until > last):
        raise SeriesLost(until, last)


def secret_in_force(keyring: Path, home: Path, series: Series) -> Secret:
    """The secret of the series that a home serves, which has printed no more than the home knows of.

    Raises:
        KeyLost, SeriesLost: as `secret_of` and `require_memory`.
    """
    secret = secret_of(keyring, series)
    require_memory(keyring, home, secret, series.last.day if series.last else None)
    return secret


def remember_printed(keyring: Path, home: Path, secret: Secret, day: date) -> None:
    """Write down beside the key that a month was printed with it."""
    note(keyring, secret.key, home, day.isoformat())


def _printed_until(keyring: Path, key: Key, home: Path) -> date | None:
    said = noted(keyring, key, home)
    return date.fromisoformat(said) if said else None


def secret_of(keyring: Path, series: Series) -> Secret:
    """The secret that a series was made with.

    Raises:
        KeyLost: the keyring does not have its key, or has another one under its number.
    """
    key = open_keys(keyring, PURPOSE).version(series.key_version) if keyring.exists() else None
    if key is None:
        raise KeyLost(
            f"The protected statistics were made with version {series.key_version} of the cube's key, which {keyring} "
            "does not have: it is an older keyring, or the key was lost. With another key the same numbers would come "
            "out with other noise, and the two would average it out. Bring the keyring back from its backup; if it is "
            "lost for good, `dataport cube withdraw` gives up all served statistics, and the next build begins anew."
        )
    if fingerprint(key) != series.fingerprint:
        raise KeyLost(
            f"Version {key.version} of the cube's key in {keyring} is not the one with which the protected statistics "
            "were made: the keyring was made anew, or belongs to another home. Bring the right one back from its "
            "backup; if it is lost for good, `dataport cube withdraw` gives up all served statistics, and the next "
            "build begins anew."
        )
    return Secret(key)


def is_rotated(keyring: Path, series: Series) -> bool:
    """Whether somebody rotated the key: there is a newer one, and the one of the series is still the right one."""
    if not keyring.exists():
        return False
    keys = open_keys(keyring, PURPOSE)
    own = keys.version(series.key_version)
    return own is not None and fingerprint(own) == series.fingerprint and keys.newest.version > series.key_version
