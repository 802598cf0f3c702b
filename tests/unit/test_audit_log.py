"""The log of looks: every way of tampering that it must notice, and what it does when it cannot write."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from dataport.audit import AuditFailed, AuditLog, Look
from dataport.keyring import Key

KEY = Key("audit", 1, b"k" * 32)
LOOK = Look("ask", "a@example.org", "os", "registration", None, "active individuals", "d", 1, 1, "answered", 3)


def _log(folder: Path) -> AuditLog:
    return AuditLog(folder / "home" / "looks.jsonl", folder / "outside" / "heads.json", KEY)


def _path(folder: Path) -> Path:
    return folder / "home" / "looks.jsonl"


def _write(folder: Path, count: int) -> AuditLog:
    log = _log(folder)
    for _ in range(count):
        log.write(LOOK)
    return log


def test_an_empty_log_and_a_written_one_are_in_order(tmp_path: Path) -> None:
    assert _log(tmp_path).verify().intact
    log = _write(tmp_path, 3)
    assert (log.verify().intact, log.verify().looks) == (True, 3)
    assert [entry["number"] for entry in log.entries()] == [1, 2, 3]


def _changed(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace("a@example.org", "b@example.org"), *lines[2:]]


TAMPERED: dict[str, Callable[[list[str]], list[str]]] = {
    "a changed line": _changed,
    "a removed line": lambda lines: [lines[0], *lines[2:]],
    "an inserted line": lambda lines: [lines[0], lines[0], *lines[1:]],
    "two lines swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "a line that is no JSON": lambda lines: [lines[0], "what?\n", *lines[1:]],
    "a cut tail": lambda lines: lines[:-1],
    "a tail cut by two": lambda lines: lines[:-2],
    "an emptied log": lambda lines: [],
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_noticed(tmp_path: Path, what: str) -> None:
    log = _write(tmp_path, 4)
    lines = _path(tmp_path).read_text().splitlines(keepends=True)
    _path(tmp_path).write_text("".join(TAMPERED[what](lines)))
    assert not log.verify().intact


@pytest.mark.parametrize("what", ["a cut tail", "a tail cut by two", "an emptied log"])
def test_a_cut_log_takes_no_further_look(tmp_path: Path, what: str) -> None:
    """Otherwise the next look would move the head, and the cut would have healed by itself."""
    log = _write(tmp_path, 4)
    lines = _path(tmp_path).read_text().splitlines(keepends=True)
    _path(tmp_path).write_text("".join(TAMPERED[what](lines)))
    with pytest.raises(AuditFailed, match="does not end where its head outside home says"):
        log.write(LOOK)


def test_a_removed_log_is_noticed(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    _path(tmp_path).unlink()
    assert not log.verify().intact


def test_another_key_does_not_verify(tmp_path: Path) -> None:
    _write(tmp_path, 2)
    other = AuditLog(_path(tmp_path), tmp_path / "outside" / "heads.json", Key("audit", 1, b"x" * 32))
    assert not other.verify().intact


def test_a_writer_that_stopped_in_the_middle_of_a_line_loses_only_that_line(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    with _path(tmp_path).open("a") as file:
        file.write('{"entry": {"number": 3, "vi')
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 3)


def test_a_writer_that_stopped_before_moving_the_head_loses_nothing(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    heads = (tmp_path / "outside" / "heads.json").read_text()
    log.write(LOOK)
    (tmp_path / "outside" / "heads.json").write_text(heads)
    assert log.verify().intact
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 4)


def test_a_log_without_its_head_is_not_trusted_however_short(tmp_path: Path) -> None:
    for count in (1, 2):
        log = _write(tmp_path / str(count), count)
        (tmp_path / str(count) / "outside" / "heads.json").unlink()
        assert not log.verify().intact
        with pytest.raises(AuditFailed):
            log.write(LOOK)


def test_a_moved_log_is_adopted_only_where_no_head_contradicts_it(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    moved = AuditLog(tmp_path / "moved.jsonl", tmp_path / "outside" / "heads.json", KEY)
    (tmp_path / "moved.jsonl").write_bytes(_path(tmp_path).read_bytes())
    assert not moved.verify().intact
    assert moved.adopt().intact and moved.verify().intact
    lines = _path(tmp_path).read_text().splitlines(keepends=True)
    _path(tmp_path).write_text(lines[0])
    assert not log.adopt().intact


def test_what_cannot_be_written_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(AuditFailed, match="so nothing is shown"):
        _log(tmp_path).write(LOOK)


def test_the_log_is_private_and_holds_digests_only_its_key_can_make(tmp_path: Path) -> None:
    log = _write(tmp_path, 1)
    assert _path(tmp_path).stat().st_mode & 0o077 == 0
    other = AuditLog(_path(tmp_path), tmp_path / "outside" / "heads.json", Key("audit", 1, b"x" * 32))
    assert log.digest("Amina") != other.digest("Amina")
    assert json.loads(_path(tmp_path).read_text())["entry"]["outcome"] == "answered"


def _write_many(folder: Path) -> None:
    _write(folder, 25)


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path,)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    verdict = _log(tmp_path).verify()
    assert (verdict.intact, verdict.looks) == (True, 75)
