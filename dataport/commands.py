"""commands: handing something to a command of the operator's, whose words no shell reads and which does not go on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress


def hand_to(command: Sequence[str], given: bytes, seconds: float) -> str | None:
    """Run a command with something on its standard input; what is wrong, in words without anything it said, or None.

    Args:
        seconds: how long it may take; then it is ended with all that it started.
    """
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as problem:
        return f"could not be started ({type(problem).__name__})"
    try:
        child.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"did not finish within {seconds:g} seconds"
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if child.stdin:
            with suppress(OSError):
                child.stdin.close()
    return f"failed with exit code {child.returncode}" if child.returncode else None
