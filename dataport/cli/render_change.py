"""A change for people: a waterfall of the whole, then each cell with what moved it most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from dataport.cli.grids import print_grid
from dataport.cli.texts import Screen, cell, shown
from dataport.disclosure import (
    ALL,
    SafeColumn,
    SafeTable,
    StatusCode,
    footnotes,
    member_text,
    number_text,
    signed_text,
)

_WIDTH = 15
_MOST = 5
Row = Mapping[str, Any]


def print_change(table: SafeTable, console: Screen) -> None:
    """Print a change to a terminal or a log."""
    levels = [one for one in table.columns if one.role == "level"]
    if whole := _whole(table):
        print_grid(_waterfall(table, *whole), console)
    if levels and table.data.num_rows:
        print_grid(_cells(table, levels), console)
    console.print(shown("\n".join(footnotes(table)), style="dim"))


def _whole(table: SafeTable) -> tuple[Row, Mapping[str, StatusCode]] | None:
    """The row of everything and the codes of its cells, where there is one."""
    levels = [one.name for one in table.columns if one.role == "level"]
    return next((row for part in table.parts() if all(map(part.adds_up, levels)) for row in part.rows()), None)


def _waterfall(table: SafeTable, row: Row, codes: Mapping[str, StatusCode]) -> Table:
    """One line per movement, with a bar to the right for what adds and to the left for what takes away."""
    moves = [one for one in table.columns if one.role == "movement" and row[one.name]]
    longest = max((abs(row[one.name]) for one in moves), default=0)
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    grid.add_column(justify="left")
    grid.add_column(justify="right")
    grid.add_column(justify="left", no_wrap=True)
    for one in table.columns:
        if one.role in ("start", "end"):
            grid.add_row(one.label, number_text(row[one.name], one, codes.get(one.name)), "", style="bold")
        elif one in moves:
            said = signed_text(row[one.name], one, codes.get(one.name))
            grid.add_row(f"  {one.label}", said, _bar(row[one.name], longest))
    return grid


def _bar(value: float, longest: float) -> Text:
    length = max(1, round(abs(value) / longest * _WIDTH))
    left = Text(("█" * length).rjust(_WIDTH) if value < 0 else " " * _WIDTH, style="red")
    return left.append("│", style="dim").append("█" * length if value > 0 else "", style="green")


def _cells(table: SafeTable, levels: list[SafeColumn]) -> Table:
    grid = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    start, end = (next(one for one in table.columns if one.role == role) for role in ("start", "end"))
    for one in levels:
        grid.add_column(cell(one.label))
    grid.add_column(start.label, justify="right")
    grid.add_column("What moved it")
    grid.add_column(end.label, justify="right")
    for part in table.parts():
        if all(part.adds_up(one.name) for one in levels):
            continue  # the waterfall tells it
        style = "bold" if part.is_total else ""
        for row, codes in part.rows():
            named = [ALL if part.adds_up(one.name) else member_text(row[one.name], one, table) for one in levels]
            ends = [number_text(row[one.name], one, codes.get(one.name)) for one in (start, end)]
            grid.add_row(*map(cell, (*named, ends[0], _moved(table, row, codes), ends[1])), style=style)
    return grid


def _moved(table: SafeTable, row: Row, codes: Mapping[str, StatusCode]) -> str:
    """The largest movements first; how many others there are, and what they come to."""
    moves = [one for one in table.columns if one.role == "movement" and row[one.name]]
    moves.sort(key=lambda one: -abs(row[one.name]))
    said = [f"{one.label.lower()} {signed_text(row[one.name], one, codes.get(one.name))}" for one in moves[:_MOST]]
    if rest := moves[_MOST:]:
        code = next((codes[one.name] for one in rest if one.name in codes), None)
        said.append(f"{len(rest)} more {signed_text(sum(row[one.name] for one in rest), rest[0], code)}")
    return ", ".join(said)
