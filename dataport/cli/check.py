"""dataport check: what stands in one place of the project and not in the other, before anything is built."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from dataport.checking import Finding, check_file, check_home, check_project
from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.report import say, say_json
from dataport.errors import WrongRequest

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@home_option
@click.option("--definitions", type=_FOLDER, help="Definitions of your own, held against --database.")
@click.option("--database", type=_FILE, help="The DuckDB file that they speak of.")
@format_option("table", "json")
def check(home: Path | None, definitions: Path | None, database: Path | None, form: str) -> None:
    """What stands in one place and not in the other: fields, codes, causes, bits. Exits with 1 if anything does.

    It reads the store's schema, the models with their contracts, the seeds and the definitions, and, where a home is
    published, what its files hold. It builds nothing, reads no row, and tells the file, the line and what to do.

    \b
    Examples:
      dataport check
      dataport check --home my-home --format json
      dataport check --definitions shop/ --database shop.duckdb
    """
    if (definitions is None) != (database is None):
        raise WrongRequest("Name both --definitions and --database, or neither to check this project itself.")
    if definitions is not None and database is not None:
        found, what = check_file(definitions, database), f"The definitions in {definitions} and {database.name} agree."
    else:
        settings = settings_of(home, must_exist=home is not None)
        published = check_home(settings.published, must_exist=home is not None)
        found = tuple(sorted({*check_project(), *(published or ())}))
        what = "The store's schema, models, seeds and definitions agree"
        what += "." if published is None else f", and so does what is published in {settings.home}."
    if form == "json":
        say_json({"findings": [_object(one) for one in found]})
    elif found:
        print_findings(found)
    else:
        say(what)
    if found:
        raise SystemExit(1)


def _object(one: Finding) -> dict[str, object]:
    return {**asdict(one.place), "kind": one.kind, "what": one.what, "mend": one.mend}


def print_findings(found: tuple[Finding, ...]) -> None:
    """By file, each with its line. Long lines are wrapped; a name or a place is never cut, for it must be typed."""
    for file, ones in groupby(found, lambda one: one.place.file):
        say(file, bold=True)
        for one in ones:
            say(_wrapped(f"{file}:{one.place.line}: {one.kind}: {one.what}"))
            say(_wrapped(one.mend, "  → "))
        say()
    say(f"{len(found)} disagreement{'s' if len(found) > 1 else ''}.")


def _wrapped(text: str, mark: str = "") -> str:
    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    return textwrap.fill(
        text, width, initial_indent=mark, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
