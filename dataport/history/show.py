"""show: a case as it was at the end of a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dataport.engine import House
from dataport.errors import NotVisible
from dataport.records import Case, Record, Version, open_case
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
    horizon = house.horizon()
    day = as_of or horizon.last_day
    horizon.require(day)
    case = open_case(case_id, "case show", asker, house, f"as of {day}")
    return shown_at(case, day, horizon)


def shown_at(case: Case, day: date, horizon: Horizon) -> Shown:
    closing = horizon.closing(day)
    main = at(case.main, closing)
    if main is None:
        raise NotVisible
    groups = {one.group: version for one in case.groups if (version := at(one, closing))}
    members = [
        (one, version) for one in case.memberships if (version := at(one, closing)) and version.values.get("is_active")
    ]
    mine = {one.group for one, _ in members if one.person == case.main.person}
    sections = [Section("Group", tuple(dict(groups[key].values) for key in groups if key in mine))]
    if case.main.entity == "registration_group":
        sections, mine = [], {case.main.group}
    sections.append(Section("Members", tuple(_members(case, members, mine, closing))))
    alone = {case.main.person} if case.main.person is not None else {one.person for one, _ in members}
    for entity, several in case.belongings.items():
        held = [(one, version) for one in several if (version := at(one, closing))]
        own = [version for one, version in held if one.person in alone or (one.person is None and one.group in mine)]
        sections.append(Section(_NAMES[entity], tuple(dict(version.values) for version in own)))
    names = {"individual": "Person", "registration_group": "Group"}
    notes = {"limited_to": case.limited_to} if case.limited_to else {}
    return Shown(day, Section(names[case.main.entity], (dict(main.values),)), tuple(sections), {**case.meta, **notes})


_NAMES = {
    "address": "Addresses",
    "document": "Documents",
    "specific_need": "Specific needs",
    "assistance": "Assistance",
    "event": "Events",
}
_OF_MEMBERS = ("individual_no", "given_name", "family_name", "sex_code", "birth_date", "process_status_code")


def _members(
    case: Case, members: list[tuple[Record, Version]], groups: set[int | None], closing: datetime
) -> Iterator[Mapping[str, Any]]:
    """Who is in the groups on the day, as far as the viewer may see them."""
    persons = {one.person: version for one in case.persons if (version := at(one, closing))}
    for one, membership in members:
        if one.group in groups and one.person in persons:
            values = persons[one.person].values
            shown = {name: values[name] for name in _OF_MEMBERS if name in values}
            kept = ("relationship_code", "is_focal_point")
            yield {**shown, **{name: membership.values[name] for name in kept if name in membership.values}}


def at(record: Record, closing: datetime) -> Version | None:
    """The version of a record at the end of a day."""
    return next((one for one in record.versions if one.holds_at(closing)), None)
