"""Where an answer goes and in which form: to the terminal, to a program behind a pipe, or into a file by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from dataport.cli.options import require_csv
from dataport.cli.render import Look, write_table
from dataport.cli.report import show_note
from dataport.cli.words import Word
from dataport.disclosure import LABELS, Labels, SafeTable
from dataport.errors import WrongRequest
from dataport.named_file import check_place, form_of, named_file
from dataport.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("table", "csv", "json", "parquet", "arrow", "xlsx")
# Which form a file has, by how its name ends.
BY_NAME = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".arrow": "arrow", ".xlsx": "xlsx", ".txt": "table"}


@dataclass(frozen=True, slots=True)
class Output:
    """How an answer is written.

    Attributes:
        file: into which file; None for standard output.
    """

    form: str
    look: Look
    file: Path | None = None
    overwrite: bool = False


def output_options(command: F) -> F:
    """``--format``, ``--labels``, ``--pivot``, ``--chart``, ``--output`` and ``--overwrite``."""
    for option in (
        click.option("--raw", is_flag=True, help="In a CSV: texts as they are, also what a spreadsheet would run."),
        click.option("--overwrite", is_flag=True, help="Replace the file of --output if it is there already."),
        click.option("--output", type=click.Path(path_type=Path), metavar="FILE",
                     help=f"Write into this file, in the format of its name ({', '.join(BY_NAME)})."),
        click.option("--chart", is_flag=True, help="Draw the chart that fits: bars, lines, or a pyramid."),
        click.option("--pivot", type=Word("across"), metavar="LEVEL",
                     help="Put the members of this level across, such as sex or month."),
        click.option("--labels", type=click.Choice(LABELS),
                     help="Members by code (of UNHCR and of ISO), by label, or by both."),
        click.option("--format", "form", type=click.Choice(FORMATS),
                     help="How the answer is written.  [default: table, or what the file of --output is called]"),
    ):  # fmt: skip
        command = option(command)
    return command


def output_of(
    settings: Settings,
    *,
    form: str | None,
    labels: Labels | None,
    pivot: str | None,
    chart: bool,
    output: Path | None,
    overwrite: bool,
    raw: bool,
) -> Output:
    """What the options say, before anything is asked.

    Raises:
        WrongRequest: nothing can be written there, the name says another format, or the format has no such thing.
    """
    if output is None and overwrite:
        raise WrongRequest("--overwrite goes with --output FILE.")
    chosen = form_of(output, form, BY_NAME, None if output else "table")
    if output and chosen is None:
        raise WrongRequest(f"{output.name} does not say which format it is. End its name with {', '.join(BY_NAME)}.")
    assert chosen is not None
    if pivot and chosen == "json":
        raise WrongRequest("JSON tells rows as they are: leave --pivot out, or ask for csv, parquet, arrow or xlsx.")
    if chart and chosen != "table":
        raise WrongRequest("--chart draws on the terminal; a workbook (--output FILE.xlsx) has its chart anyway.")
    require_csv(raw, chosen)
    if output:
        check_place(output, replace=overwrite, home=settings.home)
    return Output(chosen, Look(labels, pivot, chart, raw), output, overwrite)


# The names of the options, as `output_of` takes them.
OUTPUT = ("form", "labels", "pivot", "chart", "output", "overwrite", "raw")


def write_answer(table: SafeTable, output: Output) -> None:
    """Write an answer where it is wanted; a file is there whole, or not at all.

    Raises:
        WrongRequest: the file cannot be written.
    """
    if output.file is None:
        write_table(table, output.form, output.look)
        return
    with named_file(output.file, replace=output.overwrite) as file:
        write_table(table, output.form, output.look, file)
    small = sum(one.code == "not_for_release" for part in table.parts() for one in part.status)
    cells = f" {small:,} of its cells are not for onward release, and marked so." if small else ""
    show_note(f"Written to {output.file}.{cells}")
