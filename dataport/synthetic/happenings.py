"""What happens to registered people on a day: one function per kind of event, each a number of groups or people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import numpy as np

from dataport.store import Store
from dataport.synthetic import organisation, seeds
from dataport.synthetic.changes import Changes, Device
from dataport.synthetic.newcomers import Newcomers
from dataport.synthetic.pool import Pool
from dataport.synthetic.portion import NEED
from dataport.synthetic.relationships import OTHER_SEX, PARENT_GAP, relationship

Row = dict[str, Any]

ACTIVE = "i.process_status_code = 'A'"
_COUPLE = ("HUS", "WIF")


class Happenings:
    """One day of a store: draws whom it concerns and gathers the changes."""

    def __init__(self, store: Store, day: date, seed: int, random: np.random.Generator) -> None:
        self.day, self.random = day, random
        self.changes = Changes(seed, day)
        self.pool = Pool(store, random)
        self.newcomers = Newcomers(self.changes, random)
        self._moved_out: dict[str, Device] = {}

    # -- people who come -----------------------------------------------------------------------------------------

    def registration(self, count: int) -> None:
        """New groups arrive at places where people of their origin live."""
        for like in self.pool.draw(count, ACTIVE):
            self.newcomers.group(like, self._device(like, like["registration_date"]))

    def birth(self, count: int) -> None:
        """A woman of the group has a child."""
        mothers = self.pool.draw(count, f"{ACTIVE} AND i.sex_code = 'F'", lambda person: 16 <= self._age(person) < 48)
        for members in self.pool.members(mothers).values():
            focal_point = members[0]
            if focal_point["is_focal_point"] and self._age(focal_point) >= PARENT_GAP + 1:
                self.newcomers.child(focal_point, self._device(focal_point, focal_point["registration_date"]))

    def reactivation(self, count: int) -> None:
        """People of whom nothing was known come back."""
        gone = "i.process_status_code = 'I'"
        returning = self.pool.draw(count, gone, lambda person: person["process_status_reason_code"] in ("NS", "DP"))
        for members in self.pool.members(returning).values():
            back = [person for person in members if person["process_status_code"] == "I"]
            self._come_back(members, back)

    # -- people who go -------------------------------------------------------------------------------------------

    def inactivation(self, count: int) -> None:
        """A whole group does not come to a verification."""
        self._groups_leave(count, "inactivation", "I", "NS")

    def departure(self, count: int) -> None:
        """People go on by themselves: a group, or one of its members alone."""
        alone = self.pool.draw(
            int(self.random.binomial(count, 1 / 3)), ACTIVE, lambda person: not person["is_focal_point"]
        )
        for members in self.pool.members(alone).values():
            leaving = [
                person for person in members if person["individual_id"] in {one["individual_id"] for one in alone}
            ]
            self._leave(members, leaving, "departure", "I", "DP")
        self._groups_leave(count - len(alone), "departure", "I", "DP")

    def voluntary_return(self, count: int) -> None:
        """A group goes home."""
        self._groups_leave(count, "return", "C", "VR")

    def resettlement(self, count: int) -> None:
        """A group of refugees leaves for a third country."""
        self._groups_leave(count, "resettlement", "C", "RS", f"{ACTIVE} AND i.legal_status_code = 'REF'")

    def death(self, count: int) -> None:
        """Somebody dies; if it was the focal point, another member becomes it."""
        dying = self.pool.draw(count, ACTIVE)
        chosen = {person["individual_id"] for person in dying}
        for members in self.pool.members(dying).values():
            leaving = [person for person in members if person["individual_id"] in chosen]
            self._leave(members, leaving, "death", "C", "DC")

    def merge(self, count: int) -> None:
        """A second record of one person is closed."""
        pairs = self.pool.draw(count * 2, ACTIVE, lambda person: not person["is_focal_point"])
        kept = dict(zip((person["individual_id"] for person in pairs[0::2]), pairs[1::2], strict=False))
        for members in self.pool.members(pairs[0::2]).values():
            for person in members:
                if person["individual_id"] in kept:
                    other = kept[person["individual_id"]]["individual_id"]
                    self._leave(members, [person], "merge", "C", "DU", related_individual_id=other)

    def deletion(self, count: int) -> None:
        """A record made in error goes, with all that hangs on it."""
        wrong = self.pool.draw(count, ACTIVE, lambda person: not person["is_focal_point"])
        ids = [person["individual_id"] for person in wrong]
        for table, key in (("membership", "membership_id"), ("address", "address_id"), ("document", "document_id"),
                           ("specific_need", "specific_need_id")):  # fmt: skip
            self.changes.delete(table, [row[key] for row in self.pool.owned(table, key, ids)])
        self.changes.delete("individual", ids)
        for person in wrong:
            device = self._device(person, person["last_contact_date"])
            self.changes.event("deletion", person, device, "ER")
            size = max((person["declared_size"] or 1) - 1, 1)
            self.changes.update("registration_group", person["group_id"], device, declared_size=size)

    # -- people who change ---------------------------------------------------------------------------------------

    def transfer(self, count: int) -> None:
        """A group moves to another place of the country."""
        moving = self.pool.draw(count, ACTIVE, lambda person: len(_places(person["operation_code"])) > 1)
        for members in self.pool.members(moving).values():
            active = _active(members)
            here = active[0]["location_code"]
            places = [place for place in _places(_operation_code(active)) if place[0] != here]
            if places:
                self._move(active, places[int(len(places) * self.random.random() ** 2)])

    def status_change(self, count: int) -> None:
        """The asylum-seekers of a group are recognised as refugees."""
        drawn = self.pool.draw(count, f"{ACTIVE} AND i.legal_status_code = 'ASR'")
        for members in self.pool.members(drawn).values():
            device = self._device(members[0], members[0]["last_contact_date"])
            for person in _active(members):
                if person["legal_status_code"] == "ASR":
                    self._change(person, device, legal_status_code="REF", legal_status_date=device.day)
                    self.changes.event("status_change", person, device, "REF")

    def verification(self, count: int) -> None:
        """A group is seen: contact, and now and then schooling or a telephone number."""
        for members in self.pool.members(self.pool.draw(count, ACTIVE)).values():
            active = _active(members)
            seen = max(person["last_contact_date"] for person in active)
            device = self._device(active[0], seen + timedelta(days=1))  # each verification leaves a trace of its own
            for person in active:
                changed: Row = {"last_contact_date": device.day}
                grade = person["education_level_code"] or ""
                if 6 <= self._age(person) < 18 and grade.isdigit() and int(grade) < 12 and self.random.random() < 0.5:
                    changed["education_level_code"] = str(int(grade) + 1)
                if person["is_focal_point"] and self.random.random() < 0.2:
                    changed["phone"] = f"+999{self.random.integers(10_000_000, 100_000_000)}"
                self._change(person, device, **changed)
                self.changes.event("verification", person, device)

    def need_identified(self, count: int) -> None:
        """Somebody turns out to have a specific need."""
        for person in self.pool.draw(count, ACTIVE):
            device = self._device(person, person["last_contact_date"])
            category = self._category(person)
            codes = [code for code in seeds.codes("need") if code.startswith(f"{category}-") and code != "CR-TP"]
            if category == "CR" and self._age(person) < 12:
                codes = ["CR-NE", "CR-SE"]
            need = {
                "specific_need_id": self.changes.new_id(NEED),
                "individual_id": person["individual_id"],
                "need_category_code": category,
                "need_code": codes[int(self.random.integers(0, len(codes)))],
                "need_status_code": "A",
                "identified_date": device.day,
            }
            self.changes.insert("specific_need", need, device)
            self.changes.event("need_change", person, device, category)

    def need_resolved(self, count: int) -> None:
        """A specific need is met or has passed."""
        for need in self.pool.needs(count):
            device = self._device(need, max(need["last_contact_date"], need["identified_date"]))
            resolved = {"need_status_code": "R", "resolved_date": device.day}
            self.changes.update("specific_need", need["specific_need_id"], device, **resolved)
            self.changes.event("need_change", need, device, need["need_category_code"])

    def correction(self, count: int) -> None:
        """A wrong day of birth or sex is put right, where the family still makes sense afterwards."""
        drawn = self.pool.draw(count, ACTIVE, lambda person: not person["is_focal_point"] and person["birth_date"])
        for members in self.pool.members(drawn).values():
            for person in members:
                if any(person["individual_id"] == one["individual_id"] for one in drawn):
                    self._correct(members[0], person)

    def group_change(self, count: int) -> None:
        """A grown-up member gets a group of their own."""
        suits = lambda person: (  # noqa: E731
            not person["is_focal_point"] and self._age(person) >= 18 and person["relationship_code"] not in _COUPLE
        )
        for person in self.pool.draw(count, ACTIVE, suits):
            device = self._device(person, person["last_contact_date"])
            group_id = self.newcomers.group_row(person, 1, device)
            self.changes.update("membership", person["membership_id"], device, is_active=False, end_date=device.day)
            self.newcomers.membership_row(person["individual_id"], group_id, "PA", device)
            size = max((person["declared_size"] or 1) - 1, 1)
            self.changes.update("registration_group", person["group_id"], device, declared_size=size)
            self.changes.event("group_change", person | {"group_id": group_id}, device)

    # -- parts of these ------------------------------------------------------------------------------------------

    def finish(self) -> Changes:
        """Close the addresses of everybody who left, and hand over the day."""
        for row in self.pool.owned("address", "address_id", self._moved_out, "is_active"):
            device = self._moved_out[row["individual_id"]]
            self.changes.update("address", row["address_id"], device, is_active=False, end_date=device.day)
        return self.changes

    def _device(self, person: Row, not_before: date | None) -> Device:
        """The device that enters a change. A few come back from the field late; none is ahead of the store's clock."""
        random = self.random
        channel = "rapp" if random.random() < 0.3 else "office"
        late = channel == "rapp" and random.random() < seeds.rate("late_sync_share")
        day = self.day - timedelta(days=int(random.integers(3, 30)) if late else 0)
        day = min(max(day, date(2022, 1, 1), not_before or day), self.day)
        seconds = int(random.integers(7 * 3600, 15 * 3600))
        account = organisation.registrar(seeds.operation_named(person["operation_code"]))
        return Device(datetime.combine(day, time()) + timedelta(seconds=seconds), account, channel)

    def _age(self, person: Row) -> float:
        """Years on this day; -1 where the day of birth is unknown."""
        return (self.day - person["birth_date"]).days / 365.25 if person["birth_date"] else -1.0

    def _category(self, person: Row) -> str:
        age, female = self._age(person), person["sex_code"] == "F"
        fitting = (
            ["SM", "SM", "DS", "LP"]
            + ["CR"] * (0 <= age < 17)
            + ["ER"] * (age >= 60)
            + ["WR"] * (female and 18 <= age < 60)
        )
        return fitting[int(self.random.integers(0, len(fitting)))]

    def _change(self, person: Row, device: Device, **columns: Any) -> None:
        self.changes.update("individual", person["individual_id"], device, **columns)

    def _groups_leave(self, count: int, event: str, status: str, reason: str, condition: str = ACTIVE) -> None:
        for members in self.pool.members(self.pool.draw(count, condition)).values():
            self._leave(members, _active(members), event, status, reason)

    def _leave(
        self, members: Sequence[Row], leaving: Sequence[Row], event: str, status: str, reason: str, **told: Any
    ) -> None:
        """Active members leave their group in one way; the group follows when nobody active is left."""
        device = self._device(leaving[0], max(person["last_contact_date"] for person in leaving))
        for person in leaving:
            changed: Row = {
                "process_status_code": status,
                "process_status_reason_code": reason,
                "process_status_date": device.day,
            }
            if event == "death":
                changed["deceased_date"] = max(
                    device.day - timedelta(days=int(self.random.integers(0, 8))), person["last_contact_date"]
                )
            self._change(person, device, **changed)
            self.changes.event(event, person, device, reason, **told)
            self._moved_out[person["individual_id"]] = device
        gone = {person["individual_id"] for person in leaving}
        staying = [person for person in _active(members) if person["individual_id"] not in gone]
        if not staying:
            closed = {"status_code": "I", "status_reason_code": reason, "status_date": device.day}
            self.changes.update("registration_group", leaving[0]["group_id"], device, **closed)
        elif any(person["is_focal_point"] for person in leaving):
            self._succeed(members, staying, device)

    def _come_back(self, members: Sequence[Row], back: Sequence[Row]) -> None:
        device = self._device(back[0], max(person["last_contact_date"] for person in back))
        opened = {"process_status_code": "A", "process_status_reason_code": None, "process_status_date": device.day}
        for person in back:
            self._change(person, device, **opened, last_contact_date=device.day)
            self.changes.event("reactivation", person, device)
        condition = "address_type_code = 'CoA' AND NOT is_active"
        for row in self.pool.owned("address", "address_id", [person["individual_id"] for person in back], condition):
            self.changes.update("address", row["address_id"], device, is_active=True, end_date=None)
        if back[0]["status_code"] != "A":
            group = {"status_code": "A", "status_reason_code": None, "status_date": device.day}
            self.changes.update("registration_group", back[0]["group_id"], device, **group)
        present = [*_active(members), *back]
        if not any(person["is_focal_point"] for person in present):
            self._succeed(members, present, device)

    def _succeed(self, members: Sequence[Row], staying: Sequence[Row], device: Device) -> None:
        """The oldest of those who stay becomes the focal point; everybody's relationship is named anew."""
        new = min(staying, key=lambda person: (person["birth_date"] or self.day, person["individual_id"]))
        for person in members:
            couple = new["relationship_code"] in _COUPLE and person["is_focal_point"]
            code = relationship(new, person, couple, 0.5)
            changed = {"relationship_code": code, "is_focal_point": person is new}
            if person["process_status_code"] != "A" and person not in staying and not person["is_focal_point"]:
                continue  # a closed record keeps what was known
            if code != person["relationship_code"] or changed["is_focal_point"] != person["is_focal_point"]:
                self.changes.update("membership", person["membership_id"], device, **changed)
                if not self.changes.has_event(person):
                    self.changes.event("group_change", person, device)

    def _move(self, people: Sequence[Row], place: tuple[str, str, str, str]) -> None:
        location, unit, settlement, accommodation = place
        device = self._device(people[0], max(person["last_contact_date"] for person in people))
        for person in people:
            self._change(
                person, device, location_code=location, location_date=device.day, business_unit_id=unit,
                settlement_code=settlement, accommodation_code=accommodation,
            )  # fmt: skip
            self.changes.event("transfer", person, device)
            self.newcomers.address_row(person, location, device)
        moved = {"location_code": location, "location_date": device.day, "business_unit_id": unit}
        self.changes.update("registration_group", people[0]["group_id"], device, **moved)
        left = {"address_type_code": "PCoA", "is_active": False, "end_date": device.day}
        current = "address_type_code = 'CoA' AND is_active"
        for row in self.pool.owned("address", "address_id", [person["individual_id"] for person in people], current):
            self.changes.update("address", row["address_id"], device, **left)

    def _correct(self, focal_point: Row, person: Row) -> None:
        device = self._device(person, person["last_contact_date"])
        sex, code = person["sex_code"], person["relationship_code"]
        if self.random.random() < 0.4 and code not in _COUPLE:
            right = {"F": "M", "M": "F"}.get(sex, "F" if self.random.random() < 0.5 else "M")
            named = OTHER_SEX.get(code) or relationship(focal_point, person | {"sex_code": right}, False, 0.5)
            self._change(person, device, sex_code=right)
            self.changes.update("membership", person["membership_id"], device, relationship_code=named)
            self.changes.event("correction", person, device, "SEX")
            return
        earlier = person["birth_date"] - timedelta(days=int(self.random.integers(20, 800)))
        if focal_point["birth_date"] and code not in _COUPLE:
            gaps = [(day - focal_point["birth_date"]).days / 365.25 for day in (person["birth_date"], earlier)]
            if any((gaps[0] >= edge) != (gaps[1] >= edge) for edge in (PARENT_GAP, -PARENT_GAP, 45.0)):
                return
        self._change(person, device, birth_date=earlier, is_birth_date_estimated=False)
        self.changes.event("correction", person, device, "DOB")


# How many people one happening concerns. Whoever is drawn at random is more likely to be from a large group, so the
# groups drawn are larger than the mean of all.
_ONE, _NEW_GROUP, _DRAWN_GROUP, _ONE_OR_GROUP, _ASYLUM_SEEKERS = 1.0, 3.1, 5.9, 4.3, 4.0

KINDS: dict[str, tuple[Callable[[Happenings, int], None], float]] = {
    # name of the flow: what happens, and to how many people at a time; the rare ones choose first
    "deletion": (Happenings.deletion, _ONE),
    "death": (Happenings.death, _ONE),
    "merge": (Happenings.merge, _ONE),
    "group_change": (Happenings.group_change, _ONE),
    "resettlement": (Happenings.resettlement, _DRAWN_GROUP),
    "return": (Happenings.voluntary_return, _DRAWN_GROUP),
    "status_change": (Happenings.status_change, _ASYLUM_SEEKERS),
    "reactivation": (Happenings.reactivation, _DRAWN_GROUP),
    "correction": (Happenings.correction, _ONE),
    "departure": (Happenings.departure, _ONE_OR_GROUP),
    "inactivation": (Happenings.inactivation, _DRAWN_GROUP),
    "transfer": (Happenings.transfer, _DRAWN_GROUP),
    "need_resolved": (Happenings.need_resolved, _ONE),
    "need_identified": (Happenings.need_identified, _ONE),
    "birth": (Happenings.birth, _ONE),
    "registration": (Happenings.registration, _NEW_GROUP),
    "verification": (Happenings.verification, _DRAWN_GROUP),
}


def _active(members: Iterable[Row]) -> list[Row]:
    return [person for person in members if person["process_status_code"] == "A"]


def _operation_code(people: Sequence[Row]) -> str:
    """The operation that the people of one group belong to."""
    return str(people[0]["operation_code"])


@cache
def _places(operation_code: str) -> tuple[tuple[str, str, str, str], ...]:
    """Places of an operation, the most populous first: location, owning unit, settlement, accommodation."""
    operation = seeds.operation_named(operation_code)
    known = seeds.location_codes()
    kind: dict[str, tuple[str, str]] = {}
    for name in ("demographics_2021", "other_2021"):
        for row in seeds.published(name):
            if row.country_of_asylum_code == operation.country_code:
                code = known[row.country_of_asylum_code, row.location_name]
                kind.setdefault(code, (row.settlement_code, row.accommodation_code))
    units = organisation.unit_of_place(operation)
    return tuple((code, units[code], *kind[code]) for code in organisation.places_by_size(operation))
