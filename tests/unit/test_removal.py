"""Which batches count together where a table loses a little each time, as the ledger alone tells it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dataport.extract.removal import added_up
from dataport.landing import Batch, LandedTable, Window

FIRST = datetime(2022, 1, 1, 2)


def batch(number: int, rows: int, gone: int, *, accepted: tuple[str, ...] = (), restarted: bool = False) -> Batch:
    """A night's batch with rows of ``t``, and a table beside it that loses as many."""
    tables = tuple(LandedTable(name, rows, gone, Path(name), "") for name in ("t", "u"))
    before, after = (FIRST + timedelta(days=night) for night in (number - 1, number))
    window = Window(number - 1, number, before, after)
    return Batch(number, "s", "store", "sqlite", window, tables, after, restarted=restarted, accepted=accepted)


def numbers(table: str, batches: list[Batch], removed: int = 1) -> list[int]:
    return [one.number for one in added_up(table, batches, removed)]


def test_the_first_load_and_what_is_too_long_ago_are_left_out() -> None:
    assert numbers("t", []) == numbers("t", [batch(1, 1000, 900)]) == []
    assert numbers("t", [batch(n, 1000, 90) for n in range(1, 4)]) == [2, 3]
    assert numbers("t", [batch(n, 1000, 90) for n in range(1, 60)]) == list(range(29, 60))


def test_the_count_begins_anew_for_the_table_that_was_accepted_alone() -> None:
    batches = [batch(n, 1000, 90, accepted=("t",) if n == 4 else ()) for n in range(1, 8)]
    assert numbers("t", batches) == [5, 6, 7]
    assert numbers("u", batches) == [2, 3, 4, 5, 6, 7]
    assert numbers("t", batches[:4]) == []


def test_the_count_begins_anew_with_a_restoration() -> None:
    assert numbers("t", [batch(n, 1000, 90, restarted=n == 3) for n in range(1, 6)]) == [3, 4, 5]


@pytest.mark.parametrize(
    ("rows", "gone", "removed", "is_counted"),
    [
        (1000, 60, 0, False),  # nothing goes now
        (1000, 60, 40, False),  # a hundred are nothing to wake somebody for
        (1000, 60, 41, True),
        (21_000_000, 300, 300, False),  # some hundreds of very many: the store is not asked
        (21_000_000, 40_000, 13_000, True),  # rows are versions: of a million records this is more than five percent
    ],
)
def test_what_cannot_be_much_is_not_counted_in_the_store(rows: int, gone: int, removed: int, is_counted: bool) -> None:
    assert bool(added_up("t", [batch(1, rows, 0), batch(2, 60, gone)], removed)) == is_counted
