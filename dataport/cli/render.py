"""A SafeTable as a table for people, or as CSV, JSON, Parquet or Arrow for programs. Nothing else is rendered."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO

import click
import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dataport import render
from dataport.cli.grids import print_grid
from dataport.cli.texts import cell
from dataport.dictionary import disclosure_limit
from dataport.disclosure import (
    ALL,
    MARKS,
    CellStatus,
    Facet,
    Labels,
    SafeTable,
    StatusCode,
    described,
    facets,
    flat,
    heading,
    member_cell,
    member_text,
    number_text,
    spread,
    told,
)
from dataport.errors import WrongRequest
from dataport.semantic.timeline import PERIOD

_NOTES: dict[StatusCode, str] = {
    "outside_history": f"{MARKS['outside_history']} outside what this warehouse knows",
    "withheld": f"{MARKS['withheld']} not shown",
    "not_permitted": f"{MARKS['not_permitted']} not shown",
    "not_for_release": "* fewer than {minimum} behind it: not for onward release",
}

# As wide as a table in a file may become: nobody's terminal folds it.
_WIDE = 10_000

# Decimals are written as numbers, to the last digit.
_EXACT = msgspec.json.Encoder(
    decimal_format="number", enc_hook=lambda value: dict(value) if isinstance(value, Mapping) else str(value)
)


def write_table(table: SafeTable, form: str, labels: Labels | None = None, file: BinaryIO | None = None) -> None:
    """Write an answer to a file, or to standard output."""
    out = file or sys.stdout.buffer
    if form == "json":
        out.write(msgspec.json.format(_EXACT.encode(as_json(table, labels)), indent=0) + b"\n")
    elif form == "csv":
        pa_csv.write_csv(flat(table, labels=labels), out)
        # a CSV has no place for what is said of the answer: whoever reads the terminal is told
        click.echo("\n".join(footnotes(table)), err=True)
    elif form in ("parquet", "arrow", "xlsx"):
        _write_binary(table, form, labels, out)
    else:
        wide = io.TextIOWrapper(out, encoding="utf-8", write_through=True) if file else None
        print_table(table, Console(file=wide, width=_WIDE) if wide else Console(), labels)
        if wide:
            wide.detach()
    out.flush()


def as_json(table: SafeTable, labels: Labels | None = None) -> dict[str, Any]:
    """The contract's object: columns, rows, status, totals, meta; and the names of the members that occur."""
    said = described(table, labels)
    totals = [
        {**one, "rows": _rows(spread(total.data, total.levels, table, labels))}
        for one, total in zip(said["totals"], table.totals, strict=True)
    ]
    rows = _rows(spread(table.data, None, table, labels))
    return {"columns": said["columns"], "rows": rows, **said, "totals": totals}


def _rows(data: pa.Table) -> list[list[Any]]:
    columns = [[_plain(value) for value in column.to_pylist()] for column in data.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write_binary(table: SafeTable, form: str, labels: Labels | None, out: BinaryIO) -> None:
    if out.isatty():
        raise WrongRequest(f"{form} is for programs: send it to a file, as in `dataport ask … --output FILE.{form}`.")
    if form == "xlsx":
        render.form("workbook").write_workbook(table, out, labels=labels)
        return
    whole = told(table, labels=labels)
    if form == "parquet":
        pa_parquet.write_table(whole, out)
    else:
        with pa.ipc.new_stream(out, whole.schema) as stream:
            stream.write_table(whole)


def print_table(table: SafeTable, console: Console, labels: Labels | None = None) -> None:
    """An answer for people: names beside codes, thousands, shares in percent, totals below, notes last."""
    grid = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    shown = facets(table, labels)
    for facet in shown:
        grid.add_column(cell(heading(facet.column)), justify="left" if facet.column.role == "level" else "right")
    for cells in _cells(table.data, table.status, table, shown, labels):
        grid.add_row(*map(cell, cells))
    for total in reversed(table.totals):
        grid.add_section()
        for cells in _cells(total.data, total.status, table, shown, labels, total.levels):
            grid.add_row(*map(cell, cells), style="bold")
    print_grid(grid, console)
    console.print(Text("\n".join(footnotes(table)), style="dim"), highlight=False)


def footnotes(table: SafeTable) -> list[str]:
    """What the marks mean, what was asked of what, and what was cut or chosen."""
    codes = {status.code for part in (table, *table.totals) for status in part.status}
    minimum = disclosure_limit("onward_release_minimum")
    notes = [note.format(minimum=minimum) for code, note in _NOTES.items() if code in codes]
    meta = table.meta
    return [*notes, f"{meta['question']} · {meta['scope']} · data version {meta['data_version']}", *meta["limits"]]


def _cells(
    data: pa.Table,
    status: tuple[CellStatus, ...],
    table: SafeTable,
    shown: tuple[Facet, ...],
    labels: Labels | None,
    spanned: tuple[str, ...] | None = None,
) -> list[list[str]]:
    """The cells of a part of the table; in a total, levels that are added up read ``all``."""
    codes = {(one.row, one.column): one.code for one in status}
    found = []
    for number, row in enumerate(data.to_pylist()):
        cells = []
        for facet in shown:
            value, code = row[facet.of], codes.get((number, facet.of))
            if facet.column.role != "level":
                cells.append(number_text(value, facet.column, code))
                continue
            is_all = spanned is not None and facet.of not in spanned and facet.of != PERIOD
            if labels:
                cells.append(member_cell(facet, value, table, is_all))
            else:
                cells.append(ALL if is_all else member_text(value, facet.column, table))
        found.append(cells)
    return found
