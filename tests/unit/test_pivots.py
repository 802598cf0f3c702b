"""One level across, and pictures of letters: every number is one of the answer's, at every width, nothing is cut."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from rich.console import Console
from test_labels import home as home
from test_labels import run
from test_outputs import answers
from test_outputs import port as port

from dataport.api import Answer, Port
from dataport.cli.render import print_chart, print_pivot, print_table
from dataport.errors import WrongRequest
from dataport.render.chart import drawn
from dataport.render.picture import picture_of
from dataport.render.pivot import as_table, pivoted

MARKS = {"outside_history": "–"}


def printed(draw: Any, width: int) -> str:
    file = io.StringIO()
    draw(Console(file=file, width=width, color_system=None))
    return file.getvalue()


def levels_of(answer: Answer) -> list[str]:
    return [one.name for one in answer.safe.columns if one.role == "level"]


def test_a_pivot_holds_every_number_of_the_answer_and_no_other(port: Port) -> None:
    for answer in answers(port):
        for level in levels_of(answer):
            pivot = pivoted(answer.safe, level)
            cells = [cell for line in pivot.lines for cell in line.cells if cell]
            numbers = [one.name for one in answer.safe.columns if one.role != "level"]
            parts = [(answer.safe.data, answer.safe.status), *((one.data, one.status) for one in answer.totals)]
            values = [row[name] for data, _ in parts for row in data.to_pylist() for name in numbers]
            assert sorted(map(str, (one.value for one in cells))) == sorted(map(str, values))
            codes = [one.code for _, status in parts for one in status]
            assert sorted(one.code for one in cells if one.code) == sorted(codes)
            table = as_table(pivot, "both")
            assert len(set(table.column_names)) == table.num_columns


def test_months_stand_in_order_and_a_total_is_the_answers_own(port: Port) -> None:
    words = {"grain": "month", "period": "2023-12-01..2024-02-29"}
    answer = port.ask("n", "s", totals=True, **words)
    table = as_table(pivoted(answer.safe, "month"))
    assert table.column_names == ["s", "2023-12", "2024-01", "2024-02", "total_of", "status"]
    last = table.to_pylist()[-1]
    assert (last["total_of"], last["2024-02"]) == ("s", 40)
    assert "2023-12=outside_history" in (last["status"] or "")
    assert last["2023-12"] is None


def test_a_cell_without_a_row_is_neither_zero_nor_kept_back(port: Port) -> None:
    answer = port.ask("n", ["s", "status"], as_of="2024-02-01", where=["n >= 2"])
    table = as_table(pivoted(answer.safe, "status"))
    sparse = [row for row in table.to_pylist() if "no_row" in (row["status"] or row.get("cell_status") or "")]
    for row in sparse:
        names = [one.rsplit("=", 1)[0] for one in row["status"].split(";") if one.endswith("=no_row")]
        assert all(row[name] is None for name in names)


def test_what_an_answer_is_not_broken_down_by_cannot_go_across(port: Port) -> None:
    answer = port.ask("n", "s", as_of="2024-02-01")
    for level in ("status", "month", "nix", "n"):
        with pytest.raises(WrongRequest, match=r"cannot go across\. It has s"):
            pivoted(answer.safe, level)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_nothing_is_cut_at_any_width(port: Port, width: int) -> None:
    """Numbers, marks and names that somebody types are whole, and lines fit where they can."""
    for answer in answers(port):
        text = printed(lambda console, one=answer: print_table(one.safe, console), width)
        squeezed = re.sub(r"\s+", "", text)
        for row in answer.to_dicts(totals=True):
            for name in (one.name for one in answer.safe.columns if one.type == "integer" and one.role != "level"):
                assert row[name] is None or f"{abs(row[name]):,}" in squeezed
        assert "…" not in text
        if width >= 60:
            assert max(map(len, text.splitlines())) <= width
        for level in levels_of(answer):
            across = printed(lambda console, one=answer, by=level: print_pivot(one.safe, console, by), width)
            assert "…" not in across


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_pictures_fit_and_say_what_is_not_in_them(port: Port, width: int) -> None:
    kinds = set()
    for answer in answers(port):
        if not levels_of(answer) or not answer.safe.data.num_rows:
            with pytest.raises(WrongRequest, match="Add --by or --grain"):
                picture_of(answer.safe)
            continue
        picture = picture_of(answer.safe)
        kinds.add(picture.kind)
        lines = drawn(picture, width)
        assert max(map(len, lines)) <= max(width, 40)
        assert printed(lambda console, one=answer: print_chart(one.safe, console), width).splitlines() == lines
        if picture.kind == "bars":
            text = " ".join(lines)
            assert all(category.split()[0] in text for category in picture.categories)
    assert kinds == {"bars", "lines"}


def test_ages_by_sex_are_drawn_as_a_pyramid(home: Path, capsys: Any) -> None:
    assert run("ask", "active_individuals", "--by", "age_group", "--pivot", "sex", "--chart") == 0
    text = capsys.readouterr().out
    assert re.search(r"Male +Female", text)
    assert re.search(r"\d\*? +█+│ .* │█+ \d", text)
    assert "not drawn: sex unknown" in text
    assert "Female (F)" in text


def test_a_pivot_in_a_file(home: Path, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "p.csv"
    assert run("ask", "active_individuals", "--by", "country_of_origin", "--pivot", "sex", "--labels", "label",
               "--totals", "--output", str(path)) == 0  # fmt: skip
    head, *rows = list(csv.reader(path.read_text().splitlines()))
    assert head == ["country_of_origin", "Female", "Male", "Unknown", "all", "total_of", "status"]
    assert rows[[row[0] for row in rows].index("Germany")][:5] == ["Germany", "1", "1", "", "2"]
    assert "Unknown=no_row" in rows[[row[0] for row in rows].index("Germany")][-1]
    # both margins: of each line over what stands across, and of each column over all lines
    [whole] = [row for row in rows if row[0] == "all"]
    sides = [sum(int(row[place] or 0) for row in rows if row[0] != "all") for place in (1, 2, 3)]
    assert [int(one) for one in whole[1:5]] == [*sides, sum(sides)]
    arrow = tmp_path / "p.arrow"
    assert run("ask", "active_individuals", "--by", "country_of_origin", "--pivot", "sex", "--output", str(arrow)) == 0
    with pa.ipc.open_stream(arrow.read_bytes()) as stream:
        assert stream.schema.names[:2] == ["country_of_origin", "F"]
    capsys.readouterr()
    assert run("ask", "active_individuals", "--pivot", "sex", "--format", "json") == 2
    assert "JSON tells rows as they are" in capsys.readouterr().err
    assert run("ask", "active_individuals", "--by", "sex", "--chart", "--format", "csv") == 2


def test_a_top_takes_lines_of_the_pivoted_table_and_each_is_whole(home: Path, capsys: Any, tmp_path: Path) -> None:
    """The largest lines by their number over all that stands across, largest first, with their own totals alone."""
    path = tmp_path / "p.csv"
    words = ("ask", "active_individuals", "--by", "country_of_origin", "--pivot", "sex", "--subtotal",
             "country_of_origin")  # fmt: skip

    def lines(*more: str) -> list[list[str]]:
        assert run(*words, *more, "--output", str(path), "--overwrite") == 0
        return list(csv.reader(path.read_text().splitlines()))[1:]

    every = lines()
    sizes = {row[0]: int(row[-3]) for row in every}
    first = lines("--top", "2")
    assert [row[0] for row in first] == sorted(sizes, key=lambda name: (-sizes[name], name == "", name))[:2]
    assert all(int(row[-3]) == sizes[row[0]] for row in first)
    assert "over all members of sex, each with all of them" in capsys.readouterr().err.replace("\n", " ")
    assert run("ask", "active_individuals", "--pivot", "sex", "--top", "2") == 2
    assert "this one has a single line" in capsys.readouterr().err
