"""Where a product of quality is written, and in which form: on the terminal, or into a file by its name."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from dataport.cli.options import require_csv
from dataport.cli.report import show_note
from dataport.cli.texts import Screen
from dataport.errors import WrongRequest
from dataport.named_file import check_place, form_of, named_file
from dataport.quality.sheets import write_csv
from dataport.quality.tables import Table
from dataport.settings import Settings
from dataport.texts import inert_json

F = TypeVar("F", bound=Callable[..., Any])
_BY_NAME = {".csv": "csv", ".json": "json", ".xlsx": "xlsx", ".txt": "table"}
# As wide as a table in a file may become: nobody's terminal folds it.
_WIDE = 120


@dataclass(frozen=True, slots=True)
class Wish:
    """How something is written.

    Attributes:
        file: into which file; None for standard output.
    """

    form: str
    file: Path | None = None
    overwrite: bool = False
    raw: bool = False


def file_options(command: F) -> F:
    """``--output`` and ``--overwrite``."""
    for option in (
        click.option("--overwrite", is_flag=True, help="Replace the file of --output if it is there already."),
        click.option("--output", type=click.Path(path_type=Path), metavar="FILE",
                     help=f"Write into this file, in the format of its name ({', '.join(_BY_NAME)})."),
    ):  # fmt: skip
        command = option(command)
    return command


def wish_of(settings: Settings, *, form: str, output: Path | None, overwrite: bool, raw: bool) -> Wish:
    """What the options say, before anything is asked.

    Raises:
        WrongRequest: nothing can be written there, or the name says another format.
    """
    if output is None and overwrite:
        raise WrongRequest("--overwrite goes with --output FILE.")
    said = None if output and form == "table" else form
    chosen = form_of(output, said, _BY_NAME, None if output else "table")
    if chosen is None:
        raise WrongRequest(f"{output} does not say which format it is. End its name with {', '.join(_BY_NAME)}.")
    require_csv(raw, chosen)
    if output:
        check_place(output, replace=overwrite, home=settings.home)
    return Wish(chosen, output, overwrite, raw)


@contextmanager
def writing(wish: Wish) -> Iterator[BinaryIO]:
    """Where it goes: a file that is there whole afterwards, or not at all."""
    if wish.file is None:
        if wish.form == "xlsx" and sys.stdout.buffer.isatty():
            raise WrongRequest("xlsx is for programs: send it to a file with --output FILE.xlsx.")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with named_file(wish.file, replace=wish.overwrite) as file:
        yield file
    show_note(f"Written to {wish.file}.")


@contextmanager
def screen(wish: Wish) -> Iterator[Screen]:
    """A console for people: their terminal, or the file."""
    if wish.file is None:
        yield Screen()
        return
    with writing(wish) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", write_through=True)
        yield Screen(file=text, width=_WIDE)
        text.detach()


def write_json(told: dict[str, Any], wish: Wish) -> None:
    """One object for a program, in which nothing stands that could steer a terminal."""
    with writing(wish) as out:
        out.write(inert_json(json.dumps(told, ensure_ascii=False, default=str)).encode() + b"\n")


def write_table(name: str, table: Table, wish: Wish) -> None:
    """A table as CSV or as a workbook; the latter says in a sheet of its own what it is."""
    with writing(wish) as out:
        if wish.form == "csv":
            write_csv(table, out, raw=wish.raw)
        else:
            about = [(what.replace("_", " "), _said(value)) for what, value in table.meta.items()]
            import_module("dataport.quality.workbook").write_workbook([(name, table)], about, out)


def _said(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
