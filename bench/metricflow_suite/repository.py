"""Where MetricFlow's suite lies: a checkout, a bare git directory, or a clone from GitHub. Nothing of it is kept."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

URL = "https://github.com/dbt-labs/metricflow"
CASES = "tests_metricflow/integration/test_cases"
TABLES = "tests_metricflow/fixtures/source_table_snapshots"
MANIFESTS = "metricflow_semantics/test_helpers/semantic_manifest_yamls"
PARTS = (CASES, TABLES, MANIFESTS, "LICENSE")


class Missing(Exception):
    """The suite is not there; says how to get it."""


def located(given: Path | None, folder: Path) -> Path:
    """A folder with the suite's files.

    Args:
        given: a checkout, or a bare git directory; None to clone it.
        folder: an empty folder, for what has to be brought first.

    Raises:
        Missing: it is not there and cannot be brought.
    """
    if given is None:
        given = folder / "metricflow.git"
        words = ["git", "clone", "--quiet", "--bare", "--depth", "1", URL, str(given)]
        if subprocess.run(words, check=False).returncode:
            raise Missing(
                f"{URL} could not be cloned from here. Clone it where there is a network, and give --repository."
            )
    if (given / CASES).is_dir():
        return given
    if not (given / "objects").is_dir():
        raise Missing(f"{given} is no checkout of {URL}: it has no {CASES}. `git clone --depth 1 {URL}` makes one.")
    # a bare repository: only what is read is taken out, for a partial mirror may lack other files
    packed = subprocess.run(
        ["git", "--git-dir", str(given), "archive", "HEAD", *PARTS], check=False, capture_output=True
    )
    if packed.returncode:
        raise Missing(f"{given} does not hold the suite: {packed.stderr.decode().strip()}")
    found = folder / "suite"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(found, filter="data")
    return found


def revision(given: Path | None) -> str:
    """The commit, for the report."""
    if given is None:
        return "a fresh clone"
    git_dir = given / ".git" if (given / ".git").exists() else given
    words = ["git", "--git-dir", str(git_dir), "log", "-1", "--format=%h of %cs"]
    return subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip() or "an unknown commit"


def documents(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every YAML document below a folder, with its file, in a fixed order."""
    for path in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"))):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            if document:
                yield path, document
