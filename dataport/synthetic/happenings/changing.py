"""People who change: places, decisions, contacts, needs, corrections."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dataport.synthetic import seeds
from dataport.synthetic.happenings.day import ACTIVE, LIVING_SINCE, Day, active_of, operation_code_of, places
from dataport.synthetic.portion import NEED

Row = dict[str, Any]


def transfer(day: Day, count: int) -> None:
    """A group moves to another place of the country."""
    moving = day.pool.draw(count, ACTIVE, lambda person: len(places(person["operation_code"])) > 1)
    for members in day.pool.members(moving).values():
        moved = active_of(members)
        here = moved[0]["location_code"]
        others = [place for place in places(operation_code_of(moved)) if place[0] != here]
        if others:
            day.move(moved, others[int(len(others) * day.random.random() ** 2)])


def status_change(day: Day, count: int) -> None:
    """The asylum-seekers of a group are recognised as refugees."""
    drawn = day.pool.draw(count, f"{ACTIVE} AND i.legal_status_code = 'ASR'")
    for members in day.pool.members(drawn).values():
        device = day.device(members[0], members[0]["last_contact_date"])
        for person in active_of(members):
            if person["legal_status_code"] == "ASR":
                day.change(person, device, legal_status_code="REF", legal_status_date=device.day)
                day.changes.event("status_change", person, device, "REF")


def verification(day: Day, count: int) -> None:
    """A group is seen: contact, and now and then schooling, work, a telephone number."""
    for members in day.pool.members(day.pool.draw(count, ACTIVE)).values():
        day.see(active_of(members))


def late_sync(day: Day, count: int) -> None:
    """A device comes back after weeks without a network: what it has seen of one operation arrives in one go."""
    first = day.pool.draw(min(count, 1), ACTIVE)
    if not first:
        return
    earlier = day.date - timedelta(days=int(day.random.integers(7, 60)))
    condition = f"{ACTIVE} AND i.operation_code = '{first[0]['operation_code']}'"
    others = day.pool.draw(count - 1, condition, lambda person: person["last_contact_date"] < earlier)
    for members in day.pool.members([*first, *others]).values():
        seen = active_of(members)
        met = earlier + timedelta(days=int(day.random.integers(0, 6)))
        if max(person["last_contact_date"] for person in seen) < met and met >= LIVING_SINCE:
            day.see(seen, "SY", day.device_on(met, members[0], "rapp"))


def overwritten(day: Day, count: int) -> None:
    """An office has seen people; a device that met them before comes back later, and its older record is kept."""
    since = day.date - timedelta(days=12)
    drawn = day.pool.draw(count, f"{ACTIVE} AND i.last_contact_date >= '{since.isoformat()}'")
    for members in day.pool.members(drawn).values():
        seen = [person for person in active_of(members) if person["last_contact_date"] >= since]
        met = min(person["last_contact_date"] for person in seen) - timedelta(days=int(day.random.integers(1, 20)))
        if met >= max(LIVING_SINCE, *(person["registration_date"] for person in seen)):
            day.see(seen, "SY", day.device_on(met, members[0], "rapp"))


def need_identified(day: Day, count: int) -> None:
    """Somebody turns out to have a specific need."""
    for person in day.pool.draw(count, ACTIVE):
        device = day.device(person, person["last_contact_date"])
        category = day.category(person)
        codes = [code for code in seeds.codes("need") if code.startswith(f"{category}-") and code != "CR-TP"]
        if category == "CR" and day.age(person) < 12:
            codes = ["CR-NE", "CR-SE"]
        need = {
            "specific_need_id": day.changes.new_id(NEED),
            "individual_id": person["individual_id"],
            "need_category_code": category,
            "need_code": codes[int(day.random.integers(0, len(codes)))],
            "need_status_code": "A",
            "identified_date": device.day,
        }
        day.changes.insert("specific_need", need, device)
        day.changes.event("need_change", person, device, category)


def need_resolved(day: Day, count: int) -> None:
    """A specific need is met or has passed."""
    for need in day.pool.needs(count):
        device = day.device(need, max(need["last_contact_date"], need["identified_date"]))
        resolved = {"need_status_code": "R", "resolved_date": device.day}
        day.changes.update("specific_need", need["specific_need_id"], device, **resolved)
        day.changes.event("need_change", need, device, need["need_category_code"])


def correction(day: Day, count: int) -> None:
    """A wrong day of birth or sex is put right, where the family still makes sense afterwards."""
    drawn = day.pool.draw(count, ACTIVE, lambda person: not person["is_focal_point"] and person["birth_date"])
    for members in day.pool.members(drawn).values():
        for person in members:
            if any(person["individual_id"] == one["individual_id"] for one in drawn):
                day.correct(members[0], person)
