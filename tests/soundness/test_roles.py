"""Several roles, members and grants: nothing adds up to more than one of them gives, and nothing is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from figures import Desk, Row, permission, viewer, world
from opened import group, held, house_of, member, opener, person

from dataport.access.predicate import bound
from dataport.errors import Refused, WrongRequest
from dataport.history import compared, shown_at, timeline_of
from dataport.house import House
from dataport.records import Case, open_case
from dataport.semantic import Request
from dataport.semantic.condition import NEVER, Attribute, Compare, OneOf
from dataport.semantic.policy import SCOPE, Members, Policy, Who
from dataport.visit import Asker, machine_account

MOVED = datetime(2020, 6, 1)
ABROAD = {"business_unit_id": "UGA-CO"}
KEN = Asker("ken", "op", purpose="Appointment")
OPENS = {"may_open": True, "row_limit": 10}


def opened(home: House, case_id: str = "i-1") -> Case:
    return open_case(case_id, "case show", KEN, home, lambda case, _: case)


def house(folder: Path, tables: Mapping[str, Sequence[Row]], *permissions: Any) -> House:
    return house_of(folder, tables, viewer(None, *permissions, login="ken") if permissions else opener())


@pytest.mark.parametrize("turned", [False, True])
def test_two_grants_of_one_role_do_not_add_up(tmp_path: Path, turned: bool) -> None:
    """A clerk opens the own unit with its fields, and all other records without them: whichever is read first."""
    grants = [
        permission("individual", ["KEN-CO"], role="Clerk", highest_tier="T2", **OPENS),
        permission("individual", None, role="Clerk", highest_tier="T0", finest_place_level=0, **OPENS),
    ]
    tables = {"dim_individual": [person(1), person(2, **ABROAD)]}
    home = house(tmp_path / "home", tables, *(reversed(grants) if turned else grants))
    assert opened(home, "i-1").main.versions[0].values["ethnicity_code"] == "X1"
    abroad = opened(home, "i-2").main.versions[0].values
    assert "ethnicity_code" not in abroad and "sex_code" not in abroad


def test_a_role_for_documents_opens_none_of_a_person_out_of_sight(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1, valid_to=MOVED), person(1, **ABROAD, valid_from=MOVED)],
        "dim_document": [held("dim_document", 1, 1, valid_from=datetime(2021, 1, 1))],
    }
    home = house(
        tmp_path / "home",
        tables,
        permission("individual", ["KEN-CO"], role="Officer", **OPENS),
        permission("document", ["UGA-CO"], role="Clerk", **OPENS),
    )
    assert opened(home).belongings["document"] == ()


def test_each_role_opens_no_more_persons_than_its_own_limit(tmp_path: Path) -> None:
    """Three of Kenya by a role that opens one, beside a role that opens fifty elsewhere."""
    tables = {
        "dim_individual": [person(key) for key in (1, 2, 3)],
        "dim_group": [group(7)],
        "bridge_membership": [member(key, 7) for key in (1, 2, 3)],
    }
    home = house(
        tmp_path / "home",
        tables,
        permission("individual", ["KEN-CO"], role="Clerk", may_open=True, row_limit=1),
        permission("individual", ["UGA-CO"], role="Officer", may_open=True, row_limit=50),
        permission("registration_group", ["KEN-CO"], role="Clerk", **OPENS),
    )
    case = opened(home, "i-2")
    assert [one.person for one in case.persons] == [2] and case.meta["limited_to"] == 1
    nobody = house(tmp_path / "nobody", tables, permission("individual", ["KEN-CO"], may_open=True, row_limit=0))
    with pytest.raises(Refused, match="may open 0 at a time"):
        opened(nobody, "i-2")


def test_a_role_that_opens_nobody_more_tells_nothing_more_of_them(tmp_path: Path) -> None:
    """One role opens all of Kenya; another would open Uganda, but nobody there: what happened there is not told."""
    tables = {
        "dim_individual": [
            row for key in (1, 2) for row in (person(key, **ABROAD, valid_to=MOVED), person(key, valid_from=MOVED))
        ],
        "dim_group": [group(7)],
        "bridge_membership": [member(key, 7) for key in (1, 2)],
        "dim_document": [held("dim_document", 1, 2, valid_to=datetime(2019, 1, 1))],
    }
    kenya = [permission(one, ["KEN-CO"], role="K", **OPENS) for one in ("individual", "registration_group", "document")]
    uganda = [permission(one, ["UGA-CO"], role="U", may_open=True, row_limit=0) for one in ("individual", "document")]
    alone = opened(house(tmp_path / "alone", tables, *kenya), "g-7")
    both = opened(house(tmp_path / "both", tables, *kenya, *uganda), "g-7")
    firsts = [
        {version.first for one in (*case.persons, *case.memberships) for version in one.versions}
        for case in (alone, both)
    ]
    assert firsts == [{MOVED}, {MOVED}]
    assert both.belongings["document"] == () and "limited_to" not in both.meta


@pytest.mark.parametrize("more", ["nothing", "a role for needs elsewhere", "a role that opens nobody", "needs of both"])
def test_a_role_gives_its_fields_of_those_only_whom_it_opens(tmp_path: Path, more: str) -> None:
    """One role opens all of Kenya without sensitive fields, another one person with them, whatever a third adds."""
    tables = {
        "dim_individual": [person(1), person(2)],
        "dim_group": [group(7)],
        "bridge_membership": [member(1, 7), member(2, 7)],
        "records_specific_need": [held("records_specific_need", key, key, need_code=f"SV-{key}") for key in (1, 2)],
    }
    few = {"may_open": True, "row_limit": 1}
    grants = [
        *(permission(one, ["KEN-CO"], role="K", highest_tier="T1", **OPENS) for one in ("individual", "specific_need")),
        permission("registration_group", ["KEN-CO"], role="K", **OPENS),
        permission("individual", ["KEN-CO"], role="U", **few),
        permission("specific_need", ["KEN-CO", *(["UGA-CO"] if more == "needs of both" else [])], role="U", **few),
    ]
    if more == "a role for needs elsewhere":
        grants.append(permission("specific_need", ["UGA-CO"], role="C", highest_tier="T0", **OPENS))
    if more == "a role that opens nobody":
        grants.insert(0, permission("individual", ["KEN-CO"], role="A", may_open=True, row_limit=0))
    case = opened(house(tmp_path / "home", tables, *grants), "g-7")
    told = {one.person: one.versions[0].values.get("need_code") for one in case.belongings["specific_need"]}
    assert told == {1: "SV-1", 2: None}


def test_a_membership_that_never_was_is_none(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1), person(2), person(3)],
        "dim_group": [group(7)],
        "bridge_membership": [member(1, 7, is_active=False), member(2, 7), member(3, 7)],
    }
    home = house_of(tmp_path / "home", tables, opener(row_limit=2))
    case = opened(home, "g-7")
    assert [one.person for one in case.persons] == [2, 3] and "limited_to" not in case.meta
    assert all("Given1" not in entry.subject for entry in timeline_of(case, home.figures().horizon.start).entries)


def test_who_came_to_the_group_out_of_sight_takes_nobodys_place(tmp_path: Path) -> None:
    """Somebody who was in scope joins the group after leaving it: the limit and who is shown stay as they were."""
    tables = {
        "dim_individual": [person(1), person(2, valid_to=MOVED), person(2, **ABROAD, valid_from=MOVED), person(3)],
        "dim_group": [group(7)],
        "bridge_membership": [member(1, 7), member(3, 7)],
    }
    joined = {
        **tables,
        "bridge_membership": [*tables["bridge_membership"], member(2, 7, valid_from=datetime(2021, 1, 1))],
    }
    for number, world_ in enumerate((tables, joined)):
        case = opened(house_of(tmp_path / f"home-{number}", world_, opener(row_limit=2)))
        assert [one.person for one in case.persons] == [1, 3] and "limited_to" not in case.meta


def test_the_order_of_records_is_not_that_of_the_file(tmp_path: Path) -> None:
    """Rows are written anew when something is done to their person elsewhere; nothing of that is to be seen."""
    documents = [held("dim_document", key, 1, number=f"A{key}") for key in (3, 1, 2)]
    told = []
    for number, rows in enumerate((documents, documents[::-1])):
        case = opened(house_of(tmp_path / f"home-{number}", {"dim_individual": [person(1)], "dim_document": rows}))
        told.append([one.versions[0].values["number"] for one in case.belongings["document"]])
    assert told[0] == told[1] == ["A1", "A2", "A3"]


LEFT = {
    "dim_individual": [person(1), person(2)],
    "dim_group": [group(7)],
    "bridge_membership": [member(1, 7), member(2, 7, valid_to=MOVED)],
    "dim_document": [
        held("dim_document", 1, 1, number="Mine"),
        held("dim_document", 2, 2, number="Earlier"),
        held("dim_document", 3, 2, number="Later", valid_from=datetime(2021, 1, 1)),
    ],
}


def test_a_group_is_told_with_what_belongs_to_those_who_are_in_it(tmp_path: Path) -> None:
    """What a former member has, and what happens to them afterwards, is theirs and no longer the group's."""
    home = house(tmp_path / "home", LEFT)
    case, horizon = opened(home, "g-7"), home.figures().horizon
    documents = {
        day: next(one for one in shown_at(case, day, horizon).sections if one.name == "Documents").records
        for day in (date(2019, 6, 1), date(2021, 6, 1))
    }
    assert [(one["number"], one["individual_no"]) for one in documents[date(2021, 6, 1)]] == [("Mine", "KEN-00001")]
    assert [one["number"] for one in documents[date(2019, 6, 1)]] == ["Mine", "Earlier"]
    instants = {entry.recorded_at for entry in timeline_of(case, horizon.start).entries}
    assert MOVED in instants and datetime(2021, 1, 1) not in instants
    days = date(2019, 6, 1), date(2021, 6, 1)
    lines = compared(case, *days, *(horizon.closing(day) for day in days)).lines
    assert [(one.before, one.after) for one in lines if one.name == "number"] == [("Mine", "Mine"), ("Earlier", None)]


def test_who_grows_up_between_two_days_keeps_what_they_learned(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1, birth_date=date(2002, 6, 1), education_level_code="NE")],
        "dim_group": [group(7)],
        "bridge_membership": [member(1, 7)],
    }
    home = house(tmp_path / "home", tables)
    days, horizon = (date(2019, 6, 1), date(2021, 6, 1)), home.figures().horizon
    lines = compared(opened(home, "g-7"), *days, *(horizon.closing(day) for day in days)).lines
    learned = [one for one in lines if one.record.startswith("Member") and one.name == "education_level_code"]
    assert [(one.before, one.after, one.is_changed) for one in learned] == [("NE", "NE", False)]


def test_a_limit_is_told_wherever_it_cuts(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", LEFT, opener(row_limit=1))
    case, horizon = opened(home), home.figures().horizon
    days = date(2019, 6, 1), date(2021, 6, 1)
    told = (
        shown_at(case, days[0], horizon).meta,
        timeline_of(case, horizon.start).meta,
        compared(case, *days, *(horizon.closing(day) for day in days)).meta,
    )
    assert [one["limited_to"] for one in told] == [1, 1, 1]


def test_a_list_of_what_is_written_and_what_is_known_holds_both() -> None:
    units = {"units": ["A", "B"], "login": "ana"}
    listed = OneOf(SCOPE, ("X", Attribute("units"), Attribute("login")))
    assert bound(listed, units, missing=NEVER) == OneOf(SCOPE, ("X", "A", "B", "ana"))
    assert bound(listed, {"units": ["A"]}, missing=NEVER) == NEVER


def _forbidding(what: Desk, rows: Any) -> Desk:
    forbid = Policy("kept", "forbid", Who(), ("individual",), rows, Members(), ("count",), False, "For a test.")
    what.catalog = replace(what.catalog, policies=(*what.catalog.policies, forbid))
    return what


def test_a_policy_about_persons_is_not_judged_by_what_a_group_is() -> None:
    """The status of a group is not that of its focal point: where a person's decides, groups are not told by them."""
    desk = _forbidding(Desk(world([{}], [{}])), Compare("process_status", "=", "H"))
    assert desk.rows("active_groups") == [(1,)]
    with pytest.raises(Refused, match="do not hold what a policy decides by"):
        desk.ask("active_groups", by=("focal_point_sex",))
    assert desk.rows("active_specific_needs", by=("sex",)) == [], "the columns of a need's row are its person's"


DOCUMENTS_ONLY = viewer(None, permission("document"), permission("event"))


@pytest.mark.parametrize(
    ("indicator", "level"),
    [("valid_documents", "sex"), ("valid_documents", "age_group"), ("new_registrations", "sex")],
)
def test_who_may_count_no_persons_is_not_told_their_sex_and_age(indicator: str, level: str) -> None:
    desk = Desk(world([{}], [], [{}], [], [{}]))
    assert len(desk.rows(indicator, who=DOCUMENTS_ONLY)) == 1
    with pytest.raises(Refused, match="individual records"):
        desk.ask(indicator, by=(level,), who=DOCUMENTS_ONLY)


def test_the_finest_recorded_place_is_as_fine_as_places_get() -> None:
    desk = Desk(world([{"place_id": "20KEN000"}]))
    with pytest.raises(Refused, match="finer place"):
        desk.ask("active_individuals", by=("location",), who=viewer(finest_place_level=3))


@pytest.mark.parametrize(
    "words",
    [
        {"indicators": (5,)},
        {"by": (5,)},
        {"where": (5,)},
        {"where": ("business_unit = 'x\udcff'",)},
        {"as_of": 5},
        {"as_of": datetime(2022, 1, 31)},
        {"period": 5},
        {"order": (5,)},
        {"top": True},
        {"top": 1.5},
        {"top": "3"},
        {"grain": "decade"},
        {"geography": "as_was"},
        {"compare": 5},
        {"compare": datetime(2022, 1, 31)},
        {"compare": "last-year"},
        {"totals": "no"},
    ],
)
def test_a_request_of_another_type_is_refused_and_not_answered_as_another_question(words: Any) -> None:
    with pytest.raises(WrongRequest):
        Request(**{"indicators": ("active_individuals",), **words})


@pytest.mark.parametrize("purpose", ["", "   ", "\u200b", "…"])
def test_a_purpose_says_something(tmp_path: Path, purpose: str) -> None:
    home = house(tmp_path / "home", {"dim_individual": [person(1)]})
    with pytest.raises(Refused, match="purpose"):
        open_case("i-1", "case show", replace(KEN, purpose=purpose), home, lambda case, _: case)


def test_who_asks_on_which_account_is_not_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "chief.auditor")
    monkeypatch.setenv("USER", "chief.auditor")
    assert machine_account() not in ("", "chief.auditor")
