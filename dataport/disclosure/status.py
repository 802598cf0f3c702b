"""status: why a cell is not simply its value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

StatusCode: TypeAlias = Literal["withheld", "not_permitted", "outside_history", "not_for_release", "kept"]


@dataclass(frozen=True, slots=True)
class CellStatus:
    """Why a cell is not simply its value.

    Attributes:
        since: of a protected value that was kept from an earlier month, the day that it is of.
    """

    row: int
    column: str
    code: StatusCode
    since: date | None = None
