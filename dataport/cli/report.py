"""Telling the person at the terminal, or the program, something. It needs nothing that is slow to import."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from typing import Any

import click

from dataport.texts import MESSAGE, inert_json, written


def say(text: str = "", *, bold: bool = False, longest: int = MESSAGE) -> None:
    """A line, or some, on standard output."""
    click.secho(written(text, longest=longest), bold=bold or None)


def say_json(value: Any, *, indent: int | None = None, default: Callable[[Any], Any] = str) -> None:
    """One object for a program, in which nothing stands that could steer a terminal."""
    click.echo(inert_json(json.dumps(value, ensure_ascii=False, indent=indent, default=default)))


def show_error(message: str) -> None:
    """One error, in red where there is colour."""
    click.secho(written(message), fg=None if os.environ.get("NO_COLOR") else "red", err=True)


def show_note(message: str) -> None:
    """What to do about an error."""
    click.echo(written(message), err=True)


def show_usage(problem: click.ClickException) -> None:
    """What is wrong with the words of a command; they may hold anything."""
    said = io.StringIO()
    problem.show(file=said)
    click.echo(written(said.getvalue()), nl=False, err=True)
