"""The anchor cannot be written for a moment, a writer dies between log and anchor, a home is restored or copied: what
is said is what it is, and no alarm stays that nobody set off."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from test_audit_log import LOOK, ONE, TWO, _lines, _path, _write, log_of

from dataport.audit import NOT_DETECTABLE, AuditFailed, AuditLog, begin_log
from dataport.audit.heads import Heads
from dataport.jobs.sources import misplaced
from dataport.keyring import Key, Keys
from dataport.settings import Secret, Settings, SourceSettings

OTHER = Key("audit", 1, b"x" * 32)
WRITER = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import dataport.audit.heads as heads
from test_audit_log import LOOK, log_of
if sys.argv[1] == "between":
    heads.write_json = lambda *_: os._exit(9)
elif sys.argv[1] == "renaming":
    import dataport.durable as durable
    durable.rename = lambda *_: os._exit(9)
log_of(Path.cwd()).write(LOOK)
"""


@contextmanager
def unwritable(monkeypatch: pytest.MonkeyPatch, number: int, what: str = "write_json") -> Iterator[None]:
    """The file of heads cannot be written, as where there is no room or its disk became read-only."""

    def failing(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(f"dataport.audit.heads.{what}", failing)
        yield


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("what", ["write_json", "held"])
def test_an_anchor_that_cannot_be_written_for_a_moment_is_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, what: str
) -> None:
    log = _write(tmp_path, 2)
    with unwritable(monkeypatch, number, what):
        for _ in range(5):
            with pytest.raises(AuditFailed, match=os.strerror(number)):
                log.write(LOOK)
            assert len(_lines(tmp_path)) == 3, "no second line while the head lags"
            assert log.verify().intact and log.trouble() is None
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 4)
    written = list(log.entries())
    assert [one.get("completes") for one in written] == [None, None, None, 3]
    log.write(LOOK)
    assert log.verify().intact and "completes" not in list(log.entries())[-1]


def test_the_first_look_of_a_home_writes_nothing_where_there_is_no_anchor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(tmp_path)
    with unwritable(monkeypatch, errno.EROFS), pytest.raises(AuditFailed, match="Read-only file system"):
        log.write(LOOK)
    assert _lines(tmp_path) == [] and log.verify().intact
    log.write(LOOK)
    assert log.verify().looks == 1


def test_no_room_for_the_line_itself_is_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = _write(tmp_path, 2)

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "looks.jsonl":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fdatasync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        for _ in range(3):
            with pytest.raises(AuditFailed, match="No space left on device"):
                log.write(LOOK)
    assert len(_lines(tmp_path)) == 3 and log.verify().intact
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 4)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_line_cut_short_by_a_full_disk_is_none(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    with _path(tmp_path).open("a") as file:
        file.write(json.dumps({"entry": {"number": 3}})[:-3])
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 3)


@pytest.mark.parametrize("where", ["between", "renaming"])
def test_a_writer_that_dies_between_log_and_anchor_is_no_alarm(tmp_path: Path, where: str) -> None:
    log = _write(tmp_path, 1)
    here = Path(__file__).parent
    folders = [str(here), str(here.parent)]
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", WRITER, where, *folders], cwd=tmp_path, check=False)
        assert done.returncode == 9
        assert len(_lines(tmp_path)) == 2, "the first writes a line, each stops at its head"
        assert log.verify().intact
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 3)
    assert list(log.entries())[-1]["completes"] == 2


def test_a_head_that_was_completed_is_passed_on_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told.jsonl"
    log = log_of(tmp_path, heads=Heads(tmp_path / "outside" / "heads.json", ("tee", "-a", str(told)), 30.0))
    log.write(LOOK)
    with unwritable(monkeypatch, errno.ENOSPC), pytest.raises(AuditFailed):
        log.write(LOOK)
    log.write(LOOK)
    assert [json.loads(line)["number"] for line in told.read_text().splitlines()] == [1, 2, 3]


def test_an_alarm_that_an_earlier_version_left_is_taken_back(tmp_path: Path) -> None:
    """Several lines behind a head that could not be moved: nothing of the log is missing, and `adopt` can tell."""
    log = _write(tmp_path, 1)
    head = (tmp_path / "outside" / "heads.json").read_text()
    _write(tmp_path, 3)
    (tmp_path / "outside" / "heads.json").write_text(head)
    verdict = log.verify()
    assert not verdict.intact and "it ends at look 4, and its head is that of look 1" in str(verdict.problem)
    assert "`dataport audit adopt --home" in str(verdict.advice)
    assert log.adopt().intact and log.verify().intact
    log.write(LOOK)
    assert log.verify().looks == 5


def test_a_head_that_is_not_in_the_log_is_not_adopted(tmp_path: Path) -> None:
    log = _write(tmp_path, 4)
    path = tmp_path / "outside" / "heads.json"
    heads = json.loads(path.read_text())
    for number, mac in ((2, "0" * 64), (4, "1" * 64), (9, "2" * 64)):
        path.write_text(json.dumps({name: {"number": number, "mac": mac} for name in heads}))
        assert not log.adopt().intact, number


def test_taking_on_a_log_where_the_anchor_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = _write(tmp_path, 2)
    (tmp_path / "outside" / "heads.json").unlink()
    with unwritable(monkeypatch, errno.EROFS), pytest.raises(AuditFailed, match="Read-only"):
        log.adopt()


def test_a_home_restored_with_another_keyring_is_said_to_be_that(tmp_path: Path) -> None:
    _write(tmp_path, 3)
    other = log_of(tmp_path, OTHER)
    verdict = other.verify()
    assert not verdict.intact and "it is another keyring than" in str(verdict.problem)
    assert str(verdict.advice).startswith("Bring the keyring of this home back from a copy.")
    with pytest.raises(AuditFailed, match="another keyring"):
        other.write(LOOK)
    assert len(_lines(tmp_path)) == 3, "what another key seals is not mixed in"
    assert "another keyring" in str(other.trouble())
    assert "another keyring" not in str(log_of(tmp_path).trouble())
    (tmp_path / "outside" / "heads.json").unlink()
    assert "another keyring" in str(other.adopt().problem)


def test_a_changed_line_is_not_excused_as_another_keyring(tmp_path: Path) -> None:
    log = _write(tmp_path, 3)
    for place in range(3):
        lines = _lines(tmp_path)
        changed = [line.replace("a@ex", "b@ex") if n == place else line for n, line in enumerate(lines)]
        _path(tmp_path).write_text("".join(changed))
        assert log.verify().problem == f"line {place + 1} was changed, inserted, or follows one that was removed"
        _path(tmp_path).write_text("".join(lines))


def test_a_last_line_that_was_changed_takes_no_further_look(tmp_path: Path) -> None:
    log = _write(tmp_path, 3)
    lines = _lines(tmp_path)
    _path(tmp_path).write_text("".join([*lines[:2], lines[2].replace("a@ex", "b@ex")]))
    with pytest.raises(AuditFailed, match="its last line was changed"):
        log.write(LOOK)


def test_an_older_home_with_a_newer_keyring_goes_on(tmp_path: Path) -> None:
    _write(tmp_path, 2, ONE)
    log = log_of(tmp_path, ONE, TWO)
    assert log.verify().intact and log.trouble() is None
    log.write(LOOK)
    assert log.verify().intact


def test_an_older_home_under_a_newer_head_says_how_many_looks_are_missing(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    older = _path(tmp_path).read_bytes()
    _write(tmp_path, 3)
    _path(tmp_path).write_bytes(older)
    verdict = log.verify()
    assert "3 are missing at its end: lines were cut off, or the home was restored from an older" in str(
        verdict.problem
    )
    assert begin_log(log, "operator", "restored from the copy of Sunday").intact
    assert "is that of look 5" not in str(log.trouble())


def _copied(source: Path, target: Path, heads: Heads, *, move: bool = False) -> AuditLog:
    (shutil.move if move else shutil.copytree)(source / "home", target / "home")
    return AuditLog(_path(target), heads, Keys((ONE,)))


def test_a_copied_home_is_said_to_be_a_copy_and_a_moved_one_to_be_moved(tmp_path: Path) -> None:
    heads = Heads(tmp_path / "heads.json")
    (tmp_path / "old").mkdir()
    log = log_of(tmp_path / "old", heads=heads)
    for _ in range(2):
        log.write(LOOK)
    copy = _copied(tmp_path / "old", tmp_path / "copy", heads)
    assert f"this home is a copy of that in {tmp_path / 'old' / 'home'}, which is still there" in str(copy.trouble())
    log.write(LOOK)
    assert "is a copy of that in" in str(copy.verify().problem), "also when the other has gone on"
    assert copy.adopt().intact
    copy.write(LOOK)
    assert copy.verify().intact and log.verify().intact
    moved = _copied(tmp_path / "old", tmp_path / "moved", heads, move=True)
    assert f"it was in {tmp_path / 'old' / 'home'} before" in str(moved.trouble())
    assert moved.adopt().intact


def test_two_copies_that_were_used_apart_are_said_to_be_that(tmp_path: Path) -> None:
    """Restored onto the same place on another machine, used there, and its head brought back."""
    log = _write(tmp_path, 2)
    kept = (_path(tmp_path).read_bytes(), (tmp_path / "outside" / "heads.json").read_bytes())
    log.write(LOOK)
    log.write(LOOK)
    newer = (tmp_path / "outside" / "heads.json").read_bytes()
    _path(tmp_path).write_bytes(kept[0])
    (tmp_path / "outside" / "heads.json").write_bytes(kept[1])
    log.write(LOOK)
    log.write(LOOK)
    (tmp_path / "outside" / "heads.json").write_bytes(newer)
    assert "used apart" in str(log.verify().problem)


def test_who_can_write_both_files_can_cut_the_tail_without_a_key_and_it_is_said(tmp_path: Path) -> None:
    log = _write(tmp_path, 3)
    kept = [json.loads(line) for line in _lines(tmp_path)[:2]]
    _path(tmp_path).write_text("".join(_lines(tmp_path)[:2]))
    path = tmp_path / "outside" / "heads.json"
    path.write_text(json.dumps({str(_path(tmp_path)): {"number": 2, "mac": kept[-1]["mac"]}}))
    assert log.verify().intact
    assert "cut off by somebody who can write both it and that head, for which no key is needed" in NOT_DETECTABLE


def test_a_copied_home_says_whose_store_it_reads_and_a_moved_one_where_its_own_is(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir(mode=0o700)
        (tmp_path / name / "registration.sqlite").touch(mode=0o600)
    address = f"sqlite://{tmp_path / 'old' / 'registration.sqlite'}"

    def said(home: str) -> list[str]:
        source = SourceSettings("registration", "sqlite", Secret(address))
        return list(misplaced(Settings(home=tmp_path / home, sources=(source,))))

    assert said("old") == []
    assert "this home is a copy. Let it read its own" in said("new")[0]
    (tmp_path / "old" / "registration.sqlite").unlink()
    assert "this home was moved. Say where its store is now" in said("new")[0]
    assert f'sqlite://{tmp_path / "new" / "registration.sqlite"}"' in said("new")[0]
    assert said("old") == []
