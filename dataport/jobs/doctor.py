"""doctor: what each source must allow, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass

from dataport.extract import Requirement, adapter_of
from dataport.jobs.sources import chosen
from dataport.settings import Settings


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
