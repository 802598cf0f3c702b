"""An empty name is nobody's: it asks as no account, and least of all as the widest."""

from __future__ import annotations

from pathlib import Path

import pytest
from figures import WIDE

import dataport
from dataport.audit import open_log
from dataport.cli.register import STATISTICIAN
from dataport.errors import Refused, WrongRequest
from dataport.semantic import Request
from dataport.settings import read_settings
from dataport.synthetic.organisation import accounts, permissions
from dataport.synthetic.seeds import operations

from .test_cli import run

BLANK = ["", " ", "\t\n", "\u00a0", "\u200b", "\x00", "  \u202e "]
ASKING = [
    ("ask", "active_individuals"),
    ("change", "active_individuals", "--between", "2021-12-31", "2022-02-28"),
    ("explain", "active_individuals"),
    ("catalog", "values", "sex"),
    ("case", "show", "KEN-00001234", "--purpose", "a test"),
    ("case", "history", "KEN-00001234", "--purpose", "a test"),
    ("case", "changes", "KEN-00001234", "--since", "2021-12-31", "--purpose", "a test"),
    ("case", "family", "KEN-00001234", "--purpose", "a test"),
    ("case", "find", "--name", "Amina", "--purpose", "a test"),
    ("case", "compare", "KEN-00001234", "--between", "2021-12-31", "2022-02-28", "--purpose", "a test"),
]


@pytest.fixture
def home(small_home: Path) -> Path:
    """A small published home whose default viewer sees everything."""
    return small_home


@pytest.mark.parametrize("words", ASKING, ids=lambda words: " ".join(words[:2]))
def test_no_command_asks_for_an_empty_name(home: Path, words: tuple[str, ...]) -> None:
    for blank in ("", "  "):
        done = run(*words, "--as", blank, home=home)
        assert (done.returncode, done.stdout) == (3, b""), (words, done.stderr)
        assert b"the viewer's name is empty" in done.stderr
    assert {entry["outcome"] for entry in open_log(read_settings(home)).entries()} == {"refused"}


def test_a_policy_is_not_explained_for_an_empty_name(home: Path) -> None:
    done = run("access", "why", "", "active_individuals", home=home)
    assert (done.returncode, done.stdout) == (3, b"") and b"name is empty" in done.stderr
    assert run("access", "why", WIDE.login, "active_individuals", "--as", "", home=home).returncode == 2


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
def test_no_door_of_python_opens_for_an_empty_name(home: Path, blank: str) -> None:
    with pytest.raises(Refused, match="the viewer's name is empty"):
        dataport.open(home, viewer=blank)
    settings = read_settings(home)
    house = dataport.ask.open_house(settings)
    with pytest.raises(Refused, match="the viewer's name is empty"):
        dataport.ask.ask(Request(("active_individuals",)), dataport.ask.Asker(blank, "tests"), house)
    with pytest.raises(WrongRequest):
        dataport.open(viewer=WIDE.login, home=blank if not blank.strip() else "")


@pytest.mark.parametrize("blank", ["", " \t"])
def test_an_empty_setting_is_nobody(home: Path, monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    (home / "dataport.toml").write_text(f'viewer = "{blank}"\n'.replace("\t", "\\t"))
    assert run("ask", "active_individuals", home=home).returncode == 3
    assert run("ask", "active_individuals", "--as", WIDE.login, home=home).returncode == 0
    with pytest.raises(Refused, match="the viewer's name is empty"):
        dataport.open(home)
    (home / "dataport.toml").write_text(f"viewer = '{WIDE.login}'\n")
    assert run("ask", "active_individuals", home=home).returncode == 0
    monkeypatch.setenv("DATAPORT_VIEWER", blank)
    assert run("ask", "active_individuals", home=home).returncode == 3


def test_the_default_viewer_of_a_made_up_home_counts_everywhere_and_opens_nothing() -> None:
    users, roles = accounts(operations())
    user = next(one for one in users if one["login"] == STATISTICIAN)
    held = {one["role_id"] for one in roles if one["user_id"] == user["user_id"]}
    granted = [one for one in permissions() if one["role_id"] in held]
    assert {one["entity"] for one in granted} == {one["entity"] for one in permissions()}
    assert all(one["may_count"] and one["depth_code"] == "organisation" for one in granted)
    assert not any(one["may_open"] or one["row_limit"] for one in granted)
