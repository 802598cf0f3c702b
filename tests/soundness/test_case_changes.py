"""What is different in a case: old and new value, when and by whom; undone once; and nothing from beyond the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from figures import OPEN_END, Row
from opened import BEGAN, START, WATERMARK, group, held, house_of, member, opener, person
from spec.family import printed

from dataport.cli.render_history import print_changes, print_family, print_history
from dataport.cli.render_people import print_people
from dataport.errors import NotVisible, OutsideHistory, UnknownName, WrongRequest
from dataport.history import (
    MY_LAST_LOOK,
    Changes,
    Part,
    Wanted,
    case_changes,
    case_comparison,
    case_family,
    case_history,
    find_people,
    show_case,
)
from dataport.house import House
from dataport.keyring import rotate
from dataport.render.cases import changes_as_json, entry_as_json, family_as_json
from dataport.visit import Asker

KEN = Asker("ken", "op", purpose="Appointment")
ABROAD = {"business_unit_id": "UGA-CO"}
ACCOUNTS = (
    ("u-1", "amina@example.org", "Amina Otieno", "KEN-CO"),
    ("u-2", "kato@example.org", "Kato Sentinel", "UGA-CO"),
    ("u-3", "left@example.org", None, "KEN-CO"),
)


def at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, 9)


def lived(key: int, *steps: tuple[datetime, dict[str, Any]]) -> list[Row]:
    """Versions of a person, each with what changed, and the account that changed it."""
    rows, values = [], {"created_by": "u-1", "created_on": steps[0][0]}
    for n, (when, changed) in enumerate(steps):
        values |= {"modified_by": "u-1", "modified_on": when} | changed
        until = steps[n + 1][0] if n + 1 < len(steps) else OPEN_END
        rows.append(person(key, **values, valid_from=when, valid_to=until))
    return rows


def family(*people: Sequence[Row]) -> dict[str, list[Row]]:
    keys = sorted({row["individual_key"] for rows in people for row in rows})
    return {
        "dim_individual": [row for rows in people for row in rows],
        "dim_group": [group(7)],
        "bridge_membership": [member(key, 7) for key in keys],
    }


def home_of(folder: Path, tables: dict[str, list[Row]], *viewers: Any) -> House:
    return house_of(folder / "home", tables, *viewers, accounts=ACCOUNTS)


def told(found: Changes) -> list[tuple[Any, ...]]:
    return [
        (of.subject.split()[0], one.how, one.name, one.before, one.after, one.between)
        for of in found.members
        for one in of.differences
    ]


def test_old_and_new_value_when_and_by_whom_newest_first(tmp_path: Path) -> None:
    one = lived(1, (BEGAN, {"phone": "1"}), (at(2021, 3), {"phone": "2"}), (at(2021, 5), {"marital_status_code": "MA"}))
    two = lived(2, (BEGAN, {"phone": "7"}), (at(2021, 4), {"phone": "8", "modified_by": "u-3"}))
    found = case_changes("g-7", date(2021, 1, 1), KEN, home_of(tmp_path, family(one, two)))
    assert told(found) == [
        ("KEN-00001", "changed", "marital_status_code", None, "MA", ()),
        ("KEN-00001", "changed", "phone", "1", "2", ()),
        ("KEN-00002", "changed", "phone", "7", "8", ()),
    ]
    whole = [(one.recorded_at, str(one.recorder)) for of in found.members for one in of.differences]
    assert whole == [
        (at(2021, 5), "Amina Otieno (amina@example.org)"),
        (at(2021, 3), "Amina Otieno (amina@example.org)"),
        (at(2021, 4), "left@example.org"),
    ]
    assert (found.since, found.until) == (datetime(2021, 1, 1), WATERMARK)
    assert told(case_changes("g-7", date(2021, 1, 1), KEN, home_of(tmp_path / "2", family(one, two)), "KEN-00002")) == [
        ("KEN-00002", "changed", "phone", "7", "8", ())
    ]


def test_a_program_is_told_the_same_with_the_field_and_the_account_apart(tmp_path: Path) -> None:
    one = lived(1, (BEGAN, {"phone": "1"}), (at(2021, 3), {"phone": "2"}))
    home = home_of(tmp_path, family(one))
    (of,) = changes_as_json(case_changes("i-1", date(2021, 1, 1), KEN, home))["members"]
    (told_of,) = of["changes"]
    assert [told_of[name] for name in ("how", "name", "label", "before", "after")] == [
        "changed",
        "phone",
        "Phone",
        "1",
        "2",
    ]
    assert [told_of[name] for name in ("by", "by_login", "by_name")] == [
        "Amina Otieno (amina@example.org)",
        "amina@example.org",
        "Amina Otieno",
    ]
    assert entry_as_json(case_history("i-1", KEN, home).entries[-1])["by_login"] == "amina@example.org"
    (group_of,) = family_as_json(case_family("i-1", KEN, home))["groups"]
    assert [member["subject"] for member in group_of["members"]] == ["KEN-00001 Given1"]


def test_a_day_begins_at_midnight_and_is_told_with_its_changes(tmp_path: Path) -> None:
    day = date(2021, 3, 1)
    before, on = (
        lived(1, (BEGAN, {}), (datetime(2021, 2, 28, 23, 59), {"phone": "2"}), (at(2021, 3), {"phone": "3"})),
        at,
    )
    found = case_changes("i-1", day, KEN, home_of(tmp_path, family(before)))
    assert told(found) == [("KEN-00001", "changed", "phone", "2", "3", ())]
    assert found.members[0].differences[0].recorded_at == on(2021, 3)


def test_what_was_undone_is_told_once_and_what_lay_between_beside_it(tmp_path: Path) -> None:
    steps = [(at(2021, n), {"phone": (n % 2 and "1") or "2", "birth_city": f"C{min(n, 3)}"}) for n in range(1, 6)]
    found = case_changes("i-1", date(2021, 1, 2), KEN, home_of(tmp_path, family(lived(1, (BEGAN, {}), *steps))))
    assert sorted(told(found)) == [
        ("KEN-00001", "changed", "birth_city", "C1", "C3", ("C2",)),
        ("KEN-00001", "undone", "phone", "1", "1", ("2",)),
    ]


def test_records_that_came_went_and_came_and_went(tmp_path: Path) -> None:
    tables = family(lived(1, (BEGAN, {})))
    tables["dim_document"] = [
        held("dim_document", 1, 1, document_type_code="PC", number="A1", valid_from=at(2021, 2)),
        held("dim_document", 2, 1, document_type_code="PC", number="A2", valid_to=at(2021, 3)),
        held("dim_document", 3, 1, document_type_code="PC", valid_from=at(2021, 4), valid_to=at(2021, 5)),
    ]
    found = case_changes("i-1", date(2021, 1, 1), KEN, home_of(tmp_path, tables))
    (of,) = found.members
    assert [(one.how, one.act.split()[0], one.before, one.after) for one in of.differences] == [
        ("undone", "Recorded", None, None),
        ("removed", "Document", {"document_type_code": "PC", "number": "A2"}, None),
        ("added", "Document", None, {"document_type_code": "PC", "number": "A1"}),
    ]


def test_joining_and_leaving_and_a_birth(tmp_path: Path) -> None:
    left = at(2021, 6)
    child = person(2, valid_from=at(2021, 5), created_on=at(2021, 5), modified_on=at(2021, 5))
    tables = family(lived(1, (BEGAN, {})), lived(3, (BEGAN, {})), [child])
    tables["bridge_membership"] = [
        member(1, 7),
        member(2, 7, valid_from=at(2021, 5)),
        member(3, 7, valid_to=left),
        member(3, 7, is_active=False, end_date=date(2021, 5, 30), valid_from=left),
    ]
    tables["dim_event"] = [
        held("dim_event", 1, 2, event_type_code="birth", event_date=date(2021, 4, 2), valid_from=at(2021, 5))
    ]
    home = home_of(tmp_path, tables)
    found = case_changes("g-7", date(2021, 1, 1), KEN, home)
    assert [(of.subject.split()[0], [(one.how, one.act) for one in of.differences]) for of in found.members] == [
        ("KEN-00003", [("left", "Left group G-00007")]),
        ("KEN-00002", [("added", "Birth"), ("joined", "Joined group G-00007")]),
    ]
    (told_group,) = case_family("g-7", KEN, home).groups
    stays = {one.subject.split()[0]: one.stays[0] for one in told_group.relatives}
    assert [one.is_there for one in told_group.relatives] == [True, True, False]
    assert (stays["KEN-00002"].joined_on, stays["KEN-00002"].has_joined) == (date(2021, 5, 1), True)
    assert (stays["KEN-00003"].left_on, stays["KEN-00003"].has_left) == (date(2021, 5, 30), True)
    assert stays["KEN-00001"].left_on is None


def test_an_age_that_grew_is_no_change_and_a_corrected_one_is(tmp_path: Path) -> None:
    grew = lived(1, (BEGAN, {"birth_date": date(2000, 6, 1)}))
    mended = lived(2, (BEGAN, {"birth_date": date(2000, 6, 1)}), (at(2021), {"birth_date": date(1990, 6, 1)}))
    home = home_of(tmp_path, family(grew, mended))
    found = case_comparison("g-7", date(2019, 12, 31), date(2021, 12, 31), KEN, home)
    ages = {
        line.record.split()[1]: (line.before, line.after, line.is_changed) for line in found.lines if line.name == "age"
    }
    assert ages == {"KEN-00001": (19, 21, False), "KEN-00002": (19, 31, True)}
    assert [one[:3] for one in told(case_changes("g-7", date(2020, 1, 1), KEN, home))] == [
        ("KEN-00002", "changed", "birth_date")
    ]


def test_who_is_of_another_office_is_not_named_and_no_id_is_told(tmp_path: Path) -> None:
    one = lived(1, (BEGAN, {"phone": "1"}), (at(2021), {"phone": "2", "modified_by": "u-2"}))
    two = lived(2, (BEGAN, {"phone": "1"}), (at(2021), {"phone": "2", "modified_by": "u-99"}))
    home = home_of(tmp_path, family(one, two))
    found = case_changes("g-7", date(2021, 1, 1), KEN, home)
    recorders = [one.recorder for of in found.members for one in of.differences]
    assert [(str(one), one and one.login, one and one.name) for one in recorders] == [
        ("an account that is not yours to know", None, None)
    ] * 2
    entries = case_history("g-7", KEN, home).entries
    shown = show_case("i-1", None, KEN, home).main.records[0]
    said = repr([(one.by, one.details, one.words) for one in entries]) + str({k: str(v) for k, v in shown.items()})
    assert not [name for name in ("u-1", "u-2", "u-99", "Sentinel") if name in said]
    assert str(shown["modified_by"]) == "an account that is not yours to know"


def test_the_edge_of_the_scope_is_told_as_such_and_once(tmp_path: Path) -> None:
    away, back = at(2021, 3), at(2021, 6)
    rows = [
        person(1, phone="1", valid_to=away),
        person(1, **ABROAD, phone="Sentinel", valid_from=away, valid_to=back),
        person(1, phone="2", valid_from=back),
    ]
    tables = family(rows)
    tables["dim_document"] = [held("dim_document", 1, 1, number="A1")]
    found = case_changes("i-1", date(2021, 1, 1), KEN, home_of(tmp_path, tables))
    assert [(one.how, one.act, one.name, one.before, one.after) for one in found.members[0].differences] == [
        ("undone", "Left scope and came back", "", None, None),
        ("changed", "Entered scope", "phone", "1", "2"),
    ]
    assert all(one.recorder is None for one in found.members[0].differences)


def test_my_last_look_goes_on_from_what_it_knew_whatever_key_it_was_written_with(tmp_path: Path) -> None:
    tables = family(lived(1, (BEGAN, {"phone": "1"}), (at(2021), {"phone": "2"})))
    home = home_of(tmp_path, tables)
    with pytest.raises(WrongRequest, match="not looked at this case before"):
        case_changes("i-1", MY_LAST_LOOK, KEN, home)
    show_case("i-1", date(2020, 6, 30), KEN, home)
    rotate(home.settings.keyring, "audit")
    found = case_changes("KEN-00001", MY_LAST_LOOK, KEN, home)
    assert found.since == datetime(2020, 7, 1) and [one[2:5] for one in told(found)] == [("phone", "1", "2")]
    # it told everything that is known, so that nothing is new; a look at a part tells nothing of the rest
    again = case_changes("i-1", MY_LAST_LOOK, KEN, home)
    assert again.since == WATERMARK and not again.members
    assert again.look is not None and again.look.reached == WATERMARK


@pytest.mark.parametrize(
    "part", [Part(kinds=("document",)), Part(member="KEN-00001"), Part((date(2021, 1, 1), date(2021, 2, 1)))]
)
def test_a_look_at_a_part_and_one_of_somebody_else_are_no_look_to_go_on_from(tmp_path: Path, part: Part) -> None:
    tables = family(lived(1, (BEGAN, {"phone": "1"})), lived(2, (BEGAN, {})))
    home = home_of(tmp_path, tables, opener(), opener(login="other"))
    case_history("i-1", KEN, home, part)
    case_family("i-1", KEN, home)
    show_case("i-2", None, KEN, home)
    show_case("i-1", None, replace(KEN, login="other"), home)
    with pytest.raises(WrongRequest, match="not looked at this case before"):
        case_changes("i-1", MY_LAST_LOOK, KEN, home)


def test_a_name_forges_no_line_and_steers_no_terminal(tmp_path: Path) -> None:
    hostile = {"given_name": "A\n2021-01-01 10:00 UTC by root: Deletion", "family_name": "\x1b[2J"}
    tables = family(lived(1, (BEGAN, hostile), (at(2021), {"phone": "1\n2"})), lived(2, (BEGAN, {})))
    home = home_of(tmp_path, tables)
    for tell in (
        lambda: print_history(case_history("g-7", KEN, home)),
        lambda: print_history(case_history("i-1", KEN, home)),
        lambda: print_changes(case_changes("g-7", date(2020, 1, 1), KEN, home)),
        lambda: print_family(case_family("g-7", KEN, home)),
        lambda: print_people(find_people(Wanted(number="i-1"), KEN, home)),
    ):
        lines = list(printed(tell))
        assert not [line for line in lines if line.startswith("2021-01-01 10:00") or "\x1b" in line]


@pytest.mark.parametrize("number", ["KEN-00009", "nobody", "", "KEN-00002"])
def test_a_member_out_of_scope_and_nobody_are_the_same(tmp_path: Path, number: str) -> None:
    tables = family(lived(1, (BEGAN, {})))
    tables["dim_individual"].append(person(9, **ABROAD))
    tables["bridge_membership"].append(member(9, 7))
    home = home_of(tmp_path, tables)
    messages = set()
    for ask in (number, "never heard of"):
        for look in (
            lambda ask=ask: case_changes("g-7", date(2021, 1, 1), KEN, home, ask),
            lambda ask=ask: case_history("g-7", KEN, home, Part(member=ask)),
        ):
            with pytest.raises(NotVisible) as refusal:
                look()
            messages.add((str(refusal.value), refusal.value.exit_code))
    assert len(messages) == 1


def test_a_history_of_some_days_and_kinds(tmp_path: Path) -> None:
    tables = family(lived(1, (BEGAN, {"phone": "1"}), (at(2021), {"phone": "2"}), (at(2021, 6), {"sex_code": "M"})))
    tables["dim_document"] = [held("dim_document", 1, 1, document_type_code="PC", valid_from=at(2021, 3))]
    home = home_of(tmp_path, tables)

    def words(**part: Any) -> list[str]:
        return [one.words for one in case_history("i-1", KEN, home, Part(**part)).entries]

    assert words(between=(date(2021, 1, 1), date(2021, 3, 1))) == ["Changed: phone", words(kinds=("document",))[0]]
    assert words(kinds=("correction",)) == ["Corrected: sex code"] or words(kinds=("correction",)) == ["Corrected: sex"]
    with pytest.raises(UnknownName, match="entered-scope"):
        words(kinds=("documents",))
    with pytest.raises(WrongRequest, match="first day comes first"):
        words(between=(date(2021, 2, 1), date(2021, 1, 1)))
    with pytest.raises(OutsideHistory):
        words(between=(date(2021, 2, 1), date(2031, 1, 1)))


def test_what_was_there_when_history_begins_has_not_changed_since(tmp_path: Path) -> None:
    tables = family([person(1, valid_from=START)])
    tables["bridge_membership"] = [member(1, 7, valid_from=START)]
    home = home_of(tmp_path, tables)
    assert not case_changes("i-1", START.date(), KEN, home).members


def test_changes_of_fields_that_are_not_theirs_are_none(tmp_path: Path) -> None:
    steps = lived(1, (BEGAN, {"ethnicity_code": "X1"}), (at(2021), {"ethnicity_code": "X2", "modified_by": "u-3"}))
    home = home_of(tmp_path, family(steps), opener(highest_tier="T1"))
    assert not case_changes("g-7", date(2020, 1, 1), KEN, home).members


def test_a_family_of_sixteen_reads_in_two_screens(tmp_path: Path) -> None:
    """Registered together, recognised together, visited; one is born, one leaves, some have documents."""
    keys = range(1, 17)
    events, people, documents = [], [], []
    for key in keys:
        began = BEGAN if key < 16 else at(2021, 2)
        named = {"given_name": f"Abdurrahman{key}", "family_name": "Nyirahabimana", "legal_status_code": "ASR"}
        steps = [(began, named), (at(2021, 3), {"legal_status_code": "REF", "legal_status_date": date(2021, 3, 1)})]
        steps += [(at(2021, 5), {"process_status_code": "I"})] if key == 3 else []
        people.append(lived(key, *steps))
        kind = "registration" if key < 16 else "birth"
        for nth, (code, when) in enumerate(((kind, began), ("status_change", at(2021, 3)))):
            own = {"event_type_code": code, "event_date": when.date(), "valid_from": when, "created_by": "u-1"}
            events.append(held("dim_event", key * 10 + nth, key, **own))
        if key % 4 == 0:
            documents.append(
                held("dim_document", key, key, document_type_code="PC", number=f"A{key}", valid_from=at(2021, 4))
            )
    tables = family(*people) | {"dim_event": events, "dim_document": documents}
    tables["bridge_membership"][-1]["valid_from"] = at(2021, 2)
    home = home_of(tmp_path, tables)
    for tell in (
        lambda: print_history(case_history("g-7", KEN, home)),
        lambda: print_changes(case_changes("g-7", date(2021, 1, 1), KEN, home)),
        lambda: print_family(case_family("g-7", KEN, home)),
    ):
        lines = list(printed(tell))
        assert len(lines) <= 50 and max(map(len, lines)) <= 80
        said = "\n".join(lines)
        assert "UTC" in said and "Abdurrahman3 Nyirahabimana" in said, "names are whole"
