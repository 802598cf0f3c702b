"""Port: a home folder opened for one viewer, for notebooks and programs."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from dataport.ask import Asker, House, ask, open_house
from dataport.disclosure import CellStatus, SafeTable
from dataport.semantic import DateRange, OrderBy, Request, parse_comparison, parse_day
from dataport.semantic.model import Grain
from dataport.semantic.request import Geography
from dataport.settings import read_settings


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What may be told, in the shape a program wants."""

    safe: SafeTable

    @property
    def meta(self) -> Mapping[str, Any]:
        """Data version, dates, viewer, scope, and limits that were hit."""
        return self.safe.meta

    @property
    def status(self) -> tuple[CellStatus, ...]:
        """Why a cell is not simply its value; sparse."""
        return self.safe.status

    def to_arrow(self) -> pa.Table:
        """Levels, the period of a trend, then indicators."""
        return self.safe.data

    def to_polars(self) -> pl.DataFrame:
        frame = pl.from_arrow(self.safe.data)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_dicts(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.safe.data.to_pylist()
        return rows

    def __repr__(self) -> str:
        return f"Answer({self.safe.data.num_rows} rows: {', '.join(self.safe.data.column_names)})"


@dataclass(slots=True)
class Port:
    """Questions of one viewer to one home."""

    viewer: str
    _house: House = field(repr=False)

    def ask(
        self,
        indicators: Iterable[str],
        by: Iterable[str] = (),
        where: Iterable[str] = (),
        *,
        as_of: str | date | None = None,
        period: str | DateRange | None = None,
        grain: Grain | None = None,
        geography: Geography = "today",
        totals: bool = False,
        order: Iterable[str] = (),
        top: int | None = None,
        compare: str | date | None = None,
    ) -> Answer:
        """The answer to a question, as `dataport ask` gives it.

        Raises:
            DataportError: what is wrong, or refused, and what to do next.
        """
        request = Request(
            tuple(indicators),
            tuple(by),
            tuple(where),
            parse_day(as_of) if isinstance(as_of, str) else as_of,
            DateRange.parse(period) if isinstance(period, str) else period,
            grain,
            geography,
            totals,
            tuple(OrderBy.parse(term) for term in order),
            top,
            parse_comparison(compare) if isinstance(compare, str) else compare,
        )
        return Answer(ask(request, Asker(self.viewer, getpass.getuser()), self._house))


def open(home: str | Path | None = None, *, viewer: str | None = None) -> Port:
    """Open a home folder for one viewer.

    Args:
        home: the folder; the environment's or ``.dataport`` otherwise.
        viewer: the login of an account of the registration store; the `viewer` setting otherwise.
    """
    settings = read_settings(Path(home) if home else None)
    return Port(viewer or settings.viewer or "", open_house(settings))
