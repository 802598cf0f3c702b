"""Code as a user writes it is typed by what the package says of itself, and runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from opened import house_of, person

from typed import as_used

MYPY = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file", "", "--hide-error-context"]
MODEL = """
facts:
  people: {label: People, table: t, entity: person, unit: id, scope: o, validity: {from: a, to: b}}
indicators:
  people: {label: People, description: D, unit: persons, tier: T0, over: o, stock: {fact: people}}
"""


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    """mypy over the file of a folder that knows nothing of this project but the package that is installed."""
    return subprocess.run([*MYPY, "as_used.py"], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    shutil.copy(as_used.__file__, tmp_path / "as_used.py")
    return tmp_path


def test_it_is_typed_as_another_package_sees_it(elsewhere: Path) -> None:
    done = checked(elsewhere)
    assert done.returncode == 0, done.stdout


def test_a_wrong_type_would_be_noticed(elsewhere: Path) -> None:
    """Nothing that a user is handed is of any type at all."""
    with (elsewhere / "as_used.py").open("a") as file:
        file.write(
            "\nport = dataport.open('x')\nport.ask(3)\nport.ask('x').to_polar()\nport.explain('x', grains='month')\n"
        )
        file.write("port.change('x', 3)\nport.case('x')\nport.status().watermarks\nport.catalog.member('x')\n")
    lines = checked(elsewhere).stdout.splitlines()
    (told,) = (line for line in lines if line.startswith("Found "))
    wrong = {line.rpartition("[")[2] for line in lines if line.startswith("as_used.py")}
    assert told.startswith("Found 7 errors"), lines
    assert wrong == {"arg-type]", "attr-defined]", "call-arg]"}


def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys.json"))
    shape = {"individual_key": 1}, {"individual_key": 2, "sex_code": "M"}
    house_of(tmp_path / "home", {"dim_individual": [person(1), person(2, sex_code="M")]}, figures={"population": shape})
    for path in (tmp_path / "home", *(tmp_path / "home").rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.yml").write_text(MODEL)
    with duckdb.connect(str(tmp_path / "mine.duckdb")) as connection:
        connection.execute("create table t as select 1 as id, 'x' as o, timestamp '2024-01-02' as a")
        connection.execute("alter table t add column b timestamp default timestamp '9999-12-31'")
    as_used.main(tmp_path / "home", tmp_path / "mine.duckdb", tmp_path / "mine", tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "['sex', 'sex_label', 'active_individuals']",
        "Answer(2 rows: sex, active_individuals) Answer(1 rows: country_of_asylum, start, end)"
        " True 2022-03-01 00:00:00",
        "OutsideHistory",
        "This port is closed. Open another one with dataport.open().",
        "1",
    ]
