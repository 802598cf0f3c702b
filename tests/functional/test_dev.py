"""dataport dev, and the way of a field through the project, on which `dataport check` names each next place."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dataport.dictionary import project_root

COPIED = ("dataport", "models", "seeds", "macros", "snapshots", "tests/data", "dbt_project.yml", "profiles.yml")
IGNORED = shutil.ignore_patterns("__pycache__", "target", "_dbt")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that may be broken."""
    for name in COPIED:
        source, target = project_root() / name, tmp_path / "project" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=IGNORED) if source.is_dir() else shutil.copy(source, target)
    return tmp_path / "project"


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the copy."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(project)}
    return subprocess.run(
        [sys.executable, "-m", "dataport", *words], cwd=project, env=environment, capture_output=True, text=True
    )


def change(project: Path, file: str, old: str, new: str) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text, (file, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


_PHONE = "      - name: phone\n        data_type: varchar\n"
CONTRACT = (_PHONE, _PHONE + _PHONE.replace("phone", "tent_number"))
# The places of a field, in the order of DEVELOPERS' table; beside each what `check` names before it is mended.
FIELD = (
    ("models/staging/stg_registration__individuals.sql", "    cast(phone as varchar) as phone,",
     "    cast(phone as varchar) as phone,\n    cast(tent_number as varchar) as tent_number,",
     "is not read by stg_registration__individuals"),
    ("models/staging/staging.yml", *CONTRACT, "stg_registration__individuals yields 'tent_number'"),
    ("models/marts/records/dim_individual.yml", *CONTRACT, "dim_individual yields 'tent_number'"),
    ("seeds/field_sensitivity.csv", "phone,direct,\n", "phone,direct,\ntent_number,T3,\n",
     "Nothing says how sensitive dim_individual.tent_number is"),
    ("dataport/semantic/definitions/registration/records.yml", "last_contact_date, phone,",
     "last_contact_date, phone, tent_number,", "neither tells 'tent_number' of its table nor says why not"),
)  # fmt: skip


def test_check_leads_a_new_field_through_every_place_that_the_table_names(project: Path) -> None:
    table = (project_root() / "DEVELOPERS.md").read_text(encoding="utf-8") if _in_a_checkout() else ""
    row = next((line for line in table.splitlines() if line.startswith("| a field of the store")), "")
    change(
        project,
        "dataport/store/schema.py",
        "last_contact_date:date phone ",
        "last_contact_date:date phone tent_number ",
    )
    for file, old, new, named in FIELD:
        told = run(project, "check")
        assert told.returncode == 1 and named in re.sub(r"\s+", " ", told.stdout)
        change(project, file, old, new)
    assert run(project, "check").returncode == 0
    for word in (
        "schema.py",
        "staging model and its contract",
        "contracts of the records",
        "field_sensitivity",
        "records.yml",
    ):
        assert word in row or not row


def _in_a_checkout() -> bool:
    return (project_root() / "DEVELOPERS.md").is_file()


def test_what_check_finds_is_told_instead_of_building(project: Path) -> None:
    change(
        project,
        "dataport/store/schema.py",
        "last_contact_date:date phone ",
        "last_contact_date:date phone tent_number ",
    )
    told = run(project, "dev", "--home", str(project / "home"))
    assert told.returncode == 1 and "tent_number is not read by" in told.stdout
    assert not (project / "home").exists()


def test_a_small_home_is_built_once_and_tells_what_to_try(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "small"
    first = run(project, "dev", "--home", str(home))
    assert first.returncode == 0, first.stderr
    assert "tests passed" in first.stdout and "dataport ask active_individuals" in first.stdout
    command = next(line for line in first.stdout.splitlines() if "dataport ask" in line).split()
    assert run(project, *command[1:]).returncode == 0
    # a definition alone needs no build, and what is new is what to try
    definitions = project / "dataport" / "semantic" / "definitions" / "registration" / "population.yml"
    text = definitions.read_text(encoding="utf-8")
    one = text[text.index("  active_refugees:") : text.index("  active_asylum_seekers:")]
    definitions.write_text(text + one.replace("active_refugees", "my_refugees"), encoding="utf-8")
    again = run(project, "dev", "--home", str(home))
    assert again.returncode == 0, again.stderr
    assert "nothing to build" in again.stdout and f"dataport ask my_refugees --home {home}" in again.stdout
    # a model that yields what its contract does not state
    change(project, "models/marts/core/dim_unit_source.sql", "select", "select 1 as stray,")
    change(project, "dataport/cli/dev.py", "if found := check_project():", "if found := ():")
    broken = run(project, "dev", "--home", str(home))
    assert broken.returncode == 1
    line = broken.stderr.splitlines()[-1]
    assert "model dim_unit_source" in line and "stray" in line and "contract" in line
    assert run(project, *command[1:]).returncode == 0, "what was published stays"


def test_a_home_of_somebody_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    (tmp_path / "mine" / "file").write_text("mine")
    (tmp_path / "mine" / "file").chmod(0o600)
    told = run(tmp_path, "dev", "--home", str(tmp_path / "mine"))
    assert told.returncode == 2 and "was not made by `dataport dev`" in told.stderr
    assert (tmp_path / "mine" / "file").read_text() == "mine"
