"""Members across: each has a column of its own, whatever it is called, and none has that of another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from owned import HALF_YEAR, indicator, level, opened, simple_model

from dataport.api import Answer
from dataport.cli.render import Look, write_table
from dataport.disclosure import METADATA_KEY

_YAML = simple_model(indicator("n", "flow: {fact: f, axis: d}"), levels=level("g", "on: {f: g}"))


def _across(folder: Path, members: Sequence[str | None]) -> Answer:
    """A number of rows by the level `s`, which is `a` for all, and by these members."""
    said = ["null" if one is None else f"'{one}'" for one in members]
    rows = ", ".join(f"({nth}, 'a', {one}, date '2024-01-05')" for nth, one in enumerate(said))
    port = opened(folder, f"create table t as from (values {rows}) v(id, s, g, d)", _YAML)
    return port.ask("n", ["s", "g"], totals=True, **HALF_YEAR)


@pytest.mark.parametrize(
    ("members", "columns"),
    [
        (["total_of", None, "b"], {"b": 1, "total_of_": 1, "Unknown": 1}),
        (["status", "cell_status", None], {"cell_status": 1, "status_": 1, "Unknown": 1}),
        # the level that goes down is called s: the member s is called otherwise, and never as another member
        (["s", "s", "s_"], {"s__": 2, "s_": 1}),
        (["", "", "column_1"], {"''": 2, "column_1": 1}),
        (["Unknown", None, None], {"'Unknown'": 1, "Unknown_": 2}),
        (["ALL", "all_"], {"ALL": 1, "all_": 1}),
    ],
)
def test_a_member_has_a_column_of_its_own(tmp_path: Path, members: list[str | None], columns: dict[str, int]) -> None:
    answer = _across(tmp_path, members)
    [row] = answer.pivot("g").to_dicts()
    assert row == {"s": "a", **columns}
    row, _ = answer.pivot("g", totals=True, status=True).to_dicts()
    assert list(row) == ["s", *columns, "all", "total_of", "status"]
    assert row == {"s": "a", **columns, "all": len(members), "total_of": None, "status": row["status"]}


def test_a_member_called_all_is_not_all_of_them(tmp_path: Path) -> None:
    row, _ = _across(tmp_path, ["all", "b"]).pivot("g", totals=True).to_dicts()
    assert {name: row[name] for name in ("'all'", "b", "all_")} == {"'all'": 1, "b": 1, "all_": 2}


def test_a_file_with_a_level_across_says_of_itself_what_it_is(tmp_path: Path) -> None:
    """Its metadata are of the answer: columns and codes of cells are other ones there."""
    path = tmp_path / "p.parquet"
    answer = _across(tmp_path, ["b", "c"])
    with path.open("wb") as file:
        write_table(answer.safe, "parquet", Look(across="g"), file)
    table = pq.read_table(path)
    assert table.column_names == ["s", "b", "c", "all", "total_of", "status"]
    metadata = json.loads(table.schema.metadata[METADATA_KEY])
    assert set(metadata) == {"across", "members", "meta"}
    assert (metadata["across"], metadata["meta"]["question"]) == ("g", answer.safe.meta["question"])
