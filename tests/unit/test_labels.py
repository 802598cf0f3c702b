"""Labels and files: members by code, by label, by both, in every format; each column says its system."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from figures import WIDE, world, write_home

import dataport
from dataport.api import Answer
from dataport.cli import main
from dataport.errors import WrongRequest

PEOPLE = [
    {"individual_key": 1, "country_of_origin_code": "GFR", "sex_code": "F"},
    {"individual_key": 2, "country_of_origin_code": "GFR", "sex_code": "M"},
    {"individual_key": 3, "country_of_origin_code": "ARE", "sex_code": None},
    {"individual_key": 4, "country_of_origin_code": None, "sex_code": "F"},
    {"individual_key": 5, "country_of_origin_code": "TIB", "sex_code": "F"},
]
QUESTION = ("ask", "active_individuals", "--by", "country_of_origin", "--by", "sex", "--totals")
BOTH = ["country_of_origin_unhcr", "country_of_origin_iso3", "country_of_origin_label", "sex", "sex_label"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("labels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAPORT_KEYRING", str(folder / "keys.json"))
        patch.setenv("DATAPORT_VIEWER", WIDE.login)
        patch.setenv("DATAPORT_HOME", str(folder / "home"))
        before = os.umask(0o077)
        yield write_home(folder / "home", world(PEOPLE), [WIDE], datetime.now(UTC).replace(tzinfo=None))
        os.umask(before)


@pytest.fixture(scope="module")
def answer(home: Path) -> Answer:
    return dataport.open(home).ask("active_individuals", ["country_of_origin", "sex"], totals=True)


def run(*words: str) -> int:
    """The command line in this process; its exit code."""
    try:
        main(list(words))
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def test_both_shows_each_code_in_its_system_beside_the_label(answer: Answer) -> None:
    frame = answer.labels("both").to_polars()
    assert frame.columns == [*BOTH, "active_individuals"]
    rows = {row[:3] for row in frame.rows()}
    assert rows == {
        ("GFR", "DEU", "Germany"), ("ARE", "EGY", "Egypt"), ("TIB", None, "Tibetan"), (None, None, "Unknown"),
    }  # fmt: skip
    assert {row[3:5] for row in frame.rows()} == {("F", "Female"), ("M", "Male"), (None, "Unknown")}


def test_labels_alone_take_the_place_of_codes_and_totals_say_all(answer: Answer) -> None:
    frame = answer.labels().to_polars(totals=True)
    assert frame.columns == ["country_of_origin", "sex", "active_individuals", "total_of"]
    assert ("all", "all", 5, "country_of_origin,sex") in frame.rows()
    assert ("Germany", "all", 2, "sex") in frame.rows()
    assert ("Unknown", "Female", 1, None) in frame.rows()
    assert frame["country_of_origin"].null_count() == 0
    assert answer.labels("code").to_polars().columns == [*BOTH[:2], "sex", "active_individuals"]
    with pytest.raises(WrongRequest, match="code, label, both"):
        answer.labels("names")  # type: ignore[arg-type]


def test_without_a_word_an_answer_is_as_ever(answer: Answer) -> None:
    assert answer.to_polars().columns == ["country_of_origin", "sex", "active_individuals"]


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "arrow"])
def test_every_format_says_the_same(home: Path, answer: Answer, tmp_path: Path, form: str) -> None:
    """The file says its format by its name, and holds what Python gives."""
    path = tmp_path / f"table.{form.upper() if form == 'csv' else form}"
    assert run(*QUESTION, "--labels", "both", "--output", str(path)) == 0
    expected = answer.labels("both").to_polars(totals=True, status=True)
    if form == "json":
        said = json.loads(path.read_text())
        assert [one["name"] for one in said["columns"]] == expected.columns[:-2]
        assert [one.get("system") for one in said["columns"]][:3] == ["unhcr", "iso3", None]
        labels = [one["label"].partition(" (")[2] for one in said["columns"]]
        assert labels == ["UNHCR code)", "ISO3 code)", "", "", "", ""][: len(labels)]
        rows = [tuple(row) for part in (said, *reversed(said["totals"])) for row in part["rows"]]
        assert rows == [row[:-2] for row in expected.rows()]
    elif form == "csv":
        lines = list(csv.reader(io.StringIO(path.read_text())))
        assert lines[0] == expected.columns
        assert lines[1:] == [["" if one is None else str(one) for one in row] for row in expected.rows()]
    else:
        read = pl.read_parquet if form == "parquet" else pl.read_ipc_stream
        assert read(path).rows() == expected.rows()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_pivot_says_of_a_member_without_a_code_what_the_flat_table_says(home: Path, tmp_path: Path) -> None:
    """A member that has no ISO code, and the unknown member, have none in a file for programs, across or not."""
    for labels in ("both", "code", "label"):
        whole, across = tmp_path / f"{labels}.parquet", tmp_path / f"{labels}-across.parquet"
        assert run(*QUESTION, "--labels", labels, "--output", str(whole)) == 0
        assert run(*QUESTION, "--labels", labels, "--pivot", "sex", "--output", str(across)) == 0
        flat, pivot = pl.read_parquet(whole), pl.read_parquet(across)
        names = [name for name in flat.columns if name.startswith("country_of_origin")]
        members = set(flat.select(*names).iter_rows())
        assert set(pivot.select(*names).iter_rows()) == members
        assert labels == "label" or any(row[1] is None and row[0] for row in members), "one has no ISO code"


def test_people_read_labels_and_nothing_is_blank(home: Path, capsys: Any) -> None:
    assert run(*QUESTION, "--labels", "both") == 0
    text = capsys.readouterr().out
    for word in ("UNHCR", "ISO3", "Germany", "DEU", "none", "Unknown", "all"):
        assert word in text
    assert run(*QUESTION, "--labels", "label") == 0
    assert "GFR" not in capsys.readouterr().out.split("\u00b7")[0].split("active_individuals")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--output", "table.doc"), "does not say which format"),
        (("--output", "table.csv", "--format", "json"), "is called like csv"),
        (("--output", "no/such/folder/table.csv"), "There is no folder"),
        (("--output", "/dev/null", "--format", "csv"), "no ordinary file"),
        (("--output", "{home}/links.csv"), "no answers"),
        (("--output", "there.csv"), "there already"),
        (("--overwrite",), "goes with --output"),
    ],
)
def test_a_place_that_is_no_place_for_an_answer_is_refused(
    home: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.csv").write_text("mine")
    assert run(*QUESTION, *(one.format(home=home) for one in words)) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["there.csv"]


def test_a_file_is_replaced_where_that_is_said(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "there.txt"
    path.write_text("mine")
    assert run(*QUESTION, "--output", str(path), "--overwrite") == 0
    assert "Germany (GFR)" in path.read_text()


def test_a_list_of_the_registration_is_read_by_label_too(home: Path, capsys: Any) -> None:
    """What has a public list is held against it before anything is read; of an office the rows are asked."""
    for where, answer in (
        ("education_level != 'No education'", "No education was read as NE (No education) of education_level"),
        ("relationship != 'Wife'", "of relationship"),
        ("business_unit != 'nowhere'", "nothing in scope has business_unit in ('nowhere'), on any day"),
    ):
        assert run("ask", "active_individuals", "--where", where, "--format", "csv") == 0
        assert answer in " ".join(capsys.readouterr().err.split())
    for where in ("education_level != 'Nix'", "occupation not in ('Nix')", "relationship != 'Nix'"):
        assert run("ask", "active_individuals", "--where", where) == 2
        assert "There is no value of" in capsys.readouterr().err
