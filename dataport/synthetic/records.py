"""portions, tables_of: one operation's people, groups and what they have as Arrow, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dataport.synthetic import seeds, traits
from dataport.synthetic.belongings import addresses, assistance, documents, specific_needs
from dataport.synthetic.dates import REASON, date_people
from dataport.synthetic.people import SEX, STATUS, register
from dataport.synthetic.plan import OperationPlan, Plan
from dataport.synthetic.portion import ADDRESS, ASSISTANCE, DOCUMENT, GROUP, INDIVIDUAL, MEMBERSHIP, NEED, Portion, cut
from dataport.synthetic.relationships import CODE
from dataport.synthetic.stocks import stock_path
from dataport.synthetic.texts import (
    address_lines,
    chosen,
    dates,
    digits,
    family_names,
    given_names,
    joined,
    town_names,
)

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Columns = dict[str, pa.Array]

PEOPLE_PER_BATCH = 100_000


def portions(operation: OperationPlan, plan: Plan, history: int | None = None) -> Iterator[Portion]:
    """The people of an operation, some at a time; whole groups stay together.

    Args:
        history: how many of the years before are to be written.
    """
    people = register(operation, plan)
    if not len(people):
        return
    order = operation.operation.onboarding_order
    decided = np.array([row.population_type_code == "REF" for row in operation.rows])[people.row]
    active, country = int(operation.active.sum()), operation.operation.country_code
    path = stock_path(country, active, history) if history else None
    dated = date_people(people, decided, seeds.stream(plan.seed, order, 3), path)
    starts = np.append(np.flatnonzero(people.is_focal_point), len(people))
    wanted = np.searchsorted(starts, np.arange(0, len(people) + PEOPLE_PER_BATCH, PEOPLE_PER_BATCH))
    edges = np.unique(starts[np.minimum(wanted, len(starts) - 1)])
    for number, (start, end) in enumerate(pairwise(edges)):
        yield Portion(
            seed=plan.seed,
            operation=operation.operation,
            rows=operation.rows,
            first=int(start),
            people=cut(people, start, end),
            dates=cut(dated, start, end),
            random=seeds.stream(plan.seed, order, 4, number),
            path=path,
        )


def tables_of(part: Portion) -> dict[str, pa.RecordBatch]:
    """The rows of a portion, table by table."""
    individual_ids = part.ids(INDIVIDUAL, part.numbers)
    heads = part.people.is_focal_point
    group_ids = part.ids(GROUP, part.people.group)
    lines = address_lines()
    found = {
        "registration_group": _groups(part, group_ids, heads),
        "individual": _individuals(part, individual_ids),
        "membership": _memberships(part, individual_ids, group_ids, heads),
        "address": addresses(part, individual_ids, part.ids(ADDRESS, part.numbers), lines),
        "document": documents(part, individual_ids, lambda numbers: part.ids(DOCUMENT, numbers)),
        "specific_need": specific_needs(part, individual_ids, lambda numbers: part.ids(NEED, numbers)),
        "assistance": assistance(part, group_ids, lambda numbers: part.ids(ASSISTANCE, numbers)),
    }
    return {name: pa.RecordBatch.from_pydict(columns) for name, columns in found.items()}


def _groups(part: Portion, group_ids: pa.StringArray, heads: Flags) -> Columns:
    people, found = part.people, part.dates
    first = np.flatnonzero(heads)
    count, group = len(first), people.group[first]
    active = np.bincount(people.group - group[0], weights=people.status == 0, minlength=count) > 0
    size = np.bincount(people.group - group[0], minlength=count)
    status = np.where(active, 0, people.status[first])
    row, registered = people.row[first], found.group_registration[first]
    year = registered.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    migrated = found.channel[first] == 2
    former = joined(count, f"{part.operation.operation_code}-", digits(year % 100, 2), "C", digits(group % 100_000, 5))
    place_date = found.registration[first]
    columns = {
        "group_id": group_ids.take(pa.array(first)),
        "group_no": joined(
            count, f"{part.operation.operation_code}-", digits(year % 100, 2), "-", digits(group + 1, 8)
        ),
        "former_no": _only(former, migrated),
        "business_unit_id": chosen(part.units(), row),
        "operation_code": _same(part.operation.operation_code, count),
        "country_of_asylum_code": _same(part.operation.country_code, count),
        "country_of_origin_code": chosen(part.of_row("country_of_origin_code"), row),
        "location_code": chosen(part.places(), row),
        "location_date": dates(place_date),
        "status_code": chosen(STATUS, status),
        "status_reason_code": chosen(REASON, found.reason[first], (found.reason[first] == 0) | (status == 0)),
        "status_date": dates(np.where(status == 0, registered, found.process_status[first])),
        "declared_size": pa.array(size.astype(np.int64)),
        "registration_date": dates(registered),
    }
    return columns | {name: array.take(pa.array(first)) for name, array in part.stamps().items()}


def _individuals(part: Portion, individual_ids: pa.StringArray) -> Columns:
    return {
        "individual_id": individual_ids,
        **_numbers(part),
        **_names(part),
        **_biodata(part),
        **_place(part),
        **_schooling(part),
        **_statuses(part),
        **_contact(part),
        **part.stamps(),
    }


def _numbers(part: Portion) -> Columns:
    count, numbers = len(part.people), part.numbers
    prefix = f"{700 + part.operation.onboarding_order}-"
    former = joined(count, prefix, digits(numbers % 100_000_000, 8))
    # Everybody in a group is owned by the office that looks after the group's focal point.
    return {
        "individual_no": joined(count, prefix, digits(100_000_000 + numbers, 9)),
        "former_no": _only(former, part.dates.channel == 2),
        "business_unit_id": chosen(part.units(), part.people.row[part.people.head]),
        "operation_code": _same(part.operation.operation_code, count),
    }


def _names(part: Portion) -> Columns:
    people, random = part.people, part.random
    count = len(people)
    family = random.integers(0, len(family_names()), count)
    own = random.random(count) < 0.15
    female, male = given_names(True), given_names(False)
    given = random.integers(0, len(female), count) + np.where(people.is_female, 0, len(female))
    father = random.integers(0, len(male), count)
    return {
        "family_name": chosen(family_names(), np.where(own, family, family[people.head])),
        "given_name": chosen(female + male, given),
        "fathers_name": chosen(male, father, traits.missing("fathers_name", count, random)),
    }


def _biodata(part: Portion) -> Columns:
    people, random = part.people, part.random
    count, row = len(people), people.row
    origins = part.of_row("country_of_origin_code")
    in_asylum = part.dates.born_in_asylum
    birth_countries = [*origins, part.operation.country_code]
    return {
        "sex_code": chosen(SEX, people.sex),
        "birth_date": dates(people.birth, ~people.has_birth_date),
        "is_birth_date_estimated": pa.array(random.random(count) < seeds.rate("birth_date_estimated")),
        "birth_country_code": chosen(birth_countries, np.where(in_asylum, len(origins), row)),
        "birth_city": chosen(
            town_names(), random.integers(0, len(town_names()), count), traits.missing("birth_city", count, random)
        ),
        "marital_status_code": chosen(
            traits.MARITAL,
            traits.marital_statuses(people, random),
            traits.missing("marital_status_code", count, random),
        ),
        "nationality_code": chosen(origins, row),
        "country_of_origin_code": chosen(origins, row),
        "country_of_asylum_code": _same(part.operation.country_code, count),
        "ethnicity_code": _of_origin(part, "ethnicity", 3),
        "religion_code": _of_origin(part, "religion", 2),
    }


def _of_origin(part: Portion, code_list: str, choices: int) -> pa.StringArray:
    """A code that families of one origin share, missing at its documented rate."""
    values = [
        code
        for origin in part.of_row("country_of_origin_code")
        for code in traits.of_origin(code_list, origin, choices)
    ]
    count = len(part.people)
    drawn = np.minimum(np.floor(part.random.random(count) ** 2 * choices).astype(np.int64), choices - 1)
    position = part.people.row * choices + drawn[part.people.head]
    return chosen(values, position, traits.missing(f"{code_list}_code", count, part.random))


def _place(part: Portion) -> Columns:
    row = part.people.row
    return {
        "location_code": chosen(part.places(), row),
        "location_date": dates(part.dates.registration),
        "accommodation_code": chosen(part.of_row("accommodation_code"), row),
        "settlement_code": chosen(part.of_row("settlement_code"), row),
    }


def _schooling(part: Portion) -> Columns:
    people, random = part.people, part.random
    count, adult = len(people), people.age >= 18
    employed = np.floor(random.random(count) ** 1.5 * 3).astype(np.int64)
    occupied = adult & ~traits.missing("occupation_code", count, random)
    return {
        "education_level_code": chosen(
            traits.EDUCATION,
            traits.education_levels(people.age, random),
            traits.missing("education_level_code", count, random),
        ),
        "occupation_code": chosen(traits.occupations(), traits.occupation_positions(count, random), ~occupied),
        "employment_type_code": chosen(traits.EMPLOYMENT, employed, ~occupied),
    }


def _statuses(part: Portion) -> Columns:
    people, found, random = part.people, part.dates, part.random
    count = len(people)
    legal = [seeds.LEGAL_STATUS_OF.get(kind, kind) for kind in part.of_row("population_type_code")]
    return {
        "process_status_code": chosen(STATUS, people.status),
        "process_status_reason_code": chosen(REASON, found.reason, found.reason == 0),
        "process_status_date": dates(found.process_status),
        "legal_status_code": chosen(legal, people.row),
        "legal_status_date": dates(found.legal_status),
        "legal_basis_code": chosen(
            ("1951", "OAU", "MAN"), random.integers(0, 3, count), traits.missing("legal_basis_code", count, random)
        ),
        "registration_date": dates(found.registration),
        "registration_reason_code": chosen(
            ("NA", "NB", "FR"), np.where(found.born_in_asylum, 1, np.where(found.joined_later, 2, 0))
        ),
        "registration_level_code": chosen(("C", "B", "E"), np.searchsorted([0.55, 0.95], random.random(count))),
        "arrival_date": dates(found.arrival),
        "fled_date": dates(found.fled, traits.missing("fled_date", count, random)),
        "deceased_date": dates(found.deceased, found.reason != REASON.index("DC")),
    }


def _contact(part: Portion) -> Columns:
    people, random = part.people, part.random
    count, adult = len(people), people.age >= 15
    # valid in the country of asylum, beginning as the example that the numbering plan's library gives for it
    prefix, width = seeds.phone_range(part.operation.country_code)
    phone = joined(count, prefix, digits(random.integers(10_000_000, 100_000_000, count), width))
    has_phone = adult & ~traits.missing("phone", count, random)
    biometric = random.random(count) < seeds.rate("has_biometrics")
    return {
        "last_contact_date": dates(part.dates.last_contact),
        "phone": _only(phone, has_phone),
        "has_photo": pa.array(random.random(count) < seeds.rate("has_photo")),
        "has_biometrics": pa.array(biometric & (people.age >= 5)),
    }


def _memberships(part: Portion, individual_ids: pa.StringArray, group_ids: pa.StringArray, heads: Flags) -> Columns:
    return {
        "membership_id": part.ids(MEMBERSHIP, part.numbers),
        "individual_id": individual_ids,
        "group_id": group_ids,
        "relationship_code": chosen(list(CODE), part.people.relationship),
        "is_focal_point": pa.array(heads),
        "is_active": pa.array(np.ones(len(heads), dtype=bool)),
        "effective_date": dates(part.dates.registration),
        **part.stamps(),
    }


def _same(value: str, count: int) -> pa.StringArray:
    return chosen([value], np.zeros(count, dtype=np.int64))


def _only(values: pa.StringArray, kept: Flags) -> pa.StringArray:
    """The values where kept, else NULL."""
    return values.take(pa.array(np.arange(len(values)), mask=~kept))
