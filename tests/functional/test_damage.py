"""A value that nobody can read is unknown in every number, is told of without being shown, and stops nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.jobs.status import status
from dataport.settings import read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED

from .conftest import quiet
from .test_cli import answer, run

pytestmark = pytest.mark.xdist_group("damage")

HQ = ("--as", "statistician.hq@example.org")
KEN = ("--as", "analyst.ken@example.org")
FOR = ("--as", "registrar.ken@example.org", "--purpose", "Damage")
SENTINEL = "CAST(x'ff53656e74696e656c' AS TEXT)"


def test_dirt_never_stops_and_is_told(tmp_path: Path, keyring: Path) -> None:
    home = tmp_path / "home"
    make_store(read_settings(home), scale=0.0002, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet)
    settings = read_settings(home)
    url = settings.sources[0].url.reveal()
    refresh(settings, quiet)
    before = numbers(home)
    with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as file:
        file.execute("PRAGMA ignore_check_constraints = ON")
        born, hidden, unread = spoil(file)
    done = refresh(settings, quiet)
    assert done.build.is_new
    after = numbers(home)
    assert after["ages"][None] == before["ages"].get(None, 0) + 1, "a date of birth that is none is unknown"
    assert after["hq"] == before["hq"] and after["ken"] == before["ken"] - 1, "a unit that is none is nobody's"
    assert after["documented"] == before["documented"] - 1, "what expired before all time has expired"

    damaged = {(one.table, one.column): one.records for one in status(settings).damaged}
    assert damaged == {("individuals", "birth_date"): 1, ("individuals", "business_unit_id"): 1}
    told = " ".join(run("status", home=home).stdout.decode().split())
    assert "individuals: 1 records whose birth_date cannot be read" in told
    notes = " ".join(json.loads(run("status", "--format", "json", home=home).stdout)["problems"])
    assert "Sentinel" not in told + notes

    shown = run("case", "show", born, *FOR, home=home)
    assert "Damaged in the store birth date" in " ".join(shown.stdout.decode().split()), shown.stderr.decode()
    assert run("case", "show", hidden, *FOR, home=home).returncode == 4
    batch = done.batches[0]
    assert {table.name for table in batch.tables if table.name.endswith("_quarantine")} == {"document_quarantine"}
    assert unread == sum(table.rows for table in batch.tables if table.name == "document_quarantine")

    with closing(connect(url)) as store, store.write() as writer:
        writer.update("individual", [{"individual_id": hidden, "phone": "1"}])
    assert refresh(settings, quiet).build.is_new, "work goes on with what is damaged"


def numbers(home: Path) -> dict[str, Any]:
    ages = answer(home, "active_individuals", "--by", "age_group", *HQ)["rows"]
    return {
        "ages": dict(ages),
        "hq": answer(home, "active_individuals", *HQ)["rows"][0][0],
        "ken": answer(home, "active_individuals", *KEN)["rows"][0][0],
        "documented": answer(home, "active_individuals", "--where", "has_valid_document = true", *HQ)["rows"][0][0],
    }


def spoil(file: sqlite3.Connection) -> tuple[str, str, int]:
    """Spoil a date of birth, a unit, a document's last day and the owner of another, each of another person."""
    people = [
        key
        for (key,) in file.execute(
            "SELECT individual_id FROM individual WHERE process_status_code = 'A' AND operation_code = 'KEN' "
            "AND birth_date IS NOT NULL ORDER BY individual_id"
        )
    ]
    born, hidden = people[0], people[1]
    file.execute("UPDATE individual SET birth_date = '0044-03-15 BC' WHERE individual_id = ?", (born,))
    file.execute(f"UPDATE individual SET business_unit_id = {SENTINEL} WHERE individual_id = ?", (hidden,))
    [(one,)] = file.execute(
        "SELECT d.document_id FROM document AS d INNER JOIN individual AS i ON i.individual_id = d.individual_id "
        "WHERE i.process_status_code = 'A' AND d.document_status_code = 'V' AND d.expiry_date > '2022-06-01' AND 1 = ("
        "SELECT count(*) FROM document AS o WHERE o.individual_id = d.individual_id) AND i.individual_id NOT IN (?, ?) "
        "ORDER BY 1 LIMIT 1", (born, hidden),
    )  # fmt: skip
    file.execute("UPDATE document SET expiry_date = '-infinity' WHERE document_id = ?", (one,))
    spoiled = file.execute(
        f"UPDATE document SET individual_id = {SENTINEL} "
        "WHERE document_id = (SELECT min(document_id) FROM document WHERE document_id <> ?)", (one,),
    )  # fmt: skip
    return born, hidden, spoiled.rowcount
