"""The table of 2021 by country, age and sex, as statisticians hand it on: read back by the programs that they use."""

from __future__ import annotations

import csv
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import dataport
from dataport.cli import main
from dataport.dictionary import read_seed

BY = ("country_of_asylum", "age_group", "sex")
QUESTION = ("ask", "active_individuals", *(word for name in BY for word in ("--by", name)), "--as-of", "2021-12-31")
COLUMNS = [
    "country_of_asylum_unhcr", "country_of_asylum_iso3", "country_of_asylum_label", "age_group", "age_group_label",
    "sex", "sex_label", "active_individuals",
]  # fmt: skip


@pytest.fixture(scope="module")
def expected(home: Path) -> dict[tuple[str | None, ...], int]:
    """The same numbers from Python, by their codes."""
    with dataport.open(home) as port:
        rows = port.ask("active_individuals", BY, as_of="2021-12-31").to_dicts()
    return {tuple(row[name] for name in BY): row["active_individuals"] for row in rows}


@pytest.fixture(scope="module")
def files(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of each form, as the command line writes them."""
    folder = tmp_path_factory.mktemp("files")
    for name in ("table.csv", "table.xlsx"):
        main([*QUESTION, "--labels", "both", "--output", str(folder / name)])
    return folder


def by_codes(rows: list[dict[str, Any]]) -> dict[tuple[str | None, ...], int]:
    """The numbers of rows that were read back, by their codes; each combination is there once."""
    names = ("country_of_asylum_unhcr", "age_group", "sex")
    # a workbook says it in words, a CSV with an empty cell
    unknown = (None, "", "Unknown")
    found = {tuple(None if row[name] in unknown else row[name] for name in names): number(row) for row in rows}
    assert len(found) == len(rows)
    return found


def number(row: dict[str, Any]) -> int:
    """The number of a row. Where a text shows it with the mark of a small one, the row's status says so too."""
    shown = str(row["active_individuals"])
    if shown.endswith("*"):
        assert row["status"] == "active_individuals=not_for_release"
    return int(shown.rstrip("*").replace(",", ""))


def hold(rows: list[dict[str, Any]], expected: dict[tuple[str | None, ...], int]) -> None:
    """The same numbers, and the labels and ISO codes of the public lists."""
    assert by_codes(rows) == expected
    listed = {row["country_code"]: row for row in read_seed("country")}
    for row in rows:
        country = listed[row["country_of_asylum_unhcr"]]
        assert row["country_of_asylum_iso3"] == country["iso3_code"]
        assert row["country_of_asylum_label"] == country["country_name"]
        assert row["sex_label"] == {"F": "Female", "M": "Male"}.get(row["sex"], row["sex_label"])


def grid(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet below its header."""
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_there_is_something_to_read(expected: dict[tuple[str | None, ...], int]) -> None:
    assert len(expected) > 300
    assert len(Counter(country for country, *_ in expected)) > 60


def test_the_csv(files: Path, expected: dict[tuple[str | None, ...], int]) -> None:
    rows = read(files / "table.csv")
    assert list(rows[0]) == [*COLUMNS, "total_of", "status"]
    hold(rows, expected)


def test_the_workbook_as_openpyxl_reads_it(files: Path, expected: dict[tuple[str | None, ...], int]) -> None:
    book = openpyxl.load_workbook(files / "table.xlsx")
    sheet = book["Answer"]
    assert [cell.value for cell in sheet[1]] == [*COLUMNS, "total_of", "status"]
    assert list(sheet.tables) == ["Answer"] and "About" in book.sheetnames
    hold(grid(sheet), expected)


def test_the_workbook_as_libreoffice_reads_it(
    files: Path, expected: dict[tuple[str | None, ...], int], office: str, tmp_path: Path
) -> None:
    """Converted to CSV and to a workbook of its own: the same numbers, and nothing that it had to mend."""
    hold(read(converted(office, files / "table.xlsx", "csv", tmp_path)), expected)
    again = openpyxl.load_workbook(converted(office, files / "table.xlsx", "xlsx", tmp_path))
    assert {"Answer", "About"} <= set(again.sheetnames)
    hold(grid(again["Answer"]), expected)


def test_the_csv_as_libreoffice_reads_it(
    files: Path, expected: dict[tuple[str | None, ...], int], office: str, tmp_path: Path
) -> None:
    """Codes that look like dates or numbers (5-11) stay texts."""
    again = openpyxl.load_workbook(converted(office, files / "table.csv", "xlsx", tmp_path))
    hold(grid(again.worksheets[0]), expected)


def converted(office: str, path: Path, kind: str, folder: Path) -> Path:
    """The file as LibreOffice writes it again, with a profile that nobody uses."""
    out = folder / kind
    # texts as texts: separators, quote, UTF-8, first line, and quoted fields as texts
    read_as = ["--infilter=CSV:44,34,76,1,,0,true"] if path.suffix == ".csv" else []
    write_as = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false" if kind == "csv" else kind
    words = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", *read_as, "--convert-to", write_as,
             "--outdir", str(out), str(path)]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True, timeout=300, env={**os.environ, "HOME": str(folder)})
    return out / f"{path.stem}.{kind}"
