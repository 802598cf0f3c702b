"""The programming interface: what the README shows, and what it must not print."""

from __future__ import annotations

from datetime import date

import pytest

import dataport
from dataport.errors import OutsideHistory, Refused, UnknownViewer

from .conftest import Lived

pytestmark = pytest.mark.xdist_group("homes")


def test_a_port_answers_what_the_command_line_does(sqlite_home: Lived) -> None:
    port = dataport.open(home=sqlite_home.settings.home, viewer="statistician.hq@example.org")
    answer = port.ask(["active_individuals"], by=["country_of_asylum", "sex"], as_of="2021-12-31", totals=True)
    world = sqlite_home.worlds[date(2021, 12, 31)]
    assert answer.to_polars()["active_individuals"].sum() == sum(p["process_status"] == "A" for p in world.persons)
    assert answer.to_arrow().column_names == ["country_of_asylum", "sex", "active_individuals"]
    assert len(answer.to_dicts()) == answer.to_arrow().num_rows
    assert answer.meta["viewer"] == "statistician.hq@example.org"


def test_an_answer_does_not_print_its_rows(sqlite_home: Lived) -> None:
    port = dataport.open(home=sqlite_home.settings.home)
    answer = port.ask(["active_individuals"], by=["country_of_asylum"])
    assert repr(answer) == f"Answer({answer.to_arrow().num_rows} rows: country_of_asylum, active_individuals)"


def test_refusals_are_errors_with_a_type(sqlite_home: Lived) -> None:
    home = sqlite_home.settings.home
    with pytest.raises(UnknownViewer):
        dataport.open(home=home, viewer="nobody@example.org").ask(["active_individuals"])
    with pytest.raises(Refused, match="protected statistics"):
        dataport.open(home=home, viewer="excel.hq@example.org").ask(["registered_individuals"])
    with pytest.raises(OutsideHistory):
        dataport.open(home=home).ask(["active_individuals"], as_of="2001-01-01")
