"""Random tables with dirty validity: refused with the right counts, or counted as a slow judge does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeAlias

import duckdb
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from owned import fact, indicator, level, model

import dataport
from dataport.errors import ContractBroken

Row: TypeAlias = tuple[int | None, str, datetime | str | None, datetime | str | None]
FIRST, LAST = datetime(2024, 1, 1), datetime(2024, 3, 1)
MODEL = model(
    fact(validity="{from: a, to: b}"),
    level("s"),
    indicator("n", "stock: {fact: f}") + indicator("average", "period_average: {fact: f}"),
)
# few instants, near each other, so that rows meet; ends that are open in every way
INSTANTS = st.sampled_from([FIRST + timedelta(hours=12 * n) for n in range(9)])
STARTS = st.one_of(INSTANTS, INSTANTS, INSTANTS, st.sampled_from([None, "-infinity", datetime(1700, 1, 1)]))
ENDS = st.one_of(INSTANTS, INSTANTS, st.sampled_from([None, "infinity", "-infinity", datetime(2300, 1, 1)]))
ROWS = st.lists(
    st.tuples(st.one_of(st.integers(1, 4), st.integers(1, 40)), st.sampled_from("abc"), STARTS, ENDS), max_size=6
)
DAYS = [FIRST.date() + timedelta(days=n) for n in range(5)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("declared")
    (place / "model").mkdir()
    (place / "model" / "model.yml").write_text(MODEL, encoding="utf-8")
    return place


def _at(end: datetime | str | None, if_open: datetime) -> datetime:
    """An end of validity as an instant; null is open on its own side."""
    if isinstance(end, str):
        return datetime.max if end == "infinity" else datetime.min
    return if_open if end is None else end


def _spans(rows: list[Row]) -> Iterator[tuple[int | None, str, datetime, datetime]]:
    for unit, scope, start, end in rows:
        yield unit, scope, _at(start, datetime.min), _at(end, datetime.max)


def _dirt(rows: list[Row]) -> tuple[int, int, int]:
    """How many rows end before they begin; how many begin while an earlier one of their unit holds, and of how many."""
    spans = list(_spans(rows))
    backwards = sum(
        _at(end, datetime.max) < _at(start, datetime.min) for _, _, start, end in rows if None not in (start, end)
    )
    again = []
    for n, (unit, _, start, end) in enumerate(spans):
        if start < end:
            for m, (other, _, begins, ends) in enumerate(spans):
                is_earlier = (begins, ends, m) < (start, end, n)
                if other == unit and begins < ends and is_earlier and start < ends:
                    again.append((unit, n))
                    break
    return backwards, len(again), len({unit for unit, _ in again})


def _standing(rows: list[Row], day: date) -> dict[str, int]:
    """Who was there at the end of a day, by scope."""
    closing = datetime.combine(day + timedelta(days=1), time.min)
    counts: dict[str, int] = {}
    for _, scope, start, end in _spans(rows):
        if start < closing <= end:
            counts[scope] = counts.get(scope, 0) + 1
    return counts


def _written(path: Path, rows: list[Row], kind: str) -> None:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"set timezone = 'UTC'; create table t (id int, s text, a {kind}, b {kind})")
        for row in rows:
            connection.execute(
                "insert into t values (?, ?, ?, ?)", [str(one) if one is not None else None for one in row]
            )


@given(ROWS, st.sampled_from(["timestamp", "timestamptz"]))
def test_dirty_tables_are_refused_with_their_counts_or_counted_right(folder: Path, rows: list[Row], kind: str) -> None:
    path = folder / "own.duckdb"
    _written(path, rows, kind)
    port = dataport.open(
        database=path, definitions=folder / "model", viewer=dataport.declared("me", "e"), history=(FIRST, LAST)
    )
    backwards, again, units = _dirt(rows)
    event(f"dirty: {bool(backwards)}, {bool(again)}")
    if backwards or again:
        with pytest.raises(ContractBroken) as refused:
            port.ask("n")
        said = str(refused.value)
        assert (f"(b is before a): {backwards}." in said) == bool(backwards)
        assert (
            [*map(int, re.findall(r"still holds: (\d+) \(of (\d+) units\)", said)[0])] == [again, units]
            if again
            else True
        )
        assert ("still holds" in said) == bool(again)
        return
    by_day = [_standing(rows, day) for day in DAYS]
    for day, right in zip(DAYS, by_day, strict=True):
        assert {one["s"]: one["n"] for one in port.ask("n", by="s", as_of=day).to_dicts()} == right
    span = (DAYS[0], DAYS[-1])
    trend = port.ask("n", by="s", period=span, grain="day").to_dicts()
    assert {(one["s"], one["period"]): one["n"] for one in trend if one["n"]} == {
        (scope, day): count for day, right in zip(DAYS, by_day, strict=True) for scope, count in right.items()
    }
    averages = port.ask("average", by="s", period=span).to_dicts()
    scopes = {scope for right in by_day for scope in right}
    assert {one["s"]: one["average"] for one in averages} == {
        scope: pytest.approx(sum(right.get(scope, 0) for right in by_day) / len(DAYS)) for scope in scopes
    }
    moved = port.change("n", span, by="s").to_dicts()
    assert {one["s"]: (one["start"], one["end"]) for one in moved} == {
        scope: (by_day[0].get(scope, 0), by_day[-1].get(scope, 0))
        for scope in {one["s"] for one in moved} | set(by_day[0]) | set(by_day[-1])
    }
