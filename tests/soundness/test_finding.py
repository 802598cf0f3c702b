"""Finding tells of nobody beyond the scope, by no field that a role does not read, and never more than the limit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from figures import Row, permission, viewer
from hypothesis import given, settings
from hypothesis import strategies as st
from opened import BEGAN, group, house_of, member, opener, person, write_records

from dataport.api.case import Cases
from dataport.engine.records import Records
from dataport.errors import Refused, UnknownViewer, WrongRequest
from dataport.history import Wanted, find_people
from dataport.house import House
from dataport.records.spelling import spelled
from dataport.render.cases import people_as_json
from dataport.semantic.policy import Finds
from dataport.visit import Asker

KEN = Asker("ken", "op", purpose="Lost card")
ABROAD = {"business_unit_id": "UGA-CO"}
MOVED = datetime(2020, 6, 1)
AMINA = {"given_name": "Amina", "family_name": "Otieno", "birth_date": date(1984, 5, 6)}


def told(home: House, asker: Asker = KEN, **wanted: Any) -> str:
    """Every byte of an answer."""
    return json.dumps(people_as_json(find_people(Wanted(**wanted), asker, home)), default=str)


def numbers(home: House, asker: Asker = KEN, **wanted: Any) -> list[str]:
    found = find_people(Wanted(**wanted), asker, home).people
    return [str(one.values.get("individual_no") or one.values.get("group_no")) for one in found]


def home_of(folder: Path, people: Sequence[Row], *viewers: Any, finds: Finds | None = None) -> House:
    home = house_of(folder / "home", {"dim_individual": people}, *viewers)
    if finds:
        policies = tuple(replace(one, finds=finds) if one.finds else one for one in home.catalog.policies)
        home.catalog = replace(home.catalog, policies=policies)
    return home


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Amina Otieno", "otieno AMINA"),
        ("Амина Отиено", "amina"),
        ("Amina", "Амина"),
        ("Zoë Müller-Straße", "muller zoe strasse"),
        ("O’Connor", "o'connor"),
        ("Nguyễn Văn", "van nguyen"),
        ("Łukasz", "Lukasz"),
    ],
)
def test_names_are_found_by_whole_words_whatever_they_are_written_in(tmp_path: Path, stored: str, typed: str) -> None:
    given_name, _, family = stored.partition(" ")
    people = [person(1, given_name=given_name, family_name=family or None), person(2, given_name="Aminata")]
    home = home_of(tmp_path, people)
    assert numbers(home, name=typed) == ["KEN-00001"]
    assert numbers(home, name=typed[:-1]) == [], "a part of a word is another word"


def test_number_name_and_year_narrow_each_other(tmp_path: Path) -> None:
    people = [person(1, **AMINA), person(2, **AMINA | {"birth_date": date(1985, 1, 1)}), person(3, former_no="F-3")]
    home = house_of(tmp_path / "home", {"dim_individual": people, "dim_group": [group(7)]})
    assert numbers(home, name="amina") == ["KEN-00001", "KEN-00002"]
    assert numbers(home, name="amina", birth_year=1984) == ["KEN-00001"]
    assert numbers(home, birth_year=1985) == ["KEN-00002"]
    assert numbers(home, number="F-3") == ["KEN-00003"] and numbers(home, number=" ken-00001 ") == ["KEN-00001"]
    assert numbers(home, number="KEN-00001", name="nobody") == []
    assert numbers(home, number="G-00007") == ["G-00007"] and numbers(home, number="G-00007", name="amina") == []


def test_a_name_of_a_version_out_of_scope_finds_nobody(tmp_path: Path) -> None:
    early = person(1, **ABROAD, given_name="Sentinel", former_no="OLD-1", birth_date=date(1970, 1, 1), valid_to=MOVED)
    home = home_of(tmp_path, [early, person(1, **AMINA, valid_from=MOVED)])
    for wanted in ({"name": "sentinel"}, {"number": "OLD-1"}, {"birth_year": 1970}):
        assert numbers(home, **wanted) == []
    assert numbers(home, name="amina") == ["KEN-00001"]


def test_name_and_year_are_held_against_one_version(tmp_path: Path) -> None:
    early = person(1, given_name="Amina", birth_date=date(1970, 1, 1), valid_to=MOVED)
    home = home_of(tmp_path, [early, person(1, given_name="Aisha", birth_date=date(1984, 1, 1), valid_from=MOVED)])
    assert numbers(home, name="amina", birth_year=1970) == numbers(home, name="aisha") == ["KEN-00001"]
    assert numbers(home, name="amina", birth_year=1984) == []


WANTED: tuple[Mapping[str, Any], ...] = (
    {"name": "amina"},
    {"name": "Амина", "birth_year": 1984},
    {"birth_year": 1984},
    {"number": "KEN-00009"},
    {"number": "nobody"},
    {"number": "F-1", "name": "amina"},
)


@pytest.mark.parametrize("wanted", WANTED)
def test_the_same_statements_are_run_whatever_is_there(
    tmp_path: Path, wanted: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody of that name elsewhere, and nobody: the same bytes and the same statements."""
    ran: list[str] = []
    plain = Records.reader
    monkeypatch.setattr(Records, "reader", lambda self, tree, *p: ran.append(tree.sql()) or plain(self, tree, *p))
    seen = []
    for nth, elsewhere in enumerate(([], [person(9, **AMINA, **ABROAD, former_no="F-1")])):
        ran.clear()
        home = home_of(tmp_path / str(nth), [person(1, given_name="Other"), *elsewhere])
        seen.append((told(home, **wanted), tuple(ran)))
    assert seen[0] == seen[1]
    assert json.loads(seen[0][0])["found"] == []


NAMES = ("Amina", "Амина", "Otieno", "Zoë", "O'Connor", None)


@st.composite
def people(draw: st.DrawFn, units: Sequence[str], keys: Sequence[int]) -> list[Row]:
    found = []
    for key in keys:
        for first, until in ((BEGAN, MOVED), (MOVED, datetime(9999, 12, 31))):
            if draw(st.booleans()):
                values = {name: draw(st.sampled_from(NAMES)) for name in ("given_name", "family_name")}
                born = draw(st.sampled_from([None, date(1984, 1, 1), date(1984, 12, 31), date(1985, 1, 1)]))
                unit = draw(st.sampled_from(units))
                own = {"business_unit_id": unit, "birth_date": born, "former_no": draw(st.sampled_from([None, "F-1"]))}
                found.append(person(key, **values, **own, valid_from=first, valid_to=until))
    return found


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_out_of_scope_changes_no_byte(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Count, order, limit and the note that there are more."""
    mine = data.draw(people(("KEN-CO",), (1, 3, 5, 7, 9)), "mine")
    wanted = data.draw(st.sampled_from([*WANTED, {"name": "amina otieno"}, {"number": "F-1"}]), "wanted")
    home = home_of(tmp_path_factory.mktemp("find"), [], finds=Finds(1000, 2))
    seen = []
    for _ in range(2):
        others = data.draw(people(("UGA-CO", "SSD-CO"), (2, 4, 6, 8)), "elsewhere")
        # and of those who are mine at other times
        theirs = [row for row in data.draw(people(("UGA-CO",), (1, 3, 5)), "moved") if _is_free(row, mine)]
        home.close()
        write_records(
            home.settings.published / "000001" / "records.duckdb", {"dim_individual": [*mine, *others, *theirs]}
        )
        answer = json.loads(told(home, **wanted))
        answer.pop("left_today")
        assert len(answer["found"]) <= 2
        seen.append(answer)
    assert seen[0] == seen[1]


def _is_free(row: Row, mine: Sequence[Row]) -> bool:
    return not any(
        row["individual_key"] == own["individual_key"]
        and row["valid_from"] < own["valid_to"]
        and own["valid_from"] < row["valid_to"]
        for own in mine
    )


def test_no_more_are_told_of_than_the_limit_and_how_many_more_is_not_said(tmp_path: Path) -> None:
    seen = []
    for more in (3, 30):
        home = home_of(tmp_path / str(more), [person(key, **AMINA) for key in range(1, 4 + more)], finds=Finds(9, 3))
        seen.append(told(home, name="amina"))
    assert seen[0] == seen[1]
    found = json.loads(seen[0])
    assert (len(found["found"]), found["is_cut"], found["limit"]) == (3, True, 3)
    narrow = home_of(tmp_path / "narrow", [person(key, **AMINA) for key in (1, 2, 3)], opener(row_limit=2))
    assert numbers(narrow, name="amina") == ["KEN-00001", "KEN-00002"]


def test_a_field_that_no_role_reads_is_not_searched_by(tmp_path: Path) -> None:
    home = home_of(tmp_path, [person(1, **AMINA)], opener(highest_tier="T0"))
    for year in (1984, 1985):
        with pytest.raises(Refused, match="reads all that is searched by"):
            told(home, name="amina", birth_year=year)
    assert "birth_date" not in json.loads(told(home, name="amina"))["found"][0]


def test_a_role_that_reads_a_field_lends_it_to_no_other(tmp_path: Path) -> None:
    """By the year of birth one finds people of Kenya, by name those of Uganda too."""
    roles = [
        permission("individual", ["KEN-CO"], role="Officer", highest_tier="T1", may_open=True, row_limit=9),
        permission("individual", ["UGA-CO"], role="Clerk", highest_tier="T0", may_open=True, row_limit=9),
    ]
    home = home_of(tmp_path, [person(1, **AMINA), person(2, **AMINA, **ABROAD)], viewer(None, *roles, login="ken"))
    assert numbers(home, birth_year=1984) == ["KEN-00001"]
    assert numbers(home, name="amina") == ["KEN-00001", "KEN-00002"]
    assert [sorted(one) for one in json.loads(told(home, name="amina"))["found"]][1].count("birth_date") == 0


def test_the_log_holds_a_digest_and_pseudonyms_and_never_the_name(tmp_path: Path) -> None:
    home = home_of(tmp_path, [person(1, **AMINA), person(9, given_name="Amina", **ABROAD)])
    for wanted in ({"name": "Amina Otieno"}, {"name": "Amina Otieno"}, {"name": "Zebedee"}, {"number": "KEN-00009"}):
        told(home, **wanted)
    looks = list(home.audit().entries())
    assert looks[0]["digest"] == looks[1]["digest"] != looks[2]["digest"]
    assert [(one["door"], one["outcome"], one["rows"]) for one in looks] == [
        ("case find", "answered", n) for n in (1, 1, 0, 0)
    ]
    assert looks[0]["question"].startswith("case find by name: ~") and looks[2]["question"] == "case find by name"
    written = home.settings.audit_log.read_text(encoding="utf-8")
    assert not [name for name in ("Amina", "amina", "Otieno", "Zebedee", "KEN-0000") if name in written]


def test_a_role_finds_so_many_times_a_day_whatever_is_found(tmp_path: Path) -> None:
    home = home_of(tmp_path, [person(1, **AMINA)], opener(), opener(login="other"), finds=Finds(2, 5))
    left = [json.loads(told(home, name=name))["left_today"] for name in ("amina", "nobody")]
    assert left == [1, 0]
    for name in ("amina", "nobody"):
        with pytest.raises(Refused, match="2 times a day"):
            told(home, name=name)
    assert numbers(home, replace(KEN, login="other"), name="amina") == ["KEN-00001"], "each has its own"
    with pytest.raises(WrongRequest):
        told(home, replace(KEN, login="other"), name="--")
    assert json.loads(told(home, replace(KEN, login="other"), name="amina"))["left_today"] == 0


def test_where_no_policy_says_so_nobody_is_found(tmp_path: Path) -> None:
    home = home_of(tmp_path, [person(1, **AMINA)])
    home.catalog = replace(home.catalog, policies=tuple(replace(one, finds=None) for one in home.catalog.policies))
    with pytest.raises(Refused, match="No policy lets"):
        told(home, name="amina")


@pytest.mark.parametrize("purpose", [None, "", "--"])
def test_a_purpose_is_required(tmp_path: Path, purpose: str | None) -> None:
    home = home_of(tmp_path, [person(1, **AMINA)])
    with pytest.raises(Refused, match="purpose"):
        told(home, replace(KEN, purpose=purpose), name="amina")
    with pytest.raises(UnknownViewer):
        told(home, replace(KEN, login="nobody"), name="amina")


@pytest.mark.parametrize(
    "wanted",
    [{}, {"name": ""}, {"name": "' or 1=1 --"[:1]}, {"name": "a " * 9 + "b c d e f g h i j k l m"}, {"birth_year": 3}],
)
def test_what_says_nothing_is_refused(tmp_path: Path, wanted: Mapping[str, Any]) -> None:
    home = home_of(tmp_path, [person(1, **AMINA)])
    with pytest.raises(WrongRequest):
        told(home, **wanted)


@pytest.mark.parametrize("name", ["%", "A_ina", "Am.na", "amin[a]", "x' or '1'='1", "\udcff", "\x00"])
def test_nothing_typed_is_a_pattern_or_a_statement(tmp_path: Path, name: str) -> None:
    home = home_of(tmp_path, [person(1, **AMINA), person(2, given_name=None)])
    try:
        assert numbers(home, name=name) == []
    except WrongRequest:
        assert not spelled(name)


def test_from_python_as_from_the_shell_and_a_log_prints_nobody(tmp_path: Path) -> None:
    tables = {"dim_individual": [person(1, **AMINA)], "dim_group": [group(7)], "bridge_membership": [member(1, 7)]}
    house = house_of(tmp_path / "home", tables)
    cases = Cases("ken", lambda: house)
    view = cases.find(name="amina", purpose="Lost card")
    assert "Amina" not in repr(view) and "Amina" in view._repr_html_()
    assert cases.family("i-1", purpose="Lost card").told.groups
    assert cases.changes("i-1", "2019-01-01", purpose="Lost card").told.members == ()
    with pytest.raises(WrongRequest):
        cases.find(name=7, purpose="Lost card")  # type: ignore[arg-type]


def test_the_library_of_scripts_is_read_by_nobody_who_needs_it_not() -> None:
    said = "import sys, dataport.api, dataport.cli.case; print('anyascii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True).stdout.strip() == "False"
