"""Several processes write looks at once, and some are killed: none is lost, none is counted twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

from test_audit_log import LOOK, log_of

SPAWN = multiprocessing.get_context("spawn")


def _write_many(folder: Path, count: int) -> None:
    log = log_of(folder)
    for _ in range(count):
        log.write(LOOK)


def _write_on(folder: Path, mine: Path) -> None:
    """Write looks without end; for each that was written, and may be answered, one byte in a file of one's own."""
    log, descriptor = log_of(folder), os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    while True:
        log.write(LOOK)
        os.write(descriptor, b".")


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    writers = [SPAWN.Process(target=_write_many, args=(tmp_path, 25)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    log = log_of(tmp_path)
    assert (log.verify().intact, log.verify().looks) == (True, 100)
    assert [entry["number"] for entry in log.entries()] == list(range(1, 101))


def test_verifying_while_others_write_raises_no_false_alarm(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    writers = [SPAWN.Process(target=_write_many, args=(tmp_path, 60)) for _ in range(2)]
    for writer in writers:
        writer.start()
    seen = []
    while any(writer.is_alive() for writer in writers):
        verdict = log.verify()
        assert verdict.intact, verdict.problem
        seen.append(verdict.looks)
    assert seen == sorted(seen) and len(set(seen)) > 2
    assert log.verify().looks == 120


def test_writers_that_are_killed_lose_no_look_that_was_answered(tmp_path: Path) -> None:
    moments = random.Random(11)
    killed = 0
    for turn in range(3):
        files = [tmp_path / f"{turn}-{number}" for number in range(3)]
        writers = [SPAWN.Process(target=_write_on, args=(tmp_path, mine)) for mine in files]
        for writer in writers:
            writer.start()
        _wait_for(files, writers)
        for writer in writers:
            time.sleep(moments.uniform(0.0, 0.3))
            writer.kill()
            killed += 1
        for writer in writers:
            writer.join()
        log = log_of(tmp_path)
        answered = sum(mine.stat().st_size for mine in tmp_path.glob("?-?"))
        verdict = log.verify()
        assert verdict.intact, verdict.problem
        assert answered <= verdict.looks <= answered + killed, "at most the look that each was at is there unanswered"
    log.write(LOOK)
    assert log.verify().intact


def _wait_for(files: list[Path], writers: list[BaseProcess]) -> None:
    """Until each has written its first look."""
    for _ in range(3000):
        assert all(writer.is_alive() for writer in writers)
        if all(mine.exists() and mine.stat().st_size for mine in files):
            return
        time.sleep(0.02)
    raise AssertionError("the writers did not begin")
