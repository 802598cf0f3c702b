"""What an operator does to a home: backup and restoration, keys, old versions, metrics, being told of a failed run."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from figures import WIDE

import dataport
from dataport.audit import open_log
from dataport.cli.render_metrics import metrics
from dataport.durable import held
from dataport.errors import Busy, DataportError, NewerHome, WrongRequest
from dataport.jobs.backup import backup, verify_backup
from dataport.jobs.restore import restore
from dataport.jobs.status import status
from dataport.keyring import open_keys, rotate
from dataport.settings import read_settings

from .conftest import Lived, close, quiet
from .test_cli import run

homes = pytest.mark.xdist_group("homes")


def _ask(home: Path) -> Any:
    return dataport.open(home, viewer=WIDE.login).ask(["active_individuals"], by=["sex"]).to_dicts()


@pytest.fixture
def backed_up(small_home: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A home of which two looks were taken, backed up; where its backup and its keys are."""
    for _ in range(2):
        _ask(small_home)
    backup(read_settings(small_home), tmp_path / "b" / "home", tmp_path / "k" / "keys", quiet)
    return tmp_path / "b" / "home", tmp_path / "k" / "keys"


@homes
def test_a_restore_drill(sqlite_home: Lived, keyring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home is lost with its keys and heads; what was backed up answers as before, elsewhere, and goes on."""
    home = Path(shutil.copytree(sqlite_home.settings.home, tmp_path / "home"))
    toml = home / "dataport.toml"
    toml.write_text(toml.read_text().replace(str(sqlite_home.settings.home), str(home)))
    # its own keys, for its protected statistics were made with one of them; the looks before are those of other tests
    shutil.copytree(keyring.parent, tmp_path / "keys")
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys" / keyring.name))
    looks = open_log(read_settings(home)).adopt().looks
    words = ("ask", "active_individuals", "--by", "country_of_asylum", "--format", "csv")
    before = run(*words, home=home)
    assert before.returncode == 0, before.stderr
    kept, keys = tmp_path / "elsewhere" / "home", tmp_path / "vault" / "keys"
    done = run("backup", str(kept), "--keys", str(keys), home=home)
    assert done.returncode == 0, done.stderr
    for folder in (home, tmp_path / "keys"):
        shutil.rmtree(folder)
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "new keys" / "keys.json"))
    new = tmp_path / "new" / "home"
    assert run("restore", str(kept), "--check", home=new).returncode == 0 and not new.exists()
    done = run("restore", str(kept), "--keys", str(keys), home=new)
    assert done.returncode == 0, done.stdout + done.stderr
    after = run(*words, home=new)
    assert after.stdout == before.stdout and after.returncode == 0
    found = open_log(read_settings(new)).verify()
    assert (found.intact, found.looks) == (True, looks + 2), "asked before and after"
    looked = run("status", home=new)
    assert looked.returncode == 0, looked.stdout
    assert f"sqlite:///{new}/registration.sqlite" in (new / "dataport.toml").read_text()
    assert run("register", "advance", "--days", "3", home=new).returncode == 0
    done = run("refresh", "--format", "json", home=new)
    assert done.returncode == 0 and json.loads(done.stdout)["is_new"], done.stderr[-2000:]
    close_to_private = [path for path in [new, *new.rglob("*")] if path.stat().st_mode & 0o077]
    assert close_to_private == []


def test_a_small_home_comes_back_as_it_was(small_home: Path, backed_up: tuple[Path, Path], tmp_path: Path) -> None:
    answer = _ask(small_home)
    found = restore(backed_up[0], tmp_path / "new", backed_up[1], quiet)
    assert (found.log.intact, found.log.looks) == (True, 2), "the looks since the backup are not in it"
    assert _ask(tmp_path / "new") == answer
    assert open_log(read_settings(tmp_path / "new")).verify().intact


def test_keys_and_head_are_apart_from_the_home(small_home: Path, backed_up: tuple[Path, Path]) -> None:
    home, keys = backed_up
    settings = read_settings(small_home)
    secrets = [key.secret for key in open_keys(settings.keyring, "audit").versions]
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(one in content or one.hex().encode() in content for one in secrets), path
    assert json.loads((keys / "manifest.json").read_text())["head"]["number"] == 2
    assert all(path.stat().st_mode & 0o077 == 0 for top in backed_up for path in [top, *top.rglob("*")])


DAMAGE = {
    "a file cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "a file flipped": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "a file gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("what", DAMAGE)
@pytest.mark.parametrize("name", ["published/000001/figures.duckdb", "audit/looks.jsonl", "grants/CURRENT"])
def test_a_damaged_backup_restores_nothing(backed_up: tuple[Path, Path], tmp_path: Path, what: str, name: str) -> None:
    DAMAGE[what](backed_up[0] / "home" / name)
    for act in (
        lambda: verify_backup(backed_up[0], quiet),
        lambda: restore(backed_up[0], tmp_path / "new", backed_up[1], quiet),
    ):
        with pytest.raises(DataportError, match="is missing or not as it was backed up"):
            act()
    assert [one.name for one in tmp_path.glob("*new*")] == []


def test_a_manifest_that_reaches_outside_or_is_none_is_no_backup(backed_up: tuple[Path, Path], tmp_path: Path) -> None:
    path = backed_up[0] / "manifest.json"
    entry = json.loads(path.read_text())
    for change in (
        {"files": {"../../stolen": [1, "0"]}},
        {"files": {"/etc/passwd": [1, "0"]}},
        {"kind": "keys"},
        {"files": None},
    ):
        path.write_text(json.dumps(entry | change))
        with pytest.raises(WrongRequest, match="holds no whole backup of a home"):
            restore(backed_up[0], tmp_path / "new", None, quiet)
    path.write_text("[" * 100_000)
    with pytest.raises(WrongRequest, match="holds no whole backup"):
        restore(backed_up[0], tmp_path / "new", None, quiet)
    path.write_text(json.dumps(entry | {"layout": 99}))
    with pytest.raises(NewerHome):
        restore(backed_up[0], tmp_path / "new", None, quiet)
    assert not (tmp_path / "new").exists()


def test_a_backup_writes_over_nothing_and_keeps_the_two_apart(small_home: Path, tmp_path: Path) -> None:
    settings = read_settings(small_home)
    (tmp_path / "there").mkdir()
    for folder, keys, said in (
        (tmp_path / "there", tmp_path / "k", "is there already"),
        (tmp_path / "b", tmp_path / "there", "is there already"),
        (tmp_path / "b", tmp_path / "b" / "keys", "apart"),
        (tmp_path / "b", tmp_path / "b", "apart"),
        (small_home / "b", tmp_path / "k", "apart"),
        (tmp_path / "b", small_home / "k", "apart"),
    ):
        with pytest.raises(WrongRequest, match=said):
            backup(settings, folder, keys, quiet)
    assert not (tmp_path / "b").exists() and not (tmp_path / "k").exists()
    with pytest.raises(WrongRequest, match="is there already"):
        backup(settings, tmp_path / "b", tmp_path / "k", quiet)
        restore(tmp_path / "b", small_home, None, quiet)


def test_a_backup_that_was_killed_is_begun_again(small_home: Path, tmp_path: Path) -> None:
    settings = read_settings(small_home)

    def killed(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(settings, tmp_path / "b", tmp_path / "k", killed)
    assert not (tmp_path / "b").exists() and not (tmp_path / "k").exists()
    backup(settings, tmp_path / "b", tmp_path / "k", quiet)
    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "b", tmp_path / "new", tmp_path / "k", killed)
    assert not (tmp_path / "new").exists()
    assert restore(tmp_path / "b", tmp_path / "new", tmp_path / "k", quiet).log.intact
    assert not list(tmp_path.glob(".partial-*"))


def test_a_backup_is_busy_while_a_job_is_under_way(small_home: Path, tmp_path: Path) -> None:
    settings = read_settings(small_home)
    with held(settings.runs / ".lock", "A refresh"), pytest.raises(Busy):
        backup(settings, tmp_path / "b", tmp_path / "k", quiet)


def test_a_store_in_the_home_is_copied_as_it_is_at_one_moment(small_home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(small_home / "registration.sqlite")) as store:
        store.execute("pragma journal_mode = wal")
        store.execute("create table t (a)")
        store.execute("insert into t values (1)")
        store.commit()
        close(small_home)
        backup(read_settings(small_home), tmp_path / "b", tmp_path / "k", quiet)
    with closing(sqlite3.connect(tmp_path / "b" / "home" / "registration.sqlite")) as copy:
        assert copy.execute("select a from t").fetchall() == [(1,)]


def test_an_older_home_under_a_newer_head_is_said_to_be_that(
    small_home: Path, backed_up: tuple[Path, Path], tmp_path: Path
) -> None:
    _ask(small_home)
    shutil.rmtree(small_home)
    found = restore(backed_up[0], small_home, backed_up[1], quiet)
    assert not found.log.intact and "1 are missing at its end" in str(found.log.problem)
    assert "restored from an older copy" in str(found.log.problem)
    done = run("restore", str(backed_up[0]), "--keys", str(backed_up[1]), home=small_home)
    assert done.returncode == 2


def test_a_log_cut_in_the_backup_is_found(backed_up: tuple[Path, Path], tmp_path: Path) -> None:
    """Whoever keeps the backup of the home can cut the log in it and mend the manifest; the head is with the keys."""
    home, keys = backed_up
    log = home / "home" / "audit" / "looks.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    entry = json.loads((home / "manifest.json").read_text())
    checksum = hashlib.sha256(log.read_bytes()).hexdigest()
    entry["files"]["audit/looks.jsonl"] = [log.stat().st_size, checksum]
    (home / "manifest.json").write_text(json.dumps(entry))
    found = restore(home, tmp_path / "new", keys, quiet)
    assert not found.log.intact and "no head is kept" in str(found.log.problem)


def test_another_keyring_is_left_alone_and_a_newer_one_is_taken(
    backed_up: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate(tmp_path / "keys" / "keys.json", "audit")
    found = restore(backed_up[0], tmp_path / "one", backed_up[1], quiet)
    assert found.log.intact, "the keyring that is there has all that the home needs, and more"
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "others" / "keys.json"))
    open_keys(tmp_path / "others" / "keys.json", "audit")
    with pytest.raises(WrongRequest, match="Another keyring is at"):
        restore(backed_up[0], tmp_path / "two", backed_up[1], quiet)
    assert not (tmp_path / "two").exists()
    found = restore(backed_up[0], tmp_path / "two", None, quiet)
    assert not found.log.intact


def test_a_key_is_replaced_and_the_log_goes_on(small_home: Path, tmp_path: Path) -> None:
    _ask(small_home)
    keyring = read_settings(small_home).keyring
    done = run("keys", "rotate", "audit", "--format", "json", home=small_home)
    assert json.loads(done.stdout) == {"purpose": "audit", "version": 2}
    _ask(small_home)
    log = open_log(read_settings(small_home))
    assert (log.verify().intact, log.verify().looks) == (True, 2)
    assert [one["key"] for one in log.entries()] == [1, 2]
    told = json.loads(run("keys", "list", "--format", "json", home=small_home).stdout)
    assert told["versions"]["audit"] == [1, 2] and told["versions"]["records"] == [1]
    said = run("keys", "list", home=small_home).stdout + done.stdout
    assert not [key for key in open_keys(keyring, "audit").versions if key.secret.hex().encode() in said]
    assert keyring.stat().st_mode & 0o077 == 0
    assert run("keys", "rotate", "nothing", home=small_home).returncode == 2


def test_old_versions_are_given_up_and_the_published_one_stays(small_home: Path) -> None:
    for number in (2, 3):
        shutil.copytree(small_home / "published" / "000001", small_home / "published" / f"{number:06d}")
    pointer = small_home / "published" / "CURRENT"
    pointer.write_text(
        pointer.read_text().replace("000001/", "000003/").replace('"build_number": 1', '"build_number": 3')
    )
    (small_home / "published" / ".partial-000004").mkdir()
    (small_home / "warehouse").mkdir()
    close(small_home)
    done = run("prune", "--keep", "1", "--format", "json", home=small_home)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["versions"] == [1, 2] and told["leftovers"] == 1 and told["size_bytes"] > 0
    assert [one.name for one in (small_home / "published").iterdir() if one.is_dir()] == ["000003"]


SAMPLE = re.compile(
    r'^[a-zA-Z_:][\w:]*(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? \S+$'
)


def _is_exposition(text: str) -> set[str]:
    """The names of the metrics, if a collector can read the text: help, type, then the samples of one name."""
    names: list[str] = []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            assert line.endswith(" gauge")
            names.append(line.split()[2])
        elif not line.startswith("# HELP "):
            assert SAMPLE.match(line), line
            assert re.split(r"[ {]", line)[0] == names[-1]
            float(line.rsplit(" ", 1)[1])
    assert len(set(names)) == len(names) and text.endswith("\n")
    return set(names)


@homes
def test_metrics_can_be_read_and_name_nobody(sqlite_home: Lived) -> None:
    text = metrics(status(sqlite_home.settings))
    assert {"dataport_problems", "dataport_watermark_timestamp_seconds", "dataport_source_batches"} <= _is_exposition(
        text
    )
    assert "@" not in text and str(sqlite_home.settings.home) not in text
    done = run("status", "--format", "prometheus", home=sqlite_home.settings.home)
    assert done.returncode == 0 and _is_exposition(done.stdout.decode())


def test_metrics_of_a_home_with_problems_are_told_too(small_home: Path) -> None:
    shutil.rmtree(small_home / "published")
    done = run("status", "--format", "prometheus", home=small_home)
    assert done.returncode == 0 and b"\ndataport_problems 1\n" in done.stdout
    assert "dataport_data_version" not in _is_exposition(done.stdout.decode())


def _alert(home: Path, text: str) -> Path:
    script = home.parent / "alert"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o700)
    (home / "dataport.toml").write_text(
        f'alert_command = "{script}"\nalert_seconds = 5\n'
        f'[[sources]]\nsource_id = "one"\nkind = "sqlite"\nurl = "sqlite://{home}/none.sqlite"\n'
    )
    return home.parent / "told"


@pytest.mark.parametrize("verb", ["refresh", "extract", "build"])
def test_a_command_is_told_of_a_failed_run(small_home: Path, verb: str) -> None:
    told = _alert(small_home, f"cat >> '{small_home.parent / 'told'}'; echo hidden; exit 0")
    done = run(verb, home=small_home)
    assert done.returncode not in (0, 5) and b"hidden" not in done.stdout + done.stderr
    (line,) = told.read_text().splitlines()
    entry = json.loads(line)
    assert set(entry) == {
        "event", "home", "kind", "started_at", "ended_at", "outcome", "error", "failed_tests", "stopped",
    }  # fmt: skip
    assert (entry["event"], entry["kind"], entry["home"]) == ("run_failed", verb, str(small_home))
    assert entry["error"] and entry["outcome"] == "failed" and entry["started_at"].endswith("Z")


def test_what_becomes_of_the_command_changes_nothing_of_the_run(small_home: Path) -> None:
    plain = run("build", home=small_home)
    for text, said in (("exit 3", "failed with exit code 3"), ("sleep 60", "did not finish within 5 seconds")):
        _alert(small_home, text)
        done = run("build", home=small_home)
        assert done.returncode == plain.returncode and said.encode() in done.stderr


def test_a_run_that_finds_another_one_under_way_alerts_nobody(small_home: Path) -> None:
    told = _alert(small_home, f"cat >> '{small_home.parent / 'told'}'")
    settings = read_settings(small_home)
    with held(settings.runs / ".lock", "A refresh"):
        assert run("refresh", home=small_home).returncode == 5
    assert not told.exists() and os.environ.get("DATAPORT_HOME") is None
