"""A child process that never outlives its parent, however that one ends: a build left alone would keep files locked."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO

# The child ties itself before it does anything else; what it then runs finds its own words as if started by itself.
_START = "import sys; from dataport.tether import tie; tie(int(sys.argv.pop(1)), int(sys.argv.pop(1))); {then}"
_PR_SET_PDEATHSIG = 1


def run_tethered(then: str, words: Sequence[str], *, env: Mapping[str, str], output: BinaryIO | int) -> int:
    """Run Python in a child process until it ends, and return its exit code.

    Args:
        then: the statements that it runs.
        words: its arguments.
        env: its environment.
        output: where what it prints goes, errors too.
    """
    child_end, own_end = os.pipe()  # nobody but this process has its own end, so it closes with this process
    try:
        command = [sys.executable, "-c", _START.format(then=then), str(child_end), str(os.getpid()), *words]
        return subprocess.run(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(child_end,),
            umask=0o077,
            # Ctrl-C is for the parent, which ends the child or lets it finish
            start_new_session=True,
            check=False,
        ).returncode
    finally:
        os.close(child_end)
        os.close(own_end)


def tie(pipe: int, parent: int) -> None:
    """End this process when its parent ends: at once where Linux does it, elsewhere when the parent's pipe closes."""
    threading.Thread(target=_end_with, args=(pipe,), daemon=True).start()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before that was asked
        os.kill(os.getpid(), signal.SIGKILL)


def _end_with(pipe: int) -> None:
    os.read(pipe, 1)  # nothing is ever written: it returns when the other end is closed
    os.kill(os.getpid(), signal.SIGKILL)
