"""A workbook, read back: the table, the chart that fits, what is said of it, and texts that stay texts."""

from __future__ import annotations

import io
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from figures import Desk, world
from test_outputs import answers
from test_outputs import port as port

from dataport.api import Port
from dataport.disclosure import SafeTable
from dataport.errors import WrongRequest
from dataport.render import workbook
from dataport.render.workbook import write_workbook
from dataport.serve.answers import Wanted, written

PEOPLE = [
    {"individual_key": number, "sex_code": sex, "age_group_code": age, "country_of_origin_code": "SOM"}
    for number, (sex, age) in enumerate(
        [("F", "0-4"), ("M", "0-4"), ("M", "0-4"), ("F", "60+"), (None, "60+"), ("F", None)] * 5, start=1
    )
]
DESK = Desk(world(PEOPLE))
META = {
    "question": "Q", "scope": "all rows", "as_of": "2022-02-28", "flows": None, "compared_with": None,
    "data_version": 1, "viewer": "me", "viewer_class": "registration", "geography": "today",
}  # fmt: skip


def asked(*indicators: str, **words: Any) -> SafeTable:
    table = DESK.ask(*indicators, **words)
    object.__setattr__(table, "meta", {**META, "limits": list(table.meta["limits"])})
    return table


def read(table: SafeTable, **words: Any) -> Any:
    file = io.BytesIO()
    write_workbook(table, file, **words)
    return openpyxl.load_workbook(io.BytesIO(file.getvalue()))


def rows(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.values)


def test_the_table_holds_codes_labels_totals_and_flags() -> None:
    book = read(asked("active_individuals", by=("country_of_origin", "sex"), totals=True))
    sheet = book["Answer"]
    head, *body = rows(sheet)
    assert head == (
        "country_of_origin_unhcr", "country_of_origin_iso3", "country_of_origin_label", "sex", "sex_label",
        "active_individuals", "total_of", "status",
    )  # fmt: skip
    assert ("SOM", "SOM", "Somalia", "F", "Female", 15, None, None) in body
    assert ("SOM", "SOM", "Somalia", "Unknown", "Unknown", 5, None, "active_individuals=not_for_release") in body
    assert ("all", "all", "all", "all", "all", 30, "country_of_origin,sex", None) in body
    (table,) = sheet.tables.values()
    assert table.name == "Answer"
    assert table.ref == f"A1:H{len(body) + 1}"
    formats = {cell.value: cell.number_format for cell in sheet["F"][1:]}
    assert formats[15] == "#,##0"
    assert formats[5] == '#,##0"*"'


def test_ages_by_sex_are_a_pyramid() -> None:
    book = read(asked("active_individuals", by=("age_group", "sex")))
    sheet = book["Chart"]
    (chart,) = sheet._charts
    assert (chart.barDir, chart.grouping, chart.overlap) == ("bar", "stacked", 100)
    head, *body = rows(sheet)
    assert head[:3] == ("Age group", "Male", "Female")
    assert body[0][:3] == ("0-4", -10, 5)
    # nobody of a sex is no bar; a sex that is not known is not drawn, and that is said
    assert body[1][1] in ("#N/A", "=NA()")
    assert "not drawn: sex unknown" in [row[0] for row in body]
    assert sheet["B2"].number_format == "#,##0;#,##0"


def test_a_trend_is_lines_and_members_are_bars() -> None:
    trend = read(asked("active_individuals", grain="month", by=("sex",)))["Chart"]
    assert type(trend._charts[0]).__name__ == "LineChart"
    bars = read(asked("active_individuals", "share_of_children", by=("sex",)))["Chart"]
    assert type(bars._charts[0]).__name__ == "BarChart"
    assert "not drawn: Share of children" in [row[0] for row in rows(bars)]
    # what is not for onward release has its mark beside the chart too
    small = read(asked("active_individuals", by=("country_of_origin", "sex")))["Chart"]
    formats = {cell.value: cell.number_format for row in list(small.rows)[1:] for cell in row[1:] if cell.value}
    assert (formats[15], formats[5]) == ("#,##0", '#,##0"*"')
    assert read(asked("active_individuals")).sheetnames == ["Answer", "About"]


def test_a_pivot_goes_into_a_workbook() -> None:
    head, *body = rows(read(asked("active_individuals", by=("age_group", "sex"), totals=True), across="sex")["Answer"])
    assert head == ("age_group", "age_group_label", "Female", "Male", "Unknown", "all", "total_of", "status")
    assert body[0] == ("0-4", "0-4", 5, 10, "·", 15, None, "Female=not_for_release;Unknown=no_row")


def test_it_says_what_it_is() -> None:
    table = asked("active_individuals", "share_of_children", by=("country_of_origin",))
    said = rows(read(table)["About"])
    told = dict(said)
    assert (told["Question"], told["Scope"], told["Data version"]) == ("Q", "all rows", "1")
    assert told["Date"].startswith("2022-02-28")
    assert any(
        row[1].startswith("active_individuals: Active individuals, in persons. Individuals whose") for row in said
    )
    assert any("UNHCR codes" in row[1] for row in said)


def test_every_answer_says_in_a_workbook_what_it_says_elsewhere(port: Port) -> None:
    """No number is another one, none is blank or 0 for what is not shown, and flags and notes are there."""
    marks = set()
    for answer in answers(port):
        book = read(answer.safe)
        head, *body = rows(book["Answer"])
        numbers = [one.name for one in answer.safe.columns if one.role != "level"]
        levels = [one.name for one in answer.safe.columns if one.role == "level"]
        parts = [(answer.safe.data, answer.safe.status)]
        parts += [(one.data, one.status) for one in reversed(answer.totals)]
        expected = [
            (row, {one.column: one.code for one in status if one.row == place})
            for data, status in parts
            for place, row in enumerate(data.to_pylist())
        ]
        assert len(body) == max(len(expected), 1)
        for line, (row, codes) in zip(body, expected, strict=True) if expected else ():
            shown = dict(zip(head, line, strict=True))
            for name in numbers:
                if row[name] is None:
                    marks.add(shown[name])
                    assert shown[name] in ("–", ":", "n/a")
                else:
                    assert shown[name] == pytest.approx(float(row[name]), rel=1e-15)
                said = shown["cell_status" if "status" in numbers + levels else "status"]
                assert ((said or "").split(";")).count(f"{name}={codes.get(name)}") == (name in codes)
            assert all(shown[one.name] is not None for one in answer.safe.columns)
        notes = [row[1] for row in rows(book["About"]) if row[0] == "Note"]
        assert set(answer.meta["limits"]) <= set(notes)
    assert marks == {"–", "n/a"}


def test_a_text_is_never_run(monkeypatch: pytest.MonkeyPatch) -> None:
    table = asked("active_individuals", by=("country_of_origin",))
    hostile = ["=cmd|'/c calc'!A0", "+1", "@SUM(1)", "http://example.org", "12", "\x1b[2J", "a\ud800b", "{=1}"]
    members = {"country_of_origin": {"SOM": "=HYPERLINK(1)"}}
    object.__setattr__(table, "members", members)
    object.__setattr__(table, "meta", {**META, "limits": hostile, "question": "=1+1"})
    book = read(table)
    for sheet in book:
        for cell in (one for row in sheet for one in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None
    assert {"=1+1", "=HYPERLINK(1)", "12"} <= {one for sheet in book for row in rows(sheet) for one in row}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2**53 + 1, str(2**53 + 1)),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
        (Decimal("0.10"), 0.1),
        (123456789012345, 123456789012345),
        (date(1899, 1, 1), "1899-01-01"),
        (date(2021, 12, 31), datetime(2021, 12, 31)),
    ],
)
def test_what_excel_would_change_is_written_out(value: Any, kept: Any) -> None:
    file = io.BytesIO()
    with workbook.xlsxwriter.Workbook(file) as book:
        shape = "yyyy-mm-dd" if isinstance(value, date) else "0.00"
        workbook._write(book.add_worksheet(), 0, 0, value, book.add_format({"num_format": shape}))
    assert openpyxl.load_workbook(io.BytesIO(file.getvalue())).active["A1"].value == kept


def test_what_excel_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 1)
    with pytest.raises(WrongRequest, match="a sheet of Excel"):
        read(asked("active_individuals", by=("sex",)))
    table = asked("active_individuals")
    object.__setattr__(table, "meta", {**META, "limits": ["x" * 40_000]})
    with pytest.raises(WrongRequest, match="longer than a cell"):
        read(table)


def test_a_program_writes_one(port: Port, tmp_path: Path) -> None:
    answer = port.ask("n", "s", as_of="2024-02-01")
    answer.to_xlsx(tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["Answer", "Chart", "About"]


@pytest.mark.parametrize("form", ["json", "csv", "arrow", "parquet", "xlsx"])
def test_the_same_answer_is_the_same_file_whenever_it_is_written(form: str) -> None:
    """Programs ask for parts of a file, each of which is written anew: under one name they are parts of one file."""
    table, written_in = asked("active_individuals", by=("sex",)), list[bytes]()
    for elapsed in (0.5, 12.25):
        object.__setattr__(table, "meta", {**table.meta, "elapsed": elapsed})
        written_in.append(b"".join(written(table, Wanted(form))))
        time.sleep(1.1 if form == "xlsx" else 0)  # a workbook says the second
    assert written_in[0] == written_in[1]


def test_a_difference_of_shares_is_in_points_there_too() -> None:
    """Excel shows 0.01 as 1 with its sign for percent alone, which a difference of percentages is not."""
    table = asked("share_of_children", by=("sex",), compare=date(2022, 1, 31))
    sheet = read(table)["Answer"]
    heads = [cell.value for cell in sheet[1]]
    shown = sheet[2][heads.index("share_of_children_change")].number_format
    assert shown.startswith('+0.00%"-points"')
    assert sheet[2][heads.index("share_of_children")].number_format.startswith("0.0%")
