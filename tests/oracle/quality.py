"""The checks once more, slowly: plain Python over the living records of a store at one moment, no SQL and no language.

Nothing here reads a check's file: what a record fails is written down a second time, so that a slip in the one shows
beside the other.
"""

from __future__ import annotations

import calendar
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import phonenumbers

Row = Mapping[str, Any]
# True: it fails. False: it holds. A check that says neither of a record is not among its verdicts.
Verdicts = dict[str, bool]

_SEEDS = Path(__file__).resolve().parents[2] / "seeds"
_ACTIVE = ("A", "H")
_FEMALE = frozenset(
    "WIF CLW PTF EXF DAU SCF FCF GCF PRF SPF FPF GPF SBF SPS HAS SIL CLF PLF ILF ANT NCE COF ORF NRF UKF".split()  # noqa: SIM905
)
_MALE = frozenset(
    "HUS CLH PTM EXM SON SCM FCM GCM PRM SPM FPM GPM SBM SPB HAB BIL CLM PLM ILM UNC NEP COM ORM NRM UKM".split()  # noqa: SIM905
)
# Which fields nobody may leave empty, and the code beside null, "" and "-" that leaves them so.
_NEEDED = {
    "family_name": None, "given_name": None, "fathers_name": None, "sex": "U", "birth_date": None,
    "birth_country": "UKN", "birth_city": None, "marital_status": "U", "nationality": "UKN", "origin": "UKN",
    "asylum": None, "religion": "U",
    "ethnicity": "U", "legal_status": "U", "registration_date": None, "registration_reason": None, "arrival_date": None,
    "fled_date": None,
}  # fmt: skip
_COLUMN = {
    "origin": "country_of_origin_code", "asylum": "country_of_asylum_code", "sex": "sex_code",
    "birth_country": "birth_country_code", "marital_status": "marital_status_code", "nationality": "nationality_code",
    "religion": "religion_code", "ethnicity": "ethnicity_code", "legal_status": "legal_status_code",
    "registration_reason": "registration_reason_code",
}  # fmt: skip


class Store:
    """The living records of a store at a moment, by table and id, in the store's own columns.

    Args:
        places: every place that was listed by then, with its level, and whether a level above it is missing.
        countries: the country of each business unit.
        order: the place of each person in the order in which the house saw them.
    """

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Row]],
        moment: datetime,
        places: Mapping[str, tuple[int, bool]],
        countries: Mapping[str, str],
        order: Mapping[str, int],
    ) -> None:
        self.tables, self.moment, self.day = tables, moment, moment.date()
        self.places, self.countries, self.order = places, countries, order
        self._owned: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for table in ("membership", "document", "address", "specific_need"):
            for row in tables[table].values():
                self._owned[table, row["individual_id"]].append(row)
        self.home = {key: one for key in tables["individual"] if (one := self._home(key))}
        self.members: dict[str, list[str]] = defaultdict(list)
        for key, one in self.home.items():
            self.members[one["group_id"]].append(key)

    def own(self, table: str, individual_id: str) -> list[Row]:
        """What belongs to a person."""
        return self._owned[table, individual_id]

    def _home(self, key: str) -> Row | None:
        """Of several open memberships, that with the latest effective date; of those alike, the least id."""
        own = [one for one in self.own("membership", key) if one["is_active"]]
        own.sort(key=lambda one: (-(one.get("effective_date") or date(1, 1, 1)).toordinal(), one["membership_id"]))
        return own[0] if own else None


def said(row: Row | None, column: str, unknown: str | None = None) -> Any:
    """What a field says; None where it says nothing."""
    value = row.get(column) if row else None
    return None if value in (None, "", "-") or (unknown and value == unknown) else value


def years(since: date, day: date) -> int:
    """Completed years. Born on 29 February: a year older on 1 March where there is no 29th."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def months_later(since: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    at = since.year * 12 + since.month - 1 + months
    year, month = at // 12, at % 12 + 1
    return date(year, month, min(since.day, calendar.monthrange(year, month)[1]))


def judge_persons(store: Store) -> dict[str, Verdicts]:
    """What every active or held person fails, and what holds of them."""
    judged = {}
    for key, person in store.tables["individual"].items():
        if person.get("process_status_code") in _ACTIVE:
            found: dict[str, list[bool]] = {}
            for name, fails in _person(store, key, person):
                if fails is not None:
                    found.setdefault(name, []).append(fails)
            judged[key] = {name: any(several) for name, several in found.items()}
    return judged


def judge_groups(store: Store) -> dict[str, Verdicts]:
    """The same of every group."""
    return {key: dict(_group(store, key, group)) for key, group in store.tables["registration_group"].items()}


def _person(store: Store, key: str, person: Row) -> Iterator[tuple[str, bool | None]]:
    member = store.home.get(key)
    yield from _missing(person, member)
    yield from _dates(store, person)
    yield from _standing(store, person)
    yield from _seen(store, person, member)
    yield from _family(store, key, person, member)
    yield from _places(store, person)
    yield from _papers(store, key, person)
    yield from _addresses(store, key, person, member)
    yield from _needs(store, key, person)
    yield from _groups(store, key, person)


def _missing(person: Row, member: Row | None) -> Iterator[tuple[str, bool | None]]:
    for name, unknown in _NEEDED.items():
        yield f"{name}_missing", said(person, _COLUMN.get(name, name), unknown) is None
    yield "relationship_missing", said(member, "relationship_code", "U") is None
    yield "group_missing", member is None
    seven = [
        said(person, "family_name"), said(person, "given_name"), said(person, "sex_code", "U"),
        said(person, "birth_date"), said(person, "country_of_origin_code", "UKN"),
        said(person, "legal_status_code", "U"), said(person, "registration_date"),
        said(member, "relationship_code", "U"), member,
    ]  # fmt: skip
    yield "mandatory_field_missing", any(one is None for one in seven)
    yield "no_photograph", person.get("has_photo") is not True
    yield "place_missing", said(person, "location_code") is None


def _dates(store: Store, person: Row) -> Iterator[tuple[str, bool | None]]:
    born, fled, arrived, registered = (
        person.get(name) for name in ("birth_date", "fled_date", "arrival_date", "registration_date")
    )
    yield "registered_in_future", _later(registered, store.day)
    yield "born_in_future", _later(born, store.day)
    yield "age_implausible", None if born is None else years(born, store.day) >= 110
    yield "fled_after_arrival", _later(fled, arrived)
    yield "arrived_after_registration", _later(arrived, registered)
    yield "fled_after_registration", _later(fled, registered)
    yield "born_after_registration", _later(born, registered)
    yield "arrived_before_birth", _later(born, arrived)
    yield "fled_before_birth", _later(born, fled)
    reason, is_before = said(person, "registration_reason_code"), _later(born, arrived)
    if reason is None:
        yield "new_birth_arrived", None if is_before is not False else False
    else:
        yield "new_birth_arrived", is_before if reason == "NB" else False


def _later(one: date | None, other: date | None) -> bool | None:
    return None if one is None or other is None else one > other


def _standing(store: Store, person: Row) -> Iterator[tuple[str, bool | None]]:
    legal = said(person, "legal_status_code", "U")
    origin, asylum = said(person, "country_of_origin_code", "UKN"), said(person, "country_of_asylum_code")
    if legal not in ("NOC", "OOC", "IDP", "RET", "STA"):
        yield "origin_is_asylum", None if origin is None or asylum is None else origin == asylum
    yield "deceased_but_active", person.get("deceased_date") is not None
    if person["process_status_code"] == "A" and legal is not None:
        yield "active_not_of_concern", legal == "NOC"
    office = store.countries.get(person["business_unit_id"])
    yield "asylum_is_not_the_units", None if asylum is None or office is None else asylum != office


def _seen(store: Store, person: Row, member: Row | None) -> Iterator[tuple[str, bool | None]]:
    born, seen, phone = person.get("birth_date"), person.get("last_contact_date"), said(person, "phone")
    age = None if born is None else years(born, store.day)
    if age is not None and age >= 6:
        yield "education_missing", said(person, "education_level_code", "U") is None
    if age is not None and age >= 18:
        yield "occupation_missing", said(person, "occupation_code", "U") is None
        if seen is not None:
            yield "socio_economic_out_of_date", store.day >= months_later(seen, 24)
    if age is not None and age >= 5:
        yield "no_biometrics", person.get("has_biometrics") is not True
    if seen is not None:
        yield "record_out_of_date", store.day >= months_later(seen, 12)
    if member and member["is_focal_point"]:
        yield "focal_point_without_phone", phone is None
    if phone is not None:
        yield "phone_not_valid", _is_wrong_number(phone, said(person, "country_of_asylum_code"))


def _is_wrong_number(phone: str, country: str | None) -> bool | None:
    """By the library itself, which the build reads only the numbering plans of."""
    plans = {row["country_code"]: row["plan"] for row in _seed("phone_pattern")}
    if country not in plans:
        return None
    try:
        parsed = phonenumbers.parse(f"+{phone[2:]}" if phone.startswith("00") else phone, plans[country])
    except phonenumbers.NumberParseException:
        return True
    return not phonenumbers.is_valid_number_for_region(parsed, plans[country])


def _family(store: Store, key: str, person: Row, member: Row | None) -> Iterator[tuple[str, bool | None]]:
    sex, married = said(person, "sex_code", "U"), said(person, "marital_status_code", "U")
    for one in _own_memberships(store, key, person):
        theirs = said(one, "relationship_code", "U")
        if theirs is not None and (sex is not None or theirs not in _FEMALE | _MALE):
            yield "sex_contradicts_relationship", (theirs in _FEMALE and sex == "M") or (theirs in _MALE and sex == "F")
        if theirs in ("HUS", "WIF") and married is not None:
            yield "spouse_not_married", married == "SN"
    relation = said(member, "relationship_code", "U")
    born, head = person.get("birth_date"), _head(store, key, person, member)
    if head and born and head.get("birth_date"):
        if relation in ("SON", "DAU"):
            yield "child_older_than_focal_point", born < head["birth_date"]
        if relation in ("PRM", "PRF"):
            yield "parent_younger_than_focal_point", born > head["birth_date"]


def _head(store: Store, key: str, person: Row, member: Row | None) -> Row | None:
    """The focal point of the group, another person of the same unit: an active one first, then who was seen first."""
    if member is None:
        return None
    people, found = store.tables["individual"], []
    for other in store.members[member["group_id"]]:
        who = people[other]
        is_theirs = other != key and who["business_unit_id"] == person["business_unit_id"]
        if is_theirs and store.home[other]["is_focal_point"]:
            found.append((who.get("process_status_code") != "A", store.order[other], other))
    return people[min(found)[2]] if found else None


def _places(store: Store, person: Row) -> Iterator[tuple[str, bool | None]]:
    yield from _place(store, "", said(person, "location_code"))


def _place(store: Store, what: str, place: str | None) -> Iterator[tuple[str, bool | None]]:
    if place is None:
        return
    listed = store.places.get(place)
    yield f"{what}place_not_listed", listed is None
    if listed is not None:
        level, has_gap = listed
        yield f"{what}place_has_gap", level >= 4 and has_gap


def _papers(store: Store, key: str, person: Row) -> Iterator[tuple[str, bool | None]]:
    papers, born = store.own("document", key), person.get("birth_date")
    valid = [one for one in papers if one["document_status_code"] == "V" and not _is_over(one, store.day)]
    ours = [one for one in valid if said(one, "issued_by") == "UNHCR"]
    proofs = [one for one in valid if one["document_type_code"] in ("BNO", "BCE", "PAS", "NID")]
    yield "no_unhcr_document", not ours
    yield "several_valid_documents", len(ours) > 1
    if born is not None and years(born, store.day) < 6:
        yield "young_child_without_identity", not proofs
    for one in papers:
        issued, last = one.get("issue_date"), one.get("expiry_date")
        if one["document_status_code"] == "V":
            yield "issue_date_missing", issued is None
            if said(one, "issued_by") == "UNHCR":
                yield "expiry_date_missing", last is None
        yield "issued_in_future", _later(issued, store.day)
        yield "expired_before_issue", _later(issued, last)


def _is_over(paper: Row, day: date) -> bool:
    return paper.get("expiry_date") is not None and day > paper["expiry_date"]


def _addresses(store: Store, key: str, person: Row, member: Row | None) -> Iterator[tuple[str, bool | None]]:
    for one in store.own("address", key):
        if not one["is_active"]:
            continue
        kind, place, lives = said(one, "address_type_code"), said(one, "location_code"), said(person, "location_code")
        yield from _place(store, "address_", place)
        if member and member["is_focal_point"] and kind is not None:
            yield "focal_point_has_residence", kind == "CoR"
            country, asylum = said(one, "country_code"), said(person, "country_of_asylum_code")
            if kind == "CoA" and country is not None and asylum is not None:
                yield "focal_point_lives_abroad", country != asylum
            if kind == "CoA" and place is not None and lives is not None:
                yield "focal_point_lives_elsewhere", place != lives


def _needs(store: Store, key: str, person: Row) -> Iterator[tuple[str, bool | None]]:
    needs = [one for one in store.own("specific_need", key) if one["need_status_code"] == "A"]
    born, sex = person.get("birth_date"), said(person, "sex_code", "U")
    age = None if born is None else years(born, store.day)
    for family in (one["need_category_code"] for one in needs):
        if family == "WR" and sex is not None:
            yield "woman_at_risk_is_male", sex == "M"
        if age is None:
            continue
        if family == "ER":
            yield "older_person_is_young", age < 60
        if family in ("CR", "SC"):
            yield "child_need_of_adult", age >= 18
        if family == "SP":
            yield "single_parent_is_child", age < 12
        if family == "SV":
            yield "violence_need_of_infant", age < 5
    if age is not None and age < 10 and said(person, "marital_status_code", "U") in ("MA", "CL"):
        yield "child_spouse_without_need", all(one["need_category_code"] != "CR" for one in needs)


def _groups(store: Store, key: str, person: Row) -> Iterator[tuple[str, bool | None]]:
    groups, member = store.tables["registration_group"], store.home.get(key)
    yield "in_several_groups", len(_own_memberships(store, key, person)) > 1
    group = groups.get(member["group_id"]) if member else None
    if member and member["is_focal_point"] and _unit(group) == person["business_unit_id"]:
        yield "group_registered_in_future", _later(said(group, "registration_date"), store.day)


def _own_memberships(store: Store, key: str, person: Row) -> list[Row]:
    """The open memberships of a person in groups of their own unit."""
    groups = store.tables["registration_group"]
    open_ = (one for one in store.own("membership", key) if one["is_active"])
    return [one for one in open_ if _unit(groups.get(one["group_id"])) == person["business_unit_id"]]


def _unit(group: Row | None) -> str | None:
    return group["business_unit_id"] if group else None


def _group(store: Store, key: str, group: Row) -> Iterator[tuple[str, bool]]:
    people, members = store.tables["individual"], []
    for other in store.members[key]:
        if people[other]["business_unit_id"] == group["business_unit_id"]:
            members.append((people[other], store.home[other]))
    active = sum(who.get("process_status_code") == "A" for who, _ in members)
    heads = sum(bool(theirs["is_focal_point"]) for _, theirs in members)
    status = said(group, "status_code")
    if status == "A":
        yield "active_group_without_active", active == 0
    if status in ("C", "I"):
        yield "closed_group_with_active", active > 0
    if status in _ACTIVE:
        if group.get("declared_size") is not None:
            yield "size_differs", group["declared_size"] != len(members)
        yield "no_focal_point", heads == 0
        yield "several_focal_points", heads > 1


def completeness(store: Store, key: str) -> dict[str, tuple[int, int]]:
    """By part: the weight of the mandatory fields that a person's record fills, and of those that it is asked for."""
    person, member = store.tables["individual"][key], store.home.get(key)
    unknown = dict.fromkeys(
        ("sex_code", "marital_status_code", "education_level_code", "occupation_code", "legal_status_code",
         "ethnicity_code", "religion_code"), "U",
    ) | dict.fromkeys(("birth_country_code", "nationality_code", "country_of_origin_code"), "UKN")  # fmt: skip
    found = dict.fromkeys(("global", "own", "socio_economic"), (0, 0))
    for row in _seed("mandatory_field"):
        if row["operation_code"] in ("", said(person, "operation_code")):
            values: Iterable[Any] = (
                member if name == "has_group" else said(member, name, "U") if name == "relationship_code"
                else person.get(name) or None if name.startswith("has_")
                else said(person, name, unknown.get(name))
                for name in row["fields"].split()
            )  # fmt: skip
            weight, (filled, asked) = int(row["weight"]), found[row["part"]]
            is_filled = all(one is not None for one in values)
            found[row["part"]] = filled + is_filled * weight, asked + weight
    return found


@cache
def _seed(name: str) -> list[dict[str, str]]:
    with (_SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
