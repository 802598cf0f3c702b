"""The dbt project's files: in the source checkout, or inside the installed package."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import yaml

from dataport.checks import CHECKS
from dataport.dictionary import project_root
from dataport.errors import BuildFailed

_PROJECT = "dbt_project.yml"
# Seeds that decide what is made, and that dbt does not load: the job hands over what they say.
JUDGING_SEEDS = ("check_field", "mandatory_field", "phone_pattern", "quality_threshold")
_FOLDERS = ("models", "snapshots", "macros")
# What the models are written in, which is what builds them; sqlglot's name for it.
MODELS_DIALECT = "duckdb"


def project_folder() -> Path:
    """The folder that holds ``dbt_project.yml``.

    Raises:
        BuildFailed: neither the checkout nor the package holds it.
    """
    folder = project_root()
    if not (folder / _PROJECT).is_file():
        raise BuildFailed("The dbt project is not part of this installation. Install the package again.")
    return folder


def history_names(folder: Path) -> frozenset[str]:
    """The histories that a build keeps: one per file of snapshots."""
    return frozenset(path.stem for path in (folder / "snapshots").glob("*.sql"))


def project_digest(folder: Path) -> str:
    """A checksum over everything that decides what a build makes. Another digest: everything is made again.

    Data tests are left out: they judge a build and do not change it. The engine is not: histories keep digests that it
    reckons, and another may reckon others.
    """
    digest = hashlib.sha256(duckdb.__version__.encode() + b"\0")
    for path in sorted(_files(folder)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in sorted(CHECKS.rglob("*.yml")):
        digest.update(path.relative_to(CHECKS).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    inside = [path for part in _FOLDERS for path in (folder / part).rglob("*") if path.suffix in {".sql", ".yml"}]
    seeds = (*_enabled_seeds(folder), *JUDGING_SEEDS)
    return [folder / _PROJECT, *inside, *(folder / "seeds" / f"{name}.csv" for name in seeds)]


def _enabled_seeds(folder: Path) -> list[str]:
    """The seeds that dbt loads: most others feed the synthetic store, and decide nothing here."""
    project = yaml.safe_load((folder / _PROJECT).read_text(encoding="utf-8"))
    settings = project["seeds"][project["name"]]
    return [name for name, config in settings.items() if isinstance(config, dict) and config.get("+enabled") is True]
