"""doctor: what each source must allow, and whether it does; and whether what people made in the home can be read."""

from __future__ import annotations

from dataclasses import dataclass

from dataport.errors import DataportError
from dataport.extract import Requirement, adapter_of
from dataport.jobs.sources import chosen
from dataport.settings import Settings
from dataport.state import State


@dataclass(frozen=True, slots=True)
class Examined:
    """What one source was found to allow.

    Attributes:
        every_version: whether it tells superseded versions too; otherwise history depends on how often it is read.
    """

    source_id: str
    kind: str
    every_version: bool
    requirements: tuple[Requirement, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is missing that an extract needs."""
        return all(one.state != "missing" for one in self.requirements)


def examine(settings: Settings, source_id: str | None = None) -> tuple[Examined, ...]:
    """Examine every source of a home, or one of them. Reads what its store says of itself, and no row.

    Raises:
        NoHome: it has none.
        UnknownName: there is no such source.
    """
    found = []
    for source in chosen(settings, source_id):
        adapter = adapter_of(source)
        found.append(Examined(source.source_id, source.kind, adapter.every_version, tuple(adapter.doctor())))
    return tuple(found)


def examine_state(settings: Settings) -> Requirement:
    """Whether what people made can be read, through and through: no source has it, and nothing makes it again."""
    state, kept = State(settings.state), "working lists, excuses, notes, scorecards, saved questions, keys of programs"
    try:
        version = state.version()
    except DataportError as problem:
        return Requirement("state/ can be read", "missing", str(problem))
    if version is None:
        return Requirement(f"state/ holds nothing yet: nobody has made any of {kept}", "ok")
    if trouble := state.trouble(deep=True):
        return Requirement("state/ can be read", "missing", trouble)
    age = "" if version == state.newest else f", which the next use brings to {state.newest}"
    return Requirement(f"state/{state.path.name} can be read; version {version}{age}; {kept}", "ok")


__all__ = ["Examined", "Requirement", "examine", "examine_state"]
