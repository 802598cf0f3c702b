"""page: an answer as a table of HTML, for notebooks: labels, marks, what they mean, and notes. Nothing in it runs."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dataport.disclosure import (
    ALL,
    NOTHING,
    Part,
    SafeTable,
    StatusCode,
    cell_text,
    footnotes,
    heading,
    member_text,
)
from dataport.render.pivot import Pivot, pivoted
from dataport.texts import CELL, MESSAGE, on_one_line

# More rows are not read in a notebook; with so many members across, a level goes across by itself.
MOST_ROWS, MOST_ACROSS = 100, 12


def page_of(table: SafeTable) -> str:
    """The answer; with its last level across where that makes it small."""
    levels = [one for one in table.columns if one.role == "level"]
    numbers = [one for one in table.columns if one.role != "level"]
    last = levels[-1] if len(levels) > 1 and len(numbers) == 1 else None
    if last and len(set(table.data.column(last.name).to_pylist())) <= MOST_ACROSS:
        return _across(pivoted(table, last.name))
    return rows_of(table)


def rows_of(table: SafeTable) -> str:
    """The answer row by row, as it was asked."""
    names = sum(one.role == "level" for one in table.columns)
    rows = [_row(table, row, codes, part) for part in table.parts() for row, codes in part.rows()]
    return _html([heading(one) for one in table.columns], names, rows) + _notes(table)


def _across(pivot: Pivot) -> str:
    table = pivot.table
    rows = []
    for line in pivot.lines:
        names = [
            ALL if is_all else member_text(value, one, table)
            for one, (is_all, value) in zip(pivot.down, line.members, strict=True)
        ]
        cells = zip(line.cells, pivot.heads, strict=True)
        rows.append(names + [cell_text(one.value, head.column, one.code) if one else NOTHING for one, head in cells])
    heads = [heading(one) for one in pivot.down] + [pivot.head_text(one) for one in pivot.heads]
    return _html(heads, len(pivot.down), rows) + _notes(table, heading(pivot.heads[0].column) if pivot.heads else "")


def _row(table: SafeTable, row: Mapping[str, Any], codes: Mapping[str, StatusCode], part: Part) -> list[str]:
    """The cells of one row; in a total, levels that are added up read ``all``."""
    said = []
    for one in table.columns:
        if one.role == "level":
            said.append(ALL if part.adds_up(one.name) else member_text(row[one.name], one, table))
        else:
            said.append(cell_text(row[one.name], one, codes.get(one.name)))
    return said


def _html(heads: list[str], names: int, rows: list[list[str]]) -> str:
    sides = ["left"] * names + ["right"] * (len(heads) - names)
    head = "".join(_cell("th", one, side) for one, side in zip(heads, sides, strict=True))
    body = "".join(
        "<tr>" + "".join(_cell("td", one, side) for one, side in zip(row, sides, strict=True)) + "</tr>"
        for row in rows[:MOST_ROWS]
    )
    more = f"<p>{len(rows) - MOST_ROWS:,} more rows</p>" if len(rows) > MOST_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(tag: str, text: str, side: str) -> str:
    return f'<{tag} style="text-align:{side}">{inert(text)}</{tag}>'


def inert(text: str, *, longest: int = CELL) -> str:
    """A text that shows itself and does nothing else: no markup, nothing that turns or hides what follows."""
    return escape(on_one_line(text, longest=longest))


def _notes(table: SafeTable, *first: str) -> str:
    lines = [*filter(None, first), *footnotes(table)]
    return "<p><small>" + "<br>".join(inert(one, longest=MESSAGE) for one in lines) + "</small></p>"
