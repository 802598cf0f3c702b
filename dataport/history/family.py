"""family: who belongs to a case's groups, how they are related, and who joined and left when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dataport.history.fields import name_of
from dataport.history.timeline import group_numbers, is_active, is_new
from dataport.house import House
from dataport.records import Case, Reach, Record, Version, open_case
from dataport.semantic import Horizon
from dataport.visit import Asker

# What of a member helps to tell them apart.
_TOLD = ("sex_code", "birth_date", "process_status_code")


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of time in which somebody was in a group, as far as the viewer may see it.

    Attributes:
        first, until: recorded time, half-open; `until` is None where it still lasts.
        joined_on, left_on: the day on which they joined or left as the record says, or else on which it was recorded.
        has_joined, has_left: False where they were in the group already, or still, when they came into sight or went
            out of it: then the days say since when and until when they were seen in it.
    """

    first: datetime
    until: datetime | None
    joined_on: date
    left_on: date | None
    has_joined: bool
    has_left: bool


@dataclass(frozen=True, slots=True)
class Relative:
    """A member of a group, of now or of earlier.

    Attributes:
        relationship: the code of how they are related to the focal point, as last told.
        values: what tells them apart, as far as it is this viewer's; of who left, as they were when they did.
        is_there: whether they are in the group as of the last day that is known.
    """

    subject: str = field(repr=False)
    relationship: str | None
    is_focal_point: bool | None
    values: Mapping[str, Any] = field(repr=False)
    is_there: bool
    stays: tuple[Stay, ...]


@dataclass(frozen=True, slots=True)
class FamilyGroup:
    """A group and its members: those of now first, each part in the order in which they came."""

    number: str | None = field(repr=False)
    relatives: tuple[Relative, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """The groups of a case: the one that was asked for, or those that the person is or was in, the newest first."""

    as_of: date
    groups: tuple[FamilyGroup, ...]
    meta: Mapping[str, Any]


def case_family(case_id: str, asker: Asker, house: House) -> Family:
    """Who belongs to a case, as far as the viewer may see them.

    Raises:
        DataportError: as `records.open_case`.
    """
    # it tells of memberships alone: no look to go on from
    return open_case(case_id, "case family", asker, house, family_of, reaching=Reach(is_whole=False))


def family_of(case: Case, horizon: Horizon) -> Family:
    """The groups of a case that has been opened."""
    numbers = group_numbers(case)
    keys = [case.main.group] if case.main.entity == "registration_group" else [one.group for one in case.groups]
    found = [(key, _relatives(case, key, horizon)) for key in dict.fromkeys(keys)]
    found = [(key, relatives) for key, relatives in found if relatives]
    if case.main.entity == "individual":
        found.sort(key=lambda one: _came(case, one[0]), reverse=True)
    groups = tuple(FamilyGroup(numbers.get(key), tuple(relatives)) for key, relatives in found)
    return Family(horizon.last_day, groups, case.meta)


def _came(case: Case, group: int | None) -> datetime:
    """When the person of a case came into a group."""
    own = [one for one in case.memberships if one.person == case.main.person and one.group == group]
    return max((version.first for one in own for version in one.versions if is_active(version)), default=datetime.min)


def _relatives(case: Case, group: int | None, horizon: Horizon) -> list[Relative]:
    persons = {one.person: one for one in case.persons}
    by_person: dict[int | None, list[Record]] = {}
    for one in case.memberships:
        if one.group == group and one.person in persons:
            by_person.setdefault(one.person, []).append(one)
    found = []
    for person, memberships in by_person.items():
        stays = sorted(
            (stay for one in memberships for stay in _stays(one, persons[person], horizon)), key=lambda stay: stay.first
        )
        if stays:
            active = [version for one in memberships for version in one.versions if is_active(version)]
            said = max(active, key=lambda version: version.first).values
            last = _last_seen(persons[person], stays[-1].until).values
            told = {name: last[name] for name in _TOLD if name in last}
            is_there = stays[-1].until is None
            relation = said.get("relationship_code")
            found.append(Relative(name_of(last), relation, said.get("is_focal_point"), told, is_there, tuple(stays)))
    # sorted twice: in the order in which they came, and within that as they stand
    found.sort(key=lambda one: (not one.is_there, one.stays[0].first, not one.is_focal_point))
    return found


def _last_seen(person: Record, until: datetime | None) -> Version:
    """Somebody as they last were in the group: what became of them afterwards is not of its case."""
    there = [one for one in person.versions if until is None or one.first <= until]
    return (there or person.versions)[-1]


def _stays(membership: Record, person: Record, horizon: Horizon) -> Iterator[Stay]:
    """The stretches of a membership in which it was active."""
    stretch: list[Version] = []
    before: Version | None = None
    for version in (*membership.versions, None):
        goes_on = version is not None and is_active(version) and (not stretch or stretch[-1].until == version.first)
        if stretch and not goes_on:
            yield _stay(stretch, before, version, person, horizon)
            before, stretch = stretch[-1], []
        if version is not None:
            if is_active(version):
                stretch.append(version)
            else:
                before = version


def _stay(
    stretch: list[Version], before: Version | None, after: Version | None, person: Record, horizon: Horizon
) -> Stay:
    first, until = stretch[0].first, stretch[-1].until
    was_seen = any(one.first < first and (one.until is None or first <= one.until) for one in person.versions)
    follows = before is not None and before.until == first
    began = is_new(stretch[0]) or any(one.first == first and is_new(one) for one in person.versions)
    said = stretch[0].values.get("effective_date")
    # what was there when history began says by itself since when it is so
    has_joined = follows or (was_seen or began if first > horizon.start else said is not None)
    ends = after is not None and after.first == until
    still_seen = until is not None and any(
        one.first <= until and (one.until is None or until < one.until) for one in person.versions
    )
    left = after.values.get("end_date") if after and ends else None
    return Stay(
        first,
        until,
        said if has_joined and said else first.date(),
        (left or until.date()) if until else None,
        has_joined,
        until is not None and (ends or still_seen),
    )
