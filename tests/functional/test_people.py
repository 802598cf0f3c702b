"""The transcripts of the manual: what five people type is answered as it stands there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest
from opened import house_of
from spec import family
from spec.people import HERE, PEOPLE, page, played

from dataport.audit import open_log
from dataport.settings import read_settings

from .conftest import Lived, close

pytestmark = pytest.mark.xdist_group("homes")


@pytest.fixture
def family_home(tmp_path: Path) -> Mapping[str, str]:
    """The family of the manual, as an officer of its office opens it."""
    house_of(tmp_path / "home", family.tables())
    close(tmp_path / "home")
    keys = str(tmp_path / "keys.json")
    return {"DATAPORT_HOME": str(tmp_path / "home"), "DATAPORT_VIEWER": "ken", "DATAPORT_KEYRING": keys}


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A folder with a file of somebody's own."""
    (tmp_path / "folder").mkdir()
    with duckdb.connect(str(tmp_path / "folder" / "shop.duckdb")) as connection:
        connection.execute(
            "create table orders as select i as order_id, ['north', 'south'][i % 2 + 1] as region, 'shop' as owner, "
            "date '2024-01-01' + (i % 60)::int as ordered_on, (i % 7 + 1) * 100 as cents from range(120) r(i)"
        )
    return tmp_path / "folder"


@pytest.fixture
def untouched(sqlite_home: Lived, tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The home as if nobody had made anything in it; what other tests made is put back."""
    state, away = sqlite_home.settings.home / "state", tmp_path / "state"
    if state.exists():
        shutil.move(state, away)
    yield {"DATAPORT_HOME": str(sqlite_home.settings.home), "DATAPORT_VIEWER": "statistician.hq@example.org"}
    if away.exists():
        shutil.rmtree(state, ignore_errors=True)
        shutil.move(away, state)


@pytest.fixture
def own_copy(sqlite_home: Lived, tmp_path: Path) -> Mapping[str, str]:
    """A home of the officer's own, whose store they may change."""
    copy = Path(shutil.copytree(sqlite_home.settings.home, tmp_path / "home"))
    settings = copy / "dataport.toml"
    settings.write_text(settings.read_text().replace(str(sqlite_home.settings.home), str(copy)))
    open_log(read_settings(copy)).adopt()
    return {"DATAPORT_HOME": str(copy), "DATAPORT_VIEWER": "registrar.ken@example.org"}


@pytest.mark.parametrize("who", PEOPLE)
def test_they_are_answered_as_the_manual_says(who: str, orders: Path, request: pytest.FixtureRequest) -> None:
    """If what differs is meant: ``DATAPORT_PEOPLE=write`` writes it down; then render the manual."""
    if who == "case_manager":
        environment = request.getfixturevalue("family_home")
    elif who == "data_engineer":
        environment = {}
    elif who == "operator":
        environment = request.getfixturevalue("untouched")
    elif who == "quality_officer":
        environment = request.getfixturevalue("own_copy")
    else:
        lived: Lived = request.getfixturevalue("sqlite_home")
        environment = {"DATAPORT_HOME": str(lived.settings.home), "DATAPORT_VIEWER": "statistician.hq@example.org"}
    now = played(page(who), orders, environment)
    if os.environ.get("DATAPORT_PEOPLE") == "write":
        (HERE / f"{who}.md").write_text(now, encoding="utf-8")
    assert now == page(who)
    assert "Traceback" not in now
