"""Running dbt as a subprocess, and telling how it went without repeating what it printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dataport.durable import make_private, write_json
from dataport.errors import BuildFailed, DiskFull, is_full
from dataport.settings import BUILD_MEMORY
from dataport.tether import run_tethered
from dataport.warehouse.failed_build import name_of, reason
from dataport.warehouse.opening import busy, damaged_in, locked_by, unreadable
from dataport.warehouse.project import project_folder

# seeds, models, snapshots and tests in the order of their dependencies: nothing is built on what failed a test
VERB = "build"
_KEPT_LOGS = 20
_START = "from dataport.warehouse.dbt_child import main; main()"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the machine a build may use.

    Attributes:
        threads: of the engine.
        memory: of the engine, as DuckDB writes it (``12GiB``).
        at_once: how many models or tests are run at the same time; they share the engine's threads and memory.
    """

    threads: int = 2
    memory: str = BUILD_MEMORY
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A data test that found something: its name and how many rows (keys, mostly) it reported."""

    test: str
    rows: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of dbt went.

    Attributes:
        passed: data tests that found nothing.
        warnings: data tests that found dirt in the source.
        tested: the names of all data tests that were run.
        models_seconds: how long models, snapshots or seeds were being made.
        tests_seconds: how long there were tests alone under way.
        dbt_seconds: the rest of the wall time: starting, reading the project, ending.
    """

    passed: int
    warnings: tuple[Finding, ...]
    models_seconds: float
    tests_seconds: float
    dbt_seconds: float
    tested: frozenset[str] = frozenset()


def run_dbt(
    project: Path, warehouse: Path, log_name: str, limits: Limits, models: Sequence[str] = (), *, full: bool = False
) -> Outcome:
    """Build and test everything, or some models with every test that concerns one of them.

    A subprocess, because in the same process dbt would keep the files locked after it has finished.

    Args:
        models: their names; all where none is given.
        full: make everything again, and test all of it: not what is new alone.
        project: the folder with ``dbt_project.yml``.
        warehouse: the folder with ``work/``; dbt's own files go to ``target/`` and ``logs/`` beside it.
        log_name: name of the file that gets what dbt prints (it may hold data: only its owner may read it).

    Raises:
        BuildFailed: a model or a test of severity error failed; says which, never with data.
        Busy: another process has one of the files open.
        Damaged: one of the files cannot be read.
        DiskFull: there was no room.
    """
    started = time.monotonic()
    warehouse = warehouse.absolute()  # dbt takes relative paths from the project's folder, not from ours
    target, logs = warehouse / "target", warehouse / "logs"
    shutil.rmtree(warehouse / "tmp", ignore_errors=True)  # what a run that was killed had spilled
    _forget_elsewhere(target, project)
    for folder in (target, logs, warehouse / "tmp"):
        make_private(folder)
    for old in sorted(logs.glob("*.log"), key=lambda path: path.stat().st_mtime)[:-_KEPT_LOGS]:
        old.unlink()
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    log = logs / log_name
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        verb = [VERB, "--threads", str(limits.at_once)]
        # some models are named from what dbt wrote of its project: it is not written anew
        verb += ["--no-write-json", "--select", *models] if models else []
        words = _words(verb, project, target, logs)
        code = run_tethered(_START, words, env=os.environ | _environment(warehouse, limits, full), output=out)
    outcome = json.loads(results.read_text(encoding="utf-8"))["results"] if results.is_file() else []
    if code or not outcome:
        # what dbt wrote of nodes, or, if it came to none, of itself
        words = [str(node["message"]) for node in outcome] or [log.read_text(encoding="utf-8", errors="replace")]
        if any(is_full(OSError(text)) for text in words):
            raise DiskFull
        if holder := next((found for text in words if (found := locked_by(text))), None):
            raise busy(warehouse / "work", holder)
        if broken := next((found for text in words if (found := damaged_in(text))), None):
            raise unreadable(warehouse / "work" / broken)
        raise BuildFailed(reason(outcome, log, target), _found(outcome, "fail"))
    return _outcome(outcome, time.monotonic() - started)


def _forget_elsewhere(target: Path, project: Path) -> None:
    """Remove what dbt has read of a project that lay in another folder: it would look for its seeds there."""
    known, here = target / "project.json", {"folder": str(project)}
    with suppress(OSError, ValueError):
        if json.loads(known.read_text(encoding="utf-8")) == here:
            return
    shutil.rmtree(target, ignore_errors=True)
    make_private(target)
    write_json(known, here)


def _outcome(nodes: list[dict[str, Any]], seconds: float) -> Outcome:
    tests = [node for node in nodes if _is_test(node)]
    any_seconds = _covered(nodes)
    models_seconds = _covered(node for node in nodes if not _is_test(node))
    return Outcome(
        passed=sum(node["status"] == "pass" for node in tests),
        warnings=tuple(Finding(*found) for found in _found(tests, "warn")),
        models_seconds=models_seconds,
        tests_seconds=any_seconds - models_seconds,
        dbt_seconds=seconds - any_seconds,
        tested=frozenset(map(name_of, tests)),
    )


def _is_test(node: dict[str, Any]) -> bool:
    return str(node["unique_id"]).startswith("test.")


def _covered(nodes: Iterable[dict[str, Any]]) -> float:
    """The seconds in which one of them, or several at once, were under way."""
    spans = sorted(
        (
            datetime.fromisoformat(node["timing"][0]["started_at"]),
            datetime.fromisoformat(node["timing"][-1]["completed_at"]),
        )
        for node in nodes
        if node["timing"]
    )
    covered, until = timedelta(), datetime.min.replace(tzinfo=UTC)
    for begun, ended in spans:
        covered += max(ended - max(begun, until), timedelta())
        until = max(until, ended)
    return covered.total_seconds()


def _found(nodes: list[dict[str, Any]], status: str) -> list[tuple[str, int]]:
    return [(name_of(node), node["failures"] or 0) for node in nodes if node["status"] == status]


def write_docs(page: Path) -> None:
    """Write one page with every model: columns, tests, code, and its lineage back to the landing. Needs no home.

    Raises:
        BuildFailed: dbt could not read its project.
    """
    with tempfile.TemporaryDirectory(prefix="dataport-docs-") as name:
        folder = Path(name)
        made = folder / "target"
        for words in (["parse"], ["docs", "generate", "--static", "--no-compile", "--empty-catalog"]):
            done = subprocess.run(
                [sys.executable, "-c", _START, *_words(words, project_folder(), made, folder / "logs")],
                env=os.environ | _environment(folder, Limits()),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            if done.returncode:
                raise BuildFailed("The page could not be made: dbt did not start or found its project wrong.")
        shutil.copyfile(made / "static_index.html", page)


def _words(verb: list[str], project: Path, target: Path, logs: Path) -> list[str]:
    where = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
    return [*verb, *where, "--log-path", str(logs)]


def _environment(warehouse: Path, limits: Limits, full: bool = False) -> dict[str, str]:
    return {
        "DATAPORT_DBT_WORK": str(warehouse / "work"),
        "DATAPORT_DBT_TEMP": str(warehouse / "tmp"),
        "DATAPORT_DBT_THREADS": str(limits.threads),
        "DATAPORT_DBT_MEMORY": limits.memory,
        "DATAPORT_DBT_FULL": str(full).lower(),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
