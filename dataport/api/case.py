"""One case through door 2, for notebooks and programs: each call is a look of its own, and is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from typing import Any, Literal

from dataport.api import given
from dataport.errors import WrongRequest
from dataport.history import (
    MY_LAST_LOOK,
    Changes,
    Compared,
    Difference,
    Entry,
    Family,
    Line,
    Part,
    People,
    Relative,
    Shown,
    Timeline,
    Wanted,
    case_changes,
    case_comparison,
    case_family,
    case_history,
    find_people,
    label_of,
    limit_note,
    meaning_of,
    show_case,
)
from dataport.house import House
from dataport.semantic import parse_day
from dataport.texts import CELL, written
from dataport.visit import Asker, machine_account


@dataclass(frozen=True, slots=True)
class CaseView:
    """What a look at a case gave: `told` holds it. It does not print in a log; a notebook shows it as tables."""

    told: Shown | Timeline | Compared | Changes | Family | People = field(repr=False)

    @property
    def meta(self) -> Mapping[str, Any]:
        """Viewer, purpose, data version."""
        return self.told.meta

    def _repr_html_(self) -> str:
        note = limit_note(self.meta)
        return self._tables() + (f"<p>{note}</p>" if note else "")

    def _tables(self) -> str:
        match self.told:
            case Shown(as_of, main, sections):
                parts = [f"<h4>{_escaped(main.name)}, as of {as_of}</h4>", _upright(main.records[0])]
                for one in sections:
                    parts += [f"<h5>{_escaped(one.name)}</h5>", *map(_upright, one.records)]
                return "".join(parts)
            case Timeline(_, entries):
                return html_table(("Recorded (UTC)", "Happened", "Who", "What", "By"), map(_act, entries))
            case Compared(first, second, lines):
                return html_table(("", str(first), str(second)), map(_line, lines))
            case Changes(_, _, _, members):
                rows = [_difference(of.subject, one) for of in members for one in of.differences]
                return html_table(("Who", "Recorded (UTC)", "What", "Before", "After", "By"), rows)
            case People(people):
                return "".join(_upright(one.values) for one in people)
            case Family(_, groups):
                parts = [(f"<h5>Group {_escaped(group.number or '')}</h5>", group.relatives) for group in groups]
                return "".join(title + html_table(_RELATIVE, map(_relative, several)) for title, several in parts)


@dataclass(frozen=True, slots=True)
class CaseDoor:
    """A case by one of its ids, for one viewer and one purpose."""

    _case_id: str = field(repr=False)
    _asker: Asker
    _home: Callable[[], House] = field(repr=False)

    def show(self, as_of: str | date | None = None) -> CaseView:
        """The case at the end of a day, as `dataport case show` gives it."""
        return CaseView(show_case(self._case_id, day_of(as_of) if as_of else None, self._asker, self._home()))

    def history(
        self,
        *,
        between: str | tuple[str | date, str | date] | None = None,
        member: str | None = None,
        kinds: str | Iterable[str] = (),
    ) -> CaseView:
        """What happened to it, oldest first, by when the store came to know of it.

        Args:
            between: the first and the last day (UTC) that it was recorded on.
            member: the number of the one member whom it is about.
            kinds: kinds of entries, such as ``correction``, or of records, such as ``document``.
        """
        days = given.between(between) if between is not None else None
        part = Part(days, _number(member), given.names("kinds", kinds))
        return CaseView(case_history(self._case_id, self._asker, self._home(), part))

    def changes(self, since: str | date, *, member: str | None = None) -> CaseView:
        """What is different, by member, newest first.

        Args:
            since: from the beginning of this day (UTC) on, or ``my-last-look``.
        """
        day: date | Literal["my-last-look"] = "my-last-look" if since == MY_LAST_LOOK else day_of(since)
        return CaseView(case_changes(self._case_id, day, self._asker, self._home(), _number(member)))

    def family(self) -> CaseView:
        """Who belongs to it, how they are related, who joined and left, and when."""
        return CaseView(case_family(self._case_id, self._asker, self._home()))

    def compare(self, first: str | date | tuple[str | date, str | date], second: str | date | None = None) -> CaseView:
        """The case on two days, side by side: given one after the other, as a pair, or as one text FROM..TO."""
        days = given.between(first) if second is None else (day_of(first), day_of(second))
        return CaseView(case_comparison(self._case_id, *days, self._asker, self._home()))


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of a home, for one viewer: ``cases(ID, purpose=…)`` is one of them, `find` looks for some."""

    _login: str
    _home: Callable[[], House] = field(repr=False)

    def __call__(self, case_id: str, *, purpose: str) -> CaseDoor:
        """A case to open, by an id or number of a person or a group. Nothing is looked at yet.

        Args:
            purpose: what for; it is written down with each look.
        """
        if not isinstance(case_id, str) or not isinstance(purpose, str):
            raise WrongRequest("The id of a case and the purpose are texts.")
        return CaseDoor(case_id, self._asker(purpose), self._home)

    def show(self, case_id: str, as_of: str | date | None = None, *, purpose: str) -> CaseView:
        """As ``cases(case_id, purpose=…).show(as_of)``."""
        return self(case_id, purpose=purpose).show(as_of)

    def history(self, case_id: str, *, purpose: str, **part: Any) -> CaseView:
        """As ``cases(case_id, purpose=…).history(…)``."""
        return self(case_id, purpose=purpose).history(**part)

    def compare(
        self,
        case_id: str,
        first: str | date | tuple[str | date, str | date],
        second: str | date | None = None,
        *,
        purpose: str,
    ) -> CaseView:
        """As ``cases(case_id, purpose=…).compare(first, second)``."""
        return self(case_id, purpose=purpose).compare(first, second)

    def changes(self, case_id: str, since: str | date, *, purpose: str, member: str | None = None) -> CaseView:
        """As ``cases(case_id, purpose=…).changes(since)``."""
        return self(case_id, purpose=purpose).changes(since, member=member)

    def family(self, case_id: str, *, purpose: str) -> CaseView:
        """As ``cases(case_id, purpose=…).family()``."""
        return self(case_id, purpose=purpose).family()

    def find(
        self, *, purpose: str, number: str | None = None, name: str | None = None, birth_year: int | None = None
    ) -> CaseView:
        """People of whom this is known, as `dataport case find` gives them.

        Args:
            name: whole words of their name, in any script and order.
        """
        if not all(isinstance(one, str | None) for one in (number, name)) or not isinstance(purpose, str):
            raise WrongRequest("A number, a name and the purpose are texts.")
        if birth_year is not None and (isinstance(birth_year, bool) or not isinstance(birth_year, int)):
            raise WrongRequest("A year of birth is a whole number.")
        return CaseView(find_people(Wanted(number, name, birth_year), self._asker(purpose), self._home()))

    def _asker(self, purpose: str) -> Asker:
        return Asker(self._login or None, machine_account(), purpose=purpose)


def _number(member: str | None) -> str | None:
    if member is not None and not isinstance(member, str):
        raise WrongRequest("The number of a member is a text.")
    return member


def day_of(day: Any) -> date:
    """A day as it was given to a door, or WrongRequest."""
    if not isinstance(day, str | date) or isinstance(day, datetime):
        raise WrongRequest("A day is a text such as '2021-12-31', or a date.")
    return parse_day(day) if isinstance(day, str) else day


def _said(name: str, value: Any) -> str:
    return "" if value is None else meaning_of(name, value)


def _act(one: Entry) -> tuple[str, ...]:
    told = "\n".join((one.words, *one.details))
    return f"{one.recorded_at:%Y-%m-%d %H:%M}", str(one.happened_on or ""), one.subject, told, one.by or ""


def _difference(subject: str, one: Difference) -> tuple[str, ...]:
    what = ", ".join(part for part in (one.record, label_of(one.name) if one.name else one.act) if part)
    if one.how == "undone":
        between = " → ".join(_all(one.name, value) for value in one.between)
        what += f" (undone{', in between ' + between if between else ''})"
    values = (_all(one.name, value) for value in (one.before, one.after))
    return subject, f"{one.recorded_at:%Y-%m-%d %H:%M}", what, *values, str(one.recorder or "")


def _all(name: str, value: Any) -> str:
    """A value, or all fields of a record that came or went."""
    if isinstance(value, Mapping):
        return "\n".join(f"{label_of(one)}: {meaning_of(one, told)}" for one, told in value.items())
    return meaning_of(name, value) if name else ""


_RELATIVE = ("Member", "Relationship", "Joined", "Left")


def _relative(one: Relative) -> tuple[str, ...]:
    joined = "\n".join(f"{'' if stay.has_joined else '≤ '}{stay.joined_on}" for stay in one.stays)
    left = "\n".join(f"{'' if stay.has_left else '≥ '}{stay.left_on}" for stay in one.stays if stay.left_on)
    return one.subject, _said("relationship_code", one.relationship), joined, left


def _line(one: Line) -> tuple[str, ...]:
    return f"{one.record} {label_of(one.name)}".strip(), _said(one.name, one.before), _said(one.name, one.after)


def _upright(record: Mapping[str, Any]) -> str:
    said = ((label_of(name), meaning_of(name, value)) for name, value in record.items() if value is not None)
    return html_table((), said)


def _escaped(text: str) -> str:
    return escape(written(text, longest=CELL))


def html_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table for a notebook, everything in it escaped."""
    cells = "".join(f"<th>{_escaped(one)}</th>" for one in head)
    body = "".join("<tr>" + "".join(f"<td>{_escaped(one)}</td>" for one in row) + "</tr>" for row in rows)
    return f"<table>{f'<tr>{cells}</tr>' if cells else ''}{body}</table>".replace("\n", "<br>")
