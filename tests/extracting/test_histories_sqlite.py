"""Random histories in SQLite, written by processes of their own while this one extracts: nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from dataport.extract import Source, extract
from dataport.landing import Landing
from dataport.store import connect

from .replay import assert_nothing_is_lost

SEEDS = range(40 if os.environ.get("DATAPORT_LONG") == "1" else 2)
WRITER = Path(__file__).with_name("writer.py")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_change_lands_exactly_once(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "store.sqlite"
    landing, source = Landing(tmp_path / "landing"), Source("main", "sqlite", f"sqlite://{path}")
    with closing(connect(f"sqlite://{path}")) as store:
        store.create()
        store.arm()
        writers = [
            subprocess.Popen([sys.executable, str(WRITER), str(path), str(seed * 10 + number), "60"])
            for number in range(2)
        ]
        extracts = 0
        while any(writer.poll() is None for writer in writers):
            extracts += extract(source, landing) is not None
        assert [writer.returncode for writer in writers] == [0, 0]
        assert extracts > 2, "the extracts did not meet the writers"
        extract(source, landing)
        assert_nothing_is_lost(store, landing, ("individual", "specific_need"))
