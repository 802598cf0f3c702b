"""recorders: who recorded a version, by login and name where the viewer may know them, and never by a bare id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dataport.access import Account, ScopedRecords, may_know
from dataport.records.told import Case, Record, Version
from dataport.semantic.record import ACCOUNTS

UNKNOWN = "an account that is not yours to know"


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who recorded something.

    Attributes:
        key: tells two accounts of one look apart, also two of whom the viewer may know neither; it says no more.
        login, name: as the store has them; None where they are not this viewer's to know.
    """

    key: int = field(repr=False)
    login: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        if self.login is None:
            return UNKNOWN
        return f"{self.name} ({self.login})" if self.name else self.login


def ids_of(case: Case) -> frozenset[str]:
    """The accounts that a case names."""
    return frozenset(
        str(version.values[name])
        for record in (case.main, *case.records)
        for version in record.versions
        for name in ACCOUNTS
        if version.values.get(name) is not None
    )


def with_recorders(case: Case, accounts: Iterable[Account], scoped: ScopedRecords, entity: str) -> Case:
    """The case, with who recorded its versions in place of the ids of their accounts.

    Args:
        entity: what permissions to open persons are given on.
    """
    named = _Naming({(one.source, one.user_id): one for one in accounts if may_know(scoped, one, entity)})
    done: dict[int, Record] = {}

    def told(record: Record) -> Record:
        # the record that was asked for stays the same one among the others
        if id(record) not in done:
            versions = tuple(named.version(one, record.source) for one in record.versions)
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


class _Naming:
    """The accounts of one look, numbered as they are met."""

    def __init__(self, known: Mapping[tuple[str, str], Account]) -> None:
        self._known = known
        self._met: dict[tuple[str | None, str], Recorder] = {}

    def version(self, version: Version, source: str | None) -> Version:
        """A version with who recorded it."""
        named = {
            name: self._recorder(source, str(version.values[name]))
            for name in ACCOUNTS
            if version.values.get(name) is not None
        }
        return replace(version, values={**version.values, **named}) if named else version

    def _recorder(self, source: str | None, user_id: str) -> Recorder:
        """An account of the record's own store; a store that nobody named has one name only in homes of one source."""
        if (source, user_id) not in self._met:
            account = self._known.get((source or "", user_id))
            if account is None and source is None:
                mine = [one for (_, user), one in self._known.items() if user == user_id]
                account = mine[0] if len(mine) == 1 else None
            told = (account.login, account.full_name or None) if account else (None, None)
            self._met[source, user_id] = Recorder(len(self._met), *told)
        return self._met[source, user_id]
