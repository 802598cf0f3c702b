"""How much a role finds, who is left out of an answer and why, and what a purpose may not hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from figures import permission, viewer
from opened import house_of, person
from spec.family import printed

from dataport.cli.render_people import print_people
from dataport.engine.records import Records
from dataport.errors import AuditFailed, WrongRequest
from dataport.history import Wanted, find_people
from dataport.house import House
from dataport.semantic.policy import Finds
from dataport.semantic.record import FoundBy

from .test_finding import ABROAD, AMINA, KEN, home_of, numbers, told


def opens(units: list[str], role: str, **more: Any) -> Any:
    return permission("individual", units, **{"role": role, "may_open": True, "row_limit": 200} | more)


def two_roles(folder: Path, officer: Finds | None, clerk: Finds | None) -> House:
    """An officer of Kenya and a clerk of Uganda in one account, and five people in each."""
    people = [person(key, **AMINA) for key in range(1, 6)] + [person(key, **AMINA, **ABROAD) for key in range(6, 11)]
    home = home_of(folder, people, viewer(None, opens(["KEN-CO"], "Officer"), opens(["UGA-CO"], "Clerk"), login="ken"))
    policies = []
    for one in home.catalog.policies:
        for name, finds in (("Officer", officer), ("Clerk", clerk)) if one.finds else ():
            policies.append(replace(one, name=f"{one.name}_{name}", who=replace(one.who, roles=(name,)), finds=finds))
        policies += [] if one.finds else [one]
    home.catalog = replace(home.catalog, policies=tuple(policies))
    return home


def test_a_role_is_told_of_so_many_over_all_its_permissions(tmp_path: Path) -> None:
    people = [person(key, **AMINA) for key in range(1, 6)] + [person(key, **AMINA, **ABROAD) for key in range(6, 11)]
    both = viewer(None, opens(["KEN-CO"], "Officer"), opens(["UGA-CO"], "Officer"), login="ken")
    home = home_of(tmp_path, people, both, finds=Finds(9, 3))
    found = json.loads(told(home, name="amina"))
    assert (len(found["found"]), found["limit"], found["is_cut"]) == (3, 3, True)
    narrow = viewer(None, opens(["KEN-CO"], "Officer", row_limit=2), opens(["UGA-CO"], "Officer"), login="ken")
    found = json.loads(told(home_of(tmp_path / "narrow", people, narrow, finds=Finds(9, 20)), name="amina"))
    assert (len(found["found"]), found["limit"], found["is_cut"]) == (7, 2, True)


def test_the_limit_that_is_told_is_the_one_that_cut(tmp_path: Path) -> None:
    found = json.loads(told(two_roles(tmp_path, Finds(60, 20), Finds(60, 3)), name="amina"))
    assert (len(found["found"]), found["limit"], found["is_cut"]) == (8, 3, True)
    found = json.loads(told(two_roles(tmp_path / "2", Finds(60, 20), Finds(60, 5)), name="amina"))
    assert (len(found["found"]), found["limit"], found["is_cut"]) == (10, 20, False)


def test_roles_that_took_no_part_are_named_with_why(tmp_path: Path) -> None:
    home = two_roles(tmp_path, Finds(60, 20), Finds(1, 20))
    assert json.loads(told(home, name="amina"))["roles_left_out"] == []
    again = find_people(Wanted(name="amina"), KEN, home)
    assert (len(again.people), again.left_out) == (5, (("Clerk", "its finds of today (UTC) are used up"),))
    assert "Your role Clerk took no part: its finds of today (UTC) are used up." in " ".join(
        printed(lambda: print_people(again))
    )
    (left_out,) = json.loads(told(two_roles(tmp_path / "2", Finds(60, 20), None), name="amina"))["roles_left_out"]
    assert left_out == {"role": "Clerk", "why": "no policy lets it look for people"}


def test_a_store_whose_permissions_have_expired_is_named(tmp_path: Path) -> None:
    roles = [replace(opens([f"{unit}KEN"], "Officer"), source=name) for name, unit in (("one", ""), ("two", "two/"))]
    people = [
        person(1, given_name="Other", business_unit_id="KEN", source_id="one"),
        person(2, **AMINA, business_unit_id="two/KEN", source_id="two"),
    ]
    home = house_of(tmp_path / "home", {"dim_individual": people}, viewer(None, *roles, login="ken"))
    with duckdb.connect(str(home.settings.home / "grants" / "000001.duckdb")) as published:
        old = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=9)
        published.execute("insert into meta values (1, ?, 'two')", [old])
    found = find_people(Wanted(name="amina"), KEN, home)
    assert (found.people, found.meta["permissions_expired"]) == ((), ["two"])
    assert "Permissions of two were read too long ago" in " ".join(printed(lambda: print_people(found)))


@pytest.mark.parametrize(
    ("found_by", "wanted"),
    [
        (None, {"name": "amina"}),
        (None, {"number": "KEN-00001"}),
        (FoundBy(("given_name",)), {"birth_year": 1984}),
        (FoundBy(("given_name",)), {"name": "amina", "birth_year": 1984}),
        (FoundBy(()), {"name": "amina"}),
    ],
)
def test_what_the_definitions_do_not_search_by_is_refused_before_anything_is_read(
    tmp_path: Path, found_by: FoundBy | None, wanted: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_of(tmp_path, [person(1, **AMINA)])
    models = dict(home.catalog.records.models)
    models["individual"] = replace(models["individual"], found_by=found_by)
    home.catalog = replace(home.catalog, records=replace(home.catalog.records, models=models))
    for name in ("find", "rows"):
        monkeypatch.setattr(Records, name, lambda *_: pytest.fail("something was read"))
    with pytest.raises(WrongRequest, match="definitions do not say"):
        told(home, **wanted)


@pytest.mark.parametrize(
    ("purpose", "wanted"),
    [
        ("Looking for AMINA", {"name": "Amina"}),
        ("Амина lost a card", {"name": "Amina"}),
        ("Card of ken-00001", {"number": "KEN-00001"}),
        ("Amina's lost card", {"name": "Amina Otieno"}),
        ("Carte d’Amina", {"name": "Amina"}),
        ("aminaotieno lost a card", {"name": "Amina Otieno"}),
        ("Li lost a card", {"name": "Li"}),
        ("O'Connor's card", {"name": "O’Connor"}),
        ("Card KEN 00001", {"number": "KEN-00001"}),
        ("Card ken00001", {"number": " KEN-00001 "}),
        ("Born 1984, card", {"birth_year": 1984}),
    ],
)
def test_a_purpose_holds_what_is_looked_for_however_it_is_written(
    tmp_path: Path, purpose: str, wanted: Mapping[str, Any]
) -> None:
    home = home_of(tmp_path, [person(1, **AMINA)])
    with pytest.raises(WrongRequest, match="written down"):
        told(home, replace(KEN, purpose=purpose), **wanted)
    (look,) = home.audit().entries()
    assert (look["outcome"], look["purpose"]) == ("wrong_request", None)


@pytest.mark.parametrize(("purpose", "name"), [("Lost card", "A Car"), ("Visit of a lion", "Li"), ("A visit", "a b")])
def test_a_purpose_may_hold_what_is_part_of_another_word_when_it_is_short(
    tmp_path: Path, purpose: str, name: str
) -> None:
    assert numbers(home_of(tmp_path, [person(1, **AMINA)]), replace(KEN, purpose=purpose), name=name) == []


def test_where_nothing_can_be_written_nobody_is_found(tmp_path: Path) -> None:
    house = two_roles(tmp_path / "home", Finds(60, 20), None)
    (house.settings.audit_log.parent / ".finding.lock").mkdir(parents=True)
    with pytest.raises(AuditFailed, match="could not be written to the audit log"):
        find_people(Wanted(name="Amina Otieno"), KEN, house)
