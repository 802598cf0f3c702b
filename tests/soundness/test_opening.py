"""Door 2: what a viewer may not see of a case does not exist for them, and every look is written down."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from figures import OPEN_END, Row, permission, viewer
from opened import BEGAN, group, held, house_of, member, opener, person

from dataport.access import ViewerClass
from dataport.audit import AuditFailed
from dataport.engine.records import Records
from dataport.errors import DataportError, NotVisible, Refused, UnknownViewer, WrongRequest
from dataport.history import show_case
from dataport.house import House
from dataport.records import Case, open_case
from dataport.semantic.condition import ALWAYS, AllOf, Compare
from dataport.semantic.policy import Members
from dataport.visit import Asker

MOVED = datetime(2020, 6, 1)
ABROAD = {"business_unit_id": "UGA-CO"}
KEN = Asker("ken", "op", purpose="Appointment")
Tables = Mapping[str, Sequence[Row]]


def opened(home: House, case_id: str = "i-1", asker: Asker = KEN) -> Case:
    return open_case(case_id, "case show", asker, home, lambda case, _: case)


def texts(case: Case) -> str:
    return repr([(one.entity, [dict(v.values) for v in one.versions]) for one in everything(case)])


def everything(case: Case) -> list[Any]:
    return [*case.persons, *case.groups, *case.memberships, *(one for some in case.belongings.values() for one in some)]


def test_a_case_is_opened_with_what_belongs_to_it(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1), person(2)],
        "dim_group": [group(7)],
        "bridge_membership": [member(1, 7, is_focal_point=True), member(2, 7, relationship_code="SP")],
        "dim_address": [held("dim_address", 1, 1, line="Plot 4")],
        "dim_document": [held("dim_document", 1, 1, number="A77")],
        "dim_assistance": [held("dim_assistance", 1, None, group_key=7), held("dim_assistance", 2, 1, group_key=7)],
    }
    home = house_of(tmp_path / "home", tables)
    for case_id in ("i-1", "KEN-00001"):
        case = opened(home, case_id)
        assert [one.person for one in case.persons] == [1, 2]
        assert [one.group for one in case.groups] == [7]
        assert {entity: len(several) for entity, several in case.belongings.items() if several} == {
            "address": 1,
            "document": 1,
            "assistance": 2,
        }
    shown = show_case("g-7", None, KEN, home)
    members = next(one for one in shown.sections if one.name == "Members")
    assert [one["given_name"] for one in members.records] == ["Given1", "Given2"]


@pytest.mark.parametrize("finest", range(7))
def test_an_address_line_is_for_roles_of_the_finest_places_only(tmp_path: Path, finest: int) -> None:
    tables = {"dim_individual": [person(1)], "dim_address": [held("dim_address", 1, 1, line="Plot 4")]}
    home = house_of(tmp_path / "home", tables, opener(finest_place_level=finest))
    assert ("Plot 4" in texts(opened(home))) == (finest == 6)


@pytest.mark.parametrize("case_id", ["i-9", "KEN-00009", "nobody", "", "i-1' or 1=1 --", "%", "x" * 100_000])
def test_an_id_that_is_nobodys_and_one_out_of_scope_are_not_told_apart(
    tmp_path: Path, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same text, the same exit code, the same statements on the file."""
    tables = {
        "dim_individual": [person(1), person(9, **ABROAD)],
        "dim_group": [group(7), group(8, **ABROAD)],
        "bridge_membership": [member(1, 7), member(9, 8)],
        "dim_address": [held("dim_address", 1, 9)],
    }
    home = house_of(tmp_path / "home", tables)
    ran: list[str] = []
    assert home.records().held  # what the file holds is read once
    plain = Records.reader
    monkeypatch.setattr(Records, "reader", lambda self, tree, *p: ran.append(tree.sql()) or plain(self, tree, *p))
    refusals = []
    for asked in (case_id, "never heard of"):
        ran.clear()
        with pytest.raises(NotVisible) as refusal:
            opened(home, asked)
        refusals.append((str(refusal.value), refusal.value.exit_code, tuple(ran)))
    assert refusals[0] == refusals[1]
    assert 10 <= len(refusals[0][2]) <= 15, "each costs some milliseconds of every look"


def test_a_version_out_of_scope_is_not_mentioned(tmp_path: Path) -> None:
    """Somebody came from another office: what was said of them there does not exist here, nor when it began."""
    early = person(1, **ABROAD, former_no="OLD-1", given_name="Sentinel", valid_to=MOVED)
    tables = {
        "dim_individual": [early, person(1, valid_from=MOVED)],
        "dim_address": [held("dim_address", 1, 1, line="Plot 4")],
        "dim_document": [held("dim_document", 1, 1, number="Sentinel", valid_to=datetime(2019, 1, 1))],
        "dim_event": [held("dim_event", 1, 1, event_type_code="REG", event_date=date(2018, 1, 1))],
    }
    home = house_of(tmp_path / "home", tables)
    case = opened(home)
    assert "Sentinel" not in texts(case) and "OLD-1" not in texts(case)
    assert {version.first for one in everything(case) for version in one.versions} == {MOVED}
    assert not case.belongings["event"], "what happened before was judged by the scope of that moment"
    with pytest.raises(NotVisible):
        show_case("i-1", date(2019, 12, 31), KEN, home)
    with pytest.raises(NotVisible):
        opened(home, "OLD-1")
    assert show_case("i-1", date(2020, 12, 31), KEN, home).main.records


def test_what_left_the_scope_ends_there(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1, valid_to=MOVED), person(1, **ABROAD, valid_from=MOVED, given_name="Sentinel")],
        "dim_address": [held("dim_address", 1, 1)],
    }
    home = house_of(tmp_path / "home", tables)
    case = opened(home)
    assert {version.until for one in everything(case) for version in one.versions} == {MOVED}
    assert "Sentinel" not in texts(case)
    with pytest.raises(NotVisible):
        show_case("i-1", None, KEN, home)


def test_members_out_of_scope_and_ids_of_others_are_absent(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1), person(2, **ABROAD)],
        "dim_group": [group(7)],
        "bridge_membership": [member(1, 7), member(2, 7, relationship_code="SP")],
        "dim_event": [held("dim_event", 1, 1, event_type_code="MRG", related_individual_id="i-2", group_key=8)],
    }
    case = opened(house_of(tmp_path / "home", tables))
    assert [one.person for one in case.persons] == [1]
    assert [one.person for one in case.memberships] == [1]
    assert "i-2" not in texts(case) and "SP" not in texts(case)


def test_fields_above_the_role_are_absent_not_blank(tmp_path: Path) -> None:
    needs = held("records_specific_need", 1, 1, need_category_code="DS", need_code="DS-BD")
    tables = {"dim_individual": [person(1)], "records_specific_need": [needs]}
    clerk = opener(highest_tier="T1", finest_place_level=2, entities=("individual", "specific_need"))
    case = opened(house_of(tmp_path / "home", tables, clerk))
    values = case.main.versions[0].values
    assert "ethnicity_code" not in values and "place_id" not in values and values["sex_code"] == "F"
    assert not {"individual_key", "source_id", "valid_from"} & set(values)
    assert set(case.belongings) == {"specific_need"}
    assert "need_code" not in case.belongings["specific_need"][0].versions[0].values


def test_a_forbid_about_members_takes_their_fields(tmp_path: Path) -> None:
    home = house_of(
        tmp_path / "home", {"dim_individual": [person(1, legal_status_code="REF", marital_status_code="SN")]}
    )
    permit = home.catalog.policies[1]
    forbid = replace(
        permit, effect="forbid", rows=ALWAYS, members=Members(names=("legal_status",)), needs_purpose=False
    )
    except_for = replace(permit, members=Members(names=("marital_status",)))
    home.catalog = replace(home.catalog, policies=(except_for, forbid))
    values = opened(home).main.versions[0].values
    assert "legal_status_code" not in values and "marital_status_code" not in values
    assert values["sex_code"] == "F"


@pytest.mark.parametrize("level", ["age_group_detailed", "need_category"])
def test_a_policy_that_decides_by_what_records_do_not_hold_opens_none(tmp_path: Path, level: str) -> None:
    """An age is counted, not recorded; a need is another record: refused with the reason, not open, and no defect."""
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]})
    permit = home.catalog.policies[1]
    permits = replace(permit, rows=AllOf((permit.rows, Compare(level, "=", ("0-4",)))))
    home.catalog = replace(home.catalog, policies=(permits,))
    with pytest.raises(Refused, match="do not hold what a policy decides by"):
        opened(home)
    (look,) = home.audit().entries()
    assert look["reason"] == "Records of persons cannot be opened: they do not hold what a policy decides by."


def test_a_change_of_a_field_that_is_not_theirs_is_no_change(tmp_path: Path) -> None:
    """Two versions that differ in religion only are one version for who may not see religion."""
    stamps = {"modified_on": MOVED, "modified_by": "u-2"}
    tables = {
        "dim_individual": [
            person(1, ethnicity_code="X1", valid_to=MOVED),
            person(1, ethnicity_code="X2", valid_from=MOVED, **stamps),
        ]
    }
    case = opened(house_of(tmp_path / "home", tables, opener(highest_tier="T1")))
    assert [(one.first, one.until) for one in case.main.versions] == [(BEGAN, None)]
    assert "u-2" not in texts(case)
    full = opened(house_of(tmp_path / "full", tables, opener(highest_tier="T2")))
    assert len(full.main.versions) == 2


def test_two_roles_are_never_more_than_either_about_a_version(tmp_path: Path) -> None:
    """One role opens sensitive fields in Kenya, another opens Uganda without them."""
    tables = {"dim_individual": [person(1, valid_to=MOVED), person(1, **ABROAD, valid_from=MOVED)]}
    both = viewer(
        None,
        permission("individual", ["KEN-CO"], may_open=True, row_limit=10, role="Officer"),
        permission("individual", ["UGA-CO"], may_open=True, row_limit=10, role="Clerk", highest_tier="T1"),
        login="ken",
    )
    versions = opened(house_of(tmp_path / "home", tables, both)).main.versions
    assert ["ethnicity_code" in one.values for one in versions] == [True, False]


@pytest.mark.parametrize(
    ("who", "asker", "told"),
    [
        (opener(), Asker("ken", "op"), "--purpose"),
        (opener(), Asker("ken", "op", purpose="   "), "--purpose"),
        (opener(), Asker("ken", "op", ViewerClass.STATISTICS, "Work"), "class statistics"),
        (opener(may_open=False), KEN, "permits opening individual records"),
        (opener(entities=("address",)), KEN, "permits opening individual records"),
    ],
)
def test_a_door_that_is_closed_is_closed_before_any_id_is_looked_up(
    tmp_path: Path, who: Any, asker: Asker, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]}, who)
    assert home.records().held  # by which columns policies decide
    monkeypatch.setattr(Records, "reader", lambda *_: pytest.fail("a statement was run"))
    refusals = []
    for case_id in ("i-1", "nobody"):
        with pytest.raises(Refused, match=told) as refusal:
            opened(home, case_id, asker)
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]


def test_no_more_persons_are_opened_than_the_role_permits(tmp_path: Path) -> None:
    keys = range(1, 9)
    tables = {
        "dim_individual": [person(key) for key in keys],
        "dim_group": [group(7)],
        "bridge_membership": [member(key, 7) for key in keys],
        "dim_document": [held("dim_document", key, key) for key in keys],
    }
    case = opened(house_of(tmp_path / "home", tables, opener(row_limit=3)), "i-5")
    assert [one.person for one in case.persons] == [5, 1, 2]
    assert case.meta["limited_to"] == 3
    assert {one.person for one in case.belongings["document"]} == {1, 2, 5}


def test_one_number_of_two_cases_opens_neither(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1, former_no="F-1"), person(2, former_no="F-1"), person(3, **ABROAD, former_no="F-3")]
    }
    home = house_of(tmp_path / "home", {**tables, "dim_group": [group(7, former_no="F-3")]})
    with pytest.raises(WrongRequest, match="Several cases have that number"):
        opened(home, "F-1")
    assert opened(home, "F-3").main.group == 7


def test_a_look_is_written_down_by_pseudonym(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1), person(2, **ABROAD)]})
    for case_id in ("i-1", "KEN-00001", "i-2"):
        with contextlib.suppress(NotVisible):
            show_case(case_id, date(2020, 1, 1), KEN, home)
    looks = list(home.audit().entries())
    assert [one["outcome"] for one in looks] == ["answered", "answered", "not_visible"]
    assert looks[0]["question"] == looks[1]["question"]
    assert looks[0]["question"].startswith("case show of individual ~")
    assert looks[0]["purpose"] == "Appointment" and looks[0]["rows"] == 1
    written = (home.settings.audit_log).read_text(encoding="utf-8")
    assert not [name for name in ("i-1", "KEN-00001", "i-2", "Given1") if name in written]


def test_what_cannot_be_written_down_is_not_shown(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]})
    opened(home)
    home.settings.audit_log.write_text("", encoding="utf-8")
    with pytest.raises(AuditFailed):
        opened(home)


def test_how_many_are_elsewhere_limits_nothing(tmp_path: Path) -> None:
    """A limit is reached by persons in scope, whoever else is in the group."""
    for elsewhere in (0, 6):
        tables = {
            "dim_individual": [person(1), person(2), *(person(key, **ABROAD) for key in range(3, 3 + elsewhere))],
            "dim_group": [group(7)],
            "bridge_membership": [member(key, 7) for key in range(1, 3 + elsewhere)],
        }
        case = opened(house_of(tmp_path / f"home-{elsewhere}", tables, opener(row_limit=3)))
        assert "limited_to" not in case.meta and len(case.persons) == 2


def test_what_is_done_elsewhere_to_an_event_is_not_told(tmp_path: Path) -> None:
    """An event recorded in scope was amended after the person had left: it is told as it stood, and not that."""
    later = datetime(2021, 1, 1)
    tables = {
        "dim_individual": [person(1, valid_to=MOVED), person(1, **ABROAD, valid_from=MOVED)],
        "dim_event": [held("dim_event", 1, 1, event_type_code="verification", valid_to=later)],
    }
    case = opened(house_of(tmp_path / "home", tables))
    assert [version.until for one in case.belongings["event"] for version in one.versions] == [None]


def test_a_day_on_which_there_is_no_case_is_written_down_as_such(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1, valid_from=MOVED)]})
    with pytest.raises(NotVisible):
        show_case("i-1", date(2019, 1, 1), KEN, home)
    with pytest.raises(UnknownViewer):
        show_case("i-1", date(1900, 1, 1), Asker("nobody", "op", purpose="Work"), home)
    looks = [(one["outcome"], one["question"], one["rows"]) for one in home.audit().entries()]
    assert looks == [("not_visible", None, 0), ("unknown_viewer", None, 0)]


@pytest.mark.parametrize("typed", ["\udcff", "i-\ud800", "\x00"])
def test_bytes_that_are_no_text_are_an_id_like_any_other(tmp_path: Path, typed: str) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]})
    with pytest.raises(NotVisible):
        opened(home, typed)
    assert opened(home, "i-1", Asker("ken", "op\udcff", purpose=f"Work {typed}")).persons
    assert len(list(home.audit().entries())) == 2


def test_rows_do_not_print(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1, given_name="Sentinel")],
        "dim_document": [held("dim_document", 1, 1, number="Sentinel")],
    }
    home = house_of(tmp_path / "home", tables)
    case = opened(home)
    assert "Sentinel" not in repr(case) and "Sentinel" not in repr(show_case("i-1", None, KEN, home))


def test_a_day_that_is_not_known_is_said_before_the_case_is_opened(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]})
    for day in (date(2016, 1, 1), date(2030, 1, 1)):
        with pytest.raises(DataportError, match="2017-01-01"):
            show_case("i-1", day, KEN, home)


def test_json_holds_what_the_look_permits(tmp_path: Path) -> None:
    shown = show_case("i-1", None, KEN, house_of(tmp_path / "home", {"dim_individual": [person(1, valid_to=OPEN_END)]}))
    assert json.dumps(dict(shown.main.records[0]), default=str)
    assert shown.meta["purpose"] == "Appointment"
