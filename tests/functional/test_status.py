"""The record of runs, and what status makes of it for people and for a monitor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dataport.audit import open_log
from dataport.durable import held
from dataport.errors import BuildFailed
from dataport.jobs.runs import past_runs, recorded
from dataport.jobs.status import status
from dataport.settings import read_settings

from .conftest import Lived
from .test_cli import run

pytestmark = pytest.mark.xdist_group("homes")


@pytest.fixture
def home(sqlite_home: Lived, tmp_path: Path) -> Path:
    """A copy of a good home, to do things to; its log has been taken on at its new place."""
    copy = shutil.copytree(sqlite_home.settings.home, tmp_path / "home")
    open_log(read_settings(copy)).adopt()
    return copy


def test_a_refresh_is_written_down_with_what_it_did(sqlite_home: Lived) -> None:
    refreshes = [one for one in past_runs(sqlite_home.settings.runs) if one.kind == "refresh"]
    assert refreshes[0].outcome == "published"
    assert (refreshes[0].data_version, refreshes[0].batches) == (1, (1,))
    assert refreshes[0].rows > 1000 and refreshes[0].passed > 50 and refreshes[0].failed == ()
    assert set(refreshes[0].seconds) == {"extract", "check", "models", "tests", "dbt", "publish"}
    assert refreshes[0].ended_at is not None


def test_status_for_a_monitor(home: Path) -> None:
    done = run("status", "--format", "json", home=home)
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["is_current"] and told["problems"] == []
    assert {"history_start", "watermark", "data_version", "last_refresh", "sources"} <= set(told)
    assert told["last_good_run"]["outcome"] in ("published", "unchanged")
    assert [one["data_version"] for one in told["versions"]][-1] == told["data_version"]
    assert told["landing_bytes"] > 0 and told["warehouse_bytes"] > told["figures_bytes"]


def test_sizes_say_what_the_bytes_are_for(home: Path) -> None:
    found = json.loads(run("status", "--sizes", "--format", "json", home=home).stdout)["sizes"]
    places = {one["place"]: one for one in found if not one["table"]}
    assert {"landing", "work/core", "work/keys", "work/figures", "figures", "records", "logs"} <= set(places)
    assert all(one["why"] and one["size_bytes"] > 0 for one in places.values())
    for place, whole in places.items():
        tables = {one["table"]: one["size_bytes"] for one in found if one["place"] == place and not one["column"]}
        assert sum(tables.values()) - tables.pop("", 0) <= whole["size_bytes"] + 1
        for table, size in tables.items():
            columns = [one for one in found if (one["place"], one["table"]) == (place, table) and one["column"]]
            assert not columns or sum(one["size_bytes"] for one in columns) == size
    told = {(one["place"], one["table"], one["column"]) for one in found}
    assert {("figures", "fct_population", "sex_code"), ("landing", "individual", "sex_code")} <= told
    shown = run("status", "--sizes", home=home).stdout.decode()
    assert "store registration" in shown and "fct_population" in shown


def test_a_failed_run_is_a_problem_until_the_next_good_one(home: Path) -> None:
    settings = read_settings(home)
    with pytest.raises(BuildFailed), recorded(settings.runs, "refresh"):
        raise BuildFailed("The build stopped: test grain_fct_group (3 rows).", [("grain_fct_group", 3)])
    assert status(settings).last_run.failed == (("grain_fct_group", 3),)  # type: ignore[union-attr]
    done = run("status", home=home)
    assert done.returncode == 1
    assert b"The last run (refresh) failed. The build stopped: test grain_fct_group (3 rows)." in done.stdout
    with recorded(settings.runs, "refresh") as notes:
        notes.told["outcome"] = "unchanged"
    assert run("status", home=home).returncode == 0


def test_a_killed_run_is_interrupted(home: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    started = datetime.now(UTC).replace(tzinfo=None)
    entry = {"kind": "refresh", "started_at": started.isoformat(), "process": gone.pid, "outcome": "under way"}
    (home / "runs" / f"{started:%Y%m%dT%H%M%S%f}-refresh.json").write_text(json.dumps(entry))
    found = status(read_settings(home))
    assert found.problems == ("The last run (refresh) was interrupted.",)


def test_figures_go_stale(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPORT_STALE_AFTER_HOURS", "0.0000001")
    done = run("status", home=home)
    assert done.returncode == 1 and b"is the job running?" in done.stdout


def test_a_second_refresh_is_told_who_is_at_work_and_is_no_run(home: Path) -> None:
    settings = read_settings(home)
    before = len(past_runs(settings.runs))
    with held(settings.runs / ".lock", "A refresh"):
        done = run("refresh", home=home)
    assert done.returncode == 5
    assert f"process {os.getpid()}".encode() in done.stderr
    assert len(past_runs(settings.runs)) == before


def test_old_records_are_pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataport.jobs.runs._KEEP", 2)
    for _ in range(4):
        with recorded(tmp_path, "extract"):
            pass
    assert len(past_runs(tmp_path)) == 2
    assert timedelta(0) <= past_runs(tmp_path)[1].started_at - past_runs(tmp_path)[0].started_at
