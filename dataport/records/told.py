"""told: a case as it leaves door 2. Whatever stands here, its viewer may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dataport.semantic.record import DAMAGED_COLUMNS

# Which fields the store keeps damaged values in: told of those that the viewer may see, and absent where none are.
DAMAGED = DAMAGED_COLUMNS


@dataclass(frozen=True, slots=True)
class Version:
    """What a record said for a while, as far as the viewer may see it.

    Attributes:
        first, until: recorded time, half-open; `until` is None where it still says so.
        values: fields by name; a field that is not this viewer's is not here.
        bookkeeping: those that every version has anew although nothing of the record changed.
        is_cut: whether it began before, and went on after, as far as the viewer may not see it.
    """

    first: datetime
    until: datetime | None
    values: Mapping[str, Any] = field(repr=False)
    bookkeeping: tuple[str, ...] = field(default=(), repr=False)
    is_cut: tuple[bool, bool] = (False, False)

    @property
    def said(self) -> Mapping[str, Any]:
        """What it says of the record itself, apart from who wrote it down and when, damaged or not."""
        said = {name: value for name, value in self.values.items() if name not in self.bookkeeping}
        if DAMAGED in said:
            damaged = [name for name in str(said.pop(DAMAGED)).split(", ") if name not in self.bookkeeping]
            said |= {DAMAGED: ", ".join(damaged)} if damaged else {}
        return said

    def holds_at(self, closing: datetime) -> bool:
        """Whether it is the version at the end of a day that closes at an instant."""
        return self.first < closing and (self.until is None or closing <= self.until)


@dataclass(frozen=True, slots=True)
class Record:
    """One record with its versions in scope, oldest first.

    Attributes:
        person, group: internal keys that lead from one record of a case to another; they are not shown.
        source: the store that it was last recorded in.
        label: what such a record is called.
        kind: the field that says which one it is among those of its owner; None where there is none.
    """

    entity: str
    person: int | None
    group: int | None
    versions: tuple[Version, ...]
    source: str | None = None
    label: str = ""
    kind: str | None = None

    @property
    def owner_key(self) -> int:
        """The key of the person that it is of, or of the group where it is of none."""
        key = self.person if self.person is not None else self.group
        assert key is not None
        return key


@dataclass(frozen=True, slots=True)
class Case:
    """A person or a group with all that belongs to them, as far as the viewer may see it.

    Attributes:
        main: the record that was asked for.
        persons, groups, memberships: the person with the others of their groups, or the group with its members.
        belongings: addresses, documents, needs, assistance and events of the persons, by entity; an entity that this
            viewer may not open is not here.
        meta: viewer, purpose and data version; `limited_to` says how many persons were opened where there are more.
        rights: a digest of what the viewer may see of any case; it is not shown.
    """

    main: Record
    persons: tuple[Record, ...]
    groups: tuple[Record, ...]
    memberships: tuple[Record, ...]
    belongings: Mapping[str, tuple[Record, ...]]
    meta: Mapping[str, Any]
    rights: str = field(default="", repr=False)

    @property
    def records(self) -> tuple[Record, ...]:
        """Everything that was opened; the record that was asked for is among the persons or groups."""
        belongings = (one for several in self.belongings.values() for one in several)
        return (*self.persons, *self.groups, *self.memberships, *belongings)
