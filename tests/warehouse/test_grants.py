"""Grants: who is of which class, sees which units, and what happens when the source is ambiguous."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dataport.access import identify
from dataport.engines.duckdb import grants, shared_logins, unknown_permissions
from dataport.errors import ContractBroken, NoHome, SharedLogin
from dataport.landing import Landing
from dataport.warehouse.granting import publish_grants
from dataport.warehouse.grants import published_grants
from dataport.warehouse.sealed import open_sealed
from tests.warehouse.landings import Row, Writer, row

READ = datetime(2022, 2, 1)


def permission(key: str, role: str, depth: str, **values: Any) -> Row:
    base = {"entity": "individual", "may_count": True, "may_open": False, "finest_place_level": 2}
    limits = {"highest_tier_code": "T1", "row_limit": 10}
    return {"permission_id": key, "role_id": role, "depth_code": depth} | base | limits | values


TABLES: dict[str, list[Row]] = {
    "business_unit": [
        {"business_unit_id": "HQ"},
        {"business_unit_id": "CO", "parent_id": "HQ"},
        {"business_unit_id": "FO", "parent_id": "CO"},
        {"business_unit_id": "OTHER", "parent_id": "HQ"},
    ],
    "user_account": [
        {"user_id": "u1", "login": "hq", "business_unit_id": "HQ"},
        {"user_id": "u2", "login": "country", "business_unit_id": "CO"},
        {"user_id": "u3", "login": "office", "business_unit_id": "CO"},
        {"user_id": "u4", "login": "excel", "business_unit_id": "HQ"},
        {"user_id": "u5", "login": "left", "business_unit_id": "HQ", "is_enabled": False},
        {"user_id": "u6", "login": "retired", "business_unit_id": "HQ"},
        {"user_id": "u7", "login": "twice", "business_unit_id": "HQ"},
        {"user_id": "u8", "login": "twice", "business_unit_id": "OTHER"},
        {"user_id": "u9", "login": "both", "business_unit_id": "CO"},
        {"user_id": "u10", "login": "odd", "business_unit_id": "CO"},
    ],
    "role": [
        {"role_id": "all", "name": "All"},
        {"role_id": "below", "name": "Below"},
        {"role_id": "unit", "name": "Unit"},
        {"role_id": "off", "name": "Off", "is_enabled": False},
        {"role_id": "both", "name": "Both"},
        {"role_id": "odd", "name": "Odd"},
    ],
    "user_role": [
        {"user_role_id": pair, "user_id": pair.split()[0], "role_id": pair.split()[1]}
        for pair in ("u1 all", "u2 below", "u3 unit", "u5 all", "u6 off", "u7 all", "u8 below", "u9 both", "u10 odd")
    ],
    "permission": [
        permission("p1", "all", "organisation"),
        permission("p2", "below", "unit_and_below", may_open=True),
        permission("p3", "unit", "unit"),
        permission("p4", "off", "organisation"),
        permission("p5", "both", "unit"),
        permission("p6", "both", "unit_and_below", may_open=True),
        permission("p7", "odd", "whatever"),
    ],
}


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    Writer(tmp_path / "landing").grant(READ, TABLES)
    return tmp_path / "landing"


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_sealed(path) as reader:
        return reader.execute(sql).fetchall()


def test_classes(landing: Path, tmp_path: Path) -> None:
    version = publish_grants(landing, tmp_path / "grants")
    classes = dict(rows(version.path, "select login, class_code from account"))
    assert classes == {
        "hq": "registration",
        "country": "registration",
        "office": "registration",
        "both": "registration",
        "odd": "registration",
        # no role at all, and a role that is switched off
        "excel": "statistics",
        "retired": "statistics",
    }


def test_units(landing: Path, tmp_path: Path) -> None:
    version = publish_grants(landing, tmp_path / "grants")
    scopes = dict(rows(version.path, "select login, row_scope from permission"))
    assert scopes == {"hq": "all", "country": "units", "office": "units", "both": "units"}
    units: dict[str, set[str]] = {}
    for login, unit in rows(
        version.path, "select login, business_unit_id from permission_unit join permission using (permission_key)"
    ):
        units.setdefault(login, set()).add(unit)
    # a role that names both depths gives the narrower one, an unknown depth gives no unit
    assert units == {"country": {"CO", "FO"}, "office": {"CO"}, "both": {"CO"}}


def test_the_tables_hold_what_the_guard_reads(landing: Path, tmp_path: Path) -> None:
    version = publish_grants(landing, tmp_path / "grants")
    assert rows(version.path, "select * exclude (permission_key) from permission where login = 'country'") == [
        ("country", "main", "Below", "individual", "units", True, True, 2, "T1", 10)
    ]
    assert rows(version.path, "from meta") == [(1, READ, "main")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("highest_tier_code", "T9"),
        ("highest_tier_code", "t2"),
        ("depth_code", "everywhere"),
        ("finest_place_level", 7),
        ("finest_place_level", -1),
        ("row_limit", -1),
    ],
)
def test_what_is_not_understood_gives_nothing_and_is_told(tmp_path: Path, field: str, value: object) -> None:
    odd = permission("p3", "unit", "unit") | {field: value}
    Writer(tmp_path / "landing").grant(READ, {**TABLES, "permission": [odd, permission("p1", "all", "organisation")]})
    version = publish_grants(tmp_path / "landing", tmp_path / "grants")
    assert grants(version.path, "office").permissions == ()
    assert len(grants(version.path, "hq").permissions) == 1
    assert unknown_permissions(version.path) == (("Unit", "individual", field, 1),)


def test_what_is_not_understood_still_narrows(tmp_path: Path) -> None:
    """One role names its own unit in words nobody here knows, and all that is below it: it never had the latter."""
    both = [permission("p5", "both", "unit", highest_tier_code="?"), permission("p6", "both", "unit_and_below")]
    Writer(tmp_path / "landing").grant(READ, {**TABLES, "permission": both})
    version = publish_grants(tmp_path / "landing", tmp_path / "grants")
    assert [one.units for one in grants(version.path, "both").permissions] == [frozenset({"CO"})]


def test_a_login_of_two_stores_is_nobodys_until_somebody_has_made_sure(tmp_path: Path) -> None:
    """Two people may be called alike. Once they are one, each store gives its own rows and no more."""
    landing = tmp_path / "landing"
    Writer(landing, "main").grant(READ, {**TABLES, "permission": [permission("p2", "below", "unit_and_below")]})
    Writer(landing, "other").grant(READ, {**TABLES, "permission": [permission("p3", "unit", "unit")]})
    path = publish_grants(landing, tmp_path / "grants").path
    found = grants(path, "country")
    assert (found.login, found.permissions, found.shared) == (None, (), ("main", "other"))
    with pytest.raises(SharedLogin, match=r"exists in 2 stores \(main, other\).*confirmed_logins"):
        identify(found, now=READ, max_age=timedelta(days=1))
    assert ("country", ("main", "other")) in shared_logins(path) and ("twice", ("main", "other")) in shared_logins(path)

    confirmed = {"country": ("main", "other"), "office": ("main",), "twice": ("main", "other")}
    path = publish_grants(landing, tmp_path / "grants", confirmed).path
    found = grants(path, "country")
    assert found.login == "country" and not found.shared
    assert [(one.source, one.role, one.units) for one in found.permissions] == [
        ("main", "Below", frozenset({"CO", "FO"}))
    ]
    # confirmed for one store of two, and two people in one of them: still nobody's
    assert grants(path, "office").shared == ("main", "other")
    assert grants(path, "twice").shared == ("main", "other") and grants(path, "twice").permissions == ()


def test_who_is_one_person_in_two_stores_keeps_the_rows_of_each(tmp_path: Path) -> None:
    """Both stores call a unit CO and a role Both; the permissions stay two, each with the rows of its own store."""
    landing = tmp_path / "landing"
    Writer(landing, "main").grant(READ, {**TABLES, "permission": [permission("p5", "both", "unit")]})
    wide = permission("p6", "both", "organisation", highest_tier_code="T2")
    Writer(landing, "other").grant(READ, {**TABLES, "permission": [wide]})
    path = publish_grants(landing, tmp_path / "grants", {"both": ("main", "other")}).path
    everywhere = frozenset(f"other/{unit}" for unit in ("HQ", "CO", "FO", "OTHER"))
    assert [(one.source, one.highest_tier, one.units) for one in grants(path, "both").permissions] == [
        ("main", "T1", frozenset({"CO"})),
        ("other", "T2", everywhere),
    ]


def test_two_accounts_of_one_store_are_told_apart_from_two_stores(landing: Path, tmp_path: Path) -> None:
    found = grants(publish_grants(landing, tmp_path / "grants", {"twice": ("main", "main")}).path, "twice")
    with pytest.raises(SharedLogin, match=r"exists twice among the enabled accounts of main.*disabled"):
        identify(found, now=READ, max_age=timedelta(days=1))


def test_each_permission_has_its_own_units(tmp_path: Path) -> None:
    """One role names its own unit and the whole organisation, in a home of two sources, where both are lists."""
    tables = {name: list(several) for name, several in TABLES.items()}
    tables["permission"] = [
        permission("p5", "both", "unit", highest_tier_code="T2"),
        permission("p6", "both", "organisation", highest_tier_code="T0"),
    ]
    Writer(tmp_path / "landing", "main").grant(READ, tables)
    Writer(tmp_path / "landing", "other").grant(READ, {**TABLES, "user_account": []})
    version = publish_grants(tmp_path / "landing", tmp_path / "grants")
    told = rows(
        version.path,
        "select highest_tier_code, list(business_unit_id order by business_unit_id) from permission "
        "join permission_unit using (permission_key) where login = 'both' group by all order by all",
    )
    assert told == [("T0", ["CO", "FO", "HQ", "OTHER"]), ("T2", ["CO"])]


def test_the_newest_reading_counts(landing: Path, tmp_path: Path) -> None:
    first = publish_grants(landing, tmp_path / "grants")
    without = TABLES | {"user_account": [TABLES["user_account"][0]]}
    Writer(landing).grant(datetime(2022, 2, 2), without)
    second = publish_grants(landing, tmp_path / "grants")
    assert published_grants(tmp_path / "grants") == second
    assert (second.version, second.read_at) == (first.version + 1, datetime(2022, 2, 2))
    assert rows(second.path, "select login from account") == [("hq",)]


def test_versions_are_private_and_pruned(landing: Path, tmp_path: Path) -> None:
    for _ in range(5):
        publish_grants(landing, tmp_path / "grants")
    files = sorted((tmp_path / "grants").glob("*.duckdb"))
    assert [path.name for path in files] == ["000003.duckdb", "000004.duckdb", "000005.duckdb"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_a_tampered_file_is_refused(landing: Path, tmp_path: Path) -> None:
    table = next(table for table in Landing(landing).grants()[0].tables if table.name == "permission")
    table.path.write_bytes(b"")
    with pytest.raises(ContractBroken, match=r"permission\.parquet is missing or not as it was landed"):
        publish_grants(landing, tmp_path / "grants")


def test_no_grants_yet(tmp_path: Path) -> None:
    with pytest.raises(NoHome, match="No permissions have landed yet"):
        publish_grants(tmp_path / "landing", tmp_path / "grants")
    with pytest.raises(NoHome, match="No permissions have been read here yet"):
        published_grants(tmp_path / "grants")


def test_a_store_that_is_configured_or_has_landed_rows_takes_all_rows_from_the_others(
    landing: Path, tmp_path: Path
) -> None:
    """A source whose permissions could not be read yet is seen by nobody, and least of all by those of another."""
    alone = publish_grants(landing, tmp_path / "grants", configured=["main"])
    assert dict(rows(alone.path, "select login, row_scope from permission"))["hq"] == "all"
    beside = publish_grants(landing, tmp_path / "grants", configured=["main", "other"])
    assert dict(rows(beside.path, "select login, row_scope from permission"))["hq"] == "units"
    Writer(landing, "other").land(READ, [row("individual", "p", READ)])
    landed = publish_grants(landing, tmp_path / "grants", configured=["main"])
    assert dict(rows(landed.path, "select login, row_scope from permission"))["hq"] == "units"
    assert set(published_grants(tmp_path / "grants").read) == {"main"}
