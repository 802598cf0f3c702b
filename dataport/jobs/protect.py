"""protect: the protected statistics of the months that are due, after a publication."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dataport.ask import open_house
from dataport.cube.build import Built, build_due
from dataport.cube.days import NotReached
from dataport.errors import DataportError
from dataport.settings import Settings

# Said before why, wherever it is told.
UNPROTECTED = "Protected statistics that are due were not built."


@dataclass(frozen=True, slots=True)
class Protected:
    """What became of the months that were due.

    Attributes:
        problem: why they were not built, in words; what was served before stays.
    """

    built: tuple[Built, ...] = ()
    problem: str | None = None


def protect(settings: Settings, progress: Callable[[str], None]) -> Protected:
    """Build every month that is due. What is wrong with that is told, and is no reason to take back a publication."""
    if settings.cube_viewer is None:
        return Protected()
    house = open_house(settings)
    try:
        return Protected(build_due(house, progress, again=False))
    except NotReached:  # a home that is younger than a month lacks nothing
        return Protected()
    except DataportError as problem:
        progress(f"protected statistics were not built: {problem}")
        return Protected(problem=str(problem))
    finally:
        house.close()
