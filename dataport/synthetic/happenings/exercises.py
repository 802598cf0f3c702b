"""Verification exercises: a place is announced, its families come over some days, and who did not come is inactivated.

Which place is verified when, and which family comes on which day, follows from the seed and the calendar alone, so that
a day is the same whether the days before it passed in the same call or in another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dataport.synthetic import seeds
from dataport.synthetic.happenings.day import Day, active_of, places
from dataport.synthetic.happenings.issuing import renew
from dataport.synthetic.relationships import PARENT_GAP
from dataport.synthetic.seeds import Operation

Row = dict[str, Any]

# An operation verifies one of its largest places about every five and a half years; families come over twelve days.
_EVERY_DAYS, _LARGEST, _COMING_DAYS = 2000, 3, 12
_EPOCH = date(2021, 12, 31)


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise on one of its days.

    Attributes:
        location_code: the place.
        number: its day, from 1; the last one closes it.
        started: the first day.
    """

    location_code: str
    number: int
    started: date

    @property
    def is_closing(self) -> bool:
        """Whether those who did not come are inactivated today."""
        return self.number > _COMING_DAYS


def verification_exercise(day: Day, count: int) -> None:
    """All exercises that are going on: the families whose day it is."""
    del count  # as many as are found at the place
    for exercise in exercises(day.date, day.seed):
        due = [one for one in day.pool.at_place(exercise.location_code) if _is_due(day, exercise, one["group_id"])]
        for members in day.pool.members(due).values():
            people = active_of(members)
            if people and max(one["last_contact_date"] for one in people) < exercise.started:
                day.pool.take(people[0]["group_id"])
                _attend(day, exercise, people)


def exercises(today: date, seed: int) -> Iterator[Exercise]:
    """The exercises of a day."""
    for operation in seeds.operations():
        elapsed = (today - _EPOCH).days + _share(seed, operation.operation_code, 0) * _EVERY_DAYS
        nth, number = divmod(int(elapsed), _EVERY_DAYS)
        if 1 <= number <= _COMING_DAYS + 1:
            place = _place(operation, seed, nth)
            if place:
                yield Exercise(place, number, today - timedelta(days=number - 1))


def _attend(day: Day, exercise: Exercise, people: list[Row]) -> None:
    """A family comes, or is found not to have come: its record is made inactive."""
    device = day.device_on(day.date, people[0], "office")
    if exercise.is_closing:
        day.leave_with(people, people, "inactivation", "I", "NS", device)
        return
    day.see(people, "SH", device)
    head, lot = people[0], _share(day.seed, people[0]["group_id"], 0)
    if lot < 0.3:
        held = day.pool.owned("document", "document_id", [head["individual_id"]], "document_status_code = 'V'")
        renew(day, head, held, device)
    if lot > 0.97 and head["is_focal_point"] and day.age(head) >= PARENT_GAP + 1:
        day.newcomers.child(head, device)


def _is_due(day: Day, exercise: Exercise, group_id: str) -> bool:
    """Whether a family comes on this day, or, on the last one, is one of those that do not come."""
    lot = _share(day.seed, group_id, exercise.started.toordinal())
    absent = seeds.rate("exercise_absent")
    if exercise.is_closing:
        return lot < absent
    return lot >= absent and 1 + int((lot - absent) / (1 - absent) * _COMING_DAYS) == exercise.number


def _place(operation: Operation, seed: int, nth: int) -> str | None:
    known = places(operation.operation_code)[:_LARGEST]
    return known[int(_share(seed, operation.operation_code, nth + 1) * len(known))][0] if known else None


def _share(seed: int, word: str, number: int) -> float:
    """A number from 0 to 1 that depends on nothing else."""
    digest = hashlib.sha256(f"{seed} {word} {number}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
