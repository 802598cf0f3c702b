"""Counting straight in the store, in plain Python: what the road must say, without the road."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dataport.store import Store

Row = dict[str, Any]
SEEDS = Path(__file__).resolve().parents[2] / "seeds"
DETAILED = ((0, 5), (5, 12), (12, 18), (18, 25), (25, 50), (50, 60), (60, 200))
STANDARD = ((0, 5), (5, 12), (12, 18), (18, 60), (60, 200))

PERSON_LEVELS = (
    "country_of_asylum", "unhcr_bureau", "operation", "location", "country_of_origin", "population_type",
    "process_status", "sex", "age_group_detailed", "age_group", "has_specific_need",
)  # fmt: skip
GROUP_LEVELS = PERSON_LEVELS[:7]
EVENT_LEVELS = (*PERSON_LEVELS[:10], "event_type")


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


@dataclass
class World:
    """The store as it is at the end of one day."""

    persons: list[Row]
    groups: list[Row]
    events: list[Row]
    units_below: dict[str, set[str]]


def read(store: Store, day: date) -> World:
    """Everything that is counted, as of now; `day` is the store's day."""
    rows = {name: _rows(store, name, columns) for name, columns in _COLUMNS.items()}
    bureaux = {row["country_code"]: known(row["bureau_code"]) for row in rows["country"]}
    types = {row["legal_status_code"]: row["population_type_code"] for row in _seed("population_type_of_legal_status")}
    needy = {row["individual_id"] for row in rows["specific_need"] if row["need_status_code"] == "A"}
    homes = _homes(rows["membership"])
    persons = [_person(row, day, bureaux, types, needy, homes) for row in rows["individual"]]
    units = rows["business_unit"]
    return World(persons, _groups(rows, persons, bureaux), _events(store, bureaux, types), _below(units))


_INDIVIDUAL = (
    "individual_id", "business_unit_id", "operation_code", "sex_code", "birth_date", "country_of_origin_code",
    "country_of_asylum_code", "location_code", "process_status_code", "legal_status_code", "stamped_at",
)  # fmt: skip
_COLUMNS = {
    "individual": _INDIVIDUAL,
    "registration_group": (
        "group_id", "business_unit_id", "operation_code", "country_of_asylum_code", "country_of_origin_code",
        "location_code", "status_code",
    ),
    "membership": ("membership_id", "individual_id", "group_id", "is_focal_point", "is_active", "effective_date"),
    "specific_need": ("individual_id", "need_status_code"),
    "country": ("country_code", "bureau_code"),
    "business_unit": ("business_unit_id", "parent_id"),
}  # fmt: skip


def _rows(store: Store, table: str, columns: tuple[str, ...]) -> list[Row]:
    return store.query(f"SELECT {', '.join(columns)} FROM {table}").to_pylist()


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _homes(memberships: list[Row]) -> dict[str, Row]:
    """The membership that counts: active, the latest, then the least id."""
    found: dict[str, Row] = {}
    for row in sorted(memberships, key=lambda one: one["membership_id"], reverse=True):
        if row["is_active"]:
            best = found.get(row["individual_id"])
            if best is None or (row["effective_date"] or date.min) >= (best["effective_date"] or date.min):
                found[row["individual_id"]] = row
    return found


def _attributes(row: Row, bureaux: dict[str, Any]) -> Row:
    country = known(row["country_of_asylum_code"])
    return {
        "unit": row["business_unit_id"],
        "country_of_asylum": country,
        "unhcr_bureau": bureaux.get(country) if country else None,
        "operation": known(row["operation_code"]),
        "location": known(row["location_code"]),
        "country_of_origin": known(row["country_of_origin_code"]),
    }


def _state(row: Row, day: date, bureaux: dict[str, Any], types: dict[str, str]) -> Row:
    return _attributes(row, bureaux) | {
        "id": row["individual_id"],
        "population_type": types.get(row["legal_status_code"]),
        "process_status": known(row["process_status_code"]),
        "sex": known(row["sex_code"], "U"),
        "age_group_detailed": band(row["birth_date"], day, DETAILED),
        "age_group": band(row["birth_date"], day, STANDARD),
    }


def _person(
    row: Row, day: date, bureaux: dict[str, Any], types: dict[str, str], needy: set[str], homes: dict[str, Row]
) -> Row:
    home = homes.get(row["individual_id"], {})
    return _state(row, day, bureaux, types) | {
        "has_specific_need": row["individual_id"] in needy,
        "group": home.get("group_id"),
        "is_focal_point": bool(home.get("is_focal_point")),
    }


def _groups(rows: dict[str, list[Row]], persons: list[Row], bureaux: dict[str, Any]) -> list[Row]:
    members: dict[str, list[Row]] = defaultdict(list)
    for person in persons:
        members[person["group"]].append(person)
    found = []
    for row in rows["registration_group"]:
        own = members[row["group_id"]]
        focal = sorted((p for p in own if p["is_focal_point"]), key=lambda p: (p["process_status"] != "A", p["id"]))
        found.append(
            _attributes(row, bureaux)
            | {
                "process_status": known(row["status_code"]),
                "population_type": focal[0]["population_type"] if focal else None,
                "members": [p for p in own if p["process_status"] == "A"],
            }
        )
    return found


def _events(store: Store, bureaux: dict[str, Any], types: dict[str, str]) -> list[Row]:
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


CHILDREN = ("0-4", "5-11", "12-17")
# Indicator: (rows counted above, rows counted below or None), over persons.
OF_PERSONS: dict[str, tuple[Callable[[Row], bool], Callable[[Row], bool] | None]] = {
    "registered_individuals": (lambda p: True, None),
    "active_individuals": (_active, None),
    "individuals_on_hold": (lambda p: p["process_status"] == "H", None),
    "active_women_and_girls": (lambda p: _active(p) and p["sex"] == "F", None),
    "active_children": (lambda p: _active(p) and p["age_group"] in CHILDREN, None),
    "share_of_women_and_girls": (
        lambda p: _active(p) and p["sex"] == "F",
        lambda p: _active(p) and p["sex"] is not None,
    ),
    "share_of_children": (
        lambda p: _active(p) and p["age_group"] in CHILDREN,
        lambda p: _active(p) and p["age_group"] is not None,
    ),
    "individuals_with_specific_needs": (lambda p: _active(p) and p["has_specific_need"], None),
    "share_with_specific_needs": (lambda p: _active(p) and p["has_specific_need"], _active),
}
OF_EVENTS: dict[str, tuple[str, ...]] = {
    "new_registrations": ("registration", "birth"),
    "births": ("birth",),
    "inactivations": ("inactivation",),
    "departures": ("departure", "return", "resettlement"),
    "deaths": ("death",),
}


def expected(world: World, indicator: str, level: str, units: set[str] | None, first: date, last: date) -> Row:
    """Member to number, for one indicator by one level, in the units given (None: all)."""
    if indicator in OF_PERSONS:
        return _of_persons(world, indicator, level, units)
    if indicator in OF_EVENTS:
        kinds = OF_EVENTS[indicator]
        inside = [e for e in world.events if e["event_type"] in kinds and first <= e["at"].date() <= last]
        return _count(_within(inside, units), level)
    groups = [group for group in _within(world.groups, units) if group["process_status"] == "A"]
    sizes: dict[Any, int] = defaultdict(int)
    for group in groups:
        sizes[group[level]] += len(_within(group["members"], units))
    counts = _count(groups, level)
    return counts if indicator == "active_groups" else {member: sizes[member] / n for member, n in counts.items()}


def _of_persons(world: World, indicator: str, level: str, units: set[str] | None) -> Row:
    persons = _within(world.persons, units)
    above, below = OF_PERSONS[indicator]
    numerator = _count([p for p in persons if above(p)], level)
    if below is None:
        return numerator
    denominator = _count([p for p in persons if below(p)], level)
    return {member: numerator.get(member, 0) / n for member, n in denominator.items()}


def _within(rows: list[Row], units: set[str] | None) -> list[Row]:
    return [row for row in rows if units is None or row["unit"] in units]


def _count(rows: list[Row], level: str) -> Row:
    counts: dict[Any, int] = defaultdict(int)
    for row in rows:
        counts[row[level]] += 1
    return dict(counts)
