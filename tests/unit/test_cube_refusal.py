"""A month that broke the rules is not built again by itself, and a status says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dataport.cube import build as building
from dataport.cube.refusal import Refusal, RefusedBefore, forget, remember, remembered
from dataport.errors import BuildFailed
from dataport.jobs.protected_state import protected_state

DAY = date(2021, 12, 31)


def _house(root: Path, version: int) -> Any:
    settings = SimpleNamespace(home=root, cube=root / "cube", keyring=root / "keyring", cube_viewer="service")
    return SimpleNamespace(settings=settings, published=lambda: SimpleNamespace(build_number=version))


def _refused(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    built: list[date] = []

    def build_month(house: Any, day: date, progress: Any) -> None:
        built.append(day)
        remember(house.settings.cube, day, house.published().build_number, "rules", "It breaks a rule.")
        raise BuildFailed("It breaks a rule.")

    monkeypatch.setattr(building, "build_month", build_month)
    monkeypatch.setattr(building, "due", lambda last, current: [DAY])
    monkeypatch.setattr(building, "policy_version", lambda: "rules")
    return built


def test_what_was_refused_is_tried_again_with_other_facts_or_rules_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = _refused(monkeypatch)
    with pytest.raises(BuildFailed):
        building.build_due(_house(tmp_path, 3), print, again=False)
    with pytest.raises(RefusedBefore, match=r"breaks a rule.*version 3.*cube build"):
        building.build_due(_house(tmp_path, 3), print, again=False)
    assert len(built) == 1
    for version, rules, again in ((4, "rules", False), (4, "others", False), (4, "rules", True)):
        monkeypatch.setattr(building, "policy_version", lambda rules=rules: rules)
        with pytest.raises(BuildFailed, match=r"^It breaks a rule\.$"):
            building.build_due(_house(tmp_path, version), print, again=again)
    assert len(built) == 4


def test_a_status_says_what_was_refused_until_a_month_is_built(tmp_path: Path) -> None:
    house = _house(tmp_path, 3)
    remember(house.settings.cube, DAY, 3, "rules", "It breaks a rule.")
    found = protected_state(house.settings, None)
    assert found and found.problems == (Refusal("2021-12-31", 3, "rules", "It breaks a rule.").said(),)
    forget(house.settings.cube)
    assert remembered(house.settings.cube) is None
    assert protected_state(house.settings, None).problems == ()  # type: ignore[union-attr]
