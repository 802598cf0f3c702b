"""New people: groups that arrive and children that are born into groups, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from dataport.synthetic import traits
from dataport.synthetic.changes import Changes, Device
from dataport.synthetic.portion import ADDRESS, DOCUMENT, GROUP, INDIVIDUAL, MEMBERSHIP, NEED
from dataport.synthetic.relationships import relationship
from dataport.synthetic.seeds import operation_named
from dataport.synthetic.texts import address_lines, family_names, given_names, town_names

Row = dict[str, Any]

_SPOUSE = "spouse"  # until the sex of the head is known


class Newcomers:
    """Makes new people for one day. Places and origins are those of somebody who is registered already."""

    def __init__(self, changes: Changes, random: np.random.Generator) -> None:
        self._changes, self._random = changes, random

    def group(self, like: Row, device: Device) -> list[Row]:
        """A new group that arrives where `like` lives: all its rows, and a registration event for each member."""
        random, changes = self._random, self._changes
        size = 1 if random.random() < 0.35 else 2 + int(min(random.poisson(2.2), 8))
        family = self._one_of(family_names())
        arrival = device.day - timedelta(days=int(random.exponential(20)))
        status = (
            "ASR"
            if random.random() < 0.6 or like["legal_status_code"] not in ("REF", "ASR")
            else like["legal_status_code"]
        )
        group_id = self.group_row(like, size, device)
        people = [self._person(like, number, size, device) for number in range(size)]
        spouse = self._spouse(people)
        for person in people:
            person |= {
                "family_name": family,
                "arrival_date": max(arrival, person["birth_date"]),
                "fled_date": max(arrival - timedelta(days=int(random.exponential(15))), person["birth_date"]),
                "legal_status_code": status,
                "registration_reason_code": "NA",
            }
            relation = relationship(people[0], person, person is spouse, random.random())
            self._add(person, group_id, relation, device)
            if random.random() < 0.06:
                self.need_row(person, device)
            changes.event("registration", person | {"group_id": group_id}, device, "NA")
        return people

    def child(self, focal_point: Row, device: Device) -> Row:
        """A child born into a group: all its rows, and a birth event."""
        random = self._random
        born = device.day - timedelta(days=int(random.integers(0, 40)))
        person = self._like(focal_point, device) | {
            "sex_code": "F" if random.random() < 0.488 else "M",
            "birth_date": born,
            "family_name": focal_point["family_name"],
            "arrival_date": born,
            "fled_date": born,
            "birth_country_code": focal_point["country_of_asylum_code"],
            "legal_status_code": focal_point["legal_status_code"],
            "registration_reason_code": "NB",
            "marital_status_code": "SN",
            "education_level_code": "NE",
        }
        person["given_name"] = self._one_of(given_names(person["sex_code"] == "F"))
        relation = relationship(focal_point, person, False, 0.5)
        self._add(person, focal_point["group_id"], relation, device)
        changes_to = {"declared_size": (focal_point["declared_size"] or 0) + 1}
        self._changes.update("registration_group", focal_point["group_id"], device, **changes_to)
        self._changes.event("birth", person | {"group_id": focal_point["group_id"]}, device, "NB")
        return person

    def group_row(self, like: Row, size: int, device: Device) -> str:
        """A new, active group at the place of `like`; returns its identifier."""
        changes, day = self._changes, device.day
        group_id, number = changes.new_id(GROUP), changes.number(GROUP)
        row = {
            "group_id": group_id,
            "group_no": f"{like['operation_code']}-{changes.day:%y}-{changes.day:%j}{number:05d}",
            "status_code": "A",
            "status_date": day,
            "location_date": day,
            "registration_date": day,
            "declared_size": size,
        }
        shared = (
            "business_unit_id",
            "operation_code",
            "country_of_asylum_code",
            "country_of_origin_code",
            "location_code",
        )
        changes.insert("registration_group", row | {name: like[name] for name in shared}, device)
        return group_id

    def address_row(self, person: Row, location_code: str, device: Device) -> None:
        """A new current address of a person."""
        row = {
            "address_id": self._changes.new_id(ADDRESS),
            "individual_id": person["individual_id"],
            "address_type_code": "CoA",
            "country_code": person["country_of_asylum_code"],
            "location_code": location_code,
            "line": self._one_of(address_lines()),
            "effective_date": device.day,
            "is_active": True,
        }
        self._changes.insert("address", row, device)

    def membership_row(self, individual_id: str, group_id: str, relation: str, device: Device) -> None:
        """A new, current membership; a principal applicant is the focal point."""
        row = {
            "membership_id": self._changes.new_id(MEMBERSHIP),
            "individual_id": individual_id,
            "group_id": group_id,
            "relationship_code": relation,
            "is_focal_point": relation == "PA",
            "is_active": True,
            "effective_date": device.day,
        }
        self._changes.insert("membership", row, device)

    def _spouse(self, people: Sequence[Row]) -> Row | None:
        """The head's spouse, if there is one, who is of the other sex."""
        found = next((person for person in people if person["sex_code"] == _SPOUSE), None)
        if found is not None:
            found["sex_code"] = "M" if people[0]["sex_code"] == "F" else "F"
        return found

    def _person(self, like: Row, number: int, size: int, device: Device) -> Row:
        """The number-th member of a new group: a head, perhaps a spouse, then mostly children."""
        random = self._random
        person = self._like(like, device)
        if number == 0:
            age, person["sex_code"] = 18 + 35 * random.beta(1.3, 3.0), "F" if random.random() < 0.52 else "M"
        elif number == 1 and size > 2 and random.random() < 0.6:
            age, person["sex_code"] = 18 + 35 * random.beta(1.3, 3.0), _SPOUSE
        else:
            age, person["sex_code"] = 17.9 * random.random(), "F" if random.random() < 0.49 else "M"
        person["birth_date"] = device.day - timedelta(days=int(age * 365.25) + 1)
        person["marital_status_code"] = "SN" if age < 18 or size == 1 else "MA"
        levels = traits.education_levels(np.array([age]), random)
        person["education_level_code"] = traits.EDUCATION[int(levels[0])]
        return person

    def _like(self, like: Row, device: Device) -> Row:
        """What every new person has: numbers, place and origin, and a full registration."""
        changes, day = self._changes, device.day
        order = operation_named(like["operation_code"]).onboarding_order
        number = changes.number(INDIVIDUAL)
        shared = (
            "business_unit_id", "operation_code", "country_of_asylum_code", "country_of_origin_code",
            "nationality_code",
            "ethnicity_code", "religion_code", "location_code", "accommodation_code", "settlement_code",
        )  # fmt: skip
        return {name: like[name] for name in shared} | {
            "individual_id": changes.new_id(INDIVIDUAL),
            "individual_no": f"{700 + order}-{2 + number // 10_000}{changes.elapsed:04d}{number % 10_000:04d}",
            "fathers_name": self._one_of(given_names(False)),
            "is_birth_date_estimated": False,
            "birth_country_code": like["country_of_origin_code"],
            "birth_city": self._one_of(town_names()),
            "location_date": day,
            "process_status_code": "A",
            "process_status_date": day,
            "legal_status_date": day,
            "legal_basis_code": "MAN",
            "registration_date": day,
            "registration_level_code": "C",
            "last_contact_date": day,
            "has_photo": True,
            "has_biometrics": False,
        }

    def _add(self, person: Row, group_id: str, relation: str, device: Device) -> None:
        """The rows of one new person: record, membership, address and, for a focal point, a proof of registration."""
        if "given_name" not in person:
            person["given_name"] = self._one_of(given_names(person["sex_code"] == "F"))
        self._changes.insert("individual", person, device)
        self.membership_row(person["individual_id"], group_id, relation, device)
        self.address_row(person, person["location_code"], device)
        if relation == "PA" or device.day - person["birth_date"] > timedelta(days=18 * 366):
            self.document_row(person, device)

    def document_row(self, person: Row, device: Device) -> None:
        """A new, valid document of UNHCR for a person."""
        self._changes.insert("document", self._document(person, device.day), device)

    def need_row(self, person: Row, device: Device) -> None:
        """A specific need that is told at registration: part of it, and no event of its own."""
        is_child = device.day - person["birth_date"] < timedelta(days=17 * 365)
        category, code = (
            ("CR", "CR-NE") if is_child else ("SM", "SM-CI") if self._random.random() < 0.6 else ("DS", "DS-BD")
        )
        row = {
            "specific_need_id": self._changes.new_id(NEED),
            "individual_id": person["individual_id"],
            "need_category_code": category,
            "need_code": code,
            "need_status_code": "A",
            "identified_date": device.day,
        }
        self._changes.insert("specific_need", row, device)

    def _document(self, person: Row, day: date) -> Row:
        document_id = self._changes.new_id(DOCUMENT)
        return {
            "document_id": document_id,
            "individual_id": person["individual_id"],
            "document_type_code": "ASC" if person["legal_status_code"] == "ASR" else "POR",
            "document_status_code": "V",
            "number": f"D{document_id.upper()}",
            "issued_by": "UNHCR",
            "issue_date": day,
            "expiry_date": day + timedelta(days=730),
        }

    def _one_of(self, values: Sequence[str]) -> str:
        return values[int(self._random.integers(0, len(values)))]
