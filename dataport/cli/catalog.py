"""dataport catalog: what can be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table

from dataport.ask import catalog_for, members, open_house
from dataport.cli.grids import Row, print_blocks, print_grid
from dataport.cli.options import asker_of, format_option, home_option, settings_of
from dataport.cli.report import say, say_json
from dataport.cli.texts import Screen, shown
from dataport.cli.words import Word
from dataport.dictionary import CodeLists
from dataport.disclosure.statistics import protected_catalog
from dataport.errors import DataportError, UnknownName
from dataport.jobs.freshen import freshen_grants
from dataport.render.catalog import as_rows, indicator_told, level_told, values_of
from dataport.semantic import DEFINITIONS, Catalog, Found, load_catalog
from dataport.semantic import search as search_in
from dataport.semantic.listed import listed_indicators, listed_levels, parts_of_kpis
from dataport.semantic.model import GRAINS, Indicator, Level
from dataport.semantic.units import measured_in

F = TypeVar("F", bound=Callable[..., Any])

# Columns of what somebody may copy into a question.
_NAMES = ("Indicator", "Breakdown", "Name", "Value")
# Where there is less room than this beside names, sentences stand below them.
_WORDS = 38


def _who(command: F) -> F:
    """Whose catalog: that of a class, or of an account."""
    for option in (
        home_option,
        click.option("--as", "login", metavar="VIEWER", help="As this account is shown it."),
        click.option("--class", "as_class", type=click.Choice(["statistics"]), help="As this class is shown it."),
    ):
        command = option(command)
    return command


_ALL = click.option("--all", "is_all", is_flag=True, help="With the counts that each KPI is made of, too.")
_PARTS = "The counts behind each KPI are told by `dataport catalog show kpi_k05`, and listed with --all."


@click.group(invoke_without_command=True)
@_ALL
@_who
@click.pass_context
def catalog(ctx: click.Context, is_all: bool, as_class: str | None, login: str | None, home: Path | None) -> None:
    """What can be asked: indicators, breakdowns, their members. By itself it lists both, by subject.

    \b
    Examples:
      dataport catalog
      dataport catalog show average_group_size
    """
    if ctx.invoked_subcommand is None:
        loaded = _load(as_class, login, home)
        _print_subjects(("Indicator", "Label"), loaded, lambda one: (one.name, one.label), is_all=is_all)
        say("Breakdowns", bold=True)
        _print(("Breakdown", "Label"), [(one.name, one.label) for one in _levels(loaded, is_all)])
        hint = (
            "`dataport catalog show NAME` tells one in full, with an example; `dataport catalog search WORD…` finds it."
        )
        Screen().print(shown(hint))
        _note_parts(loaded, is_all)


def _note_parts(loaded: Catalog, is_all: bool) -> None:
    if parts_of_kpis(loaded) and not is_all:
        Screen().print(shown(_PARTS))


def _levels(loaded: Catalog, is_all: bool) -> tuple[Level, ...]:
    return tuple(loaded.levels.values()) if is_all else listed_levels(loaded)


def _load(as_class: str | None = None, login: str | None = None, home: Path | None = None) -> Catalog:
    """What can be asked; of class statistics, what the protected statistics hold. Without a home it is everything."""
    if as_class:
        return protected_catalog(load_catalog(DEFINITIONS, CodeLists()))
    try:
        settings = settings_of(home)
    except DataportError:
        if home or login:
            raise
        return load_catalog(DEFINITIONS, CodeLists())
    return catalog_for(asker_of(settings, login), open_house(settings))


@catalog.command()
@click.option("--subject", metavar="SUBJECT", help="Those of one subject only, such as population.")
@_ALL
@_who
@format_option("table", "json")
def indicators(
    subject: str | None, is_all: bool, form: str, as_class: str | None, login: str | None, home: Path | None
) -> None:
    """Every indicator that can be asked for, by subject.

    \b
    Examples:
      dataport catalog indicators --subject needs
      dataport catalog indicators --format json
    """
    loaded = _load(as_class, login, home)
    found = [one for several in _by_subject(loaded, subject, is_all).values() for one in several]
    if form == "json":
        told = [
            {"name": i.name, "label": i.label, "unit": measured_in(i, loaded)[0], "subject": i.subject} for i in found
        ]
        say_json({"indicators": told})
        return
    _print_subjects(
        ("Indicator", "What it is", "Unit"),
        loaded,
        lambda one: (one.name, one.description, measured_in(one, loaded)[0]),
        subject,
        is_all=is_all,
    )
    _note_parts(loaded, is_all)


def _by_subject(loaded: Catalog, only: str | None = None, is_all: bool = False) -> dict[str, list[Indicator]]:
    """Indicators under the subject that they are defined in."""
    found: dict[str, list[Indicator]] = {}
    for name in loaded.public_indicators() if is_all else listed_indicators(loaded):
        found.setdefault(loaded.indicator(name).subject, []).append(loaded.indicator(name))
    if only is not None and only not in found:
        raise UnknownName("subject", only, tuple(found))
    return {subject: several for subject, several in found.items() if only in (None, subject)}


def _print_subjects(
    heads: tuple[str, ...],
    loaded: Catalog,
    row: Callable[[Indicator], tuple[str, ...]],
    only: str | None = None,
    *,
    is_all: bool,
) -> None:
    for subject, several in _by_subject(loaded, only, is_all).items():
        say(subject.rpartition("/")[2].replace("_", " ").capitalize(), bold=True)
        _print(heads, [row(one) for one in several])


@catalog.command()
@_ALL
@_who
@format_option("table", "json")
def breakdowns(is_all: bool, form: str, as_class: str | None, login: str | None, home: Path | None) -> None:
    """Every level that answers can be broken down or filtered by.

    \b
    Example:
      dataport catalog breakdowns
    """
    loaded = _load(as_class, login, home)
    levels = _levels(loaded, is_all)
    if form == "json":
        told = [{"name": one.name, "label": one.label, "type": one.type} for one in levels]
        told += [{"name": grain, "label": grain.capitalize(), "type": "date"} for grain in GRAINS]
        say_json({"breakdowns": told})
        return
    rows = [(one.name, one.label, one.description) for one in levels]
    rows += [(grain, grain.capitalize(), "Periods of a trend") for grain in GRAINS]
    _print(("Breakdown", "Label", "What it is"), rows)
    _note_parts(loaded, is_all)


@catalog.command()
@click.argument("level", type=Word("level"))
@_who
@format_option("table", "json")
def values(level: str, as_class: str | None, login: str | None, home: Path | None, form: str) -> None:
    """The members of a breakdown that occur in what the viewer may see.

    \b
    Example:
      dataport catalog values population_type
    """
    settings = settings_of(home)
    freshen_grants(settings)
    house = open_house(settings)
    found = members(level, asker_of(settings, login, as_class), house)
    told = values_of(found, house.catalog.levels[level], house.catalog)
    if form == "json":
        say_json({"values": [{"code": code, "label": label} for code, label in told]})
        return
    _print(("Value", "Label"), [(_as_typed(code), str(label)) for code, label in told])


def _as_typed(value: Any) -> str:
    """A value as a filter takes it, but for the quotes of texts."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@catalog.command()
@click.argument("name", type=Word("name"))
@_who
@format_option("table", "json")
def show(name: str, form: str, as_class: str | None, login: str | None, home: Path | None) -> None:
    """One indicator or breakdown in full: what is counted, under which exact condition, by which rules.

    Inputs that are not asked for by themselves can be shown too.

    \b
    Examples:
      dataport catalog show share_of_children
      dataport catalog show active_with_known_age --format json
    """
    loaded = _load(as_class, login, home)
    if name in loaded.indicators:
        told = indicator_told(loaded.indicators[name], loaded)
    elif name in loaded.levels:
        told = level_told(loaded.levels[name], loaded)
    else:
        raise UnknownName("indicator or breakdown", name, (*loaded.public_indicators(), *loaded.levels))
    if form == "json":
        say_json(told)
        return
    _print(("", ""), list(as_rows(told)))
    if example := told.get("example"):
        _print_example(example)


def _print_example(told: dict[str, Any]) -> None:
    """A question that can be copied, and its answer of people who are invented."""
    console = Screen()
    console.print(shown("\nExample", style="bold"))
    console.print(shown(told["command"]), soft_wrap=True)
    rows = [Row(tuple(one)) for one in told["rows"]]
    print_blocks(told["columns"], 1 if len(told["columns"]) > 1 else 0, rows, console)
    console.print(shown(f"Answered for {told['of']}: your home has numbers of its own.", style="dim"))


@catalog.command()
@click.argument("words", nargs=-1, required=True)
@_who
@format_option("table", "json")
def search(words: tuple[str, ...], form: str, as_class: str | None, login: str | None, home: Path | None) -> None:
    """Indicators and breakdowns in whose name or description all the words stand, or what they mean.

    It knows words of the field (gender, nationality, household), and looks into definitions, which are public, and
    into nothing that is registered.

    \b
    Examples:
      dataport catalog search children
      dataport catalog search gender
      dataport catalog search valid document --format json
    """
    found = search_in(_load(as_class, login, home), words)
    if form == "json":
        told = [asdict(one) for one in found]
        say_json({"found": told})
    elif found:
        _print(("What", "Name", "What it is"), [(one.kind, one.name, _described(one)) for one in found])
    else:
        say("Nothing has all of these words. `dataport catalog indicators` lists what there is.")


def _described(one: Found) -> str:
    through = f" ({'; '.join(one.through)})" if one.through else ""
    return f"{one.description or one.label}{through}"


@catalog.command()
def check() -> None:
    """Load every definition and say what is wrong with the first that is.

    \b
    Example:
      dataport catalog check
    """
    loaded = _load()
    say(f"{len(loaded.indicators)} indicators and {len(loaded.levels)} breakdowns are in order.")


def _print(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A list of names and what they are; where the words have no room beside the names, below them."""
    console = Screen()
    names = next((place for place in reversed(range(len(heads))) if heads[place] in _NAMES), -1) + 1
    widths = [max((cell_len(row[place]) for row in rows), default=0) + 3 for place in range(len(heads))]
    is_wide = sum(widths) + 1 > console.width
    if names and is_wide and console.width - sum(widths[:names]) < _WORDS:
        _print_below(rows, names, console)
        return
    grid = Table(header_style="bold", show_header=any(heads))
    for place, head in enumerate(heads):
        # what is asked for by its name can be copied
        grid.add_column(head, no_wrap=head in _NAMES or (place == 0 and not head))
    for row in rows:
        grid.add_row(*map(shown, row))
    print_grid(grid, console)


def _print_below(rows: list[tuple[str, ...]], names: int, console: Screen) -> None:
    for row in rows:
        console.print(shown(" ".join(row[:names]), style="bold"), soft_wrap=True)
        for text in row[names:]:
            console.print(Padding(shown(text), (0, 0, 0, 2)))
