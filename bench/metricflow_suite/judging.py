"""An answer of ours beside the suite's own: the same rows under the same keys, or how they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

DIGITS = 12
Row = tuple[Any, ...]


def expected_rows(columns: list[str], rows: Iterable[Row], wanted: Iterable[str]) -> list[Row]:
    """The suite's rows, with the columns in the order wanted."""
    by_name = {name.lower(): index for index, name in enumerate(columns)}
    places = [by_name[name.lower()] for name in wanted]
    return [tuple(_plain(row[place]) for place in places) for row in rows]


def answered_rows(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> list[Row]:
    names = tuple(columns)
    return [tuple(_plain(row[name]) for name in names) for row in rows]


def differences(expected: list[Row], answered: list[Row], keys: int, in_order: bool) -> list[str]:
    """In words, the first few; none if both are the same.

    Args:
        keys: how many of the first columns are what the answer is broken down by.
    """
    theirs, ours = ({row[:keys]: row[keys:] for row in rows} for rows in (expected, answered))
    if len(theirs) != len(expected) or len(ours) != len(answered):
        return [
            f"keys are not unique: {len(expected)} rows of {len(theirs)} there, {len(answered)} of {len(ours)} here"
        ]
    found = [f"{_said(key)}: no row, expected {_said(row)}" for key, row in theirs.items() if key not in ours]
    found += [f"{_said(key)}: {_said(row)}, expected no row" for key, row in ours.items() if key not in theirs]
    for key, row in theirs.items():
        if key in ours and not all(map(_same, row, ours[key])):
            found.append(f"{_said(key)}: {_said(ours[key])}, expected {_said(row)}")
    if not found and in_order and [row[:keys] for row in expected] != [row[:keys] for row in answered]:
        found.append("another order")
    return found


def _plain(value: Any) -> Any:
    """An instant that is a day as that day."""
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date()
    return value


def _same(theirs: Any, ours: Any) -> bool:
    """Whole numbers and decimals to the last digit; floats to the twelfth."""
    if theirs is None or ours is None or isinstance(theirs, bool | str | date) or isinstance(ours, bool | str | date):
        return theirs is ours or (type(theirs) is type(ours) and theirs == ours)
    if isinstance(theirs, float) or isinstance(ours, float):
        return f"{float(theirs):.{DIGITS - 1}e}" == f"{float(ours):.{DIGITS - 1}e}"
    return Decimal(theirs) == Decimal(ours)


def _said(row: Row) -> str:
    return "(" + ", ".join("null" if one is None else str(one) for one in row) + ")"
