"""The heads of a log outside home: a file, and a command that gets each new one before its answer is shown."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from test_audit_log import LOOK, log_of

from dataport.audit import AuditFailed, AuditLog, begin_log
from dataport.audit.heads import Heads


def _script(folder: Path, text: str) -> str:
    path = folder / "pass-on"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


def _log(folder: Path, *command: str, seconds: float = 30.0) -> AuditLog:
    return log_of(folder, heads=Heads(folder / "outside" / "heads.json", command, seconds))


def test_a_command_gets_each_head_in_order_beside_the_file(tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    log = _log(tmp_path, _script(tmp_path, 'cat >> "$1"'), str(told))
    for _ in range(3):
        log.write(LOOK)
    heads = [json.loads(line) for line in told.read_text().splitlines()]
    assert [head["number"] for head in heads] == [1, 2, 3]
    assert set(heads[0]) == {"log", "number", "mac", "at"}
    (kept,) = json.loads((tmp_path / "outside" / "heads.json").read_text()).items()
    assert kept == (heads[2]["log"], {"number": 3, "mac": heads[2]["mac"]})
    assert log.verify().intact
    (tmp_path / "home" / "audit" / "looks.jsonl").unlink()
    begin_log(log, "operator", "lost")
    assert json.loads(told.read_text().splitlines()[-1])["number"] == 4


FAILING = {
    "one that fails": ("cat > /dev/null; echo secret >&2; exit 3", r"failed with exit code 3\."),
    "one that reads nothing and fails": ("exit 1", r"failed with exit code 1\."),
    "one that is killed": ("kill -9 $$", r"failed with exit code -9\."),
}


@pytest.mark.parametrize("what", FAILING)
def test_a_command_that_fails_lets_nothing_be_shown(tmp_path: Path, what: str) -> None:
    text, said = FAILING[what]
    log = _log(tmp_path, _script(tmp_path, text))
    for _ in range(2):
        with pytest.raises(AuditFailed, match=said) as refusal:
            log.write(LOOK)
        assert "secret" not in str(refusal.value)
    # The looks themselves are written: they were asked, and they do not stop what comes after the mending.
    told = tmp_path / "told.jsonl"
    _log(tmp_path, _script(tmp_path, f"cat >> '{told}'")).write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 3)
    assert json.loads(told.read_text())["number"] == 3


def test_a_command_that_cannot_be_started_lets_nothing_be_shown(tmp_path: Path) -> None:
    with pytest.raises(AuditFailed, match=r"could not be started \(FileNotFoundError\)"):
        _log(tmp_path, str(tmp_path / "nowhere")).write(LOOK)


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    log = _log(tmp_path, _script(tmp_path, f"sleep 600 & echo $! > '{child}'; sleep 600"), seconds=1.0)
    started = time.monotonic()
    with pytest.raises(AuditFailed, match=r"did not finish within 1 seconds\. Mend it"):
        log.write(LOOK)
    assert time.monotonic() - started < 30
    pid = int(child.read_text())
    for _ in range(200):
        if not _lives(pid):
            break
        time.sleep(0.05)
    assert not _lives(pid)
    assert log.verify().intact


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
