"""part: the history of a case, or the part of it that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import get_args

from dataport.errors import NotVisible, UnknownName, WrongRequest
from dataport.history.show import subject_of
from dataport.history.timeline import Kind, Timeline, timeline_of
from dataport.house import House
from dataport.records import EVERYTHING, IN_PART, Case, Reach, open_case
from dataport.semantic import Horizon
from dataport.visit import Asker

_NUMBERS = ("individual_no", "individual_id", "former_no")


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a history is wanted; everything, unless it says more.

    Attributes:
        between: recorded on these days or between them, UTC.
        member: the number of the one member whom it is about.
        kinds: kinds of entries (event, change, correction, entered scope, left scope) or of records (document …).
    """

    between: tuple[date, date] | None = None
    member: str | None = None
    kinds: tuple[str, ...] = ()

    @property
    def reach(self) -> Reach:
        """How far a look at this part goes; one that leaves entries out is none to go on from."""
        return IN_PART if self.between or self.member or self.kinds else EVERYTHING


EVERY_PART = Part()


def case_history(case_id: str, asker: Asker, house: House, part: Part = EVERY_PART) -> Timeline:
    """What happened to a case, as far as the viewer may see it.

    Raises:
        UnknownName: there is no such kind.
        NotVisible: as `records.open_case`; also for a member who is nobody, or nobody whom the viewer may see.
        DataportError: as `records.open_case`.
    """
    kinds = _kinds(part.kinds, house)
    first, last = part.between or (None, None)
    if first and last and first > last:
        raise WrongRequest(f"The first day comes first: {first} is after {last}.")

    def told(case: Case, horizon: Horizon) -> Timeline:
        timeline = timeline_of(case, horizon.start)
        person = member_of(case, part.member) if part.member is not None else None
        entries = [
            one
            for one in timeline.entries
            if (person is None or one.person == person)
            and (not kinds or one.kind in kinds or any(step.record.entity in kinds for step in one.steps))
            and (first is None or last is None or first <= one.recorded_at.date() <= last)
        ]
        return replace(timeline, entries=tuple(entries))

    days = part.between or ()
    return open_case(case_id, "case history", asker, house, told, days=days, reaching=part.reach)


def _kinds(asked: tuple[str, ...], house: House) -> frozenset[str]:
    """Kinds as they are called here; blanks, hyphens and underscores are one."""
    # what an event is by itself is an entry's kind, whichever records it changed
    records = (name for name in house.catalog.records.models if name != "event")
    known = {one.replace("_", " "): one for one in (*get_args(Kind), *records)}
    for one in asked:
        if one.replace("_", " ").replace("-", " ") not in known:
            names = [name.replace(" ", "-") for name in known]
            raise UnknownName("kind of entry or record", one, names, f"There are {', '.join(names)}.")
    return frozenset(known[one.replace("_", " ").replace("-", " ")] for one in asked)


def member_of(case: Case, number: str) -> int:
    """The key of a member, by a number of theirs that the viewer sees.

    Raises:
        NotVisible: nobody in sight has it.
    """
    owned = {one.person for one in subject_of(case)}
    for one in case.persons:
        numbers = {version.values.get(name) for version in one.versions for name in _NUMBERS}
        if one.person in owned and one.person is not None and number.strip() in numbers - {None}:
            return one.person
    raise NotVisible
