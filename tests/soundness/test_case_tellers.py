"""Who did what in a case: each change is told with its own act and account, and what was not told of with neither."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from figures import catalog, permission, viewer
from opened import BEGAN, held, house_of, member, opener, person
from spec.family import printed

from dataport.api.case import CaseView
from dataport.cli.render_history import print_history
from dataport.errors import NotVisible, WrongRequest
from dataport.history import (
    MY_LAST_LOOK,
    Changes,
    case_changes,
    case_comparison,
    case_family,
    case_history,
    show_case,
)
from dataport.history.timeline import NEXT_SEEN

from .test_case_changes import ABROAD, ACCOUNTS, KEN, at, family, home_of, lived

SINCE = date(2021, 1, 1)
AMINA, LEFT = "Amina Otieno (amina@example.org)", "left@example.org"


def said(found: Changes) -> list[tuple[Any, ...]]:
    """How, what, before, after, by whom, and when."""
    return [
        (one.how, one.name, one.before, one.after, one.recorder and str(one.recorder), one.recorded_at)
        for of in found.members
        for one in of.differences
    ]


def test_what_was_recorded_and_changed_later_is_told_as_recorded_and_as_changed(tmp_path: Path) -> None:
    tables = family(lived(1, (BEGAN, {})), lived(2, (at(2021, 2), {"phone": "1"}), (at(2021, 4), {"phone": "2"})))
    card = {"document_type_code": "PC", "created_by": "u-1"}
    tables["dim_document"] = [
        held(
            "dim_document", 1, 1, **card, number="A1", modified_by="u-1", valid_from=at(2021, 2), valid_to=at(2021, 4)
        ),
        held("dim_document", 1, 1, **card, number="B2", modified_by="u-3", valid_from=at(2021, 4)),
    ]
    home = home_of(tmp_path, tables)
    assert said(case_changes("i-1", SINCE, KEN, home)) == [
        ("changed", "number", "A1", "B2", LEFT, at(2021, 4)),
        ("added", "", None, {"document_type_code": "PC", "number": "A1"}, AMINA, at(2021, 2)),
    ]
    assert ("changed", "phone", "1", "2", AMINA, at(2021, 4)) in said(case_changes("i-2", SINCE, KEN, home))


def test_what_was_changed_and_removed_later_is_told_as_changed_and_as_removed(tmp_path: Path) -> None:
    tables = family(lived(1, (BEGAN, {})))
    tables["dim_document"] = [
        held("dim_document", 1, 1, number="A1", valid_to=at(2021, 2)),
        held("dim_document", 1, 1, number="B2", modified_by="u-3", valid_from=at(2021, 2), valid_to=at(2021, 4)),
    ]
    assert said(case_changes("i-1", SINCE, KEN, home_of(tmp_path, tables))) == [
        ("removed", "", {"number": "B2"}, None, None, at(2021, 4)),
        ("changed", "number", "A1", "B2", LEFT, at(2021, 2)),
    ]


def test_how_somebody_is_related_is_told_as_corrected_after_joining(tmp_path: Path) -> None:
    tables = family(lived(1, (BEGAN, {})), lived(2, (BEGAN, {})))
    joined = {"valid_from": at(2021, 2), "valid_to": at(2021, 5), "relationship_code": "SON", "modified_by": "u-1"}
    corrected = member(2, 7, valid_from=at(2021, 5), relationship_code="WIF", modified_by="u-3")
    tables["bridge_membership"] = [member(1, 7), member(2, 7, **joined), corrected]
    assert said(case_changes("g-7", SINCE, KEN, home_of(tmp_path, tables))) == [
        ("changed", "relationship_code", "SON", "WIF", LEFT, at(2021, 5)),
        ("joined", "", None, None, AMINA, at(2021, 2)),
    ]


@pytest.mark.parametrize(
    "edge",
    [
        [(BEGAN, ABROAD), (at(2021), {"business_unit_id": "KEN-CO"})],
        [(BEGAN, {}), (at(2021, 5), ABROAD)],
    ],
)
def test_what_changed_in_sight_is_told_although_one_end_is_not(tmp_path: Path, edge: list[Any]) -> None:
    """Somebody comes into sight and is changed there, or is changed there and goes out of it."""
    changed = [(at(2021, 2), {"phone": "1"}), (at(2021, 3), {"phone": "2"})]
    one = lived(1, *sorted([*edge, *changed], key=lambda step: step[0]))
    found = said(case_changes("i-1", SINCE, KEN, home_of(tmp_path, family(one))))
    assert [one[:4] for one in found if one[1] == "phone"] == [("changed", "phone", None, "2")]


@pytest.mark.parametrize("is_changed_later", [True, False])
def test_a_change_out_of_the_group_is_nobodys_who_did_something_else(tmp_path: Path, is_changed_later: bool) -> None:
    later = [(at(2021, 8), {"birth_city": "C", "modified_by": "u-1"})] if is_changed_later else []
    away = [(at(2021, 4), {"phone": "2", "modified_by": "u-3"})]
    tables = family(lived(1, (BEGAN, {"phone": "1"}), *away, *later))
    tables["bridge_membership"] = [
        member(1, 7, valid_to=at(2021, 3)),
        member(1, 7, is_active=False, valid_from=at(2021, 3), valid_to=at(2021, 6)),
        member(1, 7, valid_from=at(2021, 6)),
    ]
    home = home_of(tmp_path, tables)
    of_group = case_changes("g-7", SINCE, KEN, home)
    (one,) = [one for of in of_group.members for one in of.differences if one.name == "phone"]
    assert (one.before, one.after, one.act, one.recorder, one.channel, one.happened_on, one.recorded_at) == (
        "1",
        "2",
        NEXT_SEEN,
        None,
        None,
        None,
        at(2021, 6),
    )
    assert ("changed", "phone", "1", "2", LEFT, at(2021, 4)) in said(case_changes("i-1", SINCE, KEN, home))


def test_a_change_where_no_role_reads_the_field_is_nobodys_and_no_line_of_a_comparison(tmp_path: Path) -> None:
    entities = catalog().records.entities
    own = [permission(one, ("KEN-CO",), may_open=True, row_limit=200, role="a") for one in entities]
    low = [permission(one, ("UGA-CO",), may_open=True, row_limit=200, highest_tier="T1", role="b") for one in entities]
    one = lived(
        1,
        (BEGAN, {"ethnicity_code": "X1"}),
        (at(2021, 2), ABROAD),
        (at(2021, 3), {"ethnicity_code": "X2", "modified_by": "u-3"}),
        (at(2021, 6), {"business_unit_id": "KEN-CO", "modified_by": "u-1"}),
    )
    home = house_of(tmp_path / "home", family(one), viewer(None, *own, *low, login="ken"), accounts=ACCOUNTS)
    found = said(case_changes("i-1", SINCE, KEN, home))
    assert ("changed", "ethnicity_code", "X1", "X2", None, at(2021, 6)) in found
    days = (SINCE, date(2021, 5, 1)), (date(2021, 5, 1), date(2021, 8, 1))
    for first, second in days:
        lines = case_comparison("i-1", first, second, KEN, home).lines
        assert not [line for line in lines if line.name == "ethnicity_code"]


def test_damaged_bookkeeping_tells_no_change_of_a_field_that_is_not_theirs(tmp_path: Path) -> None:
    rows = lived(1, (BEGAN, {"ethnicity_code": "X1"}), (at(2021), {"ethnicity_code": "X2", "modified_by": "u-3"}))
    rows[1] |= {"modified_on": None, "damaged_columns": "modified_on"}
    home = home_of(tmp_path, family(rows), opener(highest_tier="T1"))
    assert len(case_history("i-1", KEN, home).entries) == 1
    assert not case_changes("i-1", SINCE, KEN, home).members


def test_a_person_of_no_group_is_told_of_alike(tmp_path: Path) -> None:
    """Without a group there is nobody to be seen again in it."""
    home = home_of(tmp_path, {"dim_individual": [person(1)]})
    assert not case_changes("i-1", SINCE, KEN, home).members


@pytest.mark.parametrize("comes", [True, False])
def test_a_document_that_comes_into_sight_or_goes_out_of_it_is_not_recorded_nor_removed(
    tmp_path: Path, comes: bool
) -> None:
    """One role opens persons of two offices, and documents of one of them; somebody moves from one to the other."""
    both = ("KEN-CO", "UGA-CO")
    roles = [
        permission(one, both[:1] if one == "document" else both, may_open=True, row_limit=200)
        for one in catalog().records.entities
    ]
    first, second = reversed(both) if comes else both
    moved = (at(2021, 6), {"business_unit_id": second, "modified_by": "u-3"})
    tables = family(lived(1, (BEGAN, {"business_unit_id": first}), moved))
    tables["dim_document"] = [held("dim_document", 1, 1, document_type_code="PC", number="A1", created_by="u-2")]
    home = house_of(tmp_path / "home", tables, viewer(None, *roles, login="ken"), accounts=ACCOUNTS)
    found = said(case_changes("i-1", SINCE, KEN, home))
    assert [one[:4] for one in found] == [("changed", "business_unit_id", first, second)]
    last = case_history("i-1", KEN, home).entries[-1]
    assert not [one for one in (last.words, *last.details) if "ocument" in one]


def test_a_look_that_ends_in_an_error_has_told_that_there_is_a_case(tmp_path: Path) -> None:
    home = home_of(tmp_path, family(lived(1, (BEGAN, {}))))
    with pytest.raises(WrongRequest):
        case_changes("i-1", MY_LAST_LOOK, KEN, home)
    with pytest.raises(NotVisible):
        case_changes("i-1", SINCE, KEN, home, "nobody")
    refused, not_visible = home.audit().entries()
    assert "~" in refused["question"] and refused["reaches"] is None
    assert (not_visible["question"], not_visible["rows"]) == (None, 0), "it is told as where there is no case"


def test_who_is_told_of_within_a_limit_is_not_called_all_members(tmp_path: Path) -> None:
    people = [lived(n, (BEGAN, {"phone": "1"}), (at(2021, 3), {"phone": "2"})) for n in range(1, 9)]
    home = house_of(tmp_path / "home", family(*people), opener(row_limit=5), accounts=ACCOUNTS)
    told = " ".join(printed(lambda: print_history(case_history("g-7", KEN, home))))
    assert "members" not in told and "KEN-00005" in told


def test_coming_into_scope_is_no_registration_where_a_stamp_is_damaged(tmp_path: Path) -> None:
    """Without the day of its last change a record may be new or old: whoever moved it did not enter it."""
    moved = {"business_unit_id": "KEN-CO", "modified_by": "u-3"}
    rows = lived(1, (BEGAN, {"business_unit_id": "UGA-CO", "phone": "1"}), (at(2021, 2), moved))
    rows[1] = {**rows[1], "modified_on": None, "damaged_columns": "modified_on"}
    entries = case_history("i-1", KEN, home_of(tmp_path, family(rows))).entries
    assert [one.kind for one in entries] == ["entered scope"]


def test_a_notebook_says_what_was_undone_and_that_there_are_more(tmp_path: Path) -> None:
    turned = lived(1, (BEGAN, {"phone": "1"}), (at(2021, 2), {"phone": "2"}), (at(2021, 3), {"phone": "1"}))
    shown = CaseView(case_changes("i-1", SINCE, KEN, home_of(tmp_path / "one", family(turned))))._repr_html_()
    assert "<td>Phone (undone, in between 2)</td><td>1</td><td>1</td>" in shown
    people = [lived(n, (BEGAN, {"phone": "1"}), (at(2021, 3), {"phone": "2"})) for n in range(1, 5)]
    few = house_of(tmp_path / "few", family(*people), opener(row_limit=2), accounts=ACCOUNTS)
    for look in (case_changes("g-7", SINCE, KEN, few), case_family("g-7", KEN, few), show_case("g-7", None, KEN, few)):
        assert CaseView(look)._repr_html_().endswith("there are more than these.</p>")
