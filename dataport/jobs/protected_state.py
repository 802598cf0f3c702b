"""protected_state: which months of protected statistics are served, which are due, and what stands in the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from dataport.cube.days import due
from dataport.cube.refusal import remembered
from dataport.cube.secret import is_rotated, require_record, secret_in_force
from dataport.disclosure.protected.lattice import policy_version
from dataport.disclosure.protected.served import ServedCube, read_series
from dataport.errors import DataportError
from dataport.settings import Settings
from dataport.warehouse.versions import Published


@dataclass(frozen=True, slots=True)
class ProtectedState:
    """The protected statistics of a home.

    Attributes:
        served: the days of the months that are served.
        due: those that could be built and are not served.
        problems: why none of them can be answered, or why none can follow.
    """

    served: tuple[date, ...] = ()
    due: tuple[date, ...] = ()
    problems: tuple[str, ...] = ()


def protected_state(settings: Settings, build: Published | None) -> ProtectedState | None:
    """How the protected statistics are; None where nobody builds any."""
    problems: list[str] = []
    try:
        series = read_series(settings.cube)
        require_record(settings.keyring, settings.home, series)
        if series is not None and series.snapshots and not is_rotated(settings.keyring, series):
            secret = secret_in_force(settings.keyring, settings.home, series)
            for one in series.snapshots:
                ServedCube(settings.cube, one, secret.signing)
            if series.policy_version != policy_version():
                problems.append(
                    "The rules of the protected statistics have changed since those that are served were made, so no "
                    "month follows them: `dataport keys rotate cube` begins a new series."
                )
        elif series is not None:
            series = None
    except DataportError as problem:
        series = None
        problems.append(str(problem))
    if refusal := remembered(settings.cube):
        problems.append(refusal.said())
    if settings.cube_viewer is None and series is None and not problems:
        return None
    served = tuple(one.day for one in series.snapshots) if series else ()
    days: list[date] = []
    if build is not None and settings.cube_viewer is not None and not problems:
        with suppress(DataportError):
            days = due(served[-1] if served else None, build)
    return ProtectedState(served, tuple(days), tuple(problems))
