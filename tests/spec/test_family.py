"""The story of a case in the manual, told by door 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from opened import house_of

from dataport.cli.render_history import print_changes, print_family, print_history
from dataport.cli.render_people import print_people
from dataport.history import (
    Part,
    Wanted,
    case_changes,
    case_comparison,
    case_family,
    case_history,
    find_people,
    show_case,
)
from dataport.house import House
from dataport.visit import Asker
from spec import family

OFFICER = Asker("ken", "operator", purpose="Appointment of 4 January")
FIRST, LAST = date(2018, 12, 31), date(2021, 12, 31)
YONAS_LATELY = Part((date(2020, 1, 1), LAST), "KEN-00004")


def history(home: House, case_id: str, part: Part | None = None) -> Iterator[str]:
    return family.printed(lambda: print_history(case_history(case_id, OFFICER, home, part or Part())))


LOOKS: tuple[tuple[str, Callable[[House], Iterator[str]]], ...] = (
    (family.FAMILY_HISTORY, lambda home: history(home, "G-00007")),
    (family.RUTH_HISTORY, lambda home: history(home, "KEN-00003")),
    (family.YONAS_CORRECTIONS, lambda home: history(home, "G-00007", YONAS_LATELY)),
    (
        family.FAMILY_CHANGES,
        lambda home: family.printed(lambda: print_changes(case_changes("G-00007", date(2020, 10, 1), OFFICER, home))),
    ),
    (
        family.FOUND_YONAS,
        lambda home: family.printed(lambda: print_people(find_people(Wanted(None, "Tesfay", 2009), OFFICER, home))),
    ),
    (family.FAMILY_FAMILY, lambda home: family.printed(lambda: print_family(case_family("G-00007", OFFICER, home)))),
    (family.FAMILY_2018, lambda home: family.told_day(show_case("G-00007", FIRST, OFFICER, home))),
    (family.FAMILY_2021, lambda home: family.told_day(show_case("G-00007", LAST, OFFICER, home))),
    (
        family.FAMILY_COMPARED,
        lambda home: family.told_comparison(case_comparison("G-00007", FIRST, LAST, OFFICER, home)),
    ),
    (
        family.YONAS_COMPARED,
        lambda home: family.told_comparison(case_comparison("KEN-00004", FIRST, LAST, OFFICER, home)),
    ),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_of(tmp_path_factory.mktemp("family") / "home", family.tables(), accounts=family.ACCOUNTS)


@pytest.mark.parametrize(("told", "look"), LOOKS)
def test_the_case_is_told_as_the_manual_tells_it(home: House, told: str, look: Callable[[House], Any]) -> None:
    assert "\n".join(look(home)) == told.strip("\n")
