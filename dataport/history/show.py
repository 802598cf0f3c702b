"""show: a case as it was at the end of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dataport.errors import NotVisible
from dataport.house import House
from dataport.records import Case, Reach, Record, Version, open_case
from dataport.semantic import Horizon
from dataport.visit import Asker


@dataclass(frozen=True, slots=True)
class Section:
    """Records of one kind on the day asked, each as its fields by name, with who recorded them among these."""

    name: str
    records: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A case on a day: the record asked for, and its sections in the order in which a case is read."""

    as_of: date
    main: Section
    sections: tuple[Section, ...]
    meta: Mapping[str, Any]


def show_case(case_id: str, as_of: date | None, asker: Asker, house: House) -> Shown:
    """A case as it was at the end of a day; without one, as it is now.

    Raises:
        NotVisible: there was none on that day, or none that this viewer may see.
        DataportError: as `records.open_case`; the day lies outside what is known.
    """

    def reach(case: Case, horizon: Horizon) -> Reach:
        # of a group's members it tells few fields
        return Reach(as_of, is_whole=case.main.entity == "individual")

    def told(case: Case, horizon: Horizon) -> Shown:
        return shown_at(case, as_of or horizon.last_day, horizon)

    return open_case(case_id, "case show", asker, house, told, days=(as_of,), reaching=reach)


def shown_at(case: Case, day: date, horizon: Horizon) -> Shown:
    """A case that has been opened, at the end of a day.

    Raises:
        NotVisible: it was not there then, or not in the viewer's scope.
    """
    closing = horizon.closing(day)
    main = at(case.main, closing)
    if main is None:
        raise NotVisible
    is_person = case.main.entity == "individual"
    mine = groups_at(case, closing)
    sections = []
    if is_person:
        sections.append(Section("Group", _now([one for one in case.groups if one.group in mine], closing)))
    sections.append(Section("Members", tuple(map(_member, members_at(case, closing)))))
    own = own_at(case, closing)
    for entity in case.belongings:
        sections.append(Section(_NAMES[entity], _told([one for one in own if one.entity == entity], case, closing)))
    if is_person and "assistance" in case.belongings:
        of_group = [one for one in case.belongings["assistance"] if one.person is None and one.group in mine]
        sections.append(Section("Assistance to the group", _now(of_group, closing)))
    name = "Person" if is_person else "Group"
    return Shown(day, Section(name, (dict(main.values),)), tuple(sections), case.meta)


def own_at(case: Case, closing: datetime) -> tuple[Record, ...]:
    """What a case is about at the end of a day: of a group, what belongs to whoever is in it then, and to itself."""
    if case.main.entity == "individual":
        return subject_of(case)
    members = {one.person for one, *_ in members_at(case, closing)}
    return tuple(one for one in subject_of(case) if one.person is None or one.person in members)


def subject_of(case: Case) -> tuple[Record, ...]:
    """The records that a case is about: the person's own, or the group's with those of all who were ever in it."""
    belongings = [one for several in case.belongings.values() for one in several]
    if case.main.entity == "individual":
        person = case.main.person
        return (case.main, *(one for one in (*case.memberships, *belongings) if one.person == person))
    group = case.main.group
    memberships = [one for one in case.memberships if one.group == group]
    members = {one.person for one in memberships}
    persons = [one for one in case.persons if one.person in members]
    own = [one for one in belongings if one.person in members or (one.person is None and one.group == group)]
    return (case.main, *persons, *memberships, *own)


def _told(records: Iterable[Record], case: Case, closing: datetime) -> tuple[Mapping[str, Any], ...]:
    """Records at the end of a day; those of a group's members with whose they are."""
    if case.main.entity == "individual":
        return _now(records, closing)
    found = []
    for one in records:
        if now := at(one, closing):
            whose = owner_of(case, one)
            found.append({**({"individual_no": whose} if whose else {}), **now.values})
    return tuple(found)


def owner_of(case: Case, record: Record) -> str | None:
    """The number of the person whose record it is, as last known."""
    person = next((one for one in case.persons if one.person == record.person), None)
    return person.versions[-1].values.get("individual_no") if person else None


def _now(records: Iterable[Record], closing: datetime) -> tuple[Mapping[str, Any], ...]:
    return tuple(dict(now.values) for one in records if (now := at(one, closing)))


_NAMES = {
    "address": "Addresses",
    "document": "Documents",
    "specific_need": "Specific needs",
    "assistance": "Assistance",
    "event": "Events",
}
_OF_MEMBERS = ("individual_no", "given_name", "family_name", "sex_code", "birth_date", "process_status_code")
_OF_MEMBERSHIPS = ("relationship_code", "is_focal_point")


def groups_at(case: Case, closing: datetime) -> frozenset[int | None]:
    """The groups that a case is about at the end of a day: the person's, or the group itself."""
    if case.main.entity == "registration_group":
        return frozenset({case.main.group})
    return frozenset(one.group for one, _ in _active(case, closing) if one.person == case.main.person)


def members_at(case: Case, closing: datetime) -> list[tuple[Record, Version, Version]]:
    """Who is in those groups, as far as the viewer may see them: membership, its version, and the person's."""
    groups = groups_at(case, closing)
    persons = {one.person: version for one in case.persons if (version := at(one, closing))}
    return [
        (one, now, persons[one.person])
        for one, now in _active(case, closing)
        if one.group in groups and one.person in persons
    ]


def _active(case: Case, closing: datetime) -> list[tuple[Record, Version]]:
    return [(one, now) for one in case.memberships if (now := at(one, closing)) and now.values.get("is_active")]


def _member(found: tuple[Record, Version, Version]) -> Mapping[str, Any]:
    _, membership, person = found
    shown = {name: person.values[name] for name in _OF_MEMBERS if name in person.values}
    return shown | {name: membership.values[name] for name in _OF_MEMBERSHIPS if name in membership.values}


def at(record: Record, closing: datetime) -> Version | None:
    """The version of a record at the end of a day."""
    return next((one for one in record.versions if one.holds_at(closing)), None)
