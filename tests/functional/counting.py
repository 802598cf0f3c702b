"""Counting straight in the store, in plain Python: what the road must say, without the road."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dataport.store import Store

Row = dict[str, Any]
SEEDS = Path(__file__).resolve().parents[2] / "seeds"
DETAILED = ((0, 5), (5, 12), (12, 18), (18, 25), (25, 50), (50, 60), (60, 200))
FIVES = (*((low, low + 5) for low in range(0, 85, 5)), (85, 200))
SIZES = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 7), (8, 10))
STANDARD = ((0, 5), (5, 12), (12, 18), (18, 60), (60, 200))

PLACED_BY = (
    "country_of_asylum", "unhcr_bureau", "region", "operation", "business_unit", "source", "location",
    "location_level_1", "location_level_2",
    "location_level_3", "location_level_4", "country_of_origin", "bureau_of_origin", "region_of_origin",
    "population_type", "process_status",
)  # fmt: skip
PERSON_LEVELS = (
    *PLACED_BY, "sex", "age_group_detailed", "age_group", "has_specific_need", "legal_status", "marital_status",
    "education_level", "education_band", "occupation", "occupation_group", "accommodation", "settlement",
    "relationship", "is_focal_point", "has_valid_document", "has_recent_contact", "country_of_birth", "bureau_of_birth",
    "age", "age_in_five_years", "occupation_sub_major_group", "occupation_minor_group", "occupation_unit_group",
)  # fmt: skip
ARRIVAL_LEVELS = tuple(name for name in PERSON_LEVELS if name not in ("age", "age_in_five_years"))
GROUP_LEVELS = (*PLACED_BY, "focal_point_sex", "group_size", "group_size_band")
SCOPED_BY = (*PLACED_BY, "sex", "age_group_detailed", "age_group")
EVENT_LEVELS = (*SCOPED_BY, "event_type")
NEED_LEVELS = (*SCOPED_BY, "need_status", "need_category", "need")
ASSISTANCE_LEVELS = (*SCOPED_BY, "assistance_type", "assistance_sector", "assistance_status")
DOCUMENT_LEVELS = (*SCOPED_BY, "is_valid_document", "document_type")


def known(value: Any, *missing: str) -> Any:
    """The value, or None where the store says that it does not know."""
    return None if value in (None, "", "-", *missing) else value


def age_on(born: date, day: date) -> int:
    """Completed years; born on 29 February, a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def band(born: date | None, day: date, bands: Iterable[tuple[int, int]]) -> str | None:
    if born is None or born > day:
        return None
    for low, high in bands:
        if low <= age_on(born, day) < high:
            return f"{low}+" if high == 200 else f"{low}-{high - 1}"
    return None


class Places:
    """What countries and places belong to."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self._bureaux = {row["country_code"]: known(row["bureau_code"]) for row in rows["country"]}
        self._regions = {row["bureau_code"]: row["region_code"] for row in _read("bureau")}
        self._places = {row["location_code"]: row for row in rows["location"]}

    def bureau(self, country: str | None) -> str | None:
        return self._bureaux.get(country)

    def region(self, country: str | None) -> str | None:
        return self._regions.get(self.bureau(country))

    def above(self, place: str | None, level: int) -> str | None:
        """The place itself or the one of that level in which it lies."""
        while place and (row := self._places.get(place)):
            if row["level"] == level:
                return place
            place = known(row["parent_code"])
        return None


def _is_valid(document: Row, day: date) -> bool:
    return document["document_status_code"] == "V" and (document["expiry_date"] or day) >= day


def _is_recent(contact: date | None, day: date) -> bool:
    if contact is None:
        return False
    leap = (contact.month, contact.day) == (2, 29)
    return day < contact.replace(year=contact.year + 1, day=28 if leap else contact.day)


def _read(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


EDUCATION = {row["education_level_code"]: row["education_band_code"] for row in _read("education_level")}
EXCEPTIONS = {row["occupation_code"]: row["major_group_code"] or None for row in _read("occupation_exception")}
OCCUPATIONS = {row["code"] for row in _read("code_value") if row["code_list"] == "occupation"}


def _isco(occupation: str | None) -> str:
    """The digits of the international classification that a code has; none where it is not of it."""
    is_isco = occupation in OCCUPATIONS and occupation not in EXCEPTIONS and (occupation or "").isdigit()
    return occupation if occupation and is_isco and 2 <= len(occupation) <= 4 else ""


def _major_group(occupation: str | None) -> str | None:
    if occupation in EXCEPTIONS:
        return EXCEPTIONS[occupation]
    is_isco = (
        occupation is not None and occupation in OCCUPATIONS and occupation.isdigit() and 2 <= len(occupation) <= 4
    )
    return occupation[0] if occupation and is_isco else None


@dataclass
class World:
    """The store as it is at the end of one day."""

    persons: list[Row]
    groups: list[Row]
    events: list[Row]
    needs: list[Row]
    documents: list[Row]
    assistance: list[Row]
    units_below: dict[str, set[str]]
    kept: dict[Any, list[Row]] = field(default_factory=dict)

    def once(self, name: str, units: set[str] | None, rows: Callable[[], list[Row]]) -> list[Row]:
        """Rows that are chosen in the same way for many breakdowns."""
        key = name, None if units is None else frozenset(units)
        if key not in self.kept:
            self.kept[key] = rows()
        return self.kept[key]


def read(store: Store, day: date) -> World:
    """Everything that is counted, as of now; `day` is the store's day."""
    rows = {name: _rows(store, name, columns) for name, columns in _COLUMNS.items()}
    bureaux = Places(rows)
    types = {row["legal_status_code"]: row["population_type_code"] for row in _read("population_type_of_legal_status")}
    needy = {row["individual_id"] for row in rows["specific_need"] if row["need_status_code"] == "A"}
    homes = _homes(rows["membership"])
    papered = {row["individual_id"] for row in rows["document"] if _is_valid(row, day)}
    persons = [_person(row, day, bureaux, types, needy, papered, homes) for row in rows["individual"]]
    units = rows["business_unit"]
    needs, documents = _things(rows, persons, day)
    groups, events = _groups(rows, persons, bureaux), _events(store, bureaux, types)
    assistance = _assistance(rows, persons, groups)
    return World(persons, groups, events, needs, documents, assistance, _below(units))


_INDIVIDUAL = (
    "individual_id", "business_unit_id", "operation_code", "sex_code", "birth_date", "country_of_origin_code",
    "country_of_asylum_code", "location_code", "process_status_code", "legal_status_code", "marital_status_code",
    "education_level_code", "occupation_code", "accommodation_code", "settlement_code", "last_contact_date",
    "birth_country_code", "arrival_date",
    "stamped_at",
)  # fmt: skip
_COLUMNS = {
    "individual": _INDIVIDUAL,
    "registration_group": (
        "group_id", "business_unit_id", "operation_code", "country_of_asylum_code", "country_of_origin_code",
        "location_code", "status_code",
    ),
    "membership": (
        "membership_id", "individual_id", "group_id", "relationship_code", "is_focal_point", "is_active",
        "effective_date",
    ),
    "document": ("individual_id", "document_type_code", "document_status_code", "expiry_date"),
    "assistance": (
        "group_id", "individual_id", "assistance_type_code", "sector_code", "assistance_status_code", "provided_date",
        "value_usd",
    ),
    "location": ("location_code", "parent_code", "level"),
    "specific_need": ("individual_id", "need_status_code", "need_category_code", "need_code"),
    "country": ("country_code", "bureau_code"),
    "business_unit": ("business_unit_id", "parent_id"),
}  # fmt: skip


def _rows(store: Store, table: str, columns: tuple[str, ...]) -> list[Row]:
    return store.query(f"SELECT {', '.join(columns)} FROM {table}").to_pylist()


def _homes(memberships: list[Row]) -> dict[str, Row]:
    """The membership that counts: active, the latest, then the least id."""
    found: dict[str, Row] = {}
    for row in sorted(memberships, key=lambda one: one["membership_id"], reverse=True):
        if row["is_active"]:
            best = found.get(row["individual_id"])
            if best is None or (row["effective_date"] or date.min) >= (best["effective_date"] or date.min):
                found[row["individual_id"]] = row
    return found


def _attributes(row: Row, bureaux: Places) -> Row:
    country = known(row["country_of_asylum_code"])
    return {
        "unit": row["business_unit_id"],
        "country_of_asylum": country,
        "unhcr_bureau": bureaux.bureau(country),
        "region": bureaux.region(country),
        **{f"location_level_{n}": bureaux.above(known(row["location_code"]), n) for n in range(1, 5)},
        "region_of_origin": bureaux.region(known(row["country_of_origin_code"])),
        "bureau_of_origin": bureaux.bureau(known(row["country_of_origin_code"])),
        "operation": known(row["operation_code"]),
        "business_unit": known(row["business_unit_id"]),
        "source": "registration" if known(row["business_unit_id"]) else None,
        "location": known(row["location_code"]),
        "country_of_origin": known(row["country_of_origin_code"]),
    }


def _state(row: Row, day: date, bureaux: Places, types: dict[str, str]) -> Row:
    return _attributes(row, bureaux) | {
        "id": row["individual_id"],
        "population_type": types.get(row["legal_status_code"]),
        "process_status": known(row["process_status_code"]),
        "sex": known(row["sex_code"], "U"),
        "age_group_detailed": band(row["birth_date"], day, DETAILED),
        "age_group": band(row["birth_date"], day, STANDARD),
        "age": age_on(row["birth_date"], day) if row["birth_date"] and row["birth_date"] <= day else None,
        "age_in_five_years": band(row["birth_date"], day, FIVES),
    }


def _person(
    row: Row,
    day: date,
    bureaux: Places,
    types: dict[str, str],
    needy: set[str],
    papered: set[str],
    homes: dict[str, Row],
) -> Row:
    home = homes.get(row["individual_id"], {})
    education, occupation = known(row["education_level_code"], "U"), known(row["occupation_code"], "U")
    isco = _isco(occupation)
    return _state(row, day, bureaux, types) | {
        "has_specific_need": row["individual_id"] in needy,
        "has_valid_document": row["individual_id"] in papered,
        "has_recent_contact": _is_recent(row["last_contact_date"], day),
        "legal_status": known(row["legal_status_code"], "U"),
        "marital_status": known(row["marital_status_code"], "U"),
        "education_level": education,
        "education_band": EDUCATION.get(education),
        "occupation": occupation,
        "occupation_group": _major_group(occupation),
        "occupation_sub_major_group": isco[:2] or None,
        "occupation_minor_group": isco[:3] if len(isco) > 2 else None,
        "occupation_unit_group": isco if len(isco) == 4 else None,
        "country_of_birth": known(row["birth_country_code"]),
        "bureau_of_birth": bureaux.bureau(known(row["birth_country_code"])),
        "arrival_date": row["arrival_date"],
        "accommodation": known(row["accommodation_code"]),
        "settlement": known(row["settlement_code"]),
        "relationship": known(home.get("relationship_code"), "U"),
        "group": home.get("group_id"),
        "is_focal_point": bool(home.get("is_focal_point")),
    }


def _groups(rows: dict[str, list[Row]], persons: list[Row], bureaux: Places) -> list[Row]:
    members: dict[str, list[Row]] = defaultdict(list)
    for person in persons:
        members[person["group"]].append(person)
    found = []
    for row in rows["registration_group"]:
        own = members[row["group_id"]]
        # whoever belongs to another unit does not speak for the group here
        spoken = [p for p in own if p["is_focal_point"] and p["unit"] == row["business_unit_id"]]
        focal = sorted(spoken, key=lambda p: (p["process_status"] != "A", p["id"]))
        found.append(
            _attributes(row, bureaux)
            | {
                "id": row["group_id"],
                "process_status": known(row["status_code"]),
                "population_type": focal[0]["population_type"] if focal else None,
                "focal_point_sex": focal[0]["sex"] if focal else None,
                "members": [p for p in own if p["process_status"] == "A"],
            }
        )
    return found


def _things(rows: dict[str, list[Row]], persons: list[Row], day: date) -> tuple[list[Row], list[Row]]:
    """Needs and documents, with the state of the person who has them."""
    by_id = {person["id"]: person for person in persons}
    needs = [
        by_id[row["individual_id"]]
        | {
            "need_status": known(row["need_status_code"]),
            "need_category": known(row["need_category_code"]),
            "need": known(row["need_code"]),
        }
        for row in rows["specific_need"]
    ]
    documents = [
        by_id[row["individual_id"]]
        | {"document_type": known(row["document_type_code"]), "is_valid_document": _is_valid(row, day)}
        for row in rows["document"]
    ]
    return needs, documents


def _assistance(rows: dict[str, list[Row]], persons: list[Row], groups: list[Row]) -> list[Row]:
    """What is recorded as provided, with the state of who was given it: a person, or all of a group."""
    by_person = {person["id"]: person for person in persons}
    by_group = {group["id"]: {**group, "sex": None, "age_group": None, "age_group_detailed": None} for group in groups}
    return [
        (by_person[row["individual_id"]] if row["individual_id"] else by_group[row["group_id"]])
        | {
            "person": row["individual_id"],
            "group": row["group_id"],
            "assistance_type": known(row["assistance_type_code"]),
            "assistance_sector": known(row["sector_code"]),
            "assistance_status": row["assistance_status_code"],
            "on": row["provided_date"],
            "value": row["value_usd"],
        }
        for row in rows["assistance"]
        if row["assistance_status_code"] == "PR"
    ]


def _events(store: Store, bureaux: Places, types: dict[str, str]) -> list[Row]:
    """Each event with the state of its person just after."""
    versions: dict[str, list[Row]] = defaultdict(list)
    for table in ("individual", "individual_journal"):
        for row in _rows(store, table, _INDIVIDUAL):
            versions[row["individual_id"]].append(row)
    found = []
    for event in _rows(store, "event", ("individual_id", "event_type_code", "stamped_at")):
        at: datetime = event["stamped_at"]
        own = sorted(versions[event["individual_id"]], key=lambda row: row["stamped_at"])
        version = [row for row in own if row["stamped_at"] <= at][-1:] or own[:1]
        found.append(_state(version[0], at.date(), bureaux, types) | {"event_type": event["event_type_code"], "at": at})
    return found


def _below(units: list[Row]) -> dict[str, set[str]]:
    below = {row["business_unit_id"]: {row["business_unit_id"]} for row in units}
    for _ in units:
        for row in units:
            if row["parent_id"]:
                below[row["parent_id"]] |= below[row["business_unit_id"]]
    return below


def _active(row: Row) -> bool:
    return bool(row["process_status"] == "A")


CHILDREN, ADULTS = ("0-4", "5-11", "12-17"), ("18-24", "25-49", "50-59", "60+")
WORKING, OLDER = ADULTS[:3], ADULTS[3:]
Test = Callable[[Row], bool]


def _aged(*groups: str) -> Test:
    return lambda p: _active(p) and p["age_group_detailed"] in groups


def _sexed(*sexes: str) -> Test:
    return lambda p: _active(p) and p["sex"] in sexes


def _typed(kind: str) -> Test:
    return lambda p: _active(p) and p["population_type"] == kind


def _uneducated(p: Row) -> bool:
    return _aged(*ADULTS)(p) and p["education_level"] == "NE"


def _occupied(p: Row) -> bool:
    return _aged(*WORKING)(p) and p["occupation"] not in (None, "1", "None", "NULL", "OccupationCode")


def _that(level: str) -> Test:
    return lambda p: _active(p) and bool(p[level])


# Indicator: (rows counted above, rows counted below or None, times), over persons.
OF_PERSONS: dict[str, tuple[Test, Test | None, int]] = {
    "registered_individuals": (lambda p: True, None, 1),
    "active_individuals": (_active, None, 1),
    "active_refugees": (_typed("REF"), None, 1),
    "active_asylum_seekers": (_typed("ASY"), None, 1),
    "share_of_asylum_seekers": (_typed("ASY"), lambda p: _active(p) and p["population_type"] is not None, 1),
    "individuals_on_hold": (lambda p: p["process_status"] == "H", None, 1),
    "active_women_and_girls": (_sexed("F"), None, 1),
    "active_men_and_boys": (_sexed("M"), None, 1),
    "active_children": (_aged(*CHILDREN), None, 1),
    "active_focal_points": (_that("is_focal_point"), None, 1),
    "active_individuals_per_focal_point": (_active, _that("is_focal_point"), 1),
    "active_of_working_age": (_aged(*WORKING), None, 1),
    "active_older_persons": (_aged(*OLDER), None, 1),
    "share_of_women_and_girls": (_sexed("F"), lambda p: _active(p) and p["sex"] is not None, 1),
    "share_of_children": (_aged(*CHILDREN), _aged(*CHILDREN, *ADULTS), 1),
    "share_of_working_age": (_aged(*WORKING), _aged(*CHILDREN, *ADULTS), 1),
    "share_of_older_persons": (_aged(*OLDER), _aged(*CHILDREN, *ADULTS), 1),
    "dependency_ratio": (_aged(*CHILDREN, *OLDER), _aged(*WORKING), 100),
    "sex_ratio": (_sexed("M"), _sexed("F"), 100),
    "individuals_with_specific_needs": (_that("has_specific_need"), None, 1),
    "share_with_specific_needs": (_that("has_specific_need"), _active, 1),
    "individuals_with_valid_document": (_that("has_valid_document"), None, 1),
    "share_with_valid_document": (_that("has_valid_document"), _active, 1),
    "individuals_updated_within_a_year": (_that("has_recent_contact"), None, 1),
    "share_updated_within_a_year": (_that("has_recent_contact"), _active, 1),
    "active_adults_without_education": (_uneducated, None, 1),
    "share_of_adults_without_education": (
        _uneducated,
        lambda p: _aged(*ADULTS)(p) and p["education_level"] is not None,
        1,
    ),
    "active_of_working_age_with_occupation": (_occupied, None, 1),
    "share_of_working_age_with_occupation": (_occupied, _aged(*WORKING), 1),
}
# Shares of the whole answer: by one breakdown the group above is the whole.
OF_WHOLE = ("share_of_active_total", "share_of_active_parent")
OF_EVENTS: dict[str, tuple[str, ...]] = {
    "new_registrations": ("registration", "birth"),
    "births": ("birth",),
    "inactivations": ("inactivation",),
    "reactivations": ("reactivation",),
    "departures": ("departure", "return", "resettlement"),
    "resettlement_departures": ("resettlement",),
    "deaths": ("death",),
    "verifications": ("verification",),
    "cumulative_registrations": ("registration", "birth"),
}
NET = {"registration": 1, "birth": 1, "reactivation": 1, "inactivation": -1, "death": -1, "departure": -1, "return": -1,
       "resettlement": -1}  # fmt: skip
OF_AGES = {"median_age": 0.5, "upper_quartile_of_age": 0.75, "average_age": None}
OF_THINGS = ("active_specific_needs", "valid_documents", "unaccompanied_and_separated_children")
OF_ASSISTANCE = {"persons_assisted": "person", "groups_assisted": "group", "assistance_value": None}
OF_GROUPS = (
    "active_groups", "average_group_size", "groups_headed_by_a_woman", "share_of_groups_headed_by_a_woman",
    "one_person_groups", "share_of_one_person_groups", "median_group_size",
)  # fmt: skip


def expected(world: World, indicator: str, level: str, units: set[str] | None, first: date, last: date) -> Row:
    """Member to number, for one indicator by one level, in the units given (None: all)."""
    if indicator in OF_PERSONS:
        return _of_persons(world, indicator, level, units)
    if indicator == "arrivals":
        came = [p for p in world.persons if p["arrival_date"] and first <= p["arrival_date"] <= last]
        return _count(_within(came, units), level)
    if indicator in OF_AGES:
        ages = _values([p for p in _within(world.persons, units) if _active(p)], level, "age")
        return {member: _summed_up(known_ages, OF_AGES[indicator]) for member, known_ages in ages.items()}
    if indicator in OF_ASSISTANCE:
        given = [one for one in _within(world.assistance, units) if first <= one["on"] <= last]
        return _of_assistance(given, indicator, level)
    if indicator == "needs_per_group":
        both = ("active_specific_needs", "active_groups")
        needs_of, groups = (expected(world, name, level, units, first, last) for name in both)
        return {member: needs_of.get(member, 0) / n for member, n in groups.items()}
    if indicator == "unaccompanied_and_separated_children":
        needs = [n for n in _within(world.needs, units) if n["need_status"] == "A" and _aged(*CHILDREN)(n)]
        return _distinct([n for n in needs if n["need"] in ("SC-UC", "SC-SC")], level, "id")
    if indicator == "persons_verified":
        seen = [e for e in world.events if e["event_type"] == "verification" and first <= e["at"].date() <= last]
        return _distinct(_within(seen, units), level, "id")
    if indicator in OF_WHOLE:
        counts = _count([p for p in _within(world.persons, units) if _active(p)], level)
        return {member: n / sum(counts.values()) for member, n in counts.items()}
    if indicator == "active_specific_needs":
        needs = [need for need in _within(world.needs, units) if need["need_status"] == "A" and _active(need)]
        return _count(needs, level)
    if indicator == "valid_documents":
        documents = [
            paper for paper in _within(world.documents, units) if paper["is_valid_document"] and _active(paper)
        ]
        return _count(documents, level)
    if indicator == "needs_per_person_in_need":
        needy = _count([p for p in _within(world.persons, units) if _that("has_specific_need")(p)], level)
        counts = expected(world, "active_specific_needs", level, units, first, last)
        return {member: counts.get(member, 0) / n for member, n in needy.items()}
    if indicator == "net_change":
        sums: dict[Any, int] = defaultdict(int)
        for event in _within(world.events, units):
            if first <= event["at"].date() <= last:
                sums[event[level]] += NET.get(event["event_type"], 0)
        return {member: n for member, n in sums.items() if n}
    if indicator in OF_EVENTS:
        kinds, since = OF_EVENTS[indicator], date.min if indicator.startswith("cumulative") else first
        inside = [e for e in world.events if e["event_type"] in kinds and since <= e["at"].date() <= last]
        return _count(_within(inside, units), level)
    groups = world.once(
        "groups", units, lambda: [_sized(group, units) for group in _within(world.groups, units) if _active(group)]
    )
    return _of_groups(groups, indicator, level, units)


def _of_groups(groups: list[Row], indicator: str, level: str, units: set[str] | None) -> Row:
    if indicator == "median_group_size":
        sizes_of = _values(groups, level, "group_size")
        return {member: _summed_up(sizes, 0.5) for member, sizes in sizes_of.items()}
    counts = _count(groups, level)
    alone = _count([group for group in groups if group["group_size"] == 1], level)
    if indicator == "one_person_groups":
        return alone
    if indicator == "share_of_one_person_groups":
        return {member: alone.get(member, 0) / n for member, n in counts.items()}
    headed = _count([group for group in groups if group["focal_point_sex"] == "F"], level)
    if indicator == "active_groups":
        return counts
    if indicator == "groups_headed_by_a_woman":
        return headed
    if indicator == "average_group_size":
        sizes: dict[Any, int] = defaultdict(int)
        for group in groups:
            sizes[group[level]] += len(_within(group["members"], units))
        return {member: sizes[member] / n for member, n in counts.items()}
    sexed = _count([group for group in groups if group["focal_point_sex"]], level)
    return {member: headed.get(member, 0) / n for member, n in sexed.items()}


def _of_persons(world: World, indicator: str, level: str, units: set[str] | None) -> Row:
    above, below, times = OF_PERSONS[indicator]

    def those(name: str, test: Test) -> Row:
        chosen = world.once(f"{indicator} {name}", units, lambda: [p for p in _within(world.persons, units) if test(p)])
        return _count(chosen, level)

    numerator = those("above", above)
    if below is None:
        return numerator
    denominator = those("below", below)
    return {member: times * numerator.get(member, 0) / n for member, n in denominator.items()}


def _sized(group: Row, units: set[str] | None) -> Row:
    """A group with the number of its members that may be counted."""
    size = len(_within(group["members"], units))
    labels = (str(low) if low == high else f"{low}-{high}" for low, high in SIZES if low <= size <= high)
    return group | {"group_size": size, "group_size_band": next(labels, "11+")}


def _of_assistance(given: list[Row], indicator: str, level: str) -> Row:
    if key := OF_ASSISTANCE[indicator]:
        return _distinct([one for one in given if one[key]], level, key)
    return {member: sum(values) for member, values in _values(given, level, "value").items() if sum(values)}


def _values(rows: list[Row], level: str, name: str) -> dict[Any, list[Any]]:
    """Member to the known values."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if row[name] is not None:
            found[row[level]].append(row[name])
    return found


def _summed_up(values: list[Any], quantile: float | None) -> float:
    """The average, or the value at a place in the order, between its neighbours in proportion."""
    if quantile is None:
        return sum(values) / len(values)
    ordered, place = sorted(values), quantile * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _distinct(rows: list[Row], level: str, key: str) -> Row:
    found: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        found[row[level]].add(row[key])
    return {member: len(keys) for member, keys in found.items()}


def _within(rows: list[Row], units: set[str] | None) -> list[Row]:
    return [row for row in rows if units is None or row["unit"] in units]


def _count(rows: list[Row], level: str) -> Row:
    counts: dict[Any, int] = defaultdict(int)
    for row in rows:
        counts[row[level]] += 1
    return dict(counts)
