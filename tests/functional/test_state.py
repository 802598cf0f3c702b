"""What people made is in the backup, in the sizes and in the status of a home, as everything else is."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from dataport.jobs import restore as restore_module
from dataport.jobs.backup import backup
from dataport.jobs.doctor import examine_state
from dataport.jobs.forget import forget_gone
from dataport.jobs.restore import restore
from dataport.settings import read_settings
from dataport.state import Sessions, State, Subject, WorkingList, subjects

from .conftest import Lived, quiet
from .test_cli import run

AMINA = Subject("individual", 1)


@pytest.fixture
def state(small_home: Path) -> State:
    found = State(read_settings(small_home).state)
    WorkingList(found).excuse([AMINA], "K05", "No camera", date(2030, 6, 30), "officer@x")
    return found


def test_it_comes_back_from_a_backup_made_while_it_was_being_written(
    small_home: Path, state: State, tmp_path: Path
) -> None:
    WorkingList(state).assign([AMINA], "K05", "before@x", "officer@x")
    with state.writing() as connection:
        connection.execute("delete from assignment")
        backup(read_settings(small_home), tmp_path / "b" / "home", tmp_path / "b" / "keys", quiet)
    restore(tmp_path / "b" / "home", tmp_path / "new", tmp_path / "b" / "keys", quiet)
    work = WorkingList(State(read_settings(tmp_path / "new").state)).of([AMINA])[AMINA]
    assert work.assignee("K05") == "before@x", "what was not committed is not in the backup"
    assert work.excuse("K05", date.today())


def test_nobody_is_signed_in_from_the_moment_on_at_which_a_restored_home_is_there(
    small_home: Path, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sessions(state, 8.0).begin("a@example.org")
    backup(read_settings(small_home), tmp_path / "b" / "home", tmp_path / "b" / "keys", quiet)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restore_module, "open_log", stopped)
    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "b" / "home", tmp_path / "new", tmp_path / "b" / "keys", quiet)
    with State(read_settings(tmp_path / "new").state).reading() as connection:
        assert connection.execute("select count(*) from session").fetchone() == (0,)


def test_sizes_say_what_it_is_for(small_home: Path, state: State) -> None:
    done = run("status", "--sizes", "--format", "json", home=small_home)
    assert done.returncode == 0, done.stderr
    (found,) = [one for one in json.loads(done.stdout)["sizes"] if one["place"] == "state"]
    assert found["size_bytes"] > 0 and "people made" in found["why"]


def test_damage_is_said(small_home: Path, state: State) -> None:
    state.path.write_bytes(b"not a database, whoever wrote it " * 100)
    done = run("status", "--format", "json", home=small_home)
    assert done.returncode == 1
    assert any("state/state.sqlite3" in one and "newest backup" in one for one in json.loads(done.stdout)["problems"])


def test_it_is_said_whether_it_can_be_read_and_of_which_version_it_is(small_home: Path, state: State) -> None:
    settings = read_settings(small_home)
    sound = examine_state(settings)
    assert sound.state == "ok" and f"can be read; version {state.newest};" in sound.what
    told = json.loads(run("status", "--format", "json", home=small_home).stdout)
    assert told["state_version"] == state.newest
    with closing(sqlite3.connect(state.path)) as file:
        file.execute("pragma user_version = 99")
    later = examine_state(settings)
    assert later.state == "missing" and "later version" in later.mend
    state.path.write_bytes(b"not a database, whoever wrote it " * 100)
    broken = examine_state(settings)
    assert broken.state == "missing" and "newest backup" in broken.mend
    state.path.unlink()
    assert "holds nothing yet" in examine_state(settings).what
    assert not state.path.exists(), "nothing is made by who only looks"


def test_what_is_said_of_a_record_goes_when_the_published_version_has_it_no_longer(unsaid_home: Lived) -> None:
    settings = unsaid_home.settings
    state, there, gone = State(settings.state), Subject("individual", 1), Subject("individual", 10**9)
    WorkingList(state).assign([there, gone, Subject("nothing", 1)], "K05", "a@x", "officer@x")
    assert forget_gone(settings) == 2
    assert subjects(state) == {there}
