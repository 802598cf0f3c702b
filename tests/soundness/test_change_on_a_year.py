"""A trend of changes on a year stands beside the year before, whatever its filters are reached through."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from owned import opened

# two years of somebody coming on the fifteenth of each month, two a month in the second year, to one of two branches
PEOPLE = """
create table t as
    select n as id, 'a' as s, branch, (n % 40)::integer as years,
           make_timestamp(2022 + (month // 12)::bigint, 1 + month % 12, 15, 0, 0, 0) as a,
           null::timestamp as b,
           make_date(2022 + (month // 12)::bigint, 1 + month % 12, 15) as d
    from (
        select row_number() over () as n, month, if(copy = 2 or month % 2 = 0, 'n', 's') as branch
        from range(24) m(month), range(1, 3) c(copy) where copy = 1 or month >= 12
    );
create table branches as from (values ('n', 'north'), ('s', 'south')) v(code, region);
"""
MODEL = """
facts:
  f: {label: F, table: t, entity: e, unit: id, scope: s, validity: {from: a, to: b}, axes: {d: d}}
dimensions:
  branches: {table: branches, key: code, public: true, reason: places}
levels:
  branch: {label: L, tier: T0, on: {f: branch}}
  region: {label: L, tier: T0, via: {base: branch, dimension: branches, column: region}}
indicators:
  people: {label: I, description: D, unit: u, tier: T0, stock: {fact: f}, over: at the end}
  arrivals: {label: I, description: D, unit: u, tier: T0, flow: {fact: f, axis: d}}
  so_far: {label: I, description: D, unit: u, tier: T0, cumulative: {fact: f, axis: d}}
""" + "".join(
    f"  {name}_on_a_year: {{label: I, description: D, unit: u, tier: T0,"
    f" change: {{of: {name}, since: year-ago, as: difference}}}}\n"
    for name in ("people", "arrivals", "so_far")
)
ROWS = [(month, "n" if copy == 2 or month % 2 == 0 else "s") for month in range(24) for copy in (1, 2)
        if copy == 1 or month >= 12]  # fmt: skip
REGIONS = {"n": "north", "s": "south"}
SIZES = {"month": 1, "quarter": 3}


def counted(name: str, region: str | None, first: int, size: int) -> int:
    """By hand: arrivals of the months of a period, or everybody who had come by its end."""
    begins = first if name == "arrivals" else 0
    return sum(begins <= month < first + size for month, branch in ROWS if region in (None, REGIONS[branch]))


@pytest.mark.parametrize("grain", SIZES)
@pytest.mark.parametrize("name", ["people", "arrivals", "so_far"])
@pytest.mark.parametrize(
    "words",
    [
        {},
        {"where": ["branch = 'n'"]},
        {"where": ["region = 'north'"]},
        {"where": ["region != 'south'"], "totals": True},
        {"by": ["region"]},
        {"by": ["branch"], "where": ["region = 'south'"]},
    ],
    ids=str,
)
def test_each_period_is_held_against_the_one_a_year_before(
    tmp_path: Path, name: str, words: dict[str, Any], grain: str
) -> None:
    port = opened(tmp_path, PEOPLE, MODEL, (datetime(2022, 1, 1), datetime(2024, 1, 1)))
    asked = {"period": "2023-01-01..2023-12-31", "grain": grain}
    told = port.ask([f"{name}_on_a_year"], **asked, **words).to_dicts()
    where, by = " ".join(words.get("where", ())), words.get("by", [])
    one = "north" if where in ("branch = 'n'", "region = 'north'", "region != 'south'") else "south"
    regions = ["north", "south"] if by == ["region"] else [one if where else None]
    expected = {
        (first // 12, first % 12, region): counted(name, region, first, size) - counted(name, region, first - 12, size)
        for size in (SIZES[grain],)
        for first in range(12, 24, size)
        for region in regions
    }
    of = {"n": "north", "s": "south"}
    found = {}
    for row in told:
        region = of.get(row.get("branch"), row.get("region") or regions[0])
        found[row["period"].year - 2022, row["period"].month - 1, region] = row[f"{name}_on_a_year"]
    assert found == expected
    assert len(told) == len(expected), "no period that was not asked"
