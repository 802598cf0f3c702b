"""plant: every rule's mistakes in one portion's rows. Published figures stay as they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dataport.synthetic.dirt.plot import Plot
from dataport.synthetic.people import LAST_DAY
from dataport.synthetic.portion import DOCUMENT, MEMBERSHIP, Portion
from dataport.synthetic.relationships import OTHER_SEX
from dataport.synthetic.texts import dates

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# A place whose level says that two levels are missing above it.
GAP = "20KEN001001004"

_MORE = 7 * 10**11  # rows that are there by mistake get numbers of their own

# rule: table, column, the value it gets. "" and "-" are what people type to get past a field.
_MISSING = {
    "family_name_missing": ("individual", "family_name", "-"),
    "given_name_missing": ("individual", "given_name", ""),
    "fathers_name_missing": ("individual", "fathers_name", "-"),
    "marital_status_missing": ("individual", "marital_status_code", "-"),
    "nationality_missing": ("individual", "nationality_code", "-"),
    "religion_missing": ("individual", "religion_code", "-"),
    "ethnicity_missing": ("individual", "ethnicity_code", ""),
    "birth_country_missing": ("individual", "birth_country_code", None),
    "birth_city_missing": ("individual", "birth_city", "-"),
    "education_missing": ("individual", "education_level_code", "-"),
    "registration_reason_missing": ("individual", "registration_reason_code", None),
    "arrival_date_missing": ("individual", "arrival_date", None),
    "fled_date_missing": ("individual", "fled_date", None),
    "relationship_missing": ("membership", "relationship_code", "-"),
    "issue_date_missing": ("document", "issue_date", None),
    "expiry_date_missing": ("document", "expiry_date", None),
}
# rule: table, column, from, to: codes that lists have twice, old spellings, codes that look alike.
_CODES = {
    "address_type_variant": ("address", "address_type_code", ("PCoA", "CoA"), "PCOA"),
    "grade_with_zero": ("individual", "education_level_code", ("5",), "05"),
    "focal_point_as_foster_parent": ("membership", "relationship_code", ("PA",), "FP"),
    "husband_as_son_in_law": ("membership", "relationship_code", ("HUS",), "CLM"),
    "residence_address": ("address", "address_type_code", ("CoA",), "CoR"),
    "woman_at_risk_is_male": ("specific_need", "need_category_code", ("SM", "DS"), "WR"),
    "older_person_is_young": ("specific_need", "need_category_code", ("CR",), "ER"),
    "child_at_risk_is_adult": ("specific_need", "need_category_code", ("WR", "ER"), "CR"),
    "separated_child_is_adult": ("specific_need", "need_category_code", ("WR", "ER"), "SC"),
}


def plant(
    part: Portion, tables: dict[str, pa.RecordBatch], calibrated_count: int
) -> tuple[dict[str, pa.RecordBatch], pa.Table]:
    """Plant dirt in a portion's rows.

    Args:
        calibrated_count: the first so many rows of the operation's plan are published figures.

    Returns:
        the tables, and what was planted in them, in the columns of `truth.SCHEMA`.
    """
    plot = Plot(part, tables, calibrated_count)
    for sow in (_statuses, _dates, _groups, _addresses, _documents, _duplicates, _phones, _codes, _missing):
        sow(plot)
    return plot.tables(), plot.planted()


def _missing(plot: Plot) -> None:
    for rule, (table, column, value) in _MISSING.items():
        plot.set(rule, table, column, plot.pick(rule, table, plot.filled(table, column)), value)


def _codes(plot: Plot) -> None:
    male = plot.part.people.sex == 1
    for rule, (table, column, before, after) in _CODES.items():
        candidates = plot.flags(table, column, *before)
        if rule == "woman_at_risk_is_male":
            candidates &= male[_owner(plot, table)]
        plot.set(rule, table, column, plot.pick(rule, table, candidates), after)


def _dates(plot: Plot) -> None:
    found, everybody, random = plot.part.dates, np.ones(len(plot.part.people), dtype=bool), plot.random
    birth, known, count = plot.part.people.birth, plot.part.people.has_birth_date, len(everybody)
    draw = random.integers
    for rule, column, candidates, days in (
        ("registered_in_future", "registration_date", everybody, LAST_DAY + draw(5, 900, count)),
        ("arrived_after_registration", "arrival_date", everybody, found.registration + draw(1, 400, count)),
        ("fled_after_arrival", "fled_date", everybody, found.arrival + draw(1, 400, count)),
        ("registered_before_birth", "registration_date", known, birth - draw(1, 300, count)),
        ("new_birth_arrived", "arrival_date", found.born_in_asylum & known, birth - draw(10, 2000, count)),
        ("arrived_in_1900", "arrival_date", everybody, np.full(count, -25_567)),
    ):  # fmt: skip
        rows = plot.pick(rule, "individual", candidates)
        plot.set(rule, "individual", column, rows, dates(days[rows]))
    heads = np.flatnonzero(plot.part.people.is_focal_point)
    rows = plot.pick("group_registered_in_future", "registration_group", np.ones(len(heads), dtype=bool))
    later = dates(LAST_DAY + random.integers(5, 900, len(rows)))
    plot.set("group_registered_in_future", "registration_group", "registration_date", rows, later)


def _statuses(plot: Plot) -> None:
    people, found = plot.part.people, plot.part.dates
    active, free = people.status == 0, ~plot.is_published
    rows = plot.pick("deceased_but_active", "individual", active)
    plot.set("deceased_but_active", "individual", "deceased_date", rows, dates(found.last_contact[rows]))
    rows = plot.pick("active_not_of_concern", "individual", active & free)
    plot.set("active_not_of_concern", "individual", "legal_status_code", rows, "NOC")
    rows = plot.pick("origin_is_asylum", "individual", free)
    plot.set("origin_is_asylum", "individual", "country_of_origin_code", rows, plot.part.operation.country_code)
    other = "KEN" if plot.part.operation.country_code != "KEN" else "UGA"
    rows = plot.pick("asylum_is_not_the_units", "individual", free)
    plot.set("asylum_is_not_the_units", "individual", "country_of_asylum_code", rows, other)
    rows = plot.pick("place_missing", "individual", free)
    plot.set("place_missing", "individual", "location_code", rows, None)


def _groups(plot: Plot) -> None:
    people = plot.part.people
    heads = np.flatnonzero(people.is_focal_point)
    number = np.cumsum(people.is_focal_point) - 1
    active = np.bincount(number, weights=people.status == 0, minlength=len(heads)) > 0
    every, group = np.ones(len(heads), dtype=bool), "registration_group"
    rows = plot.pick("active_in_closed_group", group, active)
    plot.set("active_in_closed_group", group, "status_code", rows, "C")
    rows = plot.pick("active_group_without_active", group, ~active)
    plot.set("active_group_without_active", group, "status_code", rows, "A")
    rows = plot.pick("size_differs", group, every)
    sizes = np.bincount(number, minlength=len(heads))[rows] + plot.random.integers(1, 80, len(rows))
    plot.set("size_differs", group, "declared_size", rows, pa.array(sizes.astype(np.int64)))
    plot.set("size_missing", group, "declared_size", plot.pick("size_missing", group, every), None)
    others, member = ~people.is_focal_point, "membership"
    rows = plot.pick("several_focal_points", member, others)
    plot.set("several_focal_points", member, "is_focal_point", rows, pa.array([True] * len(rows)))
    rows = plot.pick("no_focal_point", member, people.is_focal_point)
    plot.set("no_focal_point", member, "is_focal_point", rows, pa.array([False] * len(rows)))
    rows = plot.pick("no_group", member, others)
    plot.set("no_group", member, "is_active", rows, pa.array([False] * len(rows)))
    codes = plot.columns[member]["relationship_code"].to_pylist()
    rows = plot.pick("sex_contradicts_relationship", member, np.array([code in OTHER_SEX for code in codes]))
    plot.set("sex_contradicts_relationship", member, "relationship_code", rows, [OTHER_SEX[codes[row]] for row in rows])
    rows = plot.pick("child_older_than_focal_point", member, plot.flags(member, "relationship_code", "PRF", "PRM"))
    plot.set("child_older_than_focal_point", member, "relationship_code", rows, "SON")
    rows = plot.pick("spouse_not_married", "individual", people.has_spouse)
    plot.set("spouse_not_married", "individual", "marital_status_code", rows, "SN")
    rows = plot.pick("several_groups", member, others)
    elsewhere = plot.columns[member]["group_id"].take(pa.array((rows + len(people) // 2) % len(people)))
    ids = plot.part.ids(MEMBERSHIP, _MORE + plot.part.numbers[rows])
    plot.add("several_groups", member, "group_id", rows, {"membership_id": ids, "group_id": elsewhere})


def _addresses(plot: Plot) -> None:
    current, table = plot.flags("address", "address_type_code", "CoA"), "address"
    rows = plot.pick("place_not_listed", table, current)
    plot.set("place_not_listed", table, "location_code", rows, "20ZZZ999")
    rows = plot.pick("address_is_elsewhere", table, current)
    places = sorted(set(plot.part.places()))
    others = [places[int(n)] for n in plot.random.integers(0, len(places), len(rows))]
    now = plot.columns[table]["location_code"].to_pylist()
    moved = np.array([now[row] != other for row, other in zip(rows, others, strict=True)], dtype=bool)
    elsewhere = [place for place, is_other in zip(others, moved, strict=True) if is_other]
    plot.set("address_is_elsewhere", table, "location_code", rows[moved], elsewhere)
    rows = plot.pick("hierarchy_gap", table, current)
    plot.set("hierarchy_gap", table, "location_code", rows, GAP)


def _documents(plot: Plot) -> None:
    table, count = "document", len(plot.columns["document"]["document_id"])
    every = np.ones(count, dtype=bool)
    rows = plot.pick("issued_in_future", table, every)
    later = dates(LAST_DAY + plot.random.integers(5, 900, len(rows)))
    plot.set("issued_in_future", table, "issue_date", rows, later)
    rows = plot.pick("expired_before_issue", table, plot.filled(table, "expiry_date"))
    issued = plot.columns[table]["issue_date"].cast(pa.int32()).to_numpy(zero_copy_only=False)[rows]
    plot.set("expired_before_issue", table, "expiry_date", rows, dates(issued.astype(np.int64) - 30))
    valid = plot.flags(table, "document_status_code", "V") & plot.flags(table, "issued_by", "UNHCR")
    rows = plot.pick("two_valid_documents", table, valid)
    ids = plot.part.ids(DOCUMENT, _MORE + plot.part.first * 4 + rows)
    numbers = pa.array([f"D{key.upper()}" for key in ids.to_pylist()], pa.string())
    plot.add("two_valid_documents", table, "document_status_code", rows, {"document_id": ids, "number": numbers})


def _phones(plot: Plot) -> None:
    rows = plot.pick("phone_invalid", "individual", plot.filled("individual", "phone"))
    plot.set("phone_invalid", "individual", "phone", rows, "12345")
    heads = plot.part.people.is_focal_point & plot.filled("individual", "phone")
    rows = plot.pick("focal_point_without_phone", "individual", heads)
    plot.set("focal_point_without_phone", "individual", "phone", rows, "-")


def _duplicates(plot: Plot) -> None:
    """A second record of somebody: same family, father and day of birth, a given name that is spelt otherwise."""
    people = plot.part.people
    band = np.searchsorted([5, 12, 18, 60], people.age, side="right")
    order = np.lexsort((people.birth, band, people.sex, people.row))
    before, after = order[:-1], order[1:]
    alike = (people.row[before] == people.row[after]) & (people.sex[before] == people.sex[after])
    alike &= (band[before] == band[after]) & people.has_birth_date[before] & people.has_birth_date[after]
    alike &= people.head[before] != people.head[after]
    original = np.full(len(people), -1, dtype=np.int64)
    original[after[alike]] = before[alike]
    rows = plot.pick("duplicate", "individual", original >= 0)
    source, own = pa.array(original[rows]), plot.columns["individual"]
    names = own["given_name"].take(source).to_pylist()
    for column in ("family_name", "fathers_name", "birth_date", "phone"):
        plot.set("duplicate", "individual", column, rows, own[column].take(source))
    plot.set("duplicate", "individual", "given_name", rows, [name[:2] + name[1:] if name else None for name in names])


def _owner(plot: Plot, table: str) -> Ints:
    found = pc.index_in(plot.columns[table]["individual_id"], plot.columns["individual"]["individual_id"])
    owners: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return owners
