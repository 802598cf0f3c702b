"""Answers from protected statistics, whatever is asked: each number is what the published cells say, and no other."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from dataport.dictionary import CodeLists
from dataport.disclosure.protected.lattice import lattice
from dataport.disclosure.protected.mapping import NotProtected
from dataport.disclosure.release import SafeTable
from dataport.disclosure.statistics import bound, protected_catalog, statistics_of
from dataport.errors import DataportError
from dataport.semantic import DEFINITIONS, DateRange, Request, load_catalog
from dataport.semantic.names import BEFORE, CHANGE
from dataport.semantic.request import OrderBy

from .protected_world import DAYS, FEBRUARY, INDICATORS, JANUARY, MARCH, World

CATALOG = protected_catalog(load_catalog(DEFINITIONS, CodeLists()))
LEVELS = sorted({*CATALOG.levels} - {"need_category"})
# A filter as it is written, what it selects, and to which members it narrows a level.
FILTERS: tuple[tuple[str, dict[str, Any], dict[str, tuple[str, ...]]], ...] = (
    ("sex = 'F'", {"sex": "F"}, {}),
    ("country_of_asylum = 'UGA'", {"country_of_asylum": "UGA"}, {}),
    ("country_of_origin is unknown", {"country_of_origin": None}, {}),
    ("age_group in ('0-4', '5-11', '12-17')", {"age_broad": "0-17"}, {}),
    ("has_specific_need = true", {"has_specific_need": True}, {}),
    ("need_category = 'SC'", {"need_category=SC": True}, {}),
    ("country_of_asylum in ('UGA', 'JOR')", {}, {"country_of_asylum": ("UGA", "JOR")}),
    ("sex in ('F', 'M')", {}, {"sex": ("F", "M")}),
)
LARGEST, BY_SEX = OrderBy("active_individuals", True), OrderBy("sex", True)
Row = dict[str, Any]
Code = tuple[str, date | None]  # why a cell is not simply its value, and of which day it is


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what its filter selects of what it is not broken down by."""

    request: Request
    where: Mapping[str, Any]
    only: Mapping[str, tuple[Any, ...]]

    def held(self, world: World, name: str, day: date, told: Row) -> tuple[float | None, Code]:
        """A number with the code of its cell, as the published cells say."""
        if self.only.keys() - told.keys():
            return None, ("withheld", None)
        if day not in DAYS:
            return None, ("outside_history", None)
        value, since = world.told(name, day, told, dict(self.where), set(self.only))
        if value is None:
            return None, ("withheld", None)
        return value, ("kept", since) if since else ("", None)


def asked(chance: random.Random) -> Asked:
    by = tuple(chance.sample(LEVELS, chance.choice((0, 1, 1, 2, 2, 3))))
    words: dict[str, Any] = {}
    selected: dict[str, Any] = {}
    only: dict[str, tuple[Any, ...]] = {}
    if chance.random() < 0.5:
        text, selected, only = chance.choice(FILTERS)
        words["where"] = (text,)
        only = only | {level: (member,) for level, member in selected.items() if level in by}
    if chance.random() < 0.2:
        words |= {"grain": "month", "period": DateRange(date(2022, 1, 1), MARCH)}
    else:
        words["as_of"] = chance.choice(DAYS)
        if chance.random() < 0.3:
            words["compare"] = chance.choice(DAYS)
    if by and chance.random() < 0.4:
        words["totals"] = True
    indicators = tuple(chance.sample(INDICATORS, chance.choice((1, 1, 2, 3))))
    where = {level: member for level, member in selected.items() if level not in by}
    return Asked(Request(indicators, by, **words), where, only)


def answered(world: World, request: Request) -> SafeTable | None:
    """What is told; None where nothing is, for it is not among the protected statistics or cannot be asked."""
    served = world.served()
    try:
        return statistics_of(bound(request, CATALOG, served), served, {}, [], 0.0)
    except DataportError:
        return None


def parts(table: SafeTable, by: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Row], dict[Any, Any]]]:
    """The levels kept, the rows, and by row and column the code of a cell: of the answer, and of each total."""
    totals = ((one.levels, one.data, one.status) for one in table.totals)
    for levels, data, status in ((by, table.data, table.status), *totals):
        codes = {(one.row, one.column): (one.code, one.since) for one in status}
        yield tuple(level for level in by if level in levels), data.to_pylist(), codes


@pytest.mark.parametrize("seed", range(200 if os.environ.get("DATAPORT_LONG") == "1" else 12))
def test_every_number_is_what_the_published_cells_say(seed: int) -> None:
    world, chance, count = World(seed), random.Random(seed), 0
    while count < 8:
        one = asked(chance)
        table = answered(world, one.request)
        if table is None:
            continue
        count += 1
        assert table.meta["protected"].items() >= {"series": 1, "policy_version": "rules", "key_version": 1}.items()
        compared = {"as_of": f"{one.request.compare}", "flows": None} if one.request.compare else None
        assert table.meta["compared_with"] == compared and table.meta["data_version"] == 7
        told = [code for part in parts(table, one.request.by) for code in checked(world, one, *part)]
        assert any("†" in limit for limit in table.meta["limits"]) == ("kept" in told)


def checked(world: World, one: Asked, levels: tuple[str, ...], rows: list[Row], codes: dict[Any, Any]) -> Iterator[str]:
    """The codes of all cells, each held against what the published cells say."""
    request = one.request
    seen = {tuple(row[name] for name in (*levels, *(["period"] if request.grain else []))) for row in rows}
    assert len(seen) == len(rows)
    for place, row in enumerate(rows):
        told = {level: row[level] for level in levels}
        day = request.as_of or (JANUARY, FEBRUARY, MARCH)[row["period"].month - 1]
        shown = {column: (row[column], codes.get((place, column), ("", None))) for column in row}
        for name in request.indicators:
            now = one.held(world, name, day, told)
            assert shown[name] == now, (request, told)
            yield now[1][0]
            if request.compare:
                then = one.held(world, name, request.compare, told)
                is_both = now[1][0] == then[1][0] == ""
                change = now[0] - then[0] if is_both else None  # type: ignore[operator]
                assert shown[name + BEFORE] == then
                assert shown[name + CHANGE] == (change, ("" if is_both else "withheld", None))
                yield then[1][0]


@pytest.mark.parametrize("by", [("sex",), ("country_of_asylum", "age_group"), ("location", "country_of_origin")])
def test_every_published_row_is_told(by: tuple[str, ...]) -> None:
    """Where a table has more members than are listed, too; but never the unknown place of nobody knows where."""
    world, canonical = World(1), lattice().table_of(by)
    table = answered(world, Request(("active_individuals",), by, as_of=MARCH))
    assert table and canonical
    rows = (row for row in table.data.to_pylist() if row["active_individuals"] is not None)
    told = {tuple(row[name] for name in by) for row in rows}
    cells = {tuple(cell[name] for name in by) for cell in world.cells(MARCH, canonical)}
    assert told == {cell for cell in cells if by[0] != "location" or cell[0] is not None}


@pytest.mark.parametrize(("text", "selected", "only"), FILTERS, ids=[text for text, _, _ in FILTERS])
def test_every_filter_is_answered(text: str, selected: dict[str, Any], only: dict[str, tuple[str, ...]]) -> None:
    """So that none is left out above because it is refused."""
    table = answered(World(1), Request(("active_individuals",), tuple(only), (text,), as_of=MARCH))
    assert table and table.data.num_rows == sum(map(len, only.values())) + (not only)
    assert selected or only


def test_nobody_is_told_what_is_not_among_them() -> None:
    world = World(1)
    served = world.served()
    for by in (("location", "sex", "age_group"), ("sex", "age_group", "country_of_origin", "marital_status")):
        with pytest.raises(NotProtected):
            bound(Request(("active_individuals",), by, as_of=MARCH), CATALOG, served)
    for day in (FEBRUARY, date(2022, 2, 14)):
        with pytest.raises(NotProtected):
            bound(Request(("active_individuals",), as_of=day), CATALOG, served)
        with pytest.raises(NotProtected):
            bound(Request(("active_individuals",), as_of=MARCH, compare=day), CATALOG, served)


@pytest.mark.parametrize("words", [{"top": 4}, {"order": (LARGEST,)}, {"order": (BY_SEX,)}])
def test_the_order_is_the_one_asked_for_and_what_is_not_shown_is_last(words: dict[str, Any]) -> None:
    world, by = World(3), ("country_of_origin", "sex")
    plain = answered(world, Request(("active_individuals",), by, as_of=MARCH))
    asked_so = answered(world, Request(("active_individuals",), by, as_of=MARCH, **words))
    assert plain and asked_so
    rows, told = plain.data.to_pylist(), asked_so.data.to_pylist()
    if BY_SEX in words.get("order", ()):
        expected = sorted(rows, key=lambda row: row["sex"] or "", reverse=True)
    else:
        expected = sorted(rows, key=lambda row: -(row["active_individuals"] or -1))
        expected = [row for row in expected if row["active_individuals"] is not None] + [
            row for row in expected if row["active_individuals"] is None
        ]
    assert told == expected[: words.get("top")]
    assert [one.row for one in asked_so.status if one.code == "withheld"] == [
        place for place, row in enumerate(told) if row["active_individuals"] is None
    ]
