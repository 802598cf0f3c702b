"""A store made with the years before answers for them, and as a count in its journal says."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dataport.cli.register import make_store
from dataport.jobs import refresh
from dataport.settings import read_settings
from dataport.store import Store, connect
from dataport.synthetic import DEFAULT_SEED, advance

from .conftest import quiet
from .test_cli import answer

pytestmark = pytest.mark.xdist_group("history")

YEARS = (2017, 2018, 2019, 2020, 2021)
PERIOD = ("--period", "2017-01-01..2021-12-31", "--grain", "year")
COLUMNS = "individual_id, stamped_at, process_status_code, sex_code, legal_status_code"


def versions(store: Store) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    sql = f"SELECT {COLUMNS} FROM individual UNION ALL SELECT {COLUMNS} FROM individual_journal ORDER BY stamped_at"
    for row in store.query(sql).to_pylist():
        found[row["individual_id"]].append(row)
    return found


def at_the_end_of(year: int, people: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    moment = datetime(year + 1, 1, 1)
    before = ([row for row in rows if row["stamped_at"] < moment] for rows in people.values())
    return [rows[-1] for rows in before if rows]


def test_the_years_before_are_answered_as_the_journal_has_them(tmp_path: Path, keyring: Path) -> None:
    home = tmp_path / "home"
    make_store(read_settings(home), scale=0.0004, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet, history=5)
    settings = read_settings(home)
    store = connect(settings.sources[0].url.reveal())
    people = versions(store)
    events = store.query("SELECT event_type_code, stamped_at FROM event").to_pylist()
    advance(store, 20, DEFAULT_SEED, quiet)
    store.close()
    refresh(settings, quiet)

    stocks = answer(home, "active_individuals", "--by", "sex", *PERIOD)["rows"]
    told = {(period[:4], sex): n for sex, period, n in stocks}
    for year in YEARS:
        counted = Counter(row["sex_code"] for row in at_the_end_of(year, people) if row["process_status_code"] == "A")
        for sex in "FM":
            assert told[str(year), sex] == counted[sex] > 0

    flows = answer(home, "new_registrations", "births", "departures", "deaths", *PERIOD)["rows"]
    happened = Counter((row["event_type_code"], row["stamped_at"].year) for row in events)
    kinds = (("registration", "birth"), ("birth",), ("departure", "return", "resettlement"), ("death",))
    assert [row[1:] for row in flows] == [
        [sum(happened[kind, year] for kind in told_together) for told_together in kinds] for year in YEARS
    ]
