"""Tables for people, at the width of their terminal: cells fold, and nothing that is told is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

from dataport.cli.texts import cell, make_safe

# As narrow as a column of words becomes before its table becomes wider than the terminal: a date stays whole.
_NARROWEST = 10
# A word of any length.
_ANY = 10_000
# Headings of numbers are broken between words, and in a word only where it is longer.
_LONGEST_WORD = 16
# What stands between two columns of a table without lines.
_BETWEEN = 3


def print_grid(grid: Table, console: Console, *, stacks: bool = False) -> None:
    """Print a table whose headings and words fold where there is no room, and whose numbers and names stay whole.

    A column of numbers stands to the right; a column of names, which somebody may copy, says that it does not wrap.
    Where even that has no room the table is wider than the terminal: a digit that is cut off is another number.

    Args:
        stacks: where words have no room beside each other, each row is told for itself, a line for each column.
    """
    make_safe(grid)
    wanted = [_wanted(console, column) for column in grid.columns]
    least = [_least(console, column, _ANY if stacks else _NARROWEST) for column in grid.columns]
    beside = Measurement.get(console, console.options.update(width=10_000), grid).maximum - sum(wanted)
    if stacks and sum(least) > console.width - beside:
        _print_stacked(grid, console)
        return
    widths = fitted(wanted, least, console.width - beside)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width, column.no_wrap, column.overflow = width, False, "fold"
    grid.width = max(sum(widths) + beside, 1)
    console.print(grid, crop=False)


def _print_stacked(grid: Table, console: Console) -> None:
    """Each row below the one before it: what a column says stands behind its heading."""
    columns = [list(column.cells) for column in grid.columns]
    for place in range(grid.row_count):
        upright = Table(show_header=False, box=None, pad_edge=False)
        upright.add_column(style="bold", no_wrap=True)
        upright.add_column(overflow="fold")
        for column, cells in zip(grid.columns, columns, strict=True):
            if str(cells[place]):
                upright.add_row(column.header, cells[place])
        print_grid(upright, console)
        console.print()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table for people: its cells, whether it stands out, and whether a line goes before it."""

    cells: tuple[str, ...]
    style: str = ""
    begins: bool = False


def print_blocks(heads: Sequence[str], names: int, rows: Sequence[Row], console: Console) -> None:
    """Print a table of names and numbers; where its numbers have no room beside each other, in blocks below each other.

    Args:
        names: how many of the columns are names. They stand in every block; the others are numbers.
    """
    for numbers in _blocks(heads, names, rows, console.width):
        grid = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
        for place in (*range(names), *numbers):
            grid.add_column(cell(heads[place]), justify="left" if place < names else "right")
        for row in rows:
            if row.begins:
                grid.add_section()
            grid.add_row(*(cell(row.cells[place]) for place in (*range(names), *numbers)), style=row.style)
        print_grid(grid, console)


def _blocks(heads: Sequence[str], names: int, rows: Sequence[Row], width: int) -> list[list[int]]:
    """Which numbers stand beside each other: as many as there is room for, and one at least."""
    least = []
    for place, head in enumerate(heads):
        cells = [cell_len(row.cells[place]) for row in rows]
        words = max(map(cell_len, head.split()), default=0)
        longest = max(cells, default=0)
        least.append(min(max(words, longest), _NARROWEST) if place < names else max(longest, min(words, _LONGEST_WORD)))
    # the edges are one narrower than what stands between
    room = width + 1 - sum(least[:names]) - _BETWEEN * names
    found: list[list[int]] = [[]]
    left = room
    for place in range(names, len(heads)):
        needed = least[place] + _BETWEEN
        if needed > left and found[-1]:
            found.append([])
            left = room
        found[-1].append(place)
        left -= needed
    return found


def fitted(wanted: list[int], least: list[int], room: int) -> list[int]:
    """Widths that fit into a room if they can: the widest is narrowed first, and none below its least.

    >>> fitted([10, 30, 4], [2, 2, 4], 20)
    [8, 8, 4]
    """
    widths = list(wanted)
    while sum(widths) > room:
        wide = [place for place, width in enumerate(widths) if width > least[place]]
        if not wide:
            break
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _wanted(console: Console, column: Column) -> int:
    return max((_measured(console, one).maximum for one in (column.header, *column.cells)), default=0)


def _least(console: Console, column: Column, longest: int) -> int:
    """The width below which a column would break what must stay in one piece: words up to a length among it."""
    if column.no_wrap or column.justify == "right":
        cells = max((_measured(console, one).maximum for one in column.cells), default=0)
        return max(cells, min(_measured(console, column.header).minimum, _LONGEST_WORD))
    words = max((_measured(console, one).minimum for one in column.cells), default=0)
    return max(min(words, longest), min(_measured(console, column.header).minimum, _LONGEST_WORD))


def _measured(console: Console, one: object) -> Measurement:
    return Measurement.get(console, console.options.update(width=10_000), one)  # type: ignore[arg-type]
