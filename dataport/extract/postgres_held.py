"""What is in flight on a PostgreSQL server: how far its numbers are complete, and who holds them back.

A change number is that of its transaction, so all below the oldest one in flight are complete. A transaction keeps a
lock on its own number, which every account may see, with its process or prepared name; the server's own maintenance has
no account, writes no row of the store, and holds nothing back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dataport.extract.adapter import Seen
from dataport.landing import Held, Sighting

_SPAN = 2**32

_VIEW = (
    "SELECT moment, first_stamp, pg_snapshot_xmax(s)::text::bigint, "
    "ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(s) AS x) FROM clock, pg_current_snapshot() AS s"
)

# Reads what is, not what the view sees. A prepared transaction has no process.
_IN_FLIGHT = """
    SELECT l.transactionid::text::bigint, l.pid, p.gid::text, coalesce(a.datname, p.database)::text,
           coalesce(a.usename, p.owner)::text,
           coalesce(a.xact_start, p.prepared) AT TIME ZONE 'UTC',
           a.pid IS NOT NULL AND a.usesysid IS NULL
    FROM pg_locks AS l
    LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
    LEFT JOIN pg_prepared_xacts AS p ON p.transaction = l.transactionid
    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
"""


@dataclass(frozen=True, slots=True)
class InFlight:
    """One number that a transaction in flight bears: its own, or that of a part of it."""

    number: int
    process: int | None
    prepared: str | None
    database: str | None
    account: str | None
    since: datetime | None
    is_maintenance: bool


@dataclass(frozen=True, slots=True)
class View:
    """What one snapshot of the server sees.

    Attributes:
        clock: the store's clock in it.
        first_stamp: no version is stamped earlier.
        newest: the end of the numbers that were given, to the view or beside it.
        high: the end of those that are complete.
        holders: what holds the others back, the oldest first.
        unsure: whether something that held the view back had ended before anybody could say what it was.
    """

    clock: datetime
    first_stamp: datetime
    newest: int
    high: int
    holders: tuple[Held, ...]
    unsure: bool


def look(ask: Any, seen: Seen) -> View:
    """What the current snapshot sees, and what is in flight beside it, as seldom wrong as two looks can be.

    What was passed, and maintenance, hold nothing back.
    """
    [(clock, first_stamp, end, unseen)] = ask(_VIEW)
    running = [_read(row, end) for row in ask(_IN_FLIGHT)]
    known = {one.number: one for one in running}
    passed = {number for one in seen.passed for number in one.numbers}
    harmless = passed | {one.number for one in running if one.is_maintenance}
    blocking = [number for number in unseen if number not in harmless]
    given = [one.number for one in running if one.number not in harmless]
    newest = max([end, *(number + 1 for number in given)])
    holders = _holders(sorted({*blocking, *given}), known)
    unsure = any(number not in known for number in blocking)
    return View(clock, first_stamp, newest, min(blocking, default=end), holders, unsure)


def complete_clock(view: View, sightings: Iterable[Sighting], floor: datetime) -> datetime:
    """The store's clock up to which nothing is missing below the view's `high`.

    What is held back may have been stamped at any time since it began. Where the store was looked at earlier, and every
    number given by then lies below today's `high`, everything that was stamped by then is complete.
    """
    if view.newest == view.high:
        return view.clock
    return max((one.clock for one in sightings if one.newest <= view.high), default=floor)


def _read(row: Sequence[Any], end: int) -> InFlight:
    short, process, prepared, database, account, since, is_maintenance = row
    # a lock tells the last 32 bits of a number; it lies near the end of those given
    distance = (short - end) % _SPAN
    number = end + (distance - _SPAN if distance >= _SPAN // 2 else distance)
    return InFlight(number, process, prepared, database, account, since, bool(is_maintenance))


def _holders(numbers: Iterable[int], known: dict[int, InFlight]) -> tuple[Held, ...]:
    """Transactions by what they are called; the parts of one belong together."""
    found: dict[tuple[int | None, str | None, int | None], list[int]] = {}
    for number in numbers:
        one = known.get(number)
        name = (one.process, one.prepared, None) if one and (one.process or one.prepared) else (None, None, number)
        found.setdefault(name, []).append(number)
    return tuple(_held(known.get(own[0]), tuple(own)) for own in found.values())


def _held(one: InFlight | None, numbers: tuple[int, ...]) -> Held:
    if one is None or not (one.process or one.prepared):
        return Held(str(numbers[0]), "a transaction of which this server tells nothing", None, numbers)
    where = f"database {one.database!r}, account {one.account!r}"
    began = f", since {one.since:%Y-%m-%d %H:%M} UTC" if one.since else ""
    if one.prepared:
        return Held(one.prepared, f"the prepared transaction {one.prepared!r} ({where}{began})", one.since, numbers)
    return Held(str(one.process), f"the transaction of process {one.process} ({where}{began})", one.since, numbers)
