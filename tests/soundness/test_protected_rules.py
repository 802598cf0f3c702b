"""No two published numbers of which one lies in the other leave a few persons or too few families between them.

The check is slow and obvious: the set of persons behind every printed number, and every pair of them.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from dataport.cube import months as cube_months
from dataport.cube import ruling, statuses
from dataport.cube.counting import is_coarser
from dataport.disclosure.protected.lattice import CanonicalTable
from dataport.disclosure.protected.rules import Settled
from dataport.disclosure.protected.served import AS_OF, HAS, PERSONS
from dataport.errors import BuildFailed
from dataport.semantic.model import OTHER
from soundness import protected_people
from soundness.protected_lines import Item, lines
from soundness.protected_people import (
    Month,
    away_and_back,
    months,
    moving_away,
    persons_of,
    put_with_others,
    served,
    shape,
    told_but_for_a_few,
    told_by_age,
)


def printed(lived: list[Month]) -> list[dict[Item, frozenset[int]]]:
    """Month by month, whom each printed number is of: those of its day, where it was kept."""
    by_day = {one.day: one for one in lived}
    known: dict[tuple[date, str, bool | None], dict[tuple[object, ...], frozenset[int]]] = {}
    found = []
    for month in lived:
        items: dict[Item, frozenset[int]] = {}
        for name, table in month.tables.items():
            levels = [one for one in name.split("+") if one in month.read.codings.levels]
            for row in table.to_pylist():
                day, has = row[AS_OF] or month.day, row.get(HAS)
                if (day, name, has) not in known:
                    known[day, name, has] = persons_of(by_day[day], name, has)
                cell = tuple(_member(row, level) for level in levels)
                items[name, has, cell] = known[day, name, has][cell]
        found.append(items)
    return found


def _member(row: dict[str, object], level: str) -> tuple[object, ...]:
    path = ("unhcr_bureau", "country_of_asylum", "location_level_1", "location")
    if level in path:
        return tuple(row[one] for one in path[: path.index(level) + 1])
    return ("¦other" if row[level] == OTHER else row[level],)


def families(lived: list[Month]) -> dict[int, int]:
    return {
        person: family
        for month in lived
        for person, family in zip(
            month.read.population.persons.tolist(), month.read.population.families.tolist(), strict=True
        )
    }


def _above(lived: list[Month]) -> dict[str, list[str]]:
    tables = {one.name: one for one in shape().tables()}
    return {
        name: [
            other
            for other, coarse in tables.items()
            if coarse.sensitive == one.sensitive and (other == name or is_coarser(_bare(coarse), _bare(one)))
        ]
        for name, one in tables.items()
    }


def _bare(table: CanonicalTable) -> CanonicalTable:
    return table.base


def _few(one: frozenset[int], other: frozenset[int], family: dict[int, int]) -> bool:
    between = one ^ other
    return bool(between) and (len(between) < 10 or len({family[person] for person in between}) < 5)


def slivers(lived: list[Month]) -> list[tuple[Item, Item]]:
    """Pairs of printed numbers, of one month or of any two, that leave too few between them."""
    family, above = families(lived), _above(lived)
    found: list[tuple[Item, Item]] = []
    ever: dict[tuple[Item, frozenset[int]], None] = {}
    for items in printed(lived):
        # a number that is printed again as it was stood beside all the others before
        new = {each: None for each in items.items() if each not in ever}
        ever |= new
        for finer, coarser in ((new, ever), (ever, new)):
            wholes = defaultdict(list)
            for item, persons in coarser:
                wholes[item[0], item[1]].append((item, persons))
            for item, persons in finer:
                for name in above[item[0]]:
                    for other, whole in wholes[name, item[1]]:
                        if _lies_in(item, other) and _few(whole, persons, family):
                            found.append((other, item))
    return found


def lines_over_months(lived: list[Month]) -> list[tuple[Item, str]]:
    """Numbers less all of their parts, each as a month printed it or as it was printed last, that are of a few."""
    return lines(printed(lived), _above(lived), _lies_in, families(lived))


def _lies_in(item: Item, other: Item) -> bool:
    """Whether a cell lies in another one, by the names of its members alone."""
    mine = dict(zip((one for one in item[0].split("+") if "=" not in one), item[2], strict=False))
    theirs = dict(zip((one for one in other[0].split("+") if "=" not in one), other[2], strict=False))
    for name, member in theirs.items():
        own = mine.get(name) or _coarser(mine, name)
        if own is None or tuple(own) != tuple(member):  # type: ignore[arg-type]
            return False
    return True


def _coarser(told: dict[str, object], name: str) -> tuple[object, ...] | None:
    path = ("unhcr_bureau", "country_of_asylum", "location_level_1", "location")
    if name in path:
        finer = [one for one in path if one in told]
        return told[finer[0]][: path.index(name) + 1] if finer else None  # type: ignore[index]
    ages = {"0-4": "0-17", "5-11": "0-17", "12-17": "0-17", "60+": "60+", None: None}
    standard = {"18-24": "18-59", "25-49": "18-59", "50-59": "18-59"}
    for finer in ("age_group_detailed", "age_group"):
        if finer in told and name in ("age_group", "age_broad") and finer != name:
            (age,) = told[finer]  # type: ignore[misc]
            return (standard.get(age, age) if name == "age_group" else ages.get(age, "18-59"),)
    return None


@pytest.mark.parametrize("seed", range(2))
def test_no_two_printed_numbers_leave_a_few_between_them(seed: int, tmp_path: Path) -> None:
    lived = served(tmp_path, months(seed, 3))
    assert sum(table.num_rows for table in lived[-1].tables.values()) > 40
    assert slivers(lived) == []
    assert lines_over_months(lived) == []


def test_nor_in_a_year_of_places_and_sexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer tables, so that twelve months take seconds; whole registers are lived through in the long tests."""
    kept = ("geography", "sex")
    few = replace(shape(), hierarchies=tuple(one for one in shape().hierarchies if one[0].hierarchy in kept))
    for module in (protected_people, sys.modules[__name__]):
        monkeypatch.setattr(module, "shape", lambda: few)
    lived = served(tmp_path, months(1, 12))
    assert len(lived) == 12 and lived[-1].tables["location"].num_rows > 5
    assert slivers(lived) == []
    assert lines_over_months(lived) == []


def test_lines_over_months_tell_of_a_few_where_what_is_withheld_now_was_printed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statuses.Together, "withheld", lambda *_: np.zeros(0, dtype=np.int64))
    with pytest.raises(BuildFailed, match=r"break the rules \(.*line over months.*\) when they are counted anew"):
        served(tmp_path / "held", months(2, 2))
    monkeypatch.setattr(protected_people, "require_rules", lambda *_: None)
    assert len(lines_over_months(served(tmp_path / "weak", months(2, 2)))) > 20


def test_nor_where_those_of_one_age_are_all_who_have_an_attribute(tmp_path: Path) -> None:
    """A part that keeps its value beside a whole that has nobody else today: who came since is all that is between."""
    lived = served(tmp_path, told_by_age(months(5, 2)))
    for attribute in ("=DS", "is_focal_point"):
        assert sum(table.num_rows for name, table in lived[-1].tables.items() if name.endswith(attribute)) > 10
    assert slivers(lived) == []


def test_nor_where_everybody_of_a_printed_number_has_moved_elsewhere(tmp_path: Path) -> None:
    first, second = served(tmp_path, moving_away())
    assert first.tables["location"].num_rows == 2
    assert slivers([first, second]) == []


def test_nor_beside_one_that_was_printed_before_the_month_before(tmp_path: Path) -> None:
    first, second, third = served(tmp_path, away_and_back())
    assert first.tables["country_of_asylum"].num_rows and not first.tables["all"].num_rows
    # what may not be told anew is printed again as it was, with its day
    again = second.tables["country_of_asylum"]
    assert again.column(AS_OF).to_pylist() == [first.day] and not second.tables["all"].num_rows
    assert again.column("persons").to_pylist() == first.tables["country_of_asylum"].column("persons").to_pylist()
    assert slivers([first, second, third]) == []


def test_what_last_month_told_is_told_this_month_too_anew_or_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who kept a file is kept from anything by leaving it out, and whoever has this month alone misses it."""
    by = ("country_of_asylum", "sex", "age_group", "sex+country_of_origin", "sex+age_group", "unhcr_bureau+sex")

    def told(one: Month, name: str) -> dict[tuple[str, ...], tuple[int, date]]:
        rows = one.tables[name].to_pylist()
        return {
            tuple(row[level] or "" for level in name.split("+")): (row[PERSONS], row[AS_OF] or one.day) for row in rows
        }

    first, second = served(tmp_path / "ours", months(3, 2))
    anew, again = 0, 0
    for name in by:
        before, after = told(first, name), told(second, name)
        assert set(before) <= set(after), name
        anew += sum(day == second.day for _, day in after.values())
        again += sum(day == first.day for _, day in after.values())
        assert all(after[key] == before[key] for key, (_, day) in after.items() if day == first.day)
    assert min(anew, again) > 5
    monkeypatch.setattr(ruling, "printed_again", lambda statuses, *_: statuses)
    less = served(tmp_path / "without", months(3, 2))[-1]
    assert sum(less.tables[name].num_rows for name in by) < sum(second.tables[name].num_rows for name in by)


def test_what_breaks_a_rule_beside_a_month_before_the_last_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ruling, "printed_again", lambda statuses, *_: statuses)
    monkeypatch.setattr(statuses, "_barred_beside_older", lambda *_: ())
    monkeypatch.setattr(
        statuses.Together, "withheld", lambda *_: np.zeros(0, dtype=np.int64)
    )  # which finds the same one, as a line of one part
    with pytest.raises(BuildFailed, match=r"break the rules \(.*sliver.*\) when they are counted anew"):
        served(tmp_path, away_and_back())


def test_a_category_that_is_put_with_others_is_not_told_beside_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = served(tmp_path / "ours", put_with_others())
    origins = [
        {row["country_of_origin"]: row[AS_OF] for row in one.tables["country_of_origin"].to_pylist()}
        for one in (first, second)
    ]
    assert {"SOM", OTHER} <= set(origins[0])
    assert origins[1].get(OTHER, first.day) == first.day, "nearly all of whom it is now were printed as SOM"
    # and where the build forgets it, the exact check does not
    nobody = lambda where, counts, *_: np.zeros(len(counts.persons), dtype=bool)  # noqa: E731
    monkeypatch.setattr(cube_months, "_nearly_the_same", nobody)
    monkeypatch.setattr(statuses.Together, "withheld", lambda *_: np.zeros(0, dtype=np.int64))
    with pytest.raises(BuildFailed, match=r"break the rules \(.*change.*\) when they are counted anew"):
        served(tmp_path / "forgets", put_with_others())


def test_what_leaves_an_insider_a_few_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attribute = shape().sensitive[0].name
    (month,) = served(tmp_path / "ours", told_but_for_a_few())
    assert not month.tables[attribute].num_rows
    # and where the build forgets it, the exact check does not
    monkeypatch.setattr(ruling.Insiders, "leave_enough", lambda *_: {})
    with pytest.raises(BuildFailed, match=r"break the rules \(insider\) when they are counted anew"):
        served(tmp_path / "forgets", told_but_for_a_few())
    assert not (tmp_path / "forgets").exists()


@pytest.mark.long
@pytest.mark.skipif(os.environ.get("DATAPORT_LONG") != "1", reason="takes minutes: make test-long")
@pytest.mark.parametrize("seed", range(2, 12))
def test_nor_in_a_year_of_many_registers(seed: int, tmp_path: Path) -> None:
    lived = served(tmp_path, months(seed, 12))
    assert slivers(lived) == []
    assert lines_over_months(lived) == []


@pytest.mark.long
@pytest.mark.skipif(os.environ.get("DATAPORT_LONG") != "1", reason="takes minutes: make test-long")
@pytest.mark.parametrize("seed", range(6))
def test_nor_in_half_a_year_where_attributes_go_by_age(seed: int, tmp_path: Path) -> None:
    assert slivers(served(tmp_path, told_by_age(months(seed, 6)))) == []


def test_what_copies_of_the_process_share_in_is_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, alone = served(tmp_path / "alone", months(3, 2))
    for module in ("ruling", "together"):
        monkeypatch.setattr(f"dataport.cube.{module}._WORTH_SHARING", 0)
    *_, together = served(tmp_path / "shared", months(3, 2))
    assert together.tables == alone.tables


def test_the_check_notices_where_the_rule_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # neither pairs nor lines: each alone catches all that these registers have
    monkeypatch.setattr(statuses, "settle", lambda candidates, *others: Settled(candidates, 1))
    monkeypatch.setattr(protected_people, "require_rules", lambda *_: None)
    assert slivers(served(tmp_path, months(0, 1)))


def test_what_breaks_a_rule_is_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statuses, "settle", lambda candidates, *others: Settled(candidates, 1))
    with pytest.raises(BuildFailed, match=r"break the rules \(.*sliver.*\) when they are counted anew"):
        served(tmp_path, months(0, 1))
    assert not list(tmp_path.iterdir())


def test_an_office_of_a_scope_may_have_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of all offices has no records yet, and somebody counts it together with another one."""
    scopes = frozenset({frozenset({"FO-KEN", "SO-KEN"}), frozenset({"SO-KEN"})})
    monkeypatch.setattr(protected_people.Register, "exact_scopes", lambda _: scopes)
    assert len(served(tmp_path, months(7, 1))) == 1
