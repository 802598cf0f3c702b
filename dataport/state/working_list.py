"""working_list: who sees to a record, why one is excused, and what was said of it: by account, and dated.

Nothing here changes an answer. An excuse is in force from the day on which it was made until it expires or is
withdrawn, and on no day before.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from dataport.state.database import State
from dataport.state.subjects import Subject


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is to see to what is wrong with a record.

    Attributes:
        kpi: the measure by which it was found.
        assignee, made_by: logins.
        ended_at: when it was taken back, or given to somebody else; None while it holds.
    """

    subject: Subject
    kpi: str
    assignee: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a record may stay as it is for a while, although a measure finds it wrong.

    Attributes:
        expires_on: the last day on which it is in force.
        ended_at: when it was withdrawn.
    """

    subject: Subject
    kpi: str
    reason: str = field(repr=False)
    expires_on: date
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day (UTC)."""
        withdrawn = self.ended_at is not None and self.ended_at.date() <= day
        return self.made_at.date() <= day <= self.expires_on and not withdrawn


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down about a record."""

    subject: Subject
    kpi: str
    said: str = field(repr=False)
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """All that was made of one record, oldest first."""

    assignments: tuple[Assignment, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def kpis(self) -> tuple[str, ...]:
        """The KPIs by which something was made of it, each once."""
        named = [one.kpi for one in self.assignments] + [one.kpi for one in self.excuses]
        return tuple(dict.fromkeys([*named, *(one.kpi for one in self.notes)]))

    def of_kpis(self, codes: frozenset[str]) -> Work:
        """Of it, what is about some KPIs."""
        return Work(
            tuple(one for one in self.assignments if one.kpi in codes),
            tuple(one for one in self.excuses if one.kpi in codes),
            tuple(one for one in self.notes if one.kpi in codes),
        )

    def assignee(self, kpi: str) -> str | None:
        """Who sees to it now."""
        return next((one.assignee for one in self.assignments if one.kpi == kpi and one.ended_at is None), None)

    def excuse(self, kpi: str, day: date) -> Excuse | None:
        """The excuse in force on a day, the newest where there are several."""
        return next((one for one in reversed(self.excuses) if one.kpi == kpi and one.holds_on(day)), None)


class WorkingList:
    """The working list of a home."""

    def __init__(self, state: State, now: Callable[[], datetime] | None = None) -> None:
        self._state = state
        self._now = now or (lambda: datetime.now(UTC).replace(tzinfo=None, microsecond=0))

    def assign(self, about: Iterable[Subject], kpi: str, assignee: str | None, by: str) -> int:
        """Give records to somebody to see to, or, with nobody named, take them back; whoever had them has them no more.

        All of them, or, where one cannot be written, none.
        """
        at, listed = self._now().isoformat(), sorted(set(about))
        with self._state.writing() as connection:
            for one in listed:
                connection.execute(
                    "update assignment set ended_by = ?, ended_at = ? "
                    "where subject_kind = ? and subject_key = ? and kpi = ? and ended_at is null",
                    (by, at, one.kind, one.key, kpi),
                )
                if assignee is not None:
                    connection.execute(
                        "insert into assignment (subject_kind, subject_key, kpi, assignee, made_by, made_at) "
                        "values (?, ?, ?, ?, ?, ?)",
                        (one.kind, one.key, kpi, assignee, by, at),
                    )
        return len(listed)

    def excuse(self, about: Iterable[Subject], kpi: str, reason: str | None, expires_on: date | None, by: str) -> int:
        """Excuse records until a day, or, without a reason, withdraw what excuses them now. All of them, or none."""
        at, listed = self._now().isoformat(), sorted(set(about))
        with self._state.writing() as connection:
            for one in listed:
                connection.execute(
                    "update excuse set ended_by = ?, ended_at = ? "
                    "where subject_kind = ? and subject_key = ? and kpi = ? and ended_at is null",
                    (by, at, one.kind, one.key, kpi),
                )
                if reason is not None and expires_on is not None:
                    connection.execute(
                        "insert into excuse (subject_kind, subject_key, kpi, reason, expires_on, made_by, made_at) "
                        "values (?, ?, ?, ?, ?, ?, ?)",
                        (one.kind, one.key, kpi, reason, expires_on.isoformat(), by, at),
                    )
        return len(listed)

    def note(self, about: Iterable[Subject], kpi: str, said: str, by: str) -> int:
        """Write something down about records. All of them, or none."""
        at, listed = self._now().isoformat(), sorted(set(about))
        with self._state.writing() as connection:
            connection.executemany(
                "insert into note (subject_kind, subject_key, kpi, said, made_by, made_at) values (?, ?, ?, ?, ?, ?)",
                [(one.kind, one.key, kpi, said, by, at) for one in listed],
            )
        return len(listed)

    def of(self, about: Iterable[Subject]) -> Mapping[Subject, Work]:
        """What was made of these records; only those of whom there is something. Judge first who may know of them."""
        wanted = defaultdict[str, list[int]](list)
        for one in about:
            wanted[one.kind].append(one.key)
        return self._read(_OF, [{"kind": kind, "keys": json.dumps(keys)} for kind, keys in wanted.items()])

    def everything(self) -> Mapping[Subject, Work]:
        """What was made of all records. Judge first who may know of them."""
        return self._read("", [{}])

    def excused(self, kind: str, kpi: str, day: date) -> frozenset[int]:
        """The keys of the records of a kind that are excused by a KPI on a day."""
        with self._state.reading() as connection:
            rows = _rows(connection, "excuse", "where kpi = :kpi and subject_kind = :kind", {"kpi": kpi, "kind": kind})
            return frozenset(row["subject_key"] for row in rows if _excuse(row).holds_on(day))

    def _read(self, where: str, several: Sequence[Mapping[str, Any]]) -> Mapping[Subject, Work]:
        """One read of each table for each of some conditions, in the order in which everything was made."""
        assignments, excuses, notes = (defaultdict[Subject, list[Any]](list) for _ in range(3))
        with self._state.reading() as connection:
            for table, made, found in (
                ("assignment", _assignment, assignments), ("excuse", _excuse, excuses), ("note", _note, notes)
            ):  # fmt: skip
                for values in several:
                    for row in _rows(connection, table, where, values):
                        found[row["subject"]].append(made(row))
        return {
            one: Work(tuple(assignments.get(one, ())), tuple(excuses.get(one, ())), tuple(notes.get(one, ())))
            for one in sorted({*assignments, *excuses, *notes})
        }


# By the index on the two columns that name a record, however many records there are.
_OF = "where subject_kind = :kind and subject_key in (select value from json_each(:keys))"


def _rows(
    connection: sqlite3.Connection, table: str, where: str, values: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """The rows of a table, each with the record that it is about."""
    cursor = connection.execute(f"select * from {table} {where} order by {table}_id", values)
    names = [one[0] for one in cursor.description]
    for row in cursor:
        found = dict(zip(names, row, strict=True))
        yield found | {"subject": Subject(found["subject_kind"], found["subject_key"])}


def _assignment(row: Mapping[str, Any]) -> Assignment:
    return Assignment(row["subject"], row["kpi"], row["assignee"], row["made_by"], *_times(row))


def _excuse(row: Mapping[str, Any]) -> Excuse:
    day = date.fromisoformat(row["expires_on"])
    return Excuse(row["subject"], row["kpi"], row["reason"], day, row["made_by"], *_times(row))


def _note(row: Mapping[str, Any]) -> Note:
    return Note(row["subject"], row["kpi"], row["said"], row["made_by"], datetime.fromisoformat(row["made_at"]))


def _times(row: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    ended = row["ended_at"]
    return datetime.fromisoformat(row["made_at"]), datetime.fromisoformat(ended) if ended else None
