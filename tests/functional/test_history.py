"""A store made with the years before answers for them, and as a count in its journal says."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import dataport
from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.records.recorders import UNKNOWN
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

    verifications_are_told_by_who_recorded_them(home, settings.sources[0].url.reveal())


def verifications_are_told_by_who_recorded_them(home: Path, url: str) -> None:
    """Of 25 families that were migrated: what an office recorded afterwards was not migrated."""
    with closing(connect(url)) as store:
        migrated = store.query(
            "SELECT g.group_id FROM registration_group AS g WHERE g.operation_code = 'KEN' AND EXISTS ("
            "SELECT 1 FROM membership AS m INNER JOIN individual AS i ON i.individual_id = m.individual_id "
            "WHERE m.group_id = g.group_id AND m.is_active AND i.entry_channel_code = 'migration') "
            "ORDER BY g.group_id LIMIT 25"
        )["group_id"].to_pylist()
        marks = ", ".join("?" * len(migrated))
        recorded = Counter(
            (row["stamped_at"], row["modified_by"] or row["created_by"], row["entry_channel_code"])
            for row in store.query(
                "SELECT e.stamped_at, e.modified_by, e.created_by, e.entry_channel_code FROM event AS e "
                f"WHERE e.event_type_code = 'verification' AND e.group_id IN ({marks})", tuple(migrated)
            ).to_pylist()
        )  # fmt: skip
        logins = dict(zip(*store.query("SELECT user_id, login FROM user_account").to_pydict().values(), strict=True))
    # who recorded it by login, and never by the id of the account; who is of another office is not told
    named = {"R-KEN": logins["R-KEN"], "A-KEN": logins["A-KEN"]}
    recorded = Counter(
        {
            (at, named.get(by, logins[by] if by.startswith(("R-KEN", "C-KEN")) else UNKNOWN), channel): n
            for (at, by, channel), n in recorded.items()
        }
    )
    port = dataport.open(home=home, viewer="registrar.ken@example.org")
    entries = [
        one
        for group in migrated
        for one in port.case(group, purpose="Provenance").history().told.entries  # type: ignore[union-attr]
        if one.words == "Verified"
    ]
    told = Counter((one.recorded_at, one.by, one.channel) for one in entries)
    assert len(entries) > 25 and "migration" not in {channel for _, _, channel in told}
    assert set(told) <= set(recorded)
