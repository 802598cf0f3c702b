"""A status says of protected statistics what is served and what stands in the way."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dataport.cube.writing import write_series
from dataport.disclosure.protected.served import Series, Snapshot
from dataport.jobs.protected_state import ProtectedState, protected_state


def _settings(root: Path, viewer: str | None) -> Any:
    return SimpleNamespace(home=root, cube=root / "cube", keyring=root / "keyring", cube_viewer=viewer)


def test_nothing_is_said_where_nobody_builds_any(tmp_path: Path) -> None:
    assert protected_state(_settings(tmp_path, None), None) is None
    assert protected_state(_settings(tmp_path, "service"), None) == ProtectedState()


def test_a_lost_key_is_a_problem(tmp_path: Path) -> None:
    settings = _settings(tmp_path, "service")
    write_series(settings.cube, Series(1, 1, "f" * 32, "rules", (Snapshot(date(2021, 12, 31), "001-2021-12", "0"),)))
    found = protected_state(settings, None)
    assert found and found.served == () and "the key was lost" in found.problems[0]
