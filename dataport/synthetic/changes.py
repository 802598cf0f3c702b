"""Changes: what one day brings, gathered first and written in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from dataport.store import Writer
from dataport.store.schema import BY_NAME
from dataport.synthetic.portion import EVENT
from dataport.synthetic.texts import unique_ids

Row = dict[str, Any]

_IDS_AT_ONCE = 64
_ORDER = (
    "registration_group",
    "individual",
    "membership",
    "address",
    "document",
    "specific_need",
    "assistance",
    "event",
)


@dataclass(frozen=True, slots=True)
class Device:
    """Where and when a change was entered: the clock of the device, which may be weeks behind the store's."""

    moment: datetime
    account: str
    channel: str

    @property
    def day(self) -> date:
        """The device's date."""
        return self.moment.date()

    def entered(self) -> Row:
        """The stamps of a new record."""
        return {"created_on": self.moment, "created_by": self.account} | self.changed()

    def changed(self) -> Row:
        """The stamps of a changed record."""
        return {"modified_on": self.moment, "modified_by": self.account, "entry_channel_code": self.channel}


class Changes:
    """New, changed and deleted records of one day.

    A person's state changes at most once a day, so that each change has one event and each event one change; the days'
    events and new records get numbers of their own.
    """

    def __init__(self, seed: int, day: date) -> None:
        self.seed, self.day = seed, day
        self.events: Counter[str] = Counter()
        self._inserts: dict[str, list[Row]] = {table: [] for table in _ORDER}
        self._updates: dict[str, dict[str, Row]] = {table: {} for table in _ORDER}
        self._deletes: dict[str, list[str]] = {table: [] for table in _ORDER}
        self._numbers: Counter[int] = Counter()
        self._made: Counter[int] = Counter()
        self._ids: dict[int, list[str]] = {}
        self._told: set[str] = set()

    @property
    def elapsed(self) -> int:
        """Days since the end of 2021."""
        return (self.day - date(2021, 12, 31)).days

    def number(self, kind: int) -> int:
        """The next number of the day for a kind of record, from 0."""
        self._numbers[kind] += 1
        return self._numbers[kind] - 1

    def new_id(self, kind: int) -> str:
        """A new identifier; those of the first load have smaller numbers."""
        waiting = self._ids.setdefault(kind, [])
        if not waiting:
            first = 10**11 + self.elapsed * 10**6 + self._made[kind]
            numbers = np.arange(first + _IDS_AT_ONCE, first, -1, dtype=np.int64)
            waiting += unique_ids(self.seed, kind, 0, numbers).to_pylist()
            self._made[kind] += _IDS_AT_ONCE
        return waiting.pop()

    def insert(self, table: str, row: Row, device: Device) -> None:
        """A new record."""
        self._inserts[table].append(row | device.entered())

    def update(self, table: str, key: str, device: Device, **columns: Any) -> None:
        """Changed columns of a record; several changes of a day make one version."""
        key_column = BY_NAME[table].key
        self._updates[table].setdefault(key, {key_column: key}).update(columns | device.changed())

    def delete(self, table: str, keys: Iterable[str]) -> None:
        """Records that go."""
        self._deletes[table] += list(keys)

    def event(self, kind: str, person: Row, device: Device, reason: str | None = None, **columns: Any) -> None:
        """What happened to a person: one row for each change of state."""
        row = {
            "event_id": self.new_id(EVENT),
            "individual_id": person["individual_id"],
            "group_id": person["group_id"],
            "event_type_code": kind,
            "event_date": device.day,
            "reason_code": reason,
        }
        self.events[kind] += 1
        self._told.add(person["individual_id"])
        self.insert("event", row | columns, device)

    def has_event(self, person: Row) -> bool:
        """Whether something has happened to the person today."""
        return person["individual_id"] in self._told

    def write(self, writer: Writer) -> dict[str, int]:
        """Write everything; returns the new rows by table."""
        for table in _ORDER:
            writer.insert(table, self._inserts[table])
        for table in _ORDER:
            gone = set(self._deletes[table])
            writer.update(table, [row for key, row in self._updates[table].items() if key not in gone])
        for table in _ORDER:
            writer.delete(table, self._deletes[table])
        return {table: len(rows) for table, rows in self._inserts.items() if rows}
