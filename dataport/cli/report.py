"""Telling the person at the terminal what is wrong. It needs nothing that is slow to import."""

from __future__ import annotations

import os

import click


def show_error(message: str) -> None:
    """One error, in red where there is colour."""
    click.secho(message, fg=None if os.environ.get("NO_COLOR") else "red", err=True)


def show_note(message: str) -> None:
    """What to do about an error."""
    click.echo(message, err=True)
