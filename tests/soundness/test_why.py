"""Explaining a decision tells of policies, roles and scopes, and nothing of the rows behind them."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from figures import WIDE, World, permission, viewer, world, write_home

from dataport.access import Viewer, ViewerClass
from dataport.ask import open_house
from dataport.errors import UnknownViewer
from dataport.house import House
from dataport.semantic import Request
from dataport.settings import Settings
from dataport.visit import Asker
from dataport.why import check, why

HIDDEN = {"business_unit_id": "UGA-CO", "operation_code": "Zz-Sentinel"}
LIMITED = viewer(["KEN-CO"], login="kenya")
COARSE = viewer(None, permission("individual", ["KEN-CO"], role="Clerk", highest_tier="T0"), login="clerk")


def house(folder: Path, what: World, *viewers: Viewer) -> House:
    now = datetime.now(UTC).replace(tzinfo=None)
    home = write_home(folder, what, viewers or (LIMITED, COARSE, WIDE), now)
    return open_house(Settings(home=home, keyring=folder.parent / f"{folder.name}-keys" / "keys.json"))


def test_a_decision_is_explained_the_same_whatever_happens_out_of_scope(tmp_path: Path) -> None:
    request = Request(("active_individuals", "average_group_size"), ("sex",))
    quiet = house(tmp_path / "quiet", world([{}], [{}]))
    loud = house(tmp_path / "loud", world([{}, *[HIDDEN] * 9], [{}]))
    request = replace(request, by=())
    assert why(request, Asker("kenya", "op"), quiet) == why(request, Asker("kenya", "op"), loud)
    told = why(request, Asker("kenya", "op"), loud)
    assert told.scope == "rows of business unit KEN-CO"
    assert "Zz-Sentinel" not in str(asdict(told))


def test_a_refusal_is_explained_by_role_and_policy(tmp_path: Path) -> None:
    told = why(Request(("active_individuals",), ("sex",)), Asker("clerk", "op"), house(tmp_path / "home", world([{}])))
    assert told.refusal and "more sensitive than this viewer's role 'Clerk' permits" in told.refusal
    assert [(one.policy, one.role, one.holds) for one in told.reasons] == [("as_the_store_permits", "Clerk", False)]


def test_what_holds_is_told_with_its_rows(tmp_path: Path) -> None:
    told = why(Request(("active_individuals",)), Asker("clerk", "op"), house(tmp_path / "home", world([{}])))
    assert told.refusal is None
    assert [(one.holds, one.says) for one in told.reasons] == [(True, "rows where scope in ('KEN-CO')")]


def test_a_class_that_reads_nothing_is_told_by_which_policy(tmp_path: Path) -> None:
    asker = Asker("kenya", "op", ViewerClass.STATISTICS)
    told = why(Request(("active_individuals",)), asker, house(tmp_path / "home", world([{}])))
    assert [(one.policy, one.effect, one.says) for one in told.reasons] == [
        ("statistics_read_the_protected_figures", "forbid", "all rows")
    ]


def test_nobody_is_explained_who_does_not_exist_and_every_look_is_written_down(tmp_path: Path) -> None:
    home = house(tmp_path / "home", world([{}]))
    with pytest.raises(UnknownViewer):
        why(Request(("active_individuals",)), Asker("nobody", "op"), home)
    why(Request(("active_individuals",)), Asker("clerk", "op"), home)
    assert [(one["door"], one["outcome"], one["viewer"]) for one in home.audit().entries()] == [
        ("access why", "unknown_viewer", "nobody"),
        ("access why", "answered", "clerk"),
    ]


def test_grants_that_do_nothing_are_found(tmp_path: Path) -> None:
    empty = viewer([], login="empty")
    gone = viewer(None, permission("individual", ["XXX-CO"], role="Gone"), login="gone")
    strange = viewer(None, permission("visit", role="Strange"), login="strange")
    found = check(house(tmp_path / "home", world([{}]), gone, strange, empty))
    told = {(one.kind, one.what.split(":")[0], one.accounts) for one in found}
    assert ("matches nothing", "role 'Gone' on individual records", 1) in told
    assert ("matches nothing", "role 'Strange' on visit records", 1) in told
    assert ("without scope", "accounts of the registration whose roles reach no unit", 1) in told


def test_members_that_nobody_may_see_are_found(tmp_path: Path) -> None:
    told = {one.what for one in check(house(tmp_path / "home", world([{}]), COARSE)) if one.kind == "nobody may see"}
    assert {"the breakdown sex", "the indicator median_age", "the indicator active_groups"} <= told
    assert "the indicator active_individuals" not in told
    wide = check(house(tmp_path / "wide", world([{}], [{}], [{}]), WIDE))
    assert not [one.what for one in wide if one.kind == "nobody may see"]


def test_policies_about_nobody_are_found(tmp_path: Path) -> None:
    home = house(tmp_path / "home", world([{}]))
    rules = home.catalog.policies
    rules = (*rules, replace(rules[0], name="old", who=replace(rules[0].who, roles=("Retired",), logins=("left",))))
    home.catalog = replace(home.catalog, policies=rules)
    told = {one.what for one in check(home) if one.kind == "about nobody"}
    assert told == {"policy old speaks of the role 'Retired'", "policy old speaks of the login 'left'"}
