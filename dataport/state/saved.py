"""saved: what people put together and keep: dashboards, and whatever else is a description and no data.

Each has an owner, who alone changes it, and is shown to those with whom it is shared. Sharing shows the description:
whoever opens it asks with their own rights, and sees no more by it than by asking themselves. Every change is a version
of its own, and none is thrown away before the thing is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args

from dataport.errors import DataportError, WrongRequest
from dataport.state.database import State

Kind: TypeAlias = Literal["dashboard", "question"]
SharedWith: TypeAlias = Literal["nobody", "account", "role", "unit", "everybody"]

MOST, LONGEST, LARGEST = 500, 200, 256_000
# How much one account may keep, with all versions: of a kind that people write by hand it is a great deal.
MOST_LETTERS = 20_000_000
_LARGEST_NUMBER = 2**63 - 1
_NEWEST = "v.version = (select max(version) from saved_version where saved_id = s.saved_id)"
# Who may see a thing: whose it is and with whom it is shared is judged here and nowhere else.
_SEEN = (
    "(s.owner = :login or s.shared_with = 'everybody' "
    "or s.shared_with = 'account' and s.shared_name = :login "
    "or s.shared_with = 'role' and s.shared_name in (select value from json_each(:roles)) "
    "or s.shared_with = 'unit' and s.shared_name in (select value from json_each(:units)))"
)
_COLUMNS = (
    "s.saved_id, s.kind, s.name, s.owner, s.shared_with, s.shared_name, v.version, v.told, v.made_by, v.made_at, "
    "exists (select 1 from star where star.saved_id = s.saved_id and star.login = :login)"
)


class NotSaved(DataportError):
    """Nothing of the kind has this number, or it is not shared with who asks: the two are not told apart."""

    exit_code = 4
    http_status = 404
    code = "not_saved"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__("There is no such thing here, or none that is shared with you. Ask its owner to share it.")


class Outdated(DataportError):
    """Somebody changed it since it was read, and their change must not be lost."""

    http_status = 409
    code = "outdated"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__(
            "It was changed meanwhile, so nothing was written over. Open it anew, or save yours under another name."
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: by what others may have shared with them."""

    login: str
    roles: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom a thing is shared; `name` is the account, the role or the unit."""

    shared_with: SharedWith = "nobody"
    name: str | None = None

    def __post_init__(self) -> None:
        if self.shared_with not in get_args(SharedWith):
            raise WrongRequest(f"A thing is shared with {', '.join(get_args(SharedWith))}.")
        needs_name = self.shared_with in ("account", "role", "unit")
        if needs_name != bool(self.name and self.name.strip()) or len(self.name or "") > LONGEST:
            raise WrongRequest("Name the account, the role or the unit that it is shared with, and nobody otherwise.")


@dataclass(frozen=True, slots=True)
class Saved:
    """One thing as it is in one of its versions."""

    number: int
    kind: Kind
    name: str
    owner: str
    sharing: Sharing
    version: int
    told: Mapping[str, Any] = field(repr=False)
    made_by: str
    made_at: datetime
    is_starred: bool


class SavedThings:
    """What is saved in a home."""

    def __init__(self, state: State, now: Callable[[], datetime] | None = None) -> None:
        self._state = state
        self._now = now or (lambda: datetime.now(UTC).replace(tzinfo=None, microsecond=0))

    def keep(self, kind: Kind, name: str, told: Mapping[str, Any], reader: Reader) -> Saved:
        """Keep a new thing, of which who keeps it is the owner.

        Raises:
            WrongRequest: they have one of that name, too many, or it is too large.
        """
        content = _written(name, told)
        with self._state.writing() as connection:
            _require_room(connection, kind, name, content, reader)
            made = connection.execute(
                "insert into saved (kind, name, owner, shared_with, made_at) values (?, ?, ?, 'nobody', ?)",
                (kind, name, reader.login, self._now().isoformat()),
            )
            assert made.lastrowid is not None
            self._add(connection, made.lastrowid, 1, content, reader)
            return _one(connection, kind, made.lastrowid, reader)

    def change(
        self, kind: Kind, number: int, name: str, told: Mapping[str, Any], *, since: int, reader: Reader
    ) -> Saved:
        """A further version of a thing of one's own.

        Args:
            since: the version that was changed.

        Raises:
            NotSaved: it is not there, or not theirs.
            Outdated: there is a later version.
            WrongRequest: as `keep`.
        """
        content = _written(name, told)
        with self._state.writing() as connection:
            found = _owned(connection, kind, number, reader)
            if found.version != since:
                raise Outdated
            _require_room(connection, kind, name, content, reader, beside=number)
            self._add(connection, number, since + 1, content, reader)
            connection.execute("update saved set name = ? where saved_id = ?", (name, number))
            return _one(connection, kind, number, reader)

    def share(self, kind: Kind, number: int, sharing: Sharing, reader: Reader) -> Saved:
        """Share a thing of one's own with others, or no longer."""
        with self._state.writing() as connection:
            _owned(connection, kind, number, reader)
            connection.execute(
                "update saved set shared_with = ?, shared_name = ? where saved_id = ?",
                (sharing.shared_with, sharing.name, number),
            )
            return _one(connection, kind, number, reader)

    def remove(self, kind: Kind, number: int, reader: Reader) -> None:
        """Throw a thing of one's own away, with all its versions."""
        with self._state.writing() as connection:
            _owned(connection, kind, number, reader)
            for table in ("star", "saved_version", "saved"):
                connection.execute(f"delete from {table} where saved_id = ?", (number,))

    def star(self, kind: Kind, number: int, is_starred: bool, reader: Reader) -> Saved:
        """Mark a thing for oneself, or no longer."""
        with self._state.writing() as connection:
            _one(connection, kind, number, reader)
            connection.execute("delete from star where saved_id = ? and login = ?", (number, reader.login))
            if is_starred:
                connection.execute("insert into star (saved_id, login) values (?, ?)", (number, reader.login))
            return _one(connection, kind, number, reader)

    def seen_by(self, kind: Kind, reader: Reader) -> tuple[Saved, ...]:
        """What somebody has or is shown of one kind, as it is now: starred ones first, then by name."""
        with self._state.reading() as connection:
            found = _select(connection, _NEWEST, reader, kind=kind)
        return tuple(sorted(found, key=lambda one: (not one.is_starred, one.name.casefold(), one.number)))

    def versions(self, kind: Kind, number: int, reader: Reader) -> tuple[Saved, ...]:
        """Every version of a thing of one's own, the newest first; of others', what is shown: the newest.

        Raises:
            NotSaved: as `change`.
        """
        with self._state.reading() as connection:
            found = _select(connection, "s.saved_id = :number", reader, kind=kind, number=number)
        if not found:
            raise NotSaved
        newest_first = sorted(found, key=lambda one: -one.version)
        # what its owner took out of it, or had not shared yet, is nobody else's
        return tuple(newest_first if newest_first[0].owner == reader.login else newest_first[:1])

    def _add(self, connection: sqlite3.Connection, number: int, version: int, content: str, reader: Reader) -> None:
        connection.execute(
            "insert into saved_version (saved_id, version, told, made_by, made_at) values (?, ?, ?, ?, ?)",
            (number, version, content, reader.login, self._now().isoformat()),
        )


def _require_room(
    connection: sqlite3.Connection, kind: Kind, name: str, content: str, reader: Reader, *, beside: int | None = None
) -> None:
    """Refuse what would have the name of another thing of theirs, or be more than one account may keep."""
    mine = connection.execute("select saved_id, name from saved where owner = ? and kind = ?", (reader.login, kind))
    others = [one for number, one in mine if number != beside]
    if name in others:
        raise WrongRequest(f"You have a {kind} called {name!r} already. Give this one another name.")
    if len(others) >= MOST:
        raise WrongRequest(f"You have {MOST} of them, and no more can be kept. Remove some first.")
    (letters,) = connection.execute(
        "select coalesce(sum(length(v.told)), 0) from saved_version v join saved s using (saved_id) where s.owner = ?",
        (reader.login,),
    ).fetchone()
    if letters + len(content) > MOST_LETTERS:
        raise WrongRequest(
            f"What you keep, with all its versions, would be more than {MOST_LETTERS:,} letters. Remove some first."
        )


def _select(connection: sqlite3.Connection, where: str, reader: Reader, *, kind: Kind, **words: Any) -> list[Saved]:
    """Things that a reader may see; what is not theirs to see is not even read."""
    if abs(words.get("number", 0)) > _LARGEST_NUMBER:
        return []  # no row has such a number, and SQLite would not take it
    of = {"roles": json.dumps(sorted(reader.roles)), "units": json.dumps(sorted(reader.units))}
    rows = connection.execute(
        f"select {_COLUMNS} from saved s join saved_version v using (saved_id) "
        f"where s.kind = :kind and {_SEEN} and {where}",
        {"login": reader.login, "kind": kind, **of, **words},
    ).fetchall()
    return [_saved(one) for one in rows]


def _one(connection: sqlite3.Connection, kind: Kind, number: int, reader: Reader) -> Saved:
    found = _select(connection, f"s.saved_id = :number and {_NEWEST}", reader, kind=kind, number=number)
    if not found:
        raise NotSaved
    return found[0]


def _owned(connection: sqlite3.Connection, kind: Kind, number: int, reader: Reader) -> Saved:
    found = _one(connection, kind, number, reader)
    if found.owner != reader.login:
        raise NotSaved
    return found


def _saved(row: tuple[Any, ...]) -> Saved:
    number, kind, name, owner, shared_with, shared_name, version, told, made_by, made_at, is_starred = row
    sharing = Sharing(shared_with, shared_name)
    at = datetime.fromisoformat(made_at)
    return Saved(number, kind, name, owner, sharing, version, json.loads(told), made_by, at, bool(is_starred))


def _written(name: str, told: Mapping[str, Any]) -> str:
    if not name.strip() or len(name) > LONGEST:
        raise WrongRequest(f"A name has 1 to {LONGEST} letters.")
    content = json.dumps(told, ensure_ascii=False)
    if len(content) > LARGEST:
        raise WrongRequest(f"What is kept is at most {LARGEST:,} letters long.")
    return content
