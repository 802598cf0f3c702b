"""status: what is served, by which rules and which key, what is due, and what stands in the way of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from dataport.cube.days import due
from dataport.cube.granted import service_viewer
from dataport.cube.refusal import remembered
from dataport.cube.secret import KeyLost, is_rotated, require_record, secret_in_force
from dataport.cube.writing import withdraw
from dataport.disclosure.protected.lattice import policy_version
from dataport.disclosure.protected.served import ServedCube, read_series
from dataport.errors import DataportError, WrongRequest
from dataport.house import House
from dataport.settings import Settings


@dataclass(frozen=True, slots=True)
class Served:
    """One served month."""

    day: date
    tables: int
    cells: int
    data_version: int


@dataclass(frozen=True, slots=True)
class CubeStatus:
    """How the protected statistics are.

    Attributes:
        series: its number; None where nothing is served.
        due: the months that can be built and are not served.
        problems: what stands in the way of building them, in words.
    """

    series: int | None
    key_version: int | None
    policy_version: str | None
    snapshots: tuple[Served, ...]
    due: tuple[date, ...]
    problems: tuple[str, ...]


def status_of(house: House) -> CubeStatus:
    """How the protected statistics are; nothing of them is shown."""
    series = recorded = read_series(house.settings.cube)
    if series is not None and (not series.snapshots or is_rotated(house.settings.keyring, series)):
        series = None
    problems, snapshots = [], []
    try:
        require_record(house.settings.keyring, house.settings.home, recorded)
        secret = secret_in_force(house.settings.keyring, house.settings.home, series) if series else None
        for one in series.snapshots if series and secret else ():
            manifest = ServedCube(house.settings.cube, one, secret.signing).manifest  # type: ignore[union-attr]
            cells = sum(table[3] for table in manifest.tables.values())
            snapshots.append(Served(one.day, len(manifest.tables), cells, manifest.data_version))
    except DataportError as problem:
        problems.append(str(problem))
    if series and series.policy_version != policy_version():
        problems.append("the rules have changed since: `dataport keys rotate cube` begins a new series")
    if refusal := remembered(house.settings.cube):
        problems.append(refusal.said())
    try:
        service_viewer(house)
    except DataportError as problem:
        problems.append(str(problem))
    days: list[date] = []
    with suppress(DataportError):
        days = due(series.last.day if series and series.last else None, house.published())
    return CubeStatus(
        series.number if series else None,
        series.key_version if series else None,
        series.policy_version if series else None,
        tuple(snapshots),
        tuple(days),
        tuple(problems),
    )


def give_up(settings: Settings, *, really: bool) -> int:
    """Withdraw everything that is served; how many snapshots that was.

    Raises:
        WrongRequest: it was not confirmed.
    """
    series = read_series(settings.cube)
    if not really:
        raise WrongRequest(
            "This gives up every served snapshot for good: they are never made again. Say --yes if that is meant."
        )
    if series is None:
        return 0
    withdraw(settings.cube, series)
    return len(series.snapshots)


__all__ = ["CubeStatus", "KeyLost", "Served", "give_up", "status_of"]
