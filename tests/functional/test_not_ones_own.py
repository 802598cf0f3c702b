"""What a home writes is nobody's own database: not in its place, not linked to, not copied, not by another name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

import dataport
from dataport.errors import DataportError, Refused, WrongRequest

from .conftest import Lived
from .test_any_database import MODEL
from .test_cli import run

pytestmark = pytest.mark.xdist_group("homes")

VIEWER = dataport.declared("ana", ["order", "article"])
WRITTEN = ("core", "keys", "figures", "records")


def _files(lived: Lived) -> list[Path]:
    """Every database of a home."""
    home = lived.settings.home
    found = list(home.rglob("*.duckdb"))
    assert set(WRITTEN) <= {path.stem for path in found}
    assert any(path.parent.name == "grants" for path in found)
    return found


def _refused(path: Path) -> None:
    with pytest.raises(Refused, match="open the home instead"):
        dataport.open(database=path, definitions=MODEL, viewer=VIEWER)


def test_a_file_of_a_home_is_refused_wherever_it_is(sqlite_home: Lived, tmp_path: Path) -> None:
    for number, path in enumerate(_files(sqlite_home)):
        _refused(path)
        link, copy, hard = (tmp_path / f"{number}-{kind}.duckdb" for kind in ("link", "copy", "hard"))
        link.symlink_to(path)
        shutil.copy(path, copy)
        os.link(copy, hard)
        for other in (link, copy, hard, path.parent / ".." / path.parent.name / path.name):
            _refused(other)
        done = run("check", "--definitions", str(MODEL), "--database", str(copy))
        assert done.returncode == 3 and b"open the home instead" in done.stderr, path


def test_what_was_put_into_a_home_is_refused_by_its_place(sqlite_home: Lived, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sqlite_home.settings.home / "grants", home / "grants")
    with duckdb.connect(str(home / "grants" / "other.duckdb")) as other:
        other.execute("create table t as select 1 as a")
    _refused(home / "grants" / "other.duckdb")


def test_what_is_no_database_is_said_to_be_none(sqlite_home: Lived, keyring: Path, tmp_path: Path) -> None:
    home = sqlite_home.settings.home
    others = [home / "registration.sqlite", home / "dataport.toml", keyring, sqlite_home.settings.anchor]
    others += [sqlite_home.settings.audit_log, next(home.rglob("*.parquet")), home / "published" / "CURRENT"]
    for number, path in enumerate(others):
        for one in (path, Path(shutil.copy(path, tmp_path / f"{number}.duckdb"))) if path.exists() else ():
            with pytest.raises(DataportError) as problem:
                dataport.open(database=one, definitions=MODEL, viewer=VIEWER)
            assert isinstance(problem.value, Refused | WrongRequest), one


def test_a_database_with_tables_that_are_called_alike_is_ones_own(tmp_path: Path) -> None:
    """A shop may have permissions, accounts and builds."""
    with duckdb.connect(str(tmp_path / "own.duckdb")) as own:
        own.execute("create table permission (permission_id integer, login text); create table account (login text)")
        own.execute("create table build (number integer); create table meta (version integer)")
        own.execute("create table applied (batch_number integer); create table map_individual (id integer)")
    with pytest.raises(DataportError) as problem:
        dataport.open(database=tmp_path / "own.duckdb", definitions=MODEL, viewer=VIEWER)
    assert not isinstance(problem.value, Refused)
