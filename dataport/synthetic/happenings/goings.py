"""People who go: departures of every kind, deaths, duplicates closed, records made in error."""

from __future__ import annotations

from dataport.synthetic.happenings.day import ACTIVE, Day


def inactivation(day: Day, count: int) -> None:
    """A whole group does not come to a verification."""
    day.groups_leave(count, "inactivation", "I", "NS")


def departure(day: Day, count: int) -> None:
    """People go on by themselves: a group, or one of its members alone."""
    alone = day.pool.draw(int(day.random.binomial(count, 1 / 3)), ACTIVE, lambda person: not person["is_focal_point"])
    for members in day.pool.members(alone).values():
        leaving = [person for person in members if person["individual_id"] in {one["individual_id"] for one in alone}]
        day.leave(members, leaving, "departure", "I", "DP")
    day.groups_leave(count - len(alone), "departure", "I", "DP")


def voluntary_return(day: Day, count: int) -> None:
    """A group goes home."""
    day.groups_leave(count, "return", "C", "VR")


def resettlement(day: Day, count: int) -> None:
    """A group of refugees leaves for a third country."""
    day.groups_leave(count, "resettlement", "C", "RS", f"{ACTIVE} AND i.legal_status_code = 'REF'")


def death(day: Day, count: int) -> None:
    """Somebody dies; if it was the focal point, another member becomes it."""
    dying = day.pool.draw(count, ACTIVE)
    chosen = {person["individual_id"] for person in dying}
    for members in day.pool.members(dying).values():
        leaving = [person for person in members if person["individual_id"] in chosen]
        day.leave(members, leaving, "death", "C", "DC")


def merge(day: Day, count: int) -> None:
    """A second record of one person is closed."""
    pairs = day.pool.draw(count * 2, ACTIVE, lambda person: not person["is_focal_point"])
    kept = dict(zip((person["individual_id"] for person in pairs[0::2]), pairs[1::2], strict=False))
    for members in day.pool.members(pairs[0::2]).values():
        for person in members:
            if person["individual_id"] in kept:
                other = kept[person["individual_id"]]["individual_id"]
                day.leave(members, [person], "merge", "C", "DU", related_individual_id=other)


def deletion(day: Day, count: int) -> None:
    """A record made in error goes, with all that hangs on it."""
    wrong = day.pool.draw(count, ACTIVE, lambda person: not person["is_focal_point"])
    ids = [person["individual_id"] for person in wrong]
    for table, key in (("membership", "membership_id"), ("address", "address_id"), ("document", "document_id"),
                       ("specific_need", "specific_need_id")):  # fmt: skip
        day.changes.delete(table, [row[key] for row in day.pool.owned(table, key, ids)])
    day.changes.delete("individual", ids)
    for person in wrong:
        device = day.device(person, person["last_contact_date"])
        day.changes.event("deletion", person, device, "ER")
        size = max((person["declared_size"] or 1) - 1, 1)
        day.changes.update("registration_group", person["group_id"], device, declared_size=size)
