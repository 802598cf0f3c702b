"""Answer: what may be told, for programs and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from dataport import render
from dataport.api import given
from dataport.disclosure import (
    LABELS,
    CellStatus,
    Labels,
    SafeTable,
    SafeTotal,
    flat,
    told,
)
from dataport.errors import WrongRequest
from dataport.named_file import named_file


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What may be told, in the shape a program wants.

    Attributes:
        shown: whether members are told by code, by label or by both; None for the values as the data have them.
    """

    safe: SafeTable
    shown: Labels | None = None

    @property
    def meta(self) -> Mapping[str, Any]:
        """Data version, dates, viewer, scope, and limits that were hit."""
        return self.safe.meta

    @property
    def status(self) -> tuple[CellStatus, ...]:
        """Why a cell of the rows is not simply its value; sparse. Each total has its own."""
        return self.safe.status

    @property
    def totals(self) -> tuple[SafeTotal, ...]:
        """The totals asked for, each with the breakdowns that it keeps, its rows and their status."""
        return self.safe.totals

    def labels(self, shown: Labels = "label") -> Answer:
        """The same answer with its members by label, by both, or by their codes in each system.

        With ``both``, codes stand beside labels and each column says which it is: ``country_of_asylum_unhcr``,
        ``country_of_asylum_iso3``, ``country_of_asylum_label``.
        """
        if shown not in LABELS:
            raise WrongRequest(f"Labels are one of {', '.join(LABELS)}.")
        return replace(self, shown=shown)

    def to_arrow(self, *, totals: bool = False, status: bool = False) -> pa.Table:
        """Levels, the period of a trend, then indicators; what is said of them is in the metadata of the schema.

        Args:
            totals: with the rows of totals below, and `total_of`: the breakdowns that were added up, null for rows.
            status: with `status`: ``COLUMN=CODE`` for each cell that is not simply its value, null for none. It is
                called ``cell_status`` where the answer has a column called so itself.
        """
        return told(self.safe, totals=totals, status=status, labels=self.shown)

    def to_polars(self, *, totals: bool = False, status: bool = False) -> pl.DataFrame:
        """The same as a frame, which has no place for metadata: see `meta`."""
        frame = pl.from_arrow(flat(self.safe, totals=totals, status=status, labels=self.shown))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_dicts(self, *, totals: bool = False, status: bool = False) -> list[dict[str, Any]]:
        """The same as plain rows; decimals are exact."""
        rows: list[dict[str, Any]] = flat(self.safe, totals=totals, status=status, labels=self.shown).to_pylist()
        # whole numbers are whole, in whatever the engine carried them
        whole = {one.name for one in self.safe.columns if one.type == "integer"}
        return [
            {name: int(value) if name in whole and value is not None else value for name, value in row.items()}
            for row in rows
        ]

    def to_pandas(self, *, totals: bool = False, status: bool = False) -> Any:
        """The same as a frame of pandas, with the types of Arrow: whole numbers stay whole beside unknown ones.

        Raises:
            NotInstalled: pandas is not there.
        """
        rows = flat(self.safe, totals=totals, status=status, labels=self.shown)
        return render.form("frame").frame_of(rows)

    def pivot(self, level: str, *, totals: bool = False, status: bool = False) -> pl.DataFrame:
        """A frame with the members of one level across, such as months or sexes.

        Args:
            totals: with the answer's own totals, and `total_of` beside them.
            status: with the codes of cells; ``no_row`` where the answer has no such row.
        """
        form = render.form("pivot")
        pivot = form.pivoted(self.safe, level)
        rows = form.as_table(pivot if totals else form.without_totals(pivot), self.shown)
        *_, total_of, codes = rows.column_names
        left_out = [name for name, is_wanted in ((total_of, totals), (codes, status)) if not is_wanted]
        frame = pl.from_arrow(rows.drop_columns(left_out))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def plot(self) -> Any:
        """The chart that fits, of Vega-Altair: bars, lines, or a pyramid of ages by sex.

        Raises:
            NotInstalled: the extra `plot` is not there.
            WrongRequest: there is nothing to draw along.
        """
        return render.form("plot").plot_of(self.safe)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows for whoever reads Arrow: pyarrow, polars, DuckDB, pandas."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self.safe.data.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_dicts())

    def _repr_html_(self) -> str:
        return str(render.form("page").page_of(self.safe))

    def to_xlsx(self, file: str | Path, *, across: str | None = None) -> None:
        """Write a workbook: the table `Answer`, the chart that fits it, and a sheet about the question.

        Args:
            file: where to; what is there already is replaced.
            across: the level whose members go across.
        """
        with named_file(given.path("file", file), replace=True) as out:
            render.form("workbook").write_workbook(self.safe, out, labels=self.shown, across=across)

    def __repr__(self) -> str:
        return f"Answer({self.safe.data.num_rows} rows: {', '.join(self.safe.data.column_names)})"


@dataclass(frozen=True, slots=True, repr=False)
class Change(Answer):
    """Why a number moved; a notebook shows it as a table, with what moved each cell."""

    def _repr_html_(self) -> str:
        return str(render.form("page").rows_of(self.safe))
