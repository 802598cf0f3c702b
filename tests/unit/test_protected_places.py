"""The unknown place of one country is not told as if it were that of every country."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from dataport.disclosure.protected.answer import _placed, _Snapshot, _Sure
from dataport.disclosure.protected.lattice import lattice
from dataport.disclosure.protected.made import EVERY_DAY
from dataport.disclosure.protected.mapping import NotProtected, Selected, broad_ages

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
    sure = _Sure.of(asked, "girls", ("sex", "age_group"))
    rows = [("F", "5-11"), ("F", None), ("M", "5-11"), (None, "5-11"), ("F", "18-59"), ("F", "18-59")]
    assert [sure.is_nobody(row) for row in rows] == [False, False, True, True, True, True]


@pytest.mark.parametrize("names", [(), ("all",)], ids=["no such table", "no ages in it"])
def test_what_a_snapshot_of_earlier_rules_does_not_hold_is_not_protected(names: tuple[str, ...]) -> None:
    """A series goes on being served after the rules have changed; what they added since is not in it."""
    mean = Selected(parts=("age_broad", broad_ages()), is_mean=True)
    table = SimpleNamespace(name="all", sensitive=None, place=None)
    asked: Any = SimpleNamespace(leaves={"average_age": mean}, where=Selected(), table=lambda *_: table)
    rows = pa.table({"age_broad": ["0-17"], "persons": [40], "as_of": pa.array([None], pa.date32())})
    cube: Any = SimpleNamespace(names=lambda: names, table=lambda name: rows)
    with pytest.raises(NotProtected):
        _Snapshot(cube).number(asked, "average_age", (), ())


def test_nobody_has_no_average_age() -> None:
    mean = Selected({"sex": "F"}, is_mean=True)
    asked: Any = SimpleNamespace(leaves={"average_age": mean, "girls": Selected({"sex": "F"})}, where=Selected())
    snapshot = _Snapshot(SimpleNamespace())  # type: ignore[arg-type]
    assert snapshot.number(asked, "girls", ("sex",), ("M",)) == (0, EVERY_DAY)
    assert snapshot.number(asked, "average_age", ("sex",), ("M",)) is None
