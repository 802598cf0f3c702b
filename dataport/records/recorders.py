"""recorders: who recorded a version, by login and name where the viewer may know them, and never by a bare id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dataport.access import Account, Viewer, may_know
from dataport.records.told import Case, Record, Version

# The columns that hold ids of accounts of the record's own store.
_ACCOUNTS = ("created_by", "modified_by")
ELSEWHERE = "an account of another office"


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who recorded something.

    Attributes:
        key: tells two accounts apart, also two of whom the viewer may know neither; it is not shown.
        login, name: as the store has them; None where they are not this viewer's to know.
    """

    key: tuple[str | None, str] = field(repr=False)
    login: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        if self.login is None:
            return ELSEWHERE
        return f"{self.name} ({self.login})" if self.name else self.login


def ids_of(case: Case) -> frozenset[str]:
    """The accounts that a case names."""
    return frozenset(
        str(version.values[name])
        for record in (case.main, *case.records)
        for version in record.versions
        for name in _ACCOUNTS
        if version.values.get(name) is not None
    )


def with_recorders(case: Case, accounts: Iterable[Account], viewer: Viewer) -> Case:
    """The case, with who recorded its versions in place of the ids of their accounts."""
    known = {(one.source, one.user_id): one for one in accounts if may_know(viewer, one)}

    done: dict[int, Record] = {}

    def told(record: Record) -> Record:
        # the record that was asked for stays the same one among the others
        if id(record) not in done:
            versions = tuple(_named(one, record.source, known) for one in record.versions)
            done[id(record)] = replace(record, versions=versions)
        return done[id(record)]

    return replace(
        case,
        main=told(case.main),
        persons=tuple(map(told, case.persons)),
        groups=tuple(map(told, case.groups)),
        memberships=tuple(map(told, case.memberships)),
        belongings={entity: tuple(map(told, several)) for entity, several in case.belongings.items()},
    )


def _named(version: Version, source: str | None, known: Mapping[tuple[str, str], Account]) -> Version:
    named = {
        name: _recorder(source, str(version.values[name]), known)
        for name in _ACCOUNTS
        if version.values.get(name) is not None
    }
    return replace(version, values={**version.values, **named}) if named else version


def _recorder(source: str | None, user_id: str, known: Mapping[tuple[str, str], Any]) -> Recorder:
    """An account of the record's own store; a store that nobody named has one name only in homes of one source."""
    account = known.get((source or "", user_id))
    if account is None and source is None:
        mine = [one for (_, user), one in known.items() if user == user_id]
        account = mine[0] if len(mine) == 1 else None
    if account is None:
        return Recorder((source, user_id))
    return Recorder((source, user_id), account.login, account.full_name or None)
