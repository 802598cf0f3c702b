"""Another process that has a database file open, as a job that is at work does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened_elsewhere(path: Path) -> Iterator[int]:
    """A DuckDB file that another process has open for writing; its number."""
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, str(path)]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout and other.stdout.readline() == "open\n"
    try:
        yield other.pid
    finally:
        other.communicate("")
