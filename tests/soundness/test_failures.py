"""Where the engine, the file or the caller's words fail: errors of ours that say what, why and what helps."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
from owned import HISTORY, fact, indicator, level, model, opened, rows, simple_model

import dataport
from dataport.engine import EngineFailed
from dataport.errors import Busy, DataportError, OutsideHistory, WrongRequest
from dataport.semantic import DateRange

COUNTED = model(fact(axes="{d: d}"), level("s"), indicator("n", "flow: {fact: f, axis: d}"))
EVENTS = model(
    fact(axes="{d: d}"),
    level("s"),
    indicator("n", "flow: {fact: f, axis: d}")
    + indicator("total", "flow: {fact: f, axis: d, aggregate: sum, column: x}"),
)
ROWS = """create table t as from (values (1, 'a', date '2024-01-05', 'Amina'),
    (2, 'b', date '2024-01-06', '7')) v(id, s, d, x)"""
AS_VIEW = ROWS.replace("table t", "table raw") + "; create view t as select id, s, d, {x} as x from raw"
QUARTER = {"period": "2024-01-01..2024-03-31"}


@pytest.mark.parametrize(
    ("column", "helps"),
    [
        ("cast(x as integer)", "let a view cast"),
        ("1.5e308::double", "let a view cast"),
        ("cast(9223372036854775807 as bigint) * id", "let a view cast"),
        ("error(x)::int", ""),
        ("(select min(content) from read_text('/etc/passwd'))::int", "Make a table"),
    ],
)
def test_the_engine_stops_and_what_it_was_about_is_said(tmp_path: Path, column: str, helps: str) -> None:
    port = opened(tmp_path, AS_VIEW.format(x=column), EVENTS)
    with pytest.raises(EngineFailed) as failed:
        port.ask("total", **QUARTER)
    said = str(failed.value)
    assert "the indicator total (sum of the column x of the fact f, table t)" in said
    assert helps in said
    assert "Ask again" not in said and "Amina" not in said and "passwd" not in said
    assert failed.value.__cause__ is None and failed.value.__suppress_context__
    if "read_text" not in column:
        assert rows(port, "n", **QUARTER) == [(2,)], "what does not read that column is answered"


def _not_opened(path: object, **words: Any) -> DataportError:
    more = {"definitions": Path(__file__).parents[1] / "shop", "viewer": dataport.declared("me", "e"), **words}
    with pytest.raises(DataportError) as failed:
        dataport.open(database=path, **more)  # type: ignore[arg-type]
    return failed.value


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    assert "There is no file" in str(_not_opened(tmp_path / "none.duckdb"))
    assert "is a folder" in str(_not_opened(tmp_path))
    junk = tmp_path / "junk.duckdb"
    for content in (b"", b"PAR1", b"no database" * 1000):
        junk.write_bytes(content)
        assert "is no DuckDB database" in str(_not_opened(junk))
    good = tmp_path / 'it\'s a "file" $p?.duckdb'
    with duckdb.connect(str(good)) as connection:
        connection.execute(ROWS)
    whole = good.read_bytes()
    damaged = whole[:12] + b"\x26" + whole[13:]  # the number of the format
    for content in (damaged, whole[:9000], whole[:8192] + b"\1" * (len(whole) - 8192)):
        junk.write_bytes(content)
        assert "damaged, or of a version" in str(_not_opened(junk))
    with duckdb.connect() as connection:
        connection.execute("set force_mbedtls_unsafe = 'true'")
        connection.execute("attach $p as x (encryption_key 'k')", {"p": str(tmp_path / "secret.duckdb")})
        connection.execute("create table x.t as select 1")
        connection.execute("detach x")
    assert "is encrypted" in str(_not_opened(tmp_path / "secret.duckdb"))
    for nonsense in (3, None, b"x", "", "a\0b", ["x"]):
        if nonsense is not None:
            assert isinstance(_not_opened(nonsense), WrongRequest)
    assert "no such table" not in str(_not_opened(good)), "a file with any name is opened"


def test_a_file_is_the_one_that_was_named_wherever_the_program_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere there may be another file of that name, and other definitions."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    opened(here, ROWS, COUNTED)
    there.mkdir()
    opened(there, ROWS.replace(", (2, 'b', date '2024-01-06', '7')", ""), COUNTED)
    monkeypatch.chdir(here / "file_0")
    who = dataport.declared("me", "e")
    port = dataport.open(database="own.duckdb", definitions="model", viewer=who, history=HISTORY)
    monkeypatch.chdir(there / "file_0")
    assert rows(port, "n", **QUARTER) == [(2,)]
    with duckdb.connect(str(here / "file_0" / "own.duckdb")) as connection:
        connection.execute("delete from t where id = 1")
    assert rows(port, "n", **QUARTER) == [(1,)]


def test_a_file_that_is_open_for_writing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(ROWS)
        busy = _not_opened(path)
        assert isinstance(busy, Busy) and "in this very program" in str(busy)
    writes = f"import duckdb; kept = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", writes], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline()
        busy = _not_opened(path)
        writer.communicate(b"\n")
    assert isinstance(busy, Busy) and "in another program" in str(busy)


@pytest.mark.parametrize(
    "history",
    [
        3, "2024", ("2024-01-01", "2024-02-01"), (datetime(2024, 1, 1),), (date(2024, 1, 1), date(2024, 2, 1)),
        (datetime(2024, 2, 1), datetime(2024, 1, 1)), (datetime(2024, 1, 1), datetime(2024, 1, 1)),
        (datetime(2024, 1, 1), None), (datetime.min, datetime(2024, 1, 1)), (datetime(2024, 1, 1), datetime.max),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=5))), datetime(2024, 1, 1)), {}, (), b"ab", object(),
    ],
)  # fmt: skip
def test_a_history_that_is_none_is_refused(tmp_path: Path, history: Any) -> None:
    with pytest.raises(WrongRequest, match="`history`"):
        opened(tmp_path, ROWS, COUNTED, history)


def test_dates_before_all_calendars_are_refused_and_not_reckoned_with(tmp_path: Path) -> None:
    yaml = simple_model(
        indicator("n", "flow: {fact: f, axis: d}"),
        indicator("on_a_year", "change: {of: n, since: year-ago}"),
        indicator("on_before", "change: {of: n, since: previous}"),
    )
    with pytest.raises(WrongRequest, match="`history`"):
        opened(tmp_path, ROWS, yaml, (datetime(3, 12, 31), datetime(2024, 1, 1)))
    port = opened(tmp_path, ROWS, yaml, (datetime(4, 1, 1), datetime(2024, 7, 1)))
    for asked in ({"as_of": "0004-01-01"}, {"period": "0004-01-01..0014-12-31"}, {"period": "0004-01-01..2024-02-03"}):
        for compare in ("year-ago", "previous"):
            with pytest.raises((OutsideHistory, WrongRequest)):
                port.ask("n", compare=compare, **asked)
        for name in ("on_a_year", "on_before"):
            with pytest.raises((OutsideHistory, WrongRequest)):
                port.ask(name, **asked)
    assert port.ask("n", as_of="0004-01-01").to_dicts() == [{"n": 0}]
    assert port.ask("n", period="0004-01-01..0004-02-10", grain="month").to_dicts()[0]["n"] == 0


def test_a_history_may_say_its_zone(tmp_path: Path) -> None:
    east = timezone(timedelta(hours=5))
    begun = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 6, 5, tzinfo=east))
    port = opened(tmp_path, ROWS, COUNTED, begun)
    assert rows(port, "n", period="2024-01-01..2024-01-05") == [(1,)]
    with pytest.raises(DataportError, match="2024-01-06 cannot be answered"):
        port.ask("n", period="2024-01-01..2024-01-06")


def test_one_text_is_a_list_of_one(tmp_path: Path) -> None:
    port = opened(tmp_path, ROWS, COUNTED)
    listed = port.ask(["n"], by=["s"], where=["s = 'a'"], order=["s"], **QUARTER).to_dicts()
    assert port.ask("n", by="s", where="s = 'a'", order="s", **QUARTER).to_dicts() == listed == [{"s": "a", "n": 1}]
    days = DateRange(date(2024, 1, 1), date(2024, 3, 31))
    assert port.ask("n", period=days).to_dicts() == port.ask("n", period=(days.first, "2024-03-31")).to_dicts()
    assert port.ask("n", by="s", subtotals="s", **QUARTER).safe.totals == ()
    assert port.ask("n", by=None, where=None, **QUARTER).to_dicts() == [{"n": 2}]  # type: ignore[arg-type]
    assert rows(opened(tmp_path, ROWS, COUNTED, units="a"), "n", **QUARTER) == [(1,)]


NONSENSE = (3, 1.5, b"n", object(), [1], [None], [["n"]], {"n": 1}, True, [b"n"], ["\ud800"], datetime(2024, 1, 1))


WORDS = [
    "indicators",
    "by",
    "where",
    "order",
    "subtotals",
    "as_of",
    "period",
    "grain",
    "compare",
    "geography",
    "totals",
    "top",
    "other",
]


@pytest.mark.parametrize("name", WORDS)
def test_words_of_another_type_are_errors_of_ours(tmp_path: Path, name: str) -> None:
    port = opened(tmp_path, ROWS, COUNTED)
    for nonsense in NONSENSE:
        if (name, nonsense) in ((("totals", True)), ("other", True), ("top", 3), ("totals", True)):
            continue
        words = {"indicators": ["n"], name: nonsense}
        with pytest.raises(DataportError):
            port.ask(**words)  # type: ignore[arg-type]


def test_words_of_a_change_of_another_type_are_errors_of_ours(tmp_path: Path) -> None:
    port = opened(tmp_path, ROWS, COUNTED)
    for nonsense in (*NONSENSE, None):
        with pytest.raises(DataportError):
            port.change(nonsense, ("2024-01-01", "2024-02-01"))  # type: ignore[arg-type]
        with pytest.raises(DataportError):
            port.change("n", nonsense)  # type: ignore[arg-type]
    assert HISTORY[0] < HISTORY[1]


@pytest.mark.parametrize("given", [("me", 3), ("me", [3]), (3, "e"), ("", "e"), ("me", "e", 3), ("me", "e", [3])])
def test_a_viewer_is_declared_in_texts(given: Any) -> None:
    with pytest.raises(WrongRequest):
        dataport.declared(*given)


@pytest.mark.parametrize("change", ["drop table raw", "alter table raw rename x to y"])
def test_a_view_whose_tables_have_changed_is_said(tmp_path: Path, change: str) -> None:
    """It may still be called as it was when it was made, and nothing can be read from it."""
    made = AS_VIEW.format(x="x").replace("'Amina'", "1").replace("'7'", "2")
    port = opened(tmp_path, f"{made}; {change}", EVENTS)
    with pytest.raises(EngineFailed, match="it may lean on a table or column that is gone") as failed:
        port.ask("total", **QUARTER)
    assert "the column x of the fact f, table t" in str(failed.value)
