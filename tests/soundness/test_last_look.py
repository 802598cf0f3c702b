"""My last look is one that told everything, with the rights of today; and no id of an account leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from figures import catalog, permission, viewer
from opened import BEGAN, START, WATERMARK, house_of, member, opener

import dataport.house
from dataport.errors import WrongRequest
from dataport.history import MY_LAST_LOOK, case_changes, case_comparison, case_family, show_case
from dataport.house import House
from dataport.records import WithIds, fetch

from .test_case_changes import ACCOUNTS, KEN, at, family, home_of, lived, told

EARLY, MARCH, TODAY = date(2020, 12, 31), at(2021, 3), date(2022, 2, 28)


def fields(home: House, case_id: str = "i-1") -> list[str]:
    return [one[2] for one in told(case_changes(case_id, MY_LAST_LOOK, KEN, home))]


def granted(home: House, said: str) -> None:
    with duckdb.connect(str(home.settings.home / "grants" / "000001.duckdb")) as published:
        published.execute(f"update permission set {said}")


@pytest.mark.parametrize("days", [[date(2021, 8, 1)], [date(2021, 8, 1), TODAY]])
def test_changes_since_a_day_that_leave_days_out_are_no_look_to_go_on_from(tmp_path: Path, days: list[date]) -> None:
    home = home_of(tmp_path, family(lived(1, (BEGAN, {"phone": "1"}), (MARCH, {"phone": "2"}))))
    for day in days:
        case_changes("i-1", day, KEN, home)
    with pytest.raises(WrongRequest, match="not looked at this case before"):
        fields(home)
    show_case("i-1", EARLY, KEN, home)
    for day in days:
        case_changes("i-1", day, KEN, home)
    assert fields(home) == ["phone"]
    # one that goes on from it, and one of everything, are looks to go on from
    show_case("i-1", EARLY, KEN, home)
    case_changes("i-1", date(2021, 1, 1), KEN, home)
    assert fields(home) == []


@pytest.mark.parametrize(
    "look",
    [
        lambda home: show_case("g-7", None, KEN, home),
        lambda home: case_comparison("g-7", EARLY, TODAY, KEN, home),
        lambda home: case_changes("g-7", START.date(), replace(KEN, login="other"), home),
    ],
)
def test_what_tells_few_fields_of_members_is_no_look_to_go_on_from(
    tmp_path: Path, look: Callable[[House], Any]
) -> None:
    one = lived(1, (BEGAN, {"legal_status_code": "ASR"}), (MARCH, {"legal_status_code": "REF"}))
    home = home_of(tmp_path, family(one), opener(), opener(login="other"))
    look(home)
    with pytest.raises(WrongRequest, match="not looked at this case before"):
        fields(home, "g-7")
    case_changes("g-7", START.date(), KEN, home)
    assert fields(home, "g-7") == []


def test_a_look_with_other_rights_is_no_look_to_go_on_from(tmp_path: Path) -> None:
    one = lived(1, (BEGAN, {"ethnicity_code": "X1"}), (MARCH, {"ethnicity_code": "X2"}))
    home = house_of(tmp_path / "home", family(one), opener(), accounts=ACCOUNTS)
    show_case("i-1", EARLY, KEN, home)
    granted(home, "highest_tier_code = 'T1'")
    show_case("i-1", None, KEN, home)
    granted(home, "highest_tier_code = 'T2'")
    assert fields(home) == ["ethnicity_code"]


def test_a_look_that_a_limit_cut_is_no_look_to_go_on_from(tmp_path: Path) -> None:
    people = [lived(n, (BEGAN, {"phone": "1"}), (MARCH, {"phone": "2"})) for n in range(1, 5)]
    home = house_of(tmp_path / "home", family(*people), opener(row_limit=2), accounts=ACCOUNTS)
    assert case_changes("g-7", START.date(), KEN, home).meta["limited_to"] == 2
    assert not list(filter(None, (one["reaches"] for one in home.audit().entries())))


def test_records_and_figures_of_a_look_are_of_one_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version is published while a look begins: how far it reaches goes by the records that it read."""
    home = home_of(tmp_path, family(lived(1, (BEGAN, {}))))
    published, read = dataport.house.published, []

    def moving(root: Path) -> Any:
        read.append(root)
        now = published(root)
        later = [replace(one, watermark=one.watermark + timedelta(days=5)) for one in now.sources]
        return now if len(read) == 1 else replace(now, build_number=2, sources=tuple(later))

    monkeypatch.setattr(dataport.house, "published", moving)
    show_case("i-1", None, KEN, home)
    (look,) = home.audit().entries()
    assert (look["data_version"], datetime.fromisoformat(look["reaches"])) == (1, WATERMARK)


def test_no_id_of_an_account_leaves_in_a_stream_or_in_python(tmp_path: Path) -> None:
    rows = lived(1, (BEGAN, {"phone": "1"}), (at(2021), {"phone": "2", "modified_by": "u-2"}))
    home = home_of(tmp_path, family(rows))
    for kind in ("individual", "membership"):
        stream = fetch(kind, WithIds(("i-1",)), KEN, home)
        assert not {"created_by", "modified_by"} & set(stream.schema.names)
        assert stream.meta["records"] == 1
    (of,) = case_changes("i-1", date(2021, 1, 1), KEN, home).members
    assert "u-2" not in str(asdict(of.differences[0]))


@pytest.mark.parametrize(
    "there", [("individual", {"row_limit": 0}), ("document", {}), ("individual", {"may_open": False})]
)
def test_accounts_are_known_by_a_role_that_opens_persons_there_and_by_no_other(
    tmp_path: Path, there: tuple[str, dict[str, Any]]
) -> None:
    entity, more = there
    own = [permission(one, ("KEN-CO",), may_open=True, row_limit=200, role="a") for one in catalog().records.entities]
    abroad = permission(entity, ("UGA-CO",), **{"may_open": True, "row_limit": 200, "role": "b"} | more)
    one = lived(1, (BEGAN, {"phone": "1"}), (at(2021), {"phone": "2", "modified_by": "u-2"}))
    home = house_of(tmp_path / "home", family(one), viewer(None, *own, abroad, login="ken"), accounts=ACCOUNTS)
    (of,) = case_changes("i-1", date(2021, 1, 1), KEN, home).members
    assert str(of.differences[0].recorder) == "an account that is not yours to know"


def test_what_became_of_somebody_who_left_is_not_told_of_the_family(tmp_path: Path) -> None:
    two = lived(2, (BEGAN, {}), (at(2021, 6), {"process_status_code": "C", "family_name": "Sentinel"}))
    tables = family(lived(1, (BEGAN, {})), two)
    left = at(2021, 3)
    tables["bridge_membership"] = [
        member(1, 7),
        member(2, 7, valid_to=left),
        member(2, 7, is_active=False, valid_from=left),
    ]
    (of,) = case_family("g-7", KEN, home_of(tmp_path, tables)).groups
    assert of.relatives[1].values["process_status_code"] == "A" and "Sentinel" not in of.relatives[1].subject
