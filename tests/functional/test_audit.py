"""The log of looks as an operator meets it: what is shown, exported, said to be lost; and a home that is open."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from figures import WIDE, viewer, world, write_home

import dataport
from dataport.audit import open_log
from dataport.errors import AuditFailed, NotPrivate
from dataport.settings import read_settings

from .test_cli import run

KENYA = viewer(["KEN-CO"], login="=kenya")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small published home, private, with its keys beside it."""
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys" / "keys.json"))
    return _home(tmp_path / "home")


def _home(top: Path) -> Path:
    now = datetime.now(UTC).replace(tzinfo=None)
    write_home(top, world([{}, {"sex_code": "M"}], [{}], [{}]), (KENYA, WIDE), now)
    (top / "published" / "000001" / "records.duckdb").touch()
    (top / "dataport.toml").write_text(f"viewer = '{WIDE.login}'\n")
    for path in [top, *top.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return top


def _looks(home: Path) -> None:
    """Three looks: answered, by another viewer, and one that cannot be answered."""
    assert run("ask", "active_individuals", home=home).returncode == 0
    assert run("ask", "active_individuals", "--as", KENYA.login, home=home).returncode == 0
    assert run("explain", "no_such_thing", home=home).returncode == 2


def _told(home: Path, *words: str, code: int = 0) -> Any:
    done = run("audit", *words, "--format", "json", home=home)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def _log(home: Path) -> Path:
    return home / "audit" / "looks.jsonl"


def _tamper(home: Path) -> None:
    text = _log(home).read_text(encoding="utf-8")
    _log(home).write_text(text.replace(KENYA.login, "nobody"), encoding="utf-8")


def test_looks_are_shown_by_viewer_outcome_and_day(home: Path) -> None:
    _looks(home)
    today = datetime.now(UTC).date()
    for words, numbers in (
        ((), [1, 2, 3]),
        (("--viewer", KENYA.login), [2]),
        (("--outcome", "answered"), [1, 2]),
        (("--outcome", "answered", "--last", "1"), [2]),
        (("--viewer", "nobody@example.org"), []),
        (("--since", str(today - timedelta(days=1))), [1, 2, 3]),
        (("--since", str(today + timedelta(days=1))), []),
    ):
        assert [one["number"] for one in _told(home, "show", *words)["looks"]] == numbers, words


def test_the_table_of_looks_has_door_and_purpose(home: Path) -> None:
    house = dataport.ask.open_house(read_settings(home))
    asker = dataport.ask.Asker(WIDE.login, "operator", purpose="the yearly [report]")
    dataport.ask.ask(dataport.semantic.Request(("active_individuals",)), asker, house)
    shown = run("audit", "show", home=home, COLUMNS="200").stdout.decode()
    assert "Door" in shown and " ask " in shown and "the yearly [report]" in shown and "operator" in shown


def test_an_export_holds_the_chain_in_each_format(home: Path, tmp_path: Path) -> None:
    _looks(home)
    written = [json.loads(line) for line in _log(home).read_text(encoding="utf-8").splitlines()]
    lines = run("audit", "export", home=home).stdout.decode().splitlines()
    assert [json.loads(line) for line in lines] == [one["entry"] | {"mac": one["mac"]} for one in written]
    rows = list(csv.DictReader(io.StringIO(run("audit", "export", "--format", "csv", home=home).stdout.decode())))
    assert [(row["number"], row["mac"]) for row in rows] == [
        (str(one["entry"]["number"]), one["mac"]) for one in written
    ]
    assert [row["viewer"] for row in rows] == [WIDE.login, "'=kenya", WIDE.login], "a formula would be run"
    file = tmp_path / "looks.parquet"
    done = run("audit", "export", "--output", str(file), home=home)
    assert (done.returncode, done.stdout.decode()) == (0, f"3 looks are in {file}.\n")
    other = run("audit", "export", "--format", "csv", "--output", str(file), "--overwrite", home=home)
    assert other.returncode == 2 and b"is called like parquet, and --format says csv" in other.stderr
    frame = pl.read_parquet(file)
    assert frame["mac"].to_list() == [one["mac"] for one in written]
    assert frame["viewer"].to_list()[1] == KENYA.login and frame["rows"].dtype == pl.Int64
    assert frame["at"].dtype == pl.Datetime("us", "UTC")
    piped = run("audit", "export", "--format", "parquet", home=home).stdout
    assert pl.read_parquet(io.BytesIO(piped)).equals(frame)


def test_an_export_is_of_the_days_asked_for(home: Path) -> None:
    _looks(home)
    today = datetime.now(UTC).date()
    for words, count in (
        (("--since", str(today - timedelta(days=1)), "--until", str(today + timedelta(days=1))), 3),
        (("--since", str(today + timedelta(days=1))), 0),
        (("--until", str(today - timedelta(days=2))), 0),
    ):
        assert len(run("audit", "export", *words, home=home).stdout.splitlines()) == count


def test_an_exported_file_is_private_and_never_written_over_unasked(home: Path, tmp_path: Path) -> None:
    _looks(home)
    file = tmp_path / "looks.jsonl"
    file.write_text("somebody's own")
    file.chmod(0o644)
    words = ("audit", "export", "--output", str(file))
    done = run(*words, home=home)
    assert done.returncode == 2 and b"is there already, and was left as it is" in done.stderr
    assert file.read_text() == "somebody's own"
    assert run(*words, "--overwrite", home=home).returncode == 0
    assert len(file.read_text().splitlines()) == 3 and file.stat().st_mode & 0o777 == 0o600
    new = tmp_path / "new.jsonl"
    assert run("audit", "export", "--output", str(new), home=home).returncode == 0
    assert new.stat().st_mode & 0o777 == 0o600
    nowhere = run("audit", "export", "--output", str(tmp_path / "no" / "where"), home=home)
    assert nowhere.returncode == 2 and b"There is no folder" in nowhere.stderr
    own = run("audit", "export", "--output", str(home / "looks.jsonl"), home=home)
    assert own.returncode == 2 and b"files of Dataport's own" in own.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "keys", "looks.jsonl", "new.jsonl"]


def test_a_log_that_is_not_in_order_is_exported_only_on_demand(home: Path, tmp_path: Path) -> None:
    _looks(home)
    _tamper(home)
    file = tmp_path / "looks.jsonl"
    for words in ((), ("--output", str(file)), ("--format", "parquet"), ("--format", "csv")):
        done = run("audit", "export", *words, home=home)
        assert (done.returncode, done.stdout) == (1, b""), words
        assert b"Nothing is exported, because line 2 was changed" in done.stderr
    assert not file.exists()
    done = run("audit", "export", "--unverified", "--output", str(file), home=home)
    assert done.returncode == 0 and b"NOT in order after 1 looks: line 2 was changed" in done.stderr
    assert len(file.read_text().splitlines()) == 3
    odd = '{"entry": {"number": "what", "at": "when", "former": 5}, "mac": 5}\n'
    _log(home).write_text(odd + _log(home).read_text())
    assert run("audit", "show", home=home).returncode == 0
    table = tmp_path / "looks.parquet"
    table.write_text("mine")
    done = run("audit", "export", "--unverified", "--output", str(table), "--overwrite", home=home)
    assert done.returncode == 1 and b"does not fit into a table. Export it as jsonl" in done.stderr
    assert table.read_text() == "mine", "what was there stays"
    assert len(run("audit", "export", "--unverified", home=home).stdout.splitlines()) == 4


def test_a_home_that_was_removed_and_made_again_says_what_is_lost(home: Path) -> None:
    _looks(home)
    shutil.rmtree(home)
    _home(home)
    refused = run("ask", "active_individuals", home=home)
    assert (refused.returncode, refused.stdout) == (1, b"")
    command = f"dataport audit begin --reason TEXT --home {home}"
    assert b"3 looks were written down at this place" in refused.stderr and command.encode() in refused.stderr
    assert any(command in problem for problem in json.loads(_status(home).stdout)["problems"])
    with pytest.raises(AuditFailed, match="none of them is left"):
        dataport.open(home=home).ask(["active_individuals"])
    begun = _told(home, "begin", "--reason", "a new disk")
    assert (begun["intact"], begun["looks"], begun["lost"]["looks"], begun["lost"]["reason"]) == (
        True,
        0,
        3,
        "a new disk",
    )
    assert run("ask", "active_individuals", home=home).returncode == 0
    verified = run("audit", "verify", home=home).stdout.decode()
    assert verified.startswith("1 looks, all in order.") and "3 looks from before this log are lost, as " in verified
    assert "a new disk" in verified
    assert "3 looks from before are lost" in run("audit", "show", home=home, COLUMNS="200").stdout.decode()
    frame = pl.read_parquet(io.BytesIO(run("audit", "export", "--format", "parquet", home=home).stdout))
    assert (frame["former_number"].to_list(), frame["number"].to_list()) == ([3, None], [4, 5])
    again = run("audit", "begin", "--reason", "once more", home=home)
    assert again.returncode == 2 and b"nothing is lost" in again.stderr


def _status(home: Path) -> subprocess.CompletedProcess[bytes]:
    return run("status", "--format", "json", home=home)


def test_a_home_made_again_by_a_command_begins_its_log_itself(home: Path) -> None:
    """`register create` makes people who do not exist, on purpose: the loss is written down without being asked for."""
    _looks(home)
    shutil.rmtree(home)
    home.mkdir(mode=0o755)
    done = run("register", "create", "--scale", "0.0001", "--onboarded", "73", home=home)
    assert done.returncode == 0
    assert b"3 looks were written down at a home that stood here before, and are gone with it" in done.stderr
    assert home.stat().st_mode & 0o777 == 0o700, "an empty folder is closed when it becomes a home"
    lost = _told(home, "verify")["lost"]
    assert lost["looks"] == 3 and "register create" in lost["reason"]


def test_a_log_that_was_removed_is_not_begun_by_a_job(home: Path) -> None:
    """Else somebody who wants to hide looks would remove the log, and let the nightly job do the rest."""
    assert (
        run("register", "create", "--scale", "0.0001", "--onboarded", "73", home=home.parent / "real").returncode == 0
    )
    real = home.parent / "real"
    assert b"Questions are refused" not in run("extract", home=real).stderr
    run("ask", "active_individuals", home=real)
    shutil.rmtree(real / "audit")
    done = run("extract", home=real)
    assert done.returncode == 0 and b"Questions are refused, because the audit log is gone" in done.stderr
    assert not _told(real, "verify", code=1)["intact"]
    assert run("ask", "active_individuals", home=real).returncode == 1


def test_heads_are_passed_on_before_an_answer_is_shown(home: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    toml = (home / "dataport.toml").read_text()
    (home / "dataport.toml").write_text(toml + f"audit_anchor_command = ['sh', '-c', 'cat >> \"$0\"', '{told}']\n")
    assert run("ask", "active_individuals", home=home).returncode == 0
    assert json.loads(told.read_text())["number"] == 1
    failing = {"DATAPORT_AUDIT_ANCHOR_COMMAND": "sleep 60", "DATAPORT_AUDIT_ANCHOR_SECONDS": "0.2"}
    done = run("ask", "active_individuals", home=home, **failing)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"`audit_anchor_command` did not finish within 0.2 seconds" in done.stderr


COMMANDS = (
    ("ask", "active_individuals"),
    ("explain", "active_individuals"),
    ("catalog", "values", "sex"),
    ("status",),
    ("extract",),
    ("build",),
    ("refresh",),
    ("register", "advance"),
    ("audit", "verify"),
    ("audit", "show"),
    ("audit", "export"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_home_that_others_can_read_is_refused_by_every_command(home: Path, words: tuple[str, ...]) -> None:
    (home / "published" / "000001" / "figures.duckdb").chmod(0o640)
    done = run(*words, home=home)
    assert (done.returncode, done.stdout) == (1, b"")
    assert f"Close it with `chmod -R go= {home}`" in done.stderr.decode()
    assert not _log(home).exists()


def test_a_home_that_others_can_read_is_refused_from_python(home: Path) -> None:
    home.chmod(0o750)
    with pytest.raises(NotPrivate, match="is open to other accounts"):
        dataport.open(home=home)
    subprocess.run(["chmod", "-R", "go=", str(home)], check=True)
    assert dataport.open(home=home).ask(["active_individuals"]).to_dicts() == [{"active_individuals": 2}]


@pytest.mark.parametrize("words", [("status",), ("extract",), ("build",), ("refresh",)], ids=" ".join)
def test_a_job_and_status_look_at_every_file(home: Path, words: tuple[str, ...]) -> None:
    deep = home / "landing" / "batches" / "000001" / "individual.parquet"
    deep.parent.mkdir(parents=True, mode=0o700)
    subprocess.run(["chmod", "-R", "go=", str(home)], check=True)
    deep.touch()
    deep.chmod(0o604)
    assert b"individual.parquet is open to other accounts" in run(*words, home=home).stderr
    assert run("ask", "active_individuals", home=home).returncode == 0


def test_the_log_of_a_home_is_kept_with_the_keys_it_was_written_with(home: Path, tmp_path: Path) -> None:
    """A key is replaced by a further version in the keyring: the log goes on, and the old version reads its lines."""
    _looks(home)
    keyring = tmp_path / "keys" / "keys.json"
    keys = json.loads(keyring.read_text())
    keyring.write_text(json.dumps(keys | {"audit": keys["audit"] | {"2": "ab" * 32}}))
    _looks(home)
    assert [entry["key"] for entry in open_log(read_settings(home)).entries()] == [1, 1, 1, 2, 2, 2]
    assert _told(home, "verify")["looks"] == 6
    keyring.write_text(json.dumps(keys | {"audit": {"2": "ab" * 32}}))
    problem = _told(home, "verify", code=1)["problem"]
    assert problem == "line 1 is sealed with version 1 of the audit key, which the keyring does not have"
