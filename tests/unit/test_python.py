"""Answers and ports from Python: each form of an answer says the same, and what a notebook shows can do nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from test_labels import home as home
from test_outputs import answers
from test_outputs import port as port

import dataport
from dataport import render
from dataport.api import Port
from dataport.errors import BadDefinition, DataportError, UnknownName, WrongRequest


class Cells(HTMLParser):
    """The texts of the cells, and every tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_an_answer_is_its_rows(port: Port) -> None:
    for answer in answers(port):
        rows = answer.to_dicts()
        assert list(answer) == rows
        assert len(answer) == len(rows)
        assert pa.table(answer).to_pylist() == answer.to_arrow().to_pylist()
        assert pl.DataFrame(answer).to_dicts() == answer.to_polars().to_dicts()
    asked = port.ask("n", "s", as_of="2024-02-01")
    assert duckdb.sql("select sum(n) from asked").fetchall() == [(sum(row["n"] for row in asked),)]


def test_pandas_keeps_whole_numbers_whole(port: Port) -> None:
    pytest.importorskip("pandas")
    answer = port.ask("n", "s", grain="month", period="2023-12-01..2024-02-29")
    frame = answer.to_pandas(totals=True, status=True)
    assert list(frame.columns) == ["s", "period", "n", "total_of", "status"]
    assert "int" in str(frame["n"].dtype)
    assert frame["n"].isna().any()


def test_who_is_declared_for_nothing_that_there_is_is_told_so_at_once(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("create table t as select 1 as id, 'x' as o, date '2024-01-01' as d")
    (tmp_path / "model.yml").write_text(
        "facts:\n  f: {label: F, table: t, entity: visit, unit: id, scope: o, axes: {on: d}}\n"
    )
    with pytest.raises(UnknownName, match=r"There is no entity called 'visits'\. Did you mean visit\?"):
        dataport.open(database=tmp_path / "x.duckdb", definitions=tmp_path, viewer=dataport.declared("me", ["visits"]))


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, port: Port) -> None:
    monkeypatch.setitem(render._FORMS, "plot", ("no_such_library", "plot"))
    monkeypatch.setitem(sys.modules, "dataport.render.frame", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.delitem(sys.modules, "dataport.render.frame")
    with pytest.raises(render.NotInstalled, match=r"pip install 'dataport\[pandas\]'"):
        port.ask("n", "s", as_of="2024-02-01").to_pandas()


def test_a_notebook_shows_labels_flags_and_notes(port: Port) -> None:
    for answer in answers(port):
        html = Cells(answer._repr_html_())
        assert html.tags <= {"table", "thead", "tbody", "tr", "th", "td", "p", "small", "br"}
    trend = port.ask("n", "s", grain="month", period="2023-12-01..2024-02-29")
    text = Cells(trend._repr_html_()).texts
    assert {"2023-12", "2024-01", "2024-02", "–", "– outside what this warehouse knows"} <= set(text)
    small = port.ask("n", "s", as_of="2024-02-01")
    assert "* fewer than 10 behind it: not for onward release" in Cells(small._repr_html_()).texts


def test_a_notebook_runs_nothing() -> None:
    inert = render.form("page").inert
    for text in ("<script>x</script>", "<img src=x onerror=y>", "a&b", "\u202eabc", "\x1b[2J", '"><b>', "a\x00"):
        told = inert(text)
        assert not set("<>\x1b\x00\u202e") & set(told)
        assert Cells(f"<td>{told}</td>").tags == {"td"}


def test_a_picture_of_a_notebook_is_that_of_the_workbook(port: Port) -> None:
    pytest.importorskip("altair")
    kinds = set()
    for answer in answers(port):
        if not [one for one in answer.safe.columns if one.role == "level"] or not len(answer):
            continue
        said = answer.plot().to_dict()
        kinds.add(said["mark"]["type"])
        assert said["title"]["text"]
    assert kinds == {"bar", "line"}


def test_a_pivot_is_a_frame(port: Port) -> None:
    answer = port.ask("n", "s", grain="month", period="2023-12-01..2024-02-29", totals=True)
    assert answer.pivot("month").columns == ["s", "2023-12", "2024-01", "2024-02"]
    whole = answer.pivot("month", totals=True, status=True)
    assert whole.columns[-2:] == ["total_of", "status"]
    assert whole.height == answer.pivot("month").height + 1
    with pytest.raises(WrongRequest, match="cannot go across"):
        answer.pivot("nix")


def test_one_name_as_text_is_one_name(port: Port) -> None:
    many = port.ask(["n"], ["s"], ["size >= 5"], as_of=date(2024, 2, 1), order=["n:desc"], subtotals=[["s"]])
    one = port.ask("n", "s", "size >= 5", as_of="2024-02-01", order="n:desc", subtotals="s")
    assert one.to_dicts() == many.to_dicts()
    pair = port.change("n", ("2024-01-04", "2024-01-06"), "s")
    assert port.change("n", "2024-01-04..2024-01-06", by=["s"]).to_dicts() == pair.to_dicts()
    period = {"grain": "month", "period": "2024-01..2024-02"}
    assert port.ask("n", **period).to_dicts() == port.ask("n", grain="month", period=("2024-01", "2024-02")).to_dicts()


def test_a_catalog_completes_and_says_what_it_has(home: Path, port: Port) -> None:
    catalog = dataport.open(home).catalog
    assert {"active_individuals", "sex_ratio"} <= set(dir(catalog.indicators)) & set(catalog.indicators)
    assert "sex" in catalog.breakdowns._ipython_key_completions_()
    assert catalog.breakdowns.sex == catalog.breakdowns["sex"]
    assert catalog.members("sex") == {"F": "Female", "M": "Male"} == catalog.breakdowns.sex.members
    assert catalog.indicators.active_individuals.unit == "persons"
    assert "sex" in catalog.indicators.active_individuals.goes_with
    assert "sex" in [one.name for one in catalog.search("gender")]
    for wrong in (lambda: catalog.indicators.active_individual, lambda: catalog.breakdowns["sexx"]):
        with pytest.raises((AttributeError, KeyError), match="Did you mean"):
            wrong()
    with pytest.raises(UnknownName):
        catalog.members("nix")
    assert not hasattr(catalog.indicators, "__wrapped__")
    assert "<table>" in catalog.breakdowns._repr_html_()
    assert set(port.catalog.indicators) == {"n", "p"}


def test_a_question_is_explained(home: Path, port: Port) -> None:
    own = dataport.open(home).explain("active_individuals", "sex", "sex = 'female'")
    assert "female was read as F (Female) of sex" in own.readings
    assert own.steps
    told = port.explain("n", "s", as_of="2024-02-01")
    assert "SELECT" in told.sql
    with pytest.raises(WrongRequest, match="has no 'form'"):
        port.explain("n", form="json")


def test_a_port_closes(home: Path, port: Port) -> None:
    with dataport.open(home) as opened:
        assert len(opened.ask("active_individuals")) == 1
    for asked in (lambda: opened.ask("active_individuals"), lambda: opened.catalog, lambda: opened.status()):
        with pytest.raises(WrongRequest, match="closed"):
            asked()
    opened.close()  # once more is no harm
    with pytest.raises(WrongRequest, match="Only a home has status"):
        port.status()


def test_a_closed_port_lets_go_of_its_files_and_of_its_cases(home: Path) -> None:
    with dataport.open(home) as opened:
        case = opened.case("KEN-00001", purpose="Appointment")
        opened.ask("active_individuals")
        assert held_open(home / "published")
    assert not held_open(home / "published")
    with pytest.raises(WrongRequest, match="closed"):
        case.show()
    assert not held_open(home / "published")


def test_a_port_closes_where_its_with_ends_badly(home: Path) -> None:
    with pytest.raises(UnknownName), dataport.open(home) as opened:
        opened.ask("active_individuals")
        opened.ask("nix")
    assert not held_open(home / "published")


def held_open(folder: Path) -> list[str]:
    """The files below a folder that this process has open."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not tell which files a process has open")
    links = [one for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    return [str(to) for to in map(Path.resolve, links) if to.is_relative_to(folder.resolve())]


def own(folder: Path) -> Port:
    """A file of one row, open."""
    path = folder / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t as select 1 as id, 'x' as o, timestamp '2024-01-02' as a")
        connection.execute("alter table t add column b timestamp default timestamp '9999-12-31'")
    (folder / "model.yml").write_text(
        "facts:\n  f: {label: F, table: t, entity: e, unit: id, scope: o, validity: {from: a, to: b}}\n"
        "indicators:\n  n: {label: N, description: D, unit: persons, tier: T0, over: o, stock: {fact: f}}\n"
    )
    return dataport.open(
        database=path, definitions=folder, viewer=dataport.declared("me", "e"),
        history=(datetime(2024, 1, 1), datetime(2024, 4, 1)),
    )  # fmt: skip


def write_elsewhere(folder: Path, statement: str) -> None:
    """Another process writes to the file."""
    writing = f"import duckdb; duckdb.connect({str(folder / 'x.duckdb')!r}).execute({statement!r})"
    subprocess.run([sys.executable, "-c", writing], check=True)


def test_a_file_of_ones_own_is_free_between_questions(tmp_path: Path) -> None:
    """Another process may write to it, and the next question sees what it wrote."""
    opened = own(tmp_path)
    asked = (
        lambda: opened.ask("n"),
        lambda: opened.explain("n"),
        lambda: opened.change("n", "2024-01-02..2024-02-01"),
        lambda: opened.catalog.indicators.n,
    )
    for number, ask in enumerate(asked, start=2):
        ask()
        write_elsewhere(
            tmp_path, f"insert into t values ({number}, 'x', timestamp '2024-01-02', timestamp '9999-12-31')"
        )
        assert opened.ask("n").to_dicts() == [{"n": number}]
    with duckdb.connect(str(tmp_path / "x.duckdb")) as here:
        assert here.execute("select count(*) from t").fetchall() == [(5,)]
    opened.close()
    with pytest.raises(WrongRequest, match="closed"):
        opened.ask("n")


def test_a_file_of_ones_own_is_free_after_a_question_that_failed(tmp_path: Path) -> None:
    opened = own(tmp_path)
    kept = []  # with their traceback, as a notebook keeps the last one
    for wrong in (lambda: opened.ask("nix"), lambda: opened.ask("n", "nix"), lambda: opened.explain("nix")):
        with pytest.raises(UnknownName) as told:
            wrong()
        kept.append(told)
        write_elsewhere(tmp_path, "delete from t where false; checkpoint")
    write_elsewhere(tmp_path, "insert into t select * from t")
    with pytest.raises(DataportError, match="id") as told:
        opened.ask("n")
    kept.append(told)
    write_elsewhere(tmp_path, "drop table t")
    with pytest.raises(BadDefinition) as gone:
        own_again(tmp_path)
    kept.append(gone)
    write_elsewhere(tmp_path, "create table t as select 1 as id")


def own_again(folder: Path) -> Port:
    """The file as it is now, opened anew."""
    return dataport.open(database=folder / "x.duckdb", definitions=folder, viewer=dataport.declared("me", "e"))


def test_what_a_catalog_names_may_be_asked_with(home: Path) -> None:
    opened = dataport.open(home)
    people, sex = opened.catalog.indicators.active_individuals, opened.catalog.breakdowns.sex
    expected = opened.ask("active_individuals", ["sex"], totals=True, subtotals=[["sex"]]).to_dicts(totals=True)
    assert opened.ask(people, sex, totals=True, subtotals=[sex]).to_dicts(totals=True) == expected
    assert opened.ask([people], by=[sex], totals=True, subtotals=[[sex]]).to_dicts(totals=True) == expected
