"""Cases for people: on a day, through time, and on two days side by side."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dataport.history import Compared, Section, Shown, Timeline, label_of, meaning_of

_SIDE_BY_SIDE = 9


def print_case(told: Shown) -> None:
    """A case on a day."""
    console = Console(highlight=False)
    console.print(Text(f"{told.main.name}, as of {told.as_of}", style="bold"))
    console.print(_upright(told.main.records[0]))
    for section in told.sections:
        console.print()
        if not section.records:
            console.print(Text(f"{section.name}: none", style="dim"))
            continue
        console.print(Text(f"{section.name} ({len(section.records)})", style="bold"))
        for one in _tables(section):
            console.print(one)
    if "limited_to" in told.meta:
        console.print(Text(f"Only {told.meta['limited_to']} persons are opened at a time by this viewer's role."))


def _upright(record: Any) -> Table:
    """One record, a line for each field that says something."""
    grid = Table.grid(padding=(0, 2))
    for name, value in record.items():
        if value is not None:
            grid.add_row(Text(label_of(name), style="dim"), Text(meaning_of(name, value)))
    return grid


def _tables(section: Section) -> list[Table]:
    """Short records one under the other in one table; long ones each by itself."""
    names = [name for name in section.records[0] if any(one.get(name) is not None for one in section.records)]
    if len(names) > _SIDE_BY_SIDE:
        return [_upright(one) for one in section.records]
    grid = Table(*map(label_of, names), header_style="dim", box=None, pad_edge=False)
    for one in section.records:
        grid.add_row(*(Text("" if one.get(name) is None else meaning_of(name, one[name])) for name in names))
    return [grid]


def print_history(told: Timeline) -> None:
    """A line for each act, with what changed below it."""
    grid = Table("Recorded", "Happened", "Who", "What", "By", header_style="bold", box=None, pad_edge=False)
    several = len({one.subject for one in told.entries}) > 1
    for one in told.entries:
        style = {"correction": "yellow", "entered scope": "cyan", "left scope": "cyan"}.get(one.kind, "")
        words = Text(one.words, style=style)
        if one.late_days:
            words.append(f"  (reached the store {one.late_days} days late)", style="yellow")
        for line in one.details:
            if line != one.words:
                words.append(f"\n  {line}", style="dim")
        by = ", ".join(part for part in (one.by, one.channel and meaning_of("entry_channel_code", one.channel)) if part)
        happened = one.happened_on.isoformat() if one.happened_on else ""
        grid.add_row(f"{one.recorded_at:%Y-%m-%d %H:%M}", happened, one.subject if several else "", words, by)
    console = Console(highlight=False)
    if told.entries and not several:
        console.print(Text(told.entries[0].subject, style="bold"))
    console.print(grid)


def print_comparison(told: Compared) -> None:
    """Two days side by side: what differs is marked, and only that of what is long."""
    grid = Table("", str(told.first), str(told.second), header_style="bold", box=None, pad_edge=False)
    for line in told.lines:
        name = label_of(line.name) if not line.record else f"{line.record}: {label_of(line.name).lower()}"
        style = "yellow" if line.is_changed else ""
        sides = (
            Text("" if side is None else meaning_of(line.name, side), style=style) for side in (line.before, line.after)
        )
        grid.add_row(Text(("* " if line.is_changed else "  ") + name, style=style), *sides)
    console = Console(highlight=False)
    console.print(grid)
    for title, names in (("Came into the group", told.came), ("Went from the group", told.went)):
        if names:
            console.print(Text(f"{title}: {'; '.join(names)}", style="yellow"))
