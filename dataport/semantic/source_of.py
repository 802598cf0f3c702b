"""Which stores the members of a level are of, where that is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceOf:
    """Where the stores of a level's members are listed: a public dimension with a column of each."""

    dimension: str
    member: str
    source: str
