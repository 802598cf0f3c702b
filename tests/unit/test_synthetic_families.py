"""Families are drawn over given people: nobody's sex, age or place changes, and relationships fit the real ages."""

from __future__ import annotations

import numpy as np
import pytest

from dataport.synthetic import plan_some
from dataport.synthetic.families import FamilyShape, People, compose
from dataport.synthetic.people import LAST_DAY, Register, register
from dataport.synthetic.plan import OperationPlan, Plan
from dataport.synthetic.relationships import CODE, OTHER_SEX, PARENT_GAP, relationship

FEMALE = {"WIF", "DAU", "SBF", "PRF", "ANT", "GCF", "NCE", "COF", "NRF", "FCF", "ORF"}


@pytest.fixture(scope="module")
def rwanda() -> tuple[Plan, OperationPlan, Register]:
    plan = plan_some(1.0, ["RWA"])
    return plan, plan.operations[0], register(plan.operations[0], plan)


def ages_in_years(people: Register) -> np.ndarray:
    """Completed years on 31 December 2021, by the calendar."""
    return 2021 - (people.birth.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970)


def test_at_scale_one_composed_people_fill_every_cell_exactly(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    _, operation, people = rwanda
    group = np.searchsorted([5, 12, 18, 60], ages_in_years(people), side="right")
    cell = np.where(people.has_birth_date, group, 5) + 6 * people.sex
    cell = np.where(people.sex == 2, 12, cell)
    found = np.zeros_like(operation.active)
    active = people.status == 0
    np.add.at(found, (people.row[active], cell[active]), 1)
    assert found.sum() > 100_000
    assert np.array_equal(found, operation.active)


def test_every_group_has_one_focal_point_who_stands_first(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    people = rwanda[2]
    heads = np.flatnonzero(people.is_focal_point)
    assert np.array_equal(people.group[heads], np.arange(people.group.max() + 1))
    assert np.array_equal(heads, np.unique(people.head))
    assert np.array_equal(people.group[people.head], people.group)
    assert (CODE[people.relationship[heads]] == "PA").all()
    assert (CODE[people.relationship[~people.is_focal_point]] != "PA").all()


def test_groups_stay_within_country_origin_and_population_type(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    _, operation, people = rwanda
    block = np.array([f"{row.country_of_origin_code} {row.population_type_code}" for row in operation.rows])
    assert (block[people.row] == block[people.row[people.head]]).all()


def test_parents_are_fifteen_years_older_than_their_children(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    people = rwanda[2]
    gap = (people.birth - people.birth[people.head]) / 365.25
    code = CODE[people.relationship]
    assert gap[np.isin(code, ["SON", "DAU"])].min() >= PARENT_GAP
    assert gap[np.isin(code, ["PRM", "PRF"])].max() <= -PARENT_GAP
    assert np.abs(gap[np.isin(code, ["SBM", "SBF"])]).max() < PARENT_GAP
    assert gap[np.isin(code, ["GCM", "GCF"])].min() >= 45


def test_spouses_are_adults_of_the_other_sex_and_one_at_most(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    people = rwanda[2]
    spouses = np.flatnonzero(np.isin(CODE[people.relationship], ["HUS", "WIF"]))
    assert len(spouses) > 5000
    assert len(np.unique(people.group[spouses])) == len(spouses)
    assert (people.is_female[spouses] != people.is_female[people.head[spouses]]).all()
    assert people.age[spouses].min() >= 18 and people.age[people.head[spouses]].min() >= 18


def test_relationships_tell_the_sex_of_the_record(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    people = rwanda[2]
    code = CODE[people.relationship]
    named = ~np.isin(code, ["PA", "U"])
    assert np.array_equal(np.isin(code[named], list(FEMALE)), people.sex[named] == 0)
    assert (code[(people.sex == 2) & ~people.is_focal_point] == "U").all()


def test_at_most_one_mother_and_one_father(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    people = rwanda[2]
    for parent in ("PRF", "PRM"):
        groups = people.group[CODE[people.relationship] == parent]
        assert len(groups) and len(np.unique(groups)) == len(groups)


def test_sizes_are_near_the_published_ones(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    people = rwanda[2]
    size = np.bincount(people.group[people.status == 0])
    size = size[size > 0]
    assert 3.5 < size.mean() < 4.3
    assert 0.25 < (size == 1).mean() < 0.45
    assert size.max() < 50


def test_below_scale_one_members_live_with_their_focal_point() -> None:
    plan = plan_some(0.01, ["KEN"])
    people = register(plan.operations[0], plan)
    assert np.array_equal(people.row, people.row[people.head])


def test_children_without_any_adult_form_small_groups_of_their_own() -> None:
    count = 10
    people = People(
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.arange(count) % 2 == 0,
        np.arange(count) + 3.5,
    )
    heads, marks = compose(people, FamilyShape(4.0, 0.3, 0.42), np.random.default_rng(1))
    assert not marks.any()
    assert np.bincount(heads)[np.unique(heads)].max() <= 3
    assert (people.age[heads] >= people.age).all()


def test_nobody_makes_no_groups() -> None:
    none = np.zeros(0, dtype=np.int64)
    heads, _ = compose(
        People(none, none, none.astype(bool), none.astype(float)), FamilyShape(4, 0.3, 0.4), np.random.default_rng(1)
    )
    assert len(heads) == 0


def test_births_are_uniform_within_an_age_group(rwanda: tuple[Plan, OperationPlan, Register]) -> None:
    people = rwanda[2]
    infants = people.birth[(ages_in_years(people) < 5) & people.has_birth_date]
    assert infants.max() <= LAST_DAY
    shares = np.bincount(2021 - (infants.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970)) / len(
        infants
    )
    assert np.abs(shares - 0.2).max() < 0.02


def test_one_relationship_follows_sex_and_age() -> None:
    born = np.datetime64("1980-01-01").astype(object)
    head = {"individual_id": "a", "sex_code": "F", "birth_date": born}
    child = {"individual_id": "b", "sex_code": "M", "birth_date": born.replace(year=2010)}
    assert relationship(head, head, False, 0.5) == "PA"
    assert relationship(head, child, False, 0.5) == "SON"
    assert relationship(child, head, False, 0.5) == "PRF"
    assert relationship(head, child | {"sex_code": "U"}, False, 0.5) == "U"
    assert relationship(head, child | {"birth_date": None}, False, 0.5) == "ORM"
    assert relationship(head, child | {"birth_date": born}, True, 0.5) == "HUS"
    assert OTHER_SEX["SON"] == "DAU" and OTHER_SEX["DAU"] == "SON"
