"""advance: let days pass in a registration store."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from dataport.errors import WrongRequest
from dataport.store import Store
from dataport.synthetic import seeds
from dataport.synthetic.create import Summary
from dataport.synthetic.happenings import KINDS, Day
from dataport.synthetic.plan import DEFAULT_SEED

Progress = Callable[[str], None]

# The central system takes the day's changes in the afternoon; the clock then goes on to the end of the day.
_SYNCHRONISED, _END_OF_DAY = time(17, 0), time(23, 59, 59)
_COMES = {"registration", "birth", "reactivation"}
_GOES = {"inactivation", "departure", "return", "resettlement", "death", "merge", "deletion"}


def advance(store: Store, days: int, seed: int = DEFAULT_SEED, progress: Progress = lambda text: None) -> Summary:
    """Let days pass: people arrive, are born, move, are recognised, leave and die at the yearly rates of the seeds.

    Every change of a person's state has one event of the same transaction, hence of the same stamp. The same store and
    seed give the same days, however they are divided over calls.

    Args:
        store: a created store; its clock ends `days` later, at the end of the day.
        days: how many, at least 1.
        progress: is told, in words, what has been done.

    Raises:
        WrongRequest: fewer than one day.
    """
    if days < 1:
        raise WrongRequest(f"{days} days cannot pass. Let at least 1 day pass.")
    active = store.query("SELECT count(*) AS n FROM individual WHERE process_status_code = 'A'")["n"][0].as_py()
    rows: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for _ in range(days):
        day = _next_day(store.now())
        found, happened = _one_day(store, day, active, seed)
        rows.update(found)
        events.update(happened)
        active += sum(happened[kind] for kind in _COMES) - sum(happened[kind] for kind in _GOES)
        progress(f"{day}: {sum(happened.values())} events, {active:,} active people")
    return Summary(dict(sorted(rows.items())), events=dict(sorted(events.items())))


def _next_day(now: datetime) -> date:
    """The day that has not happened yet: today, if the clock stands before the afternoon."""
    return now.date() if now.time() < _SYNCHRONISED else now.date() + timedelta(days=1)


def _one_day(store: Store, day: date, active: int, seed: int) -> tuple[dict[str, int], Counter[str]]:
    today = Day(store, day, seed, seeds.stream(seed, 9, day.toordinal()))
    for kind, (happen, people) in KINDS.items():
        happen(today, how_many(kind, people, active, today.changes.elapsed))
    changes = today.finish()
    store.set_clock(datetime.combine(day, _SYNCHRONISED))
    with store.write() as writer:
        rows = changes.write(writer)
    store.set_clock(datetime.combine(day, _END_OF_DAY))
    return rows, changes.events


def how_many(kind: str, people: float, active: int, elapsed: int) -> int:
    """How often a thing that concerns so many people at a time happens on a day: its yearly rate, spread evenly.

    Even a small store sees each kind every fortnight or so, so that nothing it can show goes untried.
    """
    daily = seeds.rate("flow", kind) * active / 365 / people
    daily = max(daily, min(1 / 15, active / 60_000))
    phase = hashlib.sha256(kind.encode()).digest()[0] / 256
    return math.floor(daily * elapsed + phase) - math.floor(daily * (elapsed - 1) + phase)
