"""The organisation of a synthetic store: business units, accounts, roles and what each role may do.

Access is data of the registration store like any other: what an account may see later is what these rows say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from dataport.dictionary.seeds import read_seed
from dataport.store.schema import Depth
from dataport.synthetic import seeds
from dataport.synthetic.seeds import Operation

Row = dict[str, Any]

HEADQUARTERS = "HQ"
_DOMAIN = "example.org"


@dataclass(frozen=True, slots=True)
class _Role:
    """A role: its depth of units, and for each entity whether it may open records beside counting them."""

    role_id: str
    name: str
    depth_code: Depth
    entities: tuple[str, ...]
    opens: bool
    finest_place_level: int
    highest_tier_code: str
    row_limit: int


_ALL = ("individual", "registration_group", "address", "document", "specific_need", "event", "assistance")
_COUNTED = ("individual", "registration_group", "specific_need", "event", "assistance")
_ROLES = (
    _Role("R1", "Global statistician", "organisation", _ALL, False, 6, "T2", 0),
    _Role("R2", "Regional analyst", "unit_and_below", _COUNTED, False, 2, "T1", 0),
    _Role("R3", "Country analyst", "unit_and_below", _COUNTED, False, 4, "T2", 0),
    _Role("R4", "Registration officer", "unit_and_below", _ALL, True, 6, "T2", 5000),
    _Role("R5", "Registration clerk", "unit", _ALL[:4], True, 6, "T1", 200),
    _Role(
        "R6",
        "Protected statistics",
        "organisation",
        ("individual", "registration_group", "specific_need"),
        False,
        6,
        "T2",
        0,
    ),
)


def bureau_unit(bureau_code: str) -> str:
    """The business unit of a regional bureau."""
    return f"RB-{bureau_code}"


def country_unit(operation: Operation) -> str:
    """The business unit of an operation's country office."""
    return f"CO-{operation.operation_code}"


def field_unit(operation: Operation, number: int) -> str:
    """The business unit of an operation's field office, numbered from 1."""
    return f"FO-{operation.operation_code}-{number}"


@cache
def iso3(country_code: str) -> str:
    """The ISO code of a country's UNHCR code, for logins only."""
    return {row["country_code"]: row["iso3_code"] for row in read_seed("country")}[country_code].lower()


# Who entered what no officer entered: accounts of the system itself, which nobody can use.
MIGRATION, SET_UP = "X-MIGRATION", "X-SETUP"


def registrar(operation: Operation) -> str:
    """The account that enters most of an operation's records: its user_id."""
    return f"R-{operation.operation_code}"


@cache
def places_by_size(operation: Operation) -> tuple[str, ...]:
    """The published places of an operation as location codes, the most populous first."""
    people: dict[str, int] = {}
    for name in ("demographics_2021", "other_2021"):
        for row in seeds.published(name):
            if row.country_of_asylum_code == operation.country_code:
                code = seeds.location_codes()[row.country_of_asylum_code, row.location_name]
                people[code] = people.get(code, 0) + row.total
    return tuple(sorted(people, key=lambda code: (-people[code], code)))


@cache
def unit_of_place(operation: Operation) -> dict[str, str]:
    """The owning business unit of each published place: a field office if there are any, else the country office."""
    offices, places = operation.field_office_count, places_by_size(operation)
    if not offices:
        return {code: country_unit(operation) for code in places}
    return {code: field_unit(operation, position % offices + 1) for position, code in enumerate(places)}


def business_units(operations: Iterable[Operation]) -> list[Row]:
    """Headquarters, the bureaux, one country office per operation and the field offices of the larger ones."""
    bureau_of = {row["country_code"]: row["bureau_code"] for row in read_seed("country")}
    units = [_unit(HEADQUARTERS, None, None, "Headquarters", "headquarters")]
    for row in read_seed("bureau"):
        units.append(_unit(bureau_unit(row["bureau_code"]), HEADQUARTERS, None, row["bureau_name"], "bureau"))
    names = {row["location_code"]: row["location_name"] for row in read_seed("location")}
    for operation in operations:
        parent, code = bureau_unit(bureau_of[operation.country_code]), operation.operation_code
        units.append(_unit(country_unit(operation), parent, code, f"{operation.operation_name} - CO", "country_office"))
        for number in range(1, operation.field_office_count + 1):
            places = places_by_size(operation)
            place = names[places[min(number, len(places)) - 1]].split(" :")[0].split(":")[0]
            name = f"{operation.operation_name} - {place}"
            units.append(_unit(field_unit(operation, number), country_unit(operation), code, name, "field_office"))
    return units


def accounts(operations: Iterable[Operation]) -> tuple[list[Row], list[Row]]:
    """The accounts and their roles: (rows of user_account, rows of user_role)."""
    listed: list[tuple[str, str, str, str | None, bool]] = [
        ("S-HQ", "statistician.hq", HEADQUARTERS, "R1", True),
        ("E-HQ", "excel.hq", HEADQUARTERS, None, True),
        ("F-HQ", "former.hq", HEADQUARTERS, "R1", False),
        ("P-HQ", "protected.statistics", HEADQUARTERS, "R6", True),
        (MIGRATION, "migration", HEADQUARTERS, None, False),
        (SET_UP, "setup", HEADQUARTERS, None, False),
    ]
    for row in read_seed("bureau"):
        code = row["bureau_code"]
        listed.append((f"B-{code}", f"analyst.{code.lower()}", bureau_unit(code), "R2", True))
    for operation in operations:
        code, name = operation.operation_code, iso3(operation.country_code)
        listed.append((f"A-{code}", f"analyst.{name}", country_unit(operation), "R3", True))
        listed.append((registrar(operation), f"registrar.{name}", country_unit(operation), "R4", True))
        if operation.field_office_count:
            listed.append((f"C-{code}", f"clerk.{name}", field_unit(operation, 1), "R5", True))
    users, user_roles = [], []
    for user_id, login, unit, role, is_enabled in listed:
        users.append(
            {
                "user_id": user_id,
                "login": f"{login}@{_DOMAIN}",
                "full_name": None,
                "business_unit_id": unit,
                "is_enabled": is_enabled,
            }
        )
        if role:
            user_roles.append({"user_role_id": f"{user_id}-{role}", "user_id": user_id, "role_id": role})
    return users, user_roles


def roles() -> list[Row]:
    """The roles, and one that is switched off and therefore grants nothing."""
    found = [{"role_id": role.role_id, "name": role.name, "is_enabled": True} for role in _ROLES]
    return [*found, {"role_id": "R9", "name": "Retired role", "is_enabled": False}]


def permissions() -> list[Row]:
    """What each role may count and open, entity by entity."""
    return [
        {
            "permission_id": f"P-{role.role_id}-{entity}",
            "role_id": role.role_id,
            "entity": entity,
            "depth_code": role.depth_code,
            "may_count": True,
            "may_open": role.opens,
            "finest_place_level": role.finest_place_level,
            "highest_tier_code": role.highest_tier_code,
            "row_limit": role.row_limit,
        }
        for role in _ROLES
        for entity in role.entities
    ]


def _unit(unit_id: str, parent: str | None, operation: str | None, name: str, kind: str) -> Row:
    return {
        "business_unit_id": unit_id,
        "parent_id": parent,
        "operation_code": operation,
        "name": name,
        "kind_code": kind,
        "is_enabled": True,
    }
