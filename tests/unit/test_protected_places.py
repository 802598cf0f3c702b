"""The unknown place of one country is not told as if it were that of every country."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from dataport.dictionary import read_seed
from dataport.disclosure.protected.answer import Listed
from dataport.disclosure.protected.lattice import lattice
from dataport.disclosure.protected.lookup import OpenSnapshot, Sure, _placed
from dataport.disclosure.protected.made import EVERY_DAY
from dataport.disclosure.protected.mapping import NotProtected, Selected, broad_ages
from dataport.disclosure.protected.members import Member, bureau_of, members_of, places, rows_of

ROWS = pa.table(
    {
        "unhcr_bureau": ["EHAGL", "EHAGL"],
        "country_of_asylum": ["KEN", "KEN"],
        "location_level_1": pa.array([None, None], pa.string()),
        "location": ["KEN-1", None],
        "persons": [120, 40],
    }
)


def _persons(*named: str) -> Any:
    table = lattice().table_of(["location"])
    assert table
    return _placed(ROWS, table, set(named)).column("persons").to_pylist()


def test_an_unknown_place_is_told_of_what_it_lies_in() -> None:
    assert _persons("location") == [120]
    assert _persons("location", "country_of_asylum") == [120]
    assert _persons("location", "country_of_asylum", "location_level_1") == [120, 40]


def test_a_row_is_nobodys_by_the_definitions_alone() -> None:
    asked: Any = SimpleNamespace(
        leaves={"girls": Selected({"sex": "F"})}, where=Selected(has={"need_category=SC": True})
    )
    sure = Sure.of(asked, "girls", ("sex", "age_group"))
    rows = [("F", "5-11"), ("F", None), ("M", "5-11"), (None, "5-11"), ("F", "18-59"), ("F", "18-59")]
    assert sure.nobody_in(rows) == [False, False, True, True, True, True]


@pytest.mark.parametrize("names", [(), ("all",)], ids=["no such table", "no ages in it"])
def test_what_a_snapshot_of_earlier_rules_does_not_hold_is_not_protected(names: tuple[str, ...]) -> None:
    """A series goes on being served after the rules have changed; what they added since is not in it."""
    mean = Selected(parts=("age_broad", broad_ages()), is_mean=True)
    table = SimpleNamespace(name="all", sensitive=None, place=None)
    asked: Any = SimpleNamespace(leaves={"average_age": mean}, where=Selected(), table=lambda *_: table)
    rows = pa.table({"age_broad": ["0-17"], "persons": [40], "as_of": pa.array([None], pa.date32())})
    cube: Any = SimpleNamespace(names=lambda: names, table=lambda name: rows)
    with pytest.raises(NotProtected):
        OpenSnapshot(cube).values(asked, "average_age", ())


def test_nobody_has_no_average_age() -> None:
    mean = Selected({"sex": "F"}, is_mean=True)
    asked: Any = SimpleNamespace(leaves={"average_age": mean, "girls": Selected({"sex": "F"})}, where=Selected())
    listed, nothing = Listed(asked, ("sex",), [("M",)], lambda day: None), OpenSnapshot(SimpleNamespace())  # type: ignore[arg-type]
    assert listed.numbers("girls", nothing) == [(0, EVERY_DAY)]
    assert listed.numbers("average_age", nothing) == [None]


def test_places_are_those_of_the_operations() -> None:
    operations = {row["country_code"] for row in read_seed("operation")}
    there = [row for row in read_seed("location") if row["country_code"] in operations]
    assert members_of("country_of_asylum") == tuple(sorted(operations)) and len(operations) == 117
    assert members_of("location") == tuple(sorted(row["location_code"] for row in there))
    assert members_of("location_level_1") == tuple(sorted(row["location_code"] for row in there if row["level"] == "1"))


LAID = [
    ("sex", "age_broad"),
    ("unhcr_bureau", "country_of_asylum"),
    ("country_of_asylum", "sex", "unhcr_bureau"),
    ("sex", "location_level_1", "country_of_asylum"),
    ("location_level_1", "location"),
]


@pytest.mark.parametrize("by", LAID, ids=",".join)
def test_every_row_is_listed_in_the_order_of_the_lists_but_for_places_that_do_not_lie_in_each_other(
    by: tuple[str, ...],
) -> None:
    only: dict[str, tuple[Member, ...]] = {}
    for name in by:
        there = members_of(name)
        only[name] = there[: len(there) // 2] if len(there) > 300 else there

    def country(name: str, member: Member) -> str | None:
        if name == "country_of_asylum":
            return str(member)
        return places()[str(member)][0] if name.startswith("location") else None

    def is_one_place(row: tuple[Member, ...]) -> bool:
        told = dict(zip(by, row, strict=True))
        lands = {country(name, member) for name, member in told.items()} - {None}
        bureaus = {bureau_of()[str(one)] for one in lands} | ({told["unhcr_bureau"]} if "unhcr_bureau" in by else set())
        return len(lands) < 2 and len(bureaus) < 2

    expected = [row for row in product(*(only[name] for name in by)) if is_one_place(row)]
    assert rows_of(by, only, 10**6) == expected
    assert rows_of(by, only, len(expected)) == expected
    assert rows_of(by, only, len(expected) - 1) is None


@pytest.mark.parametrize(
    ("by", "where", "finer"),
    [
        (("location_level_1",), {"country_of_asylum": "UGA"}, "location_level_1"),
        (("sex", "location_level_1"), {"country_of_asylum": "UGA", "age_broad": "0-17"}, "location_level_1"),
        (("country_of_asylum",), {"unhcr_bureau": "MENA"}, "country_of_asylum"),
        (("sex",), {"country_of_asylum": "UGA"}, "sex"),
    ],
)
def test_of_places_those_are_listed_that_lie_where_a_filter_says(
    by: tuple[str, ...], where: dict[str, Member], finer: str
) -> None:
    def lies_there(row: tuple[Member, ...]) -> bool:
        member = str(dict(zip(by, row, strict=True))[finer])
        if finer == "location_level_1":
            return places()[member][0] == where["country_of_asylum"]
        return finer == "sex" or bureau_of()[member] == where["unhcr_bureau"]

    everything = rows_of(by, {}, 10**6)
    assert everything is not None
    found = rows_of(by, {}, 10**6, where)
    assert found == [row for row in everything if lies_there(row)] and found
