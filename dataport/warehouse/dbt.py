"""Running dbt as a subprocess, and telling how it went without repeating what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataport.durable import make_private
from dataport.errors import BuildFailed

# seeds, models, snapshots and tests in the order of their dependencies: nothing is built on what failed a test
VERB = "build"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the machine a build may use: threads, and memory as DuckDB writes it (``12GiB``)."""

    threads: int = 2
    memory: str = "4GiB"


@dataclass(frozen=True, slots=True)
class Finding:
    """A data test that found something: its name and how many rows (keys, mostly) it reported."""

    test: str
    rows: int


def run_dbt(project: Path, warehouse: Path, log_name: str, limits: Limits) -> tuple[Finding, ...]:
    """Build and test everything; returns the warnings.

    A subprocess, because in the same process dbt would keep the files locked after it has finished.

    Args:
        project: the folder with ``dbt_project.yml``.
        warehouse: the folder with ``work/``; dbt's own files go to ``target/`` and ``logs/`` beside it.
        log_name: name of the file that gets what dbt prints (it may hold data: only its owner may read it).

    Raises:
        BuildFailed: a model or a test of severity error failed; says which, never with data.
    """
    warehouse = warehouse.absolute()  # dbt takes relative paths from the project's folder, not from ours
    target, logs = warehouse / "target", warehouse / "logs"
    for folder in (target, logs, warehouse / "tmp"):
        make_private(folder)
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    log = logs / log_name
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        done = subprocess.run(
            _command(project, target, logs),
            env=os.environ | _environment(warehouse, limits),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            umask=0o077,
            check=False,
        )
    outcome = json.loads(results.read_text(encoding="utf-8"))["results"] if results.is_file() else []
    if done.returncode or not outcome:
        raise BuildFailed(_reason(outcome, log))
    return tuple(Finding(_name(node), node["failures"] or 0) for node in outcome if node["status"] == "warn")


def _command(project: Path, target: Path, logs: Path) -> list[str]:
    where = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
    start = "from dbt.cli.main import cli; cli()"
    return [sys.executable, "-c", start, VERB, *where, "--log-path", str(logs), "--log-level-file", "none"]


def _environment(warehouse: Path, limits: Limits) -> dict[str, str]:
    return {
        "DATAPORT_DBT_WORK": str(warehouse / "work"),
        "DATAPORT_DBT_TEMP": str(warehouse / "tmp"),
        "DATAPORT_DBT_THREADS": str(limits.threads),
        "DATAPORT_DBT_MEMORY": limits.memory,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _reason(outcome: list[dict[str, Any]], log: Path) -> str:
    """Which nodes failed. dbt's messages stay in the log: an engine's message may quote a row."""
    broken = [f"model {_name(node)}" for node in outcome if node["status"] == "error"]
    failed = [f"test {_name(node)} ({node['failures']} rows)" for node in outcome if node["status"] == "fail"]
    what = ", ".join(failed + broken) or "dbt did not start or found its project wrong"
    return (
        f"The build stopped: {what}. The published version stays as it was. "
        f"Details are in {log.parent.name}/{log.name} of the warehouse folder."
    )


def _name(node: dict[str, Any]) -> str:
    """``test.dataport.grain_fct_group.0a1b2c`` and ``model.dataport.fct_group`` by their third part."""
    return str(node["unique_id"]).split(".")[2]
