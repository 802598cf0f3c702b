"""Tables for people, at the width of their terminal: cells fold, and nothing that is told is cut."""

from __future__ import annotations

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

# As narrow as a column of words becomes before its table becomes wider than the terminal: a date stays whole.
_NARROWEST = 10


def print_grid(grid: Table, console: Console) -> None:
    """Print a table whose headings and words fold where there is no room, and whose numbers and names stay whole.

    A column of numbers stands to the right; a column of names, which somebody may copy, says that it does not wrap.
    Where even that has no room the table is wider than the terminal: a digit that is cut off is another number.
    """
    wanted = [_wanted(console, column) for column in grid.columns]
    least = [_least(console, column) for column in grid.columns]
    beside = Measurement.get(console, console.options.update(width=10_000), grid).maximum - sum(wanted)
    widths = fitted(wanted, least, console.width - beside)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width, column.no_wrap, column.overflow = width, False, "fold"
    grid.width = max(sum(widths) + beside, 1)
    console.print(grid, crop=False)


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


def _least(console: Console, column: Column) -> int:
    """The width below which a column would break what must stay in one piece."""
    if column.no_wrap or column.justify == "right":
        return max((_measured(console, one).maximum for one in column.cells), default=0)
    words = max((_measured(console, one).minimum for one in (column.header, *column.cells)), default=0)
    return min(words, _NARROWEST)


def _measured(console: Console, one: object) -> Measurement:
    return Measurement.get(console, console.options.update(width=10_000), one)  # type: ignore[arg-type]
