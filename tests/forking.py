"""The process that forks what `forked.py` asks of it: started by that, with a kind and the socket to listen on."""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import forked

ROOT = Path(__file__).parents[1]
Work = Callable[[], Any]


def asking() -> Work:
    """The commands that only ask, read without numpy as they are where they are started."""
    main = importlib.import_module("dataport.cli.main")
    with main._without_numpy():
        for name in sorted({main.COMMANDS[command][0] for command in main._WITHOUT_ARRAYS}):
            importlib.import_module(f"dataport.cli.{name}")
    return main.main  # type: ignore[no-any-return]


def job() -> Work:
    """All other commands; their dbt is forked too."""
    main = importlib.import_module("dataport.cli.main")
    for name in sorted({name for name, _ in main.COMMANDS.values()}):
        importlib.import_module(f"dataport.cli.{name}")
    importlib.import_module("dataport.warehouse.dbt").run_tethered = forked.tethered  # type: ignore[attr-defined]
    return main.main  # type: ignore[no-any-return]


def dbt() -> Work:
    """dbt, with this project read as a first run would read it."""
    child = importlib.import_module("dataport.warehouse.dbt_child")
    places = dict.fromkeys(("DATAPORT_DBT_WORK", "DATAPORT_DBT_TEMP"), "/nowhere")
    limits = {"DATAPORT_DBT_THREADS": "1", "DATAPORT_DBT_MEMORY": "1GiB", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    before = dict(os.environ)
    os.environ.update(places | limits)
    made = tempfile.mkdtemp(prefix="forked-dbt-")
    where = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", made, "--log-path", made]
    read = child.dbtRunner().invoke(["--quiet", "parse", *where, "--log-level-file", "none"])
    assert read.success, read.exception
    told = {name: (Path(made) / name).read_bytes() for name in ("manifest.json", "semantic_manifest.json")}
    shutil.rmtree(made)
    os.environ.clear()
    os.environ.update(before)

    def work() -> None:
        os.umask(0o077)
        words = sys.argv[1:]
        is_ours = words[words.index("--project-dir") + 1] == str(ROOT)
        if is_ours:
            for name, content in told.items():
                (Path(words[words.index("--target-path") + 1]) / name).write_bytes(content)
        child.main(read.result if is_ours else None)

    return work


def serve(path: str) -> bool:
    """Fork for whoever connects, until standard input closes. True in a process that is to do what was asked."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    children = 0
    while True:
        ready = select.select([listener, 0], [], [])[0]
        while children and os.waitpid(-1, os.WNOHANG)[0]:
            children -= 1
        if 0 in ready:
            for _ in range(children):
                os.wait()
            return False
        connection = listener.accept()[0]
        if os.fork() == 0:
            listener.close()
            attend(connection)
            return True
        connection.close()
        children += 1


def attend(connection: socket.socket) -> None:
    """Fork once more: the child returns; we stay, tell its exit code, and end it when whoever asked is gone."""
    size, streams, _, _ = socket.recv_fds(connection, 4, 3)
    told = b""
    while len(told) < struct.unpack("!I", size)[0]:
        told += connection.recv(1 << 16)
    child = os.fork()
    if child == 0:
        connection.close()
        return become(json.loads(told), streams)
    stay(child, connection, streams)


def stay(child: int, connection: socket.socket, streams: list[int]) -> NoReturn:
    for one in (0, 1, *streams):
        os.close(one)
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, connection], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(BrokenPipeError):
        connection.sendall(struct.pack("!i", code))
    os._exit(0)


def become(asked: dict[str, Any], streams: list[int]) -> None:
    """Be the process that was asked for: its streams, environment, folder and words."""
    encoding = sys.stdout.encoding
    for number, one in enumerate(streams):
        os.dup2(one, number)
        os.close(one)
    sys.stdin = os.fdopen(0, "r", encoding=encoding, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding=encoding, closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding, "backslashreplace", closefd=False)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    random.seed()
    sys.argv = ["dataport", *asked["words"]]


if __name__ == "__main__":
    work = {"asking": asking, "job": job, "dbt": dbt}[sys.argv[1]]()
    gc.freeze()  # what is shared is not written to
    if serve(sys.argv[2]):
        sys.exit(work())
