"""Texts that came from elsewhere, as a terminal may take them."""

from __future__ import annotations

from rich.text import Text


def shown(text: str, style: str = "") -> Text:
    """A text with what would steer the terminal (escape sequences, returns) written out: it can hide or forge nothing.

    >>> shown("a\\x1b[2Kb").plain
    'a\\\\x1b[2Kb'
    """
    return Text("".join(one if one.isprintable() or one == "\n" else _written_out(one) for one in text), style=style)


def _written_out(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def cell(text: str) -> Text:
    """A text as a cell of a table: as it is, on one line, whatever marks of the terminal's own it holds.

    >>> cell("[b]\\n").plain
    '[b]\\\\n'
    """
    return shown(text.replace("\n", "\\n"))
