"""build: the protected cube of one month, from the facts on its last day to the file that is served."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dataport.cube.counting import Cells, Counter, Counts
from dataport.cube.days import due, in_words, next_month_end, reached
from dataport.cube.earlier import Earlier, earlier_of
from dataport.cube.granted import service_asker, service_viewer
from dataport.cube.held import require_rules
from dataport.cube.perturbing import KINDS, Noise, noise_of, parameters_of
from dataport.cube.population import Codings
from dataport.cube.reading import Read, read_months
from dataport.cube.refusal import forget, remember, require_news
from dataport.cube.ruling import Decided, decide
from dataport.cube.secret import (
    Secret,
    is_rotated,
    new_secret,
    remember_printed,
    secret_in_force,
)
from dataport.cube.sums import Ages, noise_versions
from dataport.cube.writing import Printed, as_table, said_together, served_together, withdraw, write_snapshot
from dataport.disclosure.protected.lattice import CanonicalTable, Lattice, lattice, policy_version
from dataport.disclosure.protected.served import Series, read_series
from dataport.durable import held, make_private
from dataport.errors import BuildFailed, DataportError, WrongRequest
from dataport.house import House
from dataport.visit import looking

Progress = Callable[[str], None]


class OtherPolicy(DataportError):
    """The served statistics were made by other rules than those of today."""

    code = "cube_policy"

    def __init__(self) -> None:
        super().__init__(
            "The rules of the protected statistics have changed since those that are served were made, and numbers by "
            "two sets of rules beside each other would tell more than either allows. Begin a new series with "
            "`dataport keys rotate cube`, which withdraws all that is served; until then those before stay."
        )


@dataclass(frozen=True, slots=True)
class Built:
    """What one build did.

    Attributes:
        day: of the snapshot.
        persons: how many the register has on that day.
        cells, published: cells that may be told by themselves, and those that were.
        recoded: the share of values that were put together as other.
        seconds: how long it took.
    """

    day: date
    persons: int
    tables: int
    cells: int
    published: int
    recoded: float
    rounds: int
    seconds: float


def build_due(house: House, progress: Progress, *, again: bool = True) -> tuple[Built, ...]:
    """Build every month that is due, in order: none where the newest one is served.

    Args:
        again: also what was refused before from the same facts by the same rules.

    Raises:
        DataportError: as `build_month`; what was served before stays.
        RefusedBefore: it is not tried again.
    """
    series = _series_in_force(house)
    last = series.last.day if series and series.last else None
    days = due(last, house.published())
    if days and not again:
        require_news(house, days[0], policy_version())
    return tuple(build_month(house, day, progress) for day in days)


def require_ready(house: House) -> None:
    """That a further month could be built, were one due.

    Raises:
        KeyLost, SeriesLost, OtherPolicy, Refused: as `build_month`.
    """
    service_viewer(house)
    if series := _series_in_force(house):
        _secret(house, series)
        _require_policy(series)


def build_month(house: House, day: date, progress: Progress) -> Built:
    """Build and serve the snapshot of one month. A month that is served is never built again.

    Raises:
        WrongRequest: the month is not the one that is next, or no source reaches its end.
        KeyLost, SeriesLost, OtherPolicy, Refused: the key, the rules or the grant are not what they were.
        Busy: another build is under way.
    """
    root = house.settings.cube
    make_private(root)
    started = time.perf_counter()
    with held(root / ".lock", "A build of the protected statistics"):
        # the look is on disk before anything is served
        with looking("cube build", f"{day:%Y-%m}", service_asker(house), house) as look:
            viewer = service_viewer(house)
            look.note(viewer_class=viewer.viewer_class.value, grants_version=viewer.grants_version)
            look.note(question=f"protected statistics of {day:%Y-%m}", data_version=house.published().build_number)
            try:
                made = _made(house, day, progress)
            except BuildFailed as problem:
                remember(root, day, house.published().build_number, policy_version(), str(problem))
                raise
        forget(root)
        write_snapshot(root, made.series, day, made.tables, made.secret, made.said, made.private)
        remember_printed(house.settings.keyring, house.settings.home, made.secret, day)
    published = sum(table.num_rows for table in made.tables.values())
    progress(f"protected statistics of {day:%Y-%m}: {published:,} cells in {len(made.tables)} tables")
    return replace(made.built, published=published, seconds=round(time.perf_counter() - started, 1))


@dataclass(frozen=True, slots=True)
class _Made:
    """A snapshot that is ready to be served."""

    built: Built
    series: Series
    secret: Secret
    tables: Mapping[str, pa.Table]
    said: Mapping[str, Any]
    private: Mapping[str, Any]


def _made(house: House, day: date, progress: Progress) -> _Made:
    root, shape = house.settings.cube, lattice()
    series = _series_in_force(house)
    _check_month(day, series, house)
    secret = _secret(house, series)
    series = series or _new_series(root, secret)
    earlier = earlier_of(root, series, secret.signing)
    read = read_months(house, day, earlier.bases, secret, shape, served_together(root, series))
    progress(f"protected statistics of {day:%Y-%m}: {len(read.population):,} persons")
    decided, tables, noise_told = protect(read, earlier, secret, shape, day, house.settings.threads)
    progress(f"protected statistics of {day:%Y-%m}: held against the rules")
    require_rules(read, earlier, tables, shape, day, house.settings.threads)
    said = {
        "data_version": house.published().build_number,
        "p_tables": noise_told,
        "policy_version": policy_version(),
    }
    private = {"scopes": [sorted(one) for one in read.scopes], "recoded": read.recoded} | said_together(read.together)
    able = sum(int(flags.sum()) for flags in decided.able.values())
    rounds = decided.statuses.rounds
    built = Built(day, len(read.population), len(tables), able, 0, read.recoded, rounds, 0.0)
    return _Made(built, series, secret, tables, said, private)


def protect(
    read: Read, earlier: Earlier, secret: Secret, shape: Lattice, day: date, processes: int = 1
) -> tuple[Decided, dict[str, pa.Table], dict[str, str]]:
    """What is told of a population: its true cells, ruled and perturbed; and what the manifest says of the noise."""
    counter = Counter.of(read.population, read.codings, shape)
    noise = {kind: noise_of(kind, secret) for kind in KINDS}
    decided = decide(counter, read, earlier, noise, processes)
    ages = Ages.of(read.population, read.codings, shape)
    versions = {kind: parameters_of(kind).version for kind in KINDS}
    tables = _tables(decided, earlier, noise, ages, read.codings, shape, day)
    return decided, tables, noise_versions(versions, ages)


def _series_in_force(house: House) -> Series | None:
    """The series that a further snapshot belongs to; one whose key was rotated is withdrawn first."""
    root = house.settings.cube
    series = read_series(root)
    if series is None or not series.snapshots:
        return None
    if is_rotated(house.settings.keyring, series):
        withdraw(root, series)
        return None
    return series


def _secret(house: House, series: Series | None) -> Secret:
    keyring, home = house.settings.keyring, house.settings.home
    if series is None:
        return new_secret(keyring, home, read_series(house.settings.cube))
    return secret_in_force(keyring, home, series)


def _new_series(root: Path, secret: Secret) -> Series:
    before = read_series(root)
    return Series(before.number + 1 if before else 1, secret.version, secret.fingerprint, policy_version(), ())


def _check_month(day: date, series: Series | None, house: House) -> None:
    first, last = reached(house.published())
    if not first <= day <= last:
        raise WrongRequest(
            f"Protected statistics of {day:%Y-%m} cannot be built: every source is known to the end of each month from "
            f"{first:%Y-%m} to {last:%Y-%m}."
        )
    if series is None or series.last is None:
        return
    _require_policy(series)
    if day in [one.day for one in series.snapshots] or day < series.last.day:
        raise WrongRequest(
            f"Protected statistics of {day:%Y-%m} are served, or came before those that are. What is served is never "
            "built again."
        )
    if day != next_month_end(series.last.day):
        missing = [one for one in due(series.last.day, house.published()) if one < day]
        raise WrongRequest(
            f"Before {day:%Y-%m} come {in_words(missing)}: each month is held against the one before it. "
            "`dataport cube build` builds all that are due, in order."
        )


def _require_policy(series: Series) -> None:
    if series.policy_version != policy_version():
        raise OtherPolicy()


def _tables(
    decided: Decided,
    earlier: Earlier,
    noise: Mapping[str, Noise],
    ages: Ages | None,
    codings: Codings,
    shape: Lattice,
    day: date,
) -> dict[str, pa.Table]:
    """Every table with its published cells, those without any too: which tables there are says nothing."""
    found: dict[str, pa.Table] = {}
    for table in shape.tables():
        cells = decided.cells[table.base.name]
        if table.sensitive is None:
            chosen = np.flatnonzero(decided.statuses.rows[table.name])
            one = _printed(table, cells, cells.counts, chosen, earlier, noise["plain"], day, None)
            if table.has_years and ages is not None:
                one = replace(one, years=ages.printed(table, cells, chosen, noise["sum"], earlier, day))
            parts = [one]
        else:
            attribute = table.sensitive.name
            chosen = np.flatnonzero(decided.statuses.splits[attribute][table.base.name])
            sides = ((True, cells.having[attribute]), (False, cells.lacking[attribute]))
            parts = [
                _printed(table, cells, counts, chosen, earlier, noise[table.sensitive.noise], day, has)
                for has, counts in sides
            ]
        found[table.name] = as_table(parts, cells, codings, shape, day)
    return found


def _printed(
    table: CanonicalTable,
    cells: Cells,
    counts: Counts,
    chosen: np.ndarray,
    earlier: Earlier,
    noise: Noise,
    day: date,
    has: bool | None,
) -> Printed:
    persons, keys = counts.persons[chosen], counts.keys[chosen]
    published = noise.published(persons, keys)
    days = [day] * len(chosen)
    kept = earlier.kept_values(table.name, has, chosen)
    for place, value in kept.items():
        published[place], persons[place], keys[place], days[place] = value
    return Printed(table, chosen, published, tuple(days), persons, keys, has)
