"""Paragraphs for people: lines as wide as their terminal, in which a name, a number or a time is never broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from dataport.cli.texts import Screen, shown
from dataport.texts import on_one_line


def words(text: str) -> list[str]:
    """A text as pieces between which a line may end."""
    return text.split()


def enumerated(names: Sequence[str]) -> list[str]:
    """Names as pieces, each whole, with commas between them."""
    return [f"{one}," for one in names[:-1]] + list(names[-1:])


def print_paragraph(
    pieces: Iterable[str], console: Screen, *, indent: str = "", hanging: str | None = None, style: str = ""
) -> None:
    """Pieces one after the other, in as many lines as they need.

    Args:
        hanging: what the lines after the first begin with; as the first where nothing is said.
    """
    for line in filled(pieces, console.width, indent, indent if hanging is None else hanging):
        console.print(shown(line, style=style), soft_wrap=True)


def filled(pieces: Iterable[str], width: int, indent: str = "", hanging: str = "") -> list[str]:
    """Lines of pieces. A piece that is wider than a line has one by itself, whole, whatever breaks it holds.

    >>> filled(["KEN-1 Amina Otieno,", "KEN-2 Ali"], 20, "", "  ")
    ['KEN-1 Amina Otieno,', '  KEN-2 Ali']
    """
    lines: list[str] = []
    line, is_empty = indent, True
    for piece in map(on_one_line, pieces):
        if not is_empty and cell_len(line) + 1 + cell_len(piece) > width:
            lines.append(line)
            line, is_empty = hanging, True
        line += piece if is_empty else f" {piece}"
        is_empty = False
    return lines if is_empty else [*lines, line]
