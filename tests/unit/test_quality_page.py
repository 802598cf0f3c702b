"""The page and the workbook of a meeting: what is excused stands beside what fails, and nothing is drawn as more."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest
from figures import catalog

from dataport.quality.card import Line, Point, Scorecard
from dataport.quality.page import page_of
from dataport.quality.report import Report
from dataport.quality.sizes import Size
from dataport.quality.workbook import write_report

JANUARY, FEBRUARY = date(2022, 1, 31), date(2022, 2, 28)
KPIS = {one.name: one for one in catalog().kpis}


def line(name: str, before: float, value: float, **more: object) -> Line:
    trend = (Point(JANUARY, before), Point(FEBRUARY, value))
    found = Line(KPIS[name], True, round(value * 1000), 1000, value, trend)
    return replace(found, **more)  # type: ignore[arg-type]


def report(*lines: Line, sizes: tuple[Size, ...] | None = ()) -> Report:
    meta = {"viewer": "ana", "data_version": 1, "definitions": "d"}
    trend = (Point(JANUARY, 0.951), Point(FEBRUARY, 0.948))
    card = Scorecard(lines, 0.948, trend, None, FEBRUARY, "rows of KEN-CO", None, (), meta, ())
    return Report(card, "2022-02", card.worst, card.most_improved, sizes, datetime(2022, 3, 1))


def row(page: str, name: str) -> str:
    found = re.findall(rf"<tr[^>]*><th scope=\"row\">{name} .*?</tr>", page)
    assert found
    return str(found[-1])


def test_what_is_excused_stands_apart_and_counts_all_the_same() -> None:
    page = page_of(report(line("K06", 0.27, 0.27, excused=12), sizes=(Size("K06", 3, 12, 1),)))
    assert '<td class="n">270</td><td class="n">1,000</td>' in row(page_of(report(line("K06", 0.27, 0.27))), "K06")
    assert '<td class="n">12</td>' in row(page.partition("Working list</h2>")[0], "K06")
    assert ">Excused</th>" in page and "they are counted all the same" in page
    assert "K06 No biometrics" in row(page.partition("Working list</h2>")[2], "K06")
    without = page_of(report(line("K06", 0.27, 0.27), sizes=None))
    assert ">Excused</th>" not in without


def test_what_hardly_moves_is_drawn_as_what_hardly_moves() -> None:
    def heights(before: float, value: float) -> list[float]:
        page = page_of(report(line("K06", before, value)))
        (drawn,) = re.findall(r'points="([^"]+)"', row(page, "K06"))
        return [float(one.split(",")[1]) for one in drawn.split()]

    flat, steep = heights(0.2701, 0.2702), heights(0.27, 0.47)
    assert abs(flat[0] - flat[1]) <= 0.1
    assert abs(steep[0] - steep[1]) > 15
    assert all(2 <= one <= 22 for one in (*flat, *steep))


def test_a_measure_that_counts_no_records_says_what_it_counts() -> None:
    assert "K01 is of " in page_of(report(line("K01", 0.9, 0.9)))
    assert "K01 is of " not in page_of(report(line("K06", 0.9, 0.9)))


def test_a_change_and_the_score_say_since_when() -> None:
    page = page_of(report(line("K06", 0.2, 0.3)))
    assert "Change: since 2022-01-31" in page
    assert "95.1 on 2022-01-31" in page


def test_every_table_is_moved_by_itself_and_by_keys() -> None:
    page = page_of(report(line("K06", 0.2, 0.3), sizes=(Size("K06", 1, 0, 0),)))
    assert page.count("<table>") == page.count('<div class="wide" tabindex="0" role="region" aria-label="') >= 2


@pytest.mark.parametrize("text", ["<script>", "=1+1", "a" * 500])
def test_the_workbook_is_as_wide_as_what_it_shows_and_says_it_as_text(text: str) -> None:
    told = report(line("K06", 0.123456789, 0.987654321, kpi=replace(KPIS["K06"], label=text)))
    out = io.BytesIO()
    write_report(told, out)
    sheet = openpyxl.load_workbook(out)["Scorecard"]
    widths = {sheet.cell(1, place).value: sheet.column_dimensions[letter].width
              for place, letter in enumerate("ABCDEFGHIJKLMNOPQ", start=1)}  # fmt: skip
    assert widths["Value"] < 12
    assert widths["Measure"] <= 62
    cell = sheet["B2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.row_dimensions[2].height == (None if len(text) < 60 else 15 * 9)
