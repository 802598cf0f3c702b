"""Records: what may be opened one by one, as data. A record is of a person or group, or belongs to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundBy:
    """By which columns an owner is found whose number is not at hand."""

    name: tuple[str, ...]
    birth_date: str | None = None


@dataclass(frozen=True, slots=True)
class RecordModel:
    """One kind of record: where its versions stand, whose they are, and what of them may be told.

    Whether a version may be seen is decided by attributes of its owner: of the record itself (a person, a group), or of
    the person or group that it belongs to, at the time. Every table has `valid_from` and `valid_to`, the half-open
    interval in recorded time in which a version holds, `source_id`, and `damaged_columns`, the names of the fields in
    which the store has damaged values.

    Attributes:
        entity: what permissions to open it are given on. Who was in which group is about the person, and so goes by it.
        key: the column that is the same in all versions of one record.
        owners: the kinds of record that it may belong to, the first that it names; empty for an owner itself.
        ids: for an owner, the columns of the ids by which people know it.
        scope: for an owner, the column that leads to what grants are about.
        fields: the columns that may be told, as far as their sensitivity permits. Any other is never told.
        bookkeeping: columns that every version has anew although nothing of the record changed.
        is_of_a_moment: it happened when it was recorded: the owner's version of that moment decides, and no other.
        leads_to: for a membership, the kind of owner that it leads to from its own.
        kind: the column that says which one it is among those of an owner: the type of a document, say.
        found_by: for an owner, by what it is found beside its ids; None where by nothing.
    """

    name: str
    label: str
    table: str
    entity: str
    key: str
    fields: tuple[str, ...]
    bookkeeping: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    scope: str | None = None
    is_of_a_moment: bool = False
    leads_to: str | None = None
    kind: str | None = None
    found_by: FoundBy | None = None

    @property
    def is_owner(self) -> bool:
        return not self.owners


@dataclass(frozen=True, slots=True)
class Lookup:
    """The table that leads from an id to the owners that ever bore it: it has the id, and the key of each owner."""

    table: str
    id: str


@dataclass(frozen=True, slots=True)
class RecordModels:
    """All kinds of record of one set of definitions; none where nothing can be opened."""

    models: Mapping[str, RecordModel]
    lookup: Lookup | None = None

    def __getitem__(self, name: str) -> RecordModel:
        return self.models[name]

    @property
    def owners(self) -> tuple[RecordModel, ...]:
        """Those that others belong to. The first must be permitted for anything to be opened at all."""
        return tuple(one for one in self.models.values() if one.is_owner)

    @property
    def entities(self) -> tuple[str, ...]:
        """What permissions to open can be given on."""
        return tuple(dict.fromkeys(one.entity for one in self.models.values()))

    def owner_of(self, model: RecordModel) -> RecordModel:
        """Of an owner, itself; otherwise the first kind that it may belong to."""
        return self.models[model.owners[0]] if model.owners else model

    @property
    def membership(self) -> RecordModel:
        """The kind of record that says which owner was in which."""
        return next(one for one in self.models.values() if one.leads_to)

    def belongings(self, owner: RecordModel) -> tuple[RecordModel, ...]:
        """What belongs to an owner, memberships apart."""
        return tuple(one for one in self.models.values() if owner.name in one.owners and not one.leads_to)


# The columns that hold ids of accounts of a record's own store: nobody reads these, and a case tells whose they are.
ACCOUNTS = ("created_by", "modified_by")
# What every table of records has, beside what its kind of record names.
DAMAGED_COLUMNS = "damaged_columns"
EVERY_TABLE = ("valid_from", "valid_to", "source_id", DAMAGED_COLUMNS)
NO_RECORDS = RecordModels({})
