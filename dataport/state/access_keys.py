"""access_keys: keys by which programs are known as an account. A key is told once; here is what knows it again."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args

from dataport.errors import WrongRequest
from dataport.state.database import State

Scope: TypeAlias = Literal["ask", "cases", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_BEGINS = "dp_"
_COLUMNS = "key_id, login, name, scopes, made_by, made_at, expires_at, last_used_at, ended_by, ended_at"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One key; the key itself is not kept.

    Attributes:
        login: the account that it is known as.
        name: what it is for, in words of whoever made it.
        scopes: which doors it opens; what the account may see there, its grants say.
        made_by: the account of the machine that made it.
        expires_at: from when on it is nobody's (UTC).
        ended_at: when it was revoked.
    """

    key_id: str
    login: str
    name: str
    scopes: frozenset[Scope]
    made_by: str
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it lets anybody in."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, the only time that it is told."""

    key: str = field(repr=False)
    known: AccessKey


class AccessKeys:
    """The keys of a home."""

    def __init__(self, state: State, now: Callable[[], datetime] | None = None) -> None:
        self._state = state
        self._now = now or (lambda: datetime.now(UTC).replace(tzinfo=None, microsecond=0))

    def make(self, login: str, name: str, *, scopes: frozenset[Scope], made_by: str, expires_at: datetime) -> NewKey:
        """A new key.

        Raises:
            WrongRequest: it has no name, opens nothing, or would have ended already.
        """
        name = " ".join(name.split())
        if not name or len(name) > _LONGEST:
            raise WrongRequest(f"A key has a name of up to {_LONGEST} letters: say what it is for.")
        if not scopes or not scopes <= set(SCOPES):
            raise WrongRequest(f"A key opens one or more of {', '.join(SCOPES)}.")
        if expires_at <= self._now():
            raise WrongRequest("A key ends on a day that is still to come.")
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        key = f"{_BEGINS}{key_id}_{secret}"
        made = AccessKey(key_id, login, name, scopes, made_by, self._now(), expires_at)
        with self._state.writing() as connection:
            connection.execute(
                "insert into access_key (key_id, digest, login, name, scopes, made_by, made_at, expires_at) "
                "values (?, ?, ?, ?, ?, ?, ?, ?)",
                (key_id, _digest(key), login, name, ",".join(sorted(scopes)), made_by, *_texts(made)),
            )
        return NewKey(key, made)

    def find(self, key: str) -> AccessKey | None:
        """Whose a key is, now; None for one that is nobody's: unknown, expired, revoked."""
        if not key.startswith(_BEGINS):
            return None
        with self._state.reading() as connection:
            row = connection.execute(f"select {_COLUMNS} from access_key where digest = ?", (_digest(key),)).fetchone()
        found = _key(row) if row else None
        return found if found and found.is_valid(self._now()) else None

    def used(self, key_id: str) -> None:
        """Remember that a key was used now."""
        with self._state.writing() as connection:
            now = self._now().isoformat()
            connection.execute("update access_key set last_used_at = ? where key_id = ?", (now, key_id))

    def revoke(self, key_id: str, by: str) -> AccessKey:
        """End a key for ever.

        Raises:
            WrongRequest: there is no such key, or it was revoked before.
        """
        with self._state.writing() as connection:
            changed = connection.execute(
                "update access_key set ended_by = ?, ended_at = ? where key_id = ? and ended_at is null",
                (by, self._now().isoformat(), key_id),
            ).rowcount
            row = connection.execute(f"select {_COLUMNS} from access_key where key_id = ?", (key_id,)).fetchone()
        if not row or not changed:
            raise WrongRequest("There is no such key, or it was revoked before. `dataport keys list` has all of them.")
        return _key(row)

    def all(self) -> tuple[AccessKey, ...]:
        """Every key that was ever made, oldest first."""
        with self._state.reading() as connection:
            rows = connection.execute(f"select {_COLUMNS} from access_key order by made_at, key_id").fetchall()
        return tuple(map(_key, rows))

    def any_valid(self) -> bool:
        """Whether any key lets somebody in."""
        return any(one.is_valid(self._now()) for one in self.all())


def _digest(key: str) -> str:
    # a key is too long to be guessed, so that a digest which is quick to reckon with is enough
    return hashlib.sha256(key.encode()).hexdigest()


def _texts(one: AccessKey) -> tuple[str, str]:
    return one.made_at.isoformat(), one.expires_at.isoformat()


def _key(row: tuple[Any, ...]) -> AccessKey:
    key_id, login, name, scopes, made_by, made_at, expires_at, used_at, ended_by, ended_at = row
    moment = datetime.fromisoformat
    return AccessKey(
        key_id,
        login,
        name,
        frozenset(scopes.split(",")),
        made_by,
        moment(made_at),
        moment(expires_at),
        moment(used_at) if used_at else None,
        ended_by,
        moment(ended_at) if ended_at else None,
    )
