"""Numbers that are printed again as they were are never made into one with those of another day."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from dataport.disclosure.protected.answer import Cell, Listed
from dataport.disclosure.protected.lookup import OpenSnapshot
from dataport.disclosure.protected.mapping import Selected
from dataport.semantic.arithmetic import Of, Over
from dataport.semantic.names import CHANGE

JANUARY, FEBRUARY = date(2022, 1, 31), date(2022, 2, 28)
MADE = {"women": Of("women"), "all": Of("all"), "share": Over(Of("women"), Of("all"))}


def listed(months: Any) -> Listed:
    """One row, of everybody, of a question that compares February with January."""
    types = {name: SimpleNamespace(type="number" if name == "share" else "integer") for name in MADE}
    question = SimpleNamespace(catalog=SimpleNamespace(indicators=types), compared=SimpleNamespace(as_of=JANUARY))
    leaves = {"women": Selected({"sex": "F"}), "all": Selected()}
    asked: Any = SimpleNamespace(formulas=MADE, only={}, question=question, where=Selected(), leaves=leaves)
    return Listed(asked, (), [()], months)


class Told(OpenSnapshot):
    """A snapshot that tells what it is given: by indicator the number and the day that it is of."""

    def __init__(self, **numbers: tuple[int, date]) -> None:
        super().__init__(cube=None)  # type: ignore[arg-type]
        self.numbers = {name: (value, frozenset((day,))) for name, (value, day) in numbers.items()}

    def values(self, asked: Any, leaf: str, kept: Any) -> Any:
        return {(): self.numbers[leaf]} if leaf in self.numbers else {}


def at(january: Told | None, february: Told) -> Any:
    return {JANUARY: january, FEBRUARY: february}.get


def test_a_share_of_an_old_part_and_a_new_whole_is_told_as_of_the_old_day() -> None:
    months = at(Told(women=(60, JANUARY), all=(100, JANUARY)), Told(women=(60, JANUARY), all=(200, FEBRUARY)))
    assert listed(months).cells("share", FEBRUARY) == [Cell(0.6, JANUARY)]
    assert listed(months).cells("all", FEBRUARY) == [Cell(200, None)]
    assert listed(months).cells("women", FEBRUARY) == [Cell(60, JANUARY)]


@pytest.mark.parametrize("january", [None, Told(women=(60, JANUARY))])
def test_nor_is_it_told_where_that_day_does_not_tell_both(january: Told | None) -> None:
    months = at(january, Told(women=(60, JANUARY), all=(200, FEBRUARY)))
    assert listed(months).cells("share", FEBRUARY) == [Cell(None)]


def test_of_one_day_it_is_of_that_day() -> None:
    both = Told(women=(60, JANUARY), all=(100, JANUARY))
    assert listed(at(both, both)).cells("share", FEBRUARY) == [Cell(0.6, JANUARY)]
    assert listed(at(both, both)).cells("share", JANUARY) == [Cell(0.6, None)]


def test_a_number_that_was_printed_again_has_not_changed_by_nothing() -> None:
    months = at(Told(women=(60, JANUARY), all=(100, JANUARY)), Told(women=(60, JANUARY), all=(200, FEBRUARY)))
    for name, change in (("women", None), ("all", 100)):
        row = listed(months)
        assert row.compared(name, row.cells(name, FEBRUARY))[name + CHANGE] == [Cell(change)]
