"""held: where a file of one's own holds what the definitions speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Instant:
    """A column of a file of one's own, read as an instant: a start or an end of validity.

    A date is its midnight. Null is open, since ever or for ever, and so is what lies before or after all days that can
    be asked about, infinity too: what a statement sees is always a finite instant.

    Attributes:
        is_day: whether the file holds days there.
        is_fine: whether it holds instants with more digits than others have.
    """

    column: str
    role: Literal["start", "end"]
    is_day: bool = False
    is_fine: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Where a file of one's own holds a table; set when definitions are bound to the file, see `engine.own_file`.

    Attributes:
        instants: the names under which the table is read with its instants as such, and how.
    """

    database: str
    schema: str
    table: str
    instants: Mapping[str, Instant] = field(default_factory=dict)
