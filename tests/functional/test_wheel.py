"""The wheel, installed somewhere else, runs the demo in an empty folder: nothing of the source tree is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dataport

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("interruptions")


def test_the_wheel_runs_the_demo_in_an_empty_folder(tmp_path: Path, keyring: Path) -> None:
    python, wheels, installed, empty = sys.executable, tmp_path / "dist", tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    build = [python, "-m", "build", "--wheel", "--outdir", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    where = [python, "-c", "import dataport; print(dataport.__file__)"]
    told = subprocess.run(where, cwd=empty, env=environment, capture_output=True, text=True, check=True).stdout
    assert told.startswith(str(installed))
    version = [python, "-m", "dataport", "--version"]
    told = subprocess.run(version, cwd=empty, env=environment, capture_output=True, text=True, check=True).stdout
    assert told == f"dataport, version {dataport.__version__}\n"
    assert (installed / "dataport" / "py.typed").exists()
    demo = [python, "-c", "from dataport.cli import main; main(['demo', '--scale', '0.0003'])"]
    done = subprocess.run(demo, cwd=empty, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Try next" in done.stdout
    check = [python, "-c", "from dataport.cli import main; main(['check'])"]
    agrees = subprocess.run(check, cwd=empty, env=environment, capture_output=True, text=True)
    assert agrees.returncode == 0, agrees.stdout + agrees.stderr
    assert "and so does what is published" in agrees.stdout
    assert [path.name for path in empty.iterdir()] == [".dataport"]
    assert not list(installed.rglob("run_results.json")), "nothing is written into the installed package"
