"""Processes of their own that need not import anything: each is forked from one that has imported all there is.

Most tests of the command line, and every build, are about what a process does, not about how it starts: reading the
modules is two thirds of what a question costs, and reading dbt and the project is half of what a small build costs.
Here that is done once per test process (`forking.py`). What is forked has its own memory, environment, streams and exit
code, and ends with the process that asked for it. What is killed, starved, measured or compared with itself is started
from nothing.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO

from dataport.tether import run_tethered

DATAPORT = str(Path(sys.executable).with_name("dataport"))
# What decides how a process starts; where one of these is given, it is started.
_EARLY = ("PYTHON", "LC_", "LANG", "TZ")
_BUILDING = ("build", "refresh", "demo", "repair")
# Where the process that forks dbt listens: for jobs that are themselves forked.
DBT = "FORKED_DBT"


def is_possible() -> bool:
    """Whether processes are forked here: on Linux, and where nobody counts the lines that are run."""
    return hasattr(os, "pidfd_open") and not any(name.startswith("COVERAGE_") for name in os.environ)


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line with these words, and these variables beside those that are set."""
    if any(name.startswith(_EARLY) for name in environment) or not is_possible():
        return run_anew(*words, **environment)
    if words and words[0] in _BUILDING:
        _start_dbt()
    out, err = os.pipe(), os.pipe()
    with Path(os.devnull).open() as nothing:
        asked = _asked(_server(_kind(words)), words, os.environ | environment, (nothing.fileno(), out[1], err[1]))
    os.close(out[1])
    os.close(err[1])
    said = _read(out[0], err[0])
    return subprocess.CompletedProcess(["dataport", *words], _code(asked), *said)


def run_anew(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The same, started from nothing."""
    return subprocess.run([DATAPORT, *words], capture_output=True, env=os.environ | environment)


def fork_builds() -> None:
    """From now on the dbt of builds in this process is forked too."""
    if is_possible():
        importlib.import_module("dataport.warehouse.dbt").run_tethered = _tethered_here  # type: ignore[attr-defined]


def _start_dbt() -> None:
    os.environ[DBT] = _server("dbt")


def _tethered_here(then: str, words: Sequence[str], *, env: Mapping[str, str], output: BinaryIO | int) -> int:
    _start_dbt()
    return tethered(then, words, env=env, output=output)


def tethered(then: str, words: Sequence[str], *, env: Mapping[str, str], output: BinaryIO | int) -> int:
    """What `dataport.tether.run_tethered` does, of dbt; and that itself where nothing is there that forks dbt."""
    if DBT not in os.environ:
        return run_tethered(then, words, env=env, output=output)
    to = output if isinstance(output, int) else output.fileno()
    with Path(os.devnull).open() as nothing:
        return _code(_asked(os.environ[DBT], words, env, (nothing.fileno(), to, to)))


def _kind(words: Sequence[str]) -> str:
    """A command that only asks is forked where there is no numpy, as it is where it is started."""
    main = importlib.import_module("dataport.cli.main")
    return "asking" if words and words[0] in main._WITHOUT_ARRAYS else "job"


@cache
def _server(kind: str) -> str:
    """Start a process that has imported everything and forks what is asked of it; the socket on which it listens."""
    folder = tempfile.TemporaryDirectory(prefix="forked-")
    path = f"{folder.name}/socket"
    command = [sys.executable, str(Path(__file__).with_name("forking.py")), kind, path]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert server.stdin and server.stdout and server.stdout.readline() == b"ready\n"

    def end(own: int = os.getpid()) -> None:
        if os.getpid() == own:
            server.communicate()
            folder.cleanup()

    atexit.register(end)
    return path


def _asked(path: str, words: Sequence[str], env: Mapping[str, str], streams: tuple[int, int, int]) -> socket.socket:
    told = json.dumps({"words": list(words), "env": dict(env), "cwd": str(Path.cwd())}).encode()
    asked = socket.socket(socket.AF_UNIX)
    asked.connect(path)
    socket.send_fds(asked, [struct.pack("!I", len(told))], list(streams))
    asked.sendall(told)
    return asked


def _code(asked: socket.socket) -> int:
    with asked:
        told = asked.recv(4, socket.MSG_WAITALL)
    assert len(told) == 4, "the process that forks is gone"
    return int(struct.unpack("!i", told)[0])


def _read(*pipes: int) -> list[bytes]:
    """All that comes out of several pipes, until each is closed."""
    found: dict[int, list[bytes]] = {one: [] for one in pipes}
    left = set(pipes)
    while left:
        for one in select.select(list(left), [], [])[0]:
            if told := os.read(one, 1 << 16):
                found[one].append(told)
            else:
                left.discard(one)
                os.close(one)
    return [b"".join(found[one]) for one in pipes]
