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
