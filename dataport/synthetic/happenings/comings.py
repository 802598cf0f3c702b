"""People who come: arrivals, births, and those who come back."""

from __future__ import annotations

from dataport.synthetic.happenings.day import ACTIVE, Day
from dataport.synthetic.relationships import PARENT_GAP


def registration(day: Day, count: int) -> None:
    """New groups arrive at places where people of their origin live."""
    for like in day.pool.draw(count, ACTIVE):
        day.newcomers.group(like, day.device(like, like["registration_date"]))


def birth(day: Day, count: int) -> None:
    """A woman of the group has a child."""
    mothers = day.pool.draw(count, f"{ACTIVE} AND i.sex_code = 'F'", lambda person: 16 <= day.age(person) < 48)
    for members in day.pool.members(mothers).values():
        focal_point = members[0]
        if focal_point["is_focal_point"] and day.age(focal_point) >= PARENT_GAP + 1:
            day.newcomers.child(focal_point, day.device(focal_point, focal_point["registration_date"]))


def reactivation(day: Day, count: int) -> None:
    """People of whom nothing was known come back."""
    gone = "i.process_status_code = 'I'"
    returning = day.pool.draw(count, gone, lambda person: person["process_status_reason_code"] in ("NS", "DP"))
    for members in day.pool.members(returning).values():
        back = [person for person in members if person["process_status_code"] == "I"]
        day.come_back(members, back)
