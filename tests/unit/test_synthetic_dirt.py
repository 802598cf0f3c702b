# ruff: noqa: E501  (a table of rules reads best with a rule a line)
"""What was planted is there, and is written down: read back from the store by rules of their own, in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dataport.dictionary.seeds import read_seed
from dataport.store import Store, connect
from dataport.store.schema import BY_NAME
from dataport.synthetic import Truth, advance, create, plan, plan_some

Row = dict[str, Any]

SCALE, LAST = 0.004, date(2021, 12, 31)
TABLES = ("individual", "registration_group", "membership", "address", "document", "specific_need")


class Held:
    """A store's living rows by table and key, and what was planted in it."""

    def __init__(self, store: Store, truth: list[Row]) -> None:
        self.truth = truth
        self.rows = {name: {row[BY_NAME[name].key]: row for row in read(store, name)} for name in TABLES}
        self.memberships: dict[str, list[Row]] = defaultdict(list)
        self.members: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows["membership"].values():
            self.memberships[row["individual_id"]].append(row)
            if row["is_active"]:
                self.members[row["group_id"]].append(row)
        self.documents: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows["document"].values():
            self.documents[row["individual_id"]].append(row)

    def person(self, row: Row) -> Row:
        return self.rows["individual"][row["individual_id"]]


def read(store: Store, table: str) -> list[Row]:
    columns = ", ".join(column.name for column in BY_NAME[table].landed)
    return store.query(f"SELECT {columns} FROM {table}").to_pylist()


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Held]]:
    folder = tmp_path_factory.mktemp("dirty")
    store = connect(f"sqlite://{folder}/store.sqlite")
    with Truth(folder / "planted") as truth:
        create(store, plan(SCALE), dirt=truth)
    yield store, Held(store, pq.read_table(folder / "planted" / "created.parquet").to_pylist())
    store.close()


def age(row: Row) -> int:
    return int((LAST - row["birth_date"]).days / 365.25) if row["birth_date"] else 30


# Whether a record breaks the rule that it was planted for.
CHECKS: dict[str, Callable[[Held, Row], bool]] = {
    "registered_in_future": lambda held, row: row["registration_date"] > LAST,
    "arrived_after_registration": lambda held, row: row["arrival_date"] > row["registration_date"],
    "fled_after_arrival": lambda held, row: row["fled_date"] > row["arrival_date"],
    "registered_before_birth": lambda held, row: row["registration_date"] < row["birth_date"],
    "new_birth_arrived": lambda held, row: row["registration_reason_code"] == "NB" and row["arrival_date"] < row["birth_date"],
    "arrived_in_1900": lambda held, row: row["arrival_date"].year == 1900,
    "group_registered_in_future": lambda held, row: row["registration_date"] > LAST,
    "deceased_but_active": lambda held, row: row["process_status_code"] == "A" and row["deceased_date"] is not None,
    "active_not_of_concern": lambda held, row: row["process_status_code"] == "A" and row["legal_status_code"] == "NOC",
    "origin_is_asylum": lambda held, row: row["country_of_origin_code"] == row["country_of_asylum_code"],
    "asylum_is_not_the_units": lambda held, row: row["country_of_asylum_code"] not in row["business_unit_id"],
    "place_missing": lambda held, row: row["location_code"] is None,
    "active_in_closed_group": lambda held, row: row["status_code"] == "C" and any(held.person(one)["process_status_code"] == "A" for one in held.members[row["group_id"]]),
    "active_group_without_active": lambda held, row: row["status_code"] == "A" and all(held.person(one)["process_status_code"] != "A" for one in held.members[row["group_id"]]),
    "size_differs": lambda held, row: row["declared_size"] != len(held.members[row["group_id"]]),
    "size_missing": lambda held, row: row["declared_size"] is None,
    "several_focal_points": lambda held, row: row["is_focal_point"],
    "no_focal_point": lambda held, row: not row["is_focal_point"] and row["relationship_code"] in ("PA", "FP", "-", "U"),
    "no_group": lambda held, row: not any(one["is_active"] and one["membership_id"] != row["membership_id"] for one in held.memberships[row["individual_id"]]) and not row["is_active"],
    "child_older_than_focal_point": lambda held, row: row["relationship_code"] == "SON" and age(held.person(row)) > 25,
    "spouse_not_married": lambda held, row: row["marital_status_code"] == "SN",
    "several_groups": lambda held, row: len({one["group_id"] for one in held.memberships[row["individual_id"]]}) > 1,
    "place_not_listed": lambda held, row: row["location_code"] == "20ZZZ999",
    "address_is_elsewhere": lambda held, row: row["location_code"] != held.person(row)["location_code"],
    "hierarchy_gap": lambda held, row: row["location_code"] == "20KEN001001004",
    "issued_in_future": lambda held, row: row["issue_date"] > LAST,
    "expired_before_issue": lambda held, row: row["expiry_date"] < row["issue_date"],
    "two_valid_documents": lambda held, row: sum(one["document_status_code"] == "V" and one["issued_by"] == "UNHCR" for one in held.documents[row["individual_id"]]) > 1,
    "phone_invalid": lambda held, row: len(row["phone"]) < 8,
    "focal_point_without_phone": lambda held, row: row["phone"] == "-",
    "woman_at_risk_is_male": lambda held, row: row["need_category_code"] == "WR" and held.person(row)["sex_code"] == "M",
    "older_person_is_young": lambda held, row: row["need_category_code"] == "ER" and age(held.person(row)) < 60,
    "child_at_risk_is_adult": lambda held, row: row["need_category_code"] == "CR" and age(held.person(row)) >= 18,
    "separated_child_is_adult": lambda held, row: row["need_category_code"] == "SC" and age(held.person(row)) >= 18,
    "address_type_variant": lambda held, row: row["address_type_code"] == "PCOA",
    "grade_with_zero": lambda held, row: row["education_level_code"] == "05",
    "focal_point_as_foster_parent": lambda held, row: row["relationship_code"] == "FP",
    "husband_as_son_in_law": lambda held, row: row["relationship_code"] == "CLM",
    "residence_address": lambda held, row: row["address_type_code"] == "CoR",
}  # fmt: skip


def test_every_rule_of_the_seed_has_cases(dirty: tuple[Store, Held]) -> None:
    planted = Counter(row["rule_name"] for row in dirty[1].truth)
    assert set(planted) <= {row["rule_name"] for row in read_seed("planted_dirt")}
    rare = {row["rule_name"] for row in read_seed("planted_dirt")} - set(planted)
    assert len(rare) <= 4, f"hardly a rule is so rare that a store of 85,000 people has no case: {rare}"


@pytest.mark.parametrize("rule", sorted(CHECKS))
def test_what_was_planted_breaks_its_rule(dirty: tuple[Store, Held], rule: str) -> None:
    held = dirty[1]
    for told in held.truth:
        if told["rule_name"] == rule:
            row = held.rows[told["table_name"]][told["key"]]
            assert CHECKS[rule](held, row), f"{told['table_name']}.{told['column_name']} is as it should be"


def test_missing_is_written_in_every_way(dirty: tuple[Store, Held]) -> None:
    found = {
        held_value
        for told in dirty[1].truth
        if told["rule_name"].endswith("_missing")
        for held_value in [dirty[1].rows[told["table_name"]][told["key"]][told["column_name"]]]
    }
    assert found == {None, "-", ""}


def test_a_duplicate_has_an_original(dirty: tuple[Store, Held]) -> None:
    people = dirty[1].rows["individual"]
    alike = Counter((one["family_name"], one["fathers_name"], one["birth_date"]) for one in people.values())
    copies = {told["key"] for told in dirty[1].truth if told["rule_name"] == "duplicate"}
    assert len(copies) > 100
    found = [
        alike[people[key]["family_name"], people[key]["fathers_name"], people[key]["birth_date"]] > 1 for key in copies
    ]
    assert sum(found) > 0.95 * len(found)


def test_rates_are_those_of_the_seed(dirty: tuple[Store, Held]) -> None:
    people = len(dirty[1].rows["individual"])
    planted = Counter(row["rule_name"] for row in dirty[1].truth if row["column_name"] == "marital_status_code")
    assert 0.5 < planted["marital_status_missing"] / (0.001 * people) < 1.5


def test_published_figures_stay_as_they_are(dirty: tuple[Store, Held], tmp_path: Path) -> None:
    figure = (
        "SELECT country_of_asylum_code, country_of_origin_code, legal_status_code, location_code, sex_code, "
        "count(*) AS n FROM individual WHERE process_status_code = 'A' AND legal_status_code IN ('REF', 'ASR') "
        "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
    )
    calibrated = plan_some(SCALE, ["KEN"])
    counted = []
    for name, truth in (("clean", None), ("dirty", Truth(None))):
        store = connect(f"sqlite://{tmp_path}/{name}.sqlite")
        create(store, calibrated, dirt=truth)
        counted.append(store.query(figure).to_pylist())
        ages = store.query("SELECT birth_date FROM individual WHERE process_status_code = 'A'")[
            "birth_date"
        ].to_pylist()
        bands = Counter(sum(2021 - day.year >= edge for edge in (5, 12, 18, 60)) for day in ages if day)
        counted.append([dict(bands)])
        store.close()
    assert counted[0] == counted[2] and counted[1] == counted[3]
    assert len(counted[0]) > 10


def test_the_truth_holds_no_value_of_a_person_and_is_private(dirty: tuple[Store, Held], tmp_path: Path) -> None:
    with Truth(tmp_path / "planted") as truth:
        store = connect(f"sqlite://{tmp_path}/small.sqlite")
        create(store, plan(0.0002), dirt=truth)
        store.close()
    assert truth.path is not None and truth.path.stat().st_mode & 0o777 == 0o600
    assert pq.read_table(truth.path).num_rows == truth.planted.total() > 50
    assert set(dirty[1].truth[0]) == {
        "rule_name", "table_name", "column_name", "key", "individual_id", "group_id", "operation_code"
    }  # fmt: skip


def test_days_pass_in_a_dirty_store(tmp_path: Path) -> None:
    store = connect(f"sqlite://{tmp_path}/store.sqlite")
    create(store, plan(0.001), dirt=Truth(None))
    assert sum((advance(store, 30).events or {}).values()) > 100
    store.close()
