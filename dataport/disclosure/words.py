"""How the cells of an answer read, for people: members by name, shares in percent, differences of them in points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from dataport.dictionary import disclosure_limit
from dataport.disclosure.release import SafeColumn, SafeTable
from dataport.disclosure.status import StatusCode
from dataport.semantic.model import OTHER
from dataport.semantic.timeline import PERIOD

UNKNOWN, ALL = "Unknown", "all"
# By code, what stands in the place of a number that is not shown.
MARKS: dict[StatusCode, str] = {"outside_history": "–", "withheld": ":", "not_permitted": ":"}
# STAR follows a number that is shown but is not for onward release. NOTHING stands in a cell of a pivot for which the
# answer has no row.
STAR, NOTHING, KEPT = "*", "·", "†"
_MEANS: dict[StatusCode, str] = {
    "outside_history": "outside what this warehouse knows",
    "withheld": "not shown",
    "not_permitted": "not shown",
    "not_for_release": "fewer than {minimum} behind it: not for onward release",
    "kept": "of an earlier month, because a new number would tell of a few persons",
}
# Protected statistics are of the ends of months, and the warehouse knows the days between.
_NOT_SERVED = "these statistics have no such day: they are of the ends of months"
NOTHING_MEANS = "the answer has no such row"
_UNSAID = (None, "persons", "groups", "share")


def heading(column: SafeColumn) -> str:
    """The label, with the unit where the cells do not say it."""
    is_said = column.unit in _UNSAID or column.scale != "plain"
    return column.label if is_said else f"{column.label} ({column.unit})"


def member_text(value: Any, column: SafeColumn, table: SafeTable) -> str:
    """A member by its name, with its code beside it where the code is made of letters: people use such codes."""
    label = table.members.get(column.name, {}).get(value) if isinstance(value, str) else None
    if label is not None and label != value and value.isalpha():
        return _quoted(f"{label} ({value})", value, column, table)
    return label_text(value, column, table)


def label_text(value: Any, column: SafeColumn, table: SafeTable) -> str:
    """A member by its name."""
    if value is None:
        return UNKNOWN
    if isinstance(value, date):
        return _period(value, column.label) if column.name == PERIOD else value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return str(value)
    return _quoted(table.members.get(column.name, {}).get(value, value), value, column, table)


def _quoted(text: str, value: str, column: SafeColumn, table: SafeTable) -> str:
    """The text of a member, quoted where it could be taken for a word of ours, for nothing, or for a quoted text."""
    labels = table.members.get(column.name, {})
    ours = {UNKNOWN.casefold(), ALL} | ({"other"} if OTHER in labels and value != OTHER else set())
    is_plain = text.strip() == text and text and not text.startswith("'") and text.casefold() not in ours
    return text if is_plain else "'" + text.replace("'", "''") + "'"


def _period(first: date, grain: str) -> str:
    """A period by its usual name: 2022-02, 2022-Q1, 2022; a day by its date."""
    names = {"Month": f"{first:%Y-%m}", "Quarter": f"{first:%Y}-Q{(first.month + 2) // 3}", "Year": f"{first:%Y}"}
    return names.get(grain, first.isoformat())


def marks_in(table: SafeTable) -> list[tuple[StatusCode, str, str]]:
    """The codes that cells of an answer have, each with its mark and what it means."""
    found = {one.code for part in table.parts() for one in part.status}
    minimum = disclosure_limit("onward_release_minimum")
    means = _MEANS | ({"outside_history": _NOT_SERVED} if "protected" in table.meta else {})
    return [
        (code, MARKS.get(code, KEPT if code == "kept" else STAR), said.format(minimum=minimum))
        for code, said in means.items()
        if code in found
    ]


def footnotes(table: SafeTable) -> list[str]:
    """What the marks mean, what was asked of what, and what was cut or chosen."""
    notes = dict.fromkeys(f"{mark} {means}" for _, mark, means in marks_in(table))
    meta = table.meta
    return [*notes, f"{meta['question']} · {meta['scope']} · data version {meta['data_version']}", *meta["limits"]]


def cell_text(value: Any, column: SafeColumn, code: StatusCode | None) -> str:
    """A number as a table shows it; a movement is shown with its sign."""
    is_moved = column.role == "movement" and value is not None
    return signed_text(value, column, code) if is_moved else number_text(value, column, code)


def number_text(value: Any, column: SafeColumn, code: StatusCode | None) -> str:
    """A number, or the mark of why there is none."""
    if value is None:
        return MARKS.get(code, "n/a") if code else "n/a"
    match column.scale:
        case "points":
            text = _points(value, 1)
        case "percent":
            text = f"{0.0 if abs(value) < 0.0005 else value:.1%}"
        case "plain":
            text = f"{value:,.2f}" if isinstance(value, float) else _exact(value, ",")
    return text + _star(code)


def signed_text(value: Any, column: SafeColumn, code: StatusCode | None) -> str:
    """A movement, always with its sign, and with more digits than a number by itself."""
    if column.scale == "plain":
        return (f"{value:+,.3f}" if isinstance(value, float) else _exact(value, "+,")) + _star(code)
    return _points(value, 2) + _star(code)


def _exact(value: Any, form: str) -> str:
    """A whole or decimal number to its last digit, without an exponent."""
    return f"{value:{form}f}" if isinstance(value, Decimal) else f"{value:{form}}"


def _points(value: Any, digits: int) -> str:
    """A difference of shares in points, with its sign; without one where it rounds to 0."""
    points = round(float(value) * 100, digits)
    return f"{points:+,.{digits}f} pp" if points else f"{0:.{digits}f} pp"


def _star(code: StatusCode | None) -> str:
    return {"not_for_release": STAR, "kept": KEPT}.get(code or "", "")
