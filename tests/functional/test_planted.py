"""Mistakes that were planted in an invented store are found, each by the check that is meant for it, and nothing else.

The kinds here are those that a generator makes by no other way. `home/planted/` says which records they are.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dataport.checks import load_checks
from dataport.checks.sql import judgements
from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.settings import Settings, read_settings
from dataport.synthetic import DEFAULT_SEED
from dataport.warehouse.sealed import open_sealed

from .conftest import DATES, quiet

pytestmark = pytest.mark.xdist_group("planted")

# Check: the rules whose mistakes it finds; all of the first, and of the others those that come to the same.
FOUND_BY: dict[str, tuple[str, ...]] = {
    "family_name_missing": ("family_name_missing",),
    "given_name_missing": ("given_name_missing",),
    "nationality_missing": ("nationality_missing",),
    "birth_country_missing": ("birth_country_missing",),
    "registration_reason_missing": ("registration_reason_missing",),
    "arrival_date_missing": ("arrival_date_missing",),
    "place_missing": ("place_missing",),
    "group_missing": ("no_group",),
    "registered_in_future": ("registered_in_future",),
    "arrived_after_registration": ("arrived_after_registration", "registered_before_birth"),
    "fled_after_arrival": ("fled_after_arrival", "arrived_in_1900", "new_birth_arrived"),
    "arrived_before_birth": ("new_birth_arrived", "arrived_in_1900", "registered_before_birth"),
    "born_after_registration": ("registered_before_birth",),
    "new_birth_arrived": ("new_birth_arrived", "arrived_in_1900"),
    "deceased_but_active": ("deceased_but_active",),
    "active_not_of_concern": ("active_not_of_concern",),
    "origin_is_asylum": ("origin_is_asylum",),
    "asylum_is_not_the_units": ("asylum_is_not_the_units",),
    "active_group_without_active": ("active_group_without_active",),
    "child_older_than_focal_point": ("child_older_than_focal_point",),
    "sex_contradicts_relationship": ("sex_contradicts_relationship", "child_older_than_focal_point"),
    "address_place_not_listed": ("place_not_listed",),
    "address_place_has_gap": ("hierarchy_gap",),
    "issued_in_future": ("issued_in_future",),
    "expired_before_issue": ("expired_before_issue", "issued_in_future"),
    "several_valid_documents": ("two_valid_documents",),
    "phone_not_valid": ("phone_invalid", "asylum_is_not_the_units"),
    "woman_at_risk_is_male": ("woman_at_risk_is_male",),
}
DAY = DATES[0]


@pytest.fixture(scope="module")
def dirty_home(tmp_path_factory: pytest.TempPathFactory, keyring: Path) -> Settings:
    """A home with planted mistakes, on its first day."""
    home = tmp_path_factory.mktemp("dirty") / "home"
    make_store(read_settings(home), scale=0.002, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet, dirty=True)
    refresh(read_settings(home), quiet)
    return read_settings(home)


@pytest.fixture(scope="module")
def planted(dirty_home: Settings) -> dict[str, set[str]]:
    """Rule to the person, or the group, whose record bears the mistake."""
    found: dict[str, set[str]] = {}
    path = dirty_home.home / "planted" / "created.parquet"
    rows = duckdb.execute("select rule_name, table_name, individual_id, group_id from read_parquet(?)", [str(path)])
    for rule, table, person, group in rows.fetchall():
        found.setdefault(rule, set()).add(group if table == "registration_group" else person)
    return found


@pytest.mark.parametrize("name", FOUND_BY)
def test_what_was_planted_is_found_and_nothing_else(
    dirty_home: Settings, planted: dict[str, set[str]], name: str
) -> None:
    meant, *others = (planted.get(rule, set()) for rule in FOUND_BY[name])
    known, failing = _told(dirty_home, name, DAY)
    assert meant & known <= failing
    # published figures hold people of unknown origin, whose nationality and country of birth nobody invents
    unknown = _of_unknown_origin(dirty_home) if name in ("nationality_missing", "birth_country_missing") else set()
    assert failing - unknown <= meant.union(*others)


def test_what_nobody_planted_is_found_in_nobody(dirty_home: Settings) -> None:
    known, failing = _told(dirty_home, "fled_before_birth", DAY)
    assert known and not failing


def _of_unknown_origin(settings: Settings) -> set[str]:
    newest = max((settings.home / "published").glob("0*"))
    with open_sealed(newest / "records.duckdb") as connection:
        rows = connection.execute("select individual_id from dim_individual where country_of_origin_code = 'UKN'")
        return {one for (one,) in rows.fetchall()}


def _told(settings: Settings, name: str, day: date) -> tuple[set[str], set[str]]:
    """Of whom a check knows whether it holds, and who fails it, at the end of a day."""
    [one] = [one for one in judgements(load_checks()) if one.check.name == name]
    is_group = one.check.entity == "registration_group"
    table, key = ("fct_group_quality", "group_key") if is_group else ("fct_quality", "individual_key")
    owner, number = ("dim_group", "group_id") if is_group else ("dim_individual", "individual_id")
    newest = max(settings.published.glob("0*"))
    until = datetime.combine(day, time()) + timedelta(days=1)
    with open_sealed(newest / "records.duckdb") as connection:
        ids: dict[Any, str] = dict(connection.execute(f"select distinct {key}, {number} from {owner}").fetchall())
    with open_sealed(newest / "figures.duckdb") as connection:
        rows = connection.execute(
            f"select {key}, (known_{one.word} & $1) <> 0, (failed_{one.word} & $1) <> 0 from {table} "
            "where valid_from < $2 and $2 <= valid_to",
            [one.mask, until],
        ).fetchall()
    return {ids[key] for key, known, _ in rows if known}, {ids[key] for key, _, fails in rows if fails}


def test_what_is_found_was_planted(planted: dict[str, set[str]]) -> None:
    """Or the others would say nothing."""
    assert {rules[0] for rules in FOUND_BY.values() if not planted.get(rules[0])} == set()
