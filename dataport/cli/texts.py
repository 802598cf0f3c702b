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
