"""The floors are kept because a violation is noticed: one is planted per contract, and the check must name it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLANTED = {
    "floors": ("dataport/dictionary/codes.py", "import dataport.semantic.model"),
    "floors (siblings)": ("dataport/warehouse/publish.py", "import dataport.extract.adapter"),
    "nothing above the doors knows the engine": ("dataport/cli/render.py", "import dataport.engine.run"),
    "nothing above the doors knows the engine (products)": ("dataport/history/show.py", "import dataport.engine.run"),
    "nothing above the doors knows the engine (records that are wrong)": ("dataport/quality/sizes.py", "import duckdb"),
    "what runs unattended asks through the doors": ("dataport/jobs/sizes.py", "import dataport.engine.run"),
    "know no database": ("dataport/semantic/request.py", "import duckdb"),
    "know no engine, by whatever way": ("dataport/engine/claims.py", "import duckdb"),
    "the doors name no engine": ("dataport/records/fetch.py", "import dataport.engines.duckdb"),
    "no circles": ("dataport/errors.py", "import dataport.settings"),
}


def _check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder)})


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "dataport", tmp_path / "dataport", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_as_it_is_passes(copy: Path) -> None:
    done = _check(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_named(contract: str, copy: Path) -> None:
    path, line = PLANTED[contract]
    target = copy / path
    target.write_text(
        target.read_text().replace(
            "from __future__ import annotations\n", f"from __future__ import annotations\n\n{line}\n", 1
        )
    )
    done = _check(copy)
    assert done.returncode != 0
    broken = [one for one in done.stdout.splitlines() if one.endswith("BROKEN")]
    assert any(contract.split(" (")[0] in one for one in broken), done.stdout


SELDOM = {
    "dataport.jobs.grants": ("dataport.ask", "dataport.cube", "xlsxwriter"),
    "dataport.jobs.refresh": ("dataport.quality", "xlsxwriter"),
    "dataport.cli.quality": ("xlsxwriter",),
}


@pytest.mark.parametrize("often", SELDOM)
def test_what_is_seldom_wanted_does_not_come_with_what_often_is(often: str) -> None:
    """A question that reads permissions again waits neither for the cube nor for the library that writes workbooks."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {often}, sys; print(*sys.modules)"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not {*SELDOM[often]} & {*done.stdout.split()}
