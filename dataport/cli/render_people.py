"""Who was found, for people."""

from __future__ import annotations

from rich.table import Table

from dataport.cli.grids import print_grid
from dataport.cli.paragraphs import print_paragraph, words
from dataport.cli.texts import Screen, cell, shown
from dataport.history import People, label_of, plain_of

_NAMES = ("given_name", "fathers_name", "family_name")
_REST = ("sex_code", "birth_date", "business_unit_id")


def print_people(told: People) -> None:
    """A line for each; names and numbers are whole."""
    console = Screen()
    if told.people:
        rest = [name for name in _REST if any(name in one.values for one in told.people)]
        grid = Table(header_style="dim", box=None, pad_edge=False)
        for name in ("Number", "Name", *map(label_of, rest)):
            grid.add_column(name, no_wrap=True)
        for one in told.people:
            number = one.values.get("individual_no") or one.values.get("group_no") or ""
            name = " ".join(str(one.values[part]) for part in _NAMES if one.values.get(part))
            name = name or ("(a group)" if one.entity == "registration_group" else "")
            said = ("" if one.values.get(part) is None else plain_of(part, one.values[part]) for part in rest)
            grid.add_row(*map(cell, (str(number), name, *said)), style="" if one.is_now else "dim")
        print_grid(grid, console)
    else:
        console.print(shown("Nobody whom you may see is found by this."))
    if told.is_cut:
        print_paragraph(
            words(f"For one role no more than {told.limit} are told of at once; say more of whom you look for."),
            console,
        )
    for role, why in told.left_out:
        print_paragraph(words(f"Your role {role} took no part: {why}."), console)
    if lapsed := told.meta["permissions_expired"]:
        said = f"Permissions of {', '.join(lapsed)} were read too long ago, so nobody of it is found."
        print_paragraph(words(said), console)
    if not all(one.is_now for one in told.people):
        print_paragraph(words("Dim: out of your sight now, as last seen."), console)
    print_paragraph(words(f"{told.left_today} more finds today (UTC)."), console, style="dim")
