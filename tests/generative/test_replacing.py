"""What a refresh replaces is all that it made of some keys, and nothing is written again that is as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from types import SimpleNamespace
from typing import Any, TypeAlias

import duckdb
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataport.warehouse.project import project_folder

Row: TypeAlias = tuple[int | None, str | None, float | None]
COLUMNS = {"key": "bigint", "code": "varchar", "number": "double"}
_ROWS = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3, None]),
        st.sampled_from(["a", "b", "", None]),
        st.sampled_from([0.0, -0.0, float("nan"), 1.5, None]),
    ),
    max_size=12,
)


def _statement(key: Any = "key", predicates: Any = None) -> str:
    def stop(text: str) -> None:
        raise ValueError(text)

    text = (project_folder() / "macros" / "changed.sql").read_text(encoding="utf-8")
    macros: Any = jinja2.Environment().from_string(
        text,
        globals={
            "adapter": SimpleNamespace(quote='"{}"'.format),
            "exceptions": SimpleNamespace(raise_compiler_error=stop),
        },
    )
    columns = [SimpleNamespace(name=name, quoted=f'"{name}"') for name in COLUMNS]
    words = {"target_relation": "target", "temp_relation": "source", "unique_key": key, "dest_columns": columns}
    return str(macros.module.get_incremental_changed_rows_sql(words | {"incremental_predicates": predicates}))


@given(before=_ROWS, made=_ROWS)
def test_all_rows_of_the_keys_that_were_made_are_those_that_were_made(before: list[Row], made: list[Row]) -> None:
    with closing(duckdb.connect()) as file:
        for name, rows in (("target", before), ("source", made)):
            file.execute(f"create table {name} ({', '.join(map(' '.join, COLUMNS.items()))})")
            if rows:
                file.executemany(f"insert into {name} values (?, ?, ?)", rows)
        [(first_new,)] = file.execute("select coalesce(max(rowid) + 1, 0) from target").fetchall()
        file.execute(_statement())
        after = file.execute("from target").fetchall()
        inserted = file.execute("from target where rowid >= ?", [first_new]).fetchall()
    keys = {key for key, *_ in made} - {None}
    wanted = [*(row for row in before if row[0] not in keys), *made]
    assert Counter(map(_value, after)) == Counter(map(_value, wanted))
    # what was there once and is there once is not written again; nobody's rows have no key to be replaced by
    as_they_were = {row for row in map(_value, made) if row in set(map(_value, before)) and row[0] is not None}
    assert not [row for row in map(_value, inserted) if row in as_they_were and _times(row, made) == 1]


def _value(row: Row) -> tuple[Any, ...]:
    """A row as SQL compares it: every NaN is one, and so is every zero."""
    number = row[2]
    return (row[0], row[1], "nan" if number is not None and number != number else number)


def _times(row: tuple[Any, ...], rows: Iterable[Row]) -> int:
    return sum(row == _value(one) for one in rows)


def test_a_row_that_was_made_twice_is_there_twice() -> None:
    with closing(duckdb.connect()) as file:
        file.execute("create table target as select 1::bigint as key, 'a' as code, 1.5::double as number")
        file.execute("create table source as from target union all from target")
        file.execute(_statement())
        assert file.execute("select count(*) from target").fetchone() == (2,)


@pytest.mark.parametrize(("key", "predicates"), [(["key", "code"], None), (None, None), ("key", ["true"])])
def test_what_it_does_not_do_is_refused(key: Any, predicates: Any) -> None:
    with pytest.raises(ValueError, match="one column as its key"):
        _statement(key, predicates)


Version: TypeAlias = tuple[int, int, str, int, bool]
_DAYS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), st.sampled_from("ab"), st.booleans()), max_size=14)
_OPEN = "timestamp '9999-12-31'"
_COLUMNS = {"owner": "int", "key": "int", "code": "text", "valid_from": "timestamp", "valid_to": "timestamp"}


def _history(told: list[tuple[int, int, str, bool]], until: int) -> list[Version]:
    """Key, day of the beginning, what it says, day of the end (99: none), whether the record is deleted then."""
    found: list[Version] = []
    for key in (1, 2, 3):
        days = {day: (code, gone) for which, day, code, gone in told if which == key and day < until}
        begins = sorted(days)
        found += [
            (key, day, days[day][0], end, days[day][1]) for day, end in zip(begins, [*begins[1:], 99], strict=False)
        ]
    return found


def _new_versions(meta: dict[str, str]) -> str:
    text = (project_folder() / "macros" / "every_version.sql").read_text(encoding="utf-8")
    macros: Any = jinja2.Environment().from_string(
        text,
        globals={
            "config": SimpleNamespace(get=lambda _: meta),
            "open_end": lambda: _OPEN,
            "ref": str,
            "source": lambda _, name: name,
        },
    )
    columns = [
        SimpleNamespace(name=name, quoted=f'"{name}"') for name in ("owner", "key", "code", "valid_from", "valid_to")
    ]
    words = {"target_relation": "target", "temp_relation": "made", "unique_key": ["key"], "dest_columns": columns}
    return str(macros.module.get_incremental_new_versions_sql(words))


@given(told=_DAYS, before=st.integers(0, 20), after=st.integers(0, 20), early=st.integers(0, 5), by_owner=st.booleans())
def test_records_are_the_versions_of_their_history(
    told: list[tuple[int, int, str, bool]], before: int, after: int, early: int, by_owner: bool
) -> None:
    """`early`: how long before what is new the run looks, because another store's batch began then."""
    before, after = sorted((before, after))
    with closing(duckdb.connect()) as file:
        for name, until in (("before", before), ("history", after)):
            file.execute(f"create table {name} ({', '.join(map(' '.join, _COLUMNS.items()))}, is_deleted bool)")
            for key, begins, code, ends, gone in _history(told, until):
                end = _OPEN if ends == 99 else f"timestamp '2022-01-01' + interval {ends} day"
                file.execute(
                    f"insert into {name} values (?, ?, ?, timestamp '2022-01-01' + to_days(?), {end}, ?)",
                    [key + 10, key, code, begins, gone],
                )
        file.execute(
            "create table run_build as select timestamp '2022-01-01' + to_days(?) as changed_since", [before - early]
        )
        kept = f"select {', '.join(_COLUMNS)} from {{}} where not is_deleted"
        file.execute(f"create table target as {kept.format('before')}")
        file.execute(
            f"create table made as {kept.format('history')} and valid_from >= (select changed_since from run_build)"
        )
        file.execute(_new_versions({"history": "history"} | ({"found_by": "owner"} if by_owner else {})))
        found = file.execute("from target order by all").fetchall()
        assert found == file.execute(f"{kept.format('history')} order by all").fetchall()
