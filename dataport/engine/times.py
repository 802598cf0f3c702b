"""Which rows are of a date: valid at an instant, at some instant of a stretch, or with a date in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from dataport.semantic.model import Validity


@dataclass(frozen=True, slots=True)
class AtInstant:
    """Rows valid at one instant: ``start < w <= end``."""

    validity: Validity
    instant: datetime


@dataclass(frozen=True, slots=True)
class Touching:
    """Rows valid at some instant from the first to the last."""

    validity: Validity
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class During:
    """Rows whose axis lies on one of the days, both ends included; from the first there is, if `first` is None."""

    axis: str
    first: date | None
    last: date


Time: TypeAlias = AtInstant | Touching | During
