"""What completion knows, worked out from the commands, the definitions and the public lists. Slow, and done once."""

from __future__ import annotations

from typing import Any

import click

from dataport.cli.completion import Words
from dataport.cli.main import COMMANDS, cli
from dataport.dictionary import CodeList, CodeLists
from dataport.semantic import DEFINITIONS, Catalog, breaks_down, load_catalog
from dataport.semantic.listed import listed_indicators, listed_levels
from dataport.semantic.model import GRAINS, Level

_PERIODS = ("last-month", "last-3-months", "last-12-months", "last-quarter", "last-4-quarters", "last-year",
            "this-month", "this-quarter", "this-year")  # fmt: skip


def words() -> Words:
    """Commands with their options, indicators with their breakdowns, levels with their members."""
    catalog = load_catalog(DEFINITIONS, CodeLists())
    names = sorted({level.code_list for level in catalog.levels.values() if level.code_list})
    found = {name: _written(catalog.code_lists[name]) for name in names}
    found |= {_bands(level): [(one, one) for one in level.bands.labels]
              for level in catalog.levels.values() if level.bands}  # fmt: skip
    return {
        "commands": _commands(),
        "indicators": {name: _indicator(name, catalog) for name in listed_indicators(catalog)},
        "levels": {level.name: _level(level) for level in listed_levels(catalog)},
        "lists": found,
        "kpis": {one.name: one.label for one in catalog.kpis},
        "grains": list(GRAINS),
        "periods": list(_PERIODS),
    }


def _written(codes: CodeList) -> list[tuple[str, str]]:
    return [(codes.written(code), label) for code, label in codes.labels.items()]


def _indicator(name: str, catalog: Catalog) -> dict[str, Any]:
    one = catalog.indicator(name)
    by = [level.name for level in catalog.levels.values() if breaks_down(catalog, one, level)]
    return {"label": one.label, "by": by}


def _level(one: Level) -> dict[str, Any]:
    members = one.code_list or (_bands(one) if one.bands else "")
    return {"label": one.label, "type": one.type, "members": members}


def _bands(one: Level) -> str:
    return f"{one.name} (bands)"


def _commands() -> dict[str, Any]:
    context = click.Context(cli)
    found = {}
    for name, (_, said) in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command
        found[name] = {**_command(command), "help": said}
    return found


def _command(one: click.Command) -> dict[str, Any]:
    said = one.get_short_help_str(80)
    if isinstance(one, click.Group):
        return {"help": said, "commands": {name: _command(below) for name, below in one.commands.items()}}
    return {"help": said, "params": [_param(param) for param in one.params]}


def _param(one: click.Parameter) -> dict[str, Any]:
    kind = one.type
    path = ("file" if kind.file_okay else "dir") if isinstance(kind, click.Path) else ""
    return {
        "name": one.name,
        "argument": isinstance(one, click.Argument),
        "opts": [*one.opts, *one.secondary_opts] if isinstance(one, click.Option) else [],
        "help": getattr(one, "help", None) or "",
        "flag": bool(getattr(one, "is_flag", False)),
        "multiple": one.multiple,
        "nargs": one.nargs,
        "choices": list(kind.choices) if isinstance(kind, click.Choice) else [],
        "path": path,
        "completes": getattr(kind, "completes", ""),
    }
