"""auditing: the protected statistics, attacked as they are served and through the door by which they are asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from dataport.access import ViewerClass
from dataport.ask import ask, open_house
from dataport.attackers.audit import Report
from dataport.attackers.refusals import Told
from dataport.cube.audited import Progress, audit
from dataport.cube.probing import Probe
from dataport.errors import DataportError, WrongRequest
from dataport.house import House
from dataport.semantic import Request
from dataport.settings import Settings
from dataport.visit import Asker, machine_account

_INDICATOR = "active_individuals"
# The work that is counted is that of the rooms in which a number is looked up.
_ROOM = "protected"


def audit_statistics(settings: Settings, progress: Progress) -> Report:
    """Everything that is served, attacked; and what is not served, asked for as the viewer of the settings."""
    house = open_house(settings)
    return audit(house, progress, lambda probe: _told(probe, house))


def _told(probe: Probe, house: House) -> Told | None:
    """What comes of asking for one number that is not told, and what was done for it; None where it cannot be written.

    A code that two lists have, or that none has, is refused before anything is looked up, whatever the data are.
    """
    where = tuple(f"{name} = '{code}'" for name, code in probe.members.items())
    asker = Asker(house.settings.viewer, machine_account(), as_class=ViewerClass.STATISTICS)
    work: list[str] = []
    question = " ".join(probe.members)
    try:
        with _counted(work):
            safe = ask(Request((_INDICATOR,), where=where), asker, house, door="cube audit")
        return Told(
            question, probe.truth, f"{safe.data.to_pylist()} {[one.code for one in safe.status]}", 0, tuple(work)
        )
    except WrongRequest:
        return None
    except DataportError as problem:
        return Told(question, probe.truth, type(problem).__name__, problem.exit_code, tuple(work))


@contextmanager
def _counted(work: list[str]) -> Iterator[None]:
    """How often each function of the looking up was called, in order of their names."""
    times: dict[str, int] = {}

    def count(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and _ROOM in frame.f_code.co_filename:
            name = frame.f_code.co_qualname if hasattr(frame.f_code, "co_qualname") else frame.f_code.co_name
            times[name] = times.get(name, 0) + 1

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
        work += [f"{name} {count}" for name, count in sorted(times.items())]
