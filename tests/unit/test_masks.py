"""Which fields a row shows: what one role sees and another does not is taken out of the rows of the other."""

from __future__ import annotations

import pyarrow as pa
import pytest
from sqlglot import exp

from dataport.access.open import RoleView
from dataport.engine.masks import NOT_SHOWN, Masks
from dataport.semantic.record import RecordModel

PERSON = RecordModel("person", "Person", "p", "person", "person_key", ("name",), ids=("person_no",))
GROUP = RecordModel("group", "Group", "g", "group", "group_key", ("size",), ids=("group_no",))
FLAGS = {name: exp.column(name) for name in ("_role_0", "_role_1", "_by_0", "_by_1")}


def view(*hidden: str) -> RoleView:
    return RoleView("role", {}, frozenset(hidden), 9)


def masks(views: tuple[RoleView, ...], persons: tuple[RoleView, ...], groups: tuple[RoleView, ...] = ()) -> Masks:
    within = {"person": persons, "group": groups}
    return Masks(("given", "value"), ("person_no", "group_no"), (PERSON, GROUP), views, within)


def kept_back(of: Masks, owner: RecordModel) -> dict[str, str]:
    return {name: test.sql() for name, test in of.hidden(owner, FLAGS).items()}


def test_what_every_role_sees_is_kept_back_of_no_row_and_what_none_sees_is_not_read() -> None:
    one = masks((view("value"), view("value")), (view(), view()))
    assert one.shown == ("person_no", "given")
    assert not one.is_partly and kept_back(one, PERSON) == {}


def test_fields_that_the_same_roles_see_are_kept_back_by_one_column() -> None:
    one = masks((view(), view("given", "value")), (view(), view()))
    assert kept_back(one, PERSON) == {"_hidden_0": "NOT (_role_0)"}


def test_an_id_is_kept_back_by_the_roles_of_its_owner_and_not_of_an_owner_who_has_no_such_id() -> None:
    """What was given to a group has no number of a person: its row keeps nothing back."""
    one = masks((view(), view()), (view(), view("person_no")), (view(),))
    assert kept_back(one, PERSON) == {"_hidden_0": "NOT (_by_0)"}
    assert kept_back(one, GROUP) == {"_hidden_0": "FALSE"}


@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_value_that_is_kept_back_is_gone_and_named(is_hidden: bool) -> None:
    one = masks((view(), view("value")), (view(), view()))
    read = pa.table({"given": ["a"], "value": [7], "_record": [1], "_hidden_0": [is_hidden]})
    (row,) = one.of(read.to_reader()).read_all().to_pylist()
    assert row == {"given": "a", "value": None if is_hidden else 7, "_record": 1, NOT_SHOWN: ["value"] * is_hidden}
