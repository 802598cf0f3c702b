"""Day: one day of a store. Draws whom it concerns, gathers changes, knows what happenings have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import numpy as np

from dataport.store import Store
from dataport.synthetic import organisation, seeds, traits
from dataport.synthetic.changes import Changes, Device
from dataport.synthetic.newcomers import Newcomers
from dataport.synthetic.pool import Pool
from dataport.synthetic.relationships import OTHER_SEX, PARENT_GAP, relationship
from dataport.synthetic.texts import given_names

Row = dict[str, Any]

ACTIVE = "i.process_status_code = 'A'"
COUPLE = ("HUS", "WIF")
# The first day that passes in a store; nothing that a device enters afterwards is older.
LIVING_SINCE = date(2022, 1, 1)


class Day:
    """One day of a store: draws whom it concerns and gathers the changes."""

    def __init__(self, store: Store, date: date, seed: int, random: np.random.Generator) -> None:
        self.date, self.random, self.seed, self.store = date, random, seed, store
        self.changes = Changes(seed, date)
        self.pool = Pool(store, random)
        self.newcomers = Newcomers(self.changes, random)
        self.moved_out: dict[str, Device] = {}

    def finish(self) -> Changes:
        """Close the addresses of everybody who left, and hand over the day."""
        for row in self.pool.owned("address", "address_id", self.moved_out, "is_active"):
            device = self.moved_out[row["individual_id"]]
            self.changes.update("address", row["address_id"], device, is_active=False, end_date=device.day)
        return self.changes

    def device(self, person: Row, not_before: date | None) -> Device:
        """The device that enters a change. A few come back from the field late; none is ahead of the store's clock."""
        random = self.random
        channel = "rapp" if random.random() < 0.3 else "office"
        late = channel == "rapp" and random.random() < seeds.rate("late_sync_share")
        day = self.date - timedelta(days=int(random.integers(3, 30)) if late else 0)
        day = min(max(day, LIVING_SINCE, not_before or day), self.date)
        seconds = int(random.integers(7 * 3600, 15 * 3600))
        account = organisation.registrar(seeds.operation_named(person["operation_code"]))
        return Device(datetime.combine(day, time()) + timedelta(seconds=seconds), account, channel)

    def device_on(self, date: date, person: Row, channel: str) -> Device:
        """The device that entered something on a given day."""
        account = organisation.registrar(seeds.operation_named(person["operation_code"]))
        seconds = int(self.random.integers(7 * 3600, 15 * 3600))
        return Device(datetime.combine(date, time()) + timedelta(seconds=seconds), account, channel)

    def see(self, people: Sequence[Row], reason: str | None = None, device: Device | None = None) -> None:
        """People are met: their last contact, and now and then their schooling, work or telephone number."""
        last = max(person["last_contact_date"] for person in people)
        device = device or self.device(people[0], last + timedelta(days=1))  # each contact leaves a trace of its own
        for person in people:
            changed: Row = {"last_contact_date": device.day}
            grade, age = person["education_level_code"] or "", self.age(person)
            if 6 <= age < 18 and grade.isdigit() and int(grade) < 12 and self.random.random() < 0.5:
                changed["education_level_code"] = str(int(grade) + 1)
            if age >= 18 and self.random.random() < 0.05:
                changed["occupation_code"] = traits.occupations()[int(traits.occupation_positions(1, self.random)[0])]
            if person["is_focal_point"] and self.random.random() < 0.2:
                changed["phone"] = seeds.phone(
                    person["country_of_asylum_code"], int(self.random.integers(10**7, 10**8))
                )
            self.change(person, device, **changed)
            self.changes.event("verification", person, device, reason)

    def device_of(self, account: str) -> Device:
        """The store's own nightly work."""
        return Device(datetime.combine(self.date, time(2)), account, "office")

    def age(self, person: Row) -> float:
        """Years on this day; -1 where the day of birth is unknown."""
        return (self.date - person["birth_date"]).days / 365.25 if person["birth_date"] else -1.0

    def category(self, person: Row) -> str:
        age, female = self.age(person), person["sex_code"] == "F"
        fitting = (
            ["SM", "SM", "DS", "LP"]
            + ["CR"] * (0 <= age < 17)
            + ["ER"] * (age >= 60)
            + ["WR"] * (female and 18 <= age < 60)
        )
        return fitting[int(self.random.integers(0, len(fitting)))]

    def change(self, person: Row, device: Device, **columns: Any) -> None:
        self.changes.update("individual", person["individual_id"], device, **columns)

    def groups_leave(self, count: int, event: str, status: str, reason: str, condition: str = ACTIVE) -> None:
        for members in self.pool.members(self.pool.draw(count, condition)).values():
            self.leave(members, active_of(members), event, status, reason)

    def leave(
        self, members: Sequence[Row], leaving: Sequence[Row], event: str, status: str, reason: str, **told: Any
    ) -> None:
        """Active members leave their group in one way; the group follows when nobody active is left."""
        device = self.device(leaving[0], max(person["last_contact_date"] for person in leaving))
        self.leave_with(members, leaving, event, status, reason, device, **told)

    def leave_with(
        self,
        members: Sequence[Row],
        leaving: Sequence[Row],
        event: str,
        status: str,
        reason: str,
        device: Device,
        **told: Any,
    ) -> None:
        """`leave`, entered by a given device."""
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
            self.change(person, device, **changed)
            self.changes.event(event, person, device, reason, **told)
            self.moved_out[person["individual_id"]] = device
        gone = {person["individual_id"] for person in leaving}
        staying = [person for person in active_of(members) if person["individual_id"] not in gone]
        if not staying:
            closed = {"status_code": "I", "status_reason_code": reason, "status_date": device.day}
            self.changes.update("registration_group", leaving[0]["group_id"], device, **closed)
        elif any(person["is_focal_point"] for person in leaving):
            self.succeed(members, staying, device)

    def come_back(self, members: Sequence[Row], back: Sequence[Row]) -> None:
        device = self.device(back[0], max(person["last_contact_date"] for person in back))
        opened = {"process_status_code": "A", "process_status_reason_code": None, "process_status_date": device.day}
        for person in back:
            self.change(person, device, **opened, last_contact_date=device.day)
            self.changes.event("reactivation", person, device)
        condition = "address_type_code = 'CoA' AND NOT is_active"
        for row in self.pool.owned("address", "address_id", [person["individual_id"] for person in back], condition):
            self.changes.update("address", row["address_id"], device, is_active=True, end_date=None)
        if back[0]["status_code"] != "A":
            group = {"status_code": "A", "status_reason_code": None, "status_date": device.day}
            self.changes.update("registration_group", back[0]["group_id"], device, **group)
        present = [*active_of(members), *back]
        if not any(person["is_focal_point"] for person in present):
            self.succeed(members, present, device)

    def succeed(self, members: Sequence[Row], staying: Sequence[Row], device: Device) -> None:
        """The oldest of those who stay becomes the focal point; everybody's relationship is named anew."""
        new = min(staying, key=lambda person: (person["birth_date"] or self.date, person["individual_id"]))
        for person in members:
            couple = new["relationship_code"] in COUPLE and person["is_focal_point"]
            code = relationship(new, person, couple, 0.5)
            changed = {"relationship_code": code, "is_focal_point": person is new}
            if person["process_status_code"] != "A" and person not in staying and not person["is_focal_point"]:
                continue  # a closed record keeps what was known
            if code != person["relationship_code"] or changed["is_focal_point"] != person["is_focal_point"]:
                self.changes.update("membership", person["membership_id"], device, **changed)
                if not self.changes.has_event(person):
                    self.changes.event("group_change", person, device)

    def move(self, people: Sequence[Row], place: tuple[str, str, str, str]) -> None:
        location, unit, settlement, accommodation = place
        device = self.device(people[0], max(person["last_contact_date"] for person in people))
        for person in people:
            self.change(
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

    def correct(self, focal_point: Row, person: Row) -> None:
        device = self.device(person, person["last_contact_date"])
        sex, code = person["sex_code"], person["relationship_code"]
        if self.random.random() < 0.4 and code not in COUPLE:
            right = {"F": "M", "M": "F"}.get(sex, "F" if self.random.random() < 0.5 else "M")
            named = OTHER_SEX.get(code) or relationship(focal_point, person | {"sex_code": right}, False, 0.5)
            self.change(person, device, sex_code=right)
            self.changes.update("membership", person["membership_id"], device, relationship_code=named)
            self.changes.event("correction", person, device, "SEX")
            return
        if self.random.random() < 0.3:
            return self._correct_detail(person, device)
        earlier = person["birth_date"] - timedelta(days=int(self.random.integers(20, 800)))
        if focal_point["birth_date"] and code not in COUPLE:
            gaps = [(day - focal_point["birth_date"]).days / 365.25 for day in (person["birth_date"], earlier)]
            if any((gaps[0] >= edge) != (gaps[1] >= edge) for edge in (PARENT_GAP, -PARENT_GAP, 45.0)):
                return
        self.change(person, device, birth_date=earlier, is_birth_date_estimated=False)
        self.changes.event("correction", person, device, "DOB")

    def _correct_detail(self, person: Row, device: Device) -> None:
        """A name that was spelt wrong, or a day of arrival that was another."""
        if self.random.random() < 0.6 or not person["arrival_date"]:
            names = given_names(person["sex_code"] == "F")
            self.change(person, device, given_name=names[int(self.random.integers(0, len(names)))])
            self.changes.event("correction", person, device, "NAM")
            return
        earlier = person["arrival_date"] - timedelta(days=int(self.random.integers(1, 60)))
        arrived = max(earlier, person["birth_date"] or earlier)
        if arrived != person["arrival_date"]:
            self.change(person, device, arrival_date=arrived)
            self.changes.event("correction", person, device, "ARR")


def active_of(members: Iterable[Row]) -> list[Row]:
    """Members whose record is active."""
    return [person for person in members if person["process_status_code"] == "A"]


def operation_code_of(people: Sequence[Row]) -> str:
    """The operation that the people of one group belong to."""
    return str(people[0]["operation_code"])


@cache
def places(operation_code: str) -> tuple[tuple[str, str, str, str], ...]:
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
