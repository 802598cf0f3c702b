"""A SafeTable as a table for people, or as CSV, JSON, Parquet or Arrow for programs. Nothing else is rendered."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

import click
import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dataport.cli.grids import print_grid
from dataport.cli.texts import cell
from dataport.dictionary import disclosure_limit
from dataport.disclosure import (
    ALL,
    MARKS,
    CellStatus,
    SafeTable,
    StatusCode,
    described,
    flat,
    heading,
    member_text,
    number_text,
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


# Decimals are written as numbers, to the last digit.
_EXACT = msgspec.json.Encoder(
    decimal_format="number", enc_hook=lambda value: dict(value) if isinstance(value, Mapping) else str(value)
)


def write_table(table: SafeTable, form: str) -> None:
    """Write an answer to standard output."""
    if form == "json":
        click.echo(msgspec.json.format(_EXACT.encode(as_json(table)), indent=0))
    elif form == "csv":
        pa_csv.write_csv(flat(table), sys.stdout.buffer)
        # a CSV has no place for what is said of the answer: whoever reads the terminal is told
        click.echo("\n".join(footnotes(table)), err=True)
    elif form in ("parquet", "arrow"):
        _write_binary(table, form)
    else:
        print_table(table, Console())


def as_json(table: SafeTable) -> dict[str, Any]:
    """The contract's object: columns, rows, status, totals, meta; and the names of the members that occur."""
    said = described(table)
    totals = [{**one, "rows": _rows(total.data)} for one, total in zip(said["totals"], table.totals, strict=True)]
    return {"columns": said["columns"], "rows": _rows(table.data), **said, "totals": totals}


def _rows(data: pa.Table) -> list[list[Any]]:
    columns = [[_plain(value) for value in column.to_pylist()] for column in data.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write_binary(table: SafeTable, form: str) -> None:
    if sys.stdout.isatty():
        raise WrongRequest(f"{form} is for programs: send it to a file, as in `dataport ask … --format {form} > FILE`.")
    whole = told(table)
    if form == "parquet":
        pa_parquet.write_table(whole, sys.stdout.buffer)
    else:
        with pa.ipc.new_stream(sys.stdout.buffer, whole.schema) as stream:
            stream.write_table(whole)


def print_table(table: SafeTable, console: Console) -> None:
    """An answer for people: names beside codes, thousands, shares in percent, totals below, notes last."""
    grid = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        grid.add_column(cell(heading(column)), justify="left" if column.role == "level" else "right")
    for cells in _cells(table.data, table.status, table):
        grid.add_row(*map(cell, cells))
    for total in reversed(table.totals):
        grid.add_section()
        for cells in _cells(total.data, total.status, table, total.levels):
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
    data: pa.Table, status: tuple[CellStatus, ...], table: SafeTable, spanned: tuple[str, ...] | None = None
) -> list[list[str]]:
    """The cells of a part of the table; in a total, levels that are added up read ``all``."""
    codes = {(one.row, one.column): one.code for one in status}
    found = []
    for number, row in enumerate(data.to_pylist()):
        cells = []
        for column in table.columns:
            value, code = row[column.name], codes.get((number, column.name))
            if column.role == "level":
                is_all = spanned is not None and column.name not in spanned and column.name != PERIOD
                cells.append(ALL if is_all else member_text(value, column, table))
            else:
                cells.append(number_text(value, column, code))
        found.append(cells)
    return found
