"""Which rows belong to a date or period: valid at an instant, valid at some time in a stretch, or dated within it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    """Rows whose axis lies in ``since <= t < until``; from the first there is, if ``since`` is None.

    Both are midnights, except at the end of the last known day: that ends at the watermark, as it does for stocks.
    """

    axis: str
    since: datetime | None
    until: datetime


Time: TypeAlias = AtInstant | Touching | During
