"""What people have: an address each, documents, specific needs and assistance, as columns for Arrow batches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dataport.synthetic import seeds
from dataport.synthetic.people import LAST_DAY
from dataport.synthetic.portion import Portion
from dataport.synthetic.texts import chosen, dates, digits, joined, moments

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Columns = dict[str, pa.Array]
Numbered = Callable[[Ints], pa.StringArray]

_DOCUMENTS_EACH = 2
_UNHCR_TYPES = ("ASC", "POR", "RFC", "UID")
_CIVIL_TYPES = ("BNO", "BCE", "PAS", "NID", "FBK")
_FAMILIES = ("CR", "SC", "WR", "ER", "SP", "DS", "SM", "LP", "TR", "SV", "FU", "PG")
_CHILD_CODES = {"CR": ("CR-NE", "CR-SE", "CR-CC"), "SC": ("SC-SC", "SC-FC", "SC-NC")}


def addresses(part: Portion, individual_ids: pa.StringArray, ids: pa.StringArray, lines: tuple[str, ...]) -> Columns:
    """One current address in the country of asylum each; that of an inactive record is inactive too."""
    people, found = part.people, part.dates
    count, gone = len(people), people.status > 1
    line = part.random.integers(0, len(lines), count)[people.head]
    zero = np.zeros(count, dtype=np.int64)
    return {
        "address_id": ids,
        "individual_id": individual_ids,
        "address_type_code": chosen(["CoA"], zero),
        "country_code": chosen([part.operation.country_code], zero),
        "location_code": chosen(part.places(), people.row),
        "line": chosen(lines, line),
        "effective_date": dates(found.registration),
        "end_date": dates(found.process_status, ~gone),
        "is_active": pa.array(~gone),
        **part.stamps(),
    }


def documents(part: Portion, individual_ids: pa.StringArray, ids: Numbered) -> Columns:
    """At most one UNHCR document and one civil document each; never two valid UNHCR documents."""
    people, random = part.people, part.random
    count = len(people)
    share = np.where(
        people.is_focal_point, seeds.rate("document_share", "focal_point"), seeds.rate("document_share", "other")
    )
    first = np.flatnonzero(random.random(count) < share)
    second = np.flatnonzero(random.random(count) < seeds.rate("document_share", "civil"))
    owner = np.concatenate([first, second])
    numbers = part.numbers[owner] * _DOCUMENTS_EACH + np.repeat([0, 1], [len(first), len(second)])
    issued, expires, is_unhcr = _document_dates(part, owner, np.arange(len(owner)) < len(first))
    asylum = np.array([row.population_type_code == "ASY" for row in part.rows])[people.row[owner]]
    unhcr = np.where(asylum, random.integers(0, 2, len(owner)), random.integers(1, 4, len(owner)))
    civil = len(_UNHCR_TYPES) + np.where(
        people.age[owner] < 18, random.integers(0, 2, len(owner)), random.integers(2, 5, len(owner))
    )
    valid = ~is_unhcr | (expires > LAST_DAY)
    return {
        "document_id": ids(numbers),
        "individual_id": individual_ids.take(pa.array(owner)),
        "document_type_code": chosen(_UNHCR_TYPES + _CIVIL_TYPES, np.where(is_unhcr, unhcr, civil)),
        "document_status_code": chosen(("X", "V"), valid.astype(np.int64)),
        "number": joined(len(owner), f"D{part.operation.onboarding_order:03d}", digits(numbers, 9)),
        "issued_by": chosen(("Government", "UNHCR"), is_unhcr.astype(np.int64)),
        "issue_date": dates(issued),
        "expiry_date": dates(expires, ~is_unhcr),
        **{name: array.take(pa.array(owner)) for name, array in part.stamps().items()},
    }


def _document_dates(part: Portion, owner: Ints, is_unhcr: Flags) -> tuple[Ints, Ints, Flags]:
    """Issue and expiry: UNHCR documents after registration, civil ones between birth and flight."""
    registered, contact = part.dates.registration[owner], part.dates.last_contact[owner]
    birth, fled = part.people.birth[owner], part.dates.fled[owner]
    share = part.random.random(len(owner))
    after = registered + np.floor(np.sqrt(share) * (contact - registered + 1)).astype(np.int64)
    before = birth + np.floor(share * (fled - birth + 1)).astype(np.int64)
    issued = np.where(is_unhcr, after, before)
    return issued, issued + 365 * part.random.integers(2, 6, len(owner)), is_unhcr


def specific_needs(part: Portion, individual_ids: pa.StringArray, ids: Numbered) -> Columns:
    """Specific needs at the documented rates of each family of needs, among those whom it can concern."""
    random, count = part.random, len(part.people)
    found: list[Ints] = []
    kinds: list[Ints] = []
    for number, (family, concerned) in enumerate(_concerned(part).items()):
        drawn = np.flatnonzero(concerned & (random.random(count) < seeds.rate("need_share", family)))
        found.append(drawn)
        kinds.append(np.full(len(drawn), number, dtype=np.int64))
    owner, kind = np.concatenate(found), np.concatenate(kinds)
    codes, position = _need_codes(part, owner, kind)
    status = np.searchsorted(
        np.cumsum([seeds.rate("need_resolved_share"), seeds.rate("need_pending_share")]),
        random.random(len(owner)),
        side="right",
    )
    registered, contact = part.dates.registration[owner], part.dates.last_contact[owner]
    identified = registered + np.floor(random.random(len(owner)) ** 2 * (contact - registered + 1)).astype(np.int64)
    resolved = identified + np.floor(random.random(len(owner)) * (contact - identified + 1)).astype(np.int64)
    return {
        "specific_need_id": ids(part.numbers[owner] * len(_FAMILIES) + kind),
        "individual_id": individual_ids.take(pa.array(owner)),
        "need_category_code": chosen(_FAMILIES, kind),
        "need_code": chosen(codes, position),
        "need_status_code": chosen(("R", "P", "A"), status),
        "identified_date": dates(identified),
        "resolved_date": dates(resolved, status != 0),
        **{name: array.take(pa.array(owner)) for name, array in part.stamps().items()},
    }


def assistance(part: Portion, group_ids: pa.StringArray, ids: Numbered) -> Columns:
    """Some of what families were given in the last year."""
    random, people = part.random, part.people
    heads = np.flatnonzero(people.is_focal_point & (people.status == 0))
    given = heads[random.random(len(heads)) < seeds.rate("assistance_rows")]
    count = len(given)
    kinds, sectors = seeds.codes("assistance_type"), seeds.codes("assistance_sector")
    kind = np.floor(random.random(count) ** 2 * len(kinds)).astype(np.int64)
    size = np.bincount(people.head, minlength=len(people))[given]
    day = np.maximum(LAST_DAY - random.integers(0, 365, count), part.dates.registration[given])
    return {
        "assistance_id": ids(part.numbers[given]),
        "group_id": group_ids.take(pa.array(given)),
        "assistance_type_code": chosen(kinds, kind),
        "sector_code": chosen(sectors, kind % len(sectors)),
        "provided_date": dates(day),
        "quantity": pa.array(size.astype(np.int64)),
        "value_usd": pa.array((size * (10 + 5 * kind)).astype(np.int64)),
        "assistance_status_code": chosen(("PR", "CA"), (random.random(count) < 0.04).astype(np.int64)),
        "provider_name": chosen(("UNHCR",), np.zeros(count, dtype=np.int64)),
        **{name: array.take(pa.array(given)) for name, array in part.stamps().items()},
        "created_on": moments(day, part.dates.entered_second[given]),
        "modified_on": moments(day, part.dates.entered_second[given]),
    }


def _concerned(part: Portion) -> dict[str, Flags]:
    """For each family of needs, whom it can concern."""
    people = part.people
    age, female, known = people.age, people.is_female, people.has_birth_date
    size = np.bincount(people.head, minlength=len(people))[people.head]
    everybody = np.ones(len(people), dtype=bool)
    return {
        "CR": known & (age < 17.5),
        "SC": known & (age < 17.5),
        "WR": known & female & (age >= 18) & (age < 60),
        "ER": known & (age >= 60),
        "SP": people.is_focal_point & (age >= 18) & ~people.has_spouse & (size > 2),
        "DS": everybody,
        "SM": everybody,
        "LP": everybody,
        "TR": known & (age >= 18),
        "SV": known & female & (age >= 12),
        "FU": everybody,
        "PG": known & female & (age >= 18) & (age < 50),
    }


def _need_codes(part: Portion, owner: Ints, kind: Ints) -> tuple[list[str], Ints]:
    """All need codes, and a position for each need: a code of its family, one for small children where age matters."""
    codes = list(seeds.codes("need"))
    position = np.zeros(len(owner), dtype=np.int64)
    draw, young = part.random.random(len(owner)), part.people.age[owner] < 12
    for number, family in enumerate(_FAMILIES):
        of_family = [code for code in codes if code.startswith(f"{family}-") and code != "CR-TP"]
        for of_young in (False, True):
            allowed = _CHILD_CODES.get(family, of_family) if of_young else of_family
            places = np.array([codes.index(code) for code in allowed])
            mine = (kind == number) & (young == of_young)
            position[mine] = places[np.floor(draw[mine] * len(places)).astype(np.int64)]
    return codes, position
