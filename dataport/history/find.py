"""find: who was found, as a list to choose a case from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dataport.house import House
from dataport.records import Record, Wanted, find_cases
from dataport.visit import Asker

# What tells people of one name apart; a field that is not the viewer's is absent.
_OF_PERSONS = (
    "individual_no", "given_name", "fathers_name", "family_name", "sex_code", "birth_date", "business_unit_id",
    "process_status_code",
)  # fmt: skip
_OF_GROUPS = ("group_no", "business_unit_id", "process_status_code")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was found, or a group, as last seen.

    Attributes:
        is_now: whether they are in sight now; otherwise it is what was seen of them last.
    """

    entity: str
    values: Mapping[str, Any] = field(repr=False)
    is_now: bool


@dataclass(frozen=True, slots=True)
class People:
    """Who was found, in the order of their keys.

    Attributes:
        is_cut, limit: whether there are more than are told of at once, and how many a role is told of.
        left_today: how many times more the viewer may look for somebody today, UTC.
        left_out: the viewer's roles that took no part, each with why.
    """

    people: tuple[Person, ...]
    is_cut: bool
    limit: int
    left_today: int
    left_out: tuple[tuple[str, str], ...]
    meta: Mapping[str, Any]


def find_people(wanted: Wanted, asker: Asker, house: House) -> People:
    """Who the viewer may see of those of whom this is known.

    Raises:
        DataportError: as `records.find_cases`.
    """
    found = find_cases(wanted, asker, house)
    people = [_person(one, _OF_PERSONS) for one in found.persons] + [_person(one, _OF_GROUPS) for one in found.groups]
    return People(tuple(people), found.is_cut, found.limit, found.left_today, found.left_out, found.meta)


def _person(record: Record, names: tuple[str, ...]) -> Person:
    last = record.versions[-1]
    values = {name: last.values[name] for name in names if name in last.values}
    return Person(record.entity, values, last.until is None)
