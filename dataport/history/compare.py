"""compare: a case on two days, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dataport.errors import NotVisible, WrongRequest
from dataport.history.fields import name_of, plain_of
from dataport.history.show import at, members_at, own_at, owner_of, subject_of
from dataport.house import House
from dataport.records import DAMAGED, IN_PART, Case, Record, Version, open_case
from dataport.semantic import Horizon
from dataport.visit import Asker


@dataclass(frozen=True, slots=True)
class Line:
    """One field, or one thing that was worked out, on both days.

    Attributes:
        record: which record it is of: the person or group itself, a member, a document.
        is_changed: whether it differs; a record that is on one day only differs in all its fields.
    """

    record: str = field(repr=False)
    name: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A case on two days.

    Attributes:
        lines: the record's own fields and what is worked out of them, then what belongs to it.
        came, went: members who are there on the second day only, or on the first.
    """

    first: date
    second: date
    lines: tuple[Line, ...]
    came: tuple[str, ...] = field(repr=False)
    went: tuple[str, ...] = field(repr=False)
    meta: Mapping[str, Any]


def case_comparison(case_id: str, first: date, second: date, asker: Asker, house: House) -> Compared:
    """A case on two days, as far as the viewer may see it on each.

    Raises:
        NotVisible: the viewer may see it on neither.
        WrongRequest: the days are not in order.
        DataportError: as `records.open_case`.
    """

    def told(case: Case, horizon: Horizon) -> Compared:
        if first >= second:
            raise WrongRequest(f"Compare an earlier day with a later one: {first} is not before {second}.")
        return compared(case, first, second, horizon.closing(first), horizon.closing(second))

    # it tells of members by few fields, and of memberships and events by none: no look to go on from
    return open_case(case_id, "case compare", asker, house, told, days=(first, second), reaching=IN_PART)


def compared(case: Case, first: date, second: date, before: datetime, after: datetime) -> Compared:
    """A case that has been opened, at two instants."""
    if at(case.main, before) is None and at(case.main, after) is None:
        raise NotVisible
    lines = [*_fields(case.main, "", before, after), *_worked_out(case, first, second, before, after)]
    own = [frozenset(map(id, own_at(case, closing))) for closing in (before, after)]
    for one in subject_of(case):
        if one is not case.main and one.entity not in ("membership", "event", "individual"):
            lines += _fields(one, _named(case, one), before, after, tuple(id(one) in there for there in own))
    if case.main.entity == "registration_group":
        lines += _of_members(case, first, second, before, after)
    members = _members(case, before), _members(case, after)
    came = tuple(name for key, name in members[1].items() if key not in members[0])
    went = tuple(name for key, name in members[0].items() if key not in members[1])
    return Compared(first, second, tuple(lines), came, went, case.meta)


def _fields(
    record: Record, named: str, before: datetime, after: datetime, is_there: tuple[bool, ...] = (True, True)
) -> Iterator[Line]:
    """The fields of a record on both days, where it was of the case on them."""
    old, new = (at(record, day) if there else None for day, there in zip((before, after), is_there, strict=True))
    if old is None and new is None:
        return
    before_it, after_it = old.said if old else {}, new.said if new else {}
    for name in dict.fromkeys((*after_it, *before_it)):
        was, became = before_it.get(name), after_it.get(name)
        if (was, became) != (None, None) and _is_told(name, old) and _is_told(name, new):
            yield Line(named, name, was, became, was != became)


def _is_told(name: str, version: Version | None) -> bool:
    """Whether a version that is there tells a field: what it does not tell is not the viewer's, and not unknown."""
    return version is None or name in version.said or name == DAMAGED


def _worked_out(case: Case, first: date, second: date, before: datetime, after: datetime) -> Iterator[Line]:
    """The age, and how many are in the group as far as the viewer may see them."""
    yield from _age_line(case.main, "", (before, after), (first, second))
    sizes = len(_members(case, before)), len(_members(case, after))
    if any(sizes):
        yield Line("", "members in scope", *sizes, sizes[0] != sizes[1])


def _of_members(case: Case, first: date, second: date, before: datetime, after: datetime) -> Iterator[Line]:
    """Of each member of a group on both days: who they are in it, their age, and what a child has learned."""
    there = [{one.person for one, *_ in members_at(case, closing)} for closing in (before, after)]
    for person in case.persons:
        is_there = tuple(person.person in one for one in there)
        if any(is_there):
            named = f"Member, {name_of(person.versions[-1].values)}"
            fields = list(_fields(person, named, before, after, is_there))
            yield from (line for line in fields if line.name in _TOLD_OF_MEMBERS)
            ages = list(_age_line(person, named, (before, after), (first, second), is_there))
            yield from ages
            if any(age is not None and age < _ADULT for one in ages for age in (one.before, one.after)):
                yield from (line for line in fields if line.name == "education_level_code")


_ADULT = 18
_TOLD_OF_MEMBERS = frozenset({"process_status_code", "legal_status_code", "birth_date", "sex_code"})


def _age_line(
    record: Record,
    named: str,
    closings: tuple[datetime, datetime],
    days: tuple[date, date],
    is_there: tuple[bool, ...] = (True, True),
) -> Iterator[Line]:
    """The age on both days. That somebody grew older is no change: another date of birth is, or coming and going."""
    versions = [at(record, closing) if there else None for closing, there in zip(closings, is_there, strict=True)]
    if not all(_is_told("birth_date", one) for one in versions):
        return
    born = [_born(one) for one in versions]
    before, after = _age(born[0], days[0]), _age(born[1], days[1])
    if (before, after) != (None, None):
        yield Line(named, "age", before, after, before is None or after is None or _age(born[0], days[1]) != after)


def _born(version: Version | None) -> date | None:
    born = version.values.get("birth_date") if version else None
    return born if isinstance(born, date) else None


def _age(born: date | None, day: date) -> int | None:
    """Completed years; born on 29 February: a year older on 1 March."""
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _members(case: Case, closing: datetime) -> dict[int | None, str]:
    """Who is in the case's groups at an instant: their key to their name."""
    return {one.person: name_of(person.values) for one, _, person in members_at(case, closing)}


def _named(case: Case, record: Record) -> str:
    """What a record is, and whose where there are several."""
    kind = record.versions[-1].values.get(record.kind) if record.kind else None
    what = f"{record.label}, {plain_of(record.kind or '', kind).lower()}" if kind else record.label
    if case.main.entity == "individual":
        return what
    owner = owner_of(case, record)
    return f"{what}, of {owner}" if owner else what
