"""Persons with records in several stores: which record stands for them, looked up instant by instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from dataport.semantic.model import Fact
from oracle.rows import Row


def stands(row: Row, of: Fact, records: Iterable[Row], instant: datetime, *, just_after: bool = False) -> bool:
    """Whether the record that a row is of stands for its person just before an instant (or just after it).

    Args:
        of: the fact of the records.
        records: its rows, as far as the viewer may count them.
    """
    if row["registration_rank"] is None:
        return True
    there = [
        one["registration_rank"]
        for one in records
        if one["registration_rank"] is not None
        and one["registration_key"] == row["registration_key"]
        and (
            one[of.validity.start] <= instant < one[of.validity.end]
            if just_after
            else one[of.validity.start] < instant <= one[of.validity.end]
        )
    ]
    return bool(there) and min(there) == row["registration_rank"]


def histories(rows: Iterable[Row], unit: str) -> list[list[dict[str, Any]]]:
    """The rows of each person, one after another: of several records, at each time those of the one that stands.

    Where one takes over from another, they go on and are recorded otherwise.
    """
    persons: dict[Any, list[Row]] = {}
    for row in rows:
        is_linked = row.get("registration_rank") is not None
        persons.setdefault((is_linked, row["registration_key"] if is_linked else row[unit]), []).append(row)
    return [
        _put_together(several) if is_linked else [dict(row) for row in several]
        for (is_linked, _), several in persons.items()
    ]


def _put_together(rows: list[Row]) -> list[dict[str, Any]]:
    moments = sorted({row[name] for row in rows for name in ("valid_from", "valid_to")})
    pieces: list[tuple[Row, dict[str, Any]]] = []
    for begin, end in pairwise(moments):
        here = [row for row in rows if row["valid_from"] <= begin and row["valid_to"] >= end]
        if not here:
            continue
        first = min(here, key=lambda row: row["registration_rank"])
        if pieces and pieces[-1][0] is first and pieces[-1][1]["valid_to"] == begin:
            pieces[-1][1]["valid_to"] = end
        else:
            pieces.append((first, dict(first) | {"valid_from": begin, "valid_to": end}))
    for (before, earlier), (after, later) in pairwise(pieces):
        takes_over = before["registration_rank"] != after["registration_rank"]
        if takes_over and earlier["valid_to"] == later["valid_from"]:
            earlier["end_cause_code"] = later["start_cause_code"] = "updated"
    return [piece for _, piece in pieces]
