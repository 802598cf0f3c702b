"""The dbt project's files: in the source checkout, or inside the installed package."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dataport.errors import BuildFailed

_PACKAGE = Path(__file__).resolve().parent.parent
_PARTS = ("dbt_project.yml", "models", "snapshots", "macros", "seeds")


def project_folder() -> Path:
    """The folder that holds ``dbt_project.yml``.

    Raises:
        BuildFailed: neither the checkout nor the package holds it.
    """
    for folder in (_PACKAGE / "_dbt", _PACKAGE.parent):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise BuildFailed("The dbt project is not part of this installation. Install the package again.")


def project_digest(folder: Path) -> str:
    """A checksum over everything that decides what a build makes. Another digest: everything is made again.

    Data tests are left out: they judge a build and do not change it.
    """
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    found = [folder / part for part in _PARTS]
    inside = [path for part in found if part.is_dir() for path in part.rglob("*")]
    return [path for path in found + inside if path.suffix in {".sql", ".yml", ".csv"} and _counts(path, folder)]


def _counts(path: Path, folder: Path) -> bool:
    """Published statistics in a folder of their own feed the synthetic store, not the warehouse."""
    return path.is_file() and path.relative_to(folder).parts[:2] != ("seeds", "published")
