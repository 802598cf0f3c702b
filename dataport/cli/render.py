"""A SafeTable as a table for people, or as CSV, JSON, Parquet or Arrow for programs. Nothing else is rendered."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv

from dataport import render
from dataport.cli.grids import Row, print_blocks
from dataport.cli.report import show_note
from dataport.cli.texts import Screen
from dataport.cli.texts import shown as shown_text
from dataport.disclosure import (
    ALL,
    NOTHING,
    NOTHING_MEANS,
    Facet,
    Labels,
    Part,
    SafeTable,
    facets,
    footnotes,
    heading,
    member_cell,
    member_text,
    number_text,
)
from dataport.errors import WrongRequest
from dataport.render.programs import as_json, inert_table, json_text, one_table

# As wide as a table in a file may become: nobody's terminal folds it.
_WIDE = 10_000


@dataclass(frozen=True, slots=True)
class Look:
    """How an answer is laid out.

    Attributes:
        labels: whether members are told by code, by label or by both; None for each form's own way.
        across: the level whose members go across.
        chart: whether people are shown the picture that fits it, above the table.
        raw: whether texts in a CSV are as they are, also those that a spreadsheet would run.
    """

    labels: Labels | None = None
    across: str | None = None
    chart: bool = False
    raw: bool = False


PLAIN = Look()


def write_table(table: SafeTable, form: str, look: Look = PLAIN, file: BinaryIO | None = None) -> None:
    """Write an answer to a file, or to standard output."""
    out, labels = file or sys.stdout.buffer, look.labels
    if form == "json":
        out.write(json_text(as_json(table, labels)).encode() + b"\n")
    elif form == "csv":
        whole = one_table(table, labels, look.across, described_too=False)
        pa_csv.write_csv(whole if look.raw else inert_table(whole), out)
        # a CSV has no place for what is said of the answer: whoever reads the terminal is told
        show_note("\n".join(footnotes(table)))
    elif form in ("parquet", "arrow", "xlsx"):
        _write_binary(table, form, look, out)
    else:
        wide = io.TextIOWrapper(out, encoding="utf-8", write_through=True) if file else None
        _print(table, Screen(file=wide, width=_WIDE) if wide else Screen(), look)
        if wide:
            wide.detach()
    out.flush()


def _print(table: SafeTable, console: Screen, look: Look) -> None:
    if look.chart:
        print_chart(table, console)
    if look.across:
        print_pivot(table, console, look.across, look.labels)
    else:
        print_table(table, console, look.labels)


def _write_binary(table: SafeTable, form: str, look: Look, out: BinaryIO) -> None:
    if out.isatty():
        raise WrongRequest(f"{form} is for programs: send it to a file, as in `dataport ask … --output FILE.{form}`.")
    if form == "xlsx":
        render.form("workbook").write_workbook(table, out, labels=look.labels, across=look.across)
        return
    whole = one_table(table, look.labels, look.across, described_too=True)
    if form == "parquet":
        render.form("parquet").write_parquet(whole, out)
    else:
        with pa.ipc.new_stream(out, whole.schema) as stream:
            stream.write_table(whole)


def print_table(table: SafeTable, console: Screen, labels: Labels | None = None) -> None:
    """An answer for people: names beside codes, thousands, shares in percent, totals below, notes last."""
    shown = facets(table, labels)
    rows = []
    for part in table.parts():
        style = "bold" if part.is_total else ""
        cells = _cells(part, table, shown, labels)
        rows += [Row(tuple(one), style, begins=part.is_total and place == 0) for place, one in enumerate(cells)]
    names = sum(one.column.role == "level" for one in shown)
    print_blocks([heading(one.column) for one in shown], names, rows, console)
    print_footnotes(table, console)


def print_pivot(table: SafeTable, console: Screen, level: str, labels: Labels | None = None) -> None:
    """The same with one level across."""
    pivot = render.form("pivot").pivoted(table, level)
    down = {one.name: place for place, one in enumerate(pivot.down)}
    shown = [one for one in facets(table, labels) if one.of in down]
    rows, was_total = [], False
    for line in pivot.lines:
        names = []
        for facet in shown:
            is_all, value = line.members[down[facet.of]]
            plain = ALL if is_all else member_text(value, facet.column, table)
            names.append(member_cell(facet, value, table, is_all) if labels else plain)
        numbers = [
            number_text(one.value, head.column, one.code) if one else NOTHING
            for one, head in zip(line.cells, pivot.heads, strict=True)
        ]
        begins, was_total = line.is_total and not was_total, line.is_total
        rows.append(Row((*names, *numbers), "bold" if line.is_total else "", begins))
    heads = [heading(one.column) for one in shown] + [pivot.head_text(one, labels) for one in pivot.heads]
    print_blocks(heads, len(shown), rows, console)
    is_sparse = any(one is None for line in pivot.lines for one in line.cells)
    of = sorted({heading(one.column) for one in pivot.heads})
    print_footnotes(table, console, ", ".join(of), *((f"{NOTHING} {NOTHING_MEANS}",) if is_sparse else ()))


def print_chart(table: SafeTable, console: Screen) -> None:
    """The picture that fits an answer."""
    drawn = "\n".join(render.form("chart").drawn(render.form("picture").picture_of(table), console.width))
    # a picture is no text that is too long: its own texts were shortened before it was drawn
    console.print(shown_text(drawn, longest=len(drawn)), highlight=False, no_wrap=True, crop=False, overflow="ignore")


def print_footnotes(table: SafeTable, console: Screen, *more: str) -> None:
    console.print(shown_text("\n".join((*more, *footnotes(table))), style="dim"))


def _cells(part: Part, table: SafeTable, shown: tuple[Facet, ...], labels: Labels | None) -> Iterator[list[str]]:
    """The cells of a part of the table; in a total, levels that are added up read ``all``."""
    for row, codes in part.rows():
        cells = []
        for facet in shown:
            value, is_all = row[facet.of], part.adds_up(facet.of)
            if facet.column.role != "level":
                cells.append(number_text(value, facet.column, codes.get(facet.of)))
            elif labels:
                cells.append(member_cell(facet, value, table, is_all))
            else:
                cells.append(ALL if is_all else member_text(value, facet.column, table))
        yield cells
