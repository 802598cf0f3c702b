"""Tables for people: however narrow the terminal, no digit and no name is cut."""

from __future__ import annotations

import io
import re

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.table import Table

from dataport.cli.catalog import breakdowns, indicators
from dataport.cli.grids import fitted, print_grid
from dataport.dictionary import CodeLists
from dataport.semantic import DEFINITIONS, load_catalog

NUMBERS = ["12,345,678", "+1,234,567*", "-98.76 pp", "3.98"]


def printed(width: int) -> str:
    console = Console(width=width, file=io.StringIO())
    grid = Table()
    grid.add_column("Country of asylum")
    for number in range(len(NUMBERS)):
        grid.add_column(f"Registrations number {number}, before", justify="right")
    grid.add_row("Venezuela (Bolivarian Republic of) (VEN)", *NUMBERS)
    print_grid(grid, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [10, 40, 60, 80, 100, 300])
def test_no_digit_is_cut_and_no_word_is_lost(width: int) -> None:
    shown = printed(width)
    assert "…" not in shown
    for number in NUMBERS:
        assert re.search(rf"(^|[ │]){re.escape(number)}[ │]", shown, re.M), (width, number)
    assert sorted("".join(re.findall(r"[A-Za-z]", shown))) == sorted("".join(re.findall(r"[A-Za-z]", printed(300))))


def test_a_table_keeps_to_the_terminal_where_it_can() -> None:
    assert max(map(len, printed(80).splitlines())) == 80
    assert max(map(len, printed(300).splitlines())) < 300


def test_the_widest_is_narrowed_first_and_none_below_its_least() -> None:
    assert fitted([40, 10, 8], [5, 5, 8], 60) == [40, 10, 8]
    assert fitted([40, 10, 8], [5, 5, 8], 30) == [12, 10, 8]
    assert fitted([40, 10, 8], [5, 5, 8], 3) == [5, 5, 8]
    assert fitted([], [], 3) == []


def test_every_name_of_the_catalogue_can_be_copied_at_eighty_columns() -> None:
    loaded = load_catalog(DEFINITIONS, CodeLists())
    for command, names in ((indicators, loaded.public_indicators()), (breakdowns, loaded.levels)):
        shown = CliRunner().invoke(command, ["--all"], env={"COLUMNS": "80"}).output
        assert not [name for name in names if f" {name} " not in shown]
        assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_rows_of_words_stand_below_each_other_where_a_word_would_break(width: int) -> None:
    grid = Table("At", "Viewer", "Asked")
    grid.add_row("2026-11-28T17:41:12", "statistician.hq@example.org", "individuals by country of asylum")
    grid.add_row("2026-11-28T17:41:13", "clerk.ken@example.org", "")
    file = io.StringIO()
    print_grid(grid, Console(file=file, width=width, color_system=None), stacks=True)
    text = file.getvalue()
    assert all(word in text for word in ("2026-11-28T17:41:12", "statistician.hq@example.org", "clerk.ken@example.org"))
    assert max(map(len, text.splitlines())) <= width
    assert (text.count("Viewer") == 2) == (width <= 60), "each row has its headings there"
