"""Groups that part and groups that join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataport.synthetic.changes import Device
from dataport.synthetic.happenings.day import ACTIVE, COUPLE, Day, active_of
from dataport.synthetic.relationships import relationship

Row = dict[str, Any]


def group_change(day: Day, count: int) -> None:
    """A grown-up member gets a group of their own."""
    suits = lambda person: (  # noqa: E731
        not person["is_focal_point"] and day.age(person) >= 18 and person["relationship_code"] not in COUPLE
    )
    for person in day.pool.draw(count, ACTIVE, suits):
        _part(day, [person], day.device(person, person["last_contact_date"]))


def group_split(day: Day, count: int) -> None:
    """A couple parts: one of them gets a group of their own, with some of the children."""
    suits = lambda person: person["relationship_code"] in COUPLE  # noqa: E731
    partners = {person["group_id"]: person for person in day.pool.draw(count, ACTIVE, suits)}
    for group_id, members in day.pool.members(list(partners.values())).items():
        children = [one for one in active_of(members) if 0 <= day.age(one) < 18 and not one["is_focal_point"]]
        leaving = [partners[group_id], *children[: len(children) // 2]]
        _part(day, leaving, day.device(leaving[0], max(one["last_contact_date"] for one in leaving)))


def group_merge(day: Day, count: int) -> None:
    """A small group joins another one of the same place: a marriage, or a family that has found each other."""
    whole = lambda person: person["is_focal_point"]  # noqa: E731
    drawn = day.pool.draw(count * 8, ACTIVE, whole)
    members = day.pool.members(drawn)
    waiting: dict[str, list[Row]] = {}
    merged = 0
    for found in members.values():
        place = found[0]["location_code"]
        other = waiting.pop(place, None)
        if other is None or merged == count:
            waiting[place] = found
            continue
        small, large = sorted((other, found), key=len)
        if len(active_of(small)) == len(small):
            _join(day, small, large)
            merged += 1


def _part(day: Day, leaving: Sequence[Row], device: Device) -> None:
    """Members leave for a new group, the first of them its focal point."""
    head, old = leaving[0], leaving[0]["group_id"]
    group_id = day.newcomers.group_row(head, len(leaving), device)
    _enter(day, leaving, group_id, head, device, is_new=True)
    size = max((head["declared_size"] or len(leaving)) - len(leaving), 1)
    day.changes.update("registration_group", old, device, declared_size=size)


def _join(day: Day, small: Sequence[Row], large: Sequence[Row]) -> None:
    """All members of one group become members of another; the empty one is closed."""
    device = day.device(small[0], max(one["last_contact_date"] for one in small))
    _enter(day, small, large[0]["group_id"], large[0], device, is_new=False)
    size = (large[0]["declared_size"] or len(large)) + len(small)
    day.changes.update("registration_group", large[0]["group_id"], device, declared_size=size)
    closed = {"status_code": "I", "status_reason_code": "OT", "status_date": device.day}
    day.changes.update("registration_group", small[0]["group_id"], device, **closed)


def _enter(day: Day, people: Sequence[Row], group_id: str, head: Row, device: Device, *, is_new: bool) -> None:
    for person in people:
        named = "PA" if is_new and person is head else relationship(head, person, False, day.random.random())
        day.changes.update("membership", person["membership_id"], device, is_active=False, end_date=device.day)
        day.newcomers.membership_row(person["individual_id"], group_id, named, device)
        day.changes.event("group_change", person | {"group_id": group_id}, device)
