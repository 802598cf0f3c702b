"""page: an answer as a table of HTML, for notebooks: labels, marks, what they mean, and notes. Nothing in it runs."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from dataport.dictionary import disclosure_limit
from dataport.disclosure import (
    ALL,
    MARKS,
    CellStatus,
    SafeColumn,
    SafeTable,
    StatusCode,
    heading,
    member_text,
    number_text,
    signed_text,
)
from dataport.render.pivot import Cell, Pivot, pivoted
from dataport.semantic.timeline import PERIOD
from dataport.texts import CELL, MESSAGE, on_one_line

# More rows are not read in a notebook; with so many members across, a level goes across by itself.
MOST_ROWS, MOST_ACROSS = 100, 12
_NOTES: dict[StatusCode, str] = {
    "outside_history": "outside what this warehouse knows",
    "withheld": "not shown",
    "not_permitted": "not shown",
}
_NOTHING = "·"


def page_of(table: SafeTable) -> str:
    """The answer; with its last level across where that makes it small."""
    levels = [one for one in table.columns if one.role == "level"]
    numbers = [one for one in table.columns if one.role != "level"]
    last = levels[-1] if len(levels) > 1 and len(numbers) == 1 else None
    if last and len(set(table.data.column(last.name).to_pylist())) <= MOST_ACROSS:
        return _across(pivoted(table, last.name))
    rows = [_row(table, row, codes, None) for row, codes in _coded(table.data.to_pylist(), table.status)]
    for total in reversed(table.totals):
        rows += [_row(table, row, codes, total.levels) for row, codes in _coded(total.data.to_pylist(), total.status)]
    return _html([heading(one) for one in table.columns], len(levels), rows) + _notes(table)


def _across(pivot: Pivot) -> str:
    table = pivot.table
    rows = []
    for line in pivot.lines:
        names = [
            ALL if is_all else member_text(value, one, table)
            for one, (is_all, value) in zip(pivot.down, line.members, strict=True)
        ]
        cells = zip(line.cells, pivot.heads, strict=True)
        rows.append(names + [_number(cell, head.column) if cell else _NOTHING for cell, head in cells])
    heads = [heading(one) for one in pivot.down] + [pivot.head_text(one) for one in pivot.heads]
    return _html(heads, len(pivot.down), rows) + _notes(table, heading(pivot.heads[0].column) if pivot.heads else "")


def _coded(
    rows: list[dict[str, object]], status: Iterable[CellStatus]
) -> Iterable[tuple[dict[str, object], dict[str, StatusCode]]]:
    codes: dict[int, dict[str, StatusCode]] = {}
    for one in status:
        codes.setdefault(one.row, {})[one.column] = one.code
    return ((row, codes.get(place, {})) for place, row in enumerate(rows))


def _row(
    table: SafeTable, row: dict[str, object], codes: dict[str, StatusCode], kept: tuple[str, ...] | None
) -> list[str]:
    """The cells of one row; in a total, levels that are added up read ``all``."""
    said = []
    for one in table.columns:
        if one.role == "level":
            is_all = kept is not None and one.name not in kept and one.name != PERIOD
            said.append(ALL if is_all else member_text(row[one.name], one, table))
        else:
            said.append(_number(Cell(row[one.name], codes.get(one.name)), one))
    return said


def _number(cell: Cell, column: SafeColumn) -> str:
    if column.role == "movement" and cell.value is not None:
        return signed_text(cell.value, column, cell.code)
    return number_text(cell.value, column, cell.code)


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
    """What the marks mean, what was asked of what, and what was cut or chosen."""
    codes = {one.code for status in (table.status, *(total.status for total in table.totals)) for one in status}
    said = [f"{MARKS[code]} {means}" for code, means in _NOTES.items() if code in codes]
    if "not_for_release" in codes:
        minimum = disclosure_limit("onward_release_minimum")
        said.append(f"* fewer than {minimum} behind it: not for onward release")
    meta = table.meta
    about = (
        [f"{meta['question']} · {meta['scope']} · data version {meta['data_version']}"] if "question" in meta else []
    )
    lines = [*filter(None, first), *said, *about, *meta["limits"]]
    return "<p><small>" + "<br>".join(inert(one, longest=MESSAGE) for one in lines) + "</small></p>"
