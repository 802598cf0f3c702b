"""Where the seeds are: in the source tree, or inside the installed package. One reader for all of them."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def project_root() -> Path:
    """The folder that holds dbt_project.yml, models, snapshots, seeds and macros."""
    shipped = _PACKAGE / "_dbt"
    return shipped if shipped.is_dir() else _PACKAGE.parent


def seed_path(name: str) -> Path:
    """The path of a seed, such as ``country`` or ``published/demographics_2021``."""
    return project_root() / "seeds" / f"{name}.csv"


@cache
def read_seed(name: str) -> tuple[dict[str, str], ...]:
    """A seed's rows as text; an empty field is an empty string."""
    with seed_path(name).open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))
