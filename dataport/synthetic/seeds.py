"""Seeds that the synthetic store is made from: published figures, places, operations and rates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from dataport.dictionary.seeds import read_seed
from dataport.errors import ContractBroken

PUBLISHED_CELLS = (
    "f_0_4", "f_5_11", "f_12_17", "f_18_59", "f_60", "f_other",
    "m_0_4", "m_5_11", "m_12_17", "m_18_59", "m_60", "m_other",
)  # fmt: skip

# The registration system and the statistics name one group differently; all others agree.
LEGAL_STATUS_OF = {"ASY": "ASR"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A country operation and what it holds at scale 1.

    Attributes:
        onboarding_order: 1 is the first to move to the central store.
        record_target: individuals in every process status.
        active_target: individuals with process status A, the calibrated ones included.
        field_office_count: business units below the country office.
    """

    operation_code: str
    country_code: str
    operation_name: str
    onboarding_order: int
    is_calibrated: bool
    record_target: int
    active_target: int
    field_office_count: int


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One row of the published demographics: its six-part key and its people by sex and age group.

    Attributes:
        cells: people in each of `PUBLISHED_CELLS`; ``other`` is an unknown age.
        total: the published total; what the cells do not cover has neither sex nor age.
    """

    country_of_asylum_code: str
    country_of_origin_code: str
    population_type_code: str
    location_name: str
    settlement_code: str
    accommodation_code: str
    cells: tuple[int, ...]
    total: int


@cache
def operations() -> tuple[Operation, ...]:
    """All operations in the order in which they are onboarded."""
    found = [
        Operation(
            operation_code=row["operation_code"],
            country_code=row["country_code"],
            operation_name=row["operation_name"],
            onboarding_order=int(row["onboarding_order"]),
            is_calibrated=row["is_calibrated"] == "true",
            record_target=int(row["record_target"]),
            active_target=int(row["active_target"]),
            field_office_count=int(row["field_office_count"]),
        )
        for row in read_seed("operation")
    ]
    return tuple(sorted(found, key=lambda operation: operation.onboarding_order))


def first_phase() -> int:
    """How many operations moved to the central store in its first phase; the others followed."""
    return int(rate("operations_of_first_phase"))


@cache
def operation_named(operation_code: str) -> Operation:
    """The operation with that code."""
    return next(operation for operation in operations() if operation.operation_code == operation_code)


@cache
def published(name: str) -> tuple[PublishedRow, ...]:
    """The published rows of ``demographics_2021`` (calibrated: REF and ASY) or ``other_2021`` (other types)."""
    return tuple(
        PublishedRow(
            country_of_asylum_code=row["country_of_asylum_code"],
            country_of_origin_code=row["country_of_origin_code"],
            population_type_code=row["population_type_code"],
            location_name=row["location_name"],
            settlement_code=row["settlement_code"],
            accommodation_code=row["accommodation_code"],
            cells=tuple(int(row[cell]) for cell in PUBLISHED_CELLS),
            total=int(row["total"]),
        )
        for row in read_seed(f"published/{name}")
    )


@cache
def location_codes() -> dict[tuple[str, str], str]:
    """The one location code of each (country code, published location name)."""
    return {(row["country_code"], row["location_name"]): row["location_code"] for row in read_seed("location")}


@cache
def codes(code_list: str) -> tuple[str, ...]:
    """The codes of a list that say something (no placeholder, not "unknown"), in their order."""
    rows = [row for row in read_seed("code_value") if row["code_list"] == code_list and row["is_missing"] == "false"]
    return tuple(row["code"] for row in rows)


@cache
def _rates() -> dict[tuple[str, str], float]:
    return {(row["rate_name"], row["scope"]): float(row["value"]) for row in read_seed("synthetic_rate")}


def rate(name: str, scope: str = "") -> float:
    """A rate of ``synthetic_rate.csv``: the one of the scope, else the general one."""
    found = _rates().get((name, scope), _rates().get((name, "")))
    if found is None:
        raise ContractBroken(f"The seed synthetic_rate.csv has no rate {name!r} for {scope!r}. Add it with its reason.")
    return found


def scopes(name: str) -> tuple[str, ...]:
    """The scopes for which a rate is given, in file order."""
    return tuple(scope for found, scope in _rates() if found == name)


def stream(seed: int, *words: int) -> np.random.Generator:
    """A random stream of its own for each purpose, so that one part never shifts another."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


@cache
def phone_range(country_code: str) -> tuple[str, int]:
    """How invented telephone numbers of a country begin, and how many digits follow."""
    row = next(row for row in read_seed("phone_pattern") if row["country_code"] == country_code)
    return row["example_prefix"], int(row["example_digits"])


def phone(country_code: str, drawn: int) -> str:
    """An invented number of a country, from a number of eight digits that was drawn."""
    prefix, width = phone_range(country_code)
    return f"{prefix}{drawn % 10**width:0{width}d}"
