"""Cases for people: on a day, through time, and on two days side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from dataport.cli.grids import print_grid
from dataport.cli.texts import Screen, shown
from dataport.history import Compared, Section, Shown, label_of, limit_note, meaning_of, plain_of

_SIDE_BY_SIDE = 9
# Columns that are of no use when they are cut.
_WHOLE = frozenset({"individual_no", "birth_date", "event_date"})


def print_case(told: Shown) -> None:
    """A case on a day."""
    console = Screen()
    console.print(shown(f"{told.main.name}, as of {told.as_of}", style="bold"))
    print_grid(_upright(told.main.records[0]), console)
    for section in told.sections:
        console.print()
        if not section.records:
            console.print(shown(f"{section.name}: none", style="dim"))
            continue
        console.print(shown(f"{section.name} ({len(section.records)})", style="bold"))
        for one in _tables(section):
            print_grid(one, console)
    print_limit(told.meta, console)


def print_limit(meta: Mapping[str, Any], console: Screen) -> None:
    if note := limit_note(meta):
        console.print(shown(note))


def _upright(record: Any) -> Table:
    """One record, a line for each field that says something."""
    grid = Table.grid(padding=(0, 2))
    for name, value in record.items():
        if value is not None:
            grid.add_row(shown(label_of(name), style="dim"), shown(meaning_of(name, value)))
    return grid


def _tables(section: Section) -> list[Table]:
    """Short records one under the other in one table; long ones each by itself."""
    names = [name for name in section.records[0] if any(one.get(name) is not None for one in section.records)]
    if len(names) > _SIDE_BY_SIDE:
        return [_upright(one) for one in section.records]
    grid = Table(header_style="dim", box=None, pad_edge=False)
    for name in names:
        grid.add_column(label_of(name), no_wrap=name in _WHOLE)
    for one in section.records:
        grid.add_row(*(shown("" if one.get(name) is None else plain_of(name, one[name])) for name in names))
    return [grid]


def print_comparison(told: Compared, everything: bool) -> None:
    """Two days side by side, record by record: what differs, or everything with what differs marked."""
    console = Screen()
    grid = Table("", str(told.first), str(told.second), header_style="bold", box=None, pad_edge=False)
    record = ""
    for line in told.lines:
        if not (line.is_changed or everything):
            continue
        if line.record != record:
            record = line.record
            grid.add_row(shown(record, style="bold"))
        style = "yellow" if line.is_changed and everything else ""
        values = ("" if side is None else meaning_of(line.name, side) for side in (line.before, line.after))
        mark = "* " if line.is_changed and everything else "  "
        grid.add_row(shown(mark + label_of(line.name), style=style), *(shown(value, style=style) for value in values))
    print_grid(grid, console)
    for title, names in (("Came into the group", told.came), ("Went from the group", told.went)):
        if names:
            console.print(shown(f"{title}: {'; '.join(names)}", style="yellow"), soft_wrap=True)
    print_limit(told.meta, console)
    same = sum(not line.is_changed for line in told.lines)
    if not everything:
        console.print(shown(f"{same} fields are the same on both days (--all shows them).", style="dim"))
