"""Old looks are removed by whole months; what is left says so, and is in order or is noticed as before."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from test_audit_log import LOOK, ONE, TWO, _lines, _path, log_of

from dataport.audit import AuditFailed, AuditLog, Removed, begin_log
from dataport.audit import log as log_module
from dataport.audit.lines import written
from dataport.audit.log import Look
from dataport.audit.removing import removable, statement
from dataport.cli.audit_export import write_looks

MONTHS = (date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 29), date(2020, 3, 1), date(2020, 4, 2))


class _Clock(datetime):
    """Says what it was told to say."""

    today_is = date(2020, 1, 1)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime(*cls.today_is.timetuple()[:3], 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[_Clock]:
    monkeypatch.setattr(log_module, "datetime", _Clock)
    return _Clock


def _look(removed: Removed) -> Look:
    return replace(LOOK, door="retention", question=f"looks {removed.first} to {removed.last}")


def _written(folder: Path, clock: type[_Clock], *, two: bool = False) -> AuditLog:
    log = log_of(folder)
    for day in MONTHS:
        clock.today_is = day
        log.write(*((LOOK, LOOK) if two else (LOOK,)))
    return log


def _numbers(log: AuditLog) -> list[int]:
    return [entry["number"] for entry in log.entries() if "removed" not in entry]


@pytest.mark.parametrize("two", [False, True])
def test_whole_months_go_and_what_is_left_is_in_order(tmp_path: Path, clock: type[_Clock], two: bool) -> None:
    log = _written(tmp_path, clock, two=two)
    removed = log.remove(date(2020, 3, 20), _look)
    each = 2 if two else 1
    assert removed and (removed.first, removed.last, removed.since[:10]) == (1, 3 * each, "2020-01-31")
    assert removed.until[:10] == "2020-02-29"
    verdict = log.verify()
    assert (verdict.intact, verdict.looks, verdict.removed) == (True, 2 * each + 1, removed)
    assert _numbers(log) == list(range(3 * each + 1, 5 * each + 2))
    assert list(log.entries())[-1]["question"] == f"looks 1 to {3 * each}"
    log.write(LOOK)
    assert log.verify().intact
    assert log.trouble() is None
    assert len(list(log.export())) == 2 * each + 3
    assert _path(tmp_path).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_what_is_left_is_exported_with_where_it_goes_on(tmp_path: Path, clock: type[_Clock], form: str) -> None:
    log = _written(tmp_path, clock)
    removed = log.remove(date(2020, 3, 20), _look)
    out = tmp_path / f"looks.{form}"
    assert removed and write_looks(log.export(), form, out, overwrite=False) == 4
    assert removed.mac in out.read_bytes().decode("latin-1")


def test_nothing_goes_of_a_month_that_is_not_over_by_then(tmp_path: Path, clock: type[_Clock]) -> None:
    log = _written(tmp_path, clock)
    before = _lines(tmp_path)
    assert log.remove(date(2020, 1, 31), _look) is None
    assert log_of(tmp_path / "none").remove(date(2020, 1, 31), _look) is None
    assert _lines(tmp_path) == before


def test_all_of_it_may_be_old_and_it_may_go_on_again(tmp_path: Path, clock: type[_Clock]) -> None:
    log = _written(tmp_path, clock)
    log.remove(date(2020, 2, 10), _look)
    clock.today_is = date(2021, 1, 1)
    removed = log.remove(date(2020, 12, 1), _look)
    assert removed and (removed.first, removed.last, removed.since[:10]) == (1, 6, "2020-01-31")
    assert (log.verify().intact, _numbers(log)) == (True, [7])
    log.write(LOOK)
    assert log.verify().looks == 2


def test_a_key_that_was_replaced_meanwhile_is_no_trouble(tmp_path: Path, clock: type[_Clock]) -> None:
    _written(tmp_path, clock)
    newer = log_of(tmp_path, ONE, TWO)
    newer.remove(date(2020, 3, 20), _look)
    assert newer.verify().intact
    assert not log_of(tmp_path, ONE).verify().intact


def test_what_was_lost_before_is_stated_for_ever(tmp_path: Path, clock: type[_Clock]) -> None:
    _written(tmp_path, clock)
    _path(tmp_path).unlink()
    log = log_of(tmp_path)
    begin_log(log, "operator", "The disk failed")
    clock.today_is = date(2021, 1, 1)
    log.write(LOOK)
    for day in (date(2020, 12, 1), date(2021, 12, 1)):
        log.remove(day, _look)
        lost = log.verify().lost
        assert lost and (lost.looks, lost.reason) == (5, "The disk failed")
        clock.today_is = date(2021, 2, 1)


TAMPERED: dict[str, Callable[[list[str]], list[str]]] = {
    "the statement removed": lambda lines: lines[1:],
    "the statement changed": lambda lines: [lines[0].replace("2020-01-31", "2020-01-30"), *lines[1:]],
    "the statement of more": lambda lines: [lines[0].replace('"last": 3', '"last": 4'), *lines[2:]],
    "the statement of another end": lambda lines: [_of_another(lines), *lines[2:]],
    "the statement twice": lambda lines: [lines[0], *lines],
    "the statement elsewhere": lambda lines: [lines[1], lines[0], *lines[2:]],
    "the statement that is none": lambda lines: [lines[0].replace('"first": 1', '"first": "x"'), *lines[1:]],
    "a line removed": lambda lines: [lines[0], *lines[2:]],
    "the end cut off": lambda lines: lines[:1],
    "a line changed": lambda lines: [lines[0], lines[1].replace("a@example.org", "b@example.org"), *lines[2:]],
}


def _of_another(lines: list[str]) -> str:
    """A statement that ends at a later look, whose seal can be read in the log."""
    told = json.loads(lines[0])
    told["entry"]["removed"] |= {"last": 4, "mac": json.loads(lines[1])["mac"]}
    return json.dumps(told) + "\n"


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_noticed_after_a_removal_too(tmp_path: Path, clock: type[_Clock], what: str) -> None:
    log = _written(tmp_path, clock)
    log.remove(date(2020, 3, 20), _look)
    _path(tmp_path).write_text("".join(TAMPERED[what](_lines(tmp_path))))
    assert not log.verify().intact
    with pytest.raises(AuditFailed, match="No old looks were removed"):
        log.remove(date(2020, 4, 20), _look)


@pytest.mark.parametrize("after_a_removal", [False, True])
def test_whoever_has_a_key_and_not_the_head_cuts_nothing_off(
    tmp_path: Path, clock: type[_Clock], after_a_removal: bool
) -> None:
    """A key that was replaced may be known; and neither it nor its successor moves the head."""
    _written(tmp_path, clock)
    log = log_of(tmp_path, ONE, TWO)
    log.write(LOOK)
    if after_a_removal:
        log.remove(date(2020, 2, 20), _look)
    lines = [json.loads(one) for one in _lines(tmp_path)]
    cut = removable(lines, date(2020, 4, 1))
    assert cut and log.verify().intact
    left = [one for one in lines if one["entry"].get("number", 0) > cut.last]
    for key in (ONE, TWO):
        forged = statement(cut, "2020-04-02T12:00:00+00:00", key)
        _path(tmp_path).write_text("".join(written(one["entry"], one["mac"]) for one in (forged, *left)))
        verdict = log.verify()
        assert not verdict.intact and "no look says" in str(verdict.problem)


def test_who_waits_for_the_log_writes_to_what_is_left_of_it(tmp_path: Path, clock: type[_Clock]) -> None:
    log = _written(tmp_path, clock)
    many = [threading.Thread(target=lambda: log_of(tmp_path).write(LOOK)) for _ in range(8)]

    def look(removed: Removed) -> Look:
        for one in many:
            one.start()
        return _look(removed)

    log.remove(date(2020, 3, 20), look)
    for one in many:
        one.join()
    assert (log.verify().intact, _numbers(log)[-1]) == (True, 14)


def test_a_head_that_could_not_be_moved_is_moved_before_the_next_look(
    tmp_path: Path, clock: type[_Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = _written(tmp_path, clock)

    def fail(*_: Any) -> None:
        raise OSError(28, "No room")

    with monkeypatch.context() as broken:
        broken.setattr(type(log), "_anchor", fail)
        with pytest.raises(AuditFailed):
            log.remove(date(2020, 3, 20), _look)
    assert log.verify().intact
    log.write(LOOK)
    assert (log.verify().intact, list(log.entries())[-1]["completes"]) == (True, 6)
