"""Text on a terminal: `Screen` is the only console there is, and writes out all that it is given."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dataport.texts import MESSAGE, on_one_line, written


class Screen(Console):
    """A console on which a text is no markup, and what came from elsewhere can hide or forge nothing."""

    def __init__(self, **more: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **more)

    def print(self, *objects: Any, **more: Any) -> None:
        super().print(*map(_safe, objects), **more)


def shown(text: str, style: str = "", *, longest: int = MESSAGE) -> Text:
    """A text with what would steer the terminal (escape sequences, returns) written out.

    >>> shown("a\\x1b[2Kb").plain
    'a\\\\x1b[2Kb'
    """
    return Text(written(text, longest=longest), style=style)


def cell(text: str) -> Text:
    """A text as a cell of a table: as it is, on one line, whatever marks of the terminal's own it holds.

    >>> cell("[b]\\n").plain
    '[b]\\\\n'
    """
    return Text(on_one_line(text))


def make_safe(grid: Table) -> None:
    """Write out what the cells and headings of a table hold that was put there as it is."""
    for column in grid.columns:
        column.header = _safe(column.header)
        column._cells[:] = map(_safe, column._cells)


def _safe(one: Any) -> Any:
    """What may be printed: of a text whatever it holds, of a table the same in each cell."""
    match one:
        case str():
            return shown(one)
        case Text() if not one.plain.replace("\n", "").isprintable():
            return shown(one.plain, style=str(one.style), longest=len(one.plain))
        case Table():
            make_safe(one)
    return one
