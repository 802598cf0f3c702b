"""Work that is shared among copies of a process: whole, in order, and never half."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from dataport.copies import shared


@pytest.mark.parametrize("processes", [1, 2, 3, 9])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_each_thing_is_told_in_its_place(count: int, processes: int) -> None:
    assert shared(lambda one: one * one, range(count), processes) == [one * one for one in range(count)]


def test_several_processes_take_part() -> None:
    assert len(set(shared(lambda _: os.getpid(), range(6), 3))) == 3


def test_more_is_told_than_a_pipe_holds() -> None:
    assert [len(one) for one in shared(lambda one: b"x" * 1_000_000, range(5), 2)] == [1_000_000] * 5


@pytest.mark.parametrize("bad", [0, 1])
def test_what_fails_in_any_of_them_fails_here(bad: int) -> None:
    def work(one: int) -> int:
        if one == bad:
            raise ValueError(f"not {one}")
        return one

    with pytest.raises(ValueError, match=f"not {bad}"):
        shared(work, range(4), 2)


def test_a_copy_that_is_killed_is_an_error() -> None:
    parent = os.getpid()

    def work(one: int) -> int:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return one

    with pytest.raises(ChildProcessError, match="ended before"):
        shared(work, range(4), 2)


def test_copies_end_when_the_work_here_fails(tmp_path: Path) -> None:
    parent, begun = os.getpid(), tmp_path / "begun"

    def work(one: int) -> int:
        if os.getpid() != parent:
            (tmp_path / "half").write_text(str(os.getpid()))
            (tmp_path / "half").rename(begun)
            time.sleep(600)
            return one
        while not begun.exists():
            time.sleep(0.01)
        raise ValueError

    with pytest.raises(ValueError):
        shared(work, range(2), 2)
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
