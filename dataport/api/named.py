"""Named: an indicator or a breakdown as the catalog of a port tells it; it may be asked with as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Named:
    """An indicator or a breakdown.

    Attributes:
        unit: of an indicator, in what it is counted.
        goes_with: of an indicator, the breakdowns that it has.
        members: of a breakdown, code to label from its public list; empty where there is none.
    """

    name: str
    label: str
    description: str
    unit: str = ""
    goes_with: tuple[str, ...] = ()
    members: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return self.name
