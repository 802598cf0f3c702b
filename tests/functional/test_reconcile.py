"""A row mended by hand past the store's triggers: found by comparison, landed, built, and counted right."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.settings import read_settings
from dataport.synthetic import DEFAULT_SEED

from .conftest import quiet
from .test_cli import answer, run

pytestmark = pytest.mark.xdist_group("reconcile")


def compared(home: Path) -> dict[str, Any]:
    done = run("extract", "--reconcile", "--format", "json", home=home)
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def by_hand(home: Path, statement: str, trigger: str) -> None:
    """Run a statement on the embedded store with one trigger out of the way."""
    with closing(sqlite3.connect(home / "registration.sqlite", isolation_level=None)) as file:
        (definition,) = file.execute("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
        file.execute(f"DROP TRIGGER {trigger}")
        file.execute(statement)
        file.execute(definition)


def test_a_comparison_mends_the_numbers(tmp_path: Path, keyring: Path) -> None:
    home = tmp_path / "home"
    make_store(read_settings(home), scale=0.0002, onboarded=73, url=None, seed=DEFAULT_SEED, tell=quiet)
    refresh(read_settings(home), quiet)
    before = answer(home, "active_individuals", "--by", "sex", "--where", "country_of_asylum = 'UGA'")["rows"]
    assert compared(home)["differences"] == 0

    chosen = "country_of_asylum_code = 'UGA' AND process_status_code = 'A' AND sex_code = 'M'"
    triggers = ("individual_update", "individual_delete")
    with closing(sqlite3.connect(home / "registration.sqlite")) as file:
        known = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        (men,) = file.execute(f"SELECT count(*) FROM individual WHERE {chosen}").fetchone()
    assert set(triggers) <= known and men > 3
    key = f"(SELECT individual_id FROM individual WHERE {chosen} ORDER BY 1 LIMIT 1)"
    by_hand(home, f"UPDATE individual SET sex_code = 'F' WHERE individual_id = {key}", triggers[0])
    by_hand(home, f"DELETE FROM individual WHERE individual_id = {key}", triggers[1])

    told = compared(home)
    assert (told["differences"], told["repaired"]) == (2, 2)
    assert told["tables"] == [{"table": "individual", "changed": 1, "surplus": 1, "source_id": "registration"}]
    assert run("build", home=home).returncode == 0
    after = dict(answer(home, "active_individuals", "--by", "sex", "--where", "country_of_asylum = 'UGA'")["rows"])
    assert after == {**dict(before), "F": dict(before)["F"] + 1, "M": dict(before)["M"] - 2}
    assert compared(home)["differences"] == 0
